using System.Text;
using Tandem.Edge.Resolution;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Shared.Edge;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;

namespace Tandem.Edge;

// What calls ask of the edge, and what comes back for them.
public sealed partial class EdgeWorker
{
    private void Execute(object command, long now)
    {
        switch (command)
        {
            case EdgeCommands.Respond respond:
                Respond(respond);
                break;
            case EdgeCommands.SendRequest send:
                SendRequest(send);
                break;
            case EdgeCommands.SendAck ack:
                // The call knows the address by now; a host would have to be resolved, and the 2xx comes again anyway.
                if (SipEndPoint.TryParse(ack.Remote, out var acknowledged))
                    SendAckBy(acknowledged, ack.Local, ack.Gateway, ack.Request.Span);
                break;
            case EdgeCommands.CancelRequest cancel:
                if (_outbound.TryGetValue((cancel.CallId, cancel.RequestKey), out var cancelled)) _layer.CancelInvite(cancelled, cancel.Headers.Span);
                break;
            case EdgeCommands.AbandonRequest abandon:
                if (_outbound.TryGetValue((abandon.CallId, abandon.RequestKey), out var abandoned)) _layer.Abandon(abandoned);
                else if (_walks.TryGetValue((abandon.CallId, abandon.RequestKey), out var left)) _targets.Abandon(left);
                break;
            case EdgeCommands.PassAck pass:
                if (SipParser.ParseDatagram(pass.Request).Message is { } passed)
                    _layer.TryAcceptAck(passed, SipEndPoint.Parse(pass.Source), now);
                break;
            case TargetResolved resolved:
                _targets.Resolved(resolved.Walk, resolved.Resolution);
                break;
            case TargetShareOver share:
                _targets.ShareOver(share);
                break;
            case OutOfCallRequest request:
                _outOfCall.Start(request);
                break;
            case OutOfCallPatienceOver patience:
                _outOfCall.PatienceOver(patience);
                break;
            case Unsent unsent:
                _layer.OnSendFailed(unsent.Message);
                break;
            case Registrar.KeepAliveActor.Datagrams keepAlives:
                SendKeepAlives(keepAlives);
                break;
            case HandedOver over:
                _layer.OnMessage(over.Response, over.Remote, now);
                break;
        }
    }

    private void Respond(EdgeCommands.Respond command)
    {
        if (!_inbound.TryGetValue(command.Transaction.Number, out var transaction)) { LateAnswer(command, null); return; }
        var phrase = command.Phrase.Length == 0 ? default : Encoding.UTF8.GetBytes(command.Phrase).AsSpan();
        var sent = _layer.Respond(
            transaction, command.Status, phrase, Encoding.ASCII.GetBytes(command.ToTag), command.Headers.Span, command.Body.Span);
        if (!sent) LateAnswer(command, transaction);
        else if (command.Status >= 200) Forget(transaction);
    }

    // The transaction gave up before the call did. A call that believes itself answered must end.
    private void LateAnswer(EdgeCommands.Respond command, ServerTransaction? transaction)
    {
        _statistics.CountLateAnswer();
        if (transaction is not null) Forget(transaction);
        if (command.Status is >= 200 and < 300 && command.CallId != default)
            Tell(new CallCommands.AckTimeout(command.CallId, (transaction?.Context as Inbound)?.Leg ?? LegId.A, command.Transaction));
    }

    private void SendRequest(EdgeCommands.SendRequest command)
    {
        var context = new Outbound(command.CallId, command.RequestKey);
        if (!SipEndPoint.TryParse(command.Remote, out var remote))
        {
            SendToHost(command, context);
            return;
        }

        var transaction = SendBy(remote, command.Local, command.Gateway, command.Request.Span, context);
        if (transaction is null)
            Tell(new CallCommands.RequestTimeout(command.CallId, command.RequestKey, WhyNotSent(remote, command.Local)));
        else _outbound[(command.CallId, command.RequestKey)] = transaction;
    }

    /// <inheritdoc />
    public void OnResponse(ClientTransaction transaction, SipMessage response)
    {
        Trust(transaction.Remote);
        Settle(transaction);
        if (OwnerOf(transaction, response) is not Outbound outbound) return;
        if (response.StatusCode >= 200) ForgetRequest(outbound);
        Tell(new CallCommands.Response(
            outbound.CallId, outbound.Key, SourceOf(transaction.Remote).Text, response.Detach().Raw));
    }

    /// <inheritdoc />
    public void OnTimeout(ClientTransaction transaction)
    {
        Settle(transaction);
        RequestFailed(transaction, OutOfCallFailure.NoAnswer);
    }

    /// <inheritdoc />
    public void OnTransportError(ClientTransaction transaction)
    {
        if (!SendsAgainByUdp(transaction)) RequestFailed(transaction, OutOfCallFailure.CannotSend);
    }

    /// <inheritdoc />
    public void OnTransportError(ServerTransaction transaction)
    {
        if (!transaction.IsInvite) Forget(transaction);
    }

    /// <inheritdoc />
    public void OnStrayResponse(SipMessage response, SipEndPoint remote)
    {
        if (TransactionLayer.TryGetWorkerOfBranch(response.TopVia.Branch, out var worker)
            && worker != _index && worker < _options.Workers)
            _others(worker).Enqueue(new HandedOver(response.Detach(), remote));
    }

    private void RequestFailed(ClientTransaction transaction, string why)
    {
        if (OwnerOf(transaction, why) is not Outbound outbound) return;
        ForgetRequest(outbound);
        Tell(new CallCommands.RequestTimeout(outbound.CallId, outbound.Key, CauseOf(why)));
    }
}
