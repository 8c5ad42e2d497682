using CsCheck;
using Tandem.Sip.Authentication;

namespace Tandem.Sip.Tests.Authentication;

public sealed class NonceCountsTests
{
    private const long LifeMs = 300_000;

    [Fact]
    public void Takes_each_count_once_and_some_out_of_order()
    {
        var counts = new NonceCounts(0);
        Assert.True(counts.TryUse(1, 0, 1, 0, LifeMs));
        Assert.False(counts.TryUse(1, 0, 1, 0, LifeMs));
        Assert.True(counts.TryUse(1, 0, 5, 0, LifeMs));
        Assert.True(counts.TryUse(1, 0, 3, 0, LifeMs));
        Assert.False(counts.TryUse(1, 0, 3, 0, LifeMs));
        Assert.True(counts.TryUse(1, 0, 1_000, 0, LifeMs));
        Assert.False(counts.TryUse(1, 0, 936, 0, LifeMs));
        Assert.True(counts.TryUse(1, 0, 937, 0, LifeMs));
        Assert.True(counts.TryUse(2, 0, 1, 0, LifeMs));
    }

    // Against a set that remembers everything: what it lets in was never used before, whatever was forgotten in between; and
    // a nonce that has just been made is always let in.
    [Fact]
    public void Never_lets_a_count_in_twice_and_stays_small() =>
        Gen.Select(Gen.Int[1, 30], Gen.UInt[1, 100], Gen.Long[0, 40_000]).Array[1, 300].Sample(uses =>
        {
            const int max = 8;
            var (counts, used, made, now) = (new NonceCounts(0, max), new HashSet<(int, uint)>(), new Dictionary<int, long>(), 0L);
            foreach (var (nonce, count, wait) in uses)
            {
                now += wait;
                var isNew = !made.ContainsKey(nonce);
                made.TryAdd(nonce, now);
                if (now - made[nonce] > LifeMs) continue;
                var taken = counts.TryUse((UInt128)nonce, made[nonce], count, now, LifeMs);
                if (taken) Assert.True(used.Add((nonce, count)));
                else Assert.False(isNew);
                Assert.InRange(counts.Count, 0, max);
            }
        });

    [Fact]
    public void Holds_young_nonces_when_nothing_is_crowded()
    {
        var counts = new NonceCounts(0);
        for (var now = 0L; now <= LifeMs; now += 1_000) Assert.True(counts.TryUse(7, 0, (uint)(now / 1_000) + 1, now, LifeMs));
    }
}
