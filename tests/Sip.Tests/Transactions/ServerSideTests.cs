using System.Text;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Timers;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;
using static Tandem.Sip.Tests.Transactions.LayerHarness;

namespace Tandem.Sip.Tests.Transactions;

/// <summary>The transaction layer as the receiver of requests.</summary>
public sealed class ServerSideTests
{
    private static readonly long[] FinalResponseTimes =
        [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];

    private readonly LayerHarness _h = new();

    [Fact]
    [Trait("RFC", "3261 §17.2.1")]
    public void Answers_an_INVITE_with_100_at_once_and_passes_it_up_once()
    {
        _h.Receive(Request("INVITE", more: "Timestamp: 54\n"));
        _h.Receive(Request("INVITE", more: "Timestamp: 54\n"));
        Assert.Equal(["request Invite"], _h.Told);
        Assert.Equal(2, _h.Sent.Count);
        Assert.StartsWith("SIP/2.0 100 Trying\n", _h.LastSent, StringComparison.Ordinal);
        Assert.Contains("\nTo: <sip:100@198.51.100.7>\n", _h.LastSent, StringComparison.Ordinal);
        Assert.Contains("\nTimestamp: 54\n", _h.LastSent, StringComparison.Ordinal);
        Assert.Equal(1, _h.Layer.Statistics.RetransmissionsIn);
        Assert.Equal(2, _h.Layer.Statistics.RequestsIn(SipMethod.Invite));
    }

    [Fact]
    public void Does_not_send_100_when_told_not_to()
    {
        var h = new LayerHarness(o => o with { SendTrying = false });
        h.Receive(Request("INVITE"));
        Assert.Empty(h.Sent);
    }

    [Fact]
    [Trait("RFC", "3261 §17.2.1")]
    public void Retransmits_486_until_ACK_arrives()
    {
        var tx = _h.ReceiveRequest(Request("INVITE"));
        Assert.True(_h.Layer.Respond(tx, 486));
        _h.Wait(4_000);
        Assert.Equal([0L, 500, 1_500, 3_500], _h.TimesOf("SIP/2.0 486"));
        _h.Receive(Request("ACK", toTag: tx.LocalTag.Length > 0 ? Text(tx.LocalTag) : ""));
        Assert.Equal(TransactionState.Confirmed, tx.State);
        _h.Wait(4_990);
        Assert.Equal(TransactionState.Confirmed, tx.State);
        _h.Wait(10);
        Assert.Equal(TransactionState.Terminated, tx.State);
        Assert.Equal(4, _h.TimesOf("SIP/2.0 486").Count());
        Assert.Equal(["request Invite"], _h.Told);
        Assert.Equal(0, _h.Layer.Statistics.ActiveServerTransactions);
        Assert.Equal(TimerWheel.Never, _h.Layer.NextDue);
    }

    [Fact]
    [Trait("RFC", "3261 §17.2.1")]
    public void Gives_up_on_a_486_without_ACK_after_64_T1()
    {
        var tx = _h.ReceiveRequest(Request("INVITE"));
        _h.Layer.Respond(tx, 486);
        _h.Wait(31_999);
        Assert.Equal(TransactionState.Completed, tx.State);
        _h.Wait(1);
        Assert.Equal(TransactionState.Terminated, tx.State);
        Assert.Equal(FinalResponseTimes, _h.TimesOf("SIP/2.0 486"));
        Assert.Equal(1, _h.Layer.Statistics.MissingAcks);
        Assert.Equal(10, _h.Layer.Statistics.RetransmissionsOut);
    }

    [Fact]
    [Trait("RFC", "3261 §13.3.1.4, 6026")]
    public void Retransmits_200_until_64_T1_and_tells_when_no_ACK_came()
    {
        var tx = _h.ReceiveRequest(Request("INVITE"));
        _h.Layer.Respond(tx, 200, default, "mytag"u8, "Contact: <sip:s@198.51.100.7>\r\n"u8);
        _h.Wait(40_000);
        Assert.Equal(FinalResponseTimes, _h.TimesOf("SIP/2.0 200"));
        Assert.Equal(["request Invite", "ack timeout at 32000"], _h.Told);
        Assert.Equal(TransactionState.Terminated, tx.State);
    }

    [Theory]
    [InlineData("z9hG4bKother", "192.0.2.1:5060")]
    [InlineData("z9hG4bKone", "192.0.2.1:5060")]
    [InlineData("z9hG4bKproxy", "203.0.113.1:5070")]
    [Trait("RFC", "3261 §13.3.1.4, 6026 §8.7")]
    public void The_ACK_of_a_200_stops_it_whatever_its_branch_and_way(string branch, string from)
    {
        var tx = _h.ReceiveRequest(Request("INVITE"));
        _h.Layer.Respond(tx, 200, default, "mytag"u8);
        _h.Wait(600);
        _h.Receive(Request("ACK", branch, toTag: "mytag", via: from), SipEndPoint.Parse(from));
        Assert.True(tx.IsAcked);
        // Absorbed in Accepted, not answered again (RFC 6026).
        _h.Receive(Request("INVITE"));
        _h.Wait(40_000);
        Assert.Equal([0L, 500], _h.TimesOf("SIP/2.0 200"));
        Assert.Equal(["request Invite", "ack"], _h.Told);
        Assert.Equal(TransactionState.Terminated, tx.State);
    }

    [Fact]
    public void An_ACK_that_another_worker_received_can_be_offered()
    {
        var tx = _h.ReceiveRequest(Request("INVITE"));
        _h.Layer.Respond(tx, 200, default, "mytag"u8);
        Assert.False(_h.Layer.TryAcceptAck(Parse(Request("ACK", "z9hG4bKx", toTag: "wrong")), Peer, 10));
        Assert.False(_h.Layer.TryAcceptAck(Parse(Request("BYE", "z9hG4bKx", toTag: "mytag")), Peer, 10));
        Assert.True(_h.Layer.TryAcceptAck(Parse(Request("ACK", "z9hG4bKx", toTag: "mytag")), Peer, 10));
        Assert.Equal(["request Invite", "ack"], _h.Told);
        _h.Wait(40_000);
        Assert.Single(_h.TimesOf("SIP/2.0 200"));
    }

    [Fact]
    public void An_ACK_with_another_tag_is_passed_up_as_stray_and_stops_nothing()
    {
        var tx = _h.ReceiveRequest(Request("INVITE"));
        _h.Layer.Respond(tx, 200, default, "mytag"u8);
        _h.Receive(Request("ACK", "z9hG4bKother", toTag: "wrong"));
        Assert.False(tx.IsAcked);
        Assert.Equal("stray ack", _h.Told[^1]);
        Assert.Equal(1, _h.Layer.Statistics.StrayAcks);
    }

    [Fact]
    [Trait("RFC", "3261 §17.2.1")]
    public void A_repeated_INVITE_gets_the_latest_response_again()
    {
        var tx = _h.ReceiveRequest(Request("INVITE"));
        _h.Layer.Respond(tx, 180, default, "mytag"u8);
        _h.Receive(Request("INVITE"));
        Assert.Equal(2, _h.TimesOf("SIP/2.0 180").Count());
        _h.Layer.Respond(tx, 486);
        Assert.Contains(";tag=mytag\n", _h.LastSent, StringComparison.Ordinal);
        _h.Receive(Request("INVITE"));
        Assert.Equal(2, _h.TimesOf("SIP/2.0 486").Count());
    }

    [Fact]
    public void A_second_final_response_is_refused_and_so_is_one_after_the_end()
    {
        var tx = _h.ReceiveRequest(Request("INVITE"));
        Assert.True(_h.Layer.Respond(tx, 486));
        Assert.False(_h.Layer.Respond(tx, 200));
        Assert.False(_h.Layer.Respond(tx, 180));
        _h.Wait(32_000);
        Assert.False(_h.Layer.Respond(tx, 486));
    }

    [Fact]
    [Trait("RFC", "3261 §9.2")]
    public void A_CANCEL_is_answered_and_passed_up_once_with_the_tag_of_the_INVITE()
    {
        var tx = _h.ReceiveRequest(Request("INVITE"));
        _h.Layer.Respond(tx, 180, default, "mytag"u8);
        _h.Receive(Request("CANCEL"));
        _h.Receive(Request("CANCEL"));
        Assert.Equal(["request Invite", "cancel"], _h.Told);
        Assert.Equal(2, _h.TimesOf("SIP/2.0 200").Count());
        Assert.Contains("CSeq: 1 CANCEL\n", _h.LastSent, StringComparison.Ordinal);
        Assert.Contains(";tag=mytag\n", _h.LastSent, StringComparison.Ordinal);
        Assert.True(_h.Layer.Respond(tx, 487));
    }

    [Fact]
    [Trait("RFC", "3261 §9.2")]
    public void A_CANCEL_before_any_response_but_100_gives_both_answers_the_same_tag()
    {
        var tx = _h.ReceiveRequest(Request("INVITE"));
        _h.Receive(Request("CANCEL"));
        var tag = Text(tx.LocalTag);
        Assert.NotEmpty(tag);
        Assert.Contains($";tag={tag}\n", _h.LastSent, StringComparison.Ordinal);
        _h.Layer.Respond(tx, 487);
        Assert.Contains($";tag={tag}\n", _h.LastSent, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("RFC", "3261 §9.2")]
    public void A_CANCEL_after_the_final_response_changes_nothing()
    {
        var tx = _h.ReceiveRequest(Request("INVITE"));
        _h.Layer.Respond(tx, 200);
        _h.Receive(Request("CANCEL"));
        Assert.Equal(["request Invite"], _h.Told);
        Assert.StartsWith("SIP/2.0 200", _h.LastSent, StringComparison.Ordinal);
        Assert.Equal(TransactionState.Accepted, tx.State);
    }

    [Theory]
    [InlineData("z9hG4bKtwo", "192.0.2.1:5060")]
    [InlineData("z9hG4bKone", "192.0.2.1:5070")]
    [Trait("RFC", "3261 §9.2")]
    public void A_CANCEL_of_nothing_gets_481(string branch, string via)
    {
        _h.ReceiveRequest(Request("INVITE"));
        _h.Receive(Request("CANCEL", branch, via: via));
        Assert.StartsWith("SIP/2.0 481", _h.LastSent, StringComparison.Ordinal);
        Assert.Equal(["request Invite"], _h.Told);
        Assert.Equal(1, _h.Layer.Statistics.StrayCancels);
    }

    [Fact]
    [Trait("RFC", "3261 §17.2.2")]
    public void Another_request_is_silent_until_answered_and_then_repeats_its_answer_for_64_T1()
    {
        var tx = _h.ReceiveRequest(Request("BYE", toTag: "mytag"));
        _h.Receive(Request("BYE", toTag: "mytag"));
        Assert.Empty(_h.Sent);
        _h.Layer.Respond(tx, 200);
        _h.Wait(31_999);
        _h.Receive(Request("BYE", toTag: "mytag"));
        Assert.Equal([0L, 31_999], _h.TimesOf("SIP/2.0 200"));
        _h.Wait(1);
        Assert.Equal(TransactionState.Terminated, tx.State);
        Assert.Equal(["request Bye"], _h.Told);
        _h.Receive(Request("BYE", toTag: "mytag"));
        Assert.Equal(["request Bye", "request Bye"], _h.Told);
    }

    [Fact]
    public void Another_request_that_nobody_answers_ends_after_64_T1()
    {
        var tx = _h.ReceiveRequest(Request("OPTIONS"));
        _h.Wait(40_000);
        Assert.Equal(["request Options", "unanswered at 32000"], _h.Told);
        Assert.Equal(TransactionState.Terminated, tx.State);
        Assert.Empty(_h.Sent);
    }

    [Fact]
    public void An_INVITE_that_nobody_answers_is_refused_after_timer_C_which_each_provisional_restarts()
    {
        var h = new LayerHarness(o => o with { Timers = new SipTimers { C = TimeSpan.FromMinutes(3) } });
        var tx = h.ReceiveRequest(Request("INVITE"));
        h.Wait(100_000);
        h.Layer.Respond(tx, 180);
        h.Wait(179_999);
        Assert.Equal(["request Invite"], h.Told);
        h.Wait(1);
        Assert.Equal(["request Invite", "unanswered at 280000"], h.Told);
        Assert.StartsWith("SIP/2.0 500", h.LastSent, StringComparison.Ordinal);
        Assert.Equal(TransactionState.Completed, tx.State);
    }

    [Fact]
    [Trait("RFC", "3261 §17.2")]
    public void Over_a_reliable_transport_only_the_2xx_is_repeated()
    {
        var tcp = SipEndPoint.Parse("tcp:192.0.2.1:4000");
        var busy = _h.ReceiveRequest(Request("INVITE").Replace("/UDP", "/TCP"), tcp);
        _h.Layer.Respond(busy, 486);
        var bye = _h.ReceiveRequest(Request("BYE", "z9hG4bKbye", toTag: "t").Replace("/UDP", "/TCP"), tcp);
        _h.Layer.Respond(bye, 202);
        var ok = _h.ReceiveRequest(Request("INVITE", "z9hG4bKok", callId: "c2").Replace("/UDP", "/TCP"), tcp);
        _h.Layer.Respond(ok, 200);
        _h.Wait(10);
        Assert.Equal(TransactionState.Terminated, bye.State);
        _h.Wait(990);
        Assert.Single(_h.TimesOf("SIP/2.0 486"));
        Assert.Equal([0L, 500], _h.TimesOf("SIP/2.0 200"));
        Assert.Equal(tcp, _h.Sent[^1].Remote);
    }

    [Fact]
    [Trait("RFC", "3261 §8.2.2.2")]
    public void The_same_request_by_another_way_gets_482()
    {
        _h.ReceiveRequest(Request("INVITE"));
        _h.Receive(Request("INVITE", "z9hG4bKtwo"));
        Assert.StartsWith("SIP/2.0 482", _h.LastSent, StringComparison.Ordinal);
        Assert.Equal(["request Invite"], _h.Told);
        Assert.Equal(1, _h.Layer.Statistics.MergedRequests);
        _h.Receive(Request("INVITE", "z9hG4bKthree", cseq: 2));
        _h.Receive(Request("INVITE", "z9hG4bKfour", fromTag: "other"));
        _h.Receive(Request("INVITE", "z9hG4bKfive", toTag: "dialog"));
        _h.Receive(Request("OPTIONS", "z9hG4bKsix"));
        Assert.Equal(5, _h.Told.Count);
    }

    [Fact]
    public void The_same_request_again_after_a_refusal_is_a_new_one()
    {
        _h.Layer.Respond(_h.ReceiveRequest(Request("INVITE")), 503);
        _h.Receive(Request("INVITE", "z9hG4bKtwo"));
        Assert.Equal(["request Invite", "request Invite"], _h.Told);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("z9hG4bK")]
    [Trait("RFC", "3261 §17.2.3")]
    public void Requests_without_the_magic_cookie_match_by_the_old_rules(string branch)
    {
        var tx = _h.ReceiveRequest(Request("INVITE", branch));
        _h.Receive(Request("INVITE", branch));
        Assert.Equal(["request Invite"], _h.Told);
        _h.Receive(Request("INVITE", branch, cseq: 2));
        _h.Receive(Request("INVITE", branch, fromTag: "other"));
        _h.Receive(Request("INVITE", branch, callId: "other"));
        Assert.Equal(4, _h.Told.Count);
        _h.Receive(Request("CANCEL", branch));
        Assert.Equal("cancel", _h.Told[^1]);
        _h.Layer.Respond(tx, 486, default, "mytag"u8);
        _h.Receive(Request("ACK", branch, toTag: "wrong"));
        Assert.Equal(TransactionState.Completed, tx.State);
        _h.Receive(Request("ACK", branch, toTag: "mytag"));
        Assert.Equal(TransactionState.Confirmed, tx.State);
    }

    [Theory]
    [InlineData("192.0.2.1:5070", "192.0.2.1:5062", "192.0.2.1:5070", "")]
    [InlineData("192.0.2.1", "192.0.2.1:5062", "192.0.2.1:5060", "")]
    [InlineData("10.0.0.1:5070", "192.0.2.1:5062", "192.0.2.1:5070", ";received=192.0.2.1")]
    [InlineData("host.example", "192.0.2.1:5062", "192.0.2.1:5060", ";received=192.0.2.1")]
    [InlineData("10.0.0.1:5070;rport", "192.0.2.1:5062", "192.0.2.1:5062", ";received=192.0.2.1;rport=5062")]
    [InlineData("192.0.2.1:5070;rport", "192.0.2.1:5062", "192.0.2.1:5062", ";received=192.0.2.1;rport=5062")]
    [InlineData("10.0.0.1;maddr=192.0.2.77", "192.0.2.1:5062", "192.0.2.77:5060", ";received=192.0.2.1")]
    [InlineData("192.0.2.1;received=203.0.113.1", "192.0.2.1:5062", "192.0.2.1:5060", "")]
    [Trait("RFC", "3261 §18.2, 3581 §4")]
    public void Responses_go_where_the_Via_and_the_source_say(string via, string from, string to, string added)
    {
        _h.Receive(Request("INVITE", "z9hG4bKone", via: via), SipEndPoint.Parse(from));
        Assert.Equal(SipEndPoint.Parse(to), _h.Sent[0].Remote);
        var line = _h.LastSent.Split('\n')[1];
        if (added.Length > 0) Assert.EndsWith(added, line, StringComparison.Ordinal);
        Assert.DoesNotContain("203.0.113.1", line, StringComparison.Ordinal);
        if (added.Length == 0) Assert.DoesNotContain("received", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Above_the_cap_a_request_gets_503_with_Retry_After_but_repeats_and_ACKs_still_count()
    {
        var h = new LayerHarness(o => o with { MaxServerTransactions = 1 });
        var tx = h.ReceiveRequest(Request("INVITE"));
        h.Receive(Request("INVITE", "z9hG4bKtwo", callId: "c2"));
        Assert.StartsWith("SIP/2.0 503", h.LastSent, StringComparison.Ordinal);
        Assert.Contains("\nRetry-After: 5\n", h.LastSent, StringComparison.Ordinal);
        Assert.Equal(1, h.Layer.Statistics.ServerOverflows);
        h.Layer.Respond(tx, 486);
        h.Receive(Request("ACK", toTag: Text(tx.LocalTag)));
        h.Wait(5_000);
        h.Receive(Request("INVITE", "z9hG4bKtwo", callId: "c2"));
        Assert.Equal(["request Invite", "request Invite"], h.Told);
    }

    [Fact]
    public void A_malformed_request_gets_400_and_is_counted_and_others_get_silence()
    {
        _h.Receive(Request("INVITE").Replace("CSeq: 1 INVITE", "CSeq: x INVITE"));
        Assert.StartsWith("SIP/2.0 400 Bad CSeq\n", _h.LastSent, StringComparison.Ordinal);
        Assert.Matches("\nTo: <sip:100@198.51.100.7>;tag=[0-9a-f]{8}\n", _h.LastSent);
        Assert.Equal(1, _h.Layer.Statistics.Rejected(SipRejectReason.BadCSeq));
        _h.Receive(Request("ACK").Replace("CSeq: 1 ACK", "CSeq: x ACK"));
        _h.Receive("\n\n");
        _h.Receive("GET / HTTP/1.1\n\n");
        Assert.Single(_h.Sent);
        Assert.Empty(_h.Told);
        Assert.Equal(0, _h.Layer.Statistics.ActiveServerTransactions);
    }

    [Fact]
    public void A_refusal_without_transaction_has_the_same_tag_each_time()
    {
        var bad = Request("INVITE").Replace("CSeq: 1 INVITE", "CSeq: x INVITE");
        _h.Receive(bad);
        _h.Receive(bad);
        Assert.Equal(_h.Sent[0].Text, _h.Sent[1].Text);
    }

    [Fact]
    public void A_response_that_could_not_be_sent_is_told_of()
    {
        var tx = _h.ReceiveRequest(Request("BYE", toTag: "x"));
        _h.Layer.Respond(tx, 200);
        _h.Layer.OnSendFailed(Bytes(_h.LastSent).Span);
        Assert.Equal(["request Bye"], _h.Told);
        Assert.Equal(0, _h.Layer.NextDue);
        _h.Layer.Advance(0);
        Assert.Equal(["request Bye", "server transport error"], _h.Told);
        Assert.Equal(TransactionState.Terminated, tx.State);
        Assert.Equal(0, _h.Layer.Statistics.ActiveServerTransactions);
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(403, 1, 0)]
    [InlineData(-1, 0, 0)]
    public void The_user_may_refuse_a_request_before_it_has_a_transaction(int verdict, int sent, int requests)
    {
        _h.AdmitDo = _ => verdict;
        _h.Receive(Request("INVITE"));
        Assert.Equal(sent, _h.Sent.Count);
        Assert.Equal(requests, _h.Told.Count);
        Assert.Equal(requests, _h.Layer.Statistics.ActiveServerTransactions);
        Assert.Equal(1 - requests, _h.Layer.Statistics.NotAdmitted);
        if (verdict > 0) Assert.StartsWith("SIP/2.0 403 Forbidden\n", _h.LastSent, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("RFC", "3261 §8.2.7")]
    public void The_user_may_answer_a_request_without_a_transaction_and_a_repeat_gets_the_same_answer()
    {
        _h.AdmitDo = request =>
        {
            _h.Layer.RespondStateless(request, LayerHarness.Peer, 200, default, "Accept: application/sdp\r\n"u8);
            return ITransactionUser.AlreadyAnswered;
        };
        _h.Receive(Request("OPTIONS"));
        _h.Receive(Request("OPTIONS"));
        _h.Receive(Request("OPTIONS", branch: "z9hG4bKtwo", cseq: 2));
        Assert.Equal(3, _h.Sent.Count);
        Assert.Equal(_h.Sent[0].Text, _h.Sent[1].Text);
        Assert.Matches(@"^SIP/2\.0 200 OK\n(.*\n)*To: [^\n]*;tag=[0-9a-f]{8}\n(.*\n)*Accept: application/sdp\n", _h.Sent[0].Text);
        string TagOf(int index) => Parse(_h.Sent[index].Text) is var answer ? Encoding.ASCII.GetString(answer.ToTag) : "";
        Assert.NotEqual(TagOf(0), TagOf(2));
        Assert.Empty(_h.Told);
        Assert.Equal(0, _h.Layer.Statistics.ActiveServerTransactions);
        Assert.Equal(0, _h.Layer.Statistics.NotAdmitted);
        Assert.Equal(3, _h.Layer.Statistics.ResponsesOut(2));
        Assert.Equal(TimerWheel.Never, _h.Layer.NextDue);
    }

    [Fact]
    public void Requests_too_long_to_be_copied_into_a_response_are_dropped_and_counted()
    {
        var vias = string.Concat(Enumerable.Repeat($"Via: SIP/2.0/UDP h;branch=z9hG4bK{new string('x', 8_000)}\n", 8));
        _h.Receive(Request("INVITE", more: vias));
        _h.Receive(Request("INVITE", more: vias).Replace("1 INVITE", "x INVITE"));
        Assert.Empty(_h.Sent);
        Assert.Empty(_h.Told);
        Assert.Equal(1, _h.Layer.Statistics.Rejected(SipRejectReason.MessageTooLarge));
        Assert.Equal(1, _h.Layer.Statistics.Rejected(SipRejectReason.BadCSeq));
    }

    [Fact]
    public void A_response_too_long_for_a_datagram_becomes_a_500()
    {
        var tx = _h.ReceiveRequest(Request("INVITE"));
        Assert.False(_h.Layer.Respond(tx, 200, default, default, "Content-Type: a/b\r\n"u8, new byte[65_000]));
        Assert.StartsWith("SIP/2.0 500", _h.LastSent, StringComparison.Ordinal);
        Assert.True(tx.IsAnswered);
        Assert.Equal(1, _h.Layer.Statistics.TooLongToSend);
    }

    [Fact]
    public void The_user_may_answer_from_within_OnRequest()
    {
        _h.OnRequestDo = tx => _h.Layer.Respond(tx, 403);
        _h.Receive(Request("INVITE"));
        Assert.Equal(["100", "403"], _h.Sent.Select(s => s.Text.Substring(8, 3)));
    }

    [Fact]
    public void The_stored_request_survives_the_receive_buffer()
    {
        var buffer = Bytes(Request("INVITE")).ToArray();
        _h.Layer.OnDatagram(buffer, Peer, 0);
        Array.Clear(buffer);
        _h.Layer.Respond(_h.Requests[0], 486);
        Assert.Contains("Call-ID: c1\n", _h.LastSent, StringComparison.Ordinal);
        _h.Receive(Request("INVITE"));
        Assert.Single(_h.Told);
    }

    private static string Text(ReadOnlySpan<byte> bytes) => System.Text.Encoding.ASCII.GetString(bytes);
}
