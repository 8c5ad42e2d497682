using System.Buffers;
using System.Text;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Writing;

namespace Tandem.Routing.Calls;

/// <summary>Reading and writing of the parts of SIP messages that a call carries from one leg to the other.</summary>
internal static class SipText
{
    // Allow and Supported (RFC 3261 §20.5, §20.37) of a leg, by its features.
    private static readonly byte[][] Abilities =
        [.. Enumerable.Range(0, 8).Select(features => AbilitiesOf((LegFeatures)features))];

    // Everything that describes a body travels with it.
    private static readonly SipHeaderName[] BodyHeaders =
    [
        SipHeaderName.ContentType, SipHeaderName.ContentDisposition, SipHeaderName.ContentEncoding,
        SipHeaderName.ContentLanguage, SipHeaderName.MimeVersion,
    ];

    // Of single use to the two parties and harmless to topology hiding.
    private static readonly SipHeaderName[] CarriedHeaders =
    [
        SipHeaderName.PEarlyMedia, SipHeaderName.InfoPackage, SipHeaderName.AlertInfo,
    ];

    /// <summary>The user part of a URI as a number: unescaped, without parameters; empty when there is none.</summary>
    public static string Number(ReadOnlySpan<byte> uriText)
    {
        if (!SipUri.TryParse(uriText, out var uri)) return "";
        var user = uri.Scheme == SipUriScheme.Tel ? uri.Opaque : uri.User;
        var end = user.IndexOf((byte)';');
        if (end >= 0) user = user[..end];
        if (user.Length == 0 || user.Length > 64) return "";
        Span<byte> plain = stackalloc byte[64];
        return Encoding.UTF8.GetString(plain[..SipEscaping.Unescape(user, plain)]);
    }

    /// <summary>A SIP URI for a number at a host.</summary>
    public static byte[] Uri(string number, string hostPort)
    {
        var plain = Encoding.UTF8.GetBytes(number);
        var buffer = ArrayPool<byte>.Shared.Rent(SipEscaping.MaxEscapedLength(plain.Length));
        var user = Encoding.ASCII.GetString(buffer, 0, SipEscaping.EscapeUser(plain, buffer));
        ArrayPool<byte>.Shared.Return(buffer);
        return Encoding.ASCII.GetBytes(user.Length == 0 ? $"sip:{hostPort}" : $"sip:{user}@{hostPort}");
    }

    /// <summary>Copies what belongs to the body, and the headers that a call carries through.</summary>
    public static void CopyCarried(SipWriter writer, SipMessage from)
    {
        if (!from.Body.IsEmpty)
            foreach (var name in BodyHeaders) writer.Copy(from, name);
        foreach (var name in CarriedHeaders) writer.Copy(from, name);
    }

    /// <summary>Contact of ours, and what this leg allows and supports.</summary>
    public static void WriteContact(SipWriter writer, Leg leg)
    {
        writer.BeginHeader(SipHeaderName.Contact);
        writer.Append("<"u8);
        writer.Append(leg.ContactUri);
        writer.Append(">"u8);
        writer.EndHeader();
        WriteAbilities(writer, leg);
    }

    /// <summary>Allow and Supported: what is true on this leg.</summary>
    public static void WriteAbilities(SipWriter writer, Leg leg) => writer.Raw(Abilities[(int)leg.Features]);

    /// <summary>The Reason headers of a message, else its reason phrase.</summary>
    public static string ReasonOf(SipMessage message) => SipReason.TextOf(message) is { Length: > 0 } reasons
        ? reasons
        : Encoding.UTF8.GetString(message.ReasonPhrase);

    private static byte[] AbilitiesOf(LegFeatures features)
    {
        var methods = ScreeningRules.Default.Methods
            .Where(m => m != SipMethod.Prack || features.HasFlag(LegFeatures.Reliable))
            .Where(m => m != SipMethod.Refer || features.HasFlag(LegFeatures.Refer))
            .Select(m => Encoding.ASCII.GetString(m.Token()));
        var lines = $"Allow: {string.Join(", ", methods)}\r\n";
        List<string> options = [];
        if (features.HasFlag(LegFeatures.Reliable)) options.Add("100rel");
        if (features.HasFlag(LegFeatures.Timer)) options.Add("timer");
        if (options.Count > 0) lines += $"Supported: {string.Join(", ", options)}\r\n";
        return Encoding.ASCII.GetBytes(lines);
    }

    /// <summary>True when the body is a session description.</summary>
    public static bool HasSdp(SipMessage message) => !message.Body.IsEmpty
        && message.ContentType.IndexOf("application/sdp"u8) >= 0;
}
