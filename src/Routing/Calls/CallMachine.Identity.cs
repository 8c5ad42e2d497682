using Tandem.Routing.Headers;
using Tandem.Shared.Calls;
using Tandem.Shared.Gateways;

namespace Tandem.Routing.Calls;

// Who calls whom, from the INVITE of the caller.
public sealed partial class CallMachine
{
    private CallerIdentity _identity = CallerIdentity.Nobody;

    private void ReadIdentity()
    {
        _identity = CallerIdentity.Read(_invite, _mapping);
        (_caller, _callee) = (_identity.Caller, _identity.Callee);
        _a.Place(_source, _environment.Listeners, domain: _configuration.Parameters.LocalDomain);
        _a.AddressMethod = _mapping.SipRequestAddressMethod;
    }

    // A caller who insists on privacy that cannot be given has no call (RFC 3323 §5).
    private CallRejection? CheckPrivacy() => PrivacyRequest.IsImpossible(_identity.Privacy)
        ? new CallRejection(
            EndReason.PrivacyUnavailable,
            "The caller insists (Privacy: critical) on privacy of its media, which the switch does not handle, or on a level that it does not know.")
        : null;

    private VendorView ViewOf(Attempt attempt)
    {
        var host = _configuration.Parameters.LocalDomain is { Length: > 0 } domain
            ? domain
            : _environment.Listeners.HostPort(attempt.Leg.Remote, GatewayTarget.LocalOf(attempt.Gateway));
        return new VendorView(attempt.Gateway, _identity, _invite, attempt.Caller, attempt.Callee, host);
    }

    private Attempt? AttemptOf(Leg leg) => _attempts.Find(a => ReferenceEquals(a.Leg, leg));
}
