using Tandem.Sip.Messages;
using Tandem.Sip.Transport;

namespace Tandem.Sip.Transactions;

/// <summary>A request that was sent, until its responses can no longer come (RFC 3261 §17.1).</summary>
public sealed class ClientTransaction : Transaction
{
    internal readonly ulong Id;
    internal readonly ulong Secret;
    internal readonly byte[] Wire;
    internal byte[]? Ack;
    internal byte[]? CancelHeaders;
    internal ClientTransaction? CancelTransaction;
    internal ClientTransaction? Invite; // Of a CANCEL: the transaction it cancels.
    internal bool CancelSent;

    internal ClientTransaction(
        TransactionLayer layer, SipEndPoint remote, SipMethod method, ulong id, ulong secret, byte[] wire)
        : base(layer, remote, method)
    {
        (Id, Secret, Wire) = (id, secret, wire);
    }

    /// <summary>The request as it was sent, with our Via.</summary>
    public ReadOnlyMemory<byte> Request => Wire;

    /// <summary>The status of the latest response passed up; 0 before the first.</summary>
    public int LastStatus { get; internal set; }

    /// <summary>
    /// INVITE: true if <see cref="TransactionLayer.CancelInvite"/> was asked for, whether sent or waiting.
    /// </summary>
    public bool IsCancelRequested { get; internal set; }

    /// <summary>INVITE: true after <see cref="TransactionLayer.Abandon"/>.</summary>
    public bool IsAbandoned { get; internal set; }

    private protected override void OnTimer(int kind) => Layer.OnClientTimer(this, kind);
}
