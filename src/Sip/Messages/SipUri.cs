using System.Net;
using System.Text;
using Tandem.Sip.Parsing;

namespace Tandem.Sip.Messages;

/// <summary>The URI schemes that this stack takes apart.</summary>
public enum SipUriScheme : byte
{
    /// <summary>Any other; see <see cref="SipUri.SchemeToken"/>.</summary>
    Other,
    /// <summary>sip, RFC 3261 §19.1.</summary>
    Sip,
    /// <summary>sips, RFC 3261 §19.1.</summary>
    Sips,
    /// <summary>tel, RFC 3966.</summary>
    Tel,
}

/// <summary>What the host part of a SIP URI is.</summary>
public enum SipHostKind : byte
{
    /// <summary>No host (tel and other schemes).</summary>
    None,
    /// <summary>A domain name.</summary>
    Name,
    /// <summary>A dotted IPv4 address.</summary>
    IPv4,
    /// <summary>An IPv6 reference in square brackets.</summary>
    IPv6,
}

/// <summary>A URI read in place (RFC 3261 §19.1, RFC 3966); escapes are left as written.</summary>
public readonly ref partial struct SipUri
{
    /// <summary>The whole text.</summary>
    public ReadOnlySpan<byte> Raw { get; private init; }

    /// <summary>The scheme.</summary>
    public SipUriScheme Scheme { get; private init; }

    /// <summary>The scheme as written, without colon.</summary>
    public ReadOnlySpan<byte> SchemeToken { get; private init; }

    /// <summary>sip or sips.</summary>
    public bool IsSip => Scheme is SipUriScheme.Sip or SipUriScheme.Sips;

    /// <summary>Whether there is a user part, which the '@' shows; for tel always.</summary>
    public bool HasUser { get; private init; }

    /// <summary>
    /// The user part without password, escapes as written (see <see cref="SipEscaping"/>); for tel the number as
    /// written with visual separators; empty when absent.
    /// </summary>
    public ReadOnlySpan<byte> User { get; private init; }

    /// <summary>The password (deprecated by §19.1.1); empty when absent.</summary>
    public ReadOnlySpan<byte> Password { get; private init; }

    /// <summary>The host as written, an IPv6 reference with its brackets; empty for tel and other schemes.</summary>
    public ReadOnlySpan<byte> Host { get; private init; }

    /// <summary>The port, 0–65,535; -1 when not written.</summary>
    public int Port { get; private init; }

    /// <summary>Host and port as written.</summary>
    public ReadOnlySpan<byte> HostPort { get; private init; }

    /// <summary>The URI parameters, for sip, sips and tel.</summary>
    public SipParameters Parameters { get; private init; }

    /// <summary>The headers behind '?', without it; empty when absent.</summary>
    public ReadOnlySpan<byte> Headers { get; private init; }

    /// <summary>What is behind the colon, for schemes that are not taken apart.</summary>
    public ReadOnlySpan<byte> Opaque => Raw.IsEmpty ? default : Raw[(SchemeToken.Length + 1)..];

    /// <summary>What the host is. Does not look the name up, and does not check a name's labels.</summary>
    public SipHostKind HostKind =>
        Host.IsEmpty ? SipHostKind.None
        : Host[0] == '[' ? SipHostKind.IPv6
        : IsIPv4(Host) ? SipHostKind.IPv4 : SipHostKind.Name;

    /// <summary>Whether the lr parameter is present: a loose router (§19.1.1).</summary>
    public bool IsLooseRouter => Parameters.Contains("lr"u8);

    /// <summary>The transport parameter as written; empty when absent.</summary>
    public ReadOnlySpan<byte> Transport => Parameters.TryGet("transport"u8, out var value) ? value : default;

    /// <summary>
    /// Reads a URI that must fill the text. Any scheme is taken; only sip, sips and tel are read further.
    /// </summary>
    /// <returns>False when there is no scheme, white space or a control, or the parts do not follow §25.1.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out SipUri uri)
    {
        uri = default;
        if (!SipGrammar.IsAll(text, SipGrammar.Uri)) return false;
        if (text.Length > 4 && text.StartsWith("sip:"u8)) return TryParseSip(text, SipUriScheme.Sip, 3, out uri);
        var colon = text.IndexOf((byte)':');
        if (colon <= 0 || colon == text.Length - 1 || !IsScheme(text[..colon])) return false;
        var scheme = FindScheme(text[..colon]);
        return scheme switch
        {
            SipUriScheme.Sip or SipUriScheme.Sips => TryParseSip(text, scheme, colon, out uri),
            SipUriScheme.Tel => TryParseTel(text, colon, out uri),
            _ => TakeOpaque(text, colon, out uri),
        };
    }

    /// <summary>
    /// Writes the address of an IP host into <paramref name="address"/>. Allocates; not for the hot path.
    /// </summary>
    /// <returns>False when the host is a name or not a valid address.</returns>
    public bool TryGetAddress(out IPAddress? address)
    {
        address = null;
        return HostKind switch
        {
            SipHostKind.IPv4 => IPAddress.TryParse(Host, out address),
            SipHostKind.IPv6 => IPAddress.TryParse(Host[1..^1], out address),
            _ => false,
        };
    }

    private static bool TryParseSip(ReadOnlySpan<byte> text, SipUriScheme scheme, int colon, out SipUri uri)
    {
        uri = default;
        var rest = text[(colon + 1)..];

        // No part of a SIP URI but the end of the user part has an unescaped '@', and the user part may have all of
        // ";?/", so it must be cut off first.
        var at = rest.IndexOf((byte)'@');
        ReadOnlySpan<byte> user = default, password = default;
        if (at == 0) return false;
        if (at > 0)
        {
            user = rest[..at];
            rest = rest[(at + 1)..];
            var separator = user.IndexOf((byte)':');
            if (separator == 0) return false;
            if (separator > 0)
            {
                password = user[(separator + 1)..];
                user = user[..separator];
            }
        }

        int end;
        if (!rest.IsEmpty && rest[0] == '[')
        {
            end = rest.IndexOf((byte)']') + 1;
            if (end == 0 || !IsIPv6(rest[1..(end - 1)])) return false;
        }
        else
        {
            end = SipGrammar.Span(rest, SipGrammar.Host);
            if (end == 0) return false;
        }
        var host = rest[..end];
        var port = -1;
        if (end < rest.Length && rest[end] == ':')
        {
            var start = ++end;
            while (end < rest.Length && SipGrammar.IsDigit(rest[end])) end++;
            if (!SipGrammar.TryNumber(rest[start..end], 65_535, out var number)) return false;
            port = (int)number;
        }
        var hostPort = rest[..end];
        rest = rest[end..];

        if (!TrySplitTail(rest, out var parameters, out var headers)) return false;
        uri = new SipUri
        {
            Raw = text,
            Scheme = scheme,
            SchemeToken = text[..colon],
            HasUser = at > 0,
            User = user,
            Password = password,
            Host = host,
            Port = port,
            HostPort = hostPort,
            Parameters = parameters,
            Headers = headers,
        };
        return true;
    }

    private static bool TrySplitTail(
        ReadOnlySpan<byte> rest, out SipParameters parameters, out ReadOnlySpan<byte> headers)
    {
        parameters = default;
        headers = default;
        if (rest.IsEmpty) return true;
        var question = rest.IndexOf((byte)'?');
        var run = question < 0 ? rest : rest[..question];
        if (question >= 0) headers = rest[(question + 1)..];
        if (!run.IsEmpty && run[0] != ';') return false;
        if (rest.Contains((byte)'@') || (question >= 0 && headers.IsEmpty)) return false;
        var pos = 0;
        if (!SipGrammar.SkipParameters(run, ref pos) || pos != run.Length) return false;
        parameters = new SipParameters(run);
        return true;
    }

    private static bool TryParseTel(ReadOnlySpan<byte> text, int colon, out SipUri uri)
    {
        uri = default;
        var rest = text[(colon + 1)..];
        var semicolon = rest.IndexOf((byte)';');
        var number = semicolon < 0 ? rest : rest[..semicolon];
        var run = semicolon < 0 ? default : rest[semicolon..];
        var pos = 0;
        if (number.IsEmpty || !SipGrammar.SkipParameters(run, ref pos) || pos != run.Length) return false;
        uri = new SipUri
        {
            Raw = text,
            Scheme = SipUriScheme.Tel,
            SchemeToken = text[..colon],
            HasUser = true,
            User = number,
            Port = -1,
            Parameters = new SipParameters(run),
        };
        return true;
    }

    private static bool TakeOpaque(ReadOnlySpan<byte> text, int colon, out SipUri uri)
    {
        uri = new SipUri { Raw = text, Scheme = SipUriScheme.Other, SchemeToken = text[..colon], Port = -1 };
        return true;
    }

    internal static bool IsScheme(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || !char.IsAsciiLetter((char)text[0])) return false;
        foreach (var b in text)
            if (!char.IsAsciiLetterOrDigit((char)b) && b is not ((byte)'+' or (byte)'-' or (byte)'.')) return false;
        return true;
    }

    private static SipUriScheme FindScheme(ReadOnlySpan<byte> token) => token.Length switch
    {
        3 => Ascii.EqualsIgnoreCase(token, "sip"u8) ? SipUriScheme.Sip
            : Ascii.EqualsIgnoreCase(token, "tel"u8) ? SipUriScheme.Tel : SipUriScheme.Other,
        4 => Ascii.EqualsIgnoreCase(token, "sips"u8) ? SipUriScheme.Sips : SipUriScheme.Other,
        _ => SipUriScheme.Other,
    };

    // IPAddress also takes IPv4, zones and brackets.
    private static bool IsIPv6(ReadOnlySpan<byte> text) =>
        SipGrammar.IsAll(text, SipGrammar.Ipv6) && text.Contains((byte)':') && IPAddress.IsValidUtf8(text);

    // Four decimal numbers of 0-255: IPAddress would also take "1" and "0x7f.1", which are names here.
    private static bool IsIPv4(ReadOnlySpan<byte> host)
    {
        int groups = 0, pos = 0;
        while (true)
        {
            var start = pos;
            while (pos < host.Length && SipGrammar.IsDigit(host[pos])) pos++;
            if (pos - start > 3 || !SipGrammar.TryNumber(host[start..pos], 255, out _)) return false;
            groups++;
            if (pos == host.Length) return groups == 4;
            if (host[pos++] != '.') return false;
        }
    }
}
