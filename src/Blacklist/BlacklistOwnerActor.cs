using System.Security.Cryptography;
using Akka.Actor;
using Akka.Event;
using Tandem.Blacklist.Detection;
using Tandem.Blacklist.Lists;
using Tandem.Shared;
using Tandem.Shared.Blacklist;
using Tandem.Shared.Configuration;
using Tandem.Shared.Storage;

namespace Tandem.Blacklist;

/// <summary>What the owners of lists work with; one per process.</summary>
/// <param name="Configuration">This node's configuration.</param>
/// <param name="Store">Where entries survive.</param>
/// <param name="Nodes">All nodes' replicas.</param>
/// <param name="Metrics">Figures.</param>
/// <param name="Time">The clock.</param>
public sealed record BlacklistOwnerServices(
    IConfigurationSource Configuration,
    IBlacklistStore Store,
    INodePublisher Nodes,
    BlacklistMetrics Metrics,
    TimeProvider Time);

/// <summary>
/// The one owner of one dynamic black list: counts calls, lists numbers, lets them go, tells every node, stores
/// entries.
/// </summary>
/// <remarks>
/// Entries survive its move or death: they are in the table and, until a new owner has loaded them, in every node's
/// replica. The counters (who called how often in the window) are soft and go with it: a number on its way to the limit
/// then starts anew. Detection never waits for the database: while it is away entries live in memory, changes are
/// published, and both load and writes are tried again; only the whole list is not given out before the stored entries
/// are in it.
/// </remarks>
public abstract class BlacklistOwnerActor : ReceiveActor, IWithTimers, IWithStash
{
    /// <summary>How often expiry is looked at and moved last calls are published.</summary>
    public static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>How often the present version is published when nothing changes.</summary>
    public static readonly TimeSpan SignOfLifeInterval = TimeSpan.FromSeconds(2);

    /// <summary>Wait before a failed load or write is tried again.</summary>
    public static readonly TimeSpan StorageRetryInterval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Longest wait for the last write when it is asked to stop; less than the hand-over of Akka allows.
    /// </summary>
    public static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Entries in one message: stays far below the frame size of remoting.</summary>
    public const int EntriesPerMessage = 500;

    private readonly GatewayId? _scope;
    private readonly BlacklistOwnerServices _services;
    private readonly int _maxEntries;
    private readonly OwnedBlacklist _list;
    private readonly PendingWrites _pending = new();
    private readonly long _incarnation = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8));
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly IActorRef _self = Context.Self;
    private long _version;
    private bool _firstLoadEnded;
    private bool _loaded;
    private bool _stopping;
    private DateTimeOffset _publishedAt;
    private DateTimeOffset _writeAgainAt;
    private (long Listed, long Entries, long Numbers, long Writes) _reported;

    private protected BlacklistOwnerActor(GatewayId? scope, int maxEntries, BlacklistOwnerServices services)
    {
        (_scope, _maxEntries, _services) = (scope, maxEntries, services);
        _list = new OwnedBlacklist(scope, maxEntries, Detectors.CreateAll());
        Receive<BlacklistEvents.CallsObserved>(m => OnCalls(m.Calls));
        Receive<BlacklistEvents.GatewayCallsObserved>(m => OnCalls(m.Calls));
        Receive<BlacklistQueries.GetFullList>(_ => OnGetFullList());
        Receive<BlacklistQueries.GetGatewayFullList>(_ => OnGetFullList());
        Receive<BlacklistCommands.Remove>(m => OnRemove(new BlacklistNumber(m.Number, m.Role), m.By));
        Receive<BlacklistCommands.RemoveAtGateway>(m => OnRemove(new BlacklistNumber(m.Number, m.Role), m.By));
        Receive<ConfigurationChanged>(_ => OnConfigurationChanged());
        Receive<Tick>(_ => OnTick());
        Receive<Load>(_ => StartLoad());
        Receive<Loaded>(OnLoaded);
        Receive<LoadFailed>(OnLoadFailed);
        Receive<Written>(_ => OnWritten());
        Receive<WriteFailed>(OnWriteFailed);
        Receive<Stop>(_ => OnStop());
        Receive<StopNow>(_ => Context.Stop(Self));
    }

    /// <summary>Asks the owner to store what waits and to stop; told by the singleton manager or the shard.</summary>
    public sealed record Stop : INoSerializationVerificationNeeded
    {
        /// <summary>The one instance.</summary>
        public static readonly Stop Instance = new();
    }

    private sealed record StopNow : INoSerializationVerificationNeeded;

    private sealed record Tick : INoSerializationVerificationNeeded;

    private sealed record Load : INoSerializationVerificationNeeded;

    private sealed record Loaded(IReadOnlyList<BlacklistEntry> Entries) : INoSerializationVerificationNeeded;

    private sealed record LoadFailed(Exception Failure) : INoSerializationVerificationNeeded;

    private sealed record Written : INoSerializationVerificationNeeded;

    private sealed record WriteFailed(Exception Failure) : INoSerializationVerificationNeeded;

    private sealed record ConfigurationChanged : INoSerializationVerificationNeeded;

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc />
    public IStash Stash { get; set; } = null!;

    /// <summary>True when this list is in use under the configuration in force.</summary>
    protected abstract bool IsActive(ConfigurationSnapshot configuration);

    /// <summary>Called with each tick while <see cref="IsActive"/> is false and nothing waits to be stored.</summary>
    protected virtual void OnInactive()
    {
    }

    /// <inheritdoc />
    protected override void PreStart()
    {
        _services.Configuration.Changed += OnConfigurationChangedElsewhere;
        _list.Configure(_services.Configuration.Current);
        Timers.StartPeriodicTimer(nameof(Tick), new Tick(), TickInterval);
        PublishSignOfLife();
        StartLoad();
    }

    /// <inheritdoc />
    protected override void PostStop()
    {
        _services.Configuration.Changed -= OnConfigurationChangedElsewhere;
        if (_pending.Count > 0)
            _log.Warning("The list {0} stops with {1} changes that are not stored.", ScopeText, _pending.Count);
    }

    private string ScopeText => _scope?.ToString() ?? "central";

    private DateTimeOffset Now => _services.Time.GetUtcNow();

    // Raised on any thread.
    private void OnConfigurationChangedElsewhere(ConfigurationSnapshot snapshot) =>
        _self.Tell(new ConfigurationChanged());

    private void OnCalls(IReadOnlyList<CallObserved> calls)
    {
        if (!IsActive(_services.Configuration.Current))
        {
            _services.Metrics.Drop("inactive", calls.Count);
            return;
        }

        var now = Now;
        foreach (var call in calls) _list.Observe(call, now);
        if (_list.IsUrgent) PublishChanges();
    }

    private void OnGetFullList()
    {
        if (!_firstLoadEnded) Stash.Stash(); // As many as nodes; each asks again after a second at the earliest.
        else if (_loaded) foreach (var part in FullList()) Sender.Tell(part);
    }

    private void OnRemove(BlacklistNumber number, string by)
    {
        if (!_firstLoadEnded)
        {
            Stash.Stash(); // By hand, and each only waits for the time-out of its sender.
            return;
        }

        var found = _list.Remove(number);
        // Not loaded: it may be in the table only. The deletion waits, and keeps it from being restored.
        if (!_loaded) _pending.Add(new BlacklistChanges([], [number]));
        PublishChanges();
        if (found) _log.Info("{0} took a {1} off the list {2}.", by, number.Role, ScopeText);
        Sender.Tell(new BlacklistReplies.Removed(number.Number, found));
    }

    private void OnConfigurationChanged()
    {
        _list.Configure(_services.Configuration.Current);
        PublishChanges();
    }

    private void OnTick()
    {
        var now = Now;
        _list.Expire(now);
        PublishChanges();
        if (now - _publishedAt >= SignOfLifeInterval) PublishSignOfLife();
        if (now >= _writeAgainAt) WriteNext();
        Report();
        if (_firstLoadEnded && _pending.Count == 0 && !IsActive(_services.Configuration.Current)) OnInactive();
    }

    private void PublishChanges()
    {
        var changes = _list.TakeChanges();
        if (changes.IsEmpty) return;
        _pending.Add(changes);
        var removed = changes.Removed.Chunk(EntriesPerMessage).ToList();
        var listed = changes.Listed.Chunk(EntriesPerMessage).ToList();
        for (var i = 0; i < Math.Max(listed.Count, removed.Count); i++)
            Publish(++_version, i < listed.Count ? listed[i] : [], i < removed.Count ? removed[i] : []);
        if (Now >= _writeAgainAt) WriteNext();
    }

    private void PublishSignOfLife() => Publish(_version, [], []);

    private void Publish(long version, IReadOnlyList<BlacklistEntry> listed, IReadOnlyList<BlacklistNumber> removed)
    {
        _publishedAt = Now;
        _services.Nodes.Publish(new BlacklistEvents.Changed(_scope, _incarnation, version, listed, removed), Self);
    }

    private List<BlacklistReplies.FullList> FullList()
    {
        var chunks = _list.Entries.Chunk(EntriesPerMessage).ToList();
        if (chunks.Count == 0) chunks.Add([]);
        return [.. chunks.Select((entries, i) =>
            new BlacklistReplies.FullList(_scope, _incarnation, _version, i, chunks.Count, entries))];
    }

    private void StartLoad() => _services.Store.Load(_scope, Now, _maxEntries)
        .PipeTo(Self, success: entries => new Loaded(entries), failure: failure => new LoadFailed(failure));

    private void OnLoaded(Loaded message)
    {
        if (_loaded) return;
        PublishChanges();
        _list.Restore(message.Entries.Where(e => !_pending.WillDelete(new BlacklistNumber(e.Number, e.Role))), Now);
        // What was restored is stored already, and goes out as the whole list.
        _pending.Add(new BlacklistChanges([], _list.TakeChanges().Removed));
        _loaded = true;
        _log.Info("The list {0} has a new owner: {1} entries, {2} of them loaded.",
            ScopeText, _list.Entries.Count, message.Entries.Count);
        foreach (var part in FullList()) _services.Nodes.Publish(part, Self);
        FirstLoadEnded();
        WriteNext();
    }

    private void OnLoadFailed(LoadFailed message)
    {
        StorageFailed("load", message.Failure);
        FirstLoadEnded();
        Timers.StartSingleTimer(nameof(Load), new Load(), StorageRetryInterval);
    }

    private void FirstLoadEnded()
    {
        if (_firstLoadEnded) return;
        _firstLoadEnded = true;
        Stash.UnstashAll();
    }

    private void WriteNext()
    {
        // Not before the load: the stored state of a number must not be mixed with one that is being written.
        if (_loaded && _pending.Begin() is { } batch)
        {
            _services.Store.Write(_scope, batch).PipeTo(
                Self, success: () => new Written(), failure: failure => new WriteFailed(failure));
        }

        if (_stopping && (!_pending.IsWriting || !_loaded)) Context.Stop(Self);
    }

    private void OnWritten()
    {
        _pending.Succeeded();
        WriteNext();
    }

    private void OnWriteFailed(WriteFailed message)
    {
        StorageFailed("store", message.Failure);
        _pending.Failed();
        _writeAgainAt = Now + StorageRetryInterval;
        if (_stopping) Context.Stop(Self);
    }

    private void StorageFailed(string what, Exception failure)
    {
        _services.Metrics.StorageFailed();
        if (Database.IsTransient(failure))
            _log.Warning("Cannot {0} the list {1} now, trying again: {2}", what, ScopeText, failure.Message);
        else
            _log.Error(failure, "Cannot {0} the list {1}, trying again.", what, ScopeText);
    }

    private void OnStop()
    {
        PublishChanges();
        _stopping = true;
        Timers.StartSingleTimer(nameof(StopNow), new StopNow(), StopTimeout);
        WriteNext();
    }

    private void Report()
    {
        var now = (
            Listed: _list.Listed,
            Entries: _list.Evicted,
            Numbers: _list.Detectors.Sum(d => d.Evicted),
            Writes: _pending.Dropped);
        _services.Metrics.Listed(now.Listed - _reported.Listed);
        _services.Metrics.Drop("entry_cap", now.Entries - _reported.Entries);
        _services.Metrics.Drop("tracked_cap", now.Numbers - _reported.Numbers);
        _services.Metrics.Drop("write_cap", now.Writes - _reported.Writes);
        _reported = now;
    }
}
