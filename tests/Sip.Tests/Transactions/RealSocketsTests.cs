using System.Net;
using Tandem.Sip.Messages;
using Tandem.Sip.Tests.Parsing;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;

namespace Tandem.Sip.Tests.Transactions;

/// <summary>
/// Layers on real sockets, each with the loop that a worker runs; two answering workers share a port. Waiting is
/// bounded.
/// </summary>
public sealed class RealSocketsTests
{
    private const int Callers = 8;
    private const int CallsEach = 50;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public void Every_call_to_two_workers_on_one_port_is_answered_and_acknowledged()
    {
        using var first = new Worker(0, new IPEndPoint(IPAddress.Loopback, 0));
        using var second = new Worker(1, first.Socket.LocalEndPoint);
        using var stop = new CancellationTokenSource();
        var workers = new[] { first, second };
        var threads = workers.Select(w => new Thread(() => w.Run(() => stop.IsCancellationRequested))).ToList();
        threads.ForEach(t => t.Start());
        try
        {
            var target = SipEndPoint.From(first.Socket.LocalEndPoint);
            for (var i = 0; i < Callers; i++)
            {
                using var caller = new Worker(2, new IPEndPoint(IPAddress.Loopback, 0));
                for (var j = 0; j < CallsEach; j++) caller.Call(target, $"call-{i}-{j}");
                caller.Run(() => caller.Answered == CallsEach);
                Assert.Equal(CallsEach, caller.Answered);
            }

            var all = Callers * CallsEach;
            Assert.True(SpinWait.SpinUntil(() => first.Acknowledged + second.Acknowledged == all, Patience));
        }
        finally
        {
            stop.Cancel();
            first.Poller.Wake();
            second.Poller.Wake();
            threads.ForEach(t => Assert.True(t.Join(Patience)));
        }

        Assert.True(first.Acknowledged > 0 && second.Acknowledged > 0, "the kernel spreads the callers over both");
    }

    private sealed class Worker : ITransactionUser, IDisposable
    {
        private readonly TimeProvider _time = TimeProvider.System;
        private readonly ReceiveBatch _received = new();
        private readonly SendBatch _toSend;
        private int _acknowledged;

        public Worker(int index, IPEndPoint local)
        {
            Socket = UdpSocket.Bind(local);
            Poller = new Poller(Socket);
            _toSend = new SendBatch(Socket);
            var options = new TransactionLayerOptions { SentBy = $"{Socket.LocalEndPoint}", WorkerIndex = index };
            Layer = new TransactionLayer(options, _toSend, this, _time.TimestampFrequency, _time.GetTimestamp());
            _toSend.OnFailure = (_, datagram, _) => Layer.OnSendFailed(datagram);
        }

        public UdpSocket Socket { get; }

        public Poller Poller { get; }

        public TransactionLayer Layer { get; }

        public int Answered { get; private set; }

        public int Acknowledged => Volatile.Read(ref _acknowledged);

        public void Run(Func<bool> isDone)
        {
            for (var begin = _time.GetTimestamp(); !isDone() && _time.GetElapsedTime(begin) < Patience;)
            {
                while (Socket.Receive(_received) is > 0 and var count)
                {
                    var now = _time.GetTimestamp();
                    for (var i = 0; i < count; i++) Layer.OnDatagram(_received[i].Bytes, _received[i].Remote, now);
                }

                Layer.Advance(_time.GetTimestamp());
                _toSend.Flush();
                if (isDone()) return;
                var wait = Math.Min(Layer.NextDue - _time.GetTimestamp(), _time.TimestampFrequency);
                Poller.Wait(TimeSpan.FromSeconds(wait / (double)_time.TimestampFrequency));
            }
        }

        public void Call(SipEndPoint target, string callId) => Layer.SendRequest(target, Message("INVITE", callId, ""));

        public void Dispose()
        {
            _toSend.Dispose();
            _received.Dispose();
            Poller.Dispose();
            Socket.Dispose();
        }

        public void OnRequest(ServerTransaction transaction, SipMessage request)
        {
            Layer.Respond(transaction, 180, default, "us"u8);
            Layer.Respond(transaction, 200, default, "us"u8, "Contact: <sip:us@127.0.0.1>\r\n"u8);
        }

        public void OnAck(ServerTransaction? inviteTransaction, SipMessage ack, SipEndPoint remote)
        {
            if (inviteTransaction is not null) Interlocked.Increment(ref _acknowledged);
        }

        public void OnResponse(ClientTransaction transaction, SipMessage response)
        {
            if (response.StatusCode != 200) return;
            Answered++;
            Layer.SendAck(transaction.Remote, Message("ACK", TestMessages.Text(response.CallId), ";tag=us"));
        }

        public void OnCancel(ServerTransaction inviteTransaction, SipMessage cancel) => Assert.Fail("nobody cancels");

        public void OnAckTimeout(ServerTransaction inviteTransaction) => Assert.Fail("an ACK was lost");

        public void OnUnanswered(ServerTransaction transaction) => Assert.Fail("all is answered");

        public void OnTimeout(ClientTransaction transaction) => Assert.Fail("time-out");

        public void OnTransportError(ClientTransaction transaction) => Assert.Fail("transport error");

        public void OnTransportError(ServerTransaction transaction) => Assert.Fail("transport error");

        public void OnStrayResponse(SipMessage response, SipEndPoint remote) => Assert.Fail("stray response");

        private static byte[] Message(string method, string callId, string toTag) => TestMessages.Bytes(
            $"{method} sip:b@127.0.0.1 SIP/2.0\r\nMax-Forwards: 70\r\nFrom: <sip:a@127.0.0.1>;tag=ft\r\n"
            + $"To: <sip:b@127.0.0.1>{toTag}\r\nCall-ID: {callId}\r\nCSeq: 1 {method}\r\nContent-Length: 0\r\n\r\n");
    }
}
