using Tandem.Edge.Resolution;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Shared.Edge;
using Tandem.Sip.Messages;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;

namespace Tandem.Edge;

// Requests to hosts, of calls and of others; requests outside calls.
public sealed partial class EdgeWorker : ITargetSender
{
    private readonly OutOfCallRequests _outOfCall;
    private readonly TargetRequests _targets;
    private readonly Dictionary<(CallId, int), TargetWalk> _walks = [];

    ClientTransaction? ITargetSender.Send(SipEndPoint remote, string local, ReadOnlySpan<byte> request, object context) =>
        _layer.SendRequest(remote, request, context);

    void ITargetSender.Cancel(ClientTransaction transaction) => _layer.CancelInvite(transaction);

    void ITargetSender.Abandon(ClientTransaction transaction) => _layer.Abandon(transaction);

    void ITargetSender.Failed(TargetWalk walk, string why)
    {
        switch (walk.Context)
        {
            case OutOfCallRequest request:
                _outOfCall.Failed(request, why);
                break;
            case Outbound outbound:
                ForgetRequest(outbound);
                Tell(new CallCommands.RequestTimeout(outbound.CallId, outbound.Key));
                break;
        }
    }

    private void SendToHost(EdgeCommands.SendRequest command, Outbound context)
    {
        var isInvite = command.Request.Span.StartsWith("INVITE "u8);
        var patience = isInvite ? _configuration.Current.Parameters.TimeoutInvite : TimeSpan.Zero;
        var walk = new TargetWalk(context, command.Remote, "", command.Request, patience);
        _walks[(command.CallId, command.RequestKey)] = walk;
        _targets.Start(walk);
    }

    private void SendOutOfCall(OutOfCallRequest request)
    {
        var (remote, local, bytes, _) = request.Command;
        if (!SipEndPoint.TryParse(remote, out var address))
        {
            request.Walk = new TargetWalk(request, remote, local, bytes, request.Command.Patience);
            _targets.Start(request.Walk);
            return;
        }

        request.Transaction = ((ITargetSender)this).Send(address, local, bytes.Span, request);
        if (request.Transaction is null) _outOfCall.Failed(request, OutOfCallFailure.Refused);
    }

    private void AbandonOutOfCall(OutOfCallRequest request)
    {
        if (request.Walk is { } walk) _targets.Abandon(walk);
        else if (request.Transaction is { } transaction) _layer.Abandon(transaction);
    }

    // The call whose request it is; null when the response is none for a call: of another owner, or of an address that is left.
    private object? OwnerOf(ClientTransaction transaction, SipMessage response)
    {
        var owner = transaction.Context;
        if (owner is TargetWalk walk)
        {
            if (!_targets.Passes(walk, transaction, response)) return null;
            owner = walk.Context;
        }

        if (owner is OutOfCallRequest request) _outOfCall.Responded(request, SourceOf(transaction.Remote).Text, response);
        return owner;
    }

    private object? OwnerOf(ClientTransaction transaction, string why)
    {
        var owner = transaction.Context;
        if (owner is TargetWalk walk)
        {
            if (_targets.Absorbs(walk, transaction, why)) return null;
            owner = walk.Context;
        }

        if (owner is OutOfCallRequest request) _outOfCall.Failed(request, why);
        return owner;
    }

    private void ForgetRequest(Outbound outbound)
    {
        _outbound.Remove((outbound.CallId, outbound.Key));
        _walks.Remove((outbound.CallId, outbound.Key));
    }
}
