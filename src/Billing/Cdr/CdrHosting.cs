using Akka;
using Akka.Actor;
using Akka.Cluster.Routing;
using Akka.Hosting;
using Akka.Routing;
using Tandem.Shared.Cluster;
using Tandem.Shared.Storage;

namespace Tandem.Billing.Cdr;

/// <summary>
/// Starts the CDR writer of a node, or the way to those of other nodes, under <see cref="ICdrWriter"/>.
/// </summary>
public static class CdrHosting
{
    /// <summary>Name of the writer under <c>/user</c> on each billing node.</summary>
    public const string WriterName = "cdr-writer";

    private const int MaxRoutees = 1_000;

    // Inside the 5 s of its phase.
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(4);

    /// <summary>
    /// For nodes with the role <c>billing</c>. Writes what waits when the node stops as planned, after its calls have
    /// ended. The schema must have <see cref="BillingMigrations.All"/>.
    /// </summary>
    public static AkkaConfigurationBuilder WithCdrWriter(
        this AkkaConfigurationBuilder builder,
        Database database,
        CdrWriterOptions? options = null) => builder.WithActors((system, registry) =>
    {
        var store = new CdrStore(database);
        var writer = system.ActorOf(
            CdrWriterActor.CreateProps(store.Write, options ?? CdrWriterOptions.Default),
            WriterName);
        registry.Register<ICdrWriter>(writer);
        CoordinatedShutdown.Get(system).AddTask(
            CoordinatedShutdown.PhaseBeforeActorSystemTerminate,
            "flush-call-records",
            async () =>
            {
                try
                {
                    await writer.Ask<CdrWriterActor.Flushed>(new CdrWriterActor.Flush(), FlushTime).ConfigureAwait(false);
                }
                catch (AskTimeoutException)
                {
                    // The database is away: the writer logs what it still has when it stops.
                }

                return Done.Instance;
            });
    });

    /// <summary>For nodes without that role: takes the billing nodes in turn.</summary>
    public static AkkaConfigurationBuilder WithCdrWriterProxy(this AkkaConfigurationBuilder builder) =>
        builder.WithActors((system, registry) => registry.Register<ICdrWriter>(system.ActorOf(
            Props.Empty.WithRouter(new ClusterRouterGroup(
                new RoundRobinGroup("/user/" + WriterName),
                new ClusterRouterGroupSettings(
                    MaxRoutees,
                    ["/user/" + WriterName],
                    allowLocalRoutees: false,
                    useRole: Roles.Billing))),
            WriterName + "-proxy")));
}
