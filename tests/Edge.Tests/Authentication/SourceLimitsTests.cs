using CsCheck;
using Tandem.Edge.Authentication;
using Tandem.Sip.Transport;

namespace Tandem.Edge.Tests.Authentication;

public sealed class SourceLimitsTests
{
    private static SipEndPoint Source(int n) => SipEndPoint.FromV4(0x0A000000u + (uint)n, 5060);

    // Against a dictionary that remembers everything; few sources, so that no place is taken from any.
    [Fact]
    public void Counts_like_a_dictionary() =>
        Gen.Select(Gen.Int[1, 3], Gen.Int[0, 1], Gen.Bool).Array[0, 200].Sample(packets =>
        {
            var (limits, counts, second) = (new SourceLimits(4), new Dictionary<(int, long), int>(), 100L);
            foreach (var (source, wait, isKnown) in packets)
            {
                second += wait;
                var count = isKnown ? 0 : counts[(source, second)] = counts.GetValueOrDefault((source, second)) + 1;
                Assert.Equal(isKnown || count <= 2, limits.TryPacket(Source(source), second, isKnown, 0, 2));
            }
        });

    [Fact]
    public void A_trusted_source_has_the_limit_of_a_known_one_and_outlives_a_flood()
    {
        var limits = new SourceLimits(64);
        limits.Trust(Source(0), 100);
        for (var i = 1; i < 100_000; i++) limits.TryPacket(Source(i), 100, false, 0, 1);
        Assert.True(limits.IsTrusted(Source(0), 100));
        for (var i = 0; i < 10; i++) Assert.True(limits.TryPacket(Source(0), 100, false, 0, 1));
        Assert.False(limits.IsTrusted(Source(0), 100 + SourceLimits.TrustSeconds));
        Assert.True(limits.TryPacket(Source(0), 100 + SourceLimits.TrustSeconds, false, 0, 1));
        Assert.False(limits.TryPacket(Source(0), 100 + SourceLimits.TrustSeconds, false, 0, 1));
    }

    [Fact]
    public void Counts_INVITEs_apart_and_without_allocating()
    {
        var limits = new SourceLimits();
        Assert.True(limits.TryInvite(Source(1), 1, 1));
        Assert.False(limits.TryInvite(Source(1), 1, 1));
        Assert.True(limits.TryInvite(Source(1), 2, 1));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++) limits.TryPacket(Source(i), 5, false, 10, 10);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
