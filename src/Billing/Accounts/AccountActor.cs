using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Event;
using Tandem.Billing.Storage;
using Tandem.Shared;
using Tandem.Shared.Accounts;
using Tandem.Shared.Calls;
using Tandem.Shared.Configuration;

namespace Tandem.Billing.Accounts;

/// <summary>What the account actors of a node share.</summary>
internal sealed record AccountDependencies(
    Func<AccountId, long?, IReadOnlyCollection<(PostingKind Kind, string Key)>, StoredLedger> Read,
    IActorRef Writer,
    IConfigurationSource Configuration,
    ICallNodes CallNodes,
    TimeProvider Time);

/// <summary>The only writer of one account's money; its journal is the table <c>ledger</c>.</summary>
/// <remarks>
/// Sharded by <see cref="AccountId"/>. Starts at the first message: reads the newest row, and learns from the nodes
/// what running calls hold; until then nothing is granted. Decides on money that includes what is being written,
/// answers a posting when it is stored. Passivates after <see cref="IdleTime"/> without holds. The rules are in
/// <see cref="AccountBook"/>.
/// </remarks>
internal sealed class AccountActor : ReceiveActor, IWithTimers
{
    /// <summary>Commands that wait for the start or the ledger at most; more are refused.</summary>
    public const int MaxWaiting = 16_384;

    /// <summary>Rows of one request to the writer at most.</summary>
    public const int MaxAppendRows = 1_000;

    /// <summary>How long a call's question waits for the start before it is refused.</summary>
    public static readonly TimeSpan LearnTime = TimeSpan.FromSeconds(3);

    /// <summary>Between two questions to nodes that have not answered.</summary>
    public static readonly TimeSpan AskAgainTime = TimeSpan.FromSeconds(1);

    /// <summary>Between two comparisons of holds with running calls.</summary>
    public static readonly TimeSpan ReconcileTime = TimeSpan.FromSeconds(10);

    /// <summary>Idle time until passivation.</summary>
    public static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan ReadRetryTime = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan WriterRetryTime = TimeSpan.FromMilliseconds(100);

    /// <summary>Ends the actor once nothing is unstored; sent by passivation and hand-over.</summary>
    internal sealed record Stop : INoSerializationVerificationNeeded;

    /// <summary>The calls of a node are gone with it.</summary>
    internal sealed record NodeGone(string Node) : INoSerializationVerificationNeeded;

    /// <summary>Time to compare holds with running calls.</summary>
    internal sealed record Reconcile : INotInfluenceReceiveTimeout, INoSerializationVerificationNeeded;

    /// <summary>Callers have waited long enough for the start.</summary>
    internal sealed record LearnTimeout : INotInfluenceReceiveTimeout, INoSerializationVerificationNeeded;

    private sealed record AskAgain : INotInfluenceReceiveTimeout, INoSerializationVerificationNeeded;

    private sealed record ReadAgain : INotInfluenceReceiveTimeout, INoSerializationVerificationNeeded;

    private sealed record AppendAgain : INotInfluenceReceiveTimeout, INoSerializationVerificationNeeded;

    private sealed record Loaded(StoredLedger Ledger) : INoSerializationVerificationNeeded;

    private sealed record LoadFailed(Exception Cause) : INoSerializationVerificationNeeded;

    // A money command whose answer waits until the ledger is stored up to a sequence.
    private readonly record struct Unanswered(object Command, IActorRef Sender, object Reply, long StoredBy);

    private readonly AccountId _id;
    private readonly AccountDependencies _with;
    private readonly string _resource;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    private readonly Queue<(object Command, IActorRef Sender)> _waiting = new();
    private readonly Queue<Unanswered> _unanswered = new();
    private readonly List<LedgerEntry> _unstored = [];
    private readonly Dictionary<string, IReadOnlyList<HeldLease>> _learned = new(StringComparer.Ordinal);
    private readonly HashSet<string> _notAnswered = new(StringComparer.Ordinal);
    private readonly HashSet<CallId> _listed = [];
    private HashSet<CallId> _asked = [];
    private AccountBook _book;
    private long _stored;
    private int _inFlight;
    private bool _isRead;
    private bool _isLearned;
    private bool _isLate;
    private bool _isStopping;

    public AccountActor(AccountId id, AccountDependencies with)
    {
        (_id, _with) = (id, with);
        _resource = "a:" + id.Value;
        _book = AccountBook.From(id, null);

        Receive<AccountCommands.Authorise>(OnHold);
        Receive<AccountCommands.Extend>(OnHold);
        Receive<AccountCommands.Release>(OnRelease);
        Receive<AccountCommands.Charge>(OnMoney);
        Receive<AccountCommands.Post>(OnMoney);
        Receive<AccountQueries.GetState>(OnHold);

        Receive<Loaded>(OnLoaded);
        Receive<LoadFailed>(OnLoadFailed);
        Receive<ReadAgain>(_ => Read());
        Receive<LedgerWriterMessages.Appended>(OnAppended);
        Receive<LedgerWriterMessages.Conflict>(_ => OnConflict());
        Receive<LedgerWriterMessages.Busy>(_ => OnBusy());
        Receive<LedgerWriterMessages.Rejected>(rejected => throw new InvalidOperationException(
            $"The database will never take a row of account {_id}.", rejected.Cause));
        Receive<AppendAgain>(_ => Append());

        Receive<NodeCallReplies.HeldLeases>(OnHeldLeases);
        Receive<AskAgain>(_ => Ask());
        Receive<LearnTimeout>(_ => OnLearnTimeout());
        Receive<Reconcile>(_ => OnReconcile());
        Receive<ClusterEvent.MemberRemoved>(removed => OnNodeGone(removed.Member.Address.ToString()));
        Receive<NodeGone>(gone => OnNodeGone(gone.Node));

        Receive<ReceiveTimeout>(_ => OnIdle());
        Receive<Stop>(_ => OnStop());
        Receive<Status.Failure>(failure => throw new InvalidOperationException("Account actor", failure.Cause));
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    public static Props CreateProps(AccountId id, AccountDependencies with) =>
        Props.Create(() => new AccountActor(id, with));

    /// <inheritdoc />
    protected override void PreStart()
    {
        Context.SetReceiveTimeout(IdleTime);
        Timers.StartPeriodicTimer(nameof(Reconcile), new Reconcile(), ReconcileTime);
        _with.CallNodes.Subscribe(Self);
        foreach (var node in _with.CallNodes.Current()) _notAnswered.Add(node.Address);
        Ask();
        Read();
    }

    /// <inheritdoc />
    protected override void PostStop() => _with.CallNodes.Unsubscribe(Self);

    // ---- Commands ----

    private void OnHold(object command)
    {
        if (_isRead && _isLearned) DecideHold(command, Sender);
        else if (_isLate && command is not AccountQueries.GetState) RefuseEarly(command, Sender);
        else Wait(command);
    }

    private void OnMoney(object command)
    {
        if (!_isRead) Wait(command);
        else if (_unanswered.Count >= MaxWaiting) RefuseFull(command, Sender);
        else DecideMoney(command, Sender);
    }

    private void OnRelease(AccountCommands.Release release)
    {
        // Also while learning: a node may have listed the call a moment ago.
        if (_isRead && _isLearned) _book = _book.Released(release.CallId);
        else Wait(release);
    }

    private void Wait(object command)
    {
        if (_waiting.Count >= MaxWaiting) RefuseFull(command, Sender);
        else _waiting.Enqueue((command, Sender));
    }

    private void DecideHold(object command, IActorRef sender)
    {
        PostOpening();
        var configuration = _with.Configuration.Current;
        switch (command)
        {
            case AccountCommands.Authorise authorise when authorise.Deadline < _with.Time.GetUtcNow():
                Refuse(sender, authorise.CallId, "The request came after its deadline.");
                break;
            case AccountCommands.Authorise authorise:
                Take(_book.Decide(authorise, configuration, _with.Time.GetUtcNow()), command, sender);
                break;
            case AccountCommands.Extend extend:
                Take(_book.Decide(extend, configuration), command, sender);
                break;
            case AccountCommands.Release release:
                _book = _book.Released(release.CallId);
                break;
            default:
                sender.Tell(_book.State(configuration));
                break;
        }
    }

    private void DecideMoney(object command, IActorRef sender)
    {
        PostOpening();
        var configuration = _with.Configuration.Current;
        var now = _with.Time.GetUtcNow();
        if (command is AccountCommands.Charge charge)
        {
            var held = _book.Holds.GetValueOrDefault(charge.CallId);
            var decision = _book.Decide(charge, configuration, now);
            if (held is not null && charge.Kind == ChargeKind.Customer && decision.Entry is { } entry
                && -entry.Amount.Amount > held.Amount)
            {
                BillingMetrics.OverHold.Add(1);
                _log.Warning(
                    "Call {0} talked longer than account {1} allowed: price {2}, held {3}.",
                    charge.CallId, _id, -entry.Amount, held.Amount);
            }

            Take(decision, command, sender);
        }
        else
        {
            Take(_book.Decide((AccountCommands.Post)command, configuration, now), command, sender);
        }
    }

    private void PostOpening()
    {
        if (_book.OpeningDue(_with.Configuration.Current) is not { } opening) return;
        Take(_book.Decide(opening, _with.Configuration.Current, _with.Time.GetUtcNow()), opening, ActorRefs.Nobody);
    }

    private void Take(Decision decision, object command, IActorRef sender)
    {
        _book = decision.Book;
        if (decision.Reply is AccountReplies.Refused refused) BillingMetrics.Refused(refused.Rejection.Reason);
        if (decision.Entry is { } entry)
        {
            _unstored.Add(entry);
            if (_inFlight == 0) Append();
        }

        if (decision.StoredBy > _stored)
            _unanswered.Enqueue(new Unanswered(command, sender, decision.Reply!, decision.StoredBy));
        else sender.Tell(decision.Reply!);
    }

    private void RefuseFull(object command, IActorRef sender)
    {
        switch (command)
        {
            case AccountCommands.Post post:
                sender.Tell(new AccountReplies.PostRefused(_id, post.Key, "Too many commands wait for the database."));
                break;
            case AccountCommands.Charge charge:
                Refuse(sender, charge.CallId, "Too many commands wait for the database.");
                break;
            default:
                RefuseEarly(command, sender);
                break;
        }
    }

    private void RefuseEarly(object command, IActorRef sender)
    {
        var why = _isRead
            ? $"Account {_id} is still learning what running calls hold."
            : $"Account {_id} could not read its ledger yet.";
        if (command is AccountCommands.Authorise authorise) Refuse(sender, authorise.CallId, why);
        else if (command is AccountCommands.Extend extend) Refuse(sender, extend.CallId, why);
    }

    private void Refuse(IActorRef sender, CallId call, string detail)
    {
        BillingMetrics.Refused(EndReason.SystemUnavailable);
        sender.Tell(new AccountReplies.Refused(_id, call, new CallRejection(EndReason.SystemUnavailable, detail)));
    }

    // ---- The ledger ----

    private void Read()
    {
        if (_isRead || !Timers.IsTimerActive(nameof(LearnTimeout)) && !_isLate)
            Timers.StartSingleTimer(nameof(LearnTimeout), new LearnTimeout(), LearnTime);
        _isRead = false;
        var keys = _unanswered.Select(u => KeyOf(u.Command)).ToImmutableHashSet();
        var (read, id, after) = (_with.Read, _id, _stored);
        Task.Run<object>(() =>
        {
            try
            {
                return new Loaded(read(id, keys.IsEmpty ? null : after, keys));
            }
            catch (Exception failure) when (DbFailures.IsOfDatabase(failure))
            {
                return new LoadFailed(failure);
            }
        }).PipeTo(Self);
    }

    private void OnLoadFailed(LoadFailed failed)
    {
        _log.Warning("Account {0} cannot read its ledger: {1}", _id, failed.Cause.Message);
        Timers.StartSingleTimer(nameof(ReadAgain), new ReadAgain(), ReadRetryTime);
    }

    private void OnLoaded(Loaded loaded)
    {
        var ledger = loaded.Ledger;
        // After a conflict: rows behind ours are from a commit of ours whose answer got lost, or there is a second
        // owner.
        foreach (var row in ledger.After)
        {
            if (_unstored.Exists(e => e.Sequence == row.Sequence && e.Kind == row.Kind && e.Key == row.Key)) continue;
            BillingMetrics.ForeignRows.Add(1);
            _log.Error("Account {0} has row {1} of another owner: stopping.", _id, row.Sequence);
            Context.Stop(Self);
            return;
        }

        _book = _book.Rebased(ledger.Last, ledger.Found);
        _stored = _book.Sequence;
        _isRead = true;
        var again = _unanswered.ToList();
        _unanswered.Clear();
        _unstored.Clear();
        foreach (var unanswered in again) DecideMoney(unanswered.Command, unanswered.Sender);
        Proceed();
    }

    private void Append()
    {
        if (_inFlight > 0 || _unstored.Count == 0 || !_isRead) return;
        _inFlight = Math.Min(_unstored.Count, MaxAppendRows);
        _with.Writer.Tell(new LedgerWriterMessages.Append([.. _unstored.Take(_inFlight)]));
    }

    private void OnAppended(LedgerWriterMessages.Appended appended)
    {
        _unstored.RemoveRange(0, _inFlight);
        _inFlight = 0;
        _stored = appended.Sequence;
        while (_unanswered.TryPeek(out var next) && next.StoredBy <= _stored)
        {
            _unanswered.Dequeue();
            next.Sender.Tell(next.Reply);
        }

        Append();
        if (_isStopping) OnStop();
    }

    private void OnConflict()
    {
        BillingMetrics.Conflicts.Add(1);
        _inFlight = 0;
        Read();
    }

    private void OnBusy()
    {
        _inFlight = 0;
        Timers.StartSingleTimer(nameof(AppendAgain), new AppendAgain(), WriterRetryTime);
    }

    private static (PostingKind Kind, string Key) KeyOf(object command) => command is AccountCommands.Charge charge
        ? (AccountBook.EntryKindOf(charge.Kind), charge.CallId.ToString())
        : (((AccountCommands.Post)command).Kind, ((AccountCommands.Post)command).Key);

    // ---- Holds that running calls have ----

    private void Ask()
    {
        var current = _with.CallNodes.Current();
        _notAnswered.IntersectWith(current.Select(n => n.Address)); // The others left.
        foreach (var node in current)
            if (_notAnswered.Contains(node.Address)) node.Calls.Tell(new NodeCallQueries.HeldLeases(_resource), Self);
        if (_notAnswered.Count > 0) Timers.StartSingleTimer(nameof(AskAgain), new AskAgain(), AskAgainTime);
        else Proceed();
    }

    private void OnHeldLeases(NodeCallReplies.HeldLeases reply)
    {
        if (reply.Resource != _resource) return;
        var node = _notAnswered.Contains(reply.Node) ? reply.Node : AddressOf(Sender);
        if (!_notAnswered.Remove(node)) return; // A second answer.
        if (_isLearned) foreach (var lease in reply.Leases) _listed.Add(lease.Key.CallId);
        else _learned[node] = reply.Leases;
        Proceed();
    }

    private string AddressOf(IActorRef sender) => sender.Path.Address.HasLocalScope
        ? _with.CallNodes.Self
        : sender.Path.Address.ToString();

    // Goes on with whatever the last answer made possible.
    private void Proceed()
    {
        if (_notAnswered.Count == 0 && !_isLearned)
        {
            _isLearned = true;
            foreach (var (node, leases) in _learned) _book = _book.Learned(node, leases);
            _learned.Clear();
        }
        else if (_notAnswered.Count == 0 && _asked.Count > 0)
        {
            (_book, var drift) = _book.Reconciled(_asked, _listed);
            (_asked, _) = ([], 0);
            if (drift > 0)
            {
                BillingMetrics.Drift.Add(drift);
                _log.Warning("Account {0}: {1} holds without a call let go.", _id, drift);
            }
        }

        if (_isRead && _isLearned)
        {
            _isLate = false;
            Timers.Cancel(nameof(LearnTimeout));
        }

        if (!_isRead) return;
        for (var left = _waiting.Count; left > 0; left--)
        {
            var (command, sender) = _waiting.Dequeue();
            if (command is AccountCommands.Charge or AccountCommands.Post) DecideMoney(command, sender);
            else if (_isLearned) DecideHold(command, sender);
            else _waiting.Enqueue((command, sender));
        }
    }

    private void OnLearnTimeout()
    {
        if (_isRead && _isLearned) return;
        _isLate = true;
        for (var left = _waiting.Count; left > 0; left--)
        {
            var (command, sender) = _waiting.Dequeue();
            if (command is AccountCommands.Authorise or AccountCommands.Extend) RefuseEarly(command, sender);
            else _waiting.Enqueue((command, sender));
        }
    }

    private void OnReconcile()
    {
        // A round that a node did not answer says nothing and is given up.
        if (!_isLearned) return;
        _asked = [.. _book.Holds.Keys];
        _listed.Clear();
        _notAnswered.Clear();
        if (_asked.Count == 0) return;
        foreach (var node in _with.CallNodes.Current())
        {
            _notAnswered.Add(node.Address);
            node.Calls.Tell(new NodeCallQueries.HeldLeases(_resource), Self);
        }

        if (_notAnswered.Count == 0) Proceed();
    }

    private void OnNodeGone(string node)
    {
        _learned.Remove(node);
        _notAnswered.Remove(node);
        (_book, var released) = _book.NodeGone(node);
        if (released > 0)
        {
            BillingMetrics.Abandoned.Add(released);
            _log.Info("Account {0}: {1} holds of calls on {2} let go, which left the cluster.", _id, released, node);
        }

        Proceed();
    }

    // ---- End ----

    private void OnIdle()
    {
        if (_book.Holds.IsEmpty && _unanswered.Count == 0 && _waiting.Count == 0 && _unstored.Count == 0)
            Context.Parent.Tell(new Passivate(new Stop()));
    }

    private void OnStop()
    {
        _isStopping = true;
        if (_unstored.Count == 0) Context.Stop(Self);
    }
}
