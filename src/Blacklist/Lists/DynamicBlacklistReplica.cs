using System.Collections.Concurrent;
using Tandem.Blacklist.Detection;
using Tandem.Shared;
using Tandem.Shared.Blacklist;
using Tandem.Shared.Configuration;

namespace Tandem.Blacklist.Lists;

/// <summary>
/// This node's copy of all dynamic black lists: one for the central mode and one for each gateway. One per process,
/// created with the host; <see cref="BlacklistNodeActor"/> is its only writer, every call reads it without a lock and
/// without allocating. What refuses is decided by the configuration in force at that moment, so a change of mode, limit
/// or tick box holds at once, whatever the lists still hold.
/// </summary>
public sealed class DynamicBlacklistReplica(IConfigurationSource configuration) : IDynamicBlacklist
{
    private readonly ConcurrentDictionary<BlacklistNumber, BlacklistEntry> _central = new();
    private readonly ConcurrentDictionary<GatewayId, ConcurrentDictionary<BlacklistNumber, BlacklistEntry>> _byGateway =
        new();

    /// <summary>Entries held, in force or not.</summary>
    public int Count => _central.Count + _byGateway.Values.Sum(list => list.Count);

    /// <inheritdoc />
    public BlacklistEntry? Find(string number, NumberRole role, GatewayId gateway, DateTimeOffset now)
    {
        var current = configuration.Current;
        var list = _central;
        if (current.Parameters.BlacklistMode == BlacklistMode.Standalone)
        {
            if (!BlacklistScopes.IsTicked(gateway, current) || !_byGateway.TryGetValue(gateway, out list)) return null;
        }

        return list.TryGetValue(new BlacklistNumber(number, role), out var entry)
            && entry.ExpiresAt > now
            && DetectorLimits.Of(entry.Cause, current.Parameters).Limit > 0
            ? entry
            : null;
    }

    /// <summary>What refuses calls at <paramref name="now"/>, all scopes, in no order.</summary>
    public IEnumerable<BlacklistEntry> InForce(DateTimeOffset now)
    {
        var current = configuration.Current;
        var entries = current.Parameters.BlacklistMode == BlacklistMode.Global
            ? _central.Select(p => p.Value)
            : _byGateway
                .Where(p => BlacklistScopes.IsTicked(p.Key, current))
                .SelectMany(p => p.Value.Select(e => e.Value));
        return entries.Where(e =>
            e.ExpiresAt > now && DetectorLimits.Of(e.Cause, current.Parameters).Limit > 0);
    }

    /// <summary>Takes a change over.</summary>
    public void Apply(GatewayId? scope, IReadOnlyList<BlacklistEntry> listed, IReadOnlyList<BlacklistNumber> removed)
    {
        var list = ListOf(scope);
        foreach (var entry in listed) list[new BlacklistNumber(entry.Number, entry.Role)] = entry;
        foreach (var number in removed) list.TryRemove(number, out _);
    }

    /// <summary>
    /// Takes a whole list over. A number that is in the old and the new one is never missing in between.
    /// </summary>
    public void Replace(GatewayId? scope, IReadOnlyList<BlacklistEntry> entries)
    {
        var keep = entries.Select(e => new BlacklistNumber(e.Number, e.Role)).ToHashSet();
        Apply(scope, entries, [.. ListOf(scope).Select(p => p.Key).Where(number => !keep.Contains(number))]);
    }

    /// <summary>Frees the memory of entries whose time is over; they refuse nothing before that, either.</summary>
    public void RemoveExpired(DateTimeOffset now)
    {
        RemoveExpired(_central, now);
        foreach (var (gateway, list) in _byGateway)
        {
            RemoveExpired(list, now);
            if (list.IsEmpty) _byGateway.TryRemove(gateway, out _);
        }
    }

    private static void RemoveExpired(ConcurrentDictionary<BlacklistNumber, BlacklistEntry> list, DateTimeOffset now)
    {
        foreach (var pair in list)
            if (pair.Value.ExpiresAt <= now) list.TryRemove(pair);
    }

    private ConcurrentDictionary<BlacklistNumber, BlacklistEntry> ListOf(GatewayId? scope) =>
        scope is { } gateway ? _byGateway.GetOrAdd(gateway, static _ => new()) : _central;
}
