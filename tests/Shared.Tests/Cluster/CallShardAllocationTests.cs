using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Configuration;
using Tandem.Shared.Cluster;

namespace Tandem.Shared.Tests.Cluster;

/// <summary>Two real members; regions stand in as references, as the coordinator of the first node sees them.</summary>
public sealed class CallShardAllocationTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly Config Settings = ConfigurationFactory.ParseString(
        """
        akka.actor.provider = cluster
        akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        """);

    private readonly ActorSystem _first = ActorSystem.Create("allocation", Settings);
    private readonly ActorSystem _second = ActorSystem.Create("allocation", Settings);
    private Akka.Cluster.Cluster _cluster = null!;
    private CallShardAllocation _allocation = null!;
    private IActorRef _here = null!;
    private IActorRef _there = null!;
    private IActorRef _proxy = null!;

    public async Task InitializeAsync()
    {
        _cluster = Akka.Cluster.Cluster.Get(_first);
        _allocation = new CallShardAllocation(_cluster);
        foreach (var node in new[] { _first, _second }) Akka.Cluster.Cluster.Get(node).Join(_cluster.SelfAddress);
        using var giveUp = new CancellationTokenSource(Patience);
        while (_cluster.State.Members.Count(m => m.Status == MemberStatus.Up) < 2)
            await Task.Delay(TimeSpan.FromMilliseconds(50), giveUp.Token);

        // The coordinator's own region has a path without an address, the other one has its node's.
        _here = _first.ActorOf(Props.Empty, "region");
        _second.ActorOf(Props.Empty, "region");
        var path = new RootActorPath(Akka.Cluster.Cluster.Get(_second).SelfAddress) / "user" / "region";
        _there = await _first.ActorSelection(path).ResolveOne(Patience);
        _proxy = _first.ActorOf(Props.Empty, "proxy");
    }

    public async Task DisposeAsync()
    {
        await _second.Terminate();
        await _first.Terminate();
    }

    [Fact]
    public async Task A_shard_goes_to_the_node_on_which_its_calls_are_born()
    {
        Assert.Equal(_here, await Allocate(_there, CallOf(_first).ShardId, _here, _there));
        Assert.Equal(_there, await Allocate(_here, CallOf(_second).ShardId, _here, _there));
        Assert.Equal(_there, await Allocate(_proxy, CallOf(_second).ShardId, _here, _there));
    }

    [Fact]
    public async Task A_shard_of_a_node_that_is_gone_goes_to_the_one_that_asks()
    {
        var orphan = new CallId(Stranger(), 3, 1).ShardId;
        Assert.Equal(_here, await Allocate(_here, orphan, _here, _there));
        Assert.Equal(_there, await Allocate(_there, orphan, _here, _there));
    }

    [Fact]
    public async Task When_a_proxy_asks_for_an_orphan_the_region_with_the_fewest_shards_gets_it()
    {
        var shards = ImmutableDictionary<IActorRef, IImmutableList<string>>.Empty
            .Add(_here, ImmutableList.Create("a", "b"))
            .Add(_there, ImmutableList.Create("c"));
        Assert.Equal(_there, await _allocation.AllocateShard(_proxy, new CallId(Stranger(), 3, 1).ShardId, shards));
    }

    [Fact]
    public async Task A_member_whose_region_is_not_there_yet_is_not_waited_for() =>
        Assert.Equal(_here, await Allocate(_here, CallOf(_second).ShardId, _here));

    [Theory]
    [InlineData("not-a-node")]
    [InlineData("short")]
    [InlineData("")]
    public async Task A_shard_that_names_no_node_goes_to_the_one_that_asks(string shard) =>
        Assert.Equal(_there, await Allocate(_there, shard, _here, _there));

    [Fact]
    public async Task Shards_never_move_for_balance()
    {
        var shards = ImmutableDictionary<IActorRef, IImmutableList<string>>.Empty
            .Add(_here, Enumerable.Range(0, 100).Select(i => $"{i}").ToImmutableList())
            .Add(_there, ImmutableList<string>.Empty);
        Assert.Empty(await _allocation.Rebalance(shards, ImmutableHashSet<string>.Empty));
    }

    private Task<IActorRef> Allocate(IActorRef requester, string shard, params IActorRef[] regions) =>
        _allocation.AllocateShard(
            requester,
            shard,
            regions.ToImmutableDictionary(r => r, _ => (IImmutableList<string>)ImmutableList<string>.Empty));

    private static CallId CallOf(ActorSystem node) =>
        new(NodeIdentity.Of(Akka.Cluster.Cluster.Get(node).SelfUniqueAddress), 3, 42);

    // A number that no member has.
    private uint Stranger()
    {
        var taken = _cluster.State.Members.Select(m => NodeIdentity.Of(m.UniqueAddress)).ToHashSet();
        var number = 1u;
        while (taken.Contains(number)) number++;
        return number;
    }
}
