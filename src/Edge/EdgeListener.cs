using System.Diagnostics.CodeAnalysis;
using System.Net;
using Tandem.Shared.Edge;

namespace Tandem.Edge;

/// <summary>One address at which an edge is to receive SIP; the place in the list is its ordinal.</summary>
/// <param name="Bind">IP address and port; port 0 lets the kernel choose.</param>
/// <param name="Transports">What is served there; UDP and TCP share the port.</param>
/// <param name="SentBy"><c>host[:port]</c> that peers are told; null is the address itself.</param>
public sealed record EdgeListener(IPEndPoint Bind, ListenerTransports Transports, string? SentBy = null)
{
    /// <summary>What an address has when nothing is said: RFC 3261 §18.1.1 asks for TCP wherever there is UDP.</summary>
    public const ListenerTransports DefaultTransports = ListenerTransports.Udp | ListenerTransports.Tcp;

    /// <summary>How it is written on a command line.</summary>
    public const string Syntax = "[udp:|tcp:|tls:]IP:PORT[=HOST[:PORT]]";

    /// <summary>As <see cref="Syntax"/> has it.</summary>
    public override string ToString()
    {
        var transport = Transports == DefaultTransports ? "" : Transports.ToString().ToLowerInvariant() + ":";
        return $"{transport}{Bind}{(SentBy is null ? "" : "=" + SentBy)}";
    }

    /// <summary>
    /// Reads <see cref="Syntax"/>: without a transport UDP and TCP, else that alone; behind the equals sign what peers
    /// are told. IPv6 stands in brackets.
    /// </summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out EdgeListener? listener)
    {
        listener = null;
        var transports = DefaultTransports;
        if (TryCut(ref text, "udp:")) transports = ListenerTransports.Udp;
        else if (TryCut(ref text, "tcp:")) transports = ListenerTransports.Tcp;
        else if (TryCut(ref text, "tls:")) transports = ListenerTransports.Tls;
        var equals = text.IndexOf('=');
        var sentBy = equals < 0 ? null : text[(equals + 1)..];
        if (equals >= 0) text = text[..equals];

        // "::1" and "127.0.0.1" are addresses without a port, which IPEndPoint takes for port 0.
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || (text[..colon].Contains(':') && text[colon - 1] != ']')) return false;
        if (!IPEndPoint.TryParse(text, out var bind) || (sentBy is not null && !IsSentBy(sentBy))) return false;
        listener = new EdgeListener(bind, transports, sentBy);
        return true;
    }

    /// <summary>Joins what is said of one address, keeping the order; the first that tells peers something counts.</summary>
    public static IReadOnlyList<EdgeListener> Merge(IEnumerable<EdgeListener> listeners)
    {
        var merged = new List<EdgeListener>();
        foreach (var listener in listeners)
        {
            var at = merged.FindIndex(m => m.Bind.Port != 0 && m.Bind.Equals(listener.Bind));
            if (at < 0) merged.Add(listener);
            else merged[at] = merged[at] with
            {
                Transports = merged[at].Transports | listener.Transports,
                SentBy = merged[at].SentBy ?? listener.SentBy,
            };
        }

        return merged;
    }

    /// <summary>True for <c>host[:port]</c> as Via and Contact have it.</summary>
    public static bool IsSentBy(string text)
    {
        var host = text;
        var colon = text.LastIndexOf(':');
        if (colon > text.LastIndexOf(']') && colon >= 0)
        {
            if (!ushort.TryParse(text.AsSpan(colon + 1), out var port) || port == 0) return false;
            host = text[..colon];
        }

        return Uri.CheckHostName(host.Trim('[', ']')) switch
        {
            UriHostNameType.Dns or UriHostNameType.IPv4 => !host.StartsWith('['),
            UriHostNameType.IPv6 => host.StartsWith('[') && host.EndsWith(']'),
            _ => false,
        };
    }

    private static bool TryCut(ref string text, string prefix)
    {
        if (!text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return false;
        text = text[prefix.Length..];
        return true;
    }
}
