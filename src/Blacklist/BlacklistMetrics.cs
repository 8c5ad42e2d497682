using System.Diagnostics.Metrics;
using Tandem.Blacklist.Lists;

namespace Tandem.Blacklist;

/// <summary>The figures of the black list; one per process, created with the host.</summary>
public sealed class BlacklistMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Tandem.Blacklist";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _events;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _listed;
    private readonly Counter<long> _storageFailures;
    private long _totalDropped;

    /// <summary>Starts measuring.</summary>
    public BlacklistMetrics(DynamicBlacklistReplica replica)
    {
        _events = _meter.CreateCounter<long>(
            "tandem.blacklist.events", "{call}", "Calls seen by this node for the detectors.");
        _dropped = _meter.CreateCounter<long>(
            "tandem.blacklist.dropped", "{item}", "Not counted or forgotten before its time, by cause.");
        _listed = _meter.CreateCounter<long>(
            "tandem.blacklist.listed", "{number}", "Numbers listed by the owners on this node.");
        _storageFailures = _meter.CreateCounter<long>(
            "tandem.blacklist.storage_failures",
            "{attempt}",
            "Loads and writes of lists that failed and are tried again.");
        _meter.CreateObservableGauge(
            "tandem.blacklist.entries", () => replica.Count, "{number}", "Entries in this node's replica.");
    }

    /// <summary>All that was dropped since the start.</summary>
    public long Dropped => Interlocked.Read(ref _totalDropped);

    internal void Observed(bool refused) => _events.Add(1, new KeyValuePair<string, object?>("refused", refused));

    internal void Listed(long count)
    {
        if (count > 0) _listed.Add(count);
    }

    internal void Drop(string cause, long count = 1)
    {
        if (count == 0) return;
        Interlocked.Add(ref _totalDropped, count);
        _dropped.Add(count, new KeyValuePair<string, object?>("cause", cause));
    }

    internal void StorageFailed() => _storageFailures.Add(1);

    /// <inheritdoc />
    public void Dispose() => _meter.Dispose();
}
