using Tandem.Routing.Calls;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Shared.Configuration;

namespace Tandem.Routing.Tests.Calls;

/// <summary>RFC 4028 on each leg for itself: who refreshes, by what, and what happens when nobody does.</summary>
public sealed class SessionTimerTests
{
    private const string Timer = "Supported: timer\r\nAllow: INVITE, ACK, BYE, UPDATE\r\n";
    private static readonly LegId Vendor = new(1);
    private CallScene _scene = new();

    [Fact]
    public void Offers_the_vendor_the_configured_interval_and_agrees_on_the_callers()
    {
        Talk(caller: "Supported: timer\r\nSession-Expires: 300\r\n");
        var invite = CallScene.Ascii(_scene.Sent[0].Message.Raw.Span);
        Assert.Contains("Session-Expires: 600\r\n", invite, StringComparison.Ordinal);
        Assert.Contains("Min-SE: 90\r\n", invite, StringComparison.Ordinal);
        Assert.Contains("Supported: 100rel, timer\r\n", invite, StringComparison.Ordinal);
        Assert.Contains("Session-Expires: 300;refresher=uas\r\n", Ok().Headers, StringComparison.Ordinal);
        Assert.Contains("Require: timer\r\n", Ok().Headers, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Supported: timer\r\nSession-Expires: 1800;refresher=uac\r\n", "Session-Expires: 600;refresher=uac")]
    [InlineData("Supported: timer\r\nSession-Expires: 1800\r\nMin-SE: 900\r\n", "Session-Expires: 900;refresher=uas")]
    [InlineData("Supported: timer\r\n", "Session-Expires: 600;refresher=uas")]
    [InlineData("", "")]
    [InlineData("Session-Expires: 1800\r\n", "")]
    public void Agrees_on_what_both_can(string asked, string agreed)
    {
        Talk(caller: asked);
        if (agreed.Length == 0) Assert.DoesNotContain("Session-Expires", Ok().Headers, StringComparison.Ordinal);
        else Assert.Contains(agreed + "\r\n", Ok().Headers, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_too_short_an_interval_with_422_and_Min_SE()
    {
        _scene.Invite(headers: "Supported: timer\r\nSession-Expires: 60\r\n");
        Assert.Equal([422], _scene.CallerStatuses);
        Assert.Contains("Min-SE: 90\r\n", _scene.Responses[^1].Headers, StringComparison.Ordinal);
        Assert.Equal(EndReason.ProtocolLimit, _scene.Record.EndReason);
    }

    [Fact]
    public void Sends_the_INVITE_again_with_the_interval_that_a_vendor_asks_for_in_422()
    {
        _scene.StartAndAuthorise();
        _scene.GrantVendor("v1", 1);
        _scene.VendorResponds(1, 422, headers: "Min-SE: 1200\r\n");
        var again = _scene.Sent[^1].Message;
        Assert.Equal(2u, again.CSeqNumber);
        Assert.Equal(CallScene.Ascii(_scene.Sent[0].Message.CallId), CallScene.Ascii(again.CallId));
        Assert.Contains("Session-Expires: 1200\r\nMin-SE: 1200\r\n", CallScene.Ascii(again.Raw.Span), StringComparison.Ordinal);
        _scene.VendorResponds(1, 422, headers: "Min-SE: 1200\r\n"); // It does not know what it wants.
        Assert.Equal([503], _scene.CallerStatuses); // Not 422: the caller's own interval is not what it was about.
    }

    [Fact]
    public void Refreshes_both_legs_at_half_of_the_interval_by_UPDATE_where_it_is_allowed()
    {
        Talk(caller: Timer + "Session-Expires: 600\r\n", vendor: Timer + "Session-Expires: 400;refresher=uac\r\n");
        _scene.Advance(TimeSpan.FromSeconds(200.1));
        var update = CallScene.Ascii(Assert.Single(_scene.To(Vendor, "UPDATE")).Raw.Span);
        Assert.Contains("Session-Expires: 400;refresher=uac\r\n", update, StringComparison.Ordinal);
        Assert.Empty(_scene.To(LegId.A, "UPDATE"));
        _scene.VendorResponds(1, 200, "UPDATE", headers: "Session-Expires: 400;refresher=uac\r\n");
        _scene.Advance(TimeSpan.FromSeconds(150));
        Assert.Single(_scene.To(Vendor, "UPDATE"));
        Assert.Single(_scene.To(LegId.A, "UPDATE"));
    }

    [Fact]
    public void Refreshes_by_re_INVITE_with_the_same_session_description_where_UPDATE_is_not_allowed()
    {
        Talk(caller: "Supported: timer\r\n");
        _scene.Advance(TimeSpan.FromSeconds(300.1));
        var reInvite = Assert.Single(_scene.To(LegId.A, "INVITE"));
        Assert.Equal(CallScene.Sdp, CallScene.Ascii(reInvite.Body.Span));
        _scene.CallerResponds(200, "INVITE", CallScene.Sdp, "Session-Expires: 600;refresher=uac\r\n");
        Assert.Equal(LegId.A, _scene.Acks[^1].Leg);
        _scene.Advance(TimeSpan.FromSeconds(400));
        Assert.Equal(2, _scene.To(LegId.A, "INVITE").Count);
        Assert.Equal(CallPhase.Answered, _scene.Machine.Phase);
    }

    [Fact]
    public void Divides_the_interval_by_the_configured_segments()
    {
        _scene = With("SS_SIP_SESSION_UPDATE_SEGMENT", "10");
        Talk(caller: Timer);
        _scene.Advance(TimeSpan.FromSeconds(60.1));
        Assert.Single(_scene.To(LegId.A, "UPDATE"));
    }

    [Fact]
    public void Ends_both_sides_before_the_session_expires_when_the_peer_stops_refreshing()
    {
        Talk(caller: Timer + "Session-Expires: 600;refresher=uac\r\n");
        _scene.Advance(TimeSpan.FromSeconds(567.9));
        Assert.Equal(CallPhase.Answered, _scene.Machine.Phase);
        _scene.Late = TimeSpan.FromSeconds(3); // The scheduler is busy.
        _scene.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Single(_scene.To(LegId.A, "BYE"));
        Assert.Single(_scene.To(Vendor, "BYE"));
        Assert.All(_scene.Charges, c => Assert.Equal(TimeSpan.FromSeconds(568), c.TalkTime));
        _scene.AnswerCharges();
        Assert.Equal((EndReason.SessionTimeout, EndDirection.Server), (_scene.Record.EndReason, _scene.Record.EndDirection));
    }

    [Fact]
    public void Hangs_up_earlier_when_SS_SIP_SESSION_TIMEOUT_EARLY_HANGUP_says_so()
    {
        _scene = With("SS_SIP_SESSION_TIMEOUT_EARLY_HANGUP", "100");
        Talk(caller: Timer + "Session-Expires: 600;refresher=uac\r\n");
        _scene.Advance(TimeSpan.FromSeconds(500.1));
        Assert.Equal(CallPhase.Ending, _scene.Machine.Phase);
    }

    [Fact]
    public void Goes_on_as_long_as_the_peer_refreshes()
    {
        Talk(caller: Timer + "Session-Expires: 600;refresher=uac\r\n");
        for (var i = 0; i < 5; i++)
        {
            _scene.Advance(TimeSpan.FromSeconds(500));
            var refresh = _scene.CallerSends("UPDATE", headers: Timer + "Session-Expires: 600;refresher=uac\r\n");
            Assert.Equal(200, _scene.Answer(refresh).Status);
            Assert.Contains("Session-Expires: 600;refresher=uac", _scene.Answer(refresh).Headers, StringComparison.Ordinal);
        }

        Assert.Empty(_scene.To(Vendor, "UPDATE")); // A refresh is of one leg.
        Assert.Equal(CallPhase.Answered, _scene.Machine.Phase);
    }

    [Theory]
    [InlineData(408)]
    [InlineData(481)]
    [InlineData(0)]
    public void Ends_the_call_when_the_refresh_finds_a_dead_peer(int status)
    {
        Talk(vendor: Timer + "Session-Expires: 600;refresher=uac\r\n");
        _scene.Advance(TimeSpan.FromSeconds(300.1));
        if (status > 0) _scene.VendorResponds(1, status, "UPDATE");
        else _scene.Machine.RequestTimedOut(_scene.Sent[^1].Key, _scene.Now);
        Assert.Equal(CallPhase.Ending, _scene.Machine.Phase);
        _scene.AnswerCharges();
        Assert.Equal(EndReason.SessionTimeout, _scene.Record.EndReason);
    }

    [Fact]
    public void Tries_a_refresh_again_after_491_in_the_time_of_the_owner_of_the_Call_ID()
    {
        Talk(vendor: Timer + "Session-Expires: 600;refresher=uac\r\n");
        _scene.Advance(TimeSpan.FromSeconds(300.1));
        _scene.VendorResponds(1, 491, "UPDATE");
        _scene.Advance(TimeSpan.FromSeconds(2));
        Assert.Single(_scene.To(Vendor, "UPDATE"));
        _scene.Advance(TimeSpan.FromSeconds(2.1));
        Assert.Equal(2, _scene.To(Vendor, "UPDATE").Count);
    }

    [Fact]
    public void Takes_a_re_INVITE_when_the_peer_does_not_know_UPDATE_after_all()
    {
        Talk(vendor: Timer + "Session-Expires: 600;refresher=uac\r\n");
        _scene.Advance(TimeSpan.FromSeconds(300.1));
        _scene.VendorResponds(1, 405, "UPDATE");
        _scene.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(2, _scene.To(Vendor, "INVITE").Count);
    }

    [Fact]
    public void Asks_for_a_longer_interval_when_the_refresh_gets_422()
    {
        Talk(vendor: Timer + "Session-Expires: 600;refresher=uac\r\n");
        _scene.Advance(TimeSpan.FromSeconds(300.1));
        _scene.VendorResponds(1, 422, "UPDATE", headers: "Min-SE: 700\r\n");
        _scene.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Contains(
            "Session-Expires: 700;refresher=uac", CallScene.Ascii(_scene.To(Vendor, "UPDATE")[^1].Raw.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void Neither_offers_nor_takes_a_timer_when_the_gateways_have_it_off()
    {
        _scene = new CallScene(c => c with
        {
            MappingGateways = [c.MappingGateways[0] with { SipTimer = false }],
            RoutingGateways = [c.RoutingGateways[0] with { SipTimer = false }],
        });
        Talk(caller: Timer + "Session-Expires: 600\r\n", vendor: Timer + "Session-Expires: 600;refresher=uac\r\n");
        Assert.DoesNotContain("Session-Expires", CallScene.Ascii(_scene.Sent[0].Message.Raw.Span), StringComparison.Ordinal);
        Assert.DoesNotContain("timer", Ok().Headers, StringComparison.Ordinal);
        Assert.DoesNotContain(CallTimer.VendorSession, _scene.Timers.Keys);
        Assert.DoesNotContain(CallTimer.CallerSession, _scene.Timers.Keys);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(Timer, false)]
    public void Longest_talk_time_is_for_callers_without_timer(string caller, bool cut)
    {
        _scene = With("SS_SIP_NO_TIMER_REINVITE_INTERVAL", "30");
        Talk(caller: caller);
        _scene.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(cut ? CallPhase.Ending : CallPhase.Answered, _scene.Machine.Phase);
    }

    [Fact]
    public void Carried_re_INVITE_has_the_timer_of_its_own_leg_on_each_side()
    {
        Talk(caller: Timer + "Session-Expires: 600;refresher=uac\r\n", vendor: Timer + "Session-Expires: 200;refresher=uas\r\n");
        var reInvite = _scene.CallerSends("INVITE", CallScene.Sdp, headers: Timer + "Session-Expires: 500;refresher=uac\r\n");
        Assert.Contains(
            "Session-Expires: 200;refresher=uas\r\n", CallScene.Ascii(_scene.To(Vendor, "INVITE")[^1].Raw.Span), StringComparison.Ordinal);
        _scene.VendorResponds(1, 200, body: CallScene.Sdp, headers: "Session-Expires: 200;refresher=uas\r\n");
        Assert.Contains("Session-Expires: 500;refresher=uac\r\n", _scene.Answer(reInvite).Headers, StringComparison.Ordinal);
    }

    private static CallScene With(string parameter, string value) =>
        new(c => c with { SystemParameters = c.SystemParameters.Add(parameter, value) });

    // Money for an hour, so that it is not the money that ends the talk.
    private void Talk(string caller = "", string vendor = "")
    {
        _scene.StartAndAuthorise(heldSeconds: 36_000, headers: caller);
        _scene.GrantVendor("v1", 1);
        _scene.VendorResponds(1, 200, body: CallScene.Sdp, headers: vendor);
        _scene.CallerAcks();
    }

    private (ServerRequest Request, int Status, string Headers, string Body) Ok() => _scene.Answer(1);
}
