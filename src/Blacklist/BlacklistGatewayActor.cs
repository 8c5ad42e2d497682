using Akka.Actor;
using Akka.Cluster.Sharding;
using Tandem.Blacklist.Lists;
using Tandem.Shared;
using Tandem.Shared.Configuration;

namespace Tandem.Blacklist;

/// <summary>
/// The list of one gateway in standalone mode: counts only what this gateway sees, its entries refuse only there.
/// Sharded by <see cref="GatewayId"/>; starts with the first message, that is when a node asks for its list, and ends
/// when the gateway is no longer ticked or the mode is central.
/// </summary>
public sealed class BlacklistGatewayActor : BlacklistOwnerActor
{
    private readonly GatewayId _gateway;
    private bool _leaving;

    /// <summary>See <see cref="CreateProps"/>.</summary>
    public BlacklistGatewayActor(GatewayId gateway, BlacklistOwnerServices services)
        : base(gateway, OwnedBlacklist.DefaultMaxGatewayEntries, services) => _gateway = gateway;

    /// <summary>How the entity <paramref name="entityId"/> (text form of a gateway) is started.</summary>
    public static Props CreateProps(string entityId, BlacklistOwnerServices services)
    {
        if (!GatewayId.TryParse(entityId, out var gateway))
            throw new ArgumentException($"{entityId} is no gateway.", nameof(entityId));
        return Props.Create(() => new BlacklistGatewayActor(gateway, services));
    }

    /// <inheritdoc />
    protected override bool IsActive(ConfigurationSnapshot configuration) =>
        configuration.Parameters.BlacklistMode == BlacklistMode.Standalone
        && BlacklistScopes.IsTicked(_gateway, configuration);

    /// <inheritdoc />
    protected override void OnInactive()
    {
        if (_leaving) return;
        _leaving = true;
        Context.Parent.Tell(new Passivate(Stop.Instance));
    }
}
