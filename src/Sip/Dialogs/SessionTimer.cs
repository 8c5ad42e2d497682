using Tandem.Sip.Messages;

namespace Tandem.Sip.Dialogs;

/// <summary>
/// A session timer in force on one dialog (RFC 4028): the interval that was agreed and whose task the refresh is.
/// Immutable; the two legs of a B2BUA have one each, or none.
/// </summary>
/// <param name="Seconds">The session interval.</param>
/// <param name="WeRefresh">True if the refresh is our task.</param>
public sealed record SessionTimer(int Seconds, bool WeRefresh)
{
    // RFC 4028 §10: who does not refresh hangs up the smaller of 32 s and a third of the interval before its end.
    private const int EarlySeconds = 32;

    /// <summary>The timer that our 2xx to this request agrees on (§9, table 2).</summary>
    /// <param name="request">An INVITE or UPDATE.</param>
    /// <param name="ttl">The interval that we want, in seconds.</param>
    /// <param name="minimum">The shortest that we take: a request that asks for less is to get 422 before.</param>
    /// <param name="weRefresh">What is chosen when the request leaves the choice to us.</param>
    /// <returns>Null if the sender does not know session timers.</returns>
    public static SessionTimer? OfUas(SipMessage request, int ttl, int minimum, bool weRefresh = true)
    {
        if (!SipOptions.Offers(request, "timer"u8)) return null;
        var floor = Math.Max(minimum, SessionExpires.ReadMinimum(request));
        if (!SessionExpires.TryRead(request, out var asked)) return new SessionTimer(Math.Max(ttl, floor), weRefresh);
        var seconds = Math.Max(Math.Min(asked.Seconds, ttl), Math.Min(floor, asked.Seconds));
        return new SessionTimer(seconds, asked.Refresher switch
        {
            SessionRefresher.Uac => false,
            SessionRefresher.Uas => true,
            SessionRefresher.None => weRefresh,
            _ => throw new ArgumentOutOfRangeException(nameof(request), asked.Refresher, "No such refresher."),
        });
    }

    /// <summary>The timer that a 2xx to our request agrees on (§7.2); null if it has no Session-Expires.</summary>
    /// <param name="response">A 2xx of INVITE or UPDATE.</param>
    public static SessionTimer? OfUac(SipMessage response) => SessionExpires.TryRead(response, out var agreed)
        ? new SessionTimer(agreed.Seconds, agreed.Refresher != SessionRefresher.Uas)
        : null;

    /// <summary>True if a request asks for an interval that is too short for us: 422 with Min-SE (§6, §9).</summary>
    /// <param name="request">An INVITE or UPDATE.</param>
    /// <param name="minimum">The shortest interval, in seconds.</param>
    public static bool IsTooShort(SipMessage request, int minimum) =>
        SessionExpires.TryRead(request, out var asked) && asked.Seconds < minimum && SipOptions.Offers(request, "timer"u8);

    /// <summary>What our 2xx says: the other side sent the request.</summary>
    public SessionExpires InResponse => new(Seconds, WeRefresh ? SessionRefresher.Uas : SessionRefresher.Uac);

    /// <summary>What a request of ours in the dialog says: roles stay as they are (§7.4).</summary>
    public SessionExpires InRequest => new(Seconds, WeRefresh ? SessionRefresher.Uac : SessionRefresher.Uas);

    /// <summary>When to refresh, from the last refresh on.</summary>
    /// <param name="segments">The interval is divided by this; RFC 4028 §7.2 recommends 2.</param>
    public TimeSpan RefreshAfter(int segments) => TimeSpan.FromSeconds((double)Seconds / Math.Max(2, segments));

    /// <summary>
    /// When to hang up if no refresh has come, from the last one on (§10): the smaller of 32 s and a third of the
    /// interval before its end; earlier if asked for, but never in its first two thirds.
    /// </summary>
    /// <param name="earlySeconds">How long before the end at least.</param>
    public TimeSpan HangUpAfter(int earlySeconds)
    {
        var third = Seconds / 3.0;
        return TimeSpan.FromSeconds(Seconds - Math.Min(Math.Max(EarlySeconds, earlySeconds), third));
    }
}
