using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Akka.Remote.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tandem.Routing.Gateways;
using Tandem.Routing.NodeCalls;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Shared.Cluster;
using Tandem.Shared.Configuration;
using Tandem.Shared.Gateways;
using Tandem.Shared.Leases;

namespace Tandem.Routing.Tests.Gateways;

/// <summary>The hosting extensions as a node uses them: region, list of calls, real clock.</summary>
public sealed class GatewayHostingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_one_node_cluster_grants_through_the_region_exactly_up_to_the_limit()
    {
        var configuration = new ConfigurationHolder();
        configuration.Set(new ConfigurationSnapshot(1, new SwitchConfiguration
        {
            RoutingGateways = [new() { Name = "v", Capacity = 10, MaxCallRate = 1_000, RemoteIp = "127.0.0.1" }],
        }));
        using var metrics = new GatewayMetrics();
        var held = new HeldLeases();
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSingleton<IHostApplicationLifetime, Lifetime>();
        services.AddAkka("tandem-routing-test", builder => builder
            .AddHocon("akka.cluster.sharding.distributed-data.durable.keys = []", HoconAddMode.Prepend)
            .AddHocon("akka.loglevel = WARNING", HoconAddMode.Prepend)
            .WithRemoting("127.0.0.1", 0)
            .WithClustering(new ClusterOptions { Roles = [Roles.Call] })
            .WithNodeCalls(new RunningCalls(), held)
            .WithGatewayActors(configuration, metrics, TimeProvider.System));
        await using var provider = services.BuildServiceProvider();
        var hosted = provider.GetServices<IHostedService>().ToArray();
        foreach (var service in hosted) await service.StartAsync(default).WaitAsync(Patience);
        try
        {
            var system = provider.GetRequiredService<ActorSystem>();
            var cluster = Akka.Cluster.Cluster.Get(system);
            await cluster.JoinAsync(cluster.SelfAddress).WaitAsync(Patience);
            var region = await provider.GetRequiredService<IRequiredActor<IGatewayRegion>>().GetAsync().WaitAsync(Patience);
            var vendor = GatewayId.Routing("v");
            var leases = new LineLeases(held);
            var asks = Enumerable.Range(1, 50).Select(i =>
            {
                var key = new LeaseKey(new CallId(1, 0, (ulong)i), 1);
                leases.Asking(vendor, key);
                var deadline = TimeProvider.System.GetUtcNow() + Patience;
                return region.Ask<object>(
                    new GatewayCommands.Acquire(vendor, key, cluster.SelfAddress.ToString(), deadline), Patience);
            });
            var replies = await Task.WhenAll(asks);
            Assert.Equal(10, replies.OfType<GatewayReplies.Granted>().Count());
            Assert.All(
                replies.OfType<GatewayReplies.Refused>(),
                r => Assert.Equal(EndReason.AllGatewayBusy, r.Rejection.Reason));

            var nodeCalls = await provider.GetRequiredService<IRequiredActor<INodeCalls>>().GetAsync().WaitAsync(Patience);
            var listed = await nodeCalls.Ask<NodeCallReplies.HeldLeases>(
                new NodeCallQueries.HeldLeases(vendor.ToString()), Patience);
            Assert.Equal((cluster.SelfAddress.ToString(), 50), (listed.Node, listed.Leases.Count));
            Assert.EndsWith("/user/node-calls", nodeCalls.Path.ToString());
        }
        finally
        {
            foreach (var service in hosted) await service.StopAsync(default).WaitAsync(Patience);
        }
    }

    private sealed class Lifetime : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication()
        {
        }
    }
}
