using System.Globalization;
using Tandem.Shared.Gateways;
using Tandem.Sip.Messages;
using Tandem.Sip.Transport;

namespace Tandem.Routing.Calls;

// Vendors that are hosts, and vendors that ask for a pause.
public sealed partial class CallMachine
{
    // A host was tried at its addresses by the edge: what follows goes to the one that answers. Not after the dialog stands.
    private Attempt Resolved(Attempt attempt, string source)
    {
        if (attempt.Leg.Remote == source || source.Length == 0) return attempt;
        if (!attempt.WasHost && SipEndPoint.TryParse(attempt.Leg.Remote, out _)) return attempt;
        attempt.WasHost = true;
        attempt.Leg.Remote = source;
        return attempt;
    }

    // RFC 3261 §20.33, §21.5.4: the whole gateway gets nothing for that time, in the whole cluster.
    private void HonourRetryAfter(Attempt attempt, SipMessage response, DateTimeOffset now)
    {
        if (!attempt.Gateway.SipRetryAfter || !RetryAfter.Counts(response.StatusCode)) return;
        if (!response.TryGetHeader(SipHeaderName.RetryAfter, out var value)) return;
        if (RetryAfter.PauseOf(value, _configuration.Parameters.RetryAfterMax) is not { } pause) return;
        var cause = string.Create(
            CultureInfo.InvariantCulture, $"it answered {response.StatusCode} with Retry-After {pause.TotalSeconds:0} s");
        Note($"Routing gateway {attempt.Gateway.Name} is suspended: {cause}.");
        _environment.Health.Suspend(attempt.Gateway.Name, now, pause, cause);
    }
}
