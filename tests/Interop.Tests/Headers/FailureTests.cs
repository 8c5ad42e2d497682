using System.Text;
using Tandem.Interop.Tests.Calls;
using Tandem.Shared.Configuration;

namespace Tandem.Interop.Tests.Headers;

/// <summary>What a side is told of ringing, failure and end: status, Reason (RFC 3326), session description.</summary>
[Collection(SharedSwitch.Name)]
public sealed class FailureTests(SwitchFixture @switch)
{
    private const string Early = "v=0\r\ns=early\r\n";

    [Theory]
    [InlineData("480 Temporarily Unavailable", "Reason: Q.850;cause=19;text=\"far words\"\r\n", 480, 19)]
    [InlineData("486 Busy Here", "", 486, 17)]
    public async Task Failure_tells_the_cause_in_Reason(string status, string reason, int told, int cause)
    {
        using var call = await PlayedCall.PrepareAsync(@switch);
        await call.InviteAsync(new CallerInvite());

        var final = await call.RefuseAsync(status, reason);

        Assert.Equal(told, final.Status);
        Assert.StartsWith($"Q.850;cause={cause};text=", final.Header("Reason"), StringComparison.Ordinal);
        Assert.DoesNotContain("far words", final.Head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BYE_of_either_side_carries_its_cause_to_the_other()
    {
        foreach (var byCaller in (bool[])[true, false])
        {
            using var call = await PlayedCall.PrepareAsync(@switch);
            await AnsweredAsync(call);
            const string reason = "Reason: Q.850;cause=31\r\n";

            var bye = byCaller ? await call.HangUpAsync(reason) : await call.VendorHangsUpAsync(reason);

            Assert.StartsWith("Q.850;cause=31;text=", bye.Header("Reason"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task CANCEL_says_that_the_call_was_completed_elsewhere()
    {
        using var call = await PlayedCall.PrepareAsync(@switch);
        await call.InviteAsync(new CallerInvite());
        call.Respond("180 Ringing");
        await call.Caller.ReceiveAsync(m => m.Status == 180);

        var cancel = await call.CancelAsync("Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n");

        Assert.StartsWith(
            "SIP;cause=200;text=\"Call completed elsewhere\", Q.850;", cancel.Header("Reason"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reason_is_left_out_where_the_gateway_wants_none()
    {
        using var refused = await PlayedCall.PrepareAsync(@switch, caller: g => g with { SipReason = false });
        await refused.InviteAsync(new CallerInvite());
        Assert.Empty((await refused.RefuseAsync()).Lines("Reason"));

        using var ended = await PlayedCall.PrepareAsync(@switch, g => g with { SipReason = false });
        await AnsweredAsync(ended);
        Assert.Empty((await ended.HangUpAsync("Reason: Q.850;cause=31\r\n")).Lines("Reason"));
    }

    [Theory]
    [InlineData("486:603", "", 603, 21)]
    [InlineData("", "17:34", 503, 34)]
    [InlineData("486:480", "17:18", 480, 18)]
    [InlineData("404:503", "1:34", 486, 17)]
    [InlineData("0:503", "", 503, 41)]
    public async Task Failed_reason_is_replaced_for_the_caller(string status, string cause, int told, int toldCause)
    {
        using var call = await PlayedCall.PrepareAsync(
            @switch,
            caller: g => g with
            {
                CallFailedSipCode = status.Length > 0 ? [status] : [],
                CallFailedQ931CauseValue = cause.Length > 0 ? [cause] : [],
            });
        await call.InviteAsync(new CallerInvite());

        var final = await call.RefuseAsync();

        Assert.Equal(told, final.Status);
        Assert.StartsWith($"Q.850;cause={toldCause};", final.Header("Reason"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RemoteRingSignal.Passthrough, 183, 180, false)]
    [InlineData(RemoteRingSignal.ProgressSdp, 183, 183, true)]
    [InlineData(RemoteRingSignal.RingingSdp, 180, 180, true)]
    public async Task Ringing_reaches_the_caller_as_its_gateway_says(
        RemoteRingSignal mode, int first, int second, bool withSdp)
    {
        using var call = await PlayedCall.PrepareAsync(@switch, caller: g => g with { SipRemoteRingSignal = mode });
        await call.InviteAsync(new CallerInvite());

        call.Respond("183 Session Progress", body: Early);
        var progress = await call.Caller.ReceiveAsync(m => m.Status > 100);
        call.Respond("180 Ringing");
        var ringing = await call.Caller.ReceiveAsync(m => m.Status > 100);
        await call.RefuseAsync();

        Assert.Equal((first, Early), (progress.Status, Encoding.Latin1.GetString(progress.Body)));
        Assert.Equal((second, withSdp ? Early : ""), (ringing.Status, Encoding.Latin1.GetString(ringing.Body)));
    }

    private static async Task AnsweredAsync(PlayedCall call)
    {
        await call.InviteAsync(new CallerInvite());
        await call.AnswerAsync();
        await call.Vendor.ReceiveAsync("ACK");
    }
}
