using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Tandem.Billing.Storage;
using Tandem.Shared.Accounts;

namespace Tandem.Billing.Accounts;

/// <summary>
/// What account actors of this node say to the ledger writer, and what it answers; never leaves the node.
/// </summary>
internal static class LedgerWriterMessages
{
    /// <summary>Store these rows of one account; an account has one such request under way at a time.</summary>
    internal sealed record Append(ImmutableArray<LedgerEntry> Entries) : INoSerializationVerificationNeeded;

    /// <summary>Stored, up to this sequence.</summary>
    internal sealed record Appended(long Sequence) : INoSerializationVerificationNeeded;

    /// <summary>None was stored: a sequence or a key among them is in the table already.</summary>
    internal sealed record Conflict : INoSerializationVerificationNeeded;

    /// <summary>None was stored: one of them can never be.</summary>
    internal sealed record Rejected(Exception Cause) : INoSerializationVerificationNeeded;

    /// <summary>The queue is full or the writer began anew: ask again in a moment.</summary>
    internal sealed record Busy : INoSerializationVerificationNeeded;
}

/// <summary>
/// Group commit of the ledger: one per billing node, started with the account region. What arrives during one commit
/// goes into the next as one transaction. While the database is away everything waits here, within a bound.
/// </summary>
internal sealed class LedgerWriterActor : ReceiveActor, IWithTimers
{
    /// <summary>Rows that wait at most, over all accounts; more are sent back.</summary>
    public const int MaxQueuedRows = 100_000;

    /// <summary>Rows in one commit at most.</summary>
    public const int MaxBatchRows = 2_000;

    private static readonly TimeSpan MinBackoff = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(2);

    private sealed record Retry : INoSerializationVerificationNeeded;

    private sealed record Job(IActorRef Account, ImmutableArray<LedgerEntry> Entries);

    private sealed record Outcome(IReadOnlyList<object> Answers, Exception? Failure) : INoSerializationVerificationNeeded;

    private readonly Action<IReadOnlyList<LedgerEntry>> _append;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Queue<Job> _queue = new();
    private List<Job> _writing = [];
    private int _queuedRows;
    private TimeSpan _backoff = TimeSpan.Zero;

    public LedgerWriterActor(Action<IReadOnlyList<LedgerEntry>> append)
    {
        _append = append;
        Receive<LedgerWriterMessages.Append>(OnAppend);
        Receive<Outcome>(OnOutcome);
        Receive<Retry>(_ => Write());
        Receive<Status.Failure>(failure => throw new InvalidOperationException("Ledger writer", failure.Cause));
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="append">Stores rows, all or none (<see cref="LedgerStore.Append"/>).</param>
    public static Props CreateProps(Action<IReadOnlyList<LedgerEntry>> append) =>
        Props.Create(() => new LedgerWriterActor(append));

    /// <inheritdoc />
    protected override void PostStop()
    {
        // Those who wait would wait for ever; asking again is safe, since a row that was stored conflicts.
        foreach (var job in _writing.Concat(_queue)) job.Account.Tell(new LedgerWriterMessages.Busy());
    }

    private void OnAppend(LedgerWriterMessages.Append append)
    {
        if (_queuedRows + append.Entries.Length > MaxQueuedRows)
        {
            Sender.Tell(new LedgerWriterMessages.Busy());
            return;
        }

        _queue.Enqueue(new Job(Sender, append.Entries));
        _queuedRows += append.Entries.Length;
        if (_writing.Count == 0) Write();
    }

    private void Write()
    {
        if (_writing.Count == 0)
        {
            var rows = 0;
            while (_queue.TryPeek(out var next) && (rows == 0 || rows + next.Entries.Length <= MaxBatchRows))
            {
                _writing.Add(_queue.Dequeue());
                rows += next.Entries.Length;
            }

            _queuedRows -= rows;
        }

        if (_writing.Count == 0) return;
        var (append, jobs) = (_append, _writing);
        Task.Run(() => Store(append, jobs)).PipeTo(Self);
    }

    private void OnOutcome(Outcome outcome)
    {
        for (var i = 0; i < outcome.Answers.Count; i++)
        {
            _writing[i].Account.Tell(outcome.Answers[i]);
            if (outcome.Answers[i] is LedgerWriterMessages.Appended)
                BillingMetrics.LedgerRows.Add(_writing[i].Entries.Length);
        }

        _writing = _writing[outcome.Answers.Count..];
        if (outcome.Failure is null)
        {
            if (_backoff > TimeSpan.Zero) _log.Info("The ledger can be written again; {0} rows wait.", _queuedRows);
            _backoff = TimeSpan.Zero;
            Write();
            return;
        }

        BillingMetrics.LedgerFailures.Add(1);
        if (_backoff == TimeSpan.Zero)
            _log.Warning("The ledger cannot be written, {0} rows wait: {1}", _queuedRows, outcome.Failure.Message);
        _backoff = _backoff == TimeSpan.Zero ? MinBackoff : _backoff * 2 > MaxBackoff ? MaxBackoff : _backoff * 2;
        Timers.StartSingleTimer("retry", new Retry(), _backoff);
    }

    // One transaction for all; only when that is refused, one for each account, to find out whose rows are at fault.
    private static Outcome Store(Action<IReadOnlyList<LedgerEntry>> append, List<Job> jobs)
    {
        List<object> answers = [];
        try
        {
            if (jobs.Count > 1)
            {
                try
                {
                    append([.. jobs.SelectMany(j => j.Entries)]);
                    answers.AddRange(jobs.Select(j => new LedgerWriterMessages.Appended(j.Entries[^1].Sequence)));
                    return new Outcome(answers, null);
                }
                catch (Exception failure) when (failure is LedgerConflictException || DbFailures.IsBadRow(failure))
                {
                    // One by one below.
                }
            }

            foreach (var job in jobs)
            {
                try
                {
                    append(job.Entries);
                    answers.Add(new LedgerWriterMessages.Appended(job.Entries[^1].Sequence));
                }
                catch (LedgerConflictException)
                {
                    answers.Add(new LedgerWriterMessages.Conflict());
                }
                catch (Exception failure) when (DbFailures.IsBadRow(failure))
                {
                    answers.Add(new LedgerWriterMessages.Rejected(failure));
                }
            }

            return new Outcome(answers, null);
        }
        catch (Exception failure) when (DbFailures.IsOfDatabase(failure))
        {
            return new Outcome(answers, failure);
        }
    }
}
