using System.Collections.Concurrent;
using System.Collections.Immutable;
using Tandem.Shared.Configuration;
using Tandem.Shared.Edge;
using Tandem.Sip.Transport;

namespace Tandem.Edge.Authentication;

/// <summary>
/// Counts digest failures by source and by user, and suspends who has too many (SS_AUTHENTICATION_MAX_RETRY,
/// SS_AUTHENTICATION_FAILED_SUSPEND). One per node, made with it, read and fed by the edge's threads;
/// <see cref="AuthenticationGuardActor"/> joins the guards of all nodes to one. Safe for threads; all of it is bounded.
/// </summary>
/// <remarks>
/// Failures are forgotten when none has come for as long as a suspension lasts. A user's suspension does not bind sources
/// from which that user was accepted before, so that strangers who guess cannot lock it out.
/// </remarks>
public sealed class AuthenticationGuard(IConfigurationSource configuration, TimeProvider time)
{
    /// <summary>Sources and users whose failures are remembered.</summary>
    public const int DefaultMaxFailing = 65_536;

    /// <summary>Suspensions in force; when full, none is added until some are over.</summary>
    public const int DefaultMaxSuspended = 65_536;

    /// <summary>Sources at which users were accepted that are remembered.</summary>
    public const int DefaultMaxAccepted = 65_536;

    /// <summary>Keys that wait to be told to other nodes.</summary>
    public const int MaxWaiting = 10_000;

    /// <summary>How long a source at which a user was accepted counts as the user's own.</summary>
    public static readonly TimeSpan OwnSourceLife = TimeSpan.FromHours(24);

    private readonly Lock _counting = new();
    private readonly ConcurrentDictionary<GuardKey, DateTimeOffset> _suspended = new();
    private readonly BoundedMap<GuardKey, Failing> _failing = new(DefaultMaxFailing);
    private readonly BoundedMap<(GuardKey User, GuardKey Source), DateTimeOffset> _accepted = new(DefaultMaxAccepted);
    private readonly Dictionary<GuardKey, int> _untoldFailures = [];
    private readonly HashSet<GuardKey> _untoldSuspensions = [];
    private long _suspensions;

    private readonly record struct Failing(int Count, DateTimeOffset LastAt);

    /// <summary>Suspensions made on this node since its start, those told by others included.</summary>
    public long Suspensions => Volatile.Read(ref _suspensions);

    /// <summary>Whether a source is suspended.</summary>
    public bool IsSuspended(SipEndPoint source) => !_suspended.IsEmpty && IsInForce(GuardKey.Of(source));

    /// <summary>Whether a user is suspended for this source.</summary>
    public bool IsSuspended(string user, SipEndPoint source)
    {
        if (_suspended.IsEmpty || !IsInForce(GuardKey.Of(user))) return false;
        var now = time.GetUtcNow();
        lock (_counting)
        {
            var isOwn = _accepted.TryGet((GuardKey.Of(user), GuardKey.Of(source)), out var at) && now - at < OwnSourceLife;
            return !isOwn;
        }
    }

    /// <summary>Counts a failure of a source, and of a user that exists when one was named.</summary>
    public void Failed(SipEndPoint source, string? user = null)
    {
        lock (_counting)
        {
            Count(GuardKey.Of(source), 1, tell: true);
            if (user is not null) Count(GuardKey.Of(user), 1, tell: true);
        }
    }

    /// <summary>A user was accepted at a source.</summary>
    public void Accepted(string user, SipEndPoint source)
    {
        lock (_counting) _accepted.Set((GuardKey.Of(user), GuardKey.Of(source)), time.GetUtcNow());
    }

    /// <summary>Takes what another node has told.</summary>
    public void Merge(GuardEvents.Changed change)
    {
        ArgumentNullException.ThrowIfNull(change);
        lock (_counting)
        {
            foreach (var text in change.Lifted)
                if (GuardKey.TryParse(text, out var key)) Free(key);
            foreach (var suspension in change.Suspended)
                if (GuardKey.TryParse(suspension.Key, out var key)) Suspend(key, suspension.Remaining, tell: false);
            foreach (var failures in change.Failures)
                if (GuardKey.TryParse(failures.Key, out var key)) Count(key, failures.Count, tell: false);
        }
    }

    /// <summary>What has happened here since the last call, for the other nodes; null when nothing has.</summary>
    public GuardEvents.Changed? TakeChanges()
    {
        lock (_counting)
        {
            if (_untoldFailures.Count == 0 && _untoldSuspensions.Count == 0) return null;
            var now = time.GetUtcNow();
            var change = new GuardEvents.Changed(
                [.. _untoldFailures.Select(f => new GuardFailures(f.Key.ToString(), f.Value))],
                [.. InForce(now).Where(s => _untoldSuspensions.Contains(s.Key))
                    .Select(s => new GuardSuspension(s.Key.ToString(), s.Value - now))],
                []);
            _untoldFailures.Clear();
            _untoldSuspensions.Clear();
            return change;
        }
    }

    /// <summary>All suspensions in force, by key; what is over is cleaned away.</summary>
    public ImmutableArray<GuardReplies.Entry> List()
    {
        var now = time.GetUtcNow();
        foreach (var (key, until) in _suspended)
            if (until <= now) _suspended.TryRemove(KeyValuePair.Create(key, until));
        return
        [
            .. InForce(now).Select(s => new GuardReplies.Entry(s.Key.ToString(), s.Value))
                .OrderBy(e => e.Key, StringComparer.Ordinal),
        ];
    }

    /// <summary>Sets a key free and forgets its failures; false when it was not suspended.</summary>
    public bool Lift(string text)
    {
        if (!GuardKey.TryParse(text, out var key)) return false;
        lock (_counting) return Free(key);
    }

    private bool IsInForce(GuardKey key) => _suspended.TryGetValue(key, out var until) && until > time.GetUtcNow();

    private IEnumerable<KeyValuePair<GuardKey, DateTimeOffset>> InForce(DateTimeOffset now) =>
        _suspended.Where(s => s.Value > now);

    private bool Free(GuardKey key)
    {
        _failing.Remove(key);
        _untoldSuspensions.Remove(key);
        return _suspended.TryRemove(key, out var until) && until > time.GetUtcNow();
    }

    private void Count(GuardKey key, int failures, bool tell)
    {
        var parameters = configuration.Current.Parameters;
        if (parameters.AuthenticationMaxRetry == 0 || failures <= 0 || IsInForce(key)) return;
        var now = time.GetUtcNow();
        var before = _failing.TryGet(key, out var known) && now - known.LastAt < parameters.AuthenticationFailedSuspend
            ? known.Count
            : 0;
        var count = (int)Math.Min((long)before + failures, int.MaxValue);
        if (tell && (_untoldFailures.Count < MaxWaiting || _untoldFailures.ContainsKey(key)))
            _untoldFailures[key] = _untoldFailures.GetValueOrDefault(key) + failures;
        if (count < parameters.AuthenticationMaxRetry)
        {
            _failing.Set(key, new Failing(count, now));
            return;
        }

        _failing.Remove(key);
        Suspend(key, parameters.AuthenticationFailedSuspend, tell: true);
    }

    private void Suspend(GuardKey key, TimeSpan length, bool tell)
    {
        var until = time.GetUtcNow() + length;
        var isKnown = _suspended.TryGetValue(key, out var present);
        if (length <= TimeSpan.Zero || present >= until || (!isKnown && _suspended.Count >= DefaultMaxSuspended)) return;
        _suspended[key] = until;
        if (!IsRepeat()) Interlocked.Increment(ref _suspensions);
        if (tell && _untoldSuspensions.Count < MaxWaiting) _untoldSuspensions.Add(key);

        // Two nodes that reach the limit together tell each other the same.
        bool IsRepeat() => isKnown && until - present < length;
    }
}
