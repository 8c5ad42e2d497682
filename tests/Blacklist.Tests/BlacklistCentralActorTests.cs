using Akka.Actor;
using Akka.TestKit;
using Tandem.Shared.Blacklist;
using static Tandem.Blacklist.Tests.Calls;

namespace Tandem.Blacklist.Tests;

public sealed class BlacklistCentralActorTests : BlacklistActorTest
{
    private readonly TestProbe _node;

    public BlacklistCentralActorTests()
    {
        _node = CreateTestProbe();
        Configuration.Set(Calls.Configuration(1, calleeLimit: 3));
    }

    [Fact]
    public void Publishes_the_stored_list_first_and_then_each_block_at_once()
    {
        Store.Add(Entry("800"));
        var owner = Start();
        var full = ExpectFull();
        Assert.Equal("800", Assert.Single(full.Items).Number);
        owner.Tell(Batch("900", 3));
        var change = ExpectChange();
        Assert.Equal((full.Incarnation, full.Version + 1), (change.Incarnation, change.Version));
        Assert.Equal(("900", 3), (Assert.Single(change.Listed).Number, change.Listed[0].CallsInWindow));
        AwaitAssert(() => Assert.Equal(["800", "900"], Store.Numbers));
    }

    [Fact]
    public void Counts_the_calls_of_all_nodes_together()
    {
        var owner = Start();
        ExpectFull();
        owner.Tell(Batch("900", 1), CreateTestProbe());
        owner.Tell(Batch("900", 1), CreateTestProbe());
        owner.Tell(Batch("900", 1), CreateTestProbe());
        Assert.Equal("900", Assert.Single(ExpectChange().Listed).Number);
    }

    [Fact]
    public void Publishes_extended_stays_and_the_end_and_deletes_what_is_over()
    {
        Configuration.Set(Calls.Configuration(2, calleeLimit: 3, expire: 10));
        var owner = Start();
        ExpectFull();
        owner.Tell(Batch("900", 3));
        ExpectChange();
        Advance(TimeSpan.FromSeconds(5), owner);
        owner.Tell(new BlacklistEvents.CallsObserved([Call("1", "900", 5, refused: true)]));
        Advance(TimeSpan.FromSeconds(0.5), owner);
        Assert.Equal(At(15), Assert.Single(ExpectChange().Listed).ExpiresAt);
        Advance(TimeSpan.FromSeconds(11), owner);
        Assert.Equal("900", Assert.Single(ExpectChange().Removed).Number);
        AwaitAssert(() => Assert.Empty(Store.Numbers));
    }

    [Fact]
    public void Survives_a_move_entries_are_there_and_counters_may_be_lost()
    {
        var first = Start();
        var old = ExpectFull();
        first.Tell(Batch("900", 3));
        first.Tell(Batch("901", 2));
        ExpectChange();
        Watch(first);
        first.Tell(BlacklistOwnerActor.Stop.Instance);
        ExpectTerminated(first);
        var second = Start();
        var full = ExpectFull();
        Assert.NotEqual(old.Incarnation, full.Incarnation);
        Assert.Equal("900", Assert.Single(full.Items).Number);
        second.Tell(Batch("901", 2));
        second.Tell(Batch("902", 3));
        Assert.Equal("902", Assert.Single(ExpectChange().Listed).Number);
    }

    [Fact]
    public void Detects_while_the_database_is_away_and_catches_up_when_it_is_back()
    {
        Store.Add(Entry("800"), Entry("801"));
        Store.IsAway = true;
        var owner = Start();
        owner.Tell(Batch("900", 3));
        Assert.Equal("900", Assert.Single(ExpectChange().Listed).Number);
        owner.Tell(new BlacklistQueries.GetFullList());
        owner.Tell(new BlacklistCommands.Remove("801", NumberRole.Callee, null, "operator"));
        ExpectMsg<BlacklistReplies.Removed>(); // And no list: the stored entries are not in it.
        Store.IsAway = false;
        AwaitAssert(() =>
        {
            Advance(TimeSpan.FromSeconds(1), owner);
            Assert.Equal(["800", "900"], Store.Numbers);
        });
        Assert.Equal(["800", "900"], ExpectFull().Items.Select(e => e.Number).Order());
    }

    [Fact]
    public void Tries_a_failed_write_again()
    {
        var owner = Start();
        ExpectFull();
        Store.IsAway = true;
        owner.Tell(Batch("900", 3));
        ExpectChange();
        Advance(TimeSpan.FromSeconds(3), owner);
        Store.IsAway = false;
        AwaitAssert(() =>
        {
            Advance(TimeSpan.FromSeconds(1), owner);
            Assert.Equal(["900"], Store.Numbers);
        });
    }

    [Fact]
    public void Removal_goes_to_all_nodes_to_the_table_and_resets_the_counter()
    {
        var owner = Start();
        ExpectFull();
        owner.Tell(Batch("900", 3));
        ExpectChange();
        owner.Tell(new BlacklistCommands.Remove("900", NumberRole.Callee, null, "operator"));
        Assert.True(ExpectMsg<BlacklistReplies.Removed>().Found);
        Assert.Equal("900", Assert.Single(ExpectChange().Removed).Number);
        AwaitAssert(() =>
        {
            Advance(TimeSpan.FromSeconds(1), owner);
            Assert.Empty(Store.Numbers);
        });
        owner.Tell(Batch("900", 2));
        owner.Tell(Batch("901", 3));
        Assert.Equal("901", Assert.Single(ExpectChange().Listed).Number);
        owner.Tell(new BlacklistCommands.Remove("900", NumberRole.Callee, null, "operator"));
        Assert.False(ExpectMsg<BlacklistReplies.Removed>().Found);
    }

    [Fact]
    public void Gives_the_whole_list_in_parts_that_fit_a_frame()
    {
        Store.Add([.. Enumerable.Range(0, 1200).Select(i => Entry($"8{i:0000}"))]);
        var owner = Start();
        ExpectFull();
        owner.Tell(new BlacklistQueries.GetFullList());
        var parts = Enumerable.Range(0, 3).Select(_ => ExpectMsg<BlacklistReplies.FullList>()).ToList();
        Assert.Equal([(0, 3), (1, 3), (2, 3)], parts.Select(p => (p.Part, p.Parts)));
        Assert.Equal(1200, parts.Sum(p => p.Items.Count));
    }

    [Fact]
    public void Gives_signs_of_life_with_its_version()
    {
        var owner = Start();
        var full = ExpectFull();
        Advance(TimeSpan.FromSeconds(2.5), owner);
        var sign = _node.FishForMessage<BlacklistEvents.Changed>(c => c.Listed.Count == 0 && c.Removed.Count == 0);
        Assert.Equal((full.Incarnation, full.Version), (sign.Incarnation, sign.Version));
    }

    [Fact]
    public void Counts_nothing_in_standalone_mode_and_new_limits_at_once()
    {
        var owner = Start();
        ExpectFull();
        Configuration.Set(Calls.Configuration(2, calleeLimit: 3, mode: "standalone"));
        owner.Tell(Batch("900", 3));
        Settle(owner);
        Configuration.Set(Calls.Configuration(3, calleeLimit: 2));
        owner.Tell(Batch("901", 2));
        Assert.Equal("901", Assert.Single(ExpectChange().Listed).Number);
    }

    private static BlacklistEvents.CallsObserved Batch(string callee, int calls) =>
        new([.. Enumerable.Range(0, calls).Select(i => Call($"{i}", callee, i / 1000.0))]);

    private IActorRef Start() => Sys.ActorOf(BlacklistCentralActor.CreateProps(Services(new Nodes(_node))));

    private BlacklistReplies.FullList ExpectFull() => _node.FishForMessage<BlacklistReplies.FullList>(_ => true);

    private BlacklistEvents.Changed ExpectChange() =>
        _node.FishForMessage<BlacklistEvents.Changed>(c => c.Listed.Count > 0 || c.Removed.Count > 0);
}
