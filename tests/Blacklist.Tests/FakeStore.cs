using Tandem.Blacklist.Lists;
using Tandem.Shared;
using Tandem.Shared.Blacklist;

namespace Tandem.Blacklist.Tests;

/// <summary>The table in memory, with a switch that takes it away.</summary>
internal sealed class FakeStore : IBlacklistStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(GatewayId?, BlacklistNumber), BlacklistEntry> _rows = [];
    private bool _isAway;

    public bool IsAway
    {
        get { lock (_lock) return _isAway; }
        set { lock (_lock) _isAway = value; }
    }

    public IReadOnlyList<string> Numbers
    {
        get { lock (_lock) return [.. _rows.Keys.Select(k => k.Item2.Number).Order()]; }
    }

    public void Add(params BlacklistEntry[] entries)
    {
        lock (_lock)
            foreach (var e in entries) _rows[(e.Scope, new BlacklistNumber(e.Number, e.Role))] = e;
    }

    public async Task<IReadOnlyList<BlacklistEntry>> Load(GatewayId? scope, DateTimeOffset now, int maxEntries)
    {
        await Task.Yield();
        lock (_lock)
        {
            if (_isAway) throw new IOException("away");
            return [.. _rows.Values.Where(e => e.Scope == scope)];
        }
    }

    public async Task Write(GatewayId? scope, BlacklistChanges changes)
    {
        await Task.Yield();
        lock (_lock)
        {
            if (_isAway) throw new IOException("away");
            Add([.. changes.Listed]);
            foreach (var number in changes.Removed) _rows.Remove((scope, number));
        }
    }
}
