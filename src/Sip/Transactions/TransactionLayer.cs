using System.Text;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Timers;
using Tandem.Sip.Transport;
using Tandem.Sip.Writing;

namespace Tandem.Sip.Transactions;

/// <summary>
/// The transaction layer of one worker (RFC 3261 §17 and §18.1.2, §18.2.1 to 2, RFC 6026, RFC 3581): it turns datagrams
/// into requests and responses for its <see cref="ITransactionUser"/> and back, repeats what may be lost and absorbs
/// what is repeated. It has no thread, no socket and no clock: the worker's loop passes datagrams and timestamps in, on
/// one thread, and commands use the timestamp that was passed last.
/// </summary>
public sealed partial class TransactionLayer
{
    /// <summary>
    /// Longest header section of a request that is taken. Its Via, From, To and Record-Route are copied into the
    /// responses, and must leave room for what the user adds. Above it there is silence, counted as
    /// <see cref="SipRejectReason.MessageTooLarge"/>.
    /// </summary>
    public const int MaxRequestHeaderBytes = 32 * 1024;

    /// <summary>Most failed sends that wait for <see cref="Advance"/>; above it the timers have to find out.</summary>
    public const int MaxWaitingSendFailures = 1_024;

    private const int StatusLineAndOwnHeaders = 1_024; // What a response has beyond its request's headers, generously.

    private readonly TransactionLayerOptions _options;
    private readonly IDatagramSink _sink;
    private readonly ITransactionUser _user;
    private readonly TimerWheel _wheel;
    private readonly byte[] _sentBy;
    private readonly byte[][] _sentByOfListeners;
    private readonly byte[] _retryAfter;
    private readonly SipWriter _writer = new();
    private readonly BranchIds.Secrets _secrets = new();
    private readonly long _frequency;
    private SipTimers _timers;
    private long _t1;
    private long _t2;
    private readonly Queue<byte[]> _failedSends = [];
    private long _now;

    /// <summary>Makes a layer without transactions.</summary>
    /// <param name="options">What it has to know.</param>
    /// <param name="sink">Where its datagrams go.</param>
    /// <param name="user">Who is told of requests and responses.</param>
    /// <param name="timestampFrequency">Timestamps per second (<see cref="TimeProvider.TimestampFrequency"/>).</param>
    /// <param name="now">The present timestamp (<see cref="TimeProvider.GetTimestamp"/>).</param>
    public TransactionLayer(
        TransactionLayerOptions options, IDatagramSink sink, ITransactionUser user, long timestampFrequency, long now)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentNullException.ThrowIfNull(user);
        ArgumentOutOfRangeException.ThrowIfNegative(options.WorkerIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.WorkerIndex, TransactionLayerOptions.MaxWorkerIndex);
        (_options, _sink, _user, _frequency, _now) = (options, sink, user, timestampFrequency, now);
        _wheel = new TimerWheel(timestampFrequency, now);
        _sentBy = Encoding.ASCII.GetBytes(options.SentBy);
        _sentByOfListeners = [.. options.SentByOfListeners.Select(Encoding.ASCII.GetBytes)];
        _retryAfter = Encoding.ASCII.GetBytes($"Retry-After: {options.RetryAfterSeconds}\r\n");
        _timers = options.Timers;
        (_t1, _t2) = (ToTimestamps(_timers.T1), ToTimestamps(_timers.T2));
    }

    /// <summary>Counters.</summary>
    public TransactionStatistics Statistics { get; } = new();

    /// <summary>The timer values; new ones count for timers that start from now on. Used by the layer's thread.</summary>
    public SipTimers Timers
    {
        get => _timers;
        set => (_timers, _t1, _t2) = (value, ToTimestamps(value.T1), ToTimestamps(value.T2));
    }

    /// <summary>
    /// The timestamp at which <see cref="Advance"/> is to be called at the latest (it may turn out to have nothing to
    /// do); <see cref="TimerWheel.Never"/> if no timer runs.
    /// </summary>
    public long NextDue => _failedSends.Count > 0 ? _now : _wheel.NextDue;

    /// <summary>Which worker has sent the request with that branch.</summary>
    /// <param name="topViaBranch">The branch of a response's topmost Via.</param>
    /// <param name="worker">The worker's index.</param>
    /// <returns>False if the branch is none of ours.</returns>
    public static bool TryGetWorkerOfBranch(ReadOnlySpan<byte> topViaBranch, out int worker) =>
        BranchIds.TryParse(topViaBranch, out worker, out _, out _);

    /// <summary>
    /// Takes a datagram that has arrived. What does not parse is answered or dropped as
    /// <see cref="SipRejection"/> says, and counted.
    /// </summary>
    /// <param name="datagram">Its bytes; not used after the call.</param>
    /// <param name="remote">Who sent it.</param>
    /// <param name="now">The present timestamp.</param>
    public void OnDatagram(ReadOnlyMemory<byte> datagram, SipEndPoint remote, long now) =>
        OnParsed(SipParser.ParseDatagram(datagram, _options.Limits), remote, now);

    /// <summary>
    /// Takes what a connection has brought, as <see cref="OnDatagram"/> takes a datagram: a message, or a refused one.
    /// </summary>
    /// <param name="result">The parse.</param>
    /// <param name="remote">Who sent it.</param>
    /// <param name="now">The present timestamp.</param>
    public void OnParsed(SipParseResult result, SipEndPoint remote, long now)
    {
        if (result.Outcome == SipParseOutcome.Message) OnMessage(result.Message!, remote, now);
        else
        {
            SetNow(now);
            Reject(result, remote);
        }
    }

    /// <summary>
    /// Takes a message that was parsed elsewhere, such as a response another worker's socket has received.
    /// </summary>
    /// <param name="message">The message; not used after the call, but of a request a detached copy.</param>
    /// <param name="remote">Who sent it.</param>
    /// <param name="now">The present timestamp.</param>
    public void OnMessage(SipMessage message, SipEndPoint remote, long now)
    {
        ArgumentNullException.ThrowIfNull(message);
        SetNow(now);
        if (message.IsResponse)
        {
            OnResponse(message, remote);
            return;
        }

        Statistics.CountRequestIn(message.Method);
        if (CanBeCopied(message)) OnRequest(message, remote);
    }

    /// <summary>Fires the timers that are due, after dealing with what could not be sent.</summary>
    /// <param name="now">The present timestamp.</param>
    public void Advance(long now)
    {
        SetNow(now);
        while (_failedSends.TryDequeue(out var datagram)) OnFailedSend(datagram);
        _wheel.Advance(_now);
    }

    /// <summary>
    /// Tells the layer that a datagram could not be sent (<see cref="SendBatch.OnFailure"/>). Its transaction takes a
    /// transport error (RFC 3261 §17.1.4, §17.2.4) at the next <see cref="Advance"/>, so that this may be called while
    /// the layer is sending.
    /// </summary>
    /// <param name="datagram">The datagram; not used after the call.</param>
    public void OnSendFailed(ReadOnlySpan<byte> datagram)
    {
        Statistics.TransportErrors++;
        if (_failedSends.Count < MaxWaitingSendFailures) _failedSends.Enqueue(datagram.ToArray());
    }

    private void OnFailedSend(byte[] datagram)
    {
        if (SipParser.ParseDatagram(datagram, _options.Limits) is not { Message: { } message }) return;
        if (message.IsResponse)
        {
            // Our response has the Via of the request, so it leads to the transaction as a repeated request would.
            if (Find(new ServerTransactionKey(message)) is { } server) Run(server, TransactionInput.TransportError);
            return;
        }

        if (FindClientTransaction(message) is { } client) Run(client, TransactionInput.TransportError);
    }

    /// <summary>
    /// False, and counted, for a request whose header fields are too long to be copied into a response.
    /// </summary>
    private bool CanBeCopied(SipMessage request)
    {
        if (HeaderBytesOf(request) <= MaxRequestHeaderBytes) return true;
        Statistics.CountRejected(SipRejectReason.MessageTooLarge);
        return false;
    }

    private static int HeaderBytesOf(SipMessage message) => message.Raw.Length - message.Body.Length;

    private void SetNow(long now) => _now = Math.Max(_now, now);

    private long ToTimestamps(TimeSpan time) => (long)((Int128)time.Ticks * _frequency / TimeSpan.TicksPerSecond);

    private void RunTimers(Transaction transaction, TransactionStep step)
    {
        var isFinalSuccess = transaction is ServerTransaction && step.State == TransactionState.Accepted;
        if ((step.Actions & TransactionActions.StopRetransmit) != 0) _wheel.Cancel(transaction.Retransmit);
        // Over reliable transports only a 2xx is repeated, since a proxy may lose it behind them (§13.3.1.4).
        else if (!transaction.Remote.IsReliable || isFinalSuccess) ScheduleRetransmit(transaction, step.Actions);

        if (step.Lifetime != SipTimer.None)
        {
            var length = _timers.LengthOf(step.Lifetime, transaction.Remote.IsReliable);
            _wheel.Schedule(transaction.Lifetime, _now + ToTimestamps(length));
        }

        if (step.State != TransactionState.Terminated) return;
        _wheel.Cancel(transaction.Retransmit);
        _wheel.Cancel(transaction.Lifetime);
    }

    private void ScheduleRetransmit(Transaction transaction, TransactionActions actions)
    {
        var interval = actions switch
        {
            _ when (actions & TransactionActions.StartRetransmit) != 0 => _t1,
            _ when (actions & TransactionActions.BackOff) != 0 => transaction.RetransmitInterval * 2,
            _ when (actions & TransactionActions.BackOffToT2) != 0 =>
                Math.Min(transaction.RetransmitInterval * 2, _t2),
            _ when (actions & TransactionActions.RetransmitAtT2) != 0 => _t2,
            _ => 0,
        };
        if (interval == 0) return;
        transaction.RetransmitInterval = interval;
        _wheel.Schedule(transaction.Retransmit, _now + interval);
    }

    private static TransactionInput InputOf(int status) => status switch
    {
        < 200 => TransactionInput.Provisional,
        < 300 => TransactionInput.Success,
        _ => TransactionInput.Failure,
    };
}
