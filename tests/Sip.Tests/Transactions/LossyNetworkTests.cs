using System.Text;
using CsCheck;
using Tandem.Sip.Messages;
using Tandem.Sip.Tests.Parsing;
using Tandem.Sip.Timers;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;

namespace Tandem.Sip.Tests.Transactions;

/// <summary>
/// Two layers talk over a network that loses, repeats and reorders, driven by one seed. Method of proof: whatever the
/// network does, every transaction ends, each side is told what it must be told exactly once, and nothing stays behind.
/// </summary>
public sealed class LossyNetworkTests
{
    private static readonly Gen<Weather> Weathers = Gen.Select(
        Gen.Int[0, int.MaxValue], Gen.Int[0, 60], Gen.Int[0, 30], Gen.Int[0, 2_000],
        (seed, loss, repeats, delay) => new Weather(seed, loss, repeats, delay));

    private sealed record Weather(int Seed, int LossPercent, int RepeatPercent, int MaxDelayMs, bool Cancels = true);

    [Fact]
    public void Every_transaction_ends_and_each_final_is_told_once() =>
        Weathers.Sample(weather => new World(weather).Run(), iter: 400);

    [Fact]
    public void Without_loss_every_request_gets_the_answer_that_was_given() =>
        Gen.Select(Gen.Int[0, int.MaxValue], Gen.Int[0, 30], Gen.Int[0, 2_000]).Sample(
            (seed, repeats, delay) =>
            {
                var world = new World(new Weather(seed, 0, repeats, delay));
                world.Run();
                Assert.Equal(0, world.Timeouts);
                Assert.Equal(0, world.AckTimeouts);
            },
            iter: 100);

    /// <summary>
    /// Fixed seeds: each message has six to ten repeats, so a loss of one in ten is repaired nearly always.
    /// </summary>
    [Fact]
    public void Repeats_repair_the_loss_of_one_datagram_in_ten()
    {
        for (var seed = 0; seed < 150; seed++)
        {
            var world = new World(new Weather(seed, 10, 0, 100, Cancels: false));
            world.Run();
            Assert.True(world.Timeouts + world.AckTimeouts + world.MissingAcks == 0, $"seed {seed}");
        }
    }

    private sealed class Call
    {
        public required string Id { get; init; }

        public required bool IsInvite { get; init; }

        public ClientTransaction? Client { get; set; }

        public ServerTransaction? Server { get; set; }

        public List<int> Finals { get; } = [];

        public HashSet<int> Given { get; } = [];

        public int Timeouts { get; set; }

        public int AckTimeouts { get; set; }

        public int Unanswered { get; set; }
    }

    private sealed class World
    {
        private const int Calls = 12;
        private const int MaxSteps = 1_000_000;

        private readonly PriorityQueue<Action, (long At, long Order)> _events = new();
        private readonly Dictionary<string, Call> _calls = [];
        private readonly Weather _weather;
        private readonly Random _random;
        private readonly Side _caller;
        private readonly Side _answerer;
        private long _now;
        private long _order;

        public World(Weather weather)
        {
            (_weather, _random) = (weather, new Random(weather.Seed));
            _caller = new Side(this, "192.0.2.1:5060");
            _answerer = new Side(this, "192.0.2.2:5060");
        }

        public int Timeouts => _calls.Values.Sum(c => c.Timeouts);

        public int AckTimeouts => _calls.Values.Sum(c => c.AckTimeouts);

        public long MissingAcks => _answerer.Layer.Statistics.MissingAcks;

        public void Run()
        {
            for (var i = 0; i < Calls; i++) At(_random.Next(5_000), Start);
            for (var steps = 0; ; steps++)
            {
                Assert.True(steps < MaxSteps, "does not end");
                var timer = Math.Min(_caller.Layer.NextDue, _answerer.Layer.NextDue);
                var hasEvent = _events.TryPeek(out _, out var next);
                if (timer == TimerWheel.Never && !hasEvent) break;
                _now = Math.Max(_now, Math.Min(timer, hasEvent ? next.At : timer));
                _caller.Layer.Advance(_now);
                _answerer.Layer.Advance(_now);
                while (_events.TryPeek(out _, out next) && next.At <= _now) _events.Dequeue()();
            }

            foreach (var call in _calls.Values) AssertFinished(call);
            AssertEmpty(_caller.Layer);
            AssertEmpty(_answerer.Layer);
        }

        private static void AssertEmpty(TransactionLayer layer)
        {
            Assert.Equal(0, layer.Statistics.ActiveClientTransactions);
            Assert.Equal(0, layer.Statistics.ActiveServerTransactions);
        }

        private static void AssertFinished(Call call)
        {
            Assert.Equal(TransactionState.Terminated, call.Client!.State);
            if (call.Server is { } server) Assert.Equal(TransactionState.Terminated, server.State);
            Assert.All(call.Finals, status => Assert.Contains(status, call.Given));
            var success = call.IsInvite && call.Finals.Count > 0 && call.Finals[0] == 200;
            if (success) Assert.All(call.Finals, status => Assert.Equal(200, status));
            else Assert.True(call.Finals.Count <= 1, $"{call.Finals.Count} finals");
            // Either an answer or a time-out, never both, never neither.
            Assert.Equal(call.Finals.Count == 0 ? 1 : 0, call.Timeouts);
            if (call.Server is { IsInvite: true, LastStatus: 200 } accepted)
                Assert.Equal(accepted.IsAcked ? 0 : 1, call.AckTimeouts);
        }

        private void Start()
        {
            var invite = _random.Next(3) > 0;
            var call = new Call { Id = $"call{_calls.Count}", IsInvite = invite };
            _calls.Add(call.Id, call);
            var method = invite ? "INVITE" : _random.Next(2) == 0 ? "OPTIONS" : "INFO";
            call.Client = _caller.Layer.SendRequest(
                _answerer.Address, Message($"{method} sip:b@192.0.2.2 SIP/2.0", call.Id, $"1 {method}"), call);
            if (!invite || !_weather.Cancels || _random.Next(2) == 0) return;
            var giveUp = _random.Next(2) == 0;
            At(_random.Next(10_000), () =>
            {
                if (giveUp) _caller.Layer.Abandon(call.Client!);
                else _caller.Layer.CancelInvite(call.Client!);
            });
        }

        private static byte[] Message(string line, string callId, string cseq, string toTag = "") => TestMessages.Bytes(
            $"{line}\r\nMax-Forwards: 70\r\nFrom: <sip:a@192.0.2.1>;tag=ft\r\nTo: <sip:b@192.0.2.2>{toTag}\r\n"
            + $"Call-ID: {callId}\r\nCSeq: {cseq}\r\nContent-Length: 0\r\n\r\n");

        private void At(long delay, Action action) => _events.Enqueue(action, (_now + delay, _order++));

        private bool Chance(int percent) => _random.Next(100) < percent;

        private void Transmit(Side from, SipEndPoint to, byte[] datagram)
        {
            var target = to == _caller.Address ? _caller : _answerer;
            Assert.Equal(target.Address, to);
            if (Chance(_weather.LossPercent)) return;
            do At(_random.Next(_weather.MaxDelayMs + 1), () => target.Layer.OnDatagram(datagram, from.Address, _now));
            while (Chance(_weather.RepeatPercent));
        }

        private void Answer(ServerTransaction transaction, Call call, int status)
        {
            if (_answerer.Layer.Respond(transaction, status)) call.Given.Add(status);
        }

        private void Acknowledge(SipMessage response)
        {
            var toTag = $";tag={Encoding.ASCII.GetString(response.ToTag)}";
            var callId = Encoding.ASCII.GetString(response.CallId);
            _caller.Layer.SendAck(_answerer.Address, Message("ACK sip:b@192.0.2.2 SIP/2.0", callId, "1 ACK", toTag));
        }

        private Call CallOf(SipMessage message) => _calls[Encoding.ASCII.GetString(message.CallId)];

        private sealed class Side : IDatagramSink, ITransactionUser
        {
            private readonly World _world;

            public Side(World world, string address)
            {
                (_world, Address) = (world, SipEndPoint.Parse(address));
                Layer = new TransactionLayer(new TransactionLayerOptions { SentBy = address }, this, this, 1_000, 0);
            }

            public SipEndPoint Address { get; }

            public TransactionLayer Layer { get; }

            public void Send(SipEndPoint remote, ReadOnlySpan<byte> datagram) =>
                _world.Transmit(this, remote, datagram.ToArray());

            public void OnRequest(ServerTransaction transaction, SipMessage request)
            {
                var call = _world.CallOf(request);
                if (call.Server is { } earlier)
                    Assert.True(earlier.State == TransactionState.Terminated, "a repeat was passed up");
                call.Server = transaction;
                var random = _world._random;
                if (call.IsInvite && random.Next(2) == 0)
                    _world.At(random.Next(2_000), () => _world.Answer(transaction, call, 180));
                int[] finals = [200, 200, 404, 486, 503];
                var final = finals[random.Next(finals.Length)];
                _world.At(random.Next(4_000), () => _world.Answer(transaction, call, final));
            }

            public void OnCancel(ServerTransaction inviteTransaction, SipMessage cancel) =>
                _world.Answer(inviteTransaction, _world.CallOf(inviteTransaction.Request), 487);

            public void OnAck(ServerTransaction? inviteTransaction, SipMessage ack, SipEndPoint remote)
            {
                if (inviteTransaction is not null) Assert.Equal(200, inviteTransaction.LastStatus);
            }

            public void OnAckTimeout(ServerTransaction inviteTransaction)
            {
                var call = _world.CallOf(inviteTransaction.Request);
                if (ReferenceEquals(call.Server, inviteTransaction)) call.AckTimeouts++;
            }

            public void OnUnanswered(ServerTransaction transaction) => Assert.Fail("every request is answered here");

            public void OnResponse(ClientTransaction transaction, SipMessage response)
            {
                var call = _world.CallOf(response);
                Assert.Same(call, transaction.Context);
                Assert.Equal(0, call.Timeouts);
                if (response.StatusCode < 200) return;
                call.Finals.Add(response.StatusCode);
                if (call.IsInvite && response.StatusCode < 300) _world.Acknowledge(response);
            }

            public void OnTimeout(ClientTransaction transaction) => ((Call)transaction.Context!).Timeouts++;

            public void OnTransportError(ClientTransaction transaction) => Assert.Fail("no transport errors here");

            public void OnTransportError(ServerTransaction transaction) => Assert.Fail("no transport errors here");

            public void OnStrayResponse(SipMessage response, SipEndPoint remote) =>
                Assert.True(
                    _world.CallOf(response).Client!.State == TransactionState.Terminated
                    || response.CSeqMethod == SipMethod.Cancel,
                    "a live transaction was not found");
        }
    }
}
