using System.Text;
using Tandem.Shared.Gateways;

namespace Tandem.Shared.Tests.Gateways;

public sealed class RetryAfterTests
{
    [Theory]
    [InlineData("120", 120)]
    [InlineData("18000;duration=3600", 3600)]
    [InlineData("3 (I'm in a meeting)", 3)]
    [InlineData("99999999999999999999999", 3600)]
    [InlineData("0", null)]
    [InlineData("", null)]
    [InlineData("soon", null)]
    [InlineData("-1", null)]
    public void Is_the_pause_up_to_the_longest(string value, int? seconds) => Assert.Equal(
        seconds is { } s ? TimeSpan.FromSeconds(s) : (TimeSpan?)null,
        RetryAfter.PauseOf(Encoding.ASCII.GetBytes(value), TimeSpan.FromHours(1)));

    [Fact]
    public void Is_ignored_when_the_longest_pause_is_0() => Assert.Null(RetryAfter.PauseOf("5"u8, TimeSpan.Zero));

    [Theory]
    [InlineData(480, true)]
    [InlineData(500, true)]
    [InlineData(503, true)]
    [InlineData(600, true)]
    [InlineData(603, true)]
    [InlineData(486, false)]
    [InlineData(404, false)]
    [InlineData(413, false)]
    public void Counts_with_statuses_that_speak_of_the_gateway(int status, bool counts) => Assert.Equal(counts, RetryAfter.Counts(status));
}
