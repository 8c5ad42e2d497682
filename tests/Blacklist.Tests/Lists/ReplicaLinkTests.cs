using Tandem.Blacklist.Lists;
using Tandem.Shared.Blacklist;
using static Tandem.Blacklist.Tests.Calls;

namespace Tandem.Blacklist.Tests.Lists;

public sealed class ReplicaLinkTests
{
    private readonly ReplicaLink _link = new(null);

    [Fact]
    public void Asks_at_once_and_then_with_growing_waits_until_the_list_is_there()
    {
        var asked = new List<double>();
        for (var t = 0.0; t < 40; t += 0.5)
            if (_link.ShouldAsk(At(t))) asked.Add(t);
        Assert.Equal([0, 1, 3, 7, 15, 25, 35], asked);
        _link.OnFullList(Full(1, 0), At(40));
        Assert.False(_link.ShouldAsk(At(45)));
    }

    [Fact]
    public void Takes_changes_in_order_and_ignores_old_ones()
    {
        _link.OnFullList(Full(1, 5), At(0));
        Assert.True(_link.OnChanged(Changed(1, 6), At(1)));
        Assert.False(_link.OnChanged(Changed(1, 6), At(1)));
        Assert.True(_link.OnChanged(SignOfLife(1, 6), At(2)));
        Assert.False(_link.ShouldAsk(At(2)));
        Assert.True(_link.IsSynced);
    }

    [Fact]
    public void Asks_after_a_gap_also_when_only_a_sign_of_life_shows_it()
    {
        _link.OnFullList(Full(1, 5), At(0));
        Assert.True(_link.OnChanged(Changed(1, 7), At(1))); // A block counts, gap or not.
        Assert.True(_link.ShouldAsk(At(1)));
        _link.OnFullList(Full(1, 7), At(1));
        _link.OnChanged(SignOfLife(1, 8), At(2));
        Assert.True(_link.ShouldAsk(At(2)));
    }

    [Fact]
    public void Asks_a_new_owner_for_its_list()
    {
        _link.OnFullList(Full(1, 5), At(0));
        Assert.True(_link.OnChanged(Changed(2, 6), At(1)));
        Assert.False(_link.IsSynced);
        Assert.True(_link.ShouldAsk(At(1)));
    }

    [Fact]
    public void Asks_when_the_owner_falls_silent()
    {
        _link.OnFullList(Full(1, 5), At(0));
        Assert.True(_link.IsAlive(At(6.9)));
        Assert.False(_link.ShouldAsk(At(6.9)));
        Assert.False(_link.IsAlive(At(7)));
        Assert.True(_link.ShouldAsk(At(7)));
    }

    [Fact]
    public void A_list_in_parts_counts_when_the_last_one_is_there()
    {
        Assert.Null(_link.OnFullList(Full(1, 5, 0, 3, "900"), At(0)));
        Assert.Null(_link.OnFullList(Full(1, 5, 1, 3, "901"), At(0)));
        Assert.False(_link.IsSynced);
        Assert.Equal(["900", "901", "902"], _link.OnFullList(Full(1, 5, 2, 3, "902"), At(0))!.Select(e => e.Number));
        Assert.True(_link.IsSynced);
    }

    [Fact]
    public void A_list_with_a_part_missing_does_not_count()
    {
        Assert.Null(_link.OnFullList(Full(1, 5, 0, 3, "900"), At(0)));
        Assert.Null(_link.OnFullList(Full(1, 5, 2, 3, "902"), At(0)));
        Assert.Null(_link.OnFullList(Full(2, 5, 1, 3, "901"), At(0)));
        Assert.False(_link.IsSynced);
    }

    private static BlacklistReplies.FullList Full(
        long incarnation, long version, int part = 0, int parts = 1, params string[] numbers) =>
        new(null, incarnation, version, part, parts, [.. numbers.Select(n => Entry(n))]);

    private static BlacklistEvents.Changed Changed(long incarnation, long version) =>
        new(null, incarnation, version, [Entry("900")], []);

    private static BlacklistEvents.Changed SignOfLife(long incarnation, long version) =>
        new(null, incarnation, version, [], []);
}
