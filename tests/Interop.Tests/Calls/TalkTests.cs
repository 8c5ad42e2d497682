using System.Text;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Calls;

/// <summary>Calls that are answered, between real peers.</summary>
[Collection(SharedSwitch.Name)]
public sealed class TalkTests(SwitchFixture @switch)
{
    private static readonly TimeSpan Talk = TimeSpan.FromMilliseconds(1_300);

    [Fact]
    public async Task Caller_hears_ringing_and_answer_and_ends_the_call()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Answering);

        var caller = await call.CallAsync("uac_call", o => o with { Hold = Talk });

        var story = (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
        Assert.Equal(2, story.HoldTimeSeconds); // 1.3 s and the way of the BYE, rounded up.
        Assert.Equal([100, 180, 200], caller.Received("INVITE"));
        Assert.Equal([200], caller.Received("BYE"));
        Assert.Equal(["INVITE", "ACK", "BYE"], call.VendorResults[0].Requests());
        var attempt = Assert.Single(story.Attempts);
        Assert.Equal((call.Vendors[0].Name, 200, "Normal"), (attempt.Gateway, attempt.SipStatus, attempt.Reason));
    }

    [Fact]
    public async Task Callee_ends_the_call()
    {
        await using var call = await @switch.PrepareAsync(new VendorPeer("uas_callee_bye") { Hold = Talk });

        var caller = await call.CallAsync("uac_wait_bye");

        var story = (await call.SettleOneAsync()).ShouldEnd("Normal", "callee", 200);
        Assert.Equal(2, story.HoldTimeSeconds);
        Assert.Equal(["BYE"], caller.Requests());
        Assert.Equal(1, call.VendorResults[0].Successful);
    }

    // The record's times against those that the caller measured by itself.
    [Fact]
    public async Task Record_holds_the_delay_until_ringing_the_talk_time_and_both_numbers()
    {
        await using var call = await @switch.PrepareAsync(
            new VendorPeer("uas_answer_slow") { Hold = TimeSpan.FromMilliseconds(700) });

        var caller = await call.CallAsync("uac_call", o => o with { Hold = Talk, Caller = "493099887766" });

        var story = (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
        var messages = caller.Messages;
        var invite = messages.First(m => m.Sent && m.Method == "INVITE").At;
        var ringing = messages.First(m => m.Status == 180).At;
        var answer = messages.First(m => m.Status == 200 && m.Method == "INVITE").At;
        var bye = messages.First(m => m.Sent && m.Method == "BYE").At;
        Near(ringing - invite, story.Time("rangAt") - story.Time("startedAt"));
        Near(answer - invite, story.Time("answeredAt") - story.Time("startedAt"));
        Near(bye - answer, story.Time("endedAt") - story.Time("answeredAt"));
        Assert.True(answer - ringing >= 0.65m);
        foreach (var field in (string[])["callerAccess", "caller"]) Assert.Equal("493099887766", story.Text(field));
        foreach (var field in (string[])["calleeAccess", "callee"]) Assert.Equal(call.Callee, story.Text(field));
        var attempt = story.Attempts[0].Json;
        Assert.Equal("493099887766", attempt.GetProperty("caller").GetString());
        Assert.Equal(call.Callee, attempt.GetProperty("callee").GetString());
    }

    [Fact]
    public async Task Early_media_reaches_the_caller_before_the_answer()
    {
        await using var call = await @switch.PrepareAsync(new VendorPeer("uas_early_media"));

        var caller = await call.CallAsync("uac_early_media");

        (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
        Assert.Equal([100, 183, 200], caller.Received("INVITE"));
        var sent = WireMessage.Of(call.VendorResults[0]).Single(m => m.Sent && m.Is(183, "INVITE"));
        var received = WireMessage.Of(caller).Single(m => !m.Sent && m.Is(183, "INVITE"));
        Assert.NotEmpty(sent.Body);
        Assert.Equal(sent.Body, received.Body);
    }

    // Bodies that no decent peer would send: each byte must arrive as it was, in each direction and in each message.
    [Fact]
    public async Task Session_descriptions_are_carried_byte_for_byte()
    {
        byte[] offer = [.. "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=\t odd  \r\na="u8, 0xFF, 0x00, .. "\r\n\r\n\n a=end"u8];
        byte[] early = [.. "v=0\na=lf only\na=trailing space \n"u8];
        byte[] answer = [.. "v=0\r\n"u8, .. Enumerable.Repeat((byte)'x', 3_000), .. "\r\n"u8];
        await using var call = await @switch.PrepareAsync(VendorPeer.Played);
        using var vendor = new RawPeer(call.Vendors[0].At);
        using var caller = new RawPeer(call.Caller, @switch.Node.Sip);

        var dialog = new RawDialog(caller, call.Callee);
        caller.Send(dialog.Request("INVITE") + "Content-Type: application/sdp\r\n", offer);
        var invite = await vendor.ReceiveAsync("INVITE");
        Assert.Equal(offer, invite.Body);
        vendor.Send(RawDialog.Response(invite, "183 Session Progress") + "Content-Type: application/sdp\r\n", early);
        Assert.Equal(early, (await caller.ReceiveAsync(m => m.Status == 183)).Body);
        vendor.Send(RawDialog.Response(invite, "200 OK") + "Content-Type: application/sdp\r\n", answer);
        var answered = await caller.ReceiveFinalAsync();
        Assert.Equal(answer, answered.Body);
        caller.Send(dialog.Confirm(answered).Request("ACK"));
        await vendor.ReceiveAsync("ACK");
        caller.Send(dialog.Request("BYE"));
        vendor.Send(RawDialog.Response(await vendor.ReceiveAsync("BYE"), "200 OK"));
        Assert.Equal(200, (await caller.ReceiveFinalAsync()).Status);

        (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
    }

    [Fact]
    public async Task Late_offer_travels_in_the_200_and_its_answer_in_the_ACK()
    {
        await using var call = await @switch.PrepareAsync(new VendorPeer("uas_late_offer"));

        await call.CallAsync("uac_late_offer");

        (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
        Assert.Equal(1, call.VendorResults[0].Successful); // It has found the answer in the ACK.
        Assert.Equal(0, call.VendorResults[0].Failed);
    }

    // Both scenarios check the bodies: the offer, its answer, the direction.
    [Theory]
    [InlineData("uac_reinvite", "uas_reinvite")]
    [InlineData("uac_reinvite_from_callee", "uas_reinvite_from_callee")]
    [InlineData("uac_reinvite_refused", "uas_reinvite_refused")]
    [InlineData("uac_update_info", "uas_update_info")]
    [InlineData("uac_update_info_from_callee", "uas_update_info_from_callee")]
    public async Task Requests_inside_the_call_reach_the_other_side(string caller, string vendor)
    {
        await using var call = await @switch.PrepareAsync(new VendorPeer(vendor));

        await call.CallAsync(caller);

        (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
        Assert.Equal(0, call.VendorResults[0].Failed);
        Assert.Equal(1, call.VendorResults[0].Successful);
    }

    [Fact]
    public async Task Callee_whose_BYE_crosses_the_callers_gets_its_answer_and_one_record_is_left()
    {
        await using var call = await @switch.PrepareAsync(new VendorPeer("uas_bye_crossing"));

        await call.CallAsync("uac_call");

        (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
        Assert.Equal((1, 0), (call.VendorResults[0].Successful, call.VendorResults[0].Failed));
    }

    [Fact]
    public async Task Caller_whose_BYE_crosses_the_callees_gets_its_answer_and_one_record_is_left()
    {
        await using var call = await @switch.PrepareAsync(new VendorPeer("uas_callee_bye"));

        await call.CallAsync("uac_bye_crossing");

        (await call.SettleOneAsync()).ShouldEnd("Normal", "callee", 200);
        Assert.Equal((1, 0), (call.VendorResults[0].Successful, call.VendorResults[0].Failed));
    }

    [Fact]
    public async Task Answer_is_repeated_until_a_late_ACK_comes()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Answering);

        var caller = await call.CallAsync("uac_late_ack", o => o with { Hold = TimeSpan.FromMilliseconds(1_800) });

        (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
        Assert.InRange(caller.Received("INVITE").Count(s => s == 200), 2, 4); // At 0, 0.5 and 1.5 s.
        Assert.Equal(["INVITE", "ACK", "BYE"], call.VendorResults[0].Requests()); // The vendor had its ACK at once.
    }

    [Fact]
    public async Task Neither_side_sees_the_other_and_tags_and_Contact_carry_the_call()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Answering);

        var caller = await call.CallAsync("uac_call");

        var story = await call.SettleOneAsync(); // It looks for addresses in all heads, in every test.
        var answer = WireMessage.Of(caller).First(m => !m.Sent && m.Is(200, "INVITE"));
        var invite = WireMessage.Of(call.VendorResults[0]).First(m => !m.Sent && m.Is("INVITE"));
        var host = "@" + @switch.Node.Sip.Address;
        Assert.StartsWith($"<sip:{story.CallId}a{host}", answer.Header("Contact"), StringComparison.Ordinal);
        Assert.EndsWith($";tag={story.CallId}a", answer.Header("To"), StringComparison.Ordinal);
        Assert.StartsWith($"<sip:{story.CallId}b1{host}", invite.Header("Contact"), StringComparison.Ordinal);
        Assert.EndsWith($";tag={story.CallId}b1", invite.Header("From"), StringComparison.Ordinal);
        Assert.Equal(story.Text("callerSipCallId"), answer.Header("Call-ID"));
        Assert.Equal(story.Attempts[0].SipCallId, invite.Header("Call-ID"));
        Assert.NotEqual(answer.Header("Call-ID"), invite.Header("Call-ID"));
        Assert.Single(invite.Head.Split('\n'), l => l.StartsWith("Via:", StringComparison.Ordinal)); // Ours alone.
        foreach (var trace in (string[])["Record-Route", "User-Agent", "Server"]) Assert.Empty(invite.Header(trace));
    }

    private static void Near(decimal measured, TimeSpan? recorded) =>
        Assert.InRange((decimal)recorded!.Value.TotalSeconds, measured - 0.15m, measured + 0.15m);
}
