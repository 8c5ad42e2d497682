using Tandem.Sip.Messages;
using Tandem.Sip.Transport;

namespace Tandem.Sip.Transactions;

/// <summary>A request that has come in, until the other side can no longer repeat it (RFC 3261 §17.2).</summary>
public sealed class ServerTransaction : Transaction
{
    internal ServerTransactionLink ByKey;
    internal ServerTransactionLink ByCall;
    internal byte[]? LastResponse;
    internal byte[]? Tag;

    internal ServerTransaction(TransactionLayer layer, SipMessage request, SipEndPoint remote, SipEndPoint replyTo)
        : base(layer, remote, request.Method)
    {
        (Request, ReplyTo) = (request, replyTo);
    }

    /// <summary>The request, detached from the receive buffer: may be kept and read by any thread.</summary>
    public SipMessage Request { get; }

    /// <summary>Where responses go (RFC 3261 §18.2.2, RFC 3581 §4; <see cref="TransactionLayer.ReplyBy"/>).</summary>
    public SipEndPoint ReplyTo { get; internal set; }

    /// <summary>The status of the latest response sent; 0 before the first.</summary>
    public int LastStatus { get; internal set; }

    /// <summary>True once a final response was sent: <see cref="TransactionLayer.Respond"/> is refused then.</summary>
    public bool IsAnswered => LastStatus >= 200;

    /// <summary>INVITE: true once the ACK has come.</summary>
    public bool IsAcked { get; internal set; }

    /// <summary>
    /// Our tag: that of the request's To if it has one, otherwise the one responses carry; empty while undecided.
    /// </summary>
    public ReadOnlySpan<byte> LocalTag => Request.ToTag.IsEmpty ? Tag : Request.ToTag;

    private protected override void OnTimer(int kind) => Layer.OnServerTimer(this, kind);
}
