using Akka.TestKit.Xunit2;
using Tandem.Routing.NodeCalls;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Shared.Leases;

namespace Tandem.Routing.Tests.NodeCalls;

public sealed class NodeCallsActorTests : TestKit
{
    [Fact]
    public void Answers_for_the_leases_and_calls_of_its_node()
    {
        var (calls, held) = (new RunningCalls(), new HeldLeases());
        var leases = new LineLeases(held);
        var actor = Sys.ActorOf(NodeCallsActor.CreateProps("node-a", calls, held), NodeCallsActor.Name);
        var vendor = GatewayId.Routing("v");
        var (asked, granted, refused) = (Key(1), Key(2), Key(3));
        foreach (var key in new[] { asked, granted, refused }) leases.Asking(vendor, key);
        leases.Held(vendor, granted);
        leases.Gone(vendor, refused);
        leases.Asking(GatewayId.Mapping("v"), Key(4));

        actor.Tell(new NodeCallQueries.HeldLeases("r:v"), TestActor);
        var reply = ExpectMsg<NodeCallReplies.HeldLeases>();
        Assert.Equal(("r:v", "node-a"), (reply.Resource, reply.Node));
        Assert.Equal(
            [new HeldLease(asked, LineLeases.AskingAmount), new HeldLease(granted, 0)],
            reply.Leases.OrderBy(l => l.Key.CallId.Unique));

        for (var i = 0; i < 5; i++) calls.Set(RunningCallsTests.Call(i, CallPhase.Answered));
        actor.Tell(new NodeCallQueries.List(2), TestActor);
        var list = ExpectMsg<NodeCallReplies.Calls>();
        Assert.Equal(("node-a", 5, 2), (list.Node, list.Total, list.Items.Count));
    }

    private static LeaseKey Key(int call) => new(RunningCallsTests.Id(call), 1);
}
