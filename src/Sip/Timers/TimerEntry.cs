namespace Tandem.Sip.Timers;

/// <summary>
/// One timer of an owner, made once and scheduled any number of times: it is a node of the wheel's lists, so that
/// scheduling allocates nothing.
/// </summary>
public sealed class TimerEntry
{
    internal TimerEntry? Next;
    internal TimerEntry? Previous;
    internal TimerEntry? Head; // The sentinel of the list that it is in; null when not scheduled.
    internal long DueTick;

    /// <summary>Makes a timer that is not scheduled.</summary>
    /// <param name="owner">Who gets it when it is due.</param>
    /// <param name="kind">What the owner tells its timers apart by.</param>
    public TimerEntry(ITimerOwner owner, int kind = 0)
    {
        ArgumentNullException.ThrowIfNull(owner);
        (Owner, Kind) = (owner, kind);
    }

    internal TimerEntry()
    {
        Owner = null!;
        (Next, Previous) = (this, this);
    }

    /// <summary>Who gets it when it is due.</summary>
    public ITimerOwner Owner { get; }

    /// <summary>What the owner tells its timers apart by; the owner may change it while it is not scheduled.</summary>
    public int Kind { get; set; }

    /// <summary>True from scheduling until it fires or is cancelled.</summary>
    public bool IsScheduled => Head is not null;
}
