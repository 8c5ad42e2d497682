using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using Tandem.Shared.Accounts;

namespace Tandem.Shared.Configuration;

/// <summary>The address of a customer as the source look-up keys it; port 0 is any port.</summary>
public readonly record struct SourceKey(UInt128 Address, ushort Port)
{
    /// <summary>From an address; IPv4 is mapped into IPv6 so that both forms are one key.</summary>
    public static SourceKey Of(IPAddress address, int port)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.MapToIPv6().TryWriteBytes(bytes, out _);
        return new SourceKey(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes), (ushort)port);
    }
}

/// <summary>A rate group, compiled.</summary>
public sealed class RateTable
{
    private readonly PrefixTrie<RateConfiguration> _trie;

    /// <summary>Compiles a validated group.</summary>
    public RateTable(RateGroupConfiguration group)
    {
        Group = group;
        _trie = new PrefixTrie<RateConfiguration>(group.Rates.Select(r => KeyValuePair.Create(r.FeePrefix, r)));
    }

    /// <summary>The group as configured.</summary>
    public RateGroupConfiguration Group { get; }

    /// <summary>The rate of the longest prefix of <paramref name="number"/>, or null.</summary>
    public RateConfiguration? Find(ReadOnlySpan<char> number) => _trie.Longest(number);

    /// <summary>Copies a rate of this group into the form that a call keeps.</summary>
    public RateQuote Quote(RateConfiguration rate, Currency currency) => new(
        Group.Name,
        rate.FeePrefix,
        rate.AreaName,
        rate.Fee,
        rate.Period,
        rate.Sections.IsEmpty ? [] : [.. rate.Sections.Select(s => new RateSection(s.Fee, s.Time))],
        currency);
}

/// <summary>All routing gateways that share one callee prefix: one level of the route list.</summary>
public sealed class RouteLevel(string prefix, ImmutableArray<RoutingGatewayConfiguration> gateways)
{
    /// <summary>The prefix; empty is any number.</summary>
    public string Prefix { get; } = prefix;

    /// <summary>By priority, then name.</summary>
    public ImmutableArray<RoutingGatewayConfiguration> Gateways { get; } = gateways;
}

/// <summary>
/// One version of the configuration, compiled for the call's path: immutable, shared by all calls of a node, replaced as a
/// whole when a new version comes into force.
/// </summary>
public sealed class ConfigurationSnapshot
{
    private readonly FrozenDictionary<SourceKey, MappingGatewayConfiguration> _bySource;
    private readonly FrozenDictionary<string, PhoneConfiguration> _phones;

    /// <summary>Compiles a configuration that the validator has accepted.</summary>
    public ConfigurationSnapshot(long version, SwitchConfiguration source)
    {
        Version = version;
        Source = source;
        Parameters = new SystemParameters(source.SystemParameters);
        Accounts = source.Accounts.ToFrozenDictionary(a => a.Account, StringComparer.Ordinal);
        RateGroups = source.RateGroups.ToFrozenDictionary(g => g.Name, g => new RateTable(g), StringComparer.Ordinal);
        MappingGateways = source.MappingGateways.Concat(source.Phones.Select(PhoneGateways.Mapping))
            .ToFrozenDictionary(g => g.Name, StringComparer.Ordinal);
        RoutingGateways = source.RoutingGateways.Concat(source.Phones.Select(PhoneGateways.Routing))
            .ToFrozenDictionary(g => g.Name, StringComparer.Ordinal);
        _phones = source.Phones.SelectMany(p => p.Dids.Append(p.E164).Select(number => (Number: number, Phone: p)))
            .ToFrozenDictionary(x => x.Number, x => x.Phone, StringComparer.Ordinal);
        Registrations = source.Registrations.ToFrozenDictionary(r => r.Name, StringComparer.Ordinal);
        WhiteList = source.SystemWhiteList.ToFrozenSet(StringComparer.Ordinal);
        _bySource = source.MappingGateways
            .SelectMany(g => g.RemoteIps.Select(ip => (Key: ParseSource(ip)!.Value, Gateway: g)))
            .GroupBy(p => p.Key)
            .ToFrozenDictionary(
                p => p.Key,
                p => p.OrderBy(x => x.Gateway.Priority).ThenBy(x => x.Gateway.Name, StringComparer.Ordinal).First().Gateway);
        Routes = new PrefixTrie<RouteLevel>(source.RoutingGateways
            .SelectMany(g => (g.Prefix.IsEmpty ? [""] : g.Prefix).Select(prefix => (Prefix: prefix, Gateway: g)))
            .GroupBy(p => p.Prefix, StringComparer.Ordinal)
            .Select(level => KeyValuePair.Create(level.Key, new RouteLevel(level.Key, [.. level
                .Select(p => p.Gateway)
                .OrderBy(g => g.Priority).ThenBy(g => g.Name, StringComparer.Ordinal)]))));
    }

    /// <summary>Nothing configured; the version is 0.</summary>
    public static ConfigurationSnapshot Empty { get; } = new(0, new SwitchConfiguration());

    /// <summary>Grows by one with each change; stamped into each CDR.</summary>
    public long Version { get; }

    /// <summary>As operators wrote it.</summary>
    public SwitchConfiguration Source { get; }

    /// <summary>Parameters in force.</summary>
    public SystemParameters Parameters { get; }

    /// <summary>By account number.</summary>
    public FrozenDictionary<string, AccountConfiguration> Accounts { get; }

    /// <summary>By name.</summary>
    public FrozenDictionary<string, RateTable> RateGroups { get; }

    /// <summary>By name; each phone is one, too (<see cref="PhoneGateways"/>).</summary>
    public FrozenDictionary<string, MappingGatewayConfiguration> MappingGateways { get; }

    /// <summary>By name; each phone is one, too (<see cref="PhoneGateways"/>).</summary>
    public FrozenDictionary<string, RoutingGatewayConfiguration> RoutingGateways { get; }

    /// <summary>Our registrations with others, by name.</summary>
    public FrozenDictionary<string, RegistrationConfiguration> Registrations { get; }

    /// <summary>Numbers that no black list refuses.</summary>
    public FrozenSet<string> WhiteList { get; }

    /// <summary>Routing gateways by callee prefix.</summary>
    public PrefixTrie<RouteLevel> Routes { get; }

    /// <summary>The registration of ours that a routing gateway uses; null when it uses none.</summary>
    public RegistrationConfiguration? RegistrationOf(RoutingGatewayConfiguration gateway) =>
        gateway.RegisterType == RegisterType.Registration ? Registrations.GetValueOrDefault(gateway.Registration) : null;

    /// <summary>The phone that a number rings: its e164 or one of its DIDs; null is none.</summary>
    public PhoneConfiguration? FindPhone(string number) => _phones.GetValueOrDefault(number);

    /// <summary>
    /// The customer's trunk that an address belongs to: an entry with the port goes before one without, the smaller priority
    /// before the greater; null is an unknown source.
    /// </summary>
    public MappingGatewayConfiguration? MatchSource(SourceKey source) =>
        _bySource.GetValueOrDefault(source) ?? _bySource.GetValueOrDefault(source with { Port = 0 });

    /// <summary>Reads <c>IP</c>, <c>IP:port</c> or <c>[IPv6]:port</c>; null when it is neither.</summary>
    public static SourceKey? ParseSource(string text)
    {
        if (IPAddress.TryParse(text, out var address) && !text.StartsWith('[')) return SourceKey.Of(address, 0);
        return IPEndPoint.TryParse(text, out var endPoint) && endPoint.Port != 0
            ? SourceKey.Of(endPoint.Address, endPoint.Port)
            : null;
    }
}

/// <summary>The version in force on this node; read on the call's path without a lock.</summary>
public interface IConfigurationSource
{
    /// <summary>The version in force.</summary>
    ConfigurationSnapshot Current { get; }

    /// <summary>Raised on an arbitrary thread after <see cref="Current"/> has changed; handlers must be quick.</summary>
    event Action<ConfigurationSnapshot> Changed;
}

/// <summary>Holds the version in force; the configuration actor of the node is its only writer.</summary>
public sealed class ConfigurationHolder : IConfigurationSource
{
    private readonly Lock _writing = new();
    private volatile ConfigurationSnapshot _current = ConfigurationSnapshot.Empty;

    /// <inheritdoc />
    public event Action<ConfigurationSnapshot> Changed = delegate { };

    /// <inheritdoc />
    public ConfigurationSnapshot Current => _current;

    /// <summary>Brings a version into force; an older or equal one than the present is ignored and gives false.</summary>
    public bool Set(ConfigurationSnapshot snapshot)
    {
        lock (_writing)
        {
            if (snapshot.Version <= _current.Version) return false;
            _current = snapshot;
        }

        Changed(snapshot);
        return true;
    }
}
