using System.Globalization;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Calls;

/// <summary>Vendors that fail: what the caller gets, who is tried next, what the record tells.</summary>
[Collection(SharedSwitch.Name)]
public sealed class GatewaySwitchTests(SwitchFixture @switch)
{
    private static readonly VendorPeer Silent = new("uas_silent")
    {
        Hold = TimeSpan.FromSeconds(3),
        Gateway = g => g with { TimeoutInvite = 1 },
    };

    private static readonly VendorPeer OnlyTrying = new("uas_100_only") { Gateway = g => g with { TimeoutTrying = 1 } };

    private static readonly VendorPeer OnlyRinging =
        new("uas_ring_only") { Gateway = g => g with { TimeoutRinging = 1 } };

    [Theory]
    [InlineData(404)]
    [InlineData(486)]
    [InlineData(600)]
    public async Task Refusal_of_the_callee_reaches_the_caller_and_no_other_vendor_is_tried(int status)
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Refusing(status), VendorPeer.Answering);

        var caller = await call.CallAsync("uac_expect_final", o => o with { Status = status });

        var story = (await call.SettleOneAsync()).ShouldEnd("Sip" + Text(status), "callee", status);
        Assert.Equal([100, status], caller.Received("INVITE"));
        Assert.Equal((status, "Sip" + Text(status)), (story.Attempts[0].SipStatus, story.Attempts[0].Reason));
        Assert.Equal(["INVITE", "ACK"], call.VendorResults[0].Requests());
        Assert.Empty(call.VendorResults[1].Messages);
    }

    [Theory]
    [InlineData(408)]
    [InlineData(480)]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(603)]
    public async Task Failure_of_a_vendor_lets_the_next_have_the_call(int status)
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Refusing(status), VendorPeer.Answering);

        var caller = await call.CallAsync("uac_call");

        var story = (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
        Assert.Equal([100, 180, 200], caller.Received("INVITE")); // One call, of one vendor.
        Assert.Equal(2, story.Attempts.Count);
        Assert.Equal(call.Vendors[1].Name, story.Text("routingGateway"));
        Assert.Contains(
            $"Routing gateway {call.Vendors[0].Name} answered {Text(status)}: next gateway.",
            story.Trace,
            StringComparison.Ordinal);
        Assert.Equal(["INVITE", "ACK"], call.VendorResults[0].Requests());
    }

    // Topology is hidden, and the caller has no password there.
    [Theory]
    [InlineData(302)]
    [InlineData(401)]
    [InlineData(407)]
    public async Task Redirection_or_challenge_of_a_vendor_is_not_shown_to_the_caller(int status)
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Refusing(status));

        await call.CallAsync("uac_expect_final", o => o with { Status = 503 });

        var story = (await call.SettleOneAsync()).ShouldEnd("Sip" + Text(status), "callee", 503);
        Assert.Equal(status, story.Attempts[0].SipStatus);
    }

    [Fact]
    public async Task First_refuses_second_is_silent_third_answers_and_the_record_tells_it()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Refusing(503), Silent, VendorPeer.Answering);

        var caller = await call.CallAsync("uac_call");

        var story = (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
        Assert.Equal([100, 180, 200], caller.Received("INVITE"));
        Assert.Equal(
            [
                (call.Vendors[0].Name, 503, "Sip503"),
                (call.Vendors[1].Name, 0, "GatewayTimeout"),
                (call.Vendors[2].Name, 200, "Normal"),
            ],
            story.Attempts.Select(a => (a.Gateway, a.SipStatus, a.Reason)));
        Assert.InRange(story.Attempts[1].Length, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(2));
        Assert.Equal(3, story.Attempts.Select(a => a.SipCallId).Distinct().Count());
        InOrder(
            story.Trace,
            $"INVITE to {call.Vendors[0].Name}",
            $"Routing gateway {call.Vendors[0].Name} answered 503: next gateway.",
            $"INVITE to {call.Vendors[1].Name}",
            $"Routing gateway {call.Vendors[1].Name} did not answer the INVITE in time: next gateway.",
            $"INVITE to {call.Vendors[2].Name}",
            $"Answered by {call.Vendors[2].Name}.",
            "End: Normal, by caller.");
        Assert.Single(call.VendorResults[2].InvitesReceived);
    }

    [Fact]
    public async Task Vendors_own_Reason_header_is_kept_in_the_record()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Refusing(503));

        var caller = await call.CallAsync("uac_expect_final", o => o with { Status = 503 });

        var story = (await call.SettleOneAsync()).ShouldEnd("Sip503", "callee", 503);
        Assert.Equal("Q.850;cause=34;text=\"no circuit\"", story.Text("sipReasonHeader"));
        Assert.Equal("Q.850;cause=34;text=\"no circuit\"", story.Attempts[0].SipReasonHeader);
        var refusal = WireMessage.Of(caller).Single(m => m.Is(503, "INVITE"));
        Assert.Contains("text=\"Sip503\"", refusal.Header("Reason"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vendor_that_only_rings_is_cancelled_after_the_ringing_timeout()
    {
        await using var call = await @switch.PrepareAsync(OnlyRinging, VendorPeer.Answering);

        var caller = await call.CallAsync("uac_expect_final", o => o with { Status = 480 });

        var story = (await call.SettleOneAsync()).ShouldEnd("NoAnswer", "callee", 480);
        Assert.Equal([100, 180, 480], caller.Received("INVITE"));
        Assert.Equal(["INVITE", "CANCEL", "ACK"], call.VendorResults[0].Requests());
        Assert.Empty(call.VendorResults[1].Messages); // It has rung, and "switch until connect" is off.
        Assert.InRange(story.Attempts[0].Length, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task Silent_vendor_alone_ends_the_call_with_408()
    {
        await using var call = await @switch.PrepareAsync(Silent);

        await call.CallAsync("uac_expect_final", o => o with { Status = 408 });

        var story = (await call.SettleOneAsync()).ShouldEnd("GatewayTimeout", "callee", 408);
        Assert.Equal((0, "GatewayTimeout"), (story.Attempts[0].SipStatus, story.Attempts[0].Reason));
    }

    [Fact]
    public async Task Vendor_that_says_only_100_is_cancelled_and_the_next_is_tried()
    {
        await using var call = await @switch.PrepareAsync(OnlyTrying, VendorPeer.Answering);

        await call.CallAsync("uac_call");

        var story = (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
        Assert.Equal("GatewayTimeout", story.Attempts[0].Reason);
        Assert.Equal(["INVITE", "CANCEL", "ACK"], call.VendorResults[0].Requests());
        Assert.Contains(
            $"Routing gateway {call.Vendors[0].Name} was silent after 100", story.Trace, StringComparison.Ordinal);
    }

    // The same silence, once with the system's value and once with the gateway's own.
    [Fact]
    public async Task Invite_timeout_of_the_gateway_goes_before_that_of_the_system()
    {
        await using var parameter = await @switch.WithParameterAsync("SS_SIP_TIMEOUT_INVITE", "2");
        await using var call = await @switch.PrepareAsync(
            Silent with { Gateway = g => g }, Silent, VendorPeer.Answering);

        await call.CallAsync("uac_call");

        (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
        var invites = call.VendorResults.Select(v => v.InvitesReceived[0]).ToArray();
        Assert.InRange(invites[1] - invites[0], 1.9m, 2.8m);
        Assert.InRange(invites[2] - invites[1], 0.9m, 1.8m);
    }

    [Fact]
    public async Task Stop_code_of_the_gateway_ends_the_call()
    {
        var stopping = VendorPeer.Refusing(503) with { Gateway = g => g with { StopSwitchSipCodes = [503] } };
        await using var call = await @switch.PrepareAsync(stopping, VendorPeer.Answering);

        await call.CallAsync("uac_expect_final", o => o with { Status = 503 });

        var story = (await call.SettleOneAsync()).ShouldEnd("Sip503", "callee", 503);
        Assert.Contains("503 is in its list of stop switching response codes", story.Trace, StringComparison.Ordinal);
        Assert.Empty(call.VendorResults[1].Messages);
    }

    [Fact]
    public async Task Code_that_is_not_in_the_gateways_own_list_switches()
    {
        var going = VendorPeer.Refusing(486) with { Gateway = g => g with { StopSwitchSipCodes = [503] } };
        await using var call = await @switch.PrepareAsync(going, VendorPeer.Answering);

        await call.CallAsync("uac_call");

        var story = (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
        Assert.Equal([486, 200], story.Attempts.Select(a => a.SipStatus));
    }

    [Fact]
    public async Task Failure_after_ringing_is_final_without_switch_until_connect()
    {
        await using var call = await @switch.PrepareAsync(
            new VendorPeer("uas_reject_ringing") { Status = 503 }, VendorPeer.Answering);

        await call.CallAsync("uac_expect_final", o => o with { Status = 503 });

        var story = (await call.SettleOneAsync()).ShouldEnd("Sip503", "callee", 503);
        Assert.Contains("\"switch until connect\" is off", story.Trace, StringComparison.Ordinal);
        Assert.Empty(call.VendorResults[1].Messages);
    }

    [Fact]
    public async Task Failure_after_ringing_lets_the_next_have_the_call_with_switch_until_connect()
    {
        var going = new VendorPeer("uas_reject_ringing")
        {
            Status = 503,
            Gateway = g => g with { SwitchUntilConnect = true },
        };
        var ringing = OnlyRinging with { Gateway = g => g with { SwitchUntilConnect = true, TimeoutRinging = 1 } };
        await using var call = await @switch.PrepareAsync(going, ringing, VendorPeer.Answering);

        var caller = await call.CallAsync("uac_call");

        var story = (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
        Assert.Equal(["Sip503", "NoAnswer", "Normal"], story.Attempts.Select(a => a.Reason));
        Assert.Equal(200, caller.Received("INVITE")[^1]);
        Assert.Single(caller.FinalStatuses);
    }

    [Fact]
    public async Task Number_without_a_gateway_gets_503_and_says_why()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Answering);

        await call.CallAsync("uac_expect_final", o => o with { Status = 503, Callee = "999" + call.Callee });

        var story = (await call.SettleOneAsync()).ShouldEnd("NoAvailableRouter", "server", 503);
        Assert.Empty(story.Attempts);
        Assert.Contains("No routing gateway has a prefix of 999", story.Trace, StringComparison.Ordinal);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static void InOrder(string text, params ReadOnlySpan<string> parts)
    {
        var at = 0;
        foreach (var part in parts)
        {
            var found = text.IndexOf(part, at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"'{part}' is missing, or in the wrong place, in:\n{text}");
            at = found + part.Length;
        }
    }
}
