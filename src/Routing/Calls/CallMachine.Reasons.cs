using System.Text;
using Tandem.Routing.Headers;
using Tandem.Shared.Calls;
using Tandem.Sip.Messages;
using Tandem.Sip.Writing;

namespace Tandem.Routing.Calls;

// What each side is told about the end: status, Reason (RFC 3326), Retry-After.
public sealed partial class CallMachine
{
    private void RefuseCaller(EndReason reason)
    {
        if (_inviteRequest is not { } request) return;
        _inviteRequest = null;
        var info = reason.Info();

        // A vendor's redirection or challenge is not the caller's business (topology is hidden, and it has no password there); and what a
        // vendor cannot do with our INVITE says nothing about the caller's.
        var status = _refusal?.Status ?? (info.SipStatus is >= 300 and < 400 or 401 or 407 or 420 or 421 or 422 ? 503 : info.SipStatus);
        var cause = ReleaseReason.Cause(reason, Received);

        // What the protocol asks for (420, 422, 504) is for the caller's equipment to understand, and not the operator's to replace.
        var told = _refusal is null ? FailureReplacements.Of(_mapping).Apply(status, cause) : (Status: status, Cause: cause);
        if (told.Status != status || told.Cause != cause)
            Note($"The caller is told {told.Status} and cause {told.Cause} in place of {status} and {cause}.");
        var writer = Writer;
        if (_mapping.SipReason) writer.Header(SipHeaderName.Reason, ReleaseReason.Value(reason, told.Cause));
        if (reason.RetryAfterSeconds() is { } seconds && told.Status == status) writer.Header(SipHeaderName.RetryAfter, seconds);
        _callerStatus = told.Status;
        if (_refusal is not null) writer.Raw(_refusal.Headers);
        Respond(
            request, told.Status, _refusal?.Phrase ?? (told.Status == status ? info.Phrase : ""), _a.LocalTag, writer.ToArray());
    }

    // What whoever released said about it, in a BYE, a CANCEL or a failure.
    private SipReason Received => _sipReason.Length == 0 ? default : SipReason.Read(Encoding.UTF8.GetBytes(_sipReason));

    private void WriteByeReason(SipWriter writer, Leg to, EndReason reason)
    {
        if (SendsReason(to)) writer.Header(SipHeaderName.Reason, ReleaseReason.Value(reason, Received));
    }

    private byte[] CancelHeaders(Attempt attempt)
    {
        if (!attempt.Gateway.SipReason) return [];
        var writer = Writer;
        var received = attempt.Reason == EndReason.CallerCancelled ? Received : default;
        writer.Header(SipHeaderName.Reason, ReleaseReason.Value(attempt.Reason, received, inCancel: true));
        return writer.ToArray();
    }

    private bool SendsReason(Leg to) =>
        to.Id.IsA ? _mapping.SipReason : _attempts.Find(a => ReferenceEquals(a.Leg, to)) is not { Gateway.SipReason: false };
}
