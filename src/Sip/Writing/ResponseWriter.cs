using System.Net;
using System.Net.Sockets;
using System.Text;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;

namespace Tandem.Sip.Writing;

/// <summary>
/// Where a request came from, for the topmost Via of its response (RFC 3261 §18.2.1, RFC 3581 §4).
/// </summary>
public readonly record struct SipSource(IPAddress Address, int Port)
{
    /// <summary>The source of a datagram.</summary>
    public static SipSource From(IPEndPoint endPoint) => new(endPoint.Address, endPoint.Port);
}

/// <summary>Writes the part of a response that comes from its request.</summary>
public static class ResponseWriter
{
    /// <summary>
    /// Status line and the header fields that RFC 3261 §8.2.6.2 copies: every Via in order, From, To, Call-ID, CSeq;
    /// and for a status of 101–299 to INVITE, SUBSCRIBE, REFER or NOTIFY all Record-Route in order (§12.1.1). Timestamp
    /// is copied into 100 (§8.2.6.1). The caller adds what else it wants and calls a Finish of the writer.
    /// </summary>
    /// <param name="writer">The writer, reset.</param>
    /// <param name="request">
    /// The request, or a rejected message for which <see cref="SipMessage.CanBeAnswered"/> holds; header fields that it
    /// lacks are left out.
    /// </param>
    /// <param name="status">100–699.</param>
    /// <param name="reasonPhrase">Empty for the registered one.</param>
    /// <param name="toTag">
    /// Appended to To when that has no tag and this is not empty. Every response but 100 needs one (§8.2.6.2).
    /// </param>
    /// <param name="source">
    /// When given, the topmost Via gets received (always when the client asked for rport, otherwise where sent-by is
    /// not that address) and the value of rport. Leave it out when the request already carries them.
    /// </param>
    public static void WriteResponse(
        this SipWriter writer, SipMessage request, int status, ReadOnlySpan<byte> reasonPhrase = default,
        ReadOnlySpan<byte> toTag = default, SipSource? source = null)
    {
        writer.StatusLine(status, reasonPhrase);
        CopyVias(writer, request, source);
        if (status is > 100 and < 300 && MakesDialog(request.Method)) writer.Copy(request, SipHeaderName.RecordRoute);
        CopyFirst(writer, request, SipHeaderName.From);
        CopyTo(writer, request, toTag);
        CopyFirst(writer, request, SipHeaderName.CallId);
        CopyFirst(writer, request, SipHeaderName.CSeq);
        if (status == 100) CopyFirst(writer, request, SipHeaderName.Timestamp);
    }

    /// <summary>A whole response without body and further header fields, such as a refusal.</summary>
    public static void WriteShortResponse(
        this SipWriter writer, SipMessage request, int status, ReadOnlySpan<byte> reasonPhrase = default,
        ReadOnlySpan<byte> toTag = default, SipSource? source = null)
    {
        writer.WriteResponse(request, status, reasonPhrase, toTag, source);
        writer.Finish();
    }

    private static bool MakesDialog(SipMethod method) =>
        method is SipMethod.Invite or SipMethod.Subscribe or SipMethod.Refer or SipMethod.Notify;

    private static void CopyFirst(SipWriter writer, SipMessage request, SipHeaderName name)
    {
        var index = request.FindHeader(name);
        if (index < 0) return;
        writer.Header(name, request.ValueAt(index));
    }

    private static void CopyTo(SipWriter writer, SipMessage request, ReadOnlySpan<byte> toTag)
    {
        var index = request.FindHeader(SipHeaderName.To);
        if (index < 0) return;
        writer.BeginHeader(SipHeaderName.To);
        writer.Append(request.ValueAt(index));
        if (request.ToTag.IsEmpty && !toTag.IsEmpty)
        {
            writer.Raw(";tag="u8);
            writer.Append(toTag);
        }
        writer.EndHeader();
    }

    private static void CopyVias(SipWriter writer, SipMessage request, SipSource? source)
    {
        var index = request.FindHeader(SipHeaderName.Via);
        if (index < 0) return;
        if (source is { } from)
        {
            var value = request.ValueAt(index);
            writer.BeginHeader(SipHeaderName.Via);
            if (SipVia.TryParse(value, out var via, out var used))
            {
                WriteTopVia(writer, via, from);
                writer.Append(value[used..]); // The other values of the same field, comma included.
            }
            else if (SipVia.TryParseSentBy(value, out via, out _)) WriteTopVia(writer, via, from);
            else writer.Append(value);
            writer.EndHeader();
            index = request.FindHeader(SipHeaderName.Via, index + 1);
        }
        for (; index >= 0; index = request.FindHeader(SipHeaderName.Via, index + 1))
            writer.Header(SipHeaderName.Via, request.ValueAt(index));
    }

    private static void WriteTopVia(SipWriter writer, SipVia via, SipSource source)
    {
        writer.Append(via.ProtocolName);
        writer.Raw("/"u8);
        writer.Append(via.ProtocolVersion);
        writer.Raw("/"u8);
        writer.Append(via.TransportToken);
        writer.Raw(" "u8);
        writer.Append(via.SentBy);
        foreach (var parameter in via.Parameters)
        {
            // Ours are the only received and rport that count: a client's own would send the answer elsewhere.
            if (IsNamed(parameter, "received"u8) || IsNamed(parameter, "rport"u8)) continue;
            writer.Raw(";"u8);
            writer.Append(parameter.Name);
            if (parameter.Value.IsEmpty) continue;
            writer.Raw("="u8);
            writer.Append(parameter.Value);
        }

        Span<byte> address = stackalloc byte[64];
        var numeric = source.Address.IsIPv4MappedToIPv6 ? source.Address.MapToIPv4() : source.Address;
        if (!numeric.TryFormat(address, out var length))
            throw new InvalidOperationException("Sixty-four bytes hold every address.");
        address = address[..length];
        var scope = address.IndexOf((byte)'%');
        if (scope >= 0) address = address[..scope];

        var rport = via.HasRport;
        if (rport || !IsHost(via.Host, address, numeric))
        {
            writer.Raw(";received="u8);
            writer.Append(address);
        }
        if (!rport) return;
        writer.Raw(";rport="u8);
        writer.Append(source.Port);
    }

    private static bool IsNamed(SipParameter parameter, ReadOnlySpan<byte> name) =>
        Ascii.EqualsIgnoreCase(parameter.Name, name);

    private static bool IsHost(ReadOnlySpan<byte> host, ReadOnlySpan<byte> address, IPAddress numeric)
    {
        if (numeric.AddressFamily == AddressFamily.InterNetwork) return host.SequenceEqual(address);
        return host.Length > 2 && host[0] == '[' && IPAddress.TryParse(host[1..^1], out var written)
            && written.Equals(numeric);
    }
}
