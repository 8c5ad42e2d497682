using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Calls;

/// <summary>Callers who give up before the answer.</summary>
[Collection(SharedSwitch.Name)]
public sealed class GivingUpTests(SwitchFixture @switch)
{
    [Fact]
    public async Task CANCEL_while_it_rings_ends_both_sides_with_487()
    {
        await using var call = await @switch.PrepareAsync(new VendorPeer("uas_ring_only"), VendorPeer.Answering);

        var caller = await call.CallAsync("uac_cancel_ringing");

        var story = (await call.SettleOneAsync()).ShouldEnd("CallerCancelled", "caller", 487);
        Assert.Equal([100, 180, 487], caller.Received("INVITE"));
        Assert.Equal(["INVITE", "CANCEL", "ACK"], call.VendorResults[0].Requests());
        Assert.Equal((1, 0), (call.VendorResults[0].Successful, call.VendorResults[0].Failed));
        Assert.Empty(call.VendorResults[1].Messages); // The caller's end is no reason to try another.
        Assert.Equal("CallerCancelled", Assert.Single(story.Attempts).Reason);
        Assert.False(story.IsAnswered);
    }

    [Fact]
    public async Task CANCEL_before_it_rings_ends_both_sides_with_487()
    {
        await using var call = await @switch.PrepareAsync(new VendorPeer("uas_100_only"));

        var caller = await call.CallAsync("uac_cancel_early");

        (await call.SettleOneAsync()).ShouldEnd("CallerCancelled", "caller", 487);
        Assert.Equal([100, 487], caller.Received("INVITE"));
        Assert.Equal(["INVITE", "CANCEL", "ACK"], call.VendorResults[0].Requests());
        Assert.Equal((1, 0), (call.VendorResults[0].Successful, call.VendorResults[0].Failed));
    }

    // RFC 3261 §9.1: no CANCEL before the vendor has answered the INVITE at all.
    [Fact]
    public async Task CANCEL_while_the_vendor_is_silent_frees_its_line_at_once()
    {
        await using var call = await @switch.PrepareAsync(new VendorPeer("uas_silent"));

        await call.CallAsync("uac_cancel_early");

        (await call.SettleOneAsync()).ShouldEnd("CallerCancelled", "caller", 487);
        Assert.DoesNotContain("CANCEL", call.VendorResults[0].Requests());
    }

    [Fact]
    public async Task Answer_that_crosses_the_CANCEL_is_acknowledged_and_ended_at_the_vendor()
    {
        await using var call = await @switch.PrepareAsync(new VendorPeer("uas_late_200"));

        var caller = await call.CallAsync("uac_cancel_ringing");

        var story = (await call.SettleOneAsync()).ShouldEnd("CallerCancelled", "caller", 487);
        Assert.Equal(["INVITE", "CANCEL", "ACK", "BYE"], call.VendorResults[0].Requests());
        Assert.Equal((1, 0), (call.VendorResults[0].Successful, call.VendorResults[0].Failed));
        Assert.Equal([100, 180, 487], caller.Received("INVITE"));
        Assert.False(story.IsAnswered); // The caller never had it: nothing to pay.
        Assert.Equal(0, story.Fee);
    }

    // I7: the first vendor was given up in silence and wakes when the second has the call.
    [Fact]
    public async Task Answer_of_a_vendor_that_was_given_up_is_acknowledged_and_ended()
    {
        await using var call = await @switch.PrepareAsync(
            VendorPeer.Played with { Gateway = g => g with { TimeoutInvite = 1 } }, VendorPeer.Answering);
        using var late = new RawPeer(call.Vendors[0].At);
        var calling = call.CallAsync("uac_call", o => o with { Hold = TimeSpan.FromSeconds(1) });
        var invite = await late.ReceiveAsync("INVITE");
        await Eventually.HoldsAsync(
            () => call.Peers[0].MessagesSoFar().Any(m => m.Method == "ACK"),
            TimeSpan.FromSeconds(10),
            () => "the second vendor did not answer");

        late.Send(RawDialog.Response(invite, "200 OK"));

        await late.ReceiveAsync("ACK");
        late.Send(RawDialog.Response(await late.ReceiveAsync("BYE"), "200 OK"));
        await calling;
        var story = (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
        Assert.Equal([0, 200], story.Attempts.Select(a => a.SipStatus));
    }
}
