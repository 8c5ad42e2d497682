using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Tandem.Edge.Resolution;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;

namespace Tandem.Edge.Tests.Resolution;

/// <summary>
/// Requests to a host with three addresses, over a real transaction layer without a socket: the test is the network, and the
/// owner of the requests.
/// </summary>
public sealed class TargetRequestsTests : IDatagramSink, ITransactionUser, ITargetSender
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(9);

    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedDns _dns = new();
    private readonly Queue<object> _queue = new();
    private readonly List<(string To, string Message)> _sent = [];
    private readonly List<string> _told = [];
    private readonly TransactionLayer _layer;
    private readonly TargetServices _services;
    private readonly TargetRequests _targets;

    public TargetRequestsTests()
    {
        _dns.Address("vendor.test", "192.0.2.1", "192.0.2.2", "192.0.2.3");
        _layer = new TransactionLayer(
            new TransactionLayerOptions { SentBy = "198.51.100.1:5060" }, this, this, _time.TimestampFrequency, _time.GetTimestamp());
        var resolver = new SipResolver(new DnsCache(_dns, new(), _time), new SipResolverOptions(), _time);
        _services = new TargetServices(resolver, new DeadTargets(_time));
        _targets = new TargetRequests(this, _services, _time);
    }

    [Fact]
    public void Shows_its_owner_one_request_when_the_first_address_answers()
    {
        Start("INVITE");
        Respond(1, 100);
        Respond(1, 486);
        Assert.Equal(["192.0.2.1:5060 100", "192.0.2.1:5060 486"], _told);
        Assert.Equal(0, _targets.Count);
    }

    [Fact]
    public void Tries_the_next_address_after_503_and_hides_the_503()
    {
        Start("INVITE");
        Respond(1, 503);
        Assert.Contains(_sent, s => s.To == "192.0.2.1:5060" && s.Message.StartsWith("ACK", StringComparison.Ordinal));
        Respond(2, 200);
        Assert.Equal(["192.0.2.2:5060 200"], _told);
    }

    [Fact]
    public void Passes_the_503_of_the_last_address_on()
    {
        Start("INVITE");
        for (var i = 1; i <= 3; i++) Respond(i, 503);
        Assert.Equal(["192.0.2.3:5060 503"], _told);
    }

    [Fact]
    public void Tries_the_next_address_when_one_cannot_be_sent_to()
    {
        Start("OPTIONS");
        _layer.OnSendFailed(Encoding.ASCII.GetBytes(_sent[0].Message));
        Advance(TimeSpan.Zero);
        Respond(2, 200);
        Assert.Equal(["192.0.2.2:5060 200"], _told);
    }

    [Fact]
    public void Gives_each_silent_address_its_share_of_an_INVITEs_time()
    {
        Start("INVITE");
        Advance(TimeSpan.FromSeconds(2.9));
        Assert.Equal(["192.0.2.1:5060"], Tried);
        Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(["192.0.2.1:5060", "192.0.2.2:5060"], Tried);
        Advance(TimeSpan.FromSeconds(3.1));
        Assert.Equal(["192.0.2.1:5060", "192.0.2.2:5060", "192.0.2.3:5060"], Tried);
        Assert.Empty(_told);
    }

    [Fact]
    public void Stays_with_an_address_that_has_said_100()
    {
        Start("INVITE");
        Respond(1, 100);
        Advance(Patience);
        Assert.Equal(["192.0.2.1:5060"], Tried);
    }

    [Fact]
    public void Cancels_a_late_ringing_of_an_address_that_was_left_and_does_not_tell_of_it()
    {
        Start("INVITE");
        Advance(TimeSpan.FromSeconds(3.1));
        Respond(1, 180);
        Assert.Empty(_told);
        Assert.Contains(_sent, s => s.To == "192.0.2.1:5060" && s.Message.StartsWith("CANCEL", StringComparison.Ordinal));
        Respond(2, 486);
        Assert.Equal(["192.0.2.2:5060 486"], _told);
    }

    [Fact]
    public void Passes_a_late_200_of_an_address_that_was_left_on_and_cancels_the_present_one()
    {
        Start("INVITE");
        Advance(TimeSpan.FromSeconds(3.1));
        Respond(2, 180);
        Respond(1, 200);
        Assert.Equal(["192.0.2.2:5060 180", "192.0.2.1:5060 200"], _told);
        Assert.Contains(_sent, s => s.To == "192.0.2.2:5060" && s.Message.StartsWith("CANCEL", StringComparison.Ordinal));
        Respond(2, 487);
        Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(2, _told.Count(t => !t.EndsWith("487", StringComparison.Ordinal)));
    }

    [Fact]
    public void Tries_what_is_not_an_INVITE_at_the_next_address_after_64_T1()
    {
        Start("OPTIONS", TimeSpan.Zero);
        Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(["192.0.2.1:5060"], Tried);
        Advance(TimeSpan.FromSeconds(2));
        Respond(2, 200);
        Assert.Equal(["192.0.2.2:5060 200"], _told);
    }

    [Fact]
    public void Tells_the_failure_when_all_addresses_are_silent()
    {
        Start("OPTIONS", TimeSpan.Zero);
        for (var i = 0; i < 3; i++) Advance(TimeSpan.FromSeconds(33));
        Assert.Equal(["failed"], _told);
        Assert.Equal(0, _targets.Count);
    }

    [Fact]
    public void Tries_an_address_that_was_dead_a_moment_ago_last_and_forgets_it_after_30_seconds()
    {
        Start("INVITE");
        Respond(1, 503);
        Respond(2, 200);
        Start("INVITE");
        Assert.Equal("192.0.2.2:5060", Tried[^1]);
        Respond(2, 486);
        Advance(DeadTargets.Life);
        Start("INVITE");
        Assert.Equal("192.0.2.1:5060", Tried[^1]);
    }

    [Fact]
    public void Tries_no_further_address_after_a_CANCEL()
    {
        var walk = Start("INVITE");
        Respond(1, 100);
        _targets.Cancel(walk, default);
        Assert.Contains(_sent, s => s.Message.StartsWith("CANCEL", StringComparison.Ordinal));
        Respond(1, 503);
        Assert.Equal(["192.0.2.1:5060 100", "192.0.2.1:5060 503"], _told);
        Assert.Equal(["192.0.2.1:5060"], Tried);
    }

    [Fact]
    public void Tells_the_failure_when_it_is_cancelled_before_its_host_is_resolved()
    {
        var resolved = new TaskCompletionSource();
        _dns.Gate = resolved.Task;
        var walk = Start("INVITE", wait: false);
        _targets.Cancel(walk, default);
        Assert.Equal(["Given up before its host was resolved."], _told);
        resolved.SetResult();
        Advance(TimeSpan.Zero);
        Assert.Empty(_sent);
    }

    [Fact]
    public void Tells_why_a_host_has_no_address()
    {
        _dns.Address("vendor.test");
        Start("INVITE");
        Assert.Equal(["The DNS has no address of vendor.test."], _told);
    }

    [Fact]
    public void Gives_up_silently_when_its_owner_does()
    {
        var walk = Start("OPTIONS");
        _targets.Abandon(walk);
        Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(_told);
        Assert.Equal((0, 1), (_targets.Count, Tried.Count));
    }

    void IDatagramSink.Send(SipEndPoint remote, ReadOnlySpan<byte> datagram) =>
        _sent.Add((remote.ToString(), Encoding.ASCII.GetString(datagram)));

    ClientTransaction? ITargetSender.Send(
        SipEndPoint remote, string local, string gateway, ReadOnlySpan<byte> request, object context) =>
        _layer.SendRequest(remote, request, context);

    void ITargetSender.Cancel(ClientTransaction transaction, ReadOnlyMemory<byte> headers) =>
        _layer.CancelInvite(transaction, headers.Span);

    void ITargetSender.Abandon(ClientTransaction transaction) => _layer.Abandon(transaction);

    void ITargetSender.Enqueue(object command)
    {
        lock (_queue) _queue.Enqueue(command);
    }

    void ITargetSender.Failed(TargetWalk walk, string why) => _told.Add(why);

    void ITransactionUser.OnResponse(ClientTransaction transaction, SipMessage response)
    {
        if (_targets.Passes((TargetWalk)transaction.Context!, transaction, response))
            _told.Add($"{transaction.Remote} {response.StatusCode}");
    }

    void ITransactionUser.OnTimeout(ClientTransaction transaction) => Ended(transaction);

    void ITransactionUser.OnTransportError(ClientTransaction transaction) => Ended(transaction);

    void ITransactionUser.OnRequest(ServerTransaction transaction, SipMessage request)
    {
    }

    void ITransactionUser.OnCancel(ServerTransaction inviteTransaction, SipMessage cancel)
    {
    }

    void ITransactionUser.OnAck(ServerTransaction? inviteTransaction, SipMessage ack, SipEndPoint remote)
    {
    }

    void ITransactionUser.OnAckTimeout(ServerTransaction inviteTransaction)
    {
    }

    void ITransactionUser.OnUnanswered(ServerTransaction transaction)
    {
    }

    void ITransactionUser.OnTransportError(ServerTransaction transaction)
    {
    }

    void ITransactionUser.OnStrayResponse(SipMessage response, SipEndPoint remote)
    {
    }

    // Where requests of ours went to, each once.
    private List<string> Tried => [.. _sent
        .Where(s => !s.Message.StartsWith("ACK", StringComparison.Ordinal) && !s.Message.StartsWith("CANCEL", StringComparison.Ordinal))
        .Select(s => (s.To, s.Message)).Distinct().Select(s => s.To)];

    private TargetWalk Start(string method, TimeSpan? patience = null, bool wait = true)
    {
        var request = Encoding.ASCII.GetBytes(
            $"{method} sip:44@vendor.test SIP/2.0\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=f\r\nTo: <sip:44@vendor.test>\r\n"
            + $"Call-ID: c{_sent.Count}\r\nCSeq: 1 {method}\r\nContent-Length: 0\r\n\r\n");
        var walk = new TargetWalk(this, "udp:vendor.test:5060", "", "", request, patience ?? Patience);
        _targets.Start(walk);
        if (!wait) return walk;
        Assert.True(SpinWait.SpinUntil(() => walk.Current is not null || walk.IsOver || TakeOne(), TimeSpan.FromSeconds(5)));
        return walk;
    }

    private void Respond(int address, int status)
    {
        var (_, message) = _sent.FindLast(s => s.To == $"192.0.2.{address}:5060" && !s.Message.StartsWith("ACK", StringComparison.Ordinal)
            && !s.Message.StartsWith("CANCEL", StringComparison.Ordinal));
        var lines = message.Split("\r\n")[1..];
        var response = $"SIP/2.0 {status} X\r\n" + string.Join("\r\n", lines.Select(l =>
            l.StartsWith("To:", StringComparison.Ordinal) ? l + ";tag=t" + address : l));
        _layer.OnDatagram(Encoding.ASCII.GetBytes(response), SipEndPoint.Parse($"192.0.2.{address}:5060"), _time.GetTimestamp());
    }

    private void Advance(TimeSpan time)
    {
        var step = TimeSpan.FromMilliseconds(100);
        for (var passed = TimeSpan.Zero; passed <= time; passed += step)
        {
            if (passed > TimeSpan.Zero) _time.Advance(step);
            while (TakeOne())
            {
            }

            _layer.Advance(_time.GetTimestamp());
        }
    }

    private bool TakeOne()
    {
        object? command;
        lock (_queue)
        {
            if (!_queue.TryDequeue(out command)) return false;
        }

        switch (command)
        {
            case TargetResolved resolved:
                _targets.Resolved(resolved.Walk, resolved.Resolution);
                break;
            case TargetShareOver over:
                _targets.ShareOver(over);
                break;
        }

        return true;
    }

    private void Ended(ClientTransaction transaction)
    {
        if (!_targets.Absorbs((TargetWalk)transaction.Context!, transaction, "silent")) _told.Add("failed");
    }
}
