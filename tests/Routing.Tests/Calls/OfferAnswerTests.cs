using Tandem.Routing.Calls;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Shared.Configuration;

namespace Tandem.Routing.Tests.Calls;

/// <summary>Offers and answers through the two dialogs (RFC 3264, 3311, 6141, 6337), and what else is carried in them.</summary>
public sealed class OfferAnswerTests
{
    private const string Update = "Allow: INVITE, ACK, BYE, UPDATE\r\n";
    private const string NoUpdate = "Allow: INVITE, ACK, BYE\r\n";
    private const string Rel = "Supported: 100rel\r\n";
    private static readonly LegId Vendor = new(1);
    private CallScene _scene = new();

    [Fact]
    public void Carries_an_UPDATE_with_an_offer_in_early_dialogs_once_the_first_offer_is_answered()
    {
        Early(Rel + Update, Update);
        var update = _scene.CallerSends("UPDATE", CallScene.Sdp);
        _scene.VendorResponds(1, 200, "UPDATE", CallScene.Sdp);
        Assert.Equal((200, CallScene.Sdp), (_scene.Answer(update).Status, _scene.Answer(update).Body));
        var back = _scene.VendorSends(1, "UPDATE", 1, CallScene.Sdp);
        _scene.CallerResponds(200, "UPDATE", CallScene.Sdp);
        Assert.Equal(200, _scene.Answer(back).Status);
    }

    [Fact]
    public void Refuses_an_early_UPDATE_that_the_other_side_cannot_get()
    {
        Early(Rel + Update, NoUpdate);
        var update = _scene.CallerSends("UPDATE", CallScene.Sdp);
        Assert.Equal(488, _scene.Answer(update).Status);
        Assert.Equal(200, _scene.Answer(_scene.CallerSends("UPDATE")).Status); // Without an offer it ends here.
    }

    [Fact]
    public void Asks_to_come_again_with_an_offer_before_the_first_one_is_answered()
    {
        _scene.StartAndAuthorise(headers: Update);
        _scene.GrantVendor("v1", 1);
        _scene.VendorResponds(1, 180, headers: Update);
        foreach (var method in (string[])["UPDATE", "INVITE"])
        {
            var answer = _scene.Answer(_scene.CallerSends(method, CallScene.Sdp));
            Assert.Equal(500, answer.Status);
            Assert.Contains("Retry-After: ", answer.Headers, StringComparison.Ordinal);
        }

        Assert.Equal(491, _scene.Answer(_scene.VendorSends(1, "UPDATE", 1, CallScene.Sdp)).Status);
    }

    [Fact]
    public void Second_offer_of_one_side_gets_500_and_one_that_crosses_gets_491()
    {
        Talk();
        _scene.CallerSends("INVITE", CallScene.Sdp);
        Assert.Equal(500, _scene.Answer(_scene.CallerSends("INVITE", CallScene.Sdp)).Status);
        Assert.Equal(491, _scene.Answer(_scene.VendorSends(1, "UPDATE", 1, CallScene.Sdp)).Status);
    }

    [Fact]
    public void An_offer_that_crosses_a_refresh_of_ours_gets_491_on_both_legs()
    {
        Talk(vendor: Update + "Session-Expires: 600;refresher=uac\r\n");
        _scene.Advance(TimeSpan.FromSeconds(300.1));
        Assert.Equal(491, _scene.Answer(_scene.VendorSends(1, "INVITE", 1, CallScene.Sdp)).Status);
        Assert.Equal(491, _scene.Answer(_scene.CallerSends("INVITE", CallScene.Sdp)).Status);
    }

    [Fact]
    public void Passes_491_of_the_far_side_to_the_near_one()
    {
        Talk();
        var offer = _scene.CallerSends("INVITE", CallScene.Sdp);
        _scene.VendorResponds(1, 491);
        Assert.Equal(491, _scene.Answer(offer).Status);
        var again = _scene.CallerSends("INVITE", CallScene.Sdp);
        _scene.VendorResponds(1, 200, body: CallScene.Sdp);
        Assert.Equal(200, _scene.Answer(again).Status);
    }

    [Fact]
    public void Carries_an_UPDATE_as_re_INVITE_to_a_side_without_UPDATE_and_acknowledges_it_itself()
    {
        Talk(vendor: NoUpdate);
        var update = _scene.CallerSends("UPDATE", CallScene.Sdp);
        Assert.Equal(2, _scene.To(Vendor, "INVITE").Count);
        var acks = _scene.Acks.Count;
        _scene.VendorResponds(1, 200, body: CallScene.Sdp);
        Assert.Equal((200, CallScene.Sdp), (_scene.Answer(update).Status, _scene.Answer(update).Body));
        Assert.Equal(acks + 1, _scene.Acks.Count);
    }

    [Fact]
    public void Carries_a_re_INVITE_without_offer_and_its_answer_in_ACK()
    {
        Talk();
        var empty = _scene.CallerSends("INVITE");
        Assert.True(_scene.To(Vendor, "INVITE")[^1].Body.IsEmpty);
        _scene.VendorResponds(1, 200, body: CallScene.Sdp);
        Assert.Equal(CallScene.Sdp, _scene.Answer(empty).Body);
        _scene.CallerAcks(2, CallScene.Sdp);
        Assert.Equal(CallScene.Sdp, CallScene.Ascii(_scene.Acks[^1].Message.Body.Span));
    }

    [Fact]
    public void Carries_the_CANCEL_of_a_re_INVITE_and_the_call_goes_on()
    {
        Talk();
        var offer = _scene.CallerSends("INVITE", CallScene.Sdp);
        _scene.Machine.Cancelled(new CallCommands.Cancel(_scene.Id, new(0, offer), ""), _scene.Now);
        Assert.Equal(_scene.Sent[^1].Key, Assert.Single(_scene.Cancels));
        _scene.VendorResponds(1, 487);
        Assert.Equal(487, _scene.Answer(offer).Status);
        Assert.Equal(CallPhase.Answered, _scene.Machine.Phase);
    }

    [Theory]
    [InlineData(481)]
    [InlineData(408)]
    public void Ends_the_call_when_a_carried_re_INVITE_finds_no_dialog(int status)
    {
        Talk();
        _scene.CallerSends("INVITE", CallScene.Sdp);
        _scene.VendorResponds(1, status);
        Assert.Single(_scene.To(LegId.A, "BYE"));
        _scene.AnswerCharges();
        Assert.Equal(EndReason.ConnectionTimeout, _scene.Record.EndReason);
    }

    [Theory]
    [InlineData("MESSAGE", "")]
    [InlineData("INFO", "Info-Package: dtmf\r\n")]
    [InlineData("NOTIFY", "Event: talk\r\nSubscription-State: active\r\n")]
    public void Carries_body_and_headers_of_what_is_no_offer(string method, string headers)
    {
        Talk();
        var sent = _scene.CallerSends(method, CallScene.Sdp, headers: headers);
        var carried = CallScene.Ascii(Assert.Single(_scene.To(Vendor, method)).Raw.Span);
        Assert.EndsWith(CallScene.Sdp, carried, StringComparison.Ordinal);
        Assert.Contains("Content-Type: application/sdp\r\n", carried, StringComparison.Ordinal);
        Assert.Contains(headers, carried, StringComparison.Ordinal);
        _scene.VendorResponds(1, 200, method);
        Assert.Equal(200, _scene.Answer(sent).Status);
    }

    [Theory]
    [InlineData("REFER")]
    [InlineData("SUBSCRIBE")]
    public void Refuses_with_405_what_is_not_carried_and_says_what_is(string method)
    {
        Talk();
        var answer = _scene.Answer(_scene.CallerSends(method, headers: "Refer-To: <sip:1@10.0.0.1>\r\n"));
        Assert.Equal(405, answer.Status);
        Assert.Contains("INFO", answer.Headers, StringComparison.Ordinal);
        Assert.DoesNotContain(method, answer.Headers, StringComparison.Ordinal);
    }

    [Fact]
    public void Carries_REFER_where_the_gateway_says_so_and_its_NOTIFY_back()
    {
        _scene = new CallScene(c => c with { MappingGateways = [c.MappingGateways[0] with { SipRefer = ReferMode.Carry }] });
        Talk();
        var refer = _scene.CallerSends("REFER", headers: "Refer-To: <sip:4420@10.0.0.1>\r\nReferred-By: <sip:ann@10.0.0.1>\r\n");
        var carried = Assert.Single(_scene.To(Vendor, "REFER"));
        var text = CallScene.Ascii(carried.Raw.Span);
        Assert.Contains("Refer-To: <sip:4420@192.0.2.1:5060>\r\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("10.0.0.1", text, StringComparison.Ordinal);
        _scene.VendorResponds(1, 202, "REFER");
        Assert.Equal(202, _scene.Answer(refer).Status);
        var notify = _scene.VendorSends(
            1, "NOTIFY", 1, headers: $"Event: refer;id={carried.CSeqNumber}\r\nSubscription-State: terminated;reason=noresource\r\n");
        Assert.Contains("Event: refer;id=2\r\n", CallScene.Ascii(_scene.To(LegId.A, "NOTIFY")[0].Raw.Span), StringComparison.Ordinal);
        _scene.CallerResponds(200, "NOTIFY");
        Assert.Equal(200, _scene.Answer(notify).Status);
        Assert.Equal(403, _scene.Answer(_scene.CallerSends("REFER", headers: "Refer-To: <sip:1@b?Replaces=x>\r\n")).Status);
    }

    [Fact]
    public void A_vendor_that_was_given_up_can_end_nothing()
    {
        _scene.StartAndAuthorise();
        _scene.GrantVendor("v1", 1);
        _scene.VendorResponds(1, 100);
        _scene.Advance(TimeSpan.FromSeconds(20.1)); // Silent after 100: the next gateway.
        _scene.GrantVendor("v2", 2);
        _scene.VendorResponds(1, 200, body: CallScene.Sdp);
        Assert.Equal(200, _scene.Answer(_scene.VendorSends(1, "BYE", 1)).Status);
        _scene.VendorResponds(2, 200, body: CallScene.Sdp);
        Assert.Equal([200], _scene.CallerStatuses);
    }

    [Fact]
    public void Says_on_each_leg_what_its_gateway_has_switched_on()
    {
        _scene = new CallScene(c => c with
        {
            MappingGateways = [c.MappingGateways[0] with { Sip100Rel = false, SipRefer = ReferMode.Carry }],
            RoutingGateways = [c.RoutingGateways[0] with { SipTimer = false }],
        });
        Talk();
        var invite = CallScene.Ascii(_scene.Sent[0].Message.Raw.Span);
        Assert.Contains("Supported: 100rel\r\n", invite, StringComparison.Ordinal);
        Assert.DoesNotContain("REFER", invite, StringComparison.Ordinal);
        var answer = _scene.Answer(1).Headers;
        Assert.Contains("Supported: timer\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("REFER", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("PRACK", answer, StringComparison.Ordinal);
    }

    private void Early(string caller, string vendor)
    {
        _scene.StartAndAuthorise(headers: caller);
        _scene.GrantVendor("v1", 1);
        _scene.VendorResponds(1, 183, body: CallScene.Sdp, headers: vendor + "Require: 100rel\r\nRSeq: 1\r\n");
        var rseq = _scene.Responses[^1].Headers.Split("RSeq: ")[1].Split('\r')[0];
        Assert.Equal(200, _scene.Answer(_scene.CallerSends("PRACK", headers: $"RAck: {rseq} 1 INVITE\r\n")).Status);
    }

    private void Talk(string vendor = "")
    {
        _scene.StartAndAuthorise(heldSeconds: 3_600);
        _scene.GrantVendor("v1", 1);
        _scene.VendorResponds(1, 200, body: CallScene.Sdp, headers: vendor);
        _scene.CallerAcks();
    }
}
