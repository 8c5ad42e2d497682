using Tandem.Shared;
using Tandem.Shared.Blacklist;

namespace Tandem.Blacklist.Lists;

/// <summary>
/// What a node knows of one list's owner: which version of the list it has, whether it must ask for all of it, and the
/// calls that wait to be told. Kept by <see cref="BlacklistNodeActor"/>; no clock, no I/O.
/// </summary>
public sealed class ReplicaLink(GatewayId? scope)
{
    /// <summary>
    /// Silence after which the owner counts as gone: it gives a sign of life every two seconds. Calls wait here until
    /// it is back, so that neither a proxy nor a region has to buffer them.
    /// </summary>
    public static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(7);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(10);

    private readonly List<BlacklistEntry> _parts = [];
    private int _nextPart;
    private (long Incarnation, long Version) _partsOf;
    private long _incarnation;
    private long _version;
    private DateTimeOffset? _heardAt;
    private DateTimeOffset _askAt = DateTimeOffset.MinValue;
    private TimeSpan _retry = FirstRetry;

    /// <summary>Null: the central list.</summary>
    public GatewayId? Scope { get; } = scope;

    /// <summary>Calls that wait to be told to the owner.</summary>
    public Queue<CallObserved> Outbox { get; } = new();

    /// <summary>True while this node has the list of the present owner without a gap.</summary>
    public bool IsSynced { get; private set; }

    /// <summary>True when the owner was heard lately.</summary>
    public bool IsAlive(DateTimeOffset now) => now - _heardAt < SilenceLimit;

    /// <summary>
    /// A change came. True: take its entries over. After a gap or from a new owner, too (a block counts at once, and
    /// the whole list is asked for); false when it is old.
    /// </summary>
    public bool OnChanged(BlacklistEvents.Changed change, DateTimeOffset now)
    {
        _heardAt = now;
        var isSignOfLife = change.Listed.Count == 0 && change.Removed.Count == 0;
        if (!IsSynced) return true;
        if (change.Incarnation == _incarnation)
        {
            if (change.Version == (isSignOfLife ? _version : _version + 1))
            {
                _version = change.Version;
                return true;
            }

            if (change.Version <= _version) return false;
        }

        IsSynced = false;
        _askAt = now;
        _retry = FirstRetry;
        return true;
    }

    /// <summary>A part of the whole list came; gives the list when it was the last one, else null.</summary>
    public IReadOnlyList<BlacklistEntry>? OnFullList(BlacklistReplies.FullList part, DateTimeOffset now)
    {
        _heardAt = now;
        if (IsSynced && part.Incarnation == _incarnation && part.Version < _version) return null;
        if (part.Part == 0)
        {
            _parts.Clear();
            (_nextPart, _partsOf) = (0, (part.Incarnation, part.Version));
        }

        // A part is missing: the time of asking comes again.
        if (part.Part != _nextPart || _partsOf != (part.Incarnation, part.Version)) return null;
        _parts.AddRange(part.Items);
        if (++_nextPart < part.Parts) return null;
        var entries = _parts.ToArray();
        _parts.Clear();
        _nextPart = 0;
        (_incarnation, _version, IsSynced, _retry) = (part.Incarnation, part.Version, true, FirstRetry);
        return entries;
    }

    /// <summary>
    /// True when the whole list is to be asked for now; the next time is after a wait that grows to 10 s.
    /// </summary>
    public bool ShouldAsk(DateTimeOffset now)
    {
        // A silent owner may be gone for good, with nothing that starts the next one but a message.
        if (IsSynced && !IsAlive(now)) (IsSynced, _askAt) = (false, now);
        if (IsSynced || now < _askAt) return false;
        _askAt = now + _retry;
        _retry = 2 * _retry < LongestRetry ? 2 * _retry : LongestRetry;
        return true;
    }
}
