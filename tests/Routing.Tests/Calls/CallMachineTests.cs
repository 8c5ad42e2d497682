using System.Collections.Immutable;
using Tandem.Routing.Calls;
using Tandem.Shared;
using Tandem.Shared.Accounts;
using Tandem.Shared.Blacklist;
using Tandem.Shared.Calls;
using Tandem.Shared.Cdr;
using Tandem.Shared.Configuration;

namespace Tandem.Routing.Tests.Calls;

public sealed class CallMachineTests
{
    private readonly CallScene _scene = new();

    [Fact]
    public void Carries_a_call_from_INVITE_to_record()
    {
        _scene.StartAndAuthorise();
        _scene.GrantVendor("v1", 1);
        var invite = Assert.Single(_scene.Sent);
        Assert.Equal("10.1.0.1:5060", invite.Remote);
        Assert.Equal("sip:442012345678@10.1.0.1", CallScene.Ascii(invite.Message.RequestUri));
        Assert.Equal(CallScene.Sdp, CallScene.Ascii(invite.Message.Body.Span));
        Assert.Equal(69, invite.Message.MaxForwards);

        _scene.VendorResponds(1, 100);
        _scene.VendorResponds(1, 180);
        _scene.Advance(TimeSpan.FromSeconds(2));
        _scene.VendorResponds(1, 200, body: CallScene.Sdp);
        Assert.Equal([180, 200], _scene.CallerStatuses);
        Assert.Equal(CallScene.Sdp, _scene.Responses[^1].Body);
        Assert.Equal(new LegId(1), Assert.Single(_scene.Acks).Leg);

        _scene.CallerAcks();
        _scene.Advance(TimeSpan.FromSeconds(5));
        var bye = _scene.CallerSends("BYE");
        Assert.Equal(200, _scene.Responses.Single(r => r.Request.Id.Number == bye).Status);
        Assert.Contains((GatewayId.Routing("v1"), (byte)1), _scene.Lines); // Until the vendor has confirmed.
        _scene.VendorResponds(1, 200, "BYE");
        Assert.Empty(_scene.Lines);
        Assert.Equal([ChargeKind.Customer, ChargeKind.Clearing], _scene.Charges.Select(c => c.Kind));
        Assert.All(_scene.Charges, c => Assert.Equal(TimeSpan.FromSeconds(5), c.TalkTime));
        Assert.Empty(_scene.Records);
        _scene.AnswerCharges();
        _scene.AcceptRecord();

        var record = _scene.Record;
        Assert.Equal((EndReason.Normal, EndDirection.Caller, 5), (record.EndReason, record.EndDirection, record.HoldTimeSeconds));
        Assert.Equal(7, record.ConfigurationVersion);
        Assert.Equal(("v1", 200), (Assert.Single(record.Attempts).RoutingGateway, record.Attempts[0].SipStatus));
        Assert.Equal(1, _scene.FinishedCount);
        Assert.False(_scene.MoneyHeld);
        Assert.Empty(_scene.Timers);
    }

    [Fact]
    public void Hides_each_side_from_the_other()
    {
        _scene.StartAndAuthorise();
        _scene.GrantVendor("v1", 1);
        var invite = _scene.Sent[0].Message;
        var head = CallScene.Ascii(invite.Raw.Span[..^invite.Body.Length]);
        Assert.DoesNotContain("10.0.0.1", head, StringComparison.Ordinal);
        Assert.DoesNotContain("c1@", head, StringComparison.Ordinal);
        _scene.VendorResponds(1, 200, body: CallScene.Sdp);
        Assert.DoesNotContain("10.1.0.1", _scene.Responses[^1].Headers, StringComparison.Ordinal);
        Assert.Contains($"<sip:{_scene.Id}a@192.0.2.1:5060>", _scene.Responses[^1].Headers, StringComparison.Ordinal);
    }

    [Fact]
    public void Tries_the_next_gateway_after_503_and_the_caller_hears_one_call()
    {
        _scene.StartAndAuthorise();
        _scene.GrantVendor("v1", 1);
        _scene.VendorResponds(1, 503);
        Assert.Equal((GatewayId.Routing("v2"), (byte)2), _scene.Asked[^1]);
        Assert.DoesNotContain(_scene.Lines, l => l.Gateway == GatewayId.Routing("v1"));
        _scene.GrantVendor("v2", 2);
        _scene.VendorResponds(2, 200, body: CallScene.Sdp);
        Assert.Equal([200], _scene.CallerStatuses);
        _scene.VendorSends(2, "BYE", 1);
        _scene.CallerResponds(200, "BYE");
        _scene.AnswerCharges();
        var record = _scene.Record;
        Assert.Equal([503, 200], record.Attempts.Select(a => a.SipStatus));
        Assert.Equal(EndDirection.Callee, record.EndDirection);
        Assert.Contains(record.Trace, line => line.Contains("v1 answered 503", StringComparison.Ordinal));
    }

    [Fact]
    public void Abandons_a_silent_gateway_after_the_INVITE_timeout()
    {
        _scene.StartAndAuthorise();
        _scene.GrantVendor("v1", 1);
        _scene.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Empty(_scene.Abandoned);
        _scene.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Single(_scene.Abandoned);
        Assert.Equal((GatewayId.Routing("v2"), (byte)2), _scene.Asked[^1]);
        _scene.Machine.RequestTimedOut(_scene.Sent[0].Key, _scene.Now); // The edge reports the end of the abandoned INVITE.
        _scene.GrantVendor("v2", 2);
        _scene.VendorResponds(2, 486);
        Assert.Equal([486], _scene.CallerStatuses);
        Assert.Equal(EndReason.GatewayTimeout, _scene.Record.Attempts[0].Reason);
    }

    [Theory]
    [InlineData(100, 20)]
    [InlineData(180, 120)]
    [InlineData(183, 20)]
    public void Waits_for_each_stage_as_long_as_its_parameter_says(int status, int seconds)
    {
        _scene.StartAndAuthorise();
        _scene.GrantVendor("v1", 1);
        _scene.VendorResponds(1, status);
        _scene.Advance(TimeSpan.FromSeconds(seconds - 0.1));
        Assert.Empty(_scene.Cancels);
        _scene.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Single(_scene.Cancels);
    }

    [Fact]
    public void Cancels_the_vendor_when_the_caller_cancels_and_keeps_the_line_until_its_487()
    {
        _scene.StartAndAuthorise();
        _scene.GrantVendor("v1", 1);
        _scene.VendorResponds(1, 180);
        _scene.CallerCancels();
        Assert.Equal([180, 487], _scene.CallerStatuses);
        Assert.Equal(_scene.Sent[0].Key, Assert.Single(_scene.Cancels));
        Assert.Equal((GatewayId.Routing("v1"), (byte)1), Assert.Single(_scene.Lines));
        Assert.False(_scene.MoneyHeld);
        _scene.AcceptRecord();
        Assert.Equal(0, _scene.FinishedCount);
        _scene.VendorResponds(1, 487);
        Assert.Empty(_scene.Lines);
        Assert.Equal(1, _scene.FinishedCount);
        Assert.Equal((EndReason.CallerCancelled, EndDirection.Caller), (_scene.Record.EndReason, _scene.Record.EndDirection));
        Assert.Empty(_scene.Charges);
    }

    [Fact]
    public void Ends_a_200_that_crossed_the_CANCEL_with_ACK_and_BYE()
    {
        _scene.StartAndAuthorise();
        _scene.GrantVendor("v1", 1);
        _scene.VendorResponds(1, 180);
        _scene.CallerCancels();
        _scene.AcceptRecord();
        _scene.VendorResponds(1, 200, body: CallScene.Sdp);
        Assert.Single(_scene.Acks);
        Assert.Equal("BYE", CallScene.Ascii(_scene.Sent[^1].Message.MethodToken));
        Assert.Single(_scene.Lines);
        _scene.VendorResponds(1, 200, "BYE");
        Assert.Empty(_scene.Lines);
        Assert.Equal(1, _scene.FinishedCount);
        Assert.Empty(_scene.Charges);
    }

    [Fact]
    public void Answers_both_when_both_hang_up_at_once()
    {
        Talking();
        var callers = _scene.CallerSends("BYE");
        var vendors = _scene.VendorSends(1, "BYE", 1);
        Assert.Equal(200, _scene.Responses.Single(r => r.Request.Id.Number == callers).Status);
        Assert.Equal(200, _scene.Responses.Single(r => r.Request.Id.Number == vendors).Status);
        Assert.Empty(_scene.Lines);
        _scene.AnswerCharges();
        _scene.AcceptRecord();
        Assert.Equal(1, _scene.FinishedCount);
        Assert.Equal(2, _scene.Charges.Count);
        Assert.Equal(EndDirection.Caller, _scene.Record.EndDirection);
    }

    [Fact]
    public void Gives_everything_back_when_a_peer_never_answers_the_BYE()
    {
        Talking();
        _scene.CallerSends("BYE");
        _scene.AnswerCharges();
        _scene.AcceptRecord();
        _scene.Advance(CallLimits.Linger);
        Assert.Empty(_scene.Lines);
        Assert.Equal(1, _scene.FinishedCount);
    }

    [Fact]
    public void Says_AllGatewayBusy_when_all_that_match_are_full()
    {
        _scene.StartAndAuthorise();
        _scene.Refuse(GatewayId.Routing("v1"), 1, EndReason.AllGatewayBusy);
        _scene.Refuse(GatewayId.Routing("v2"), 1, EndReason.AllGatewayBusy);
        Assert.Equal([503], _scene.CallerStatuses);
        Assert.Contains("Q.850;cause=34;text=\"AllGatewayBusy\"", _scene.Responses[^1].Headers, StringComparison.Ordinal);
        Assert.Equal(EndReason.AllGatewayBusy, _scene.Record.EndReason);
        Assert.Empty(_scene.Lines);
        Assert.False(_scene.MoneyHeld);
    }

    [Fact]
    public void Says_NoAvailableRouter_when_no_prefix_matches()
    {
        _scene.StartAndAuthorise("33123");
        Assert.Equal([503], _scene.CallerStatuses);
        Assert.Equal((EndReason.NoAvailableRouter, EndDirection.Server), (_scene.Record.EndReason, _scene.Record.EndDirection));
    }

    [Fact]
    public void Refuses_over_the_customers_line_limit_before_it_asks_the_account()
    {
        _scene.Invite();
        _scene.Refuse(GatewayId.Mapping("in"), 0, EndReason.ConnectionLimitExceeded);
        Assert.Equal([503], _scene.CallerStatuses);
        Assert.Equal(EndReason.ConnectionLimitExceeded, _scene.Record.EndReason);
    }

    [Fact]
    public void Asks_the_whole_switch_first_when_SS_MAX_CPS_is_set()
    {
        var scene = new CallScene(c => c with { SystemParameters = c.SystemParameters.Add("SS_MAX_CPS", "5") });
        scene.Invite();
        Assert.Equal((GatewayId.WholeSwitch, (byte)0), Assert.Single(scene.Asked));
        scene.Refuse(GatewayId.WholeSwitch, 0, EndReason.SystemCpsLimit);
        Assert.Equal([503], scene.CallerStatuses);
        Assert.Contains("Retry-After: 1", scene.Responses[^1].Headers, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_black_listed_callee_and_reports_the_try()
    {
        _scene.Blacklist.Entry = new BlacklistEntry(
            "442012345678", NumberRole.Callee, null, BlacklistCause.MaliciousCallee, _scene.Now, _scene.Now,
            _scene.Now.AddHours(1), 6);
        _scene.Invite();
        Assert.Equal([603], _scene.CallerStatuses);
        Assert.Empty(_scene.Asked);
        Assert.True(Assert.Single(_scene.Observed).Refused);
        Assert.Equal(EndReason.BlackList, _scene.Record.EndReason);
    }

    [Fact]
    public void Lets_a_white_listed_number_pass_the_black_list()
    {
        var scene = new CallScene(c => c with { SystemWhiteList = ["442012345678"] });
        scene.Blacklist.Entry = new BlacklistEntry(
            "442012345678", NumberRole.Callee, null, BlacklistCause.MaliciousCallee, scene.Now, scene.Now, scene.Now.AddHours(1), 6);
        scene.Invite();
        Assert.Equal((GatewayId.Mapping("in"), (byte)0), Assert.Single(scene.Asked));
    }

    [Fact]
    public void Cuts_at_the_end_of_the_money_and_charges_no_second_more()
    {
        Talking(heldSeconds: 60, last: true);
        _scene.Advance(TimeSpan.FromSeconds(59.9));
        Assert.DoesNotContain(_scene.Sent, s => CallScene.Ascii(s.Message.MethodToken) == "BYE");
        _scene.Late = TimeSpan.FromSeconds(0.2); // The scheduler is busy.
        _scene.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, _scene.Sent.Count(s => CallScene.Ascii(s.Message.MethodToken) == "BYE"));
        Assert.All(_scene.Charges, c => Assert.Equal(TimeSpan.FromSeconds(60), c.TalkTime));
        _scene.AnswerCharges();
        Assert.Equal((EndReason.InsufficientBalance, EndDirection.Server), (_scene.Record.EndReason, _scene.Record.EndDirection));
    }

    [Fact]
    public void Holds_money_slice_by_slice_before_it_runs_out()
    {
        Talking(heldSeconds: 60);
        _scene.Advance(TimeSpan.FromSeconds(51));
        Assert.Equal(120, _scene.Extensions[0]);
        _scene.Machine.Extended(
            new AccountReplies.Extended(new AccountId("alpha"), _scene.Id, new Money(1.2m, new Currency("USD")), 120, false),
            _scene.Now);
        _scene.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(CallPhase.Answered, _scene.Machine.Phase);
    }

    [Fact]
    public void Cuts_when_the_account_stays_silent_and_no_more_money_is_held()
    {
        Talking(heldSeconds: 60);
        _scene.Advance(TimeSpan.FromSeconds(60));
        Assert.True(_scene.Extensions.Count > 5);
        Assert.Equal(CallPhase.Ending, _scene.Machine.Phase);
        _scene.AnswerCharges();
        Assert.Equal(_scene.Record.AnsweredAt + TimeSpan.FromSeconds(60), _scene.Record.EndedAt);
        Assert.Equal(EndReason.SystemUnavailable, _scene.Record.EndReason);
    }

    [Fact]
    public void Cuts_at_the_gateways_own_talk_limit()
    {
        var scene = new CallScene(c => c with { MappingGateways = [c.MappingGateways[0] with { MaxCallDuration = 30 }] });
        scene.StartAndAuthorise();
        scene.GrantVendor("v1", 1);
        scene.VendorResponds(1, 200, body: CallScene.Sdp);
        scene.Advance(TimeSpan.FromSeconds(30));
        scene.AnswerCharges();
        Assert.Equal(EndReason.MaxDuration, scene.Record.EndReason);
    }

    [Fact]
    public void Carries_a_re_INVITE_its_answer_and_its_ACK()
    {
        Talking();
        var transaction = _scene.CallerSends("INVITE", CallScene.Sdp);
        var carried = _scene.Sent[^1];
        Assert.Equal(("INVITE", new LegId(1)), (CallScene.Ascii(carried.Message.MethodToken), carried.Leg));
        Assert.Equal(2u, carried.Message.CSeqNumber);
        var acks = _scene.Acks.Count;
        _scene.VendorResponds(1, 200, body: CallScene.Sdp);
        Assert.Equal(200, _scene.Responses.Single(r => r.Request.Id.Number == transaction).Status);
        Assert.Equal(acks, _scene.Acks.Count);
        _scene.CallerAcks(cseq: 2);
        Assert.Equal(acks + 1, _scene.Acks.Count);
        Assert.Equal(2u, _scene.Acks[^1].Message.CSeqNumber);
    }

    [Fact]
    public void Acknowledges_the_answer_of_a_re_INVITE_when_the_caller_hangs_up_instead()
    {
        Talking();
        _scene.CallerSends("INVITE", CallScene.Sdp);
        _scene.VendorResponds(1, 200, body: CallScene.Sdp);
        var acks = _scene.Acks.Count;
        _scene.CallerSends("BYE");
        Assert.Equal(acks + 1, _scene.Acks.Count);
        Assert.Equal((new LegId(1), 2u), (_scene.Acks[^1].Leg, _scene.Acks[^1].Message.CSeqNumber));
        Assert.Equal("BYE", CallScene.Ascii(_scene.Sent[^1].Message.MethodToken));
    }

    [Fact]
    public void Tells_the_edge_that_repeats_the_200_when_the_ACK_came_in_elsewhere()
    {
        _scene.StartAndAuthorise();
        _scene.GrantVendor("v1", 1);
        _scene.VendorResponds(1, 200, body: CallScene.Sdp);
        _scene.CallerAcks();
        Assert.Empty(_scene.PassedAcks);
        _scene.CallerAcks(matched: false);
        Assert.Equal(1, Assert.Single(_scene.PassedAcks).Id.Number);
    }

    [Fact]
    public void Refuses_the_second_of_two_crossing_re_INVITEs_with_491()
    {
        Talking();
        _scene.CallerSends("INVITE", CallScene.Sdp);
        var crossing = _scene.VendorSends(1, "INVITE", 1, CallScene.Sdp);
        Assert.Equal(491, _scene.Responses.Single(r => r.Request.Id.Number == crossing).Status);
    }

    [Theory]
    [InlineData("UPDATE")]
    [InlineData("INFO")]
    public void Carries_UPDATE_and_INFO_both_ways(string method)
    {
        Talking();
        var fromCaller = _scene.CallerSends(method);
        _scene.VendorResponds(1, 200, method);
        Assert.Equal(200, _scene.Responses.Single(r => r.Request.Id.Number == fromCaller).Status);
        var fromVendor = _scene.VendorSends(1, method, 1);
        Assert.Equal(LegId.A, _scene.Sent[^1].Leg);
        _scene.CallerResponds(488, method);
        Assert.Equal(488, _scene.Responses.Single(r => r.Request.Id.Number == fromVendor).Status);
    }

    [Fact]
    public void Refuses_a_request_whose_CSeq_goes_back()
    {
        Talking();
        _scene.CallerSends("INFO", cseq: 9);
        var late = _scene.CallerSends("INFO", cseq: 5);
        Assert.Equal(500, _scene.Responses.Single(r => r.Request.Id.Number == late).Status);
    }

    [Fact]
    public void Puts_the_callers_late_answer_into_the_vendors_ACK()
    {
        _scene.StartAndAuthorise(offer: false);
        _scene.GrantVendor("v1", 1);
        _scene.VendorResponds(1, 200, body: CallScene.Sdp);
        Assert.Empty(_scene.Acks);
        _scene.CallerAcks(body: CallScene.Sdp);
        Assert.Equal(CallScene.Sdp, CallScene.Ascii(Assert.Single(_scene.Acks).Message.Body.Span));
    }

    [Fact]
    public void Repeats_the_ACK_when_the_vendor_repeats_its_200()
    {
        Talking();
        var acks = _scene.Acks.Count;
        _scene.VendorResponds(1, 200, body: CallScene.Sdp);
        Assert.Equal(acks + 1, _scene.Acks.Count);
    }

    [Fact]
    public void Ends_a_second_branch_that_answers_with_ACK_and_BYE()
    {
        Talking();
        _scene.VendorResponds(1, 200, body: CallScene.Sdp, tag: "other");
        Assert.Equal("other", CallScene.Ascii(_scene.Acks[^1].Message.ToTag));
        Assert.Equal("BYE", CallScene.Ascii(_scene.Sent[^1].Message.MethodToken));
        Assert.Equal("other", CallScene.Ascii(_scene.Sent[^1].Message.ToTag));
        Assert.Equal(CallPhase.Answered, _scene.Machine.Phase);
    }

    [Fact]
    public void Ends_the_call_when_the_caller_never_acknowledges()
    {
        Talking();
        _scene.Machine.AckTimedOut(new CallCommands.AckTimeout(_scene.Id, LegId.A, default), _scene.Now);
        _scene.AnswerCharges();
        Assert.Equal(EndReason.ConnectionTimeout, _scene.Record.EndReason);
    }

    [Fact]
    public void Repeats_charges_and_record_until_they_are_confirmed()
    {
        Talking();
        _scene.CallerSends("BYE");
        _scene.VendorResponds(1, 200, "BYE");
        _scene.Advance(TimeSpan.FromSeconds(7));
        Assert.True(_scene.Charges.Count(c => c.Kind == ChargeKind.Customer) >= 3);
        _scene.AnswerCharges();
        _scene.Advance(TimeSpan.FromSeconds(7));
        Assert.True(_scene.Records.Count >= 2);
        Assert.Equal(0, _scene.FinishedCount);
        _scene.Machine.RecordDelayed(new CdrReplies.QueueFull(_scene.Id, TimeSpan.FromSeconds(3)));
        _scene.Advance(TimeSpan.FromSeconds(3));
        _scene.AcceptRecord();
        Assert.Equal(1, _scene.FinishedCount);
    }

    [Fact]
    public void Asks_once_more_when_a_permission_has_no_answer_and_then_gives_up()
    {
        _scene.Invite();
        _scene.Advance(CallLimits.AskTimeout);
        Assert.Equal(2, _scene.Asked.Count);
        Assert.Equal(_scene.Asked[0], _scene.Asked[1]);
        _scene.Advance(CallLimits.AskTimeout);
        Assert.Equal([503], _scene.CallerStatuses);
        Assert.Equal(EndReason.SystemUnavailable, _scene.Record.EndReason);
        _scene.GrantMapping(); // Comes after all: it is given back.
        Assert.Empty(_scene.Lines);
    }

    [Fact]
    public void Writes_no_record_of_an_unanswered_call_when_the_operator_says_so()
    {
        var scene = new CallScene(c => c with
        {
            SystemParameters = c.SystemParameters.Add("SERVER_BILLING_RECORD_ZERO_HOLD_TIME", "off"),
        });
        scene.StartAndAuthorise("33123");
        Assert.Empty(scene.Records);
        Assert.Equal(1, scene.FinishedCount);
    }

    [Theory]
    [InlineData(302)]
    [InlineData(407)]
    public void Does_not_pass_a_vendors_redirection_or_challenge_to_the_caller(int status)
    {
        var scene = new CallScene(c => c with
        {
            RoutingGateways = [c.RoutingGateways[0] with { StopSwitchSipCodes = ImmutableArray.Create(status) }],
        });
        scene.StartAndAuthorise();
        scene.GrantVendor("v1", 1);
        scene.VendorResponds(1, status);
        Assert.Equal([503], scene.CallerStatuses);
        Assert.Equal(status, (int)scene.Record.EndReason);
    }

    [Fact]
    public void Cuts_a_call_for_an_operator()
    {
        Talking();
        _scene.Machine.Hangup(new CallCommands.Hangup(_scene.Id, EndReason.OperatorDisconnect, "noc"), _scene.Now);
        Assert.Equal(2, _scene.Sent.Count(s => CallScene.Ascii(s.Message.MethodToken) == "BYE"));
        _scene.AnswerCharges();
        Assert.Equal(EndReason.OperatorDisconnect, _scene.Record.EndReason);
    }

    private void Talking(int heldSeconds = 60, bool last = false)
    {
        _scene.StartAndAuthorise(heldSeconds: heldSeconds, last: last);
        _scene.GrantVendor("v1", 1);
        _scene.VendorResponds(1, 180);
        _scene.VendorResponds(1, 200, body: CallScene.Sdp);
        _scene.CallerAcks();
    }
}
