using Akka.Actor;
using Tandem.Blacklist.Lists;
using Tandem.Shared.Configuration;

namespace Tandem.Blacklist;

/// <summary>
/// The list of the central mode: counts the calls of the whole switch together, its entries refuse at every gateway.
/// The cluster singleton on the role <c>blacklist</c>, started by <see cref="BlacklistHosting.WithBlacklist"/>; it
/// moves when its node leaves.
/// </summary>
public sealed class BlacklistCentralActor : BlacklistOwnerActor
{
    /// <summary>Name of the singleton.</summary>
    public const string Name = "blacklist-central";

    /// <summary>See <see cref="CreateProps"/>.</summary>
    public BlacklistCentralActor(BlacklistOwnerServices services)
        : base(null, OwnedBlacklist.DefaultMaxCentralEntries, services)
    {
    }

    /// <summary>How it is started.</summary>
    public static Props CreateProps(BlacklistOwnerServices services) =>
        Props.Create(() => new BlacklistCentralActor(services));

    /// <inheritdoc />
    protected override bool IsActive(ConfigurationSnapshot configuration) =>
        configuration.Parameters.BlacklistMode == BlacklistMode.Global;
}
