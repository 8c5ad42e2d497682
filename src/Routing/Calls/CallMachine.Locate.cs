using System.Text;
using Tandem.Routing.Selection;
using Tandem.Shared.Calls;
using Tandem.Shared.Configuration;
using Tandem.Shared.Registrar;
using Tandem.Sip.Messages;
using Tandem.Sip.Writing;

namespace Tandem.Routing.Calls;

// Phones and dynamic gateways: where they are is known by the registrar. Their contacts are tried by preference, one after the
// other (RFC 3261 §16.6, serial search). Gateways behind a registration of ours get calls only while it holds.
public sealed partial class CallMachine
{
    private IReadOnlyList<ContactTarget> _targets = [];
    private int _target;

    // The other platform knows us by this name; the caller's number goes in the identity headers that the gateway has set.
    private static void WriteFromOf(RegistrationConfiguration registration, SipWriter writer, string tag) => writer.Address(
        SipHeaderName.From,
        default,
        SipText.Uri(registration.Username, RegistrationAddress.DomainOf(registration)),
        Encoding.ASCII.GetBytes(tag));

    private ContactTarget? CurrentTarget => _target < _targets.Count ? _targets[_target] : null;

    /// <summary>The registrar knows where the candidate is.</summary>
    public void Located(RegistrarReplies.Located reply, DateTimeOffset now)
    {
        if (_step != Step.Locating || reply.GatewayId != _candidate.GatewayId) return; // A repeat, or too late.
        _output.StopTimer(CallTimer.Ask);
        if (reply.Targets.Count == 0)
        {
            CandidateRefused(now, new CallRejection(EndReason.CalleeNotOnline, $"{NameOf(_candidate.Gateway)} is not registered."));
            return;
        }

        (_targets, _target) = (reply.Targets, 0);
        Note($"{NameOf(_candidate.Gateway)} is registered with {reply.Targets.Count} contact{(reply.Targets.Count == 1 ? "" : "s")}.");
        Next(Step.RoutingLine);
    }

    // A phone's number leads to that phone and nowhere else (vos3000.md §3, step 11).
    private bool RouteToPhone(DateTimeOffset now)
    {
        if (_configuration.FindPhone(_callee) is not { } phone) return false;
        var name = PhoneGateways.NameOf(phone);
        if (phone.LockType == LockType.All)
        {
            Refuse(now, EndReason.CalleeNotOnline, $"Phone {phone.E164} is locked.");
            return true;
        }

        Note($"{_callee} is phone {phone.E164}.");
        var (lines, total) = _environment.Load.Read(name);
        _routes.CandidateBuffer.Clear();
        _routes.SkippedBuffer.Clear();
        _routes.CandidateBuffer.Add(new RouteCandidate(_configuration.RoutingGateways[name], "", 0, lines, total, null, null, default));
        _walk = new RouteWalk(_routes);
        TryNextCandidate(now);
        return true;
    }

    private void StartCandidate(DateTimeOffset now)
    {
        (_targets, _target) = ([], 0);
        var gateway = _candidate.Gateway;
        if (gateway.RegisterType == RegisterType.Registration && WhyNotRegistered(gateway) is { } why)
            CandidateRefused(now, new CallRejection(EndReason.Unregistered, why));
        else
            Next(gateway.RegisterType == RegisterType.Dynamic ? Step.Locating : Step.RoutingLine);
    }

    private string? WhyNotRegistered(RoutingGatewayConfiguration gateway)
    {
        if (!_configuration.Registrations.ContainsKey(gateway.Registration))
            return $"Routing gateway {gateway.Name} has no registration {gateway.Registration}.";
        return _environment.Registrations.Find(gateway.Registration) switch
        {
            null => $"Registration {gateway.Registration} of routing gateway {gateway.Name}: nothing is known of it yet.",
            { Status: RegistrationStatus.Registered } => null,
            var state => $"Registration {gateway.Registration} of routing gateway {gateway.Name} is not registered ({state.Status}"
                + $"{(state.Cause.Length > 0 ? ": " + state.Cause : "")}).",
        };
    }

    // The next contact of the same device. A 6xx speaks for all of them (RFC 3261 §16.7, step 5).
    private bool TryNextContact(in AttemptOutcome outcome)
    {
        if (_target + 1 >= _targets.Count || outcome.End == AttemptEnd.CallerCancelled || outcome.Status >= 600
            || _attempts.Count >= CallLimits.MaxAttempts)
            return false;
        _target++;
        Note($"{NameOf(_candidate.Gateway)}: next contact, {_target + 1} of {_targets.Count}.");
        Next(Step.RoutingLine);
        return true;
    }

    // A phone without a free line is busy.
    private CallRejection OfCandidate(CallRejection rejection) =>
        rejection.Reason == EndReason.AllGatewayBusy && PhoneGateways.IsPhone(_candidate.Gateway.Name)
            ? new CallRejection(EndReason.Busy, rejection.Detail)
            : rejection;

    private static string NameOf(RoutingGatewayConfiguration gateway) => PhoneGateways.IsPhone(gateway.Name)
        ? "Phone " + gateway.Name[PhoneGateways.Prefix.Length..]
        : "Routing gateway " + gateway.Name;
}
