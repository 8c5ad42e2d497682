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

    ClientTransaction? ITargetSender.Send(
        SipEndPoint remote, string local, string gateway, ReadOnlySpan<byte> request, object context) =>
        SendBy(remote, local, gateway, request, context);

    void ITargetSender.Cancel(ClientTransaction transaction, ReadOnlyMemory<byte> headers) =>
        _layer.CancelInvite(transaction, headers.Span);

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
                Tell(new CallCommands.RequestTimeout(outbound.CallId, outbound.Key, CauseOf(why)));
                break;
        }
    }

    private void SendToHost(EdgeCommands.SendRequest command, Outbound context)
    {
        var walk = new TargetWalk(context, command.Remote, command.Local, command.Gateway, command.Request, PatienceOf(command));
        _walks[(command.CallId, command.RequestKey)] = walk;
        _targets.Start(walk);
    }

    // How long the call waits for a first response of this gateway; without an INVITE it waits as long as the transaction.
    private TimeSpan PatienceOf(EdgeCommands.SendRequest command)
    {
        if (!command.Request.Span.StartsWith("INVITE "u8)) return TimeSpan.Zero;
        var configuration = _configuration.Current;
        return configuration.RoutingGateways.TryGetValue(command.Gateway, out var gateway) && gateway.TimeoutInvite > 0
            ? TimeSpan.FromSeconds(gateway.TimeoutInvite)
            : configuration.Parameters.TimeoutInvite;
    }

    private void SendOutOfCall(OutOfCallRequest request)
    {
        var (remote, local, bytes, _) = request.Command;
        var gateway = request.Command.Gateway;
        if (!SipEndPoint.TryParse(remote, out var address))
        {
            request.Walk = new TargetWalk(request, remote, local, gateway, bytes, request.Command.Patience);
            _targets.Start(request.Walk);
            return;
        }

        request.Transaction = ((ITargetSender)this).Send(address, local, gateway, bytes.Span, request);
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

    // The same request in another transaction: whoever waits for the first now waits for the second.
    private void Replace(ClientTransaction first, ClientTransaction second)
    {
        switch (first.Context)
        {
            case TargetWalk walk when ReferenceEquals(walk.Current, first):
                walk.Current = second;
                if (walk.Context is Outbound ofHost) _outbound[(ofHost.CallId, ofHost.Key)] = second;
                break;
            case OutOfCallRequest request:
                request.Transaction = second;
                break;
            case Outbound outbound:
                _outbound[(outbound.CallId, outbound.Key)] = second;
                break;
        }
    }

    private void ForgetRequest(Outbound outbound)
    {
        _outbound.Remove((outbound.CallId, outbound.Key));
        _walks.Remove((outbound.CallId, outbound.Key));
    }
}
