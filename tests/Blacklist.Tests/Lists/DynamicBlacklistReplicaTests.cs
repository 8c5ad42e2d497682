using Tandem.Blacklist.Lists;
using Tandem.Shared.Blacklist;
using Tandem.Shared.Configuration;
using static Tandem.Blacklist.Tests.Calls;

namespace Tandem.Blacklist.Tests.Lists;

public sealed class DynamicBlacklistReplicaTests
{
    private readonly ConfigurationHolder _configuration = new();
    private readonly DynamicBlacklistReplica _replica;

    public DynamicBlacklistReplicaTests() => _replica = new DynamicBlacklistReplica(_configuration);

    [Fact]
    public void A_central_entry_refuses_at_every_gateway_until_its_time_is_over()
    {
        _configuration.Set(Configuration());
        _replica.Apply(null, [Entry("900", expiresAt: 60)], []);
        Assert.NotNull(_replica.Find("900", NumberRole.Callee, Customer, At(59.9)));
        Assert.NotNull(_replica.Find("900", NumberRole.Callee, OtherCustomer, At(59.9)));
        Assert.NotNull(_replica.Find("900", NumberRole.Callee, Vendor, At(59.9)));
        Assert.Null(_replica.Find("900", NumberRole.Callee, Customer, At(60)));
        Assert.Null(_replica.Find("900", NumberRole.Caller, Customer, At(0)));
        Assert.Null(_replica.Find("901", NumberRole.Callee, Customer, At(0)));
    }

    [Fact]
    public void A_standalone_entry_refuses_only_at_its_ticked_gateway()
    {
        _configuration.Set(Configuration(mode: "standalone"));
        _replica.Apply(Customer, [Entry("900", scope: Customer)], []);
        _replica.Apply(OtherCustomer, [Entry("901", scope: OtherCustomer)], []);
        Assert.NotNull(_replica.Find("900", NumberRole.Callee, Customer, At(1)));
        Assert.Null(_replica.Find("900", NumberRole.Callee, Vendor, At(1)));
        Assert.Null(_replica.Find("901", NumberRole.Callee, OtherCustomer, At(1))); // Not ticked.
    }

    [Fact]
    public void A_change_of_mode_tick_or_limit_holds_at_once()
    {
        _replica.Apply(null, [Entry("900")], []);
        _replica.Apply(Customer, [Entry("901", scope: Customer)], []);
        (bool Central, bool Own) Refuses() => (
            _replica.Find("900", NumberRole.Callee, Customer, At(1)) is not null,
            _replica.Find("901", NumberRole.Callee, Customer, At(1)) is not null);

        _configuration.Set(Configuration(1));
        Assert.Equal((true, false), Refuses());
        _configuration.Set(Configuration(2, mode: "standalone"));
        Assert.Equal((false, true), Refuses());
        Assert.Equal(["901"], _replica.InForce(At(1)).Select(e => e.Number));
        _configuration.Set(Configuration(3, mode: "standalone", ticked: false));
        Assert.Equal((false, false), Refuses());
        _configuration.Set(Configuration(4, calleeLimit: 0));
        Assert.Equal((false, false), Refuses());
        _configuration.Set(Configuration(5));
        Assert.Equal((true, false), Refuses());
    }

    [Fact]
    public void A_whole_list_replaces_only_its_own_scope()
    {
        _configuration.Set(Configuration(mode: "standalone"));
        _replica.Replace(Customer, [Entry("900", scope: Customer), Entry("901", scope: Customer)]);
        _replica.Replace(Vendor, [Entry("902", scope: Vendor)]);
        _replica.Replace(Customer, [Entry("901", scope: Customer)]);
        Assert.Equal(["901", "902"], _replica.InForce(At(1)).Select(e => e.Number).Order());
    }

    [Fact]
    public void Frees_what_is_over()
    {
        _replica.Apply(null, [Entry("900", expiresAt: 10), Entry("901", expiresAt: 20)], []);
        _replica.Apply(Customer, [Entry("902", expiresAt: 10)], []);
        _replica.RemoveExpired(At(10));
        Assert.Equal(1, _replica.Count);
    }

    [Theory]
    [InlineData("global")]
    [InlineData("standalone")]
    public void Find_allocates_nothing(string mode)
    {
        _configuration.Set(Configuration(mode: mode));
        _replica.Apply(null, [Entry("900")], []);
        _replica.Apply(Customer, [Entry("900", scope: Customer)], []);
        var found = Find(1000); // Warm.
        var before = GC.GetAllocatedBytesForCurrentThread();
        found += Find(1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(2000, found);

        int Find(int times)
        {
            var hits = 0;
            var now = At(1);
            for (var i = 0; i < times; i++)
            {
                if (_replica.Find("900", NumberRole.Callee, Customer, now) is not null) hits++;
                if (_replica.Find("901", NumberRole.Callee, Customer, now) is not null) hits++;
            }

            return hits;
        }
    }
}
