using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using Tandem.Edge.Authentication;
using Tandem.Edge.Resolution;
using Tandem.Shared;
using Tandem.Shared.Configuration;
using Tandem.Shared.Edge;
using Tandem.Sip.Messages;
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
public sealed record EdgeCollaborators(IActorRef Self, IActorRef Calls, IActorRef CdrWriter, Func<uint> CallNode)
{
    /// <summary>Takes REGISTERs of authenticated devices.</summary>
    public IActorRef RegisterDesk { get; init; } = ActorRefs.Nobody;
}

/// <summary>
/// One thread with its transactions and a UDP socket of each listener: a loop that reads datagrams in batches, takes what the
/// node's connections have brought and the commands of calls from queues, runs the transaction layer and sends in batches.
/// Everything in it belongs to its own thread, so nothing is locked.
/// </summary>
public sealed partial class EdgeWorker : ITransactionUser, IDisposable
{
    // Commands taken between two looks at the socket.
    private const int CommandsPerTurn = 256;

    private static readonly TimeSpan LongestSleep = TimeSpan.FromMilliseconds(500);

    private sealed class Inbound(long number, CallId callId, LegId leg, string? setupOf)
    {
        public long Number { get; } = number;

        // The mapping gateway whose call in set-up it is; null for requests inside a call.
        public string? SetupOf { get; } = setupOf;

        public CallId CallId { get; } = callId;

        public LegId Leg { get; } = leg;
    }

    private sealed record Outbound(CallId CallId, int Key);

    private sealed record HandedOver(SipMessage Response, SipEndPoint Remote);

    private readonly int _index;
    private readonly byte[][] _sentBys;
    private readonly ListenerTable _listeners;
    private readonly StreamTransport _streams;
    private readonly EdgeOptions _options;
    private readonly IConfigurationSource _configuration;
    private readonly EdgeStatistics _statistics;
    private readonly RateGuard _systemRate;
    private readonly SetupShares _setups;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Func<int, EdgeWorker> _others;
    private readonly UdpSocket[] _sockets;
    private readonly ReceiveBatch _received = new();
    private readonly SendBatch[] _sends;
    private readonly IDatagramSink _sink;
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
    private volatile bool _draining;
    private volatile bool _stopping;

    /// <summary>Takes its sockets; <see cref="Start"/> begins to read.</summary>
    internal EdgeWorker(
        int index,
        EdgeOptions options,
        EdgeSockets sockets,
        IConfigurationSource configuration,
        EdgeStatistics statistics,
        RateGuard systemRate,
        Authenticator authenticator,
        TimeProvider time,
        ILogger log,
        Func<int, EdgeWorker> others)
    {
        (_index, _options, _configuration, _statistics) = (index, options, configuration, statistics);
        (_systemRate, _time, _log, _others) = (systemRate, time, log, others);
        _authenticator = authenticator;
        _setups = new SetupShares(options.MaxSetups);
        (_listeners, _streams) = (sockets.Table, sockets.Streams);
        var sentBys = _listeners.Listeners.Select(l => l.SentBy).ToArray();
        _sentBys = [.. sentBys.Select(Encoding.ASCII.GetBytes)];
        _sockets = [.. sockets.UdpOf(index).OfType<UdpSocket>()];
        var batches = new SendBatch?[sentBys.Length];
        foreach (var socket in _sockets)
            batches[socket.Local] = new SendBatch(socket) { OnFailure = (_, datagram, _) => _unsent.Add(datagram.ToArray()) };
        _sends = [.. batches.OfType<SendBatch>()];
        _sink = new ListenerSink(batches, _streams, this, datagram => _unsent.Add(datagram.ToArray()));
        _poller = new Poller(_sockets);
        _layer = new TransactionLayer(
            new TransactionLayerOptions
            {
                SentBy = sentBys[0],
                SentByOfListeners = sentBys,
                WorkerIndex = index,
                SendTrying = false,
            },
            _sink,
            this,
            time.TimestampFrequency,
            time.GetTimestamp());
        _outOfCall = new OutOfCallRequests(SendOutOfCall, AbandonOutOfCall, Enqueue, () => _nodes.Self, time);
        _targets = new TargetRequests(this, options.Targets ?? throw new ArgumentException("No resolver.", nameof(options)), time);
        _thread = new Thread(Run)
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"sip-{index}"),
            IsBackground = true,
        };
    }

    /// <summary>Where the first listener really is (the port when 0 was asked for).</summary>
    public System.Net.IPEndPoint LocalEndPoint => _listeners.Listeners[0].Address;

    /// <summary>Counters of the transaction layer; read from any thread, exact only when the loop is idle.</summary>
    public TransactionStatistics Transactions => _layer.Statistics;

    /// <summary>Datagrams that the kernel dropped since our receive buffers were full.</summary>
    public uint KernelDrops => (uint)_sockets.Sum(s => s.KernelDrops);

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
        foreach (var send in _sends) send.Dispose();
        _received.Dispose();
        _poller.Dispose();
        foreach (var socket in _sockets) socket.Dispose();
        _writer.Dispose();
    }

    private void Run()
    {
        while (!_stopping)
        {
            ApplyConfiguration();
            var taken = 0;
            var now = _time.GetTimestamp();
            foreach (var socket in _sockets)
            {
                var count = socket.Receive(_received);
                now = _time.GetTimestamp();
                for (var i = 0; i < count; i++) Guarded(_received[i], now);
                taken += count;
            }

            taken += TakeStreamMessages(now);
            var commands = 0;
            while (commands < CommandsPerTurn && _commands.TryDequeue(out var command))
            {
                Execute(command, now);
                commands++;
            }

            _layer.Advance(_time.GetTimestamp());
            Flush();
            ReportUnsent();
            if (taken == 0 && commands == 0) _poller.Wait(SleepUntilDue());
        }
    }

    // No bytes from the network may end the loop (I11). What gets here is a bug of ours: it costs this one datagram.
    private void Guarded(ReceiveBatch.Datagram datagram, long now)
    {
        if (IsOverPacketLimit(datagram.Remote, now)) return;
        try
        {
            _layer.OnDatagram(datagram.Bytes, datagram.Remote, now);
        }
        catch (Exception failure)
        {
            LogFault(failure, datagram.Bytes.Length, datagram.Remote);
        }
    }

    private void LogFault(Exception failure, int bytes, SipEndPoint remote) => _log.LogError(
        failure, "A message of {Bytes} bytes from {Remote} was dropped by a fault of the switch", bytes, remote);

    private void Flush()
    {
        foreach (var send in _sends) send.Flush();
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
        Flush();
    }

    private EdgeTransactionId Remember(ServerTransaction transaction, CallId callId, LegId leg, string? setupOf = null)
    {
        var number = ++_lastNumber;
        transaction.Context = new Inbound(number, callId, leg, setupOf);
        _inbound.Add(number, transaction);
        return new EdgeTransactionId(_index, number);
    }

    private void Forget(ServerTransaction transaction)
    {
        if (transaction.Context is not Inbound inbound || !_inbound.Remove(inbound.Number)) return;
        if (inbound.SetupOf is { } gateway) _setups.Release(gateway);
    }

    // Peers are few: the text and the key of each are made once. Bounded, since anybody may send a datagram.
    private (string Text, SourceKey Key) SourceOf(SipEndPoint remote)
    {
        const int maxSources = 10_000;
        if (_sources.TryGetValue(remote, out var known)) return known;
        if (_sources.Count >= maxSources) _sources.Clear();
        var endPoint = remote.ToIPEndPoint();
        var source = (remote.ToString(), SourceKey.Of(endPoint.Address, endPoint.Port));
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
