using Tandem.Interop.Tests.Calls;

namespace Tandem.Interop.Tests.Dialogs;

/// <summary>Reliable provisional responses (RFC 3262) and session timers (RFC 4028) with sipp on both sides.</summary>
[Collection(SharedSwitch.Name)]
public sealed class ExtensionTests(SwitchFixture @switch)
{
    [Fact]
    public async Task Reliable_183_goes_from_vendor_to_caller_and_each_PRACK_is_answered()
    {
        await using var call = await @switch.PrepareAsync(new VendorPeer("uas_100rel"));

        var caller = await call.CallAsync("uac_100rel");

        (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
        Assert.Equal([200], caller.Received("PRACK"));
        Assert.Equal(["INVITE", "PRACK", "ACK", "BYE"], call.VendorResults[0].Requests().Distinct());
    }

    [Fact]
    public async Task Caller_without_100rel_gets_a_plain_183_and_the_vendor_its_PRACK()
    {
        await using var call = await @switch.PrepareAsync(new VendorPeer("uas_100rel"));

        var caller = await call.CallAsync("uac_call");

        (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
        Assert.Equal("", WireMessage.Of(caller).First(m => m.Is(183, "INVITE")).Header("RSeq"));
        Assert.Contains("PRACK", call.VendorResults[0].Requests());
    }

    [Fact]
    public async Task Reliable_183_is_repeated_until_PRACK_when_the_vendor_has_no_100rel()
    {
        await using var call = await @switch.PrepareAsync(new VendorPeer("uas_early_media"));

        var caller = await call.CallAsync("uac_100rel");

        (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
        Assert.Equal([200], caller.Received("PRACK"));
        Assert.Equal(2, caller.Received("INVITE").Count(s => s == 183)); // After T1 once more, then came its PRACK.
        Assert.DoesNotContain("PRACK", call.VendorResults[0].Requests());
    }

    [Theory]
    [InlineData("uas_timer_update", "UPDATE")]
    [InlineData("uas_timer_reinvite", "INVITE")]
    public async Task Session_with_a_vendor_is_refreshed_at_half_of_its_interval(string scenario, string method)
    {
        await using var ttl = await @switch.WithParameterAsync("SS_SIP_SESSION_TTL", "4");
        await using var minimum = await @switch.WithParameterAsync("SS_SIP_SESSION_MIN_SE", "1");
        await using var call = await @switch.PrepareAsync(new VendorPeer(scenario));

        await call.CallAsync("uac_call", o => o with { Hold = TimeSpan.FromMilliseconds(3_200) });

        (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
        var refresh = WireMessage.Of(call.VendorResults[0]).Last(m => m.Is(method));
        Assert.Equal("4;refresher=uac", refresh.Header("Session-Expires"));
        if (method != "INVITE") return;

        // The session description as it was, with the same version: it changes nothing (RFC 4028 §7.4).
        Assert.Equal(WireMessage.Of(call.VendorResults[0]).First(m => m.Is(method)).Body, refresh.Body);
    }

    [Fact]
    public async Task Caller_that_refreshes_may_talk_longer_than_its_interval()
    {
        await using var ttl = await @switch.WithParameterAsync("SS_SIP_SESSION_TTL", "4");
        await using var minimum = await @switch.WithParameterAsync("SS_SIP_SESSION_MIN_SE", "1");
        await using var call = await @switch.PrepareAsync(VendorPeer.Answering);

        var caller = await call.CallAsync("uac_timer");

        (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
        Assert.Equal([200, 200], caller.Received("UPDATE"));
        Assert.DoesNotContain("UPDATE", call.VendorResults[0].Requests());
    }

    [Fact]
    public async Task Dead_call_is_cleared_before_its_session_expires_and_no_second_more_is_charged()
    {
        await using var ttl = await @switch.WithParameterAsync("SS_SIP_SESSION_TTL", "4");
        await using var minimum = await @switch.WithParameterAsync("SS_SIP_SESSION_MIN_SE", "1");
        await using var call = await @switch.PrepareAsync(VendorPeer.Answering);

        var caller = await call.CallAsync("uac_timer_silent");

        var story = (await call.SettleOneAsync()).ShouldEnd("SessionTimeout", "server", 200);
        Assert.Equal(3, story.HoldTimeSeconds); // 4 s less a third of them, whole seconds.
        Assert.Equal(["BYE"], caller.Requests());
        Assert.Contains("BYE", call.VendorResults[0].Requests());
    }

    [Fact]
    public async Task Caller_whose_interval_is_too_short_gets_422_and_asks_again()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Answering);

        var caller = await call.CallAsync("uac_timer_422");

        var stories = await call.SettleAsync(records: 2);
        Assert.Equal([422, 200], stories.Select(s => s.CallerSipStatus));
        Assert.Equal("90", WireMessage.Of(caller).Single(m => m.Is(422, "INVITE")).Header("Min-SE"));
        Assert.Equal(
            "90;refresher=uas", WireMessage.Of(caller).Last(m => m.Is(200, "INVITE")).Header("Session-Expires"));
    }
}
