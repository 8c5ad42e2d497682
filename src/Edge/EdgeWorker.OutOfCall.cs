using Tandem.Sip.Transport;

namespace Tandem.Edge;

// Requests outside calls: how they are sent and given up.
public sealed partial class EdgeWorker
{
    private void SendOutOfCall(OutOfCallRequest request)
    {
        if (!SipEndPoint.TryParse(request.Command.Remote, out var remote))
        {
            _outOfCall.Failed(request, OutOfCallFailure.CannotSend);
            return;
        }

        request.Transaction = _layer.SendRequest(remote, request.Command.Request.Span, request);
        if (request.Transaction is null) _outOfCall.Failed(request, OutOfCallFailure.Refused);
    }

    private void AbandonOutOfCall(OutOfCallRequest request)
    {
        if (request.Transaction is { } transaction) _layer.Abandon(transaction);
    }
}
