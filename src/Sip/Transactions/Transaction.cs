using Tandem.Sip.Messages;
using Tandem.Sip.Timers;
using Tandem.Sip.Transport;

namespace Tandem.Sip.Transactions;

/// <summary>
/// One transaction of a <see cref="TransactionLayer"/>, made and ended by it. Used by the layer's thread only. Its user
/// may keep a reference; after the end the state is <see cref="TransactionState.Terminated"/> and commands do nothing.
/// </summary>
public abstract class Transaction : ITimerOwner
{
    internal const int RetransmitKind = 1;
    internal const int LifetimeKind = 2;

    internal readonly TransactionLayer Layer;
    internal readonly TimerEntry Retransmit;
    internal readonly TimerEntry Lifetime;
    internal long RetransmitInterval; // In timestamps.

    private protected Transaction(TransactionLayer layer, SipEndPoint remote, SipMethod method)
    {
        (Layer, Remote, Method) = (layer, remote, method);
        Retransmit = new TimerEntry(this, RetransmitKind);
        Lifetime = new TimerEntry(this, LifetimeKind);
    }

    /// <summary>The other side: where the request came from, or where it was sent.</summary>
    public SipEndPoint Remote { get; }

    /// <summary>The method of the request.</summary>
    public SipMethod Method { get; }

    /// <summary>The state of the machine.</summary>
    public TransactionState State { get; internal set; }

    /// <summary>Whatever the transaction user wants to find again; the layer does not look at it.</summary>
    public object? Context { get; set; }

    /// <summary>True for INVITE.</summary>
    public bool IsInvite => Method == SipMethod.Invite;

    void ITimerOwner.OnTimer(TimerEntry timer) => OnTimer(timer.Kind);

    private protected abstract void OnTimer(int kind);
}
