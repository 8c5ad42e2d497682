using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;
using Tandem.Sip.Messages;
using Tandem.Sip.Transport;

namespace Tandem.Edge.Resolution;

/// <summary>Where a request is to go before it is resolved (RFC 3263 §4: the target).</summary>
/// <param name="Host">A name, or an IP address without brackets.</param>
/// <param name="Port">0: not said.</param>
/// <param name="Transport">Null: not said, the DNS decides.</param>
public sealed record SipTarget(string Host, int Port = 0, SipTransport? Transport = null)
{
    /// <summary>RFC 3261 §19.1.2.</summary>
    public const int DefaultPort = 5060;

    /// <summary>Of TLS.</summary>
    public const int DefaultTlsPort = 5061;

    private const int MaxHostLength = 253;

    /// <summary>
    /// Reads <c>host</c>, <c>host:port</c>, either with <c>udp:</c>, <c>tcp:</c> or <c>tls:</c> before it, or a SIP URI of
    /// which host, port and transport parameter count. IPv6 stands in brackets.
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out SipTarget? target)
    {
        target = null;
        if (string.IsNullOrEmpty(text)) return false;
        if (text.StartsWith("sip:", StringComparison.OrdinalIgnoreCase) || text.StartsWith("sips:", StringComparison.OrdinalIgnoreCase))
            return TryParseUri(text, out target);
        if (text.Contains(';')) return TryParseUri("sip:" + text, out target); // An outbound proxy with its transport.
        SipTransport? transport = null;
        foreach (var candidate in (ReadOnlySpan<SipTransport>)[SipTransport.Udp, SipTransport.Tcp, SipTransport.Tls])
        {
            var prefix = NameOf(candidate) + ":";
            if (!text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) continue;
            (transport, text) = (candidate, text[prefix.Length..]);
            break;
        }

        var end = text.StartsWith('[') ? text.IndexOf(']') + 1 : text.IndexOf(':');
        var host = end > 0 ? text[..end] : text;
        var port = 0;
        if (end > 0 && end < text.Length
            && (text[end] != ':' || !TryReadPort(text.AsSpan(end + 1), out port)))
            return false;
        return TryMake(host, port, transport, out target);
    }

    /// <summary>The transport when the DNS says nothing of it (RFC 3263 §4.1).</summary>
    public SipTransport TransportOrDefault => Transport ?? SipTransport.Udp;

    /// <summary>The port when the DNS says nothing of it.</summary>
    public int PortOrDefault(SipTransport transport) =>
        Port > 0 ? Port : transport == SipTransport.Tls ? DefaultTlsPort : DefaultPort;

    /// <inheritdoc />
    public override string ToString()
    {
        var text = new StringBuilder();
        if (Transport is { } transport) text.Append(NameOf(transport)).Append(':');
        text.Append(Host.Contains(':') ? $"[{Host}]" : Host);
        if (Port > 0) text.Append(CultureInfo.InvariantCulture, $":{Port}");
        return text.ToString();
    }

    private static bool TryParseUri(string text, [NotNullWhen(true)] out SipTarget? target)
    {
        target = null;
        if (!SipUri.TryParse(Encoding.UTF8.GetBytes(text), out var uri) || !uri.IsSip) return false;
        var secure = uri.Scheme == SipUriScheme.Sips;
        SipTransport? transport = secure ? SipTransport.Tls : null;
        if (!uri.Transport.IsEmpty)
        {
            var name = Encoding.ASCII.GetString(uri.Transport).ToLowerInvariant();
            if (name is not ("udp" or "tcp" or "tls")) return false;
            // sips with transport=tcp is TLS over TCP (RFC 3261 §26.2.2).
            transport = secure || name == "tls" ? SipTransport.Tls : name == "tcp" ? SipTransport.Tcp : SipTransport.Udp;
        }

        return TryMake(Encoding.ASCII.GetString(uri.Host), Math.Max(0, uri.Port), transport, out target);
    }

    private static bool TryMake(string host, int port, SipTransport? transport, [NotNullWhen(true)] out SipTarget? target)
    {
        target = null;
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        if (!TryReadAddress(host, out _) && !IsName(host)) return false;
        target = new SipTarget(host.TrimEnd('.'), port, transport);
        return true;
    }

    /// <summary>Reads an IP address; unlike the library's, "1" and "10.1" are none.</summary>
    public static bool TryReadAddress(string host, [NotNullWhen(true)] out IPAddress? address) =>
        IPAddress.TryParse(host, out address) && (host.Contains(':') || host.Count(c => c == '.') == 3);

    private static bool IsName(string host) =>
        host.Length is > 0 and <= MaxHostLength && host[0] != '.' && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    private static bool TryReadPort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= 65_535;

    private static string NameOf(SipTransport transport) => transport switch
    {
        SipTransport.Udp => "udp",
        SipTransport.Tcp => "tcp",
        SipTransport.Tls => "tls",
    };
}
