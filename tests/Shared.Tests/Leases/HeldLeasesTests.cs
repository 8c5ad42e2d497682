using CsCheck;
using Tandem.Shared.Calls;
using Tandem.Shared.Leases;

namespace Tandem.Shared.Tests.Leases;

public sealed class HeldLeasesTests
{
    private static readonly LeaseKey First = new(new CallId(1, 2, 3), 1);
    private static readonly LeaseKey Second = new(new CallId(1, 2, 4), 1);

    [Fact]
    public void A_lease_is_held_from_add_to_remove()
    {
        var leases = new HeldLeases();
        leases.Add("r:v1", First, 0);
        leases.Add("r:v1", Second, 5);
        Assert.Equal(
            [new HeldLease(First, 0), new HeldLease(Second, 5)],
            leases.Of("r:v1").OrderBy(l => l.AmountMicros));
        Assert.Equal(2, leases.Count);
        leases.Remove("r:v1", First);
        Assert.Equal([new HeldLease(Second, 5)], leases.Of("r:v1"));
    }

    [Fact]
    public void A_second_add_sets_the_amount()
    {
        var leases = new HeldLeases();
        leases.Add("a", First, 1);
        leases.Add("a", First, 2);
        Assert.Equal([new HeldLease(First, 2)], leases.Of("a"));
    }

    [Fact]
    public void What_is_not_held_may_be_removed()
    {
        var leases = new HeldLeases();
        leases.Remove("a", First);
        leases.Add("a", First, 1);
        leases.Remove("a", Second);
        leases.Remove("b", First);
        Assert.Equal(1, leases.Count);
        Assert.Empty(leases.Of("b"));
    }

    [Fact]
    public void Holds_what_a_plain_dictionary_would_hold() =>
        Gen.Select(Gen.Bool, Gen.OneOf("x", "y"), Gen.OneOf(First, Second), Gen.Long).Array[0, 30].Sample(steps =>
        {
            var leases = new HeldLeases();
            var slow = new Dictionary<(string Resource, LeaseKey Lease), long>();
            foreach (var (add, resource, lease, amount) in steps)
            {
                if (add) leases.Add(resource, lease, slow[(resource, lease)] = amount);
                else
                {
                    leases.Remove(resource, lease);
                    slow.Remove((resource, lease));
                }
            }

            Assert.Equal(slow.Count, leases.Count);
            foreach (var resource in new[] { "x", "y" })
                Assert.Equal(
                    slow.Where(p => p.Key.Resource == resource)
                        .Select(p => new HeldLease(p.Key.Lease, p.Value))
                        .OrderBy(l => l.Key.ToString(), StringComparer.Ordinal),
                    leases.Of(resource).OrderBy(l => l.Key.ToString(), StringComparer.Ordinal));
        });

    [Fact]
    public void Leases_added_at_once_by_many_threads_are_all_there()
    {
        var leases = new HeldLeases();
        Parallel.For(0, 1_000, i => leases.Add("r:v1", new LeaseKey(new CallId(1, 0, (ulong)i), 1), i));
        Assert.Equal(1_000, leases.Of("r:v1").Count);
        Parallel.For(0, 1_000, i => leases.Remove("r:v1", new LeaseKey(new CallId(1, 0, (ulong)i), 1)));
        Assert.Equal(0, leases.Count);
    }
}
