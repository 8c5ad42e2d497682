using Akka.Actor;
using Akka.TestKit;
using Tandem.Shared;
using Tandem.Shared.Blacklist;
using static Tandem.Blacklist.Tests.Calls;

namespace Tandem.Blacklist.Tests;

public sealed class BlacklistNodeActorTests : BlacklistActorTest
{
    private readonly TestProbe _central;
    private readonly TestProbe _gateways;

    public BlacklistNodeActorTests()
    {
        _central = CreateTestProbe();
        _gateways = CreateTestProbe();
        Configuration.Set(Calls.Configuration(1));
    }

    [Fact]
    public void Asks_for_the_list_at_start_and_refuses_by_it()
    {
        var node = Start();
        _central.ExpectMsg<BlacklistQueries.GetFullList>();
        node.Tell(Full(null, 1, 0, Entry("900")));
        AwaitAssert(() => Assert.NotNull(Find("900")));
    }

    [Fact]
    public void Sends_calls_in_batches_after_50_ms_or_500_calls()
    {
        var node = StartSynced();
        for (var i = 0; i < 3; i++) node.Tell(Call("1", $"{i}", 0));
        Settle(node);
        _central.ExpectNoMsg(TimeSpan.Zero);
        Advance(BlacklistNodeActor.BatchInterval, node);
        Assert.Equal(3, _central.ExpectMsg<BlacklistEvents.CallsObserved>().Calls.Count);
        for (var i = 0; i < 501; i++) node.Tell(Call("1", $"{i}", 0));
        Assert.Equal(500, _central.ExpectMsg<BlacklistEvents.CallsObserved>().Calls.Count);
        Advance(BlacklistNodeActor.BatchInterval, node);
        Assert.Single(_central.ExpectMsg<BlacklistEvents.CallsObserved>().Calls);
    }

    [Fact]
    public void Counts_a_call_once_in_central_mode_where_it_came_in()
    {
        var node = StartSynced();
        node.Tell(Call("1", "900", 0));
        node.Tell(Call("1", "900", 0, gateway: Vendor));
        node.Tell(Call("1", "900", 0, gateway: OtherCustomer));
        Advance(BlacklistNodeActor.BatchInterval, node);
        Assert.Equal(
            [Customer, OtherCustomer],
            _central.ExpectMsg<BlacklistEvents.CallsObserved>().Calls.Select(c => c.GatewayId));
    }

    [Fact]
    public void Holds_calls_back_while_the_owner_is_away_up_to_its_cap()
    {
        var node = Start();
        _central.ExpectMsg<BlacklistQueries.GetFullList>();
        for (var i = 0; i < BlacklistNodeActor.MaxWaitingCalls + 7; i++) node.Tell(Call("1", "900", 0));
        Settle(node);
        Assert.Equal(7, Metrics.Dropped);
        _central.ExpectNoMsg(TimeSpan.Zero);
        node.Tell(Full(null, 1, 0));
        for (var i = 0; i < BlacklistNodeActor.MaxWaitingCalls / BlacklistNodeActor.BatchSize; i++)
            Assert.Equal(500, _central.ExpectMsg<BlacklistEvents.CallsObserved>().Calls.Count);
    }

    [Fact]
    public void Asks_for_the_whole_list_after_a_gap_and_takes_it_over()
    {
        var node = StartSynced(Entry("800"), Entry("801"));
        node.Tell(new BlacklistEvents.Changed(null, 1, 1, [Entry("900")], []));
        Settle(node);
        _central.ExpectNoMsg(TimeSpan.Zero);
        node.Tell(new BlacklistEvents.Changed(null, 1, 3, [Entry("901")], [])); // Version 2 took 800 off, and was lost.
        _central.ExpectMsg<BlacklistQueries.GetFullList>();
        Assert.NotNull(Find("901"));
        node.Tell(Full(null, 1, 3, Entry("801"), Entry("900"), Entry("901")));
        Settle(node);
        Assert.Null(Find("800"));
        Assert.Equal(3, Replica.Count);
    }

    [Fact]
    public void Keeps_its_entries_until_a_new_owner_gives_its_list()
    {
        var node = StartSynced(Entry("800"));
        node.Tell(new BlacklistEvents.Changed(null, 2, 0, [], []));
        _central.ExpectMsg<BlacklistQueries.GetFullList>();
        Assert.NotNull(Find("800"));
        Advance(TimeSpan.FromSeconds(1), node);
        _central.ExpectMsg<BlacklistQueries.GetFullList>(); // Not answered: again.
        node.Tell(Full(null, 2, 0, Entry("801")));
        Settle(node);
        Assert.Null(Find("800"));
        Assert.NotNull(Find("801"));
    }

    [Fact]
    public void In_standalone_mode_tells_only_calls_of_ticked_gateways_each_to_its_own_owner()
    {
        Configuration.Set(Calls.Configuration(2, mode: "standalone"));
        var node = Start();
        var asked = new[] { 0, 1 }.Select(_ => _gateways.ExpectMsg<BlacklistQueries.GetGatewayFullList>().GatewayId);
        Assert.Equal([Customer, Vendor], asked.OrderBy(g => g.Kind));
        node.Tell(Full(Customer, 1, 0));
        node.Tell(Full(Vendor, 1, 0));
        node.Tell(Call("1", "900", 0));
        node.Tell(Call("1", "900", 0, gateway: OtherCustomer));
        node.Tell(Call("1", "900", 0, gateway: Vendor));
        Advance(BlacklistNodeActor.BatchInterval, node);
        var batches = new[] { 0, 1 }.Select(_ => _gateways.ExpectMsg<BlacklistEvents.GatewayCallsObserved>()).ToList();
        Assert.Equal([Customer, Vendor], batches.Select(b => b.GatewayId).OrderBy(g => g.Kind));
        Assert.All(batches, b => Assert.Equal(b.GatewayId, Assert.Single(b.Calls).GatewayId));
        _gateways.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void A_change_of_mode_changes_at_once_who_counts_and_what_refuses()
    {
        var node = StartSynced(Entry("900"));
        Configuration.Set(Calls.Configuration(2, mode: "standalone"));
        Assert.Null(Find("900"));
        _gateways.ExpectMsg<BlacklistQueries.GetGatewayFullList>();
        _gateways.ExpectMsg<BlacklistQueries.GetGatewayFullList>();
        node.Tell(Full(Customer, 1, 0, Entry("901", scope: Customer)));
        Settle(node);
        Assert.NotNull(Find("901"));
        Assert.Null(Replica.Find("901", NumberRole.Callee, Vendor, At(1)));
        node.Tell(Call("1", "902", 0));
        Advance(BlacklistNodeActor.BatchInterval, node);
        _gateways.ExpectMsg<BlacklistEvents.GatewayCallsObserved>();
        Configuration.Set(Calls.Configuration(3));
        Assert.NotNull(Find("900"));
        Assert.Null(Find("901"));
    }

    [Fact]
    public void Lists_pages_by_number_with_scopes()
    {
        Configuration.Set(Calls.Configuration(2, mode: "standalone"));
        var node = Start();
        node.Tell(Full(Vendor, 1, 0, Entry("901", scope: Vendor), Entry("800", scope: Vendor)));
        node.Tell(Full(Customer, 1, 0, Entry("900", scope: Customer), Entry("901", scope: Customer)));
        node.Tell(new BlacklistQueries.List("9", 1, 2));
        var page = ExpectMsg<BlacklistReplies.Entries>();
        Assert.Equal(3, page.Total);
        Assert.Equal([("901", (GatewayId?)Customer), ("901", Vendor)], page.Items.Select(e => (e.Number, e.Scope)));
    }

    [Fact]
    public void A_removal_is_done_by_the_owner_and_no_longer_refuses_when_it_is_answered()
    {
        var node = StartSynced(Entry("900"));
        node.Tell(new BlacklistCommands.Remove("900", NumberRole.Callee, null, "operator"));
        _central.ExpectMsg<BlacklistCommands.Remove>();
        _central.Reply(new BlacklistReplies.Removed("900", true));
        Assert.True(ExpectMsg<BlacklistReplies.Removed>().Found);
        Assert.Null(Find("900"));
        node.Tell(new BlacklistCommands.Remove("901", NumberRole.Caller, Vendor, "operator"));
        Assert.Equal(
            new BlacklistCommands.RemoveAtGateway(Vendor, "901", NumberRole.Caller, "operator"),
            _gateways.ExpectMsg<BlacklistCommands.RemoveAtGateway>());
    }

    private static BlacklistReplies.FullList Full(
        GatewayId? scope, long incarnation, long version, params BlacklistEntry[] entries) =>
        new(scope, incarnation, version, 0, 1, entries);

    private IActorRef Start() => Sys.ActorOf(
        BlacklistNodeActor.CreateProps(_central, _gateways, Replica, Configuration, Metrics, Time),
        BlacklistNodeActor.Name);

    private IActorRef StartSynced(params BlacklistEntry[] entries)
    {
        var node = Start();
        _central.ExpectMsg<BlacklistQueries.GetFullList>();
        node.Tell(Full(null, 1, 0, entries));
        Settle(node);
        return node;
    }

    private BlacklistEntry? Find(string number) => Replica.Find(number, NumberRole.Callee, Customer, At(1));
}
