namespace Tandem.Shared.Gateways;

/// <summary>A vendor's Retry-After (RFC 3261 §20.33): which failures carry one that counts, and how long it is.</summary>
public static class RetryAfter
{
    /// <summary>The statuses whose Retry-After speaks of the gateway and not of the number (RFC 3261 §21: 480, 5xx, 6xx).</summary>
    /// <param name="status">A final status.</param>
    public static bool Counts(int status) => status is 480 or 500 or 503 or (>= 600 and <= 699);

    /// <summary>The pause; null without one. Comment and parameters are not looked at.</summary>
    /// <param name="value">The value of the header; empty when there is none.</param>
    /// <param name="longest">SS_SIP_RETRY_AFTER_MAX; zero: no pause is honoured.</param>
    public static TimeSpan? PauseOf(ReadOnlySpan<byte> value, TimeSpan longest)
    {
        var seconds = 0L;
        var digits = 0;
        foreach (var c in value)
        {
            if (c is < (byte)'0' or > (byte)'9') break;
            digits++;
            seconds = Math.Min((seconds * 10) + (c - '0'), uint.MaxValue); // Delta-seconds have no bound, TimeSpan has.
        }

        if (digits == 0 || seconds == 0 || longest <= TimeSpan.Zero) return null;
        var pause = TimeSpan.FromSeconds(seconds);
        return pause < longest ? pause : longest;
    }
}
