using Tandem.TestSupport;

namespace Tandem.Interop.Tests;

/// <summary>
/// The peers that all interoperability tests rest on, set against each other without a switch: a failure here is a fault of
/// the peers.
/// </summary>
public sealed class SippScenarioTests
{
    [Theory]
    [InlineData("uac_call", "uas_answer")]
    [InlineData("uac_call", "uas_answer_slow")]
    [InlineData("uac_call_csv", "uas_answer")]
    [InlineData("uac_late_ack", "uas_answer")]
    [InlineData("uac_cancel_ringing", "uas_ring_only")]
    [InlineData("uac_cancel_early", "uas_100_only")]
    [InlineData("uac_wait_bye", "uas_callee_bye")]
    [InlineData("uac_expect_final", "uas_reject")]
    [InlineData("uac_expect_final", "uas_reject_ringing")]
    [InlineData("uac_early_media", "uas_early_media")]
    [InlineData("uac_reinvite", "uas_reinvite")]
    [InlineData("uac_reinvite_from_callee", "uas_reinvite_from_callee")]
    [InlineData("uac_update_info", "uas_update_info")]
    [InlineData("uac_update_info_from_callee", "uas_update_info_from_callee")]
    [InlineData("uac_late_offer", "uas_late_offer")]
    [InlineData("uac_reinvite_refused", "uas_reinvite_refused")]
    public async Task Caller_and_answerer_agree(string caller, string answerer)
    {
        var vendor = Loopback.NextEndPoint();
        await using var uas = await Sipp.StartAsync(
            new SippOptions { Scenario = answerer, Local = vendor, Calls = 0, Status = 503 });

        var result = await Sipp.CallAsync(new SippOptions
        {
            Scenario = caller,
            Local = Loopback.NextEndPoint(),
            Remote = vendor,
            Calls = 3,
            Status = 503,
            Numbers = caller == "uac_call_csv" ? [("4930", "8610"), ("4931", "8611")] : [],
            Timeout = TimeSpan.FromSeconds(20),
        });

        result.ShouldAllSucceed(3);
        var seen = await uas.StopAsync();
        Assert.Equal(3, seen.InvitesReceived.Count);
        Assert.Equal(0, seen.Failed);
    }

    [Fact]
    public async Task Answerer_counts_the_calls_that_it_has_at_once()
    {
        var vendor = Loopback.NextEndPoint();
        await using var uas = await Sipp.StartAsync(
            new SippOptions { Scenario = "uas_answer", Local = vendor, Calls = 0 });

        var result = await Sipp.CallAsync(new SippOptions
        {
            Scenario = "uac_call",
            Local = Loopback.NextEndPoint(),
            Remote = vendor,
            Calls = 9,
            Rate = 100,
            Limit = 3,
            Hold = TimeSpan.FromMilliseconds(300),
        });

        result.ShouldAllSucceed(9);
        Assert.Equal(3, (await uas.StopAsync()).MostCallsAtOnce());
    }

    [Fact]
    public async Task Caller_that_gets_another_final_status_fails()
    {
        var vendor = Loopback.NextEndPoint();
        await using var uas = await Sipp.StartAsync(
            new SippOptions { Scenario = "uas_reject", Local = vendor, Calls = 0, Status = 486 });

        var result = await Sipp.CallAsync(new SippOptions
        {
            Scenario = "uac_expect_final",
            Local = Loopback.NextEndPoint(),
            Remote = vendor,
            Status = 503,
        });

        Assert.Equal(1, result.Failed);
        Assert.Equal([486], result.FinalStatuses);
        Assert.Throws<InvalidOperationException>(() => result.ShouldAllSucceed(1));
    }
}
