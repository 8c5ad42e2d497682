using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Transport;

namespace Tandem.Sip.Transactions;

/// <summary>The client side: our requests and the responses to them.</summary>
public sealed partial class TransactionLayer
{
    private readonly Dictionary<ulong, ClientTransaction> _clients = [];
    private ulong _lastId;

    /// <summary>
    /// Sends a request in a transaction of its own. The layer puts its Via under the request line, repeats the request
    /// as long as it must, and sends the ACK of a non-2xx.
    /// </summary>
    /// <param name="remote">Where it goes.</param>
    /// <param name="requestWithoutVia">The whole request without a Via of ours; not ACK, not CANCEL.</param>
    /// <param name="context">Put into <see cref="Transaction.Context"/>.</param>
    /// <returns>The transaction; null, with nothing sent, if there are too many or the request is too long.</returns>
    /// <exception cref="ArgumentException">It is no request, or an ACK or CANCEL.</exception>
    public ClientTransaction? SendRequest(
        SipEndPoint remote, ReadOnlySpan<byte> requestWithoutVia, object? context = null)
    {
        var method = MethodOf(requestWithoutVia);
        if (method is SipMethod.Ack or SipMethod.Cancel)
            throw new ArgumentException("ACK and CANCEL have their own commands.", nameof(requestWithoutVia));
        if (_clients.Count >= _options.MaxClientTransactions)
        {
            Statistics.ClientOverflows++;
            return null;
        }

        if (IsTooLong(requestWithoutVia)) return null;
        var (id, secret) = (++_lastId, _secrets.Next());
        WriteWithVia(remote, requestWithoutVia, id, secret);
        var wire = _writer.ToArray();
        var transaction = new ClientTransaction(this, remote, method, id, secret, wire) { Context = context };
        _clients.Add(id, transaction);
        Statistics.ActiveClientTransactions = _clients.Count;
        Statistics.CountRequestOut(method);
        Apply(transaction, transaction.IsInvite ? InviteClientTransaction.Start() : NonInviteClientTransaction.Start());
        return transaction;
    }

    /// <summary>
    /// Sends the ACK of a 2xx, which belongs to no transaction and has a branch of its own (RFC 3261 §13.2.2.4). To be
    /// called for each 2xx, also a repeated one.
    /// </summary>
    /// <param name="remote">Where it goes.</param>
    /// <param name="requestWithoutVia">The whole ACK without a Via.</param>
    /// <returns>False, with nothing sent, if it is too long for a datagram.</returns>
    /// <exception cref="ArgumentException">It is not an ACK.</exception>
    public bool SendAck(SipEndPoint remote, ReadOnlySpan<byte> requestWithoutVia)
    {
        if (MethodOf(requestWithoutVia) != SipMethod.Ack)
            throw new ArgumentException("Not an ACK.", nameof(requestWithoutVia));
        if (IsTooLong(requestWithoutVia)) return false;
        WriteWithVia(remote, requestWithoutVia, ++_lastId, _secrets.Next());
        Statistics.CountRequestOut(SipMethod.Ack);
        _sink.Send(remote, _writer.WrittenSpan);
        return true;
    }

    /// <summary>
    /// Cancels an INVITE (RFC 3261 §9.1): at once if a provisional response has come, otherwise with the first one.
    /// Does nothing after a final response. If no final response comes within 64*T1 of the CANCEL the transaction ends
    /// with <see cref="ITransactionUser.OnTimeout"/>.
    /// </summary>
    /// <param name="transaction">The INVITE.</param>
    /// <param name="extraHeaderLines">Further header fields, each ended by CRLF, such as Reason (RFC 3326).</param>
    public void CancelInvite(ClientTransaction transaction, ReadOnlySpan<byte> extraHeaderLines = default)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        if (!transaction.IsInvite) throw new ArgumentException("Only an INVITE can be cancelled.", nameof(transaction));
        if (transaction.IsCancelRequested) return;
        if (transaction.State is not (TransactionState.Calling or TransactionState.Proceeding)) return;
        transaction.IsCancelRequested = true;
        if (!extraHeaderLines.IsEmpty) transaction.CancelHeaders = extraHeaderLines.ToArray();
        if (transaction.State == TransactionState.Proceeding) SendCancel(transaction);
    }

    /// <summary>
    /// Gives a request up. A silent INVITE is no longer repeated, but for 64*T1 from now a late provisional response is
    /// answered with CANCEL and a late final one is passed up (a 2xx needs ACK and BYE); then
    /// <see cref="ITransactionUser.OnTimeout"/> comes. An INVITE in Proceeding is cancelled. Any other request is
    /// forgotten at once and nothing more is told of it.
    /// </summary>
    /// <param name="transaction">The request.</param>
    public void Abandon(ClientTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        if (transaction.State is not
            (TransactionState.Calling or TransactionState.Trying or TransactionState.Proceeding)) return;
        if (transaction.IsAbandoned) return;
        transaction.IsAbandoned = true;
        if (!transaction.IsInvite)
        {
            Apply(transaction, new TransactionStep(TransactionState.Terminated, TransactionActions.None));
            return;
        }

        CancelInvite(transaction);
        Run(transaction, TransactionInput.Abandoned);
    }

    internal void OnClientTimer(ClientTransaction transaction, int kind)
    {
        var retransmit = kind == Transaction.RetransmitKind;
        if (retransmit) Statistics.RetransmissionsOut++;
        Run(transaction, retransmit ? TransactionInput.RetransmitDue : TransactionInput.LifetimeOver);
    }

    private bool IsTooLong(ReadOnlySpan<byte> requestWithoutVia)
    {
        if (requestWithoutVia.Length <= SendBatch.MaxDatagramBytes - StatusLineAndOwnHeaders) return false;
        Statistics.TooLongToSend++;
        return true;
    }

    private static SipMethod MethodOf(ReadOnlySpan<byte> request)
    {
        var space = request.IndexOf((byte)' ');
        return space > 0 && request.IndexOf("\r\n"u8) > space && !request.StartsWith("SIP/"u8)
            ? SipMethods.Find(request[..space])
            : throw new ArgumentException("Not a request.", nameof(request));
    }

    private void OnResponse(SipMessage response, SipEndPoint remote)
    {
        if (TryGetWorkerOfBranch(response.TopVia.Branch, out var worker) && worker != _options.WorkerIndex)
        {
            Statistics.ForeignResponses++;
            _user.OnStrayResponse(response, remote);
            return;
        }

        Statistics.CountResponseIn(response.StatusCode);
        // More than one Via: it went astray, its way back does not end here (RFC 3261 §8.1.3.3).
        if (FindClientTransaction(response) is not { } transaction || HasSecondVia(response))
        {
            Statistics.StrayResponses++;
            _user.OnStrayResponse(response, remote);
            return;
        }

        Run(transaction, InputOf(response.StatusCode), response);
    }

    private static bool HasSecondVia(SipMessage message)
    {
        var values = message.Values(SipHeaderName.Via);
        return values.MoveNext() && values.MoveNext();
    }

    private ClientTransaction? FindClientTransaction(SipMessage message)
    {
        if (!BranchIds.TryParse(message.TopVia.Branch, out var worker, out var id, out var secret)) return null;
        if (worker != _options.WorkerIndex || !_clients.TryGetValue(id, out var transaction)) return null;
        if (secret != transaction.Secret) return null;
        var method = message.CSeqMethod;
        if (method == SipMethod.Cancel) return transaction.CancelTransaction;
        return method == transaction.Method || (method == SipMethod.Ack && transaction.IsInvite) ? transaction : null;
    }

    private void Run(ClientTransaction transaction, TransactionInput input, SipMessage? response = null)
    {
        var step = transaction.IsInvite
            ? InviteClientTransaction.Step(transaction.State, input, transaction.CancelSent)
            : NonInviteClientTransaction.Step(transaction.State, input);
        if ((step.Actions & TransactionActions.SendAck) != 0) transaction.Ack ??= ComposeAck(transaction, response!);
        Apply(transaction, step);
        if ((step.Actions & TransactionActions.SendCancel) != 0) CancelInvite(transaction);
        if (transaction is { IsCancelRequested: true, CancelSent: false, State: TransactionState.Proceeding })
            SendCancel(transaction);
        if (transaction.Invite is not null) return; // Of a CANCEL nothing is told.

        // Callbacks come last: they may call commands, which find a finished state.
        if ((step.Actions & TransactionActions.PassUp) != 0)
        {
            transaction.LastStatus = response!.StatusCode;
            _user.OnResponse(transaction, response);
        }

        if ((step.Actions & TransactionActions.ReportTransportError) != 0) _user.OnTransportError(transaction);
        if ((step.Actions & TransactionActions.ReportTimeout) != 0)
        {
            Statistics.Timeouts++;
            _user.OnTimeout(transaction);
        }
    }

    private void Apply(ClientTransaction transaction, TransactionStep step)
    {
        var wasAlive = transaction.State != TransactionState.Terminated;
        transaction.State = step.State;
        if ((step.Actions & TransactionActions.SendRequest) != 0) _sink.Send(transaction.Remote, transaction.Wire);
        if ((step.Actions & TransactionActions.SendAck) != 0 && transaction.Ack is { } ack)
            _sink.Send(transaction.Remote, ack);
        RunTimers(transaction, step);
        if (!wasAlive || step.State != TransactionState.Terminated) return;
        if (transaction.Invite is { } invite)
        {
            invite.CancelTransaction = null;
            return;
        }

        _clients.Remove(transaction.Id);
        Statistics.ActiveClientTransactions = _clients.Count;
        if (transaction.CancelTransaction is { } cancel)
            Apply(cancel, new TransactionStep(TransactionState.Terminated, TransactionActions.None));
    }

    private void SendCancel(ClientTransaction transaction)
    {
        transaction.CancelSent = true;
        var wire = ComposeCancel(transaction);
        var (id, secret) = (transaction.Id, transaction.Secret);
        var cancel = new ClientTransaction(this, transaction.Remote, SipMethod.Cancel, id, secret, wire)
        {
            Invite = transaction,
        };
        transaction.CancelTransaction = cancel;
        Statistics.CountRequestOut(SipMethod.Cancel);
        Run(transaction, TransactionInput.CancelSent);
        Apply(cancel, NonInviteClientTransaction.Start());
    }

    /// <summary>The ACK of a non-2xx (RFC 3261 §17.1.1.3): all from the INVITE, but To from the response.</summary>
    private byte[]? ComposeAck(ClientTransaction transaction, SipMessage response)
    {
        if (ParseOwn(transaction) is not { } invite) return null;
        WriteOfInvite(invite, SipMethod.Ack, response.To);
        _writer.Finish();
        return _writer.ToArray();
    }

    /// <summary>The CANCEL (RFC 3261 §9.1): all from the INVITE.</summary>
    private byte[] ComposeCancel(ClientTransaction transaction)
    {
        if (ParseOwn(transaction) is not { } invite)
            throw new InvalidOperationException("The INVITE that is to be cancelled is not valid.");
        WriteOfInvite(invite, SipMethod.Cancel, invite.To);
        _writer.Raw(transaction.CancelHeaders);
        _writer.Finish();
        return _writer.ToArray();
    }

    private void WriteOfInvite(SipMessage invite, SipMethod method, ReadOnlySpan<byte> to)
    {
        _writer.Reset();
        _writer.RequestLine(method, invite.RequestUri);
        _writer.Header(SipHeaderName.Via, invite.ValueAt(invite.FindHeader(SipHeaderName.Via)));
        _writer.Header(SipHeaderName.MaxForwards, 70);
        _writer.Copy(invite, SipHeaderName.Route);
        _writer.Header(SipHeaderName.From, invite.From);
        _writer.Header(SipHeaderName.To, to);
        _writer.Header(SipHeaderName.CallId, invite.CallId);
        _writer.CSeq(invite.CSeqNumber, method);
    }

    private SipMessage? ParseOwn(ClientTransaction transaction) =>
        SipParser.ParseDatagram(transaction.Wire, _options.Limits) is { Outcome: SipParseOutcome.Message } result
            ? result.Message
            : null;

    private void WriteWithVia(SipEndPoint remote, ReadOnlySpan<byte> request, ulong id, ulong secret)
    {
        var endOfLine = request.IndexOf("\r\n"u8) + 2;
        Span<byte> branch = stackalloc byte[BranchIds.MaxBytes];
        branch = branch[..BranchIds.Write(branch, _options.WorkerIndex, id, secret)];
        _writer.Reset();
        _writer.Raw(request[..endOfLine]);
        _writer.Raw(remote.Transport switch
        {
            SipTransport.Udp => "Via: SIP/2.0/UDP "u8,
            SipTransport.Tcp => "Via: SIP/2.0/TCP "u8,
            SipTransport.Tls => "Via: SIP/2.0/TLS "u8,
        });
        _writer.Raw(remote.Local < _sentByOfListeners.Length ? _sentByOfListeners[remote.Local] : _sentBy);
        _writer.Raw(";branch="u8);
        _writer.Raw(branch);
        _writer.Raw(";rport\r\n"u8);
        _writer.Raw(request[endOfLine..]);
    }
}
