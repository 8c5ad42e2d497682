using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Akka.Remote.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tandem.Billing.Accounts;
using Tandem.Billing.Cdr;
using Tandem.Shared;
using Tandem.Shared.Accounts;
using Tandem.Shared.Calls;
using Tandem.Shared.Cdr;
using Tandem.Shared.Cluster;
using Tandem.Shared.Cluster.Wire;
using Tandem.Shared.Configuration;
using Tandem.Shared.Storage;
using Tandem.TestSupport;
using static Tandem.Billing.Tests.Accounts.Scene;

namespace Tandem.Billing.Tests;

// The hosting extensions as nodes use them: a billing node and a call node, everything between them over the wire.
public sealed class BillingHostingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_call_node_reaches_accounts_and_the_CDR_writer_of_a_billing_node()
    {
        await using var db = await TestDatabase.CreateAsync(StorageProvider.Sqlite, BillingMigrations.All);
        var configuration = new ConfigurationHolder();
        configuration.Set(Configuration(a => a with { OpeningBalance = 1.5m }));

        await using var billing = await Node.StartAsync(Roles.Billing, null, builder => builder
            .WithAccountActors(db.Database, configuration, TimeProvider.System)
            .WithCdrWriter(db.Database));
        await using var call = await Node.StartAsync(Roles.Call, billing, builder => builder
            .WithAccountProxy()
            .WithCdrWriterProxy()
            .WithActors((system, _) => system.ActorOf(Props.Create(() => new OneLease()), "node-calls")));

        var accounts = await call.GetAsync<IAccountRegion>();
        var deadline = TimeProvider.System.GetUtcNow() + Patience;
        // A call of the other node holds 0.6 already, so a second fits and a third does not.
        var granted = await accounts.Ask<AccountReplies.Authorised>(Authorise(1) with { Deadline = deadline }, Patience);
        var refused = await accounts.Ask<AccountReplies.Refused>(Authorise(2) with { Deadline = deadline }, Patience);
        Assert.Equal(EndReason.InsufficientBalance, refused.Rejection.Reason);
        var charged = await accounts.Ask<AccountReplies.Charged>(Charge(1, granted.Quote, 60), Patience);
        Assert.Equal(Dollars(0.9m), charged.Balance);

        var writer = await call.GetAsync<ICdrWriter>();
        var record = Tests.Cdr.CdrStoreTests.Full(1);
        CdrReplies.Accepted? accepted = null;
        for (var tries = 0; accepted is null && tries < 60; tries++)
        {
            try
            {
                // The router learns of the other node's writer a moment after it joined; senders repeat until Accepted.
                accepted = await writer.Ask<CdrReplies.Accepted>(new CdrCommands.Write(record), TimeSpan.FromSeconds(1));
            }
            catch (AskTimeoutException)
            {
                // Again.
            }
        }

        Assert.Equal(record.CallId, accepted!.CallId);
        await call.StopAsync();
        await billing.StopAsync(); // Writes what waits before it goes.
        Assert.Equal(record.Trace.AsEnumerable(), (await new CdrStore(db.Database).GetAsync(record.CallId))!.Trace);
        Assert.Equal(Dollars(0.9m), (await new LedgerStore(db.Database).VerifyAsync(Alice)).Balance);
    }

    // What Routing's list of leases says on a node with one call.
    private sealed class OneLease : ReceiveActor
    {
        public OneLease() => Receive<NodeCallQueries.HeldLeases>(query => Sender.Tell(new NodeCallReplies.HeldLeases(
            query.Resource,
            Akka.Cluster.Cluster.Get(Context.System).SelfAddress.ToString(),
            query.Resource == "a:alice" ? [new HeldLease(new LeaseKey(Call(77), 0), 600_000)] : [])));
    }

    private sealed class Node(ServiceProvider provider, IHostedService[] hosted) : IAsyncDisposable
    {
        private bool _isStopped;

        public static async Task<Node> StartAsync(
            string role,
            Node? seed,
            Action<AkkaConfigurationBuilder> configure)
        {
            var services = new ServiceCollection();
            services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
            services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
            services.AddSingleton<IHostApplicationLifetime, Lifetime>();
            services.AddAkka("tandem-billing-test", builder =>
            {
                builder
                    .AddHocon("akka.cluster.sharding.distributed-data.durable.keys = []", HoconAddMode.Prepend)
                    .AddHocon("akka.loglevel = WARNING", HoconAddMode.Prepend)
                    .WithRemoting("127.0.0.1", 0)
                    .WithClustering(new ClusterOptions { Roles = [role] })
                    .WithTandemSerialization();
                configure(builder);
            });
            var provider = services.BuildServiceProvider();
            var node = new Node(provider, [.. provider.GetServices<IHostedService>()]);
            foreach (var service in node.Hosted) await service.StartAsync(default).WaitAsync(Patience);
            await node.Cluster.JoinAsync((seed ?? node).Cluster.SelfAddress).WaitAsync(Patience);
            return node;
        }

        private IHostedService[] Hosted => hosted;

        private Akka.Cluster.Cluster Cluster => Akka.Cluster.Cluster.Get(provider.GetRequiredService<ActorSystem>());

        public async Task<IActorRef> GetAsync<TMarker>() =>
            await provider.GetRequiredService<IRequiredActor<TMarker>>().GetAsync().WaitAsync(Patience);

        public async Task StopAsync()
        {
            if (_isStopped) return;
            _isStopped = true;
            foreach (var service in hosted) await service.StopAsync(default).WaitAsync(Patience);
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            await provider.DisposeAsync();
        }
    }

    private sealed class Lifetime : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication()
        {
            // The test stops it.
        }
    }
}
