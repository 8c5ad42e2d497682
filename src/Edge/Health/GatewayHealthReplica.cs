using System.Collections.Frozen;
using Tandem.Shared.Gateways;

namespace Tandem.Edge.Health;

/// <summary>
/// This node's view of the health of gateways. Calls read it without a lock; changes are few and replace the whole. One per
/// process, fed by <see cref="GatewayHealthNodeActor"/>.
/// </summary>
public sealed class GatewayHealthReplica : IGatewayHealth
{
    /// <summary>Gateways remembered; further ones are not. More than a configuration may have.</summary>
    public const int MaxGateways = 20_000;

    private readonly Lock _writing = new();
    private volatile FrozenDictionary<string, GatewayHealth> _all = FrozenDictionary<string, GatewayHealth>.Empty;
    private volatile Action<GatewayHealthCommands.Suspend>? _report;

    /// <summary>All that is known.</summary>
    public IReadOnlyList<GatewayHealth> All => _all.Values;

    /// <inheritdoc />
    public GatewayHealth? Find(string gateway) => _all.GetValueOrDefault(gateway);

    /// <inheritdoc />
    public void Suspend(string gateway, DateTimeOffset now, TimeSpan pause, string cause)
    {
        var command = new GatewayHealthCommands.Suspend(gateway, now, now + pause, cause);
        Change(all => Put(all, (all.GetValueOrDefault(gateway) ?? GatewayHealth.Unknown(gateway, now))
            .WithPause(command.Since, command.Until, cause)));
        _report?.Invoke(command);
    }

    /// <summary>Says who is to hear of suspensions by this node's calls.</summary>
    internal void ReportTo(Action<GatewayHealthCommands.Suspend>? report) => _report = report;

    /// <summary>States that have changed; a pause that this node knows longer stays.</summary>
    internal void Apply(IEnumerable<GatewayHealth> changed, DateTimeOffset now) => Change(all =>
    {
        foreach (var health in changed) Put(all, Merge(all.GetValueOrDefault(health.Gateway), health), now);
    });

    /// <summary>All states; those of other gateways are forgotten, but for their pauses.</summary>
    internal void Replace(IReadOnlyList<GatewayHealth> states, DateTimeOffset now) => Change(all =>
    {
        var before = all.Values.ToList();
        all.Clear();
        foreach (var old in before)
            if (now < old.SuspendedUntil)
                Put(all, GatewayHealth.Unknown(old.Gateway, now).WithPause(old.SuspendedSince, old.SuspendedUntil, old.SuspensionCause));
        foreach (var health in states) Put(all, Merge(all.GetValueOrDefault(health.Gateway), health), now);
    });

    private void Change(Action<Dictionary<string, GatewayHealth>> change)
    {
        lock (_writing)
        {
            var all = _all.ToDictionary(StringComparer.Ordinal);
            change(all);
            _all = all.ToFrozenDictionary(StringComparer.Ordinal);
        }
    }

    private static GatewayHealth Merge(GatewayHealth? known, GatewayHealth news) =>
        known is null ? news : news.WithPause(known.SuspendedSince, known.SuspendedUntil, known.SuspensionCause);

    private static void Put(Dictionary<string, GatewayHealth> all, GatewayHealth health, DateTimeOffset? now = null)
    {
        if (now is { } time && health.IsUnknown(time)) all.Remove(health.Gateway);
        else if (all.Count < MaxGateways || all.ContainsKey(health.Gateway)) all[health.Gateway] = health;
    }
}
