using System.Collections.Concurrent;
using System.Collections.Immutable;
using Tandem.Sip.Transport;

namespace Tandem.Edge.Resolution;

/// <summary>
/// Addresses of hosts that did not answer a moment ago: others of the same host are tried before them, so that not every call
/// waits for a dead server (RFC 3263 §4.3). One per edge, used from any thread.
/// </summary>
public sealed class DeadTargets(TimeProvider time)
{
    /// <summary>How long an address is passed over.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(30);

    /// <summary>Most addresses remembered; further ones are not.</summary>
    public const int MaxTargets = 1_000;

    private readonly ConcurrentDictionary<SipEndPoint, DateTimeOffset> _until = new();

    /// <summary>Addresses remembered, also those whose time is over.</summary>
    public int Count => _until.Count;

    /// <summary>It did not answer, or had no place for the request.</summary>
    public void Add(SipEndPoint target)
    {
        var now = time.GetUtcNow();
        if (_until.Count >= MaxTargets)
        {
            foreach (var (dead, until) in _until)
                if (until <= now) _until.TryRemove(dead, out _);
            if (_until.Count >= MaxTargets) return;
        }

        _until[target] = now + Life;
    }

    /// <summary>It answered.</summary>
    public void Remove(SipEndPoint target)
    {
        if (!_until.IsEmpty) _until.TryRemove(target, out _);
    }

    /// <summary>True while it is passed over.</summary>
    public bool IsDead(SipEndPoint target) =>
        !_until.IsEmpty && _until.TryGetValue(target, out var until) && time.GetUtcNow() < until;

    /// <summary>The same targets, the dead ones last: when all are dead, one must be tried all the same.</summary>
    public ImmutableArray<SipEndPoint> LiveFirst(ImmutableArray<SipEndPoint> targets) =>
        targets.Any(IsDead) ? [.. targets.Where(t => !IsDead(t)), .. targets.Where(IsDead)] : targets;
}
