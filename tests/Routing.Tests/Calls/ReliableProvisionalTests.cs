using System.Text.RegularExpressions;
using Tandem.Routing.Calls;
using Tandem.Shared;
using Tandem.Shared.Calls;

namespace Tandem.Routing.Tests.Calls;

/// <summary>RFC 3262 on each leg for itself.</summary>
public sealed partial class ReliableProvisionalTests
{
    private const string Offer = "Supported: 100rel\r\n";
    private readonly CallScene _scene = new();

    [Fact]
    public void Sends_180_reliably_and_repeats_it_with_doubling_intervals_until_PRACK()
    {
        Ringing(180);
        Assert.Contains("Require: 100rel", _scene.Responses[^1].Headers, StringComparison.Ordinal);
        _scene.Advance(TimeSpan.FromSeconds(0.5 + 1 + 2 + 0.1));
        Assert.Equal([180, 180, 180, 180], _scene.CallerStatuses);

        var prack = Prack(RSeq());
        Assert.Equal(200, _scene.Answer(prack).Status);
        _scene.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(4, _scene.CallerStatuses.Length);
    }

    [Fact]
    public void Ends_the_call_with_504_when_no_PRACK_comes_in_64_T1()
    {
        Ringing(180);
        _scene.Advance(TimeSpan.FromSeconds(33));
        Assert.Equal(504, _scene.CallerStatuses[^1]);
        Assert.Single(_scene.Cancels);
        Assert.Equal((EndReason.ConnectionTimeout, 504), (_scene.Record.EndReason, _scene.Record.CallerSipStatus));
    }

    [Fact]
    public void Has_one_under_way_at_a_time_and_the_next_follows_its_PRACK()
    {
        Ringing(180);
        _scene.VendorResponds(1, 183, body: CallScene.Sdp);
        Assert.Equal([180], _scene.CallerStatuses);
        var first = RSeq();
        Prack(first);
        Assert.Equal([180, 183], _scene.CallerStatuses);
        Assert.Equal(first + 1, RSeq());
    }

    [Fact]
    public void Holds_the_200_back_while_a_session_description_waits_for_PRACK()
    {
        Ringing(183, CallScene.Sdp);
        _scene.VendorResponds(1, 200, body: CallScene.Sdp);
        _scene.VendorResponds(1, 200, body: CallScene.Sdp); // Repeated by the vendor, who has no ACK yet.
        Assert.Equal([183], _scene.CallerStatuses);
        Assert.Empty(_scene.Acks);
        Prack(RSeq());
        Assert.Equal([183, 200], _scene.CallerStatuses);
        Assert.Single(_scene.Acks);
        Assert.Equal(CallPhase.Answered, _scene.Machine.Phase);
    }

    [Fact]
    public void Ends_an_answer_that_was_held_back_when_the_caller_gives_up()
    {
        Ringing(183, CallScene.Sdp);
        _scene.VendorResponds(1, 200, body: CallScene.Sdp);
        _scene.CallerCancels();
        Assert.Equal([183, 487], _scene.CallerStatuses);
        Assert.Single(_scene.Acks);
        Assert.Single(_scene.To(new LegId(1), "BYE"));
        Assert.Empty(_scene.Cancels);
        _scene.VendorResponds(1, 200, "BYE");
        Assert.Empty(_scene.Lines);
    }

    [Fact]
    public void Does_not_hold_the_200_back_for_a_180_without_session_description()
    {
        Ringing(180);
        _scene.VendorResponds(1, 200, body: CallScene.Sdp);
        Assert.Equal([180, 200], _scene.CallerStatuses);
        _scene.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([180, 200], _scene.CallerStatuses);
    }

    [Fact]
    public void Answers_a_PRACK_that_fits_nothing_with_481()
    {
        Ringing(180);
        Assert.Equal(481, _scene.Answer(Prack(RSeq() + 1)).Status);
        Prack(RSeq());
        Assert.Equal(481, _scene.Answer(Prack(RSeq())).Status);
        Assert.Equal(400, _scene.Answer(_scene.CallerSends("PRACK", headers: "RAck: nonsense\r\n")).Status);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(Offer, false)]
    public void Stays_plain_when_one_side_has_no_100rel(string headers, bool gateway)
    {
        var scene = new CallScene(c => c with { MappingGateways = [c.MappingGateways[0] with { Sip100Rel = gateway }] });
        scene.StartAndAuthorise(headers: headers);
        scene.GrantVendor("v1", 1);
        scene.VendorResponds(1, 180);
        Assert.DoesNotContain("RSeq", scene.Responses[^1].Headers, StringComparison.Ordinal);
        scene.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([180], scene.CallerStatuses);
    }

    [Fact]
    public void Refuses_an_INVITE_that_requires_100rel_when_the_gateway_has_it_off()
    {
        var scene = new CallScene(c => c with { MappingGateways = [c.MappingGateways[0] with { Sip100Rel = false }] });
        scene.Invite(headers: "Require: 100rel\r\n");
        Assert.Equal([420], scene.CallerStatuses);
        Assert.Contains("Unsupported: 100rel", scene.Responses[^1].Headers, StringComparison.Ordinal);
    }

    [Fact]
    public void Acknowledges_a_vendors_reliable_response_once_and_in_order()
    {
        _scene.StartAndAuthorise();
        _scene.GrantVendor("v1", 1);
        Assert.Contains("100rel", CallScene.Ascii(_scene.Sent[0].Message.Raw.Span), StringComparison.Ordinal);
        Reliable(180, 7);
        Reliable(180, 7); // A repeat.
        Reliable(180, 9); // Before its turn.
        var prack = Assert.Single(_scene.To(new LegId(1), "PRACK"));
        Assert.Contains("RAck: 7 1 INVITE", CallScene.Ascii(prack.Raw.Span), StringComparison.Ordinal);
        Assert.Equal(2u, prack.CSeqNumber);
        Assert.Equal([180], _scene.CallerStatuses);
        Reliable(183, 8, CallScene.Sdp);
        Assert.Equal(2, _scene.To(new LegId(1), "PRACK").Count);
        Assert.DoesNotContain("RSeq", _scene.Responses[^1].Headers, StringComparison.Ordinal);
        _scene.VendorResponds(1, 200, body: CallScene.Sdp);
        _scene.CallerAcks();
        _scene.CallerSends("BYE");
        Assert.Equal(4u, _scene.To(new LegId(1), "BYE")[0].CSeqNumber); // After INVITE and two PRACKs.
    }

    [Fact]
    public void Carries_the_callers_PRACK_with_its_offer_when_both_legs_are_reliable()
    {
        _scene.StartAndAuthorise(headers: Offer);
        _scene.GrantVendor("v1", 1);
        Reliable(183, 1, CallScene.Sdp);
        Assert.Empty(_scene.To(new LegId(1), "PRACK"));
        var prack = Prack(RSeq(), CallScene.Sdp);
        Assert.Equal(CallScene.Sdp, CallScene.Ascii(_scene.To(new LegId(1), "PRACK")[0].Body.Span));
        _scene.VendorResponds(1, 200, "PRACK", CallScene.Sdp);
        Assert.Equal((200, CallScene.Sdp), (_scene.Answer(prack).Status, _scene.Answer(prack).Body));
    }

    [Fact]
    public void Offers_no_100rel_to_the_vendor_when_the_caller_could_not_answer_an_offer_in_PRACK()
    {
        _scene.StartAndAuthorise(offer: false);
        _scene.GrantVendor("v1", 1);
        Assert.DoesNotContain("100rel", CallScene.Ascii(_scene.Sent[0].Message.Raw.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void Late_offer_in_a_reliable_response_is_answered_in_PRACK_and_the_ACK_has_nothing()
    {
        _scene.StartAndAuthorise(offer: false, headers: Offer);
        _scene.GrantVendor("v1", 1);
        Reliable(183, 1, CallScene.Sdp);
        Prack(RSeq(), CallScene.Sdp);
        Assert.Equal(CallScene.Sdp, CallScene.Ascii(_scene.To(new LegId(1), "PRACK")[0].Body.Span));
        _scene.VendorResponds(1, 200, "PRACK");
        _scene.VendorResponds(1, 200);
        Assert.True(Assert.Single(_scene.Acks).Message.Body.IsEmpty);
    }

    [Fact]
    public void Keeps_the_branches_of_a_forking_vendor_apart_and_shows_the_caller_one_dialog()
    {
        _scene.StartAndAuthorise();
        _scene.GrantVendor("v1", 1);
        Reliable(183, 5, CallScene.Sdp, "b1");
        Reliable(180, 90, "", "b2");
        Reliable(183, 91, CallScene.Sdp, "b2");
        Assert.Equal(["b1", "b2", "b2"], _scene.To(new LegId(1), "PRACK").Select(p => CallScene.Ascii(p.ToTag)));
        Assert.Equal([183, 180, 183], _scene.CallerStatuses);
        Assert.Equal("", _scene.Responses[^1].Body); // The media of the first branch is what the caller has.
        _scene.VendorResponds(1, 200, body: CallScene.Sdp, tag: "b2");
        _scene.VendorResponds(1, 200, body: CallScene.Sdp, tag: "b1");
        Assert.Equal(["b2", "b1"], _scene.Acks.Select(a => CallScene.Ascii(a.Message.ToTag)));
        Assert.Equal("b1", CallScene.Ascii(Assert.Single(_scene.To(new LegId(1), "BYE")).ToTag));
        Assert.Equal(CallPhase.Answered, _scene.Machine.Phase);
        _scene.CallerAcks();
        _scene.CallerSends("BYE");
        Assert.Equal("b2", CallScene.Ascii(_scene.To(new LegId(1), "BYE")[^1].ToTag));
    }

    private void Ringing(int status, string body = "")
    {
        _scene.StartAndAuthorise(headers: Offer);
        _scene.GrantVendor("v1", 1);
        _scene.VendorResponds(1, status, body: body);
    }

    private void Reliable(int status, int rseq, string body = "", string tag = "vendor") =>
        _scene.VendorResponds(1, status, body: body, tag: tag, headers: $"Require: 100rel\r\nRSeq: {rseq}\r\n");

    private long Prack(uint rseq, string body = "") => _scene.CallerSends("PRACK", body, headers: $"RAck: {rseq} 1 INVITE\r\n");

    private uint RSeq() => uint.Parse(
        RSeqLine().Match(_scene.Responses.Last(r => r.Request.Id.Number == 1).Headers).Groups[1].Value,
        System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex("RSeq: ([0-9]+)")]
    private static partial Regex RSeqLine();
}
