using Tandem.Shared;
using Tandem.Shared.Configuration;

namespace Tandem.Blacklist.Lists;

/// <summary>Which lists a configuration asks for, and which calls each of them counts.</summary>
public static class BlacklistScopes
{
    /// <summary>True when the gateway exists and feeds and applies its own list in standalone mode.</summary>
    public static bool IsTicked(GatewayId gateway, ConfigurationSnapshot configuration) => gateway.Kind switch
    {
        GatewayKind.Mapping => configuration.MappingGateways.TryGetValue(gateway.Name, out var mapping)
            && mapping.DynamicBlackListInStandalone,
        GatewayKind.Routing => configuration.RoutingGateways.TryGetValue(gateway.Name, out var routing)
            && routing.DynamicBlackListInStandalone,
        GatewayKind.System => false,
    };

    /// <summary>
    /// Whether a call seen at <paramref name="gateway"/> counts, and for which list: null is the central one. In
    /// central mode only what mapping gateways see counts: each call is seen by one of them once, and again by each
    /// routing gateway that it is tried at.
    /// </summary>
    public static bool Counts(GatewayId gateway, ConfigurationSnapshot configuration, out GatewayId? scope)
    {
        if (configuration.Parameters.BlacklistMode == BlacklistMode.Global)
        {
            scope = null;
            return gateway.Kind == GatewayKind.Mapping;
        }

        scope = gateway;
        return IsTicked(gateway, configuration);
    }

    /// <summary>All lists that refuse calls under this configuration.</summary>
    public static IEnumerable<GatewayId?> Active(ConfigurationSnapshot configuration)
    {
        if (configuration.Parameters.BlacklistMode == BlacklistMode.Global) return [null];
        return configuration.MappingGateways.Values
            .Where(g => g.DynamicBlackListInStandalone).Select(g => (GatewayId?)GatewayId.Mapping(g.Name))
            .Concat(configuration.RoutingGateways.Values
                .Where(g => g.DynamicBlackListInStandalone).Select(g => (GatewayId?)GatewayId.Routing(g.Name)));
    }
}
