using System.Globalization;
using Tandem.Shared.Configuration;
using Tandem.Shared.Gateways;

namespace Tandem.Edge.Health;

/// <summary>
/// The rules of the OPTIONS check and of pauses, over all gateways: which one is due, what an answer or its absence means.
/// Pure but for what it remembers: no clock, no chance, no I/O of its own. Kept by <see cref="GatewayHealthActor"/>.
/// </summary>
/// <param name="chance">0 to 1.</param>
internal sealed class GatewayChecks(Func<double> chance)
{
    /// <summary>Checks are this much early or late, so that gateways do not fall into step.</summary>
    public const double Jitter = 0.1;

    /// <summary>Longest wait for an answer: 64·T1 of RFC 3261.</summary>
    public static readonly TimeSpan LongestPatience = TimeSpan.FromSeconds(32);

    /// <summary>Shortest wait for an answer: lets one lost datagram be repeated.</summary>
    public static readonly TimeSpan ShortestPatience = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> _changed = new(StringComparer.Ordinal);
    private TimeSpan _period;
    private int _failures;
    private TimeSpan _longestPause;

    private sealed class Entry(GatewayHealth health)
    {
        public GatewayHealth Health { get; set; } = health;

        public bool IsChecked { get; set; }

        public bool HonoursPause { get; set; }

        public bool UnderWay { get; set; }

        public int Failures { get; set; }

        public DateTimeOffset DueAt { get; set; }
    }

    /// <summary>How long a check waits for its answer.</summary>
    public TimeSpan Patience => Clamp(_period / 4);

    /// <summary>All states that say something.</summary>
    public IEnumerable<GatewayHealth> All => _entries.Values.Select(e => e.Health);

    /// <summary>A version of the configuration is in force.</summary>
    public void Configure(ConfigurationSnapshot configuration, DateTimeOffset now)
    {
        var parameters = configuration.Parameters;
        (_period, _failures, _longestPause) =
            (parameters.OptionsCheckPeriod, Math.Max(1, parameters.OptionsCheckFailures), parameters.RetryAfterMax);
        foreach (var name in _entries.Keys.Where(n => !configuration.RoutingGateways.ContainsKey(n)).ToList())
        {
            _entries.Remove(name);
            _changed.Add(name);
        }

        foreach (var gateway in configuration.RoutingGateways.Values)
        {
            var isChecked = _period > TimeSpan.Zero && gateway.OptionsCheck && gateway.RegisterType != RegisterType.Dynamic;
            if (!isChecked && !_entries.ContainsKey(gateway.Name)) continue;
            var entry = EntryOf(gateway.Name, now);
            entry.HonoursPause = gateway.SipRetryAfter;
            if (isChecked == entry.IsChecked)
            {
                // A shorter period counts at once.
                if (isChecked && !entry.UnderWay && entry.DueAt > now + (_period * (1 + Jitter))) entry.DueAt = now + (_period * chance());
                continue;
            }

            entry.IsChecked = isChecked;
            if (isChecked) entry.DueAt = now + (_period * chance()); // Spread over the first period.
            else Set(entry, GatewayHealthState.Unchecked, GatewayHealth.NotChecked, now);
        }
    }

    /// <summary>Gateways whose check is due; each is then under way until it has ended.</summary>
    public IReadOnlyList<string> TakeDue(DateTimeOffset now)
    {
        List<string>? due = null;
        foreach (var (name, entry) in _entries)
        {
            if (!entry.IsChecked || entry.DueAt > now) continue;
            if (entry.UnderWay) // The edge says in any case how it ended: what gets here was lost with it.
            {
                Failed(name, "no answer", now);
                continue;
            }

            (entry.UnderWay, entry.DueAt) = (true, now + (2 * Patience) + LongestPatience);
            (due ??= []).Add(name);
        }

        return due ?? (IReadOnlyList<string>)[];
    }

    /// <summary>A check was answered: whatever it was, the gateway is there.</summary>
    /// <param name="gateway">Its name.</param>
    /// <param name="status">The final status.</param>
    /// <param name="retryAfter">Value of its Retry-After; empty without one.</param>
    /// <param name="now">The present time.</param>
    public void Answered(string gateway, int status, ReadOnlySpan<byte> retryAfter, DateTimeOffset now)
    {
        if (!_entries.TryGetValue(gateway, out var entry)) return;
        entry.UnderWay = false;
        if (!entry.IsChecked) return;
        entry.Failures = 0;
        var next = Jittered(_period);
        entry.DueAt = now + next;
        if (entry.Health.Checked != GatewayHealthState.Online)
            Set(entry, GatewayHealthState.Online, string.Create(CultureInfo.InvariantCulture, $"answers OPTIONS with {status}"), now);
        if (status != 503 || !entry.HonoursPause) return;

        // There, and without a place for calls (RFC 3261 §21.5.4): until it says, or until it has been asked again.
        var pause = RetryAfter.PauseOf(retryAfter, _longestPause);
        Suspend(gateway, now, now + (pause ?? next + Patience), pause is { } said
            ? string.Create(CultureInfo.InvariantCulture, $"it answered OPTIONS with 503, Retry-After {said.TotalSeconds:0} s")
            : "it answered OPTIONS with 503", now);
    }

    /// <summary>A check was not answered, or could not be sent.</summary>
    public void Failed(string gateway, string why, DateTimeOffset now)
    {
        if (!_entries.TryGetValue(gateway, out var entry)) return;
        entry.UnderWay = false;
        if (!entry.IsChecked) return;
        entry.Failures++;
        entry.DueAt = now + Jittered(entry.Failures switch { 1 => _period / 4, 2 => _period / 2, _ => _period });
        if (entry.Failures >= _failures && entry.Health.Checked != GatewayHealthState.Offline)
            Set(entry, GatewayHealthState.Offline, $"{why} to OPTIONS", now);
    }

    /// <summary>A vendor has asked for a pause.</summary>
    public void Suspend(string gateway, DateTimeOffset since, DateTimeOffset until, string cause, DateTimeOffset now)
    {
        if (until <= now || _entries.Count >= GatewayHealthReplica.MaxGateways) return;
        var entry = EntryOf(gateway, now);
        var health = entry.Health.WithPause(since, until, cause);
        if (ReferenceEquals(health, entry.Health)) return;
        entry.Health = health;
        _changed.Add(gateway);
    }

    /// <summary>What a node knew from the owner before: counts where no check has ended since.</summary>
    public void Learn(GatewayHealth known, DateTimeOffset now)
    {
        Suspend(known.Gateway, known.SuspendedSince, known.SuspendedUntil, known.SuspensionCause, now);
        if (!_entries.TryGetValue(known.Gateway, out var entry) || !entry.IsChecked) return;
        if (known.Checked is not (GatewayHealthState.Online or GatewayHealthState.Offline)) return;
        if (entry.Health.Checked != GatewayHealthState.Unchecked && entry.Health.Since >= known.Since) return;
        Set(entry, known.Checked, known.Cause, known.Since);
    }

    /// <summary>Takes the gateways whose state has changed since the last time; forgets pauses that are over.</summary>
    public IReadOnlyList<GatewayHealth> TakeChanges(DateTimeOffset now)
    {
        if (_changed.Count == 0) return [];
        var changes = _changed
            .Select(name => _entries.TryGetValue(name, out var entry) ? entry.Health : GatewayHealth.Unknown(name, now))
            .ToList();
        _changed.Clear();
        return changes;
    }

    /// <summary>Forgets gateways that are not checked and whose pause is over.</summary>
    public void Clean(DateTimeOffset now)
    {
        foreach (var (name, entry) in _entries)
            if (!entry.IsChecked && entry.Health.IsUnknown(now)) _entries.Remove(name);
    }

    private Entry EntryOf(string gateway, DateTimeOffset now)
    {
        if (_entries.TryGetValue(gateway, out var entry)) return entry;
        entry = new Entry(GatewayHealth.Unknown(gateway, now)) { HonoursPause = true };
        _entries.Add(gateway, entry);
        return entry;
    }

    private void Set(Entry entry, GatewayHealthState state, string cause, DateTimeOffset since)
    {
        entry.Health = entry.Health with { Checked = state, Cause = cause, Since = since };
        if (state == GatewayHealthState.Unchecked) entry.Failures = 0;
        _changed.Add(entry.Health.Gateway);
    }

    private TimeSpan Jittered(TimeSpan time) => time * (1 - Jitter + (2 * Jitter * chance()));

    private static TimeSpan Clamp(TimeSpan time) =>
        time < ShortestPatience ? ShortestPatience : time > LongestPatience ? LongestPatience : time;
}
