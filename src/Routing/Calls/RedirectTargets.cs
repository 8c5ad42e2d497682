using System.Globalization;
using System.Text;
using Tandem.Sip.Messages;

namespace Tandem.Routing.Calls;

/// <summary>
/// The Contacts that redirections of one attempt have named (RFC 3261 §8.1.3.4, §21.3): best q first, those of a later
/// redirection before what is left of an earlier one, none twice.
/// </summary>
internal sealed class RedirectTargets
{
    /// <summary>Contacts that one attempt follows in all.</summary>
    public const int MaxTargets = 10;

    /// <summary>Redirections that one attempt follows in a row.</summary>
    public const int MaxDepth = 5;

    private readonly HashSet<string> _seen = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _open = [];
    private int _redirections;

    /// <summary>Takes the Contacts of a 3xx in; one that is over <see cref="MaxDepth"/> adds nothing.</summary>
    public void Add(SipMessage response)
    {
        if (++_redirections > MaxDepth) return;
        var named = new List<(string Uri, double Q)>();
        foreach (var value in response.Values(SipHeaderName.Contact))
        {
            if (!NameAddress.TryParse(value, out var address) || !address.TryGetUri(out var uri) || uri.Scheme != SipUriScheme.Sip)
                continue;
            var text = Encoding.ASCII.GetString(uri.Headers.IsEmpty ? address.Uri : address.Uri[..address.Uri.IndexOf((byte)'?')]);
            if (_seen.Count < MaxTargets && _seen.Add(text)) named.Add((text, QOf(address.Parameters)));
        }

        _open.InsertRange(0, named.OrderByDescending(n => n.Q).Select(n => n.Uri)); // Stable: equals stay in their order.
    }

    /// <summary>The next Contact that was not tried: a SIP URI.</summary>
    public string? Next()
    {
        if (_open.Count == 0) return null;
        var first = _open[0];
        _open.RemoveAt(0);
        return first;
    }

    /// <summary>Where a URI leads to, as the edge reads it: <c>[transport:]host[:port]</c>.</summary>
    public static string RemoteOf(string uriText)
    {
        if (!SipUri.TryParse(Encoding.ASCII.GetBytes(uriText), out var uri)) return "";
        var transport = uri.Transport.IsEmpty ? "udp" : Encoding.ASCII.GetString(uri.Transport).ToLowerInvariant();
        var host = Encoding.ASCII.GetString(uri.Host);
        var isName = uri.HostKind == SipHostKind.Name;
        var port = uri.Port > 0 ? uri.Port : isName ? 0 : transport == "tls" ? 5061 : 5060; // Port of a name: by DNS (RFC 3263).
        var place = port == 0 ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
        return transport == "udp" && !isName ? place : $"{transport}:{place}";
    }

    private static double QOf(SipParameters parameters) => parameters.TryGet("q"u8, out var q)
        && double.TryParse(Encoding.ASCII.GetString(q), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            ? Math.Clamp(value, 0, 1) : 1;
}
