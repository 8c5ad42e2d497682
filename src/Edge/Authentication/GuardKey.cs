using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Tandem.Sip.Transport;

namespace Tandem.Edge.Authentication;

/// <summary>
/// What failures are counted by: a source, or a user across sources. An IPv6 source counts by its /64, which is one
/// subscriber (RFC 6177). The text is what travels and what operators see.
/// </summary>
public readonly record struct GuardKey
{
    private const string UserPrefix = "user:";
    private const string NetworkSuffix = "/64";

    private readonly UInt128 _address;
    private readonly string? _user;

    private GuardKey(UInt128 address, string? user) => (_address, _user) = (address, user);

    /// <summary>Whether a text is the key of a user.</summary>
    public static bool IsUser(string text) => text.StartsWith(UserPrefix, StringComparison.Ordinal);

    /// <summary>The key of a source.</summary>
    public static GuardKey Of(SipEndPoint source) =>
        new(source.IsV4 ? source.Address : source.Address >> 64 << 64, null);

    /// <summary>The key of a user.</summary>
    public static GuardKey Of(string user) => new(default, user);

    /// <summary>Reads <see cref="ToString"/>; false for what is none.</summary>
    public static bool TryParse(string text, out GuardKey key)
    {
        key = default;
        if (IsUser(text))
        {
            key = Of(text[UserPrefix.Length..]);
            return text.Length > UserPrefix.Length;
        }

        var isNetwork = text.EndsWith(NetworkSuffix, StringComparison.Ordinal);
        if (!IPAddress.TryParse(isNetwork ? text[..^NetworkSuffix.Length] : text, out var address)) return false;
        if (isNetwork && address.AddressFamily != AddressFamily.InterNetworkV6) return false;
        key = Of(SipEndPoint.From(address, 0));
        return true;
    }

    /// <summary><c>192.0.2.1</c>, <c>2001:db8::/64</c> or <c>user:1001</c>.</summary>
    public override string ToString()
    {
        if (_user is not null) return UserPrefix + _user;
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _address);
        var address = SipEndPoint.FromV6(bytes, 0);
        return address.IsV4
            ? address.ToIPAddress().ToString()
            : string.Create(CultureInfo.InvariantCulture, $"{address.ToIPAddress()}{NetworkSuffix}");
    }
}
