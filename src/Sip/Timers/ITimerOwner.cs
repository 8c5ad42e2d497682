namespace Tandem.Sip.Timers;

/// <summary>Somebody who has timers.</summary>
public interface ITimerOwner
{
    /// <summary>
    /// Called by <see cref="TimerWheel.Advance"/> when a timer is due. It is no longer scheduled; any timer may be
    /// scheduled or cancelled from here.
    /// </summary>
    /// <param name="timer">The timer.</param>
    void OnTimer(TimerEntry timer);
}
