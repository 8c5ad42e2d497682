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

        // A vendor's redirection or challenge is not the caller's business (topology is hidden, and it has no password there).
        var status = info.SipStatus is >= 300 and < 400 or 401 or 407 ? 503 : info.SipStatus;
        var writer = Writer;
        writer.Header(SipHeaderName.Reason, reason.Info().ReasonHeader);
        if (reason.RetryAfterSeconds() is { } seconds) writer.Header(SipHeaderName.RetryAfter, seconds);
        _callerStatus = status;
        Respond(request, status, info.Phrase, _a.LocalTag, writer.ToArray());
    }

    private static void WriteByeReason(SipWriter writer, Leg to, EndReason reason) =>
        writer.Header(SipHeaderName.Reason, reason.Info().ReasonHeader);
}
