using Tandem.Sip.Messages;
using Tandem.Sip.Transport;

namespace Tandem.Sip.Transactions;

/// <summary>Where the responses to a peer go over UDP.</summary>
public enum SipReplyAddress : byte
{
    /// <summary>As RFC 3261 §18.2.2 and RFC 3581 §4 say: Via decides.</summary>
    Standard,
    /// <summary>To the source address and port, with or without rport.</summary>
    Socket,
    /// <summary>To the source address and the port of Via, with or without rport.</summary>
    ViaPort,
    /// <summary>To the address and port of Via, with or without rport; a host name there counts as the source address.</summary>
    Via,
}

/// <summary>The server side: reply addresses chosen per peer.</summary>
public sealed partial class TransactionLayer
{
    /// <summary>
    /// Chooses where the responses of a transaction go from now on. Nothing happens over a connection: its responses go
    /// back over it (RFC 3261 §18.2.2).
    /// </summary>
    /// <param name="transaction">A request that came in.</param>
    /// <param name="address">Which of the addresses.</param>
    public void ReplyBy(ServerTransaction transaction, SipReplyAddress address)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        var remote = transaction.Remote;
        if (address == SipReplyAddress.Standard || remote.IsReliable) return;
        transaction.ReplyTo = ReplyToOf(transaction.Request.TopVia, remote, address);
    }

    private static SipEndPoint ReplyToOf(SipVia via, SipEndPoint remote, SipReplyAddress address)
    {
        if (address == SipReplyAddress.Socket) return remote;
        var port = via.Port > 0 ? (ushort)via.Port : DefaultSipPort;
        return address == SipReplyAddress.Via && SipEndPoint.TryParseAddress(via.Host, port, remote.Transport, out var sentBy)
            ? sentBy
            : remote.WithPort(port);
    }
}
