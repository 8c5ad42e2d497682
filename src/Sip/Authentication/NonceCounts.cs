namespace Tandem.Sip.Authentication;

/// <summary>
/// Which counts of each nonce were used on this node (RFC 7616 §3.4, nc): a count that comes again, or is far behind the
/// highest, is a replay. Only credentials with the right response are noted, so that nobody without a password fills it.
/// </summary>
/// <remarks>
/// Bounded: two generations of at most half the maximum. When one is dropped, nonces that are older than it and not in the
/// other are no longer taken (their clients get a new one), so a bound that is reached costs a round trip and never lets a
/// replay in. Safe for threads.
/// </remarks>
public sealed class NonceCounts
{
    /// <summary>Nonces remembered: at 300 s of life that is 218 new ones a second.</summary>
    public const int DefaultMaxNonces = 65_536;

    // Requests that overtake each other: as many counts behind the highest are still told apart.
    private const int WindowBits = 64;

    private readonly Lock _noting = new();
    private readonly int _maxPerGeneration;
    private Dictionary<UInt128, Window> _young = [];
    private Dictionary<UInt128, Window> _old = [];
    private long _youngSinceMs;
    private long _oldSinceMs;

    /// <summary>Makes an empty one.</summary>
    /// <param name="startedAtMs">
    /// The present time, in milliseconds since 1970: older nonces may have been used before a restart, so they are not taken.
    /// </param>
    /// <param name="maxNonces">How many nonces are remembered.</param>
    public NonceCounts(long startedAtMs, int maxNonces = DefaultMaxNonces)
    {
        (_youngSinceMs, _oldSinceMs) = (startedAtMs, startedAtMs);
        _maxPerGeneration = Math.Max(1, maxNonces / 2);
    }

    /// <summary>Nonces remembered now.</summary>
    public int Count
    {
        get { lock (_noting) return _young.Count + _old.Count; }
    }

    /// <summary>Notes the use of a count; false when it was used before, or that can no longer be known.</summary>
    /// <param name="id">The nonce.</param>
    /// <param name="madeAtMs">When the nonce was made, in milliseconds since 1970.</param>
    /// <param name="count">nc; without qop 1, so that a nonce is good for one request.</param>
    /// <param name="nowMs">The present time, in milliseconds since 1970.</param>
    /// <param name="lifeMs">How long a nonce is fresh.</param>
    public bool TryUse(UInt128 id, long madeAtMs, uint count, long nowMs, long lifeMs)
    {
        lock (_noting)
        {
            // After two turns a life apart what is dropped has expired anyway.
            if (_young.Count >= _maxPerGeneration || nowMs - _youngSinceMs > lifeMs) Turn(nowMs);
            var isKnown = _young.TryGetValue(id, out var window) || _old.TryGetValue(id, out window);
            if ((!isKnown && IsForgotten(madeAtMs)) || !window.TryUse(count)) return false;
            _young[id] = window;
            return true;
        }
    }

    // Uses before the old generation's beginning are forgotten; a nonce made after it has had none before.
    private bool IsForgotten(long madeAtMs) => madeAtMs < _oldSinceMs;

    private void Turn(long nowMs)
    {
        (_old, _young) = (_young, _old);
        _young.Clear();
        (_oldSinceMs, _youngSinceMs) = (_youngSinceMs, nowMs);
    }

    private struct Window
    {
        private uint _highest;
        private ulong _used; // Bit n: count (highest - n) was used.

        public bool TryUse(uint count)
        {
            if (count > _highest)
            {
                var ahead = count - _highest;
                _used = ahead < WindowBits ? _used << (int)ahead | 1 : 1;
                _highest = count;
                return true;
            }

            var behind = _highest - count;
            if (behind >= WindowBits || (_used >> (int)behind & 1) != 0) return false;
            _used |= 1UL << (int)behind;
            return true;
        }
    }
}
