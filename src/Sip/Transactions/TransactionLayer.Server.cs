using System.Net;
using System.Text;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Transport;
using Tandem.Sip.Writing;

namespace Tandem.Sip.Transactions;

/// <summary>The server side: received requests and our responses.</summary>
public sealed partial class TransactionLayer
{
    private const ushort DefaultSipPort = 5060;
    private const ushort DefaultSipsPort = 5061;
    private const int AddressCacheSize = 256;

    private readonly ServerTransactionTable _byKey = new(byCall: false);
    private readonly ServerTransactionTable _byCall = new(byCall: true);

    // Peers are few and requests many: the address objects that the Via writer takes are kept.
    private readonly (SipEndPoint Remote, IPAddress? Address)[] _addresses =
        new (SipEndPoint, IPAddress?)[AddressCacheSize];

    /// <summary>
    /// Sends a response. Via, From, To, Call-ID, CSeq and (where a dialog may form) Record-Route come from the stored
    /// request (RFC 3261 §8.2.6.2); Content-Length is added. Final responses of INVITE are repeated until their ACK
    /// comes, those of other methods whenever the request is repeated.
    /// </summary>
    /// <param name="transaction">The request.</param>
    /// <param name="status">100 to 699.</param>
    /// <param name="reason">The reason phrase; empty for the registered one.</param>
    /// <param name="toTag">
    /// Our tag, if the request has none; the layer makes one up if this is empty too (and the status is not 100).
    /// </param>
    /// <param name="extraHeaderLines">Further header fields, each ended by CRLF (Contact, Content-Type, ...).</param>
    /// <param name="body">The body; needs a Content-Type among the further header fields.</param>
    /// <returns>
    /// False, with nothing sent, if a final response was sent before or the transaction has ended. Also false if the
    /// response is longer than a datagram can be: then a 500 goes in its place.
    /// </returns>
    public bool Respond(
        ServerTransaction transaction, int status, ReadOnlySpan<byte> reason = default,
        ReadOnlySpan<byte> toTag = default, ReadOnlySpan<byte> extraHeaderLines = default,
        ReadOnlySpan<byte> body = default)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        ArgumentOutOfRangeException.ThrowIfLessThan(status, 100);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(status, 699);
        if (transaction.IsAnswered || transaction.State == TransactionState.Terminated) return false;
        if (HeaderBytesOf(transaction.Request) + extraHeaderLines.Length + body.Length + reason.Length + toTag.Length
            > SendBatch.MaxDatagramBytes - StatusLineAndOwnHeaders)
        {
            Statistics.TooLongToSend++;
            Respond(transaction, 500);
            return false;
        }

        if (!toTag.IsEmpty && !toTag.SequenceEqual(transaction.Tag)) transaction.Tag = toTag.ToArray();
        else if (status != 100) EnsureTag(transaction);

        ComposeResponse(
            transaction.Request, transaction.Remote, status, reason,
            status == 100 ? default : transaction.Tag, extraHeaderLines, body);
        transaction.LastResponse = _writer.ToArray();
        transaction.LastStatus = status;
        Statistics.CountResponseOut(status);
        Run(transaction, InputOf(status));
        return true;
    }

    /// <summary>
    /// Offers an ACK that another worker has received and could not match: the ACK of a 2xx may come by another way
    /// than its INVITE, and so at another socket. A match is told of by <see cref="ITransactionUser.OnAck"/>.
    /// </summary>
    /// <param name="ack">The ACK, detached if it comes from another thread.</param>
    /// <param name="remote">Where it came from.</param>
    /// <param name="now">The present timestamp.</param>
    /// <returns>False, with nothing done, if none of this layer's INVITEs waits for it.</returns>
    public bool TryAcceptAck(SipMessage ack, SipEndPoint remote, long now)
    {
        ArgumentNullException.ThrowIfNull(ack);
        SetNow(now);
        return ack is { IsRequest: true, Method: SipMethod.Ack } && AcceptAck(ack, remote);
    }

    internal void OnServerTimer(ServerTransaction transaction, int kind)
    {
        var retransmit = kind == Transaction.RetransmitKind;
        if (retransmit) Statistics.RetransmissionsOut++;
        Run(transaction, retransmit ? TransactionInput.RetransmitDue : TransactionInput.LifetimeOver);
    }

    private void Run(
        ServerTransaction transaction, TransactionInput input, SipMessage? ack = null, SipEndPoint ackFrom = default)
    {
        var before = transaction.State;
        var step = transaction.IsInvite
            ? InviteServerTransaction.Step(before, input, transaction.IsAcked)
            : NonInviteServerTransaction.Step(before, input);
        if (input == TransactionInput.Ack) transaction.IsAcked = true;
        Apply(transaction, step);

        // Callbacks come last: they may call commands, which find a finished state.
        if ((step.Actions & TransactionActions.PassUp) != 0) _user.OnAck(transaction, ack!, ackFrom);
        if ((step.Actions & TransactionActions.Refuse) != 0) RefuseUnanswered(transaction);
        if ((step.Actions & TransactionActions.ReportTransportError) != 0) _user.OnTransportError(transaction);
        if ((step.Actions & TransactionActions.ReportTimeout) != 0) ReportTimeout(transaction, before);
    }

    private void Apply(ServerTransaction transaction, TransactionStep step)
    {
        var wasAlive = transaction.State != TransactionState.Terminated;
        transaction.State = step.State;
        if ((step.Actions & TransactionActions.SendResponse) != 0 && transaction.LastResponse is { } response)
            _sink.Send(transaction.ReplyTo, response);
        RunTimers(transaction, step);
        // Nothing is repeated once the ACK has come, and the transaction stays for half a minute.
        if (transaction.IsAcked || step.State == TransactionState.Confirmed) transaction.LastResponse = null;
        if (!wasAlive || step.State != TransactionState.Terminated) return;
        _byKey.Remove(transaction);
        _byCall.Remove(transaction);
        Statistics.ActiveServerTransactions = _byKey.Count;
    }

    private void ReportTimeout(ServerTransaction transaction, TransactionState before)
    {
        switch (before)
        {
            case TransactionState.Accepted:
                Statistics.AckTimeouts++;
                _user.OnAckTimeout(transaction);
                break;
            case TransactionState.Completed:
                Statistics.MissingAcks++;
                break;
            default:
                Statistics.Unanswered++;
                _user.OnUnanswered(transaction);
                break;
        }
    }

    private void RefuseUnanswered(ServerTransaction transaction)
    {
        Statistics.Unanswered++;
        Respond(transaction, 500);
        _user.OnUnanswered(transaction);
    }

    private void OnRequest(SipMessage request, SipEndPoint remote)
    {
        var key = new ServerTransactionKey(request);
        if (Find(key) is { } known)
        {
            if (request.Method == SipMethod.Ack)
            {
                Run(known, TransactionInput.Ack, request, remote);
                return;
            }

            Statistics.RetransmissionsIn++;
            Run(known, TransactionInput.Request);
            return;
        }

        switch (request.Method)
        {
            case SipMethod.Ack:
                OnUnmatchedAck(request, remote);
                break;
            case SipMethod.Cancel:
                OnCancel(request, remote, key);
                break;
            default:
                OnNewRequest(request, remote, key);
                break;
        }
    }

    private void OnNewRequest(SipMessage request, SipEndPoint remote, ServerTransactionKey key)
    {
        if (_user.Admit(request, remote) is not 0 and var refusal)
        {
            if (refusal == ITransactionUser.AlreadyAnswered) return;
            Statistics.NotAdmitted++;
            if (refusal > 0) RespondWithout(request, remote, refusal, default);
            return;
        }

        if (IsMerged(request))
        {
            Statistics.MergedRequests++;
            RespondWithout(request, remote, 482, default);
            return;
        }

        if (Create(request, remote, key) is not { } transaction) return;
        if (transaction.IsInvite && _options.SendTrying) Respond(transaction, 100);
        _user.OnRequest(transaction, transaction.Request);
    }

    private void OnCancel(SipMessage cancel, SipEndPoint remote, ServerTransactionKey key)
    {
        var invite = Find(key.OfInvite());
        if (Create(cancel, remote, key) is not { } transaction) return;
        if (invite is null)
        {
            Statistics.StrayCancels++;
            Respond(transaction, 481);
            return;
        }

        if (remote == invite.Remote) transaction.ReplyTo = invite.ReplyTo; // Both have the same topmost Via.

        // The tag of both answers is to be the same (RFC 3261 §9.2).
        EnsureTag(invite);
        Respond(transaction, 200, default, invite.LocalTag);
        if (invite.State == TransactionState.Proceeding) _user.OnCancel(invite, cancel);
    }

    private void OnUnmatchedAck(SipMessage ack, SipEndPoint remote)
    {
        if (AcceptAck(ack, remote)) return;
        Statistics.StrayAcks++;
        _user.OnAck(null, ack, remote);
    }

    private bool AcceptAck(SipMessage ack, SipEndPoint remote)
    {
        for (var at = _byCall.First(HashOfCall(ack)); at is not null; at = _byCall.Next(at))
        {
            if (at.State != TransactionState.Accepted || !IsOfCall(at, ack) || !at.LocalTag.SequenceEqual(ack.ToTag))
                continue;
            Run(at, TransactionInput.Ack, ack, remote);
            return true;
        }

        return false;
    }

    private ServerTransaction? Create(SipMessage request, SipEndPoint remote, ServerTransactionKey key)
    {
        if (_byKey.Count >= _options.MaxServerTransactions)
        {
            Statistics.ServerOverflows++;
            RespondWithout(request, remote, 503, default);
            return null;
        }

        var kept = request.Detach();
        var transaction = new ServerTransaction(this, kept, remote, ReplyToOf(kept.TopVia, remote));
        _byKey.Add(transaction, key.Hash);
        _byCall.Add(transaction, HashOfCall(kept));
        Statistics.ActiveServerTransactions = _byKey.Count;
        Apply(transaction, transaction.IsInvite ? InviteServerTransaction.Start() : NonInviteServerTransaction.Start());
        return transaction;
    }

    private void Reject(SipParseResult result, SipEndPoint remote)
    {
        Statistics.CountRejected(result.Reason);
        if (result.Message is { } message && HeaderBytesOf(message) > MaxRequestHeaderBytes) return;
        if (result.StatusToAnswer is > 0 and var status)
            RespondWithout(result.Message!, remote, status, result.Reason.ReasonPhrase());
    }

    // A refusal without a transaction; a 503 says when to come again.
    private void RespondWithout(SipMessage request, SipEndPoint remote, int status, ReadOnlySpan<byte> reason) =>
        RespondStateless(request, remote, status, reason, status == 503 ? _retryAfter : default);

    private void ComposeResponse(
        SipMessage request, SipEndPoint remote, int status, ReadOnlySpan<byte> reason, ReadOnlySpan<byte> toTag,
        ReadOnlySpan<byte> extraHeaderLines, ReadOnlySpan<byte> body)
    {
        _writer.Reset();
        _writer.WriteResponse(request, status, reason, toTag, new SipSource(AddressOf(remote), remote.Port));
        _writer.Raw(extraHeaderLines);
        _writer.Finish(body);
    }

    private IPAddress AddressOf(SipEndPoint remote)
    {
        ref var entry = ref _addresses[remote.GetHashCode() & (AddressCacheSize - 1)];
        if (entry.Address is null || entry.Remote != remote) entry = (remote, remote.ToIPAddress());
        return entry.Address;
    }

    private void EnsureTag(ServerTransaction transaction)
    {
        if (!transaction.LocalTag.IsEmpty) return;
        transaction.Tag = Encoding.ASCII.GetBytes($"{_secrets.Next():x16}");
    }

    private static SipEndPoint ReplyToOf(SipVia via, SipEndPoint remote)
    {
        var standard = remote.Transport == SipTransport.Tls ? DefaultSipsPort : DefaultSipPort;
        var port = via.Port > 0 ? (ushort)via.Port : standard;
        if (SipEndPoint.TryParseAddress(via.Maddr, port, remote.Transport, out var maddr))
            return maddr.WithLocal(remote.Local);
        return via.HasRport || remote.IsReliable ? remote : remote.WithPort(port);
    }

    /// <summary>
    /// The same request by another way (RFC 3261 §8.2.2.2). One that was refused before does not count: a proxy
    /// upstream may try again, and some clients repeat an INVITE with credentials under its old CSeq.
    /// </summary>
    private bool IsMerged(SipMessage request)
    {
        if (!request.ToTag.IsEmpty || request.FromTag.IsEmpty) return false;
        for (var at = _byCall.First(HashOfCall(request)); at is not null; at = _byCall.Next(at))
        {
            var isSame = IsOfCall(at, request) && at.Request.MethodToken.SequenceEqual(request.MethodToken);
            if (isSame && at.LastStatus < 300) return true;
        }

        return false;
    }

    private static int HashOfCall(SipMessage message)
    {
        var hash = new HashCode();
        hash.AddBytes(message.CallId);
        hash.AddBytes(message.FromTag);
        hash.Add(message.CSeqNumber);
        return hash.ToHashCode();
    }

    private static bool IsOfCall(ServerTransaction transaction, SipMessage message) =>
        transaction.Request.CSeqNumber == message.CSeqNumber
        && transaction.Request.CallId.SequenceEqual(message.CallId)
        && transaction.Request.FromTag.SequenceEqual(message.FromTag);

    private ServerTransaction? Find(ServerTransactionKey key)
    {
        for (var at = _byKey.First(key.Hash); at is not null; at = _byKey.Next(at))
            if (key.Matches(at)) return at;
        return null;
    }
}
