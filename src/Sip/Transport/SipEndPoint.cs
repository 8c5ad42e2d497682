using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Tandem.Sip.Transport;

/// <summary>
/// An IP address, port, transport and local listener in 24 bytes, without a reference: what a message came from or
/// goes to, and by which of our sockets.
/// IPv4 addresses are kept as IPv4-mapped IPv6 addresses (RFC 4291 §2.5.5.2), so there is one form of each address
/// and equality is equality of bits. An IPv6 scope id is not kept.
/// </summary>
public readonly record struct SipEndPoint
{
    private const ulong V4MappedPrefix = 0x0000_FFFF_0000_0000;

    private readonly ulong _high;
    private readonly ulong _low;

    private SipEndPoint(ulong high, ulong low, ushort port, SipTransport transport, byte local = 0)
    {
        (_high, _low, Port, Transport, Local) = (high, low, port, transport, local);
    }

    /// <summary>The port, 0 to 65,535, in host order.</summary>
    public ushort Port { get; }

    /// <summary>The transport protocol.</summary>
    public SipTransport Transport { get; }

    /// <summary>
    /// Ordinal of the local listener by which the peer was met, 0 for the first: a reply leaves by the same (RFC 3261
    /// §18.2.2). Part of the identity, since one peer may be met by several.
    /// </summary>
    public byte Local { get; }

    /// <summary>True for an IPv4 address.</summary>
    public bool IsV4 => _high == 0 && (_low & 0xFFFF_FFFF_0000_0000) == V4MappedPrefix;

    /// <summary>
    /// The IPv4 address in host order (127.0.0.1 is 0x7F000001); only meaningful if <see cref="IsV4"/>.
    /// </summary>
    public uint V4Address => (uint)_low;

    /// <summary>The address as one number, IPv4 as IPv4-mapped: a key that is the same whatever port and transport are.</summary>
    public UInt128 Address => new(_high, _low);

    /// <summary>True for a transport over which nothing is retransmitted (timers D, I, J, K are 0).</summary>
    public bool IsReliable => Transport != SipTransport.Udp;

    /// <summary>Makes an IPv4 endpoint.</summary>
    /// <param name="address">The address in host order (127.0.0.1 is 0x7F000001).</param>
    /// <param name="port">The port in host order.</param>
    /// <param name="transport">The transport.</param>
    public static SipEndPoint FromV4(uint address, ushort port, SipTransport transport = SipTransport.Udp) =>
        new(0, V4MappedPrefix | address, port, transport);

    /// <summary>Makes an endpoint of 16 address bytes in network order (an IPv4-mapped address becomes IPv4).</summary>
    /// <param name="address">Exactly 16 bytes.</param>
    /// <param name="port">The port in host order.</param>
    /// <param name="transport">The transport.</param>
    public static SipEndPoint FromV6(
        ReadOnlySpan<byte> address, ushort port, SipTransport transport = SipTransport.Udp) =>
        new(
            BinaryPrimitives.ReadUInt64BigEndian(address),
            BinaryPrimitives.ReadUInt64BigEndian(address[8..]),
            port,
            transport);

    /// <summary>Makes an endpoint of an address object.</summary>
    /// <param name="address">IPv4 or IPv6.</param>
    /// <param name="port">0 to 65,535.</param>
    /// <param name="transport">The transport.</param>
    public static SipEndPoint From(IPAddress address, int port, SipTransport transport = SipTransport.Udp)
    {
        ArgumentNullException.ThrowIfNull(address);
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out var written)) throw new ArgumentException("Not an IP address.");
        return written == 4
            ? FromV4(BinaryPrimitives.ReadUInt32BigEndian(bytes), checked((ushort)port), transport)
            : FromV6(bytes, checked((ushort)port), transport);
    }

    /// <summary>Makes an endpoint of a socket address.</summary>
    /// <param name="endPoint">IPv4 or IPv6.</param>
    /// <param name="transport">The transport.</param>
    public static SipEndPoint From(IPEndPoint endPoint, SipTransport transport = SipTransport.Udp)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return From(endPoint.Address, endPoint.Port, transport);
    }

    /// <summary>The same address, transport and listener with another port.</summary>
    /// <param name="port">The new port.</param>
    public SipEndPoint WithPort(ushort port) => new(_high, _low, port, Transport, Local);

    /// <summary>The same with another local listener.</summary>
    /// <param name="local">Its ordinal.</param>
    public SipEndPoint WithLocal(byte local) => new(_high, _low, Port, Transport, local);

    /// <summary>The same with another transport.</summary>
    /// <param name="transport">The new transport.</param>
    public SipEndPoint WithTransport(SipTransport transport) => new(_high, _low, Port, transport, Local);

    /// <summary>True if the IP addresses are the same, whatever the ports and transports are.</summary>
    /// <param name="other">The other endpoint.</param>
    public bool SameAddress(SipEndPoint other) => _high == other._high && _low == other._low;

    /// <summary>The address object (allocates; not for the hot path).</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        if (IsV4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, V4Address);
            return new IPAddress(bytes[..4]);
        }

        WriteV6(bytes);
        return new IPAddress(bytes);
    }

    /// <summary>The socket address object (allocates; not for the hot path).</summary>
    public IPEndPoint ToIPEndPoint() => new(ToIPAddress(), Port);

    /// <summary>Writes the 16 address bytes in network order (IPv4 as IPv4-mapped).</summary>
    /// <param name="destination">At least 16 bytes.</param>
    public void WriteV6(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
    }

    /// <summary>
    /// Writes the address as the <c>host</c> or <c>received</c> value of a Via header has it: dotted decimal, or
    /// IPv6 without brackets (RFC 3261 §25.1, via-received). IPv4 allocates nothing.
    /// </summary>
    /// <param name="destination">At least 45 bytes.</param>
    /// <returns>The number of bytes written.</returns>
    public int FormatAddress(Span<byte> destination)
    {
        int written;
        if (!IsV4)
        {
            return ToIPAddress().TryFormat(destination, out written)
                ? written
                : throw new ArgumentException("Too short for an address.", nameof(destination));
        }

        var length = 0;
        for (var shift = 24; shift >= 0; shift -= 8)
        {
            ((byte)(V4Address >> shift)).TryFormat(destination[length..], out written);
            length += written;
            if (shift > 0) destination[length++] = (byte)'.';
        }

        return length;
    }

    /// <summary>
    /// Reads an IPv4 address in dotted decimal or an IPv6 address with or without brackets; a host name is refused.
    /// IPv4 allocates nothing.
    /// </summary>
    /// <param name="host">The bytes of the host part.</param>
    /// <param name="port">The port of the result.</param>
    /// <param name="transport">The transport of the result.</param>
    /// <param name="result">The endpoint.</param>
    /// <returns>False if it is not an IP address.</returns>
    public static bool TryParseAddress(
        ReadOnlySpan<byte> host, ushort port, SipTransport transport, out SipEndPoint result)
    {
        if (TryParseV4(host, out var v4))
        {
            result = FromV4(v4, port, transport);
            return true;
        }

        result = default;
        if (host.Length >= 2 && host[0] == '[' && host[^1] == ']') host = host[1..^1];
        if (host.IndexOf((byte)':') < 0 || !IPAddress.TryParse(host, out var address)) return false;
        result = From(address, port, transport);
        return true;
    }

    /// <summary>
    /// Reads the form <see cref="ToString"/> writes: <c>[transport:]address:port[%listener]</c>; UDP and listener 0 if not
    /// said.
    /// </summary>
    /// <param name="text">The text, such as <c>192.0.2.1:5060</c> or <c>tcp:[2001:db8::1]:5060</c>.</param>
    /// <param name="result">The endpoint.</param>
    /// <returns>False if the text is not such an address.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out SipEndPoint result)
    {
        result = default;
        if (text is null) return false;
        var transport = SipTransport.Udp;
        foreach (var candidate in (ReadOnlySpan<SipTransport>)[SipTransport.Udp, SipTransport.Tcp, SipTransport.Tls])
        {
            var prefix = NameOf(candidate);
            if (!text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) continue;
            if (text.Length <= prefix.Length || text[prefix.Length] != ':') continue;
            (transport, text) = (candidate, text[(prefix.Length + 1)..]);
            break;
        }

        var (colon, local) = (text.LastIndexOf(':'), (byte)0);
        var percent = text.LastIndexOf('%'); // Before the last colon it belongs to an IPv6 scope.
        if (percent > colon)
        {
            var ordinal = text.AsSpan(percent + 1);
            if (!byte.TryParse(ordinal, NumberStyles.None, CultureInfo.InvariantCulture, out local)) return false;
            text = text[..percent];
        }

        if (colon <= 0 || !IsHostOfPort(text.AsSpan(0, colon))) return false;
        if (!ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return false;
        if (!IPAddress.TryParse(text.AsSpan(0, colon).Trim("[]"), out var address)) return false;
        result = From(address, port, transport).WithLocal(local);
        return true;
    }

    /// <summary>Reads an address as <see cref="TryParse"/> does.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">The text is not such an address.</exception>
    public static SipEndPoint Parse(string text) =>
        TryParse(text, out var result)
            ? result
            : throw new FormatException($"'{text}' is no address like 192.0.2.1:5060 or tcp:[2001:db8::1]:5060.");

    /// <summary>
    /// The address as <c>192.0.2.1:5060</c> for UDP, <c>tcp:192.0.2.1:5060</c> for others, and <c>%1</c> behind it for
    /// another local listener than the first.
    /// </summary>
    public override string ToString()
    {
        var address = Transport == SipTransport.Udp ? $"{ToIPEndPoint()}" : $"{NameOf(Transport)}:{ToIPEndPoint()}";
        return Local == 0 ? address : string.Create(CultureInfo.InvariantCulture, $"{address}%{Local}");
    }

    /// <summary>A hash that depends on all of it.</summary>
    public override int GetHashCode() =>
        HashCode.Combine(_high, _low, Port | (Local << 16) | ((int)Transport << 24));

    private static string NameOf(SipTransport transport) => transport switch
    {
        SipTransport.Udp => "udp",
        SipTransport.Tcp => "tcp",
        SipTransport.Tls => "tls",
    };

    // "2001:db8::1" has no port: only bracketed IPv6 or a host without a colon may stand before one.
    private static bool IsHostOfPort(ReadOnlySpan<char> host) =>
        !host.Contains(':') || (host[0] == '[' && host[^1] == ']');

    private static bool TryParseV4(ReadOnlySpan<byte> host, out uint address)
    {
        address = 0;
        if (host.Length is < 7 or > 15) return false;
        var (parts, value, digits) = (0, 0, 0);
        foreach (var c in host)
        {
            if (c == '.')
            {
                if (digits == 0 || ++parts > 3) return false;
                address = (address << 8) | (uint)value;
                (value, digits) = (0, 0);
                continue;
            }

            if (c is < (byte)'0' or > (byte)'9' || ++digits > 3) return false;
            value = (value * 10) + (c - '0');
            if (value > 255) return false;
        }

        if (parts != 3 || digits == 0) return false;
        address = (address << 8) | (uint)value;
        return true;
    }
}
