using Tandem.Shared.Blacklist;

namespace Tandem.Blacklist.Lists;

/// <summary>
/// What an owner still has to store: each number once, in its latest state, so that a busy list or a database that is
/// away costs no more than one item a number. One batch at a time is under way; a failed one comes back behind newer
/// states.
/// </summary>
public sealed class PendingWrites(int maxItems = PendingWrites.DefaultMaxItems)
{
    /// <summary>Numbers that may wait for the database.</summary>
    public const int DefaultMaxItems = 200_000;

    /// <summary>Numbers in one transaction.</summary>
    public const int BatchSize = 1_000;

    // Null: to be deleted.
    private readonly Dictionary<BlacklistNumber, BlacklistEntry?> _waiting = [];
    private readonly List<KeyValuePair<BlacklistNumber, BlacklistEntry?>> _underWay = [];

    /// <summary>True while a batch is being written.</summary>
    public bool IsWriting => _underWay.Count > 0;

    /// <summary>Numbers that wait, those under way included.</summary>
    public int Count => _waiting.Count + _underWay.Count;

    /// <summary>
    /// Changes that were not kept because too many waited: after a restart these numbers are as they were stored.
    /// </summary>
    public long Dropped { get; private set; }

    /// <summary>Adds changes.</summary>
    public void Add(BlacklistChanges changes)
    {
        foreach (var entry in changes.Listed) Add(new BlacklistNumber(entry.Number, entry.Role), entry);
        foreach (var number in changes.Removed) Add(number, null);
    }

    /// <summary>
    /// True when a number is waiting to be deleted: what is still stored of it is not to be restored.
    /// </summary>
    public bool WillDelete(BlacklistNumber number) => _waiting.TryGetValue(number, out var entry) && entry is null;

    /// <summary>Begins the next batch; null when there is none, or one is under way.</summary>
    public BlacklistChanges? Begin()
    {
        if (IsWriting || _waiting.Count == 0) return null;
        _underWay.AddRange(_waiting.Take(BatchSize));
        foreach (var (number, _) in _underWay) _waiting.Remove(number);
        return new BlacklistChanges(
            [.. _underWay.Where(p => p.Value is not null).Select(p => p.Value!)],
            [.. _underWay.Where(p => p.Value is null).Select(p => p.Key)]);
    }

    /// <summary>The batch is stored.</summary>
    public void Succeeded() => _underWay.Clear();

    /// <summary>The batch is not stored and waits again, where nothing newer does.</summary>
    public void Failed()
    {
        foreach (var (number, entry) in _underWay)
            if (!_waiting.ContainsKey(number)) Add(number, entry);
        _underWay.Clear();
    }

    private void Add(BlacklistNumber number, BlacklistEntry? entry)
    {
        if (_waiting.Count >= maxItems && !_waiting.ContainsKey(number))
        {
            Dropped++;
            return;
        }

        _waiting[number] = entry;
    }
}
