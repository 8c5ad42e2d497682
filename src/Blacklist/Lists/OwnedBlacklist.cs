using Tandem.Blacklist.Detection;
using Tandem.Shared;
using Tandem.Shared.Blacklist;
using Tandem.Shared.Configuration;

namespace Tandem.Blacklist.Lists;

/// <summary>What changed in a list since it was last asked.</summary>
public sealed record BlacklistChanges(IReadOnlyList<BlacklistEntry> Listed, IReadOnlyList<BlacklistNumber> Removed)
{
    /// <summary>True when nothing changed.</summary>
    public bool IsEmpty => Listed.Count == 0 && Removed.Count == 0;
}

/// <summary>
/// One dynamic black list as its owner keeps it: the detectors, the entries and the rules of staying on it. Created by
/// <see cref="BlacklistCentralActor"/> (scope null) or <see cref="BlacklistGatewayActor"/> and only used by that one
/// thread. Deterministic: all times come in.
/// </summary>
/// <remarks>
/// Rules (vos3000.md §4.6): the call that reaches the limit passes and lists its number; each later call of the number,
/// refused or not, moves its last call and with it the expiry; while a number is listed its calls are not counted, so
/// it starts from zero when it is free again. A refused call extends stays but is never counted: else a listed caller
/// who keeps trying would get the numbers that it never reached onto the list.
/// </remarks>
public sealed class OwnedBlacklist
{
    /// <summary>Entries of the central list.</summary>
    public const int DefaultMaxCentralEntries = 100_000;

    /// <summary>Entries of one gateway's list.</summary>
    public const int DefaultMaxGatewayEntries = 10_000;

    // Batches take up to 50 ms and a hop: a refused call from before the expiry may come after it, and still extends.
    private static readonly TimeSpan ExpiryGrace = TimeSpan.FromSeconds(1);

    private readonly GatewayId? _scope;
    private readonly int _maxEntries;
    private readonly IReadOnlyList<IDetector> _detectors;
    private readonly Dictionary<BlacklistNumber, BlacklistEntry> _entries = [];
    private readonly HashSet<BlacklistNumber> _changed = [];

    // One valid item for each entry (the one that _dueOf names), due no later than the entry expires: an extended entry
    // is put back when its item is due, so that a refused call costs no work here.
    private readonly PriorityQueue<BlacklistNumber, DateTimeOffset> _due = new();
    private readonly Dictionary<BlacklistNumber, DateTimeOffset> _dueOf = [];
    private ConfigurationSnapshot _configuration = ConfigurationSnapshot.Empty;

    /// <summary>An empty list with every detector off until <see cref="Configure"/>.</summary>
    public OwnedBlacklist(GatewayId? scope, int maxEntries, IReadOnlyList<IDetector> detectors)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxEntries, 1);
        (_scope, _maxEntries, _detectors) = (scope, maxEntries, detectors);
    }

    /// <summary>All entries.</summary>
    public IReadOnlyCollection<BlacklistEntry> Entries => _entries.Values;

    /// <summary>The detectors of this list.</summary>
    public IReadOnlyList<IDetector> Detectors => _detectors;

    /// <summary>
    /// True when the changes hold a number that was not listed before, or one that is free: tell the nodes now.
    /// </summary>
    public bool IsUrgent { get; private set; }

    /// <summary>Numbers that were listed since the owner started.</summary>
    public long Listed { get; private set; }

    /// <summary>Entries that went before their time because the list was full.</summary>
    public long Evicted { get; private set; }

    /// <summary>
    /// Takes a configuration over: limits hold from the next call on, a new expiry also for what is listed, and numbers
    /// of the system white list leave the list.
    /// </summary>
    public void Configure(ConfigurationSnapshot configuration)
    {
        _configuration = configuration;
        foreach (var detector in _detectors) detector.Configure(configuration.Parameters);
        foreach (var (key, entry) in _entries.ToList())
        {
            if (configuration.WhiteList.Contains(entry.Number))
            {
                Drop(key);
                IsUrgent = true;
                continue;
            }

            var expiresAt = entry.LastCallAt + ExpireOf(entry.Cause);
            if (expiresAt != entry.ExpiresAt) Put(key, entry with { ExpiresAt = expiresAt });
        }
    }

    /// <summary>
    /// A call was seen, passed or refused. A time later than <paramref name="now"/> (a node's clock is ahead) counts as
    /// now.
    /// </summary>
    public void Observe(CallObserved call, DateTimeOffset now)
    {
        var at = FullMilliseconds(call.At > now ? now : call.At);
        var calleeListed = Extend(new BlacklistNumber(call.Callee, NumberRole.Callee), at);
        var callerListed = Extend(new BlacklistNumber(call.Caller, NumberRole.Caller), at);
        if (call.Refused) return;
        foreach (var detector in _detectors)
        {
            if (detector.Role == NumberRole.Callee ? calleeListed : callerListed) continue;
            var number = detector.Role == NumberRole.Callee ? call.Callee : call.Caller;
            if (_configuration.WhiteList.Contains(number)) continue;
            var calls = detector.Observe(call, at);
            if (calls == 0) continue;
            List(new BlacklistNumber(number, detector.Role), detector, calls, at);
            if (detector.Role == NumberRole.Callee) calleeListed = true;
            else callerListed = true;
        }
    }

    /// <summary>Takes a number off and forgets what was counted of it; false when it was not listed.</summary>
    public bool Remove(BlacklistNumber number)
    {
        Reset(number);
        if (!_entries.ContainsKey(number)) return false;
        Drop(number);
        IsUrgent = true;
        return true;
    }

    /// <summary>Lets go whose time is over.</summary>
    public void Expire(DateTimeOffset now)
    {
        while (_due.TryPeek(out var number, out var due) && due + ExpiryGrace <= now)
        {
            _due.Dequeue();
            if (!IsValid(number, due)) continue;
            var expiresAt = _entries[number].ExpiresAt;
            if (expiresAt + ExpiryGrace <= now) Drop(number);
            else Schedule(number, expiresAt);
        }
    }

    /// <summary>
    /// Adds what was stored, when a new owner starts. What is listed already goes on with the later of both last calls.
    /// </summary>
    public void Restore(IEnumerable<BlacklistEntry> stored, DateTimeOffset now)
    {
        foreach (var entry in stored)
        {
            var key = new BlacklistNumber(entry.Number, entry.Role);
            var restored = entry with { Scope = _scope, ExpiresAt = entry.LastCallAt + ExpireOf(entry.Cause) };
            if (restored.ExpiresAt <= now || _configuration.WhiteList.Contains(entry.Number)) continue;
            if (_entries.TryGetValue(key, out var present) && present.LastCallAt >= restored.LastCallAt) continue;
            if (present is null) MakeRoom();
            Put(key, restored);
            Reset(key);
        }
    }

    /// <summary>What changed since the last call of this method: each number once, as it is now.</summary>
    public BlacklistChanges TakeChanges()
    {
        var listed = new List<BlacklistEntry>();
        var removed = new List<BlacklistNumber>();
        foreach (var number in _changed)
        {
            if (_entries.TryGetValue(number, out var entry)) listed.Add(entry);
            else removed.Add(number);
        }

        _changed.Clear();
        IsUrgent = false;
        return new BlacklistChanges(listed, removed);
    }

    private bool Extend(BlacklistNumber key, DateTimeOffset at)
    {
        if (!_entries.TryGetValue(key, out var entry)) return false;
        if (at >= entry.ExpiresAt)
        {
            // Its time was over when this call came: the call is its first one.
            Drop(key);
            return false;
        }

        if (at > entry.LastCallAt) Put(key, entry with { LastCallAt = at, ExpiresAt = at + ExpireOf(entry.Cause) });
        return true;
    }

    private void List(BlacklistNumber key, IDetector detector, int calls, DateTimeOffset at)
    {
        Reset(key);
        MakeRoom();
        Put(key, new BlacklistEntry(
            key.Number, key.Role, _scope, detector.Cause, at, at, at + detector.Limits.Expire, calls));
        IsUrgent = true;
        Listed++;
    }

    private void Put(BlacklistNumber key, BlacklistEntry entry)
    {
        // A shorter stay needs an earlier item; a longer one is found when the old item is due.
        if (!_dueOf.TryGetValue(key, out var due) || entry.ExpiresAt < due) Schedule(key, entry.ExpiresAt);
        _entries[key] = entry;
        _changed.Add(key);
    }

    private void Drop(BlacklistNumber key)
    {
        _entries.Remove(key);
        _dueOf.Remove(key);
        _changed.Add(key);
    }

    private void Schedule(BlacklistNumber key, DateTimeOffset due)
    {
        _due.Enqueue(key, due);
        _dueOf[key] = due;
    }

    private bool IsValid(BlacklistNumber key, DateTimeOffset due) =>
        _dueOf.TryGetValue(key, out var valid) && valid == due;

    private void MakeRoom()
    {
        while (_entries.Count >= _maxEntries && _due.TryDequeue(out var number, out var due))
        {
            if (!IsValid(number, due)) continue;
            var expiresAt = _entries[number].ExpiresAt;
            if (expiresAt > due)
            {
                Schedule(number, expiresAt);
                continue;
            }

            Drop(number);
            Evicted++;
        }
    }

    private void Reset(BlacklistNumber number)
    {
        foreach (var detector in _detectors)
            if (detector.Role == number.Role) detector.Reset(number.Number);
    }

    private TimeSpan ExpireOf(BlacklistCause cause) =>
        DetectorLimits.Of(cause, _configuration.Parameters).Expire;

    // As exact as the wire and the table, so that every copy of an entry is equal.
    private static DateTimeOffset FullMilliseconds(DateTimeOffset time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}
