using System.Buffers;
using System.Collections.Immutable;
using System.Net;
using System.Text;
using Tandem.Shared.Configuration;
using Tandem.Sip.Authentication;
using Tandem.Sip.Transport;

namespace Tandem.Edge.Authentication;

/// <summary>
/// Everything of one configuration version that says who a source is, compiled for look-up without allocation. Immutable;
/// made by <see cref="Authenticator"/> when a version comes into force.
/// </summary>
public sealed class SourceDirectory
{
    // Longer names are nobody's.
    private const int MaxUserBytes = 256;

    private readonly Dictionary<SourceKey, ImmutableArray<SourceIdentity>> _bySource;
    private readonly HashSet<UInt128> _known;
    private readonly Dictionary<string, SourceIdentity>.AlternateLookup<ReadOnlySpan<char>> _byUser;
    private readonly SearchValues<string>? _scanners;

    /// <summary>Compiles a version.</summary>
    public SourceDirectory(ConfigurationSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        Snapshot = snapshot;
        var parameters = snapshot.Parameters;
        _scanners = parameters.ScannerUserAgents.IsEmpty
            ? null
            : SearchValues.Create(parameters.ScannerUserAgents.AsSpan(), StringComparison.OrdinalIgnoreCase);
        Digest = new DigestSettings(
            parameters.NonceExpire,
            parameters.DigestAlgorithm switch
            {
                "md5" => DigestOffer.Md5,
                "sha-256" => DigestOffer.Sha256,
                _ => DigestOffer.Both,
            });
        Realm = Encoding.UTF8.GetBytes(parameters.LocalDomain.Length > 0 ? parameters.LocalDomain : DefaultRealm);

        var identities = snapshot.MappingGateways.Values.Select(g => new SourceIdentity(g)).ToList();
        _bySource = identities
            .SelectMany(i => i.Mapping!.RemoteIps.Select(ip => (Key: ConfigurationSnapshot.ParseSource(ip)!.Value, Identity: i)))
            .Where(p => p.Key.Port != 0 || p.Identity.Mapping!.SipAuthenticationMethod != SourceAuthentication.IpPort)
            .GroupBy(p => p.Key)
            .ToDictionary(
                p => p.Key,
                p => p.Select(x => x.Identity).Distinct()
                    .OrderBy(i => i.Mapping!.Priority).ThenBy(i => i.Mapping!.Name, StringComparer.Ordinal)
                    .ToImmutableArray());
        _known = [.. _bySource.Keys.Select(key => key.Address)];
        foreach (var gateway in snapshot.RoutingGateways.Values)
            if (IPAddress.TryParse(gateway.RemoteIp, out var address)) _known.Add(SipEndPoint.From(address, 0).Address);

        var users = new Dictionary<string, SourceIdentity>(StringComparer.Ordinal);
        foreach (var identity in identities)
            if (identity.Mapping!.RegisterType == RegisterType.Dynamic) users.TryAdd(identity.User, identity);
        foreach (var gateway in snapshot.RoutingGateways.Values)
        {
            if (gateway.RegisterType != RegisterType.Dynamic) continue;
            var identity = new SourceIdentity(gateway);
            // A phone is both, under one name.
            if (!users.TryAdd(identity.User, identity) && users[identity.User].Mapping?.Name == gateway.Name)
                users[identity.User].Routing = gateway;
        }

        _byUser = users.GetAlternateLookup<ReadOnlySpan<char>>();
        HasUsers = users.Count > 0;
    }

    /// <summary>The realm when SS_SIP_LOCAL_DOMAIN names none.</summary>
    public const string DefaultRealm = "tandem";

    /// <summary>The version compiled.</summary>
    public ConfigurationSnapshot Snapshot { get; }

    /// <summary>Whether anybody may come from any address, by digest.</summary>
    public bool HasUsers { get; }

    internal DigestSettings Digest { get; }

    internal byte[] Realm { get; }

    /// <summary>Whether the address is one of a configured gateway, either way.</summary>
    public bool Knows(SipEndPoint remote) => _known.Contains(remote.Address);

    /// <summary>
    /// The mapping gateways of an address: those with its port before those without, each by priority, then name.
    /// </summary>
    internal Candidates At(SipEndPoint remote)
    {
        if (!Knows(remote)) return default;
        var withPort = _bySource.GetValueOrDefault(new SourceKey(remote.Address, remote.Port));
        var without = _bySource.GetValueOrDefault(new SourceKey(remote.Address, 0));
        return new Candidates(withPort.IsDefault ? [] : withPort, without.IsDefault ? [] : without);
    }

    /// <summary>The dynamic gateway or phone of a digest user name, given unescaped; null when there is none.</summary>
    internal SourceIdentity? FindUser(ReadOnlySpan<byte> user)
    {
        if (!HasUsers || user.IsEmpty || user.Length > MaxUserBytes) return null;
        Span<char> text = stackalloc char[MaxUserBytes];
        var length = Encoding.UTF8.GetChars(user, text);
        return _byUser.TryGetValue(text[..length], out var identity) ? identity : null;
    }

    /// <summary>Whether a User-Agent is a scanner's.</summary>
    internal bool IsScanner(ReadOnlySpan<byte> userAgent)
    {
        if (_scanners is null || userAgent.IsEmpty) return false;
        Span<char> text = stackalloc char[MaxUserBytes];
        userAgent = userAgent[..Math.Min(userAgent.Length, MaxUserBytes)];
        var length = Encoding.Latin1.GetChars(userAgent, text);
        return text[..length].ContainsAny(_scanners);
    }

    /// <summary>The gateways of one address.</summary>
    internal readonly record struct Candidates(
        ImmutableArray<SourceIdentity> WithPort, ImmutableArray<SourceIdentity> WithoutPort)
    {
        /// <summary>For foreach.</summary>
        public Enumerator GetEnumerator() => new(this);

        /// <summary>Walks them in order.</summary>
        public struct Enumerator(Candidates candidates)
        {
            private readonly int _first = candidates.WithPort.IsDefault ? 0 : candidates.WithPort.Length;
            private readonly int _count =
                candidates.WithPort.IsDefault ? 0 : candidates.WithPort.Length + candidates.WithoutPort.Length;
            private int _index = -1;

            public readonly SourceIdentity Current =>
                _index < _first ? candidates.WithPort[_index] : candidates.WithoutPort[_index - _first];

            public bool MoveNext() => ++_index < _count;
        }
    }
}
