using System.Collections.Immutable;
using System.Net;
using System.Text;
using Tandem.Shared.Configuration;

namespace Tandem.Edge.Authentication;

/// <summary>
/// Who sends a request, as far as the configuration knows: a customer's trunk, a phone, or a vendor that registers with us.
/// One object for each, made with the <see cref="SourceDirectory"/>, so that a request costs no allocation.
/// </summary>
public sealed class SourceIdentity
{
    private readonly IPAddress? _localAddress;
    private readonly int _localPort;
    private readonly ImmutableArray<string> _peerNames = [];

    /// <summary>Of a mapping gateway.</summary>
    internal SourceIdentity(MappingGatewayConfiguration gateway)
    {
        Mapping = gateway;
        User = DigestUser.Of(gateway);
        UserBytes = Encoding.UTF8.GetBytes(User);
        Password = Encoding.UTF8.GetBytes(gateway.Password);
        NeedsDigest = gateway.RegisterType == RegisterType.Dynamic
            || gateway.SipAuthenticationMethod == SourceAuthentication.Password;
        if (IPAddress.TryParse(gateway.LocalIp, out var address)) _localAddress = address;
        _localPort = gateway.SignalPortLocal;
        _peerNames = gateway.TlsPeerNames;
    }

    /// <summary>Of a routing gateway that registers with us and makes no calls.</summary>
    internal SourceIdentity(RoutingGatewayConfiguration gateway)
    {
        Routing = gateway;
        User = DigestUser.Of(gateway);
        UserBytes = Encoding.UTF8.GetBytes(User);
        Password = Encoding.UTF8.GetBytes(gateway.Password);
        NeedsDigest = true;
    }

    /// <summary>Its digest user name.</summary>
    public string User { get; }

    /// <summary>The trunk that its calls come in by; null when it makes none.</summary>
    public MappingGatewayConfiguration? Mapping { get; }

    /// <summary>The trunk that calls to it go out by; null when it is not called by its registration.</summary>
    public RoutingGatewayConfiguration? Routing { get; internal set; }

    /// <summary>Whether each of its requests outside of a dialog must carry credentials.</summary>
    public bool NeedsDigest { get; }

    internal byte[] UserBytes { get; }

    internal byte[] Password { get; }

    /// <summary>Whether its requests may come in like this.</summary>
    internal bool MayUse(Arrival arrival) => MayUse(arrival.Local) && IsNamed(arrival.PeerNames);

    private bool MayUse(IPEndPoint local) =>
        (_localPort == 0 || _localPort == local.Port)
        && (_localAddress is null || _localAddress.Equals(local.Address) || IsWildcard(local.Address));

    private bool IsNamed(ImmutableArray<string> shown)
    {
        if (_peerNames.IsEmpty) return true;
        foreach (var name in shown)
            if (_peerNames.Contains(name, StringComparer.OrdinalIgnoreCase)) return true;
        return false;
    }

    // A socket on all addresses does not say which one was used.
    private static bool IsWildcard(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

}
