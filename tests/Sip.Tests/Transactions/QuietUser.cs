using Tandem.Sip.Messages;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;

namespace Tandem.Sip.Tests.Transactions;

/// <summary>A user and sink that write nothing down, for counting bytes and for floods.</summary>
internal sealed class QuietUser : IDatagramSink, ITransactionUser
{
    public ServerTransaction? Last { get; private set; }

    public int Requests { get; private set; }

    public Action<ServerTransaction>? OnRequestDo { get; init; }

    public void Send(SipEndPoint remote, ReadOnlySpan<byte> datagram)
    {
    }

    public void OnRequest(ServerTransaction transaction, SipMessage request)
    {
        Last = transaction;
        Requests++;
        OnRequestDo?.Invoke(transaction);
    }

    public void OnCancel(ServerTransaction inviteTransaction, SipMessage cancel)
    {
    }

    public void OnAck(ServerTransaction? inviteTransaction, SipMessage ack, SipEndPoint remote)
    {
    }

    public void OnAckTimeout(ServerTransaction inviteTransaction)
    {
    }

    public void OnUnanswered(ServerTransaction transaction)
    {
    }

    public void OnResponse(ClientTransaction transaction, SipMessage response)
    {
    }

    public void OnTimeout(ClientTransaction transaction)
    {
    }

    public void OnTransportError(ClientTransaction transaction)
    {
    }

    public void OnTransportError(ServerTransaction transaction)
    {
    }

    public void OnStrayResponse(SipMessage response, SipEndPoint remote)
    {
    }
}
