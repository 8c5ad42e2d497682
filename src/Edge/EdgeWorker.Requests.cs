using System.Text;
using Akka.Actor;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Shared.Cdr;
using Tandem.Shared.Configuration;
using Tandem.Shared.Edge;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;

namespace Tandem.Edge;

// Requests from the network: screened, matched to a source, handed to a call or refused.
public sealed partial class EdgeWorker
{
    /// <inheritdoc />
    public int Admit(SipMessage request, SipEndPoint remote)
    {
        if (!request.ToTag.IsEmpty) return 0;
        if (Judge(request, remote) is not 0 and var refused) return refused;
        return request.Method == SipMethod.Options ? AnswerOptions(request, remote) : 0;
    }

    /// <inheritdoc />
    public void OnRequest(ServerTransaction transaction, SipMessage request)
    {
        ReplyAsConfigured(transaction);
        var reason = RequestScreening.Screen(request, ScreeningRules.Default);
        if (reason != SipRejectReason.None)
        {
            WriteScreened(request, reason);
            _layer.Respond(transaction, reason.StatusToAnswer(request), reason.ReasonPhrase(), default, _writer.WrittenSpan);
        }
        else if (!request.ToTag.IsEmpty)
        {
            InDialog(transaction, request);
        }
        else if (request.Method == SipMethod.Invite)
        {
            NewCall(transaction);
        }
        else if (request.Method == SipMethod.Register)
        {
            Register(transaction);
        }
        else if (request.Method == SipMethod.Publish)
        {
            AnswerPublish(transaction);
        }
        else
        {
            _statistics.Count(EdgeRefusal.NoDialog);
            _layer.Respond(transaction, 481);
        }
    }

    // Header lines of a request that the checks of RFC 3261 §8.2 refuse, into the writer.
    private void WriteScreened(SipMessage request, SipRejectReason reason)
    {
        _statistics.Count(EdgeRefusal.Screening);
        _writer.Reset();
        RequestScreening.WriteRefusalHeaders(_writer, request, reason, ScreeningRules.Default);
    }

    private void InDialog(ServerTransaction transaction, SipMessage request)
    {
        if (!TryReadTag(request.ToTag, out var callId, out var leg))
        {
            _statistics.Count(EdgeRefusal.NoDialog);
            _layer.Respond(transaction, 481);
            return;
        }

        if (request.Method == SipMethod.Invite) _layer.Respond(transaction, 100);
        var id = Remember(transaction, callId, leg);
        Tell(new CallCommands.InDialog(callId, leg, id, SourceOf(transaction.Remote).Text, transaction.Request.Raw));
    }

    private void NewCall(ServerTransaction transaction)
    {
        if (_draining)
        {
            Refuse(transaction, EdgeRefusal.Shutdown, EndReason.ServerShutdown);
            return;
        }

        var configuration = _configuration.Current;
        if (_setups.IsFull)
        {
            Refuse(transaction, EdgeRefusal.Overload, EndReason.SystemOverload);
            return;
        }

        var source = SourceOf(transaction.Remote);
        if (_source?.Mapping is not { } gateway)
        {
            IllegalCall(transaction, source.Text, configuration);
            return;
        }

        if (HasOwnVia(transaction.Request))
        {
            Refuse(transaction, EdgeRefusal.Loop, EndReason.Loop);
            return;
        }

        if (_setups.IsFullFor(gateway.Name))
        {
            Refuse(transaction, EdgeRefusal.GatewayOverload, EndReason.SystemOverload);
            return;
        }

        // After the source, so that strangers use up nothing of it. What this node alone has had in the last second
        // already breaks the limit of the whole switch; what it has not is decided by the limiter that all nodes share.
        if (!_systemRate.TryTake(configuration.Parameters.MaxCps, MonotonicTicks()))
        {
            Refuse(transaction, EdgeRefusal.SystemCps, EndReason.SystemCpsLimit);
            return;
        }

        _layer.Respond(transaction, 100);
        var callId = CallId.New(_nodes.CallNode());
        var id = Remember(transaction, callId, LegId.A, gateway.Name);
        _setups.Take(gateway.Name);
        _statistics.CountCall();
        Tell(new CallCommands.Start(
            callId, id, source.Text, gateway.Name, configuration.Version, _time.GetUtcNow(), transaction.Request.Raw));
    }

    // A B2BUA starts a new Via list on each leg, so ours in the list of an incoming request means that a proxy routed a call of
    // ours back to us. A loop through another B2BUA is ended by Max-Forwards, which both legs count down.
    private bool HasOwnVia(SipMessage request)
    {
        foreach (var value in request.Values(SipHeaderName.Via))
            if (SipVia.TryParse(value, out var via) && IsOurs(via.SentBy)) return true;
        return false;
    }

    private bool IsOurs(ReadOnlySpan<byte> sentBy)
    {
        foreach (var own in _sentBys)
            if (sentBy.SequenceEqual(own)) return true;
        return false;
    }

    private void IllegalCall(ServerTransaction transaction, string source, ConfigurationSnapshot configuration)
    {
        Refuse(transaction, _refusal, EndReason.IllegalCall);
        if (!configuration.Parameters.RecordIllegalCall) return;
        var (request, now) = (transaction.Request, _time.GetUtcNow());
        var (caller, callee) = (UserOf(request.From), UserOf(request.RequestUri));
        _nodes.CdrWriter.Tell(
            new CdrCommands.Write(new CallRecord
            {
                CallId = CallId.New(_nodes.CallNode()),
                CallerAccess = caller,
                CalleeAccess = callee,
                Caller = caller,
                Callee = callee,
                MappingGateway = "",
                CallerAddress = source,
                RoutingGateway = "",
                Account = "",
                ClearingAccount = "",
                StartedAt = now,
                EndedAt = now,
                EndDirection = EndDirection.Server,
                EndReason = EndReason.IllegalCall,
                CallerSipStatus = EndReason.IllegalCall.Info().SipStatus,
                CallerSipCallId = Encoding.ASCII.GetString(request.CallId),
                Node = _options.SentBy,
                ConfigurationVersion = configuration.Version,
                Trace = [$"Source {source} is no mapping gateway's. End: IllegalCall, by switch."],
            }),
            ActorRefs.NoSender);
    }

    private void Refuse(ServerTransaction transaction, EdgeRefusal cause, EndReason reason)
    {
        _statistics.Count(cause);
        var info = WriteRefusal(reason);
        _layer.Respond(transaction, info.SipStatus, Encoding.ASCII.GetBytes(info.Phrase), default, _writer.WrittenSpan);
    }

    // Header lines of a refusal, into the writer.
    private EndReasonInfo WriteRefusal(EndReason reason)
    {
        var info = reason.Info();
        _writer.Reset();
        _writer.Header(SipHeaderName.Reason, info.ReasonHeader);
        if (reason.RetryAfterSeconds() is { } seconds) _writer.Header(SipHeaderName.RetryAfter, seconds);
        return info;
    }

    /// <inheritdoc />
    public void OnCancel(ServerTransaction inviteTransaction, SipMessage cancel)
    {
        if (inviteTransaction.Context is Inbound inbound)
            Tell(new CallCommands.Cancel(
                inbound.CallId, new EdgeTransactionId(_index, inbound.Number), SipReason.TextOf(cancel)));
    }

    /// <inheritdoc />
    public void OnAck(ServerTransaction? inviteTransaction, SipMessage ack, SipEndPoint remote)
    {
        if (TryReadTag(ack.ToTag, out var callId, out var leg))
            Tell(new CallCommands.Ack(callId, leg, SourceOf(remote).Text, inviteTransaction is not null, ack.Detach().Raw));
    }

    /// <inheritdoc />
    public void OnAckTimeout(ServerTransaction inviteTransaction)
    {
        if (inviteTransaction.Context is Inbound inbound)
            Tell(new CallCommands.AckTimeout(inbound.CallId, inbound.Leg, new EdgeTransactionId(_index, inbound.Number)));
    }

    /// <inheritdoc />
    public void OnUnanswered(ServerTransaction transaction) => Forget(transaction);
}
