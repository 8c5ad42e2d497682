using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Tandem.Shared.Edge;

/// <summary>Transports that a local listener serves.</summary>
[Flags]
public enum ListenerTransports : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>UDP.</summary>
    Udp = 1,

    /// <summary>TCP.</summary>
    Tcp = 2,

    /// <summary>TLS over TCP.</summary>
    Tls = 4,
}

/// <summary>One local address of the switch at which SIP is received and from which it is sent.</summary>
/// <param name="Address">Where it is bound; the wildcard address stands for all of its family.</param>
/// <param name="Transports">What is served there.</param>
/// <param name="SentBy"><c>host[:port]</c> that peers are told (Via, Contact, From); IPv6 in brackets.</param>
public sealed record Listener(IPEndPoint Address, ListenerTransports Transports, string SentBy);

/// <summary>
/// The local listeners of a node in their order, and the one choice among them: the edge sends by it and the call writes
/// its Contact by it, so that both say the same. Immutable.
/// </summary>
public sealed class ListenerTable
{
    /// <summary>Most listeners of a node; the ordinal has one byte in an address.</summary>
    public const int MaxListeners = 64;

    // By ordinal and transport: host[:port][;transport=], made once.
    private readonly (string Plain, string Tcp, string Tls)[] _contacts;

    /// <summary>Makes the table.</summary>
    /// <param name="listeners">At least one, at most <see cref="MaxListeners"/>; the position is the ordinal.</param>
    public ListenerTable(ImmutableArray<Listener> listeners)
    {
        ArgumentOutOfRangeException.ThrowIfZero(listeners.Length, nameof(listeners));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(listeners.Length, MaxListeners, nameof(listeners));
        Listeners = listeners;
        _contacts = [.. listeners.Select(l => (l.SentBy, $"{l.SentBy};transport=tcp", $"{l.SentBy};transport=tls"))];
    }

    /// <summary>The listeners by their ordinals.</summary>
    public ImmutableArray<Listener> Listeners { get; }

    /// <summary>A table of one UDP listener, such as a test needs.</summary>
    /// <param name="sentBy"><c>IP:port</c>, also what peers are told.</param>
    public static ListenerTable Of(string sentBy) =>
        new([new Listener(IPEndPoint.Parse(sentBy), ListenerTransports.Udp | ListenerTransports.Tcp, sentBy)]);

    /// <summary>Chooses the listener for a peer.</summary>
    /// <param name="transport">One transport.</param>
    /// <param name="family">Address family of the peer; unspecified when only its name is known.</param>
    /// <param name="local">What a gateway pins: <c>ip</c>, <c>ip:port</c>, <c>:port</c> or nothing.</param>
    /// <param name="preferred">The ordinal that is taken when it fits: where the peer was met.</param>
    /// <returns>The ordinal; -1 when no listener fits, so that nothing can be sent.</returns>
    public int Find(ListenerTransports transport, AddressFamily family, string local = "", int preferred = 0)
    {
        if (!TryReadPin(local, out var address, out var port)) return -1;
        if (preferred < Listeners.Length && IsIt(Listeners[preferred])) return preferred;
        for (var i = 0; i < Listeners.Length; i++)
            if (IsIt(Listeners[i])) return i;
        return -1;

        bool IsIt(Listener listener) =>
            (listener.Transports & transport) != 0
            && (family == AddressFamily.Unspecified || family == listener.Address.AddressFamily)
            && (address is null || address.Equals(listener.Address.Address))
            && (port == 0 || port == listener.Address.Port);
    }

    /// <summary><c>host[:port][;transport=]</c> for the Contact that a peer sees.</summary>
    /// <param name="remote"><c>[transport:]host[:port][%listener]</c>: where the peer was met or is to be reached.</param>
    /// <param name="local">What the peer's gateway pins, or nothing.</param>
    public string Contact(string remote, string local = "")
    {
        var (transport, ordinal) = Choose(remote, local);
        var (plain, tcp, tls) = _contacts[ordinal];
        return transport switch
        {
            ListenerTransports.Tcp => tcp,
            ListenerTransports.Tls => tls,
            _ => plain,
        };
    }

    /// <summary><c>host[:port]</c> of ours that a peer sees in From and the like.</summary>
    /// <param name="remote">As in <see cref="Contact"/>.</param>
    /// <param name="local">As in <see cref="Contact"/>.</param>
    public string HostPort(string remote, string local = "") => _contacts[Choose(remote, local).Ordinal].Plain;

    /// <summary>True if the text is nothing, <c>ip</c>, <c>ip:port</c> or <c>:port</c>.</summary>
    public static bool IsPin(string local) => TryReadPin(local, out _, out _);

    // No listener fits: the edge will refuse to send, so what is written does not matter.
    private (ListenerTransports Transport, int Ordinal) Choose(string remote, string local)
    {
        var (transport, family, preferred) = Read(remote);
        return (transport, Math.Max(0, Find(transport, family, local, preferred)));
    }

    private static (ListenerTransports Transport, AddressFamily Family, int Preferred) Read(string remote)
    {
        var text = remote.AsSpan();
        var transport = ListenerTransports.Udp;
        if (TryCut(ref text, "tcp:")) transport = ListenerTransports.Tcp;
        else if (TryCut(ref text, "tls:")) transport = ListenerTransports.Tls;
        else if (!TryCut(ref text, "udp:")) TryCut(ref text, "auto:");
        var preferred = 0;
        var percent = text.LastIndexOf('%');
        if (percent > text.LastIndexOf(']') && percent >= 0)
        {
            if (!int.TryParse(text[(percent + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out preferred)) preferred = 0;
            text = text[..percent];
        }

        if (text.StartsWith('[')) return (transport, AddressFamily.InterNetworkV6, preferred);
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? text : text[..colon];
        var family = IPAddress.TryParse(host, out var address) ? address.AddressFamily : AddressFamily.Unspecified;
        return (transport, family, preferred);
    }

    private static bool TryCut(ref ReadOnlySpan<char> text, string prefix)
    {
        if (!text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return false;
        text = text[prefix.Length..];
        return true;
    }

    private static bool TryReadPin(string local, out IPAddress? address, out int port)
    {
        (address, port) = (null, 0);
        if (local.Length == 0) return true;
        if (local[0] == ':')
        {
            var isPort = ushort.TryParse(local.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            port = number;
            return isPort && number > 0;
        }

        if (IPAddress.TryParse(local, out address)) return true;
        if (!IPEndPoint.TryParse(local, out var both)) return false;
        (address, port) = (both.Address, both.Port);
        return true;
    }
}
