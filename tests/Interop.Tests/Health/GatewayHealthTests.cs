using System.Net;
using Tandem.Shared.Configuration;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Health;

/// <summary>Vendors that stop answering OPTIONS or ask for a pause, and hosts of which one server is dead.</summary>
public sealed class GatewayHealthTests(HealthSwitch @switch) : IClassFixture<HealthSwitch>
{
    private static readonly Func<RoutingGatewayConfiguration, RoutingGatewayConfiguration> Checked = g => g with { OptionsCheck = true };

    private static readonly Func<RoutingGatewayConfiguration, RoutingGatewayConfiguration> Plain = g => g;

    [Fact]
    public async Task A_vendor_that_stops_answering_OPTIONS_gets_no_calls_and_comes_back_alone()
    {
        var (first, second) = (Loopback.NextEndPoint(), Loopback.NextEndPoint());
        await using var other = await HealthSwitch.VendorAsync(second, "uas_answer");
        var callee = await @switch.AddAsync(("checked-1", first, Checked), ("checked-2", second, Plain));
        await using (await HealthSwitch.VendorAsync(first, "uas_checked"))
        {
            await @switch.BecomesAsync("checked-1", "online");
            Assert.Equal("answers OPTIONS with 404", (await @switch.HealthAsync("checked-1")).GetProperty("cause").GetString());
            (await @switch.CallAsync(callee)).ShouldAllSucceed(1);
        }

        await @switch.BecomesAsync("checked-1", "offline");
        (await @switch.CallAsync(callee)).ShouldAllSucceed(1);
        var story = await @switch.StoryAsync(callee, 2);
        Assert.Equal(["checked-2"], story.Attempts.Select(a => a.Gateway));
        Assert.Contains("Routing gateway checked-1 is offline since", story.Trace, StringComparison.Ordinal);
        Assert.Contains("no answer to OPTIONS", story.Trace, StringComparison.Ordinal);

        await using var again = await HealthSwitch.VendorAsync(first, "uas_checked");
        await @switch.BecomesAsync("checked-1", "online");
        (await @switch.CallAsync(callee)).ShouldAllSucceed(1);
        Assert.Equal(["checked-1"], (await @switch.StoryAsync(callee, 3)).Attempts.Select(a => a.Gateway));
    }

    [Fact]
    public async Task A_call_for_which_all_vendors_are_offline_ends_with_NoAvailableRouter_and_their_causes()
    {
        var nobody = Loopback.NextEndPoint();
        var callee = await @switch.AddAsync(("gone", nobody, Checked));
        await @switch.BecomesAsync("gone", "offline");
        (await @switch.CallAsync(callee, "uac_expect_final", 503)).ShouldAllSucceed(1);
        var story = await @switch.StoryAsync(callee, 1);
        Assert.Equal(("NoAvailableRouter", 0), (story.EndReason, story.Attempts.Count));
        Assert.Contains("Routing gateway gone is offline since", story.Trace, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_vendor_that_answers_503_with_Retry_After_is_not_tried_for_that_time_and_then_is()
    {
        var (first, second) = (Loopback.NextEndPoint(), Loopback.NextEndPoint());
        await using var full = await HealthSwitch.VendorAsync(first, "uas_retry_after", 503);
        await using var other = await HealthSwitch.VendorAsync(second, "uas_answer");
        var callee = await @switch.AddAsync(("full", first, Plain), ("free", second, Plain));
        (await @switch.CallAsync(callee)).ShouldAllSucceed(1);
        var began = TimeProvider.System.GetTimestamp();
        var health = await @switch.HealthAsync("full");
        Assert.Equal("suspended", health.GetProperty("state").GetString());
        Assert.InRange(health.GetProperty("retryAfterMs").GetInt64(), 1, 3_000);
        (await @switch.CallAsync(callee)).ShouldAllSucceed(1);
        var story = await @switch.StoryAsync(callee, 2);
        Assert.Equal(["free"], story.Attempts.Select(a => a.Gateway));
        Assert.Contains("Routing gateway full is suspended for", story.Trace, StringComparison.Ordinal);
        await @switch.BecomesAsync("full", "unchecked", seconds: 5);
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        (await @switch.CallAsync(callee)).ShouldAllSucceed(1);
        Assert.Equal(["full", "free"], (await @switch.StoryAsync(callee, 3)).Attempts.Select(a => a.Gateway));
    }

    [Fact]
    public async Task A_vendor_whose_pauses_are_not_honoured_is_tried_again_at_once()
    {
        var first = Loopback.NextEndPoint();
        await using var full = await HealthSwitch.VendorAsync(first, "uas_retry_after", 503);
        var callee = await @switch.AddAsync(("impatient", first, g => g with { SipRetryAfter = false }));
        for (var i = 1; i <= 2; i++) (await @switch.CallAsync(callee, "uac_expect_final", 503)).ShouldAllSucceed(1);
        Assert.Equal(["impatient"], (await @switch.StoryAsync(callee, 2)).Attempts.Select(a => a.Gateway));
    }

    [Fact]
    public async Task A_host_is_found_by_SRV_and_its_second_server_gets_the_call_when_the_first_is_silent()
    {
        var (dead, alive) = (Loopback.NextEndPoint(), Loopback.NextEndPoint());
        @switch.Dns.Service("_sip._udp.vendor.test", 1, 0, 5071, "dead.test").Service("_sip._udp.vendor.test", 2, 0, alive.Port, "alive.test")
            .Address("dead.test", dead.Address.ToString()).Address("alive.test", alive.Address.ToString());
        await using var vendor = await HealthSwitch.VendorAsync(alive, "uas_answer");
        var callee = await @switch.AddAsync(("host", alive, g => g with { RemoteIp = "vendor.test", SignalPort = 0, TimeoutInvite = 4 }));
        (await @switch.CallAsync(callee)).ShouldAllSucceed(1);
        var story = await @switch.StoryAsync(callee, 1);
        Assert.Equal(("Normal", "host"), (story.EndReason, Assert.Single(story.Attempts).Gateway));
        Assert.Contains("SRV _sip._udp.vendor.test", @switch.Dns.Questions);

        // The dead one is passed over for a while, and the DNS is not asked again.
        var questions = @switch.Dns.Questions.Count(q => q.Contains("vendor.test", StringComparison.Ordinal));
        var caller = (await @switch.CallAsync(callee)).ShouldAllSucceed(1);
        Assert.Equal(questions, @switch.Dns.Questions.Count(q => q.Contains("vendor.test", StringComparison.Ordinal)));
        var invite = caller.Messages.First(m => m is { Sent: true, Method: "INVITE" }).At;
        Assert.InRange(caller.Messages.First(m => m is { Sent: false, Status: 180 }).At - invite, 0m, 1m);
    }

    [Fact]
    public async Task A_host_whose_first_server_answers_503_has_the_call_answered_by_the_second()
    {
        var (full, free) = (Loopback.NextEndPoint(), Loopback.NextEndPoint());
        @switch.Dns.Service("_sip._udp.busy.test", 1, 0, full.Port, "full.test").Service("_sip._udp.busy.test", 2, 0, free.Port, "free.test")
            .Address("full.test", full.Address.ToString()).Address("free.test", free.Address.ToString());
        await using var refusing = await HealthSwitch.VendorAsync(full, "uas_reject", 503);
        await using var answering = await HealthSwitch.VendorAsync(free, "uas_answer");
        var callee = await @switch.AddAsync(("busy-host", full, g => g with { RemoteIp = "busy.test", SignalPort = 0 }));
        (await @switch.CallAsync(callee)).ShouldAllSucceed(1);
        var story = await @switch.StoryAsync(callee, 1);
        Assert.Equal(200, Assert.Single(story.Attempts).SipStatus);
        Assert.Single((await refusing.StopAsync()).InvitesReceived);
        Assert.Equal(["INVITE", "ACK", "BYE"], (await answering.StopAsync()).Messages.Where(m => m is { Sent: false, Status: 0 }).Select(m => m.Method).Distinct());
    }

    [Fact]
    public async Task A_host_that_the_DNS_does_not_know_lets_the_next_vendor_have_the_call()
    {
        var second = Loopback.NextEndPoint();
        await using var other = await HealthSwitch.VendorAsync(second, "uas_answer");
        var callee = await @switch.AddAsync(
            ("nowhere", new IPEndPoint(IPAddress.Loopback, 5060), g => g with { RemoteIp = "nowhere.test" }), ("somewhere", second, Plain));
        (await @switch.CallAsync(callee)).ShouldAllSucceed(1);
        Assert.Equal(["nowhere", "somewhere"], (await @switch.StoryAsync(callee, 1)).Attempts.Select(a => a.Gateway));
    }
}
