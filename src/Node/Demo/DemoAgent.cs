using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Tandem.Sip.Dialogs;
using Tandem.Sip.Messages;
using Tandem.Sip.Timers;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;
using Tandem.Sip.Writing;

namespace Tandem.Node.Demo;

/// <summary>How a demonstration vendor treats calls.</summary>
/// <param name="RefuseWith">Status that every INVITE gets; 0 takes the call.</param>
/// <param name="RingAfter">Until 180.</param>
/// <param name="AnswerAfter">Until 200, from the INVITE.</param>
internal sealed record VendorBehaviour(int RefuseWith, TimeSpan RingAfter, TimeSpan AnswerAfter);

/// <summary>What a demonstration caller is told of its call.</summary>
internal sealed record CallProgress(int Call, int Status);

/// <summary>
/// A telephone on a real UDP socket of its own, for the demonstration: as a caller it places calls and hangs up after a while,
/// as a vendor it answers them. It is built on the same transaction layer as the switch, and knows nothing else of it.
/// </summary>
internal sealed class DemoAgent : ITransactionUser, IDisposable
{
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMilliseconds(100);

    private sealed class Talk(int call, TimeSpan duration, byte[] uri)
    {
        public int Call { get; } = call;

        public TimeSpan Duration { get; } = duration;

        public byte[] Uri { get; } = uri;

        public Dialog? Dialog { get; set; }
    }

    private readonly UdpSocket _socket = UdpSocket.Bind(new IPEndPoint(IPAddress.Loopback, 0), new UdpSocketOptions { ReusePort = false });
    private readonly ReceiveBatch _received = new(16);
    private readonly SendBatch _send;
    private readonly Poller _poller;
    private readonly TransactionLayer _layer;
    private readonly ConcurrentQueue<Action> _actions = new();
    private readonly PriorityQueue<Action, long> _later = new();
    private readonly Thread _thread;
    private readonly VendorBehaviour? _behaviour;
    private readonly string _name;
    private volatile bool _stopping;

    /// <summary>Binds a free port and begins to listen.</summary>
    public DemoAgent(string name, VendorBehaviour? behaviour)
    {
        (_name, _behaviour) = (name, behaviour);
        _send = new SendBatch(_socket);
        _poller = new Poller(_socket);
        _layer = new TransactionLayer(
            new TransactionLayerOptions { SentBy = EndPoint.ToString() }, _send, this, TimeProvider.System.TimestampFrequency, Now);
        _thread = new Thread(Run) { IsBackground = true, Name = "demo-" + name };
        _thread.Start();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => _socket.LocalEndPoint;

    /// <summary>A caller's news, on the agent's thread.</summary>
    public event Action<CallProgress> Progress = delegate { };

    private static long Now => TimeProvider.System.GetTimestamp();

    /// <summary>Places a call through <paramref name="target"/> and hangs up after <paramref name="duration"/>.</summary>
    public void Call(int call, IPEndPoint target, string caller, string callee, TimeSpan duration) => Post(() =>
    {
        var uri = Encoding.ASCII.GetBytes($"sip:{callee}@{target}");
        using var writer = new SipWriter();
        writer.RequestLine(SipMethod.Invite, uri);
        writer.Header(SipHeaderName.MaxForwards, 70);
        writer.Address(SipHeaderName.From, default, Encoding.ASCII.GetBytes($"sip:{caller}@{EndPoint}"), Token());
        writer.Address(SipHeaderName.To, default, uri, default);
        writer.Header(SipHeaderName.CallId, Token());
        writer.CSeq(1, SipMethod.Invite);
        WriteContact(writer);
        writer.Finish("application/sdp"u8, Sdp());
        _layer.SendRequest(SipEndPoint.From(target), writer.WrittenSpan, new Talk(call, duration, uri));
    });

    /// <inheritdoc />
    public void OnRequest(ServerTransaction transaction, SipMessage request)
    {
        if (request.Method != SipMethod.Invite)
        {
            _layer.Respond(transaction, request.Method is SipMethod.Bye or SipMethod.Options ? 200 : 501);
            return;
        }

        if (_behaviour is not { RefuseWith: 0 } behaviour)
        {
            _layer.Respond(transaction, _behaviour?.RefuseWith ?? 486);
            return;
        }

        Later(behaviour.RingAfter, () => _layer.Respond(transaction, 180, default, default, Headers(contact: true, sdp: false)));
        Later(behaviour.AnswerAfter, () =>
            _layer.Respond(transaction, 200, default, default, Headers(contact: true, sdp: true), Sdp()));
    }

    /// <inheritdoc />
    public void OnCancel(ServerTransaction inviteTransaction, SipMessage cancel) => _layer.Respond(inviteTransaction, 487);

    /// <inheritdoc />
    public void OnAck(ServerTransaction? inviteTransaction, SipMessage ack, SipEndPoint remote)
    {
    }

    /// <inheritdoc />
    public void OnAckTimeout(ServerTransaction inviteTransaction)
    {
    }

    /// <inheritdoc />
    public void OnUnanswered(ServerTransaction transaction)
    {
    }

    /// <inheritdoc />
    public void OnResponse(ClientTransaction transaction, SipMessage response)
    {
        if (transaction.Context is not Talk talk) return;
        if (response.Method == SipMethod.Bye)
        {
            Progress(new CallProgress(talk.Call, 0));
            return;
        }

        if (response.StatusCode is >= 200 and < 300)
        {
            var first = talk.Dialog is null;
            talk.Dialog ??= Dialog.OfUac(response, talk.Uri);
            SendAck(transaction.Remote, talk, response.CSeqNumber);
            if (!first) return;
            Later(talk.Duration, () => HangUp(transaction.Remote, talk));
        }

        if (response.StatusCode > 100) Progress(new CallProgress(talk.Call, response.StatusCode));
    }

    /// <inheritdoc />
    public void OnTimeout(ClientTransaction transaction)
    {
        if (transaction.Context is Talk talk) Progress(new CallProgress(talk.Call, 408));
    }

    /// <inheritdoc />
    public void OnTransportError(ClientTransaction transaction) => OnTimeout(transaction);

    /// <inheritdoc />
    public void OnTransportError(ServerTransaction transaction)
    {
    }

    /// <inheritdoc />
    public void OnStrayResponse(SipMessage response, SipEndPoint remote)
    {
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _stopping = true;
        _poller.Wake();
        if (!_thread.Join(TimeSpan.FromSeconds(2))) return;
        _send.Dispose();
        _received.Dispose();
        _poller.Dispose();
        _socket.Dispose();
    }

    private void Run()
    {
        while (!_stopping)
        {
            var count = _socket.Receive(_received);
            for (var i = 0; i < count; i++) _layer.OnDatagram(_received[i].Bytes, _received[i].Remote, Now);
            while (_actions.TryDequeue(out var action)) action();
            while (_later.TryPeek(out _, out var due) && due <= Now) _later.Dequeue()();
            _layer.Advance(Now);
            _send.Flush();
            if (count == 0) _poller.Wait(Sleep());
        }
    }

    private TimeSpan Sleep()
    {
        var due = _layer.NextDue == TimerWheel.Never ? long.MaxValue : _layer.NextDue;
        if (_later.TryPeek(out _, out var next)) due = Math.Min(due, next);
        if (due == long.MaxValue) return LongestSleep;
        var sleep = TimeProvider.System.GetElapsedTime(Now, due);
        return sleep < LongestSleep ? sleep : LongestSleep;
    }

    private void Later(TimeSpan delay, Action action) =>
        _later.Enqueue(action, Now + (long)(delay.TotalSeconds * TimeProvider.System.TimestampFrequency));

    private void Post(Action action)
    {
        _actions.Enqueue(action);
        _poller.Wake();
    }

    private void SendAck(SipEndPoint remote, Talk talk, uint cseq)
    {
        using var writer = new SipWriter();
        talk.Dialog!.WriteRequest(writer, SipMethod.Ack, cseq);
        writer.Finish();
        _layer.SendAck(remote, writer.WrittenSpan);
    }

    private void HangUp(SipEndPoint remote, Talk talk)
    {
        using var writer = new SipWriter();
        talk.Dialog = talk.Dialog!.NextRequest();
        talk.Dialog.WriteRequest(writer, SipMethod.Bye, talk.Dialog.LocalCSeq!.Value);
        writer.Finish();
        _layer.SendRequest(remote, writer.WrittenSpan, talk);
    }

    private byte[] Headers(bool contact, bool sdp)
    {
        using var writer = new SipWriter();
        if (contact) WriteContact(writer);
        if (sdp) writer.Header(SipHeaderName.ContentType, "application/sdp");
        return writer.ToArray();
    }

    private void WriteContact(SipWriter writer) =>
        writer.Address(SipHeaderName.Contact, default, Encoding.ASCII.GetBytes($"sip:{_name}@{EndPoint}"), default);

    // The media of the demonstration is only promised: nothing is sent to these ports.
    private static byte[] Sdp() => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n"));

    private static byte[] Token() => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
}
