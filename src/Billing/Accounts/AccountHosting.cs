using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Cluster.Sharding;
using Akka.Hosting;
using Tandem.Shared;
using Tandem.Shared.Cluster;
using Tandem.Shared.Configuration;
using Tandem.Shared.Storage;

namespace Tandem.Billing.Accounts;

/// <summary>Starts what accounts need on a node, under the markers that other areas know.</summary>
public static class AccountHosting
{
    /// <summary>
    /// For nodes with the role <c>billing</c>: the account region under <see cref="IAccountRegion"/> and the node's
    /// ledger writer. The schema must have <see cref="BillingMigrations.All"/>.
    /// </summary>
    public static AkkaConfigurationBuilder WithAccountActors(
        this AkkaConfigurationBuilder builder,
        Database database,
        IConfigurationSource configuration,
        TimeProvider time) => builder.WithShardRegion<IAccountRegion>(
        AccountShardExtractor.TypeName,
        (system, _, _) =>
        {
            var store = new LedgerStore(database);
            var with = new AccountDependencies(
                store.Read,
                system.ActorOf(LedgerWriterActor.CreateProps(store.Append), "ledger-writer"),
                configuration,
                new ClusterCallNodes(system),
                time);
            return entity => AccountActor.CreateProps(new AccountId(entity), with);
        },
        new AccountShardExtractor(),
        new ShardOptions
        {
            Role = Roles.Billing,
            StateStoreMode = StateStoreMode.DData,
            RememberEntities = false,
            ShouldPassivateIdleEntities = false, // The actor knows when it holds nothing.
            HandOffStopMessage = new AccountActor.Stop(),
        });

    /// <summary>For nodes without that role: a proxy under the same marker.</summary>
    public static AkkaConfigurationBuilder WithAccountProxy(this AkkaConfigurationBuilder builder) =>
        builder.WithShardRegionProxy<IAccountRegion>(
            AccountShardExtractor.TypeName,
            Roles.Billing,
            new AccountShardExtractor());
}
