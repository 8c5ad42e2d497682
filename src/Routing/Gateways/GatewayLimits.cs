using Tandem.Shared;
using Tandem.Shared.Configuration;

namespace Tandem.Routing.Gateways;

/// <summary>What one configuration version says of one gateway; read once per version, not per call.</summary>
/// <param name="Known">False when the version has no such gateway.</param>
/// <param name="Locked">lockType.</param>
/// <param name="LineLimit">Calls at once; 0 is none.</param>
/// <param name="RateLimit">New calls in any one second; 0 is none.</param>
public readonly record struct GatewayLimits(bool Known, bool Locked, int LineLimit, int RateLimit)
{
    /// <summary>True when a line can be granted without knowing who else holds one, or when it is refused in any case.</summary>
    public bool NeedNoKnowledge => !Known || Locked || (LineLimit == 0 && RateLimit == 0);

    /// <summary>Reads the limits of a gateway.</summary>
    public static GatewayLimits Of(ConfigurationSnapshot snapshot, GatewayId id) => id.Kind switch
    {
        GatewayKind.Mapping => snapshot.MappingGateways.TryGetValue(id.Name, out var mapping)
            ? new GatewayLimits(true, mapping.LockType == LockType.All, mapping.Capacity, mapping.MaxCallRate)
            : default,
        GatewayKind.Routing => snapshot.RoutingGateways.TryGetValue(id.Name, out var routing)
            ? new GatewayLimits(true, routing.LockType == LockType.All, routing.Capacity, routing.MaxCallRate)
            : default,
        GatewayKind.System => new GatewayLimits(true, false, 0, snapshot.Parameters.MaxCps),
    };
}
