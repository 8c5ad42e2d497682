using Tandem.Blacklist.Lists;
using Tandem.Shared.Blacklist;
using static Tandem.Blacklist.Tests.Calls;

namespace Tandem.Blacklist.Tests.Lists;

public sealed class PendingWritesTests
{
    [Fact]
    public void Keeps_the_latest_state_of_each_number()
    {
        var pending = new PendingWrites();
        pending.Add(new BlacklistChanges([Entry("900"), Entry("901")], []));
        pending.Add(new BlacklistChanges([Entry("900", lastCallAt: 5)],
            [new BlacklistNumber("901", NumberRole.Callee)]));
        var batch = pending.Begin()!;
        Assert.Equal(At(5), Assert.Single(batch.Listed).LastCallAt);
        Assert.Equal("901", Assert.Single(batch.Removed).Number);
        Assert.Null(pending.Begin());
        pending.Succeeded();
        Assert.Null(pending.Begin());
    }

    [Fact]
    public void A_failed_batch_comes_back_behind_newer_states()
    {
        var pending = new PendingWrites();
        pending.Add(new BlacklistChanges([Entry("900"), Entry("901")], []));
        pending.Begin();
        pending.Add(new BlacklistChanges([Entry("900", lastCallAt: 5)], []));
        pending.Failed();
        Assert.Equal(
            [("900", At(5)), ("901", At(0))],
            pending.Begin()!.Listed.OrderBy(e => e.Number).Select(e => (e.Number, e.LastCallAt)));
    }

    [Fact]
    public void Drops_and_counts_above_its_cap_but_still_updates()
    {
        var pending = new PendingWrites(2);
        pending.Add(new BlacklistChanges([Entry("900"), Entry("901"), Entry("902"), Entry("901", lastCallAt: 5)], []));
        Assert.Equal((2, 1L), (pending.Count, pending.Dropped));
        Assert.Contains(pending.Begin()!.Listed, e => e.Number == "901" && e.LastCallAt == At(5));
    }
}
