using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Shared.Cdr;
using Tandem.Shared.Configuration;
using Tandem.Shared.Edge;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Timers;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;
using Tandem.Sip.Writing;

namespace Tandem.Edge;

/// <summary>The actors that a node's edge talks to.</summary>
/// <param name="Self">The edge actor: sender of all that goes to calls.</param>
/// <param name="Calls">The call region.</param>
/// <param name="CdrWriter">For records of illegal calls.</param>
/// <param name="CallNode">A node for a new call: this one when it has the call role.</param>
public sealed record EdgeCollaborators(IActorRef Self, IActorRef Calls, IActorRef CdrWriter, Func<uint> CallNode);

/// <summary>
/// One socket with its thread and its transactions: a loop that reads datagrams in batches, runs the transaction layer, takes
/// the commands of calls from a queue and sends in batches. Everything in it belongs to its own thread, so nothing is locked.
/// </summary>
public sealed class EdgeWorker : ITransactionUser, IDisposable
{
    // Commands taken between two looks at the socket.
    private const int CommandsPerTurn = 256;

    private static readonly TimeSpan LongestSleep = TimeSpan.FromMilliseconds(500);

    private sealed class Inbound(long number, CallId callId, LegId leg)
    {
        public long Number { get; } = number;

        public CallId CallId { get; } = callId;

        public LegId Leg { get; } = leg;
    }

    private sealed record Outbound(CallId CallId, int Key);

    private sealed record HandedOver(SipMessage Response, SipEndPoint Remote);

    private readonly int _index;
    private readonly byte[] _sentBy;
    private readonly EdgeOptions _options;
    private readonly IConfigurationSource _configuration;
    private readonly EdgeStatistics _statistics;
    private readonly RateGuard _systemRate;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Func<int, EdgeWorker> _others;
    private readonly UdpSocket _socket;
    private readonly ReceiveBatch _received = new();
    private readonly SendBatch _send;
    private readonly Poller _poller;
    private readonly TransactionLayer _layer;
    private readonly ConcurrentQueue<object> _commands = new();
    private readonly Dictionary<long, ServerTransaction> _inbound = [];
    private readonly Dictionary<(CallId, int), ClientTransaction> _outbound = [];
    private readonly Dictionary<SipEndPoint, (string Text, SourceKey Key)> _sources = [];
    private readonly List<byte[]> _unsent = [];
    private readonly SipWriter _writer = new();
    private readonly Thread _thread;
    private EdgeCollaborators _nodes = null!; // Set by Start.
    private long _lastNumber;
    private int _setups;
    private volatile bool _draining;
    private volatile bool _stopping;

    /// <summary>Binds the socket; <see cref="Start"/> begins to read.</summary>
    /// <exception cref="SocketBindException">The address cannot be had; the message names the fix.</exception>
    public EdgeWorker(
        int index,
        EdgeOptions options,
        IConfigurationSource configuration,
        EdgeStatistics statistics,
        RateGuard systemRate,
        TimeProvider time,
        ILogger log,
        Func<int, EdgeWorker> others)
    {
        (_index, _options, _configuration, _statistics) = (index, options, configuration, statistics);
        (_systemRate, _time, _log, _others) = (systemRate, time, log, others);
        _sentBy = Encoding.ASCII.GetBytes(options.SentBy);
        _socket = UdpSocket.Bind(options.Bind);
        _send = new SendBatch(_socket) { OnFailure = (_, datagram, _) => _unsent.Add(datagram.ToArray()) };
        _poller = new Poller(_socket);
        _layer = new TransactionLayer(
            new TransactionLayerOptions { SentBy = options.SentBy, WorkerIndex = index, SendTrying = false },
            _send,
            this,
            time.TimestampFrequency,
            time.GetTimestamp());
        _thread = new Thread(Run)
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"sip-{index}"),
            IsBackground = true,
        };
    }

    /// <summary>Where it really listens (the port when 0 was asked for).</summary>
    public System.Net.IPEndPoint LocalEndPoint => _socket.LocalEndPoint;

    /// <summary>Counters of the transaction layer; read from any thread, exact only when the loop is idle.</summary>
    public TransactionStatistics Transactions => _layer.Statistics;

    /// <summary>Datagrams that the kernel dropped since our receive buffer was full.</summary>
    public uint KernelDrops => _socket.KernelDrops;

    /// <summary>Begins to read.</summary>
    public void Start(EdgeCollaborators nodes)
    {
        _nodes = nodes;
        _thread.Start();
    }

    /// <summary>From now on new calls are refused with 503; calls and transactions go on.</summary>
    public void Drain() => _draining = true;

    /// <summary>Queues a command of a call.</summary>
    public void Enqueue(object command)
    {
        _commands.Enqueue(command);
        _poller.Wake();
    }

    /// <summary>Ends the loop and closes the socket.</summary>
    public void Dispose()
    {
        if (_stopping) return;
        _stopping = true;
        _poller.Wake();
        if (_thread.IsAlive && !_thread.Join(TimeSpan.FromSeconds(5))) return; // Its memory goes with the process.
        _send.Dispose();
        _received.Dispose();
        _poller.Dispose();
        _socket.Dispose();
        _writer.Dispose();
    }

    private void Run()
    {
        while (!_stopping)
        {
            var count = _socket.Receive(_received);
            var now = _time.GetTimestamp();
            for (var i = 0; i < count; i++) Guarded(_received[i], now);
            var commands = 0;
            while (commands < CommandsPerTurn && _commands.TryDequeue(out var command))
            {
                Execute(command, now);
                commands++;
            }

            _layer.Advance(_time.GetTimestamp());
            _send.Flush();
            ReportUnsent();
            if (count == 0 && commands == 0) _poller.Wait(SleepUntilDue());
        }
    }

    // No bytes from the network may end the loop (I11). What gets here is a bug of ours: it costs this one datagram.
    private void Guarded(ReceiveBatch.Datagram datagram, long now)
    {
        try
        {
            _layer.OnDatagram(datagram.Bytes, datagram.Remote, now);
        }
        catch (Exception failure)
        {
            _log.LogError(failure, "A datagram of {Bytes} bytes from {Remote} was dropped by a fault of the switch",
                datagram.Bytes.Length, datagram.Remote);
        }
    }

    private TimeSpan SleepUntilDue()
    {
        if (!_commands.IsEmpty) return TimeSpan.Zero;
        var due = _layer.NextDue;
        if (due == TimerWheel.Never) return LongestSleep;
        var sleep = _time.GetElapsedTime(_time.GetTimestamp(), due);
        return sleep < LongestSleep ? sleep : LongestSleep;
    }

    private void ReportUnsent()
    {
        if (_unsent.Count == 0) return;
        foreach (var datagram in _unsent) _layer.OnSendFailed(datagram);
        _unsent.Clear();
        _send.Flush();
    }

    private void Execute(object command, long now)
    {
        switch (command)
        {
            case EdgeCommands.Respond respond:
                Respond(respond);
                break;
            case EdgeCommands.SendRequest send:
                SendRequest(send);
                break;
            case EdgeCommands.SendAck ack:
                _layer.SendAck(SipEndPoint.Parse(ack.Remote), ack.Request.Span);
                break;
            case EdgeCommands.CancelRequest cancel:
                if (_outbound.TryGetValue((cancel.CallId, cancel.RequestKey), out var cancelled)) _layer.CancelInvite(cancelled);
                break;
            case EdgeCommands.AbandonRequest abandon:
                if (_outbound.TryGetValue((abandon.CallId, abandon.RequestKey), out var abandoned)) _layer.Abandon(abandoned);
                break;
            case EdgeCommands.PassAck pass:
                if (SipParser.ParseDatagram(pass.Request).Message is { } passed)
                    _layer.TryAcceptAck(passed, SipEndPoint.Parse(pass.Source), now);
                break;
            case HandedOver over:
                _layer.OnMessage(over.Response, over.Remote, now);
                break;
        }
    }

    private void Respond(EdgeCommands.Respond command)
    {
        if (!_inbound.TryGetValue(command.Transaction.Number, out var transaction)) { LateAnswer(command, null); return; }
        var phrase = command.Phrase.Length == 0 ? default : Encoding.UTF8.GetBytes(command.Phrase).AsSpan();
        var sent = _layer.Respond(
            transaction, command.Status, phrase, Encoding.ASCII.GetBytes(command.ToTag), command.Headers.Span, command.Body.Span);
        if (!sent) LateAnswer(command, transaction);
        else if (command.Status >= 200) Forget(transaction);
    }

    // The transaction gave up before the call did. A call that believes itself answered must end.
    private void LateAnswer(EdgeCommands.Respond command, ServerTransaction? transaction)
    {
        _statistics.CountLateAnswer();
        if (transaction is not null) Forget(transaction);
        if (command.Status is >= 200 and < 300)
            Tell(new CallCommands.AckTimeout(command.CallId, (transaction?.Context as Inbound)?.Leg ?? LegId.A, command.Transaction));
    }

    private void SendRequest(EdgeCommands.SendRequest command)
    {
        var context = new Outbound(command.CallId, command.RequestKey);
        var transaction = _layer.SendRequest(SipEndPoint.Parse(command.Remote), command.Request.Span, context);
        if (transaction is null) Tell(new CallCommands.RequestTimeout(command.CallId, command.RequestKey));
        else _outbound[(command.CallId, command.RequestKey)] = transaction;
    }

    /// <inheritdoc />
    public void OnRequest(ServerTransaction transaction, SipMessage request)
    {
        var reason = RequestScreening.Screen(request, ScreeningRules.Default);
        if (reason != SipRejectReason.None)
        {
            _statistics.Count(EdgeRefusal.Screening);
            _writer.Reset();
            RequestScreening.WriteRefusalHeaders(_writer, request, reason, ScreeningRules.Default);
            _layer.Respond(transaction, reason.StatusToAnswer(request), reason.ReasonPhrase(), default, _writer.WrittenSpan);
        }
        else if (!request.ToTag.IsEmpty)
        {
            InDialog(transaction, request);
        }
        else if (request.Method == SipMethod.Invite)
        {
            NewCall(transaction);
        }
        else if (request.Method == SipMethod.Options)
        {
            AnswerOptions(transaction);
        }
        else
        {
            _statistics.Count(EdgeRefusal.NoDialog);
            _layer.Respond(transaction, 481);
        }
    }

    private void InDialog(ServerTransaction transaction, SipMessage request)
    {
        if (!TryReadTag(request.ToTag, out var callId, out var leg))
        {
            _statistics.Count(EdgeRefusal.NoDialog);
            _layer.Respond(transaction, 481);
            return;
        }

        if (request.Method == SipMethod.Invite) _layer.Respond(transaction, 100);
        var id = Remember(transaction, callId, leg);
        Tell(new CallCommands.InDialog(callId, leg, id, SourceOf(transaction.Remote).Text, transaction.Request.Raw));
    }

    private void NewCall(ServerTransaction transaction)
    {
        if (_draining)
        {
            Refuse(transaction, EdgeRefusal.Shutdown, EndReason.ServerShutdown);
            return;
        }

        var configuration = _configuration.Current;
        if (_setups >= _options.MaxSetups)
        {
            Refuse(transaction, EdgeRefusal.Overload, EndReason.SystemOverload);
            return;
        }

        var source = SourceOf(transaction.Remote);
        if (configuration.MatchSource(source.Key) is not { } gateway)
        {
            IllegalCall(transaction, source.Text, configuration);
            return;
        }

        if (HasOwnVia(transaction.Request))
        {
            Refuse(transaction, EdgeRefusal.Loop, EndReason.Loop);
            return;
        }

        // After the source, so that strangers use up nothing of it. What this node alone has had in the last second
        // already breaks the limit of the whole switch; what it has not is decided by the limiter that all nodes share.
        if (!_systemRate.TryTake(configuration.Parameters.MaxCps, MonotonicTicks()))
        {
            Refuse(transaction, EdgeRefusal.SystemCps, EndReason.SystemCpsLimit);
            return;
        }

        _layer.Respond(transaction, 100);
        var callId = CallId.New(_nodes.CallNode());
        var id = Remember(transaction, callId, LegId.A);
        _setups++;
        _statistics.CountCall();
        Tell(new CallCommands.Start(
            callId, id, source.Text, gateway.Name, configuration.Version, _time.GetUtcNow(), transaction.Request.Raw));
    }

    // A B2BUA starts a new Via list on each leg, so ours in the list of an incoming request means that a proxy routed a call of
    // ours back to us. A loop through another B2BUA is ended by Max-Forwards, which both legs count down.
    private bool HasOwnVia(SipMessage request)
    {
        foreach (var value in request.Values(SipHeaderName.Via))
            if (SipVia.TryParse(value, out var via) && via.SentBy.SequenceEqual(_sentBy)) return true;
        return false;
    }

    private void IllegalCall(ServerTransaction transaction, string source, ConfigurationSnapshot configuration)
    {
        Refuse(transaction, EdgeRefusal.IllegalCall, EndReason.IllegalCall);
        if (!configuration.Parameters.RecordIllegalCall) return;
        var (request, now) = (transaction.Request, _time.GetUtcNow());
        var (caller, callee) = (UserOf(request.From), UserOf(request.RequestUri));
        _nodes.CdrWriter.Tell(
            new CdrCommands.Write(new CallRecord
            {
                CallId = CallId.New(_nodes.CallNode()),
                CallerAccess = caller,
                CalleeAccess = callee,
                Caller = caller,
                Callee = callee,
                MappingGateway = "",
                CallerAddress = source,
                RoutingGateway = "",
                Account = "",
                ClearingAccount = "",
                StartedAt = now,
                EndedAt = now,
                EndDirection = EndDirection.Server,
                EndReason = EndReason.IllegalCall,
                CallerSipStatus = EndReason.IllegalCall.Info().SipStatus,
                CallerSipCallId = Encoding.ASCII.GetString(request.CallId),
                Node = _options.SentBy,
                ConfigurationVersion = configuration.Version,
                Trace = [$"Source {source} is no mapping gateway's. End: IllegalCall, by switch."],
            }),
            ActorRefs.NoSender);
    }

    private void Refuse(ServerTransaction transaction, EdgeRefusal cause, EndReason reason)
    {
        _statistics.Count(cause);
        var info = reason.Info();
        _writer.Reset();
        _writer.Header(SipHeaderName.Reason, info.ReasonHeader);
        if (reason.RetryAfterSeconds() is { } seconds) _writer.Header(SipHeaderName.RetryAfter, seconds);
        _layer.Respond(transaction, info.SipStatus, Encoding.ASCII.GetBytes(info.Phrase), default, _writer.WrittenSpan);
    }

    private void AnswerOptions(ServerTransaction transaction)
    {
        if (_draining)
        {
            Refuse(transaction, EdgeRefusal.Shutdown, EndReason.ServerShutdown);
            return;
        }

        _writer.Reset();
        _writer.Header(SipHeaderName.Allow, ScreeningRules.Default.Allow);
        _writer.Header(SipHeaderName.Accept, ScreeningRules.Default.Accept);
        _layer.Respond(transaction, 200, default, default, _writer.WrittenSpan);
    }

    /// <inheritdoc />
    public void OnCancel(ServerTransaction inviteTransaction)
    {
        if (inviteTransaction.Context is Inbound inbound)
            Tell(new CallCommands.Cancel(inbound.CallId, new EdgeTransactionId(_index, inbound.Number), ""));
    }

    /// <inheritdoc />
    public void OnAck(ServerTransaction? inviteTransaction, SipMessage ack, SipEndPoint remote)
    {
        if (TryReadTag(ack.ToTag, out var callId, out var leg))
            Tell(new CallCommands.Ack(callId, leg, SourceOf(remote).Text, inviteTransaction is not null, ack.Detach().Raw));
    }

    /// <inheritdoc />
    public void OnAckTimeout(ServerTransaction inviteTransaction)
    {
        if (inviteTransaction.Context is Inbound inbound)
            Tell(new CallCommands.AckTimeout(inbound.CallId, inbound.Leg, new EdgeTransactionId(_index, inbound.Number)));
    }

    /// <inheritdoc />
    public void OnUnanswered(ServerTransaction transaction) => Forget(transaction);

    /// <inheritdoc />
    public void OnResponse(ClientTransaction transaction, SipMessage response)
    {
        if (transaction.Context is not Outbound outbound) return;
        if (response.StatusCode >= 200) _outbound.Remove((outbound.CallId, outbound.Key));
        Tell(new CallCommands.Response(
            outbound.CallId, outbound.Key, SourceOf(transaction.Remote).Text, response.Detach().Raw));
    }

    /// <inheritdoc />
    public void OnTimeout(ClientTransaction transaction) => RequestFailed(transaction);

    /// <inheritdoc />
    public void OnTransportError(ClientTransaction transaction) => RequestFailed(transaction);

    /// <inheritdoc />
    public void OnTransportError(ServerTransaction transaction)
    {
        if (!transaction.IsInvite) Forget(transaction);
    }

    /// <inheritdoc />
    public void OnStrayResponse(SipMessage response, SipEndPoint remote)
    {
        if (TransactionLayer.TryGetWorkerOfBranch(response.TopVia.Branch, out var worker)
            && worker != _index && worker < _options.Workers)
            _others(worker).Enqueue(new HandedOver(response.Detach(), remote));
    }

    private void RequestFailed(ClientTransaction transaction)
    {
        if (transaction.Context is not Outbound outbound) return;
        _outbound.Remove((outbound.CallId, outbound.Key));
        Tell(new CallCommands.RequestTimeout(outbound.CallId, outbound.Key));
    }

    private EdgeTransactionId Remember(ServerTransaction transaction, CallId callId, LegId leg)
    {
        var number = ++_lastNumber;
        transaction.Context = new Inbound(number, callId, leg);
        _inbound.Add(number, transaction);
        return new EdgeTransactionId(_index, number);
    }

    private void Forget(ServerTransaction transaction)
    {
        if (transaction.Context is not Inbound inbound || !_inbound.Remove(inbound.Number)) return;
        if (transaction.IsInvite && transaction.Request.ToTag.IsEmpty) _setups--;
    }

    // Peers are few: the text and the key of each are made once. Bounded, since anybody may send a datagram.
    private (string Text, SourceKey Key) SourceOf(SipEndPoint remote)
    {
        const int maxSources = 10_000;
        if (_sources.TryGetValue(remote, out var known)) return known;
        if (_sources.Count >= maxSources) _sources.Clear();
        var endPoint = remote.ToIPEndPoint();
        var source = (endPoint.ToString(), SourceKey.Of(endPoint.Address, endPoint.Port));
        _sources[remote] = source;
        return source;
    }

    private void Tell(object message) => _nodes.Calls.Tell(message, _nodes.Self);

    private long MonotonicTicks() => _time.GetElapsedTime(0).Ticks;

    private static bool TryReadTag(ReadOnlySpan<byte> tag, out CallId callId, out LegId leg)
    {
        leg = default;
        return CallId.TryParse(tag, out callId) && LegId.TryParse(tag[CallId.TextLength..], out leg);
    }

    private static string UserOf(ReadOnlySpan<byte> addressOrUri)
    {
        var uriText = NameAddress.TryParse(addressOrUri, out var address) ? address.Uri : addressOrUri;
        return SipUri.TryParse(uriText, out var uri) ? Encoding.UTF8.GetString(uri.User) : "";
    }
}
