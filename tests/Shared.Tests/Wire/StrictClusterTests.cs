using System.Net;
using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Hosting;
using Akka.Cluster.Sharding;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.Hosting;
using Akka.Remote.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tandem.Shared.Calls;
using Tandem.Shared.Cluster;
using Tandem.Shared.Cluster.Wire;

namespace Tandem.Shared.Tests.Wire;

/// <summary>
/// Two nodes on loopback with nothing but the strict serializer: Akka's own messages of cluster, sharding, singleton and
/// publish-subscribe have bindings of their own, and ours travel.
/// </summary>
public sealed class StrictClusterTests : IAsyncLifetime
{
    private const string Role = "both";
    private const string Topic = "news";

    // Akka's own number of its Newtonsoft serializer.
    private const int JsonSerializerId = 1;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(100);

    private readonly List<ServiceProvider> _hosts = [];
    private ActorSystem[] _nodes = [];

    public async Task InitializeAsync()
    {
        for (var i = 0; i < 2; i++)
        {
            var services = new ServiceCollection();
            services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
            services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
            services.AddSingleton<IHostApplicationLifetime, Lifetime>();
            services.AddAkka("strict", akka => Configure(akka));
            var host = services.BuildServiceProvider();
            _hosts.Add(host);
            foreach (var service in host.GetServices<IHostedService>())
                await service.StartAsync(CancellationToken.None);
        }

        _nodes = [.. _hosts.Select(h => h.GetRequiredService<ActorSystem>())];
        var seed = Akka.Cluster.Cluster.Get(_nodes[0]).SelfAddress;
        foreach (var node in _nodes) Akka.Cluster.Cluster.Get(node).Join(seed);
        await Eventually(() => _nodes.All(n =>
            Akka.Cluster.Cluster.Get(n).State.Members.Count(m => m.Status == MemberStatus.Up) == _nodes.Length));
    }

    public async Task DisposeAsync()
    {
        foreach (var host in Enumerable.Reverse(_hosts))
        {
            foreach (var service in host.GetServices<IHostedService>()) await service.StopAsync(CancellationToken.None);
            await host.DisposeAsync();
        }
    }

    [Fact]
    public async Task Our_messages_travel_through_sharding_singleton_and_publish_subscribe()
    {
        // A call that was born on the second node, asked from the first: there and back over the wire.
        var born = NodeIdentity.Of(Akka.Cluster.Cluster.Get(_nodes[1]).SelfUniqueAddress);
        var call = new CallId(born, 3, 42);
        var region = _hosts[0].GetRequiredService<ActorRegistry>().Get<ICallRegion>();
        while ((await region.Ask<CurrentRegions>(GetCurrentRegions.Instance, Patience)).Regions.Count < _nodes.Length)
            await Task.Delay(Retry);
        var reply = await AskUntilAnswered(region, new CallCommands.Hangup(call, EndReason.OperatorDisconnect, "test"));
        Assert.Equal(new CallReplies.HangupAccepted(call), reply);
        var homes = await region.Ask<CurrentShardRegionState>(GetShardRegionState.Instance, Patience);
        Assert.Empty(homes.Shards);
        var home = _hosts[1].GetRequiredService<ActorRegistry>().Get<ICallRegion>();
        var state = await home.Ask<CurrentShardRegionState>(GetShardRegionState.Instance, Patience);
        Assert.Equal([call.ShardId], state.Shards.Select(s => s.ShardId));

        // The singleton runs on the oldest node, the first; the second asks through its proxy.
        var proxy = _hosts[1].GetRequiredService<ActorRegistry>().Get<IBlacklistCentral>();
        var held = await AskUntilAnswered(proxy, new NodeCallQueries.HeldLeases("r:v1"));
        Assert.Equal("r:v1", Assert.IsType<NodeCallReplies.HeldLeases>(held).Resource);

        // Publish on the first, hear it on the second.
        var heard = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
        _nodes[1].ActorOf(Props.Create(() => new Subscriber(heard)));
        var mediator = DistributedPubSub.Get(_nodes[0]).Mediator;
        var news = new CallReplies.NotFound(call);
        await Eventually(() =>
        {
            mediator.Tell(new Publish(Topic, news));
            return heard.Task.IsCompleted;
        });
        Assert.Equal(news, await heard.Task);
    }

    [Fact]
    public void Nothing_else_can_leave_or_come_in()
    {
        var serialization = _nodes[0].Serialization;
        Assert.Equal(
            TandemSerializer.SerializerId,
            serialization.FindSerializerFor(new CallReplies.NotFound(default)).Identifier);
        Assert.Throws<SerializationException>(() => serialization.FindSerializerFor(new Unbound("x")));
        var json = Encoding.UTF8.GetBytes("""{"$type":"System.Exception, System.Private.CoreLib"}""");
        Assert.Throws<SerializationException>(() =>
            serialization.Deserialize(json, JsonSerializerId, "System.Exception, System.Private.CoreLib"));
    }

    private static void Configure(AkkaConfigurationBuilder akka) => akka
        .AddHocon(
            """
            akka.cluster.sharding.distributed-data.durable.keys = []
            akka.cluster.jmx.multi-mbeans-in-same-jvm = on
            akka.loglevel = OFF
            akka.stdout-loglevel = OFF
            """,
            HoconAddMode.Prepend)
        .WithTandemSerialization()
        .WithRemoting(new RemoteOptions { HostName = IPAddress.Loopback.ToString(), Port = 0 })
        .WithClustering(new ClusterOptions { Roles = [Role] })
        .WithDistributedPubSub(Role)
        .WithActors(static async (system, registry) => registry.Register<ICallRegion>(
            await ClusterSharding.Get(system).StartAsync(
                CallShardExtractor.TypeName,
                _ => Props.Create(() => new Call()),
                ClusterShardingSettings.Create(system)
                    .WithRole(Role)
                    .WithStateStoreMode(StateStoreMode.DData)
                    .WithRememberEntities(false),
                new CallShardExtractor(),
                new CallShardAllocation(Akka.Cluster.Cluster.Get(system)),
                PoisonPill.Instance)))
        .WithSingleton<IBlacklistCentral>(
            "central",
            (_, _, _) => Props.Create(() => new Central()),
            new ClusterSingletonOptions { Role = Role });

    private static async Task<object> AskUntilAnswered(ICanTell target, object question)
    {
        using var giveUp = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                return await target.Ask<object>(question, TimeSpan.FromSeconds(3), giveUp.Token);
            }
            catch (AskTimeoutException) when (!giveUp.IsCancellationRequested)
            {
                // The coordinator or the singleton is not there yet.
            }
        }
    }

    private static async Task Eventually(Func<bool> condition)
    {
        using var giveUp = new CancellationTokenSource(Patience);
        while (!condition()) await Task.Delay(Retry, giveUp.Token);
    }

    private sealed class Lifetime : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication()
        {
            // The test stops its nodes itself.
        }
    }

    private sealed record Unbound(string Text);

    private sealed class Call : ReceiveActor
    {
        public Call() => Receive<CallCommands.Hangup>(m => Sender.Tell(new CallReplies.HangupAccepted(m.CallId)));
    }

    private sealed class Central : ReceiveActor
    {
        public Central() => Receive<NodeCallQueries.HeldLeases>(m =>
            Sender.Tell(new NodeCallReplies.HeldLeases(m.Resource, "singleton", [])));
    }

    private sealed class Subscriber : ReceiveActor
    {
        public Subscriber(TaskCompletionSource<object> heard)
        {
            Receive<SubscribeAck>(_ => { });
            ReceiveAny(m => heard.TrySetResult(m));
            DistributedPubSub.Get(Context.System).Mediator.Tell(new Subscribe(Topic, Self));
        }
    }
}
