namespace Tandem.Sip.Timers;

/// <summary>
/// The timer values of RFC 3261 (table 4 in annex A) and RFC 6026, derived from T1, T2 and T4. A value that is passed
/// in, so that tests and gateways with long delays can have their own.
/// </summary>
public sealed record SipTimers
{
    /// <summary>Default of <see cref="T1"/>.</summary>
    public static readonly TimeSpan DefaultT1 = TimeSpan.FromMilliseconds(500);

    /// <summary>Default of <see cref="T2"/>.</summary>
    public static readonly TimeSpan DefaultT2 = TimeSpan.FromSeconds(4);

    /// <summary>Default of <see cref="T4"/>.</summary>
    public static readonly TimeSpan DefaultT4 = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Default of <see cref="C"/>. RFC 3261 §16.6 asks for more than 3 minutes; this is a net under the ringing limit
    /// of the transaction user, so it is longer than any of those.
    /// </summary>
    public static readonly TimeSpan DefaultC = TimeSpan.FromMinutes(15);

    /// <summary>The values of the RFC.</summary>
    public static SipTimers Default { get; } = new();

    /// <summary>Round-trip time estimate: the first retransmission comes after it (RFC 3261 §17.1.1.1).</summary>
    public TimeSpan T1 { get; init; } = DefaultT1;

    /// <summary>
    /// Longest interval between retransmissions of what is not an INVITE, and of responses to INVITE.
    /// </summary>
    public TimeSpan T2 { get; init; } = DefaultT2;

    /// <summary>How long a message may stay in the network.</summary>
    public TimeSpan T4 { get; init; } = DefaultT4;

    /// <summary>
    /// How long an INVITE may be without a new provisional response before it is cancelled (client) or refused
    /// (server).
    /// </summary>
    public TimeSpan C { get; init; } = DefaultC;

    /// <summary>64*T1: how long a transaction tries.</summary>
    public TimeSpan SixtyFourT1 => 64 * T1;

    /// <summary>The length of a lifetime timer; zero means that it fires at once.</summary>
    /// <param name="timer">One of B, C, D, F, H, I, J, K, L, M, Cancelled or Unanswered.</param>
    /// <param name="reliable">True if the transport is reliable (TCP, TLS).</param>
    /// <exception cref="ArgumentOutOfRangeException">The timer is none of these.</exception>
    public TimeSpan LengthOf(SipTimer timer, bool reliable) => timer switch
    {
        SipTimer.B or SipTimer.F or SipTimer.H or SipTimer.L or SipTimer.M => SixtyFourT1,
        SipTimer.Cancelled or SipTimer.Unanswered => SixtyFourT1,
        SipTimer.C => C,
        // RFC 3261: D is at least 32 s on UDP, whatever T1 is; J is 64*T1.
        SipTimer.D => reliable ? TimeSpan.Zero : SixtyFourT1 > MinimumD ? SixtyFourT1 : MinimumD,
        SipTimer.J => reliable ? TimeSpan.Zero : SixtyFourT1,
        SipTimer.I or SipTimer.K => reliable ? TimeSpan.Zero : T4,
        _ => throw new ArgumentOutOfRangeException(nameof(timer), timer, "Not a lifetime timer."),
    };

    private static readonly TimeSpan MinimumD = TimeSpan.FromSeconds(32);
}
