using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.TestKit;
using Tandem.Shared.Blacklist;
using static Tandem.Blacklist.Tests.Calls;

namespace Tandem.Blacklist.Tests;

public sealed class BlacklistGatewayActorTests : BlacklistActorTest
{
    private readonly TestProbe _shard;
    private readonly TestProbe _node;

    public BlacklistGatewayActorTests()
    {
        _shard = CreateTestProbe();
        _node = CreateTestProbe();
        Configuration.Set(Calls.Configuration(1, calleeLimit: 2, mode: "standalone"));
    }

    [Fact]
    public void Lists_for_its_gateway_only_and_stores_it_there()
    {
        Store.Add(Entry("800"), Entry("801", scope: Vendor), Entry("802", scope: Customer));
        var owner = Start();
        var full = _node.FishForMessage<BlacklistReplies.FullList>(_ => true);
        Assert.Equal((Customer, "802"), (full.Scope!.Value, Assert.Single(full.Items).Number));
        owner.Tell(new BlacklistEvents.GatewayCallsObserved(Customer, [Call("1", "900", 0), Call("1", "900", 0)]));
        var change = _node.FishForMessage<BlacklistEvents.Changed>(c => c.Listed.Count > 0);
        Assert.Equal((Customer, Customer), (change.Scope!.Value, change.Listed[0].Scope!.Value));
        AwaitAssert(() => Assert.Contains("900", Store.Numbers));
        owner.Tell(new BlacklistCommands.RemoveAtGateway(Customer, "900", NumberRole.Callee, "operator"));
        Assert.True(ExpectMsg<BlacklistReplies.Removed>().Found);
    }

    [Fact]
    public void Leaves_its_shard_when_its_gateway_is_no_longer_ticked()
    {
        var owner = Start();
        _node.FishForMessage<BlacklistReplies.FullList>(_ => true);
        Advance(TimeSpan.FromSeconds(1), owner);
        _shard.ExpectNoMsg(TimeSpan.Zero);
        Configuration.Set(Calls.Configuration(2, mode: "standalone", ticked: false));
        Advance(TimeSpan.FromSeconds(1), owner);
        Assert.Same(BlacklistOwnerActor.Stop.Instance, _shard.ExpectMsg<Passivate>().StopMessage);
        Watch(owner);
        owner.Tell(BlacklistOwnerActor.Stop.Instance);
        ExpectTerminated(owner);
    }

    private IActorRef Start() =>
        _shard.ChildActorOf(BlacklistGatewayActor.CreateProps(Customer.ToString(), Services(new Nodes(_node))));
}
