namespace Tandem.Edge.Resolution;

/// <summary>Times and bounds of a <see cref="DnsCache"/>.</summary>
public sealed record DnsCacheOptions
{
    /// <summary>Most questions remembered; the ones that end first make room.</summary>
    public int MaxEntries { get; init; } = 10_000;

    /// <summary>Most questions under way; more fail at once.</summary>
    public int MaxInFlight { get; init; } = 256;

    /// <summary>Shortest life of an answer, also of a negative one: a time to live of 0 must not ask per call.</summary>
    public TimeSpan Floor { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest life of an answer.</summary>
    public TimeSpan Ceiling { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Longest life of a negative answer: a name that has just been made is found soon.</summary>
    public TimeSpan NegativeCeiling { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a failure is believed before the servers are asked again (RFC 2308 §7.1: at most 5 min).</summary>
    public TimeSpan FailureLife { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long after its end an answer is still used while the DNS fails (RFC 8767 §5: 1 to 3 days).</summary>
    public TimeSpan StaleLife { get; init; } = TimeSpan.FromDays(1);
}

/// <summary>
/// Answers of the DNS as long as they live: one question per name and kind is under way, a failing DNS is answered for with
/// what was known before. Shared by the workers of an edge, used from any thread.
/// </summary>
public sealed class DnsCache(IDnsQueries dns, DnsCacheOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Name, DnsRecordKind Kind), Entry> _entries = [];
    private int _inFlight;

    private sealed class Entry
    {
        public DnsAnswer? Answer { get; set; }

        public DateTimeOffset FreshUntil { get; set; }

        public DateTimeOffset StaleUntil { get; set; }

        public Task<DnsAnswer>? Asking { get; set; }
    }

    /// <summary>Questions remembered.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _entries.Count;
        }
    }

    /// <summary>Answers that were given although their life was over, since the DNS failed.</summary>
    public long StaleAnswers { get; private set; }

    /// <summary>The answer: at once when it is known, else when the DNS has given it. Never throws.</summary>
    public ValueTask<DnsAnswer> GetAsync(string name, DnsRecordKind kind)
    {
        var key = (name.ToLowerInvariant(), kind);
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (_entries.TryGetValue(key, out var entry))
            {
                if (entry.Answer is { } known && now < entry.FreshUntil) return new(known);
                if (entry.Asking is { } asking) return new(asking);
            }

            if (_inFlight >= options.MaxInFlight)
                return new(DnsAnswer.Failed($"{options.MaxInFlight} questions to the DNS are under way."));
            if (entry is null)
            {
                MakeRoom(now);
                _entries[key] = entry = new Entry();
            }

            _inFlight++;

            // On another thread: the library does some of its work before it first waits, and callers are SIP workers.
            entry.Asking = Task.Run(() => AskAsync(key.Item1, kind, entry));
            return new(entry.Asking);
        }
    }

    private async Task<DnsAnswer> AskAsync(string name, DnsRecordKind kind, Entry entry)
    {
        DnsAnswer? answer = null;
        try
        {
            answer = await dns.AskAsync(name, kind).ConfigureAwait(false);
            return Keep(entry, answer);
        }
        finally
        {
            lock (_gate)
            {
                (entry.Asking, _inFlight) = (null, _inFlight - 1);
                if (answer is null && entry.Answer is null) _entries.Remove((name, kind)); // It threw: a bug, not a state.
            }
        }
    }

    private DnsAnswer Keep(Entry entry, DnsAnswer answer)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (answer.Outcome == DnsOutcome.Failed && entry.Answer is { Outcome: not DnsOutcome.Failed } old && now < entry.StaleUntil)
            {
                entry.FreshUntil = now + options.FailureLife;
                StaleAnswers++;
                return old;
            }

            var life = answer.Outcome switch
            {
                DnsOutcome.Found => Clamp(answer.TimeToLive, options.Ceiling),
                DnsOutcome.NotThere => Clamp(answer.TimeToLive, options.NegativeCeiling),
                DnsOutcome.Failed => options.FailureLife,
            };
            (entry.Answer, entry.FreshUntil) = (answer, now + life);
            entry.StaleUntil = answer.Outcome == DnsOutcome.Failed ? entry.FreshUntil : entry.FreshUntil + options.StaleLife;
            return answer;
        }
    }

    private TimeSpan Clamp(TimeSpan life, TimeSpan ceiling) =>
        life < options.Floor ? options.Floor : life > ceiling ? ceiling : life;

    // First what nobody could use any more, then a tenth of those that end soonest. One under way is never taken.
    private void MakeRoom(DateTimeOffset now)
    {
        if (_entries.Count < options.MaxEntries) return;
        var idle = _entries.Where(e => e.Value.Asking is null).ToList();
        var gone = idle.Where(e => e.Value.StaleUntil <= now).ToList();
        if (gone.Count == 0) gone = [.. idle.OrderBy(e => e.Value.FreshUntil).Take(Math.Max(1, options.MaxEntries / 10))];
        foreach (var (key, _) in gone) _entries.Remove(key);
    }
}
