using Akka.Actor;
using Akka.Event;
using Tandem.Billing.Storage;
using Tandem.Shared.Cdr;

namespace Tandem.Billing.Cdr;

/// <summary>Sizes of a CDR writer.</summary>
/// <param name="MaxQueued">Records that wait at most, those being written among them; more are sent back.</param>
/// <param name="MaxBatch">Records in one commit at most.</param>
/// <param name="Linger">How long the first record of a batch waits for others when nothing is being written.</param>
public sealed record CdrWriterOptions(int MaxQueued, int MaxBatch, TimeSpan Linger)
{
    /// <summary>200,000 records waiting, 500 in a commit, 50 ms.</summary>
    public static CdrWriterOptions Default { get; } = new(200_000, 500, TimeSpan.FromMilliseconds(50));
}

/// <summary>
/// Writes the call records of a billing node, one batch at a time. Started with the node; at a planned stop it writes
/// what it has before the node leaves. While the database is away records wait, within a bound.
/// </summary>
internal sealed class CdrWriterActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan MinBackoff = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(2);

    /// <summary>What a full queue asks senders to wait.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>Write all that waits and answer <see cref="Flushed"/>; sent by coordinated shutdown.</summary>
    internal sealed record Flush : INoSerializationVerificationNeeded;

    /// <summary>Nothing waits any more.</summary>
    internal sealed record Flushed : INoSerializationVerificationNeeded;

    private sealed record Due : INoSerializationVerificationNeeded;

    private sealed record Outcome(int Written, IReadOnlyList<CallRecord> Rejected, Exception? Failure)
        : INoSerializationVerificationNeeded;

    private readonly Action<IReadOnlyList<CallRecord>> _write;
    private readonly CdrWriterOptions _options;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Queue<CallRecord> _queue = new();
    private readonly List<IActorRef> _flushing = [];
    private List<CallRecord> _writing = [];
    private TimeSpan _backoff = TimeSpan.Zero;
    private bool _isDue;

    public CdrWriterActor(Action<IReadOnlyList<CallRecord>> write, CdrWriterOptions options)
    {
        (_write, _options) = (write, options);
        Receive<CdrCommands.Write>(OnWrite);
        Receive<Due>(_ => Write());
        Receive<Outcome>(OnOutcome);
        Receive<Flush>(_ => OnFlush());
        Receive<Status.Failure>(failure => throw new InvalidOperationException("CDR writer", failure.Cause));
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="write">Stores records, all or none, idempotent (<see cref="CdrStore.Write"/>).</param>
    /// <param name="options">Sizes.</param>
    public static Props CreateProps(Action<IReadOnlyList<CallRecord>> write, CdrWriterOptions options) =>
        Props.Create(() => new CdrWriterActor(write, options));

    /// <inheritdoc />
    protected override void PreRestart(Exception reason, object message)
    {
        // A bug must not cost records: the next incarnation takes them over. Its linger keeps it from spinning.
        foreach (var record in _writing.Concat(_queue)) Self.Tell(new CdrCommands.Write(record), ActorRefs.NoSender);
        _writing.Clear();
        _queue.Clear();
        base.PreRestart(reason, message);
    }

    /// <inheritdoc />
    protected override void PostStop()
    {
        // Only a stop without its flush, or with the database away, comes here with records: the log is the last place
        // for them.
        foreach (var record in _writing.Concat(_queue)) _log.Error("Call record not written: {0}", CdrStore.CsvLine(record));
    }

    private void OnWrite(CdrCommands.Write command)
    {
        if (_queue.Count + _writing.Count >= _options.MaxQueued)
        {
            BillingMetrics.CdrsRefused.Add(1);
            Sender.Tell(new CdrReplies.QueueFull(command.CallId, RetryAfter));
            return;
        }

        _queue.Enqueue(command.Record);
        Sender.Tell(new CdrReplies.Accepted(command.CallId));
        if (_writing.Count > 0) return;
        if (_queue.Count >= _options.MaxBatch)
        {
            Write();
        }
        else if (!_isDue)
        {
            _isDue = true;
            Timers.StartSingleTimer(nameof(Due), new Due(), _options.Linger);
        }
    }

    private void Write()
    {
        _isDue = false;
        Timers.Cancel(nameof(Due));
        while (_writing.Count < _options.MaxBatch && _queue.TryDequeue(out var record)) _writing.Add(record);
        if (_writing.Count == 0) return;
        var (write, records) = (_write, _writing);
        Task.Run(() => Store(write, records)).PipeTo(Self);
    }

    private void OnOutcome(Outcome outcome)
    {
        BillingMetrics.CdrsWritten.Add(outcome.Written - outcome.Rejected.Count);
        foreach (var record in outcome.Rejected)
        {
            BillingMetrics.CdrsRejected.Add(1);
            _log.Error("The database will never take this call record: {0}", CdrStore.CsvLine(record));
        }

        _writing = _writing[outcome.Written..];
        if (outcome.Failure is null)
        {
            if (_backoff > TimeSpan.Zero) _log.Info("Call records can be written again; {0} wait.", _queue.Count);
            _backoff = TimeSpan.Zero;
            Write();
            AnswerFlush();
            return;
        }

        BillingMetrics.CdrFailures.Add(1);
        if (_backoff == TimeSpan.Zero)
            _log.Warning("Call records cannot be written, {0} wait: {1}", _queue.Count + _writing.Count, outcome.Failure.Message);
        _backoff = _backoff == TimeSpan.Zero ? MinBackoff : _backoff * 2 > MaxBackoff ? MaxBackoff : _backoff * 2;
        _isDue = true;
        Timers.StartSingleTimer(nameof(Due), new Due(), _backoff);
    }

    private void OnFlush()
    {
        _flushing.Add(Sender);
        if (_writing.Count == 0) Write();
        AnswerFlush();
    }

    private void AnswerFlush()
    {
        if (_writing.Count > 0) return;
        foreach (var asker in _flushing) asker.Tell(new Flushed());
        _flushing.Clear();
    }

    // One commit for all; only when a row is refused for ever, one for each record, to find out which it is.
    private static Outcome Store(Action<IReadOnlyList<CallRecord>> write, List<CallRecord> records)
    {
        List<CallRecord> rejected = [];
        var done = 0;
        try
        {
            try
            {
                write(records);
                return new Outcome(records.Count, rejected, null);
            }
            catch (Exception failure) when (DbFailures.IsBadRow(failure))
            {
                // One by one below.
            }

            foreach (var record in records)
            {
                try
                {
                    write([record]);
                }
                catch (Exception failure) when (DbFailures.IsBadRow(failure))
                {
                    rejected.Add(record);
                }

                done++;
            }

            return new Outcome(done, rejected, null);
        }
        catch (Exception failure) when (DbFailures.IsOfDatabase(failure))
        {
            return new Outcome(done, rejected, failure);
        }
    }
}
