using Tandem.Sip.Messages;
using Tandem.Sip.Writing;

namespace Tandem.SipBench;

/// <summary>
/// An INVITE written for the other leg as the switch writes it: nothing of the caller's dialog goes on (new Request-URI, Via,
/// From and To, Call-ID, CSeq, Contact), Max-Forwards is one lower, the description of the body and the body are copied. What
/// the switch does between parsing and writing (number rules, accounts, routes) is not in it.
/// </summary>
internal sealed class OtherLeg : IDisposable
{
    private static readonly SipHeaderName[] Carried =
    [
        SipHeaderName.ContentType, SipHeaderName.ContentDisposition, SipHeaderName.ContentEncoding,
        SipHeaderName.ContentLanguage, SipHeaderName.MimeVersion, SipHeaderName.PEarlyMedia, SipHeaderName.InfoPackage,
        SipHeaderName.AlertInfo,
    ];

    private const int MaxUriBytes = 128;

    private readonly SipWriter _writer = new();

    /// <summary>The message, valid until the next.</summary>
    public ReadOnlySpan<byte> Written => _writer.WrittenSpan;

    /// <summary>Writes the INVITE; returns its length.</summary>
    public int Write(SipMessage invite)
    {
        invite.TryGetRequestUri(out var called);
        invite.TryGetFrom(out var from);
        from.TryGetUri(out var caller);

        Span<byte> space = stackalloc byte[2 * MaxUriBytes];
        var target = Uri(called.User, "203.0.113.20"u8, space[..MaxUriBytes]);
        var ours = Uri(caller.User, "198.51.100.7"u8, space[MaxUriBytes..]);

        var writer = _writer;
        writer.Reset();
        writer.RequestLine(SipMethod.Invite, target);
        writer.BeginHeader(SipHeaderName.Via);
        writer.Append("SIP/2.0/UDP "u8);
        writer.Append("198.51.100.7:5060"u8);
        writer.Append(";branch="u8);
        writer.Append("z9hG4bK5f00a1b2c3d4e5f6"u8);
        writer.Append(";rport"u8);
        writer.EndHeader();
        writer.Header(SipHeaderName.MaxForwards, Math.Max(0, (invite.MaxForwards ?? 70) - 1));
        writer.Address(SipHeaderName.From, from.DisplayName, ours, "000000002a0123456789abcdefb1"u8);
        writer.Address(SipHeaderName.To, default, target, default);
        writer.Header(SipHeaderName.CallId, "0f2e4d6c8b0a19283746556473829100"u8);
        writer.CSeq(1, SipMethod.Invite);
        writer.BeginHeader(SipHeaderName.Contact);
        writer.Append("<"u8);
        writer.Append("sip:000000002a0123456789abcdefb1@198.51.100.7:5060"u8);
        writer.Append(">"u8);
        writer.EndHeader();
        writer.Header(SipHeaderName.Allow, "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE"u8);
        foreach (var name in Carried) writer.Copy(invite, name);
        writer.Finish(invite.Body.Span);
        return writer.Length;
    }

    /// <inheritdoc />
    public void Dispose() => _writer.Dispose();

    private static ReadOnlySpan<byte> Uri(ReadOnlySpan<byte> user, ReadOnlySpan<byte> host, Span<byte> into)
    {
        "sip:"u8.CopyTo(into);
        user.CopyTo(into[4..]);
        into[4 + user.Length] = (byte)'@';
        host.CopyTo(into[(5 + user.Length)..]);
        return into[..(5 + user.Length + host.Length)];
    }
}
