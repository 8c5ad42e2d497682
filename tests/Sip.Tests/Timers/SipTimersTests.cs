using Tandem.Sip.Timers;

namespace Tandem.Sip.Tests.Timers;

public sealed class SipTimersTests
{
    [Theory]
    [InlineData(SipTimer.B, 32_000, 32_000)]
    [InlineData(SipTimer.C, 900_000, 900_000)]
    [InlineData(SipTimer.D, 32_000, 0)]
    [InlineData(SipTimer.F, 32_000, 32_000)]
    [InlineData(SipTimer.H, 32_000, 32_000)]
    [InlineData(SipTimer.I, 5_000, 0)]
    [InlineData(SipTimer.J, 32_000, 0)]
    [InlineData(SipTimer.K, 5_000, 0)]
    [InlineData(SipTimer.L, 32_000, 32_000)]
    [InlineData(SipTimer.M, 32_000, 32_000)]
    [Trait("RFC", "3261 annex A, 6026 §8.4")]
    public void Has_the_values_of_the_table(SipTimer timer, int unreliableMs, int reliableMs)
    {
        Assert.Equal(TimeSpan.FromMilliseconds(unreliableMs), SipTimers.Default.LengthOf(timer, reliable: false));
        Assert.Equal(TimeSpan.FromMilliseconds(reliableMs), SipTimers.Default.LengthOf(timer, reliable: true));
    }

    [Fact]
    public void Derives_from_T1_but_keeps_D_at_32_seconds()
    {
        var timers = new SipTimers { T1 = TimeSpan.FromMilliseconds(100) };
        Assert.Equal(TimeSpan.FromSeconds(6.4), timers.LengthOf(SipTimer.B, reliable: false));
        Assert.Equal(TimeSpan.FromSeconds(32), timers.LengthOf(SipTimer.D, reliable: false));
    }
}
