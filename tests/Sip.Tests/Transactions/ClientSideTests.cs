using System.Text;
using Tandem.Sip.Messages;
using Tandem.Sip.Timers;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;
using static Tandem.Sip.Tests.Transactions.LayerHarness;

namespace Tandem.Sip.Tests.Transactions;

/// <summary>The transaction layer as the sender of requests.</summary>
public sealed class ClientSideTests
{
    private readonly LayerHarness _h = new();

    [Fact]
    [Trait("RFC", "3261 §18.1.1, 3581 §3")]
    public void Puts_its_Via_under_the_request_line()
    {
        _h.Send("INVITE");
        var lines = _h.LastSent.Split('\n');
        Assert.Equal("INVITE sip:200@192.0.2.1 SIP/2.0", lines[0]);
        Assert.Matches("^Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bKt-03-1-[0-9a-f]{16};rport$", lines[1]);
        Assert.Equal("Max-Forwards: 70", lines[2]);
        _h.Send("OPTIONS", remote: "tls:192.0.2.1:5061");
        Assert.StartsWith("Via: SIP/2.0/TLS 198.51.100.7:5060;branch=z9hG4bKt-03-2-", _h.LastSent.Split('\n')[1]);
    }

    [Fact]
    [Trait("RFC", "3261 §17.1.1.2")]
    public void Retransmits_a_silent_INVITE_with_doubled_intervals_until_timer_B()
    {
        var tx = _h.Send("INVITE");
        _h.Wait(60_000);
        Assert.Equal([0L, 500, 1_500, 3_500, 7_500, 15_500, 31_500], _h.TimesOf("INVITE"));
        Assert.Equal(["timeout at 32000"], _h.Told);
        Assert.Equal(TransactionState.Terminated, tx.State);
        Assert.Equal(0, _h.Layer.Statistics.ActiveClientTransactions);
        Assert.Equal(6, _h.Layer.Statistics.RetransmissionsOut);
    }

    [Fact]
    [Trait("RFC", "3261 §17.1.2.2")]
    public void Retransmits_another_silent_request_up_to_T2_until_timer_F()
    {
        _h.Send("BYE");
        _h.Wait(60_000);
        Assert.Equal(
            [0L, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500], _h.TimesOf("BYE"));
        Assert.Equal(["timeout at 32000"], _h.Told);
    }

    [Fact]
    [Trait("RFC", "3261 §17.1.2.2")]
    public void Retransmits_another_request_every_T2_after_a_provisional_response()
    {
        var tx = _h.Send("BYE");
        _h.Wait(100);
        _h.ReceiveResponse(tx, 183);
        _h.Wait(60_000);
        Assert.Equal([0L, 500, 4_500, 8_500, 12_500, 16_500, 20_500, 24_500, 28_500], _h.TimesOf("BYE"));
        Assert.Equal(["183", "timeout at 32000"], _h.Told);
    }

    [Theory]
    [InlineData("INVITE")]
    [InlineData("BYE")]
    [Trait("RFC", "3261 §17.1")]
    public void Repeats_nothing_over_a_reliable_transport(string method)
    {
        _h.Send(method, remote: "tcp:192.0.2.1:5060");
        _h.Wait(60_000);
        Assert.Equal([0L], _h.TimesOf(method));
        Assert.Equal(["timeout at 32000"], _h.Told);
    }

    [Fact]
    [Trait("RFC", "3261 §17.1.1.3")]
    public void Acknowledges_a_non_2xx_itself_and_passes_it_up_once()
    {
        var tx = _h.Send("INVITE", "Route: <sip:p.example;lr>\nRoute: <sip:q.example;lr>\n");
        var via = _h.LastSent.Split('\n')[1];
        _h.ReceiveResponse(tx, 180);
        _h.ReceiveResponse(tx, 486);
        Assert.Equal(
            $"""
            ACK sip:200@192.0.2.1 SIP/2.0
            {via}
            Max-Forwards: 70
            Route: <sip:p.example;lr>
            Route: <sip:q.example;lr>
            From: <sip:s@198.51.100.7>;tag=ours
            To: <sip:200@192.0.2.1>;tag=tt
            Call-ID: c9
            CSeq: 5 ACK
            Content-Length: 0


            """,
            _h.LastSent);
        _h.ReceiveResponse(tx, 486);
        Assert.Equal(2, _h.TimesOf("ACK").Count());
        Assert.Equal(["180", "486"], _h.Told);
        _h.Wait(31_999);
        Assert.Equal(TransactionState.Completed, tx.State);
        _h.Wait(1);
        Assert.Equal(TransactionState.Terminated, tx.State);
        Assert.Equal(TimerWheel.Never, _h.Layer.NextDue);
    }

    [Fact]
    [Trait("RFC", "3261 §13.2.2.4, 6026 §7.2")]
    public void Passes_each_2xx_up_repeated_and_forked_for_64_T1()
    {
        var tx = _h.Send("INVITE");
        _h.ReceiveResponse(tx, 200, "one");
        _h.ReceiveResponse(tx, 200, "one");
        _h.ReceiveResponse(tx, 200, "two");
        _h.ReceiveResponse(tx, 486, "three");
        Assert.Equal(["200", "200", "200"], _h.Told);
        Assert.Empty(_h.TimesOf("ACK"));
        _h.Wait(32_000);
        Assert.Equal(TransactionState.Terminated, tx.State);
        _h.ReceiveResponse(tx, 200, "one");
        Assert.Equal("stray 200", _h.Told[^1]);
    }

    [Fact]
    [Trait("RFC", "3261 §17.1.2")]
    public void Absorbs_repeated_final_responses_of_another_request()
    {
        var tx = _h.Send("BYE");
        _h.ReceiveResponse(tx, 200);
        _h.ReceiveResponse(tx, 200);
        Assert.Equal(["200"], _h.Told);
        _h.Wait(5_000);
        Assert.Equal(TransactionState.Terminated, tx.State);
        Assert.Single(_h.TimesOf("BYE"));
    }

    [Fact]
    [Trait("RFC", "3261 §13.2.2.4")]
    public void The_ACK_of_a_2xx_has_a_branch_of_its_own_and_no_transaction()
    {
        var tx = _h.Send("INVITE");
        _h.ReceiveResponse(tx, 200);
        _h.Layer.SendAck(Peer, WithoutVia("ACK"));
        Assert.StartsWith("ACK ", _h.LastSent, StringComparison.Ordinal);
        Assert.NotEqual(_h.Sent[0].Text.Split('\n')[1], _h.LastSent.Split('\n')[1]);
        Assert.Equal(1, _h.Layer.Statistics.ActiveClientTransactions);
        Assert.Throws<ArgumentException>(() => _h.Layer.SendAck(Peer, Bytes(Request("BYE")).Span));
        Assert.Throws<ArgumentException>(() => _h.Layer.SendRequest(Peer, Bytes(Request("ACK")).Span));
        Assert.Throws<ArgumentException>(() => _h.Layer.SendRequest(Peer, Bytes(Request("CANCEL")).Span));
        Assert.Throws<ArgumentException>(() => _h.Layer.SendRequest(Peer, "SIP/2.0 200 OK\r\n\r\n"u8));
    }

    [Fact]
    [Trait("RFC", "3261 §9.1")]
    public void A_CANCEL_waits_for_the_first_provisional_response_and_is_built_from_the_INVITE()
    {
        var tx = _h.Send("INVITE", "Route: <sip:p.example;lr>\n");
        var via = _h.LastSent.Split('\n')[1];
        _h.Layer.CancelInvite(tx, "Reason: SIP;cause=200\r\n"u8);
        _h.Layer.CancelInvite(tx);
        _h.Wait(600);
        Assert.Empty(_h.TimesOf("CANCEL"));
        _h.ReceiveResponse(tx, 100);
        Assert.Equal(
            $"""
            CANCEL sip:200@192.0.2.1 SIP/2.0
            {via}
            Max-Forwards: 70
            Route: <sip:p.example;lr>
            From: <sip:s@198.51.100.7>;tag=ours
            To: <sip:200@192.0.2.1>
            Call-ID: c9
            CSeq: 5 CANCEL
            Reason: SIP;cause=200
            Content-Length: 0


            """,
            _h.LastSent);
        _h.Wait(600);
        Assert.Equal([600L, 1_100], _h.TimesOf("CANCEL"));
        _h.Receive(ResponseTo(_h.LastSent, 200));
        _h.ReceiveResponse(tx, 487);
        Assert.StartsWith("ACK ", _h.LastSent, StringComparison.Ordinal);
        Assert.Equal(["100", "487"], _h.Told);
        _h.Wait(40_000);
        Assert.Equal(2, _h.TimesOf("CANCEL").Count());
        Assert.Equal(TimerWheel.Never, _h.Layer.NextDue);
    }

    [Fact]
    public void A_CANCEL_after_the_final_response_is_not_sent()
    {
        var tx = _h.Send("INVITE");
        _h.ReceiveResponse(tx, 486);
        _h.Layer.CancelInvite(tx);
        _h.Wait(60_000);
        Assert.Empty(_h.TimesOf("CANCEL"));
        Assert.False(tx.IsCancelRequested);
    }

    [Fact]
    public void A_2xx_that_crosses_the_CANCEL_is_passed_up()
    {
        var tx = _h.Send("INVITE");
        _h.ReceiveResponse(tx, 180);
        _h.Layer.CancelInvite(tx);
        _h.ReceiveResponse(tx, 200);
        Assert.Equal(["180", "200"], _h.Told);
    }

    [Fact]
    [Trait("RFC", "3261 §9.1")]
    public void An_INVITE_without_final_response_ends_64_T1_after_its_CANCEL_even_if_it_rings_on()
    {
        var tx = _h.Send("INVITE");
        _h.ReceiveResponse(tx, 180);
        _h.Wait(1_000);
        _h.Layer.CancelInvite(tx);
        _h.Wait(10_000);
        _h.ReceiveResponse(tx, 180);
        _h.Wait(60_000);
        Assert.Equal(["180", "180", "timeout at 33000"], _h.Told);
        Assert.Equal(TransactionState.Terminated, tx.State);
        Assert.Equal(TimerWheel.Never, _h.Layer.NextDue);
    }

    [Fact]
    public void An_INVITE_that_rings_for_ever_is_cancelled_by_timer_C()
    {
        var h = new LayerHarness(o => o with { Timers = new SipTimers { C = TimeSpan.FromMinutes(3) } });
        var tx = h.Send("INVITE");
        h.ReceiveResponse(tx, 180);
        h.Wait(200_000);
        Assert.Equal(180_000, h.TimesOf("CANCEL").First());
        Assert.True(tx.IsCancelRequested);
        h.Wait(20_000);
        Assert.Equal(["180", "timeout at 212000"], h.Told);
    }

    [Fact]
    public void An_abandoned_silent_INVITE_is_no_longer_repeated_and_ends_64_T1_later()
    {
        var tx = _h.Send("INVITE");
        _h.Wait(2_000);
        _h.Layer.Abandon(tx);
        _h.Wait(60_000);
        Assert.Equal([0L, 500, 1_500], _h.TimesOf("INVITE"));
        Assert.Equal(["timeout at 34000"], _h.Told);
        Assert.True(tx.IsAbandoned);
        Assert.Empty(_h.TimesOf("CANCEL"));
    }

    [Fact]
    public void A_late_provisional_response_to_an_abandoned_INVITE_is_answered_with_CANCEL()
    {
        var tx = _h.Send("INVITE");
        _h.Wait(2_000);
        _h.Layer.Abandon(tx);
        _h.Wait(20_000);
        _h.ReceiveResponse(tx, 180);
        Assert.StartsWith("CANCEL ", _h.LastSent, StringComparison.Ordinal);
        _h.ReceiveResponse(tx, 487);
        Assert.Equal(["180", "487"], _h.Told);
    }

    [Fact]
    public void A_late_2xx_to_an_abandoned_INVITE_is_passed_up()
    {
        var tx = _h.Send("INVITE");
        _h.Wait(2_000);
        _h.Layer.Abandon(tx);
        _h.Wait(31_000);
        _h.ReceiveResponse(tx, 200);
        Assert.Equal(["200"], _h.Told);
        Assert.Empty(_h.TimesOf("CANCEL"));
    }

    [Fact]
    public void Another_abandoned_request_is_forgotten_at_once()
    {
        var tx = _h.Send("OPTIONS");
        _h.Layer.Abandon(tx);
        _h.Wait(60_000);
        Assert.Single(_h.Sent);
        Assert.Empty(_h.Told);
        Assert.Equal(0, _h.Layer.Statistics.ActiveClientTransactions);
    }

    [Fact]
    public void A_response_for_another_worker_is_handed_back_with_its_index()
    {
        var other = new LayerHarness(o => o with { WorkerIndex = 200 });
        var tx = other.Send("INVITE");
        var response = Parse(ResponseTo(Encoding.UTF8.GetString(tx.Request.Span), 180));
        _h.Layer.OnMessage(response, Peer, 0);
        Assert.Equal(["stray 180"], _h.Told);
        Assert.Equal(1, _h.Layer.Statistics.ForeignResponses);
        Assert.Equal(0, _h.Layer.Statistics.StrayResponses);
        Assert.Equal(0, _h.Layer.Statistics.ResponsesIn(1));
        Assert.True(TransactionLayer.TryGetWorkerOfBranch(response.TopVia.Branch, out var worker));
        Assert.Equal(200, worker);
        other.Layer.OnMessage(response, Peer, 0);
        Assert.Equal(["180"], other.Told);
        Assert.Equal(1, other.Layer.Statistics.ResponsesIn(1));
    }

    [Theory]
    [InlineData("z9hG4bKt-03-1-0000000000000000")]
    [InlineData("z9hG4bKt-03-1-")]
    [InlineData("z9hG4bKt-03-99999999999999999999-0000000000000000")]
    [InlineData("z9hG4bK")]
    [InlineData("x")]
    public void A_response_with_a_guessed_branch_is_stray(string branch)
    {
        var tx = _h.Send("INVITE");
        var response = ResponseTo(_h.LastSent, 200);
        var start = response.IndexOf("z9hG4bK", StringComparison.Ordinal);
        var end = response.IndexOf(';', start);
        _h.Receive(response[..start] + branch + response[end..]);
        Assert.Equal(["stray 200"], _h.Told);
        Assert.Equal(TransactionState.Calling, tx.State);
    }

    [Fact]
    [Trait("RFC", "3261 §17.1.3, §8.1.3.3")]
    public void A_response_with_another_method_or_a_second_Via_is_stray()
    {
        _h.Send("INVITE");
        _h.Receive(ResponseTo(_h.LastSent, 200).Replace("5 INVITE", "5 BYE"));
        _h.Receive(ResponseTo(_h.LastSent, 200).Replace("5 INVITE", "5 CANCEL"));
        const string Second = "Via: SIP/2.0/UDP 203.0.113.1;branch=z9hG4bKx\n";
        _h.Receive(ResponseTo(_h.LastSent, 200).Replace("From:", $"{Second}From:"));
        Assert.Equal(["stray 200", "stray 200", "stray 200"], _h.Told);
    }

    [Fact]
    public void A_request_that_could_not_be_sent_is_told_of_once()
    {
        var tx = _h.Send("INVITE");
        _h.Layer.OnSendFailed(tx.Request.Span);
        _h.Layer.OnSendFailed(tx.Request.Span);
        _h.Layer.Advance(0);
        _h.Wait(60_000);
        Assert.Equal(["client transport error"], _h.Told);
        Assert.Single(_h.Sent);
    }

    [Fact]
    public void Above_the_cap_nothing_is_sent()
    {
        var h = new LayerHarness(o => o with { MaxClientTransactions = 2 });
        Assert.NotNull(h.Send("OPTIONS"));
        Assert.NotNull(h.Send("OPTIONS"));
        Assert.Null(h.Send("OPTIONS"));
        Assert.Equal(2, h.Sent.Count);
        Assert.Equal(1, h.Layer.Statistics.ClientOverflows);
        h.Wait(32_000);
        Assert.NotNull(h.Send("OPTIONS"));
    }

    [Fact]
    public void A_request_too_long_for_a_datagram_is_not_sent()
    {
        var more = $"X: {new string('x', 65_000)}\n";
        Assert.Null(_h.Send("INVITE", more));
        Assert.False(_h.Layer.SendAck(Peer, Bytes($"ACK sip:a@b SIP/2.0\n{more}\n").Span));
        Assert.Empty(_h.Sent);
        Assert.Equal(2, _h.Layer.Statistics.TooLongToSend);
    }

    [Fact]
    public void Keeps_the_context_of_its_user()
    {
        var context = new object();
        var tx = _h.Layer.SendRequest(Peer, WithoutVia("OPTIONS"), context)!;
        Assert.Same(context, tx.Context);
        Assert.Equal(SipMethod.Options, tx.Method);
    }

    private static ReadOnlySpan<byte> WithoutVia(string method) =>
        Bytes(Request(method).Replace("Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKone\n", "")).Span;
}
