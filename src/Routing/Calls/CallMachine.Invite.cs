using System.Security.Cryptography;
using System.Text;
using Tandem.Routing.Headers;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Shared.Gateways;
using Tandem.Shared.Registrar;
using Tandem.Sip.Messages;

namespace Tandem.Routing.Calls;

// The INVITE of an attempt.
public sealed partial class CallMachine
{
    private void Invite(DateTimeOffset now)
    {
        var gateway = _candidate.Gateway;
        var number = AttemptNumber;
        var located = CurrentTarget;
        var remote = located?.Remote ?? GatewayTarget.RemoteOf(_configuration, gateway);
        var leg = new Leg(new LegId(number), _id).Place(
            remote, _environment.Listeners, GatewayTarget.LocalOf(gateway), _configuration.Parameters.LocalDomain);
        var callId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var attempt = new Attempt(number, gateway, leg, now)
        {
            HoldsLine = true,
            SipCallId = callId,
            Caller = _caller,
            Callee = _callee,
            Located = located,
            Target = located is null ? null : Encoding.UTF8.GetBytes(located.Uri),
        };
        (leg.Features, leg.Credentials) = (FeaturesOf(gateway), CredentialsOf(gateway));
        leg.AddressMethod = gateway.SipRequestAddressMethod;
        if (located is { Node.Length: > 0 }) _output.UseEdge(leg.Id, located.Node);
        _attempts.Add(attempt);
        (_attempt, _clearingQuote) = (attempt, _candidate.ClearingQuote());
        if (gateway.DynamicBlackListInStandalone) Observe(now, GatewayId.Routing(gateway.Name), refused: false);

        (_step, _phase) = (Step.Inviting, CallPhase.Trying);
        Note($"INVITE to {gateway.Name} at {leg.Remote}, attempt {number}.");
        Show();
        SendInvite(attempt);
    }

    // The INVITE of an attempt, with nothing of the caller's side but what is carried on purpose (topology hiding).
    private byte[] ComposeInvite(Attempt attempt)
    {
        var (gateway, leg) = (attempt.Gateway, attempt.Leg);
        var registration = _configuration.RegistrationOf(gateway);
        var hostPort = (registration, attempt.Located) switch
        {
            ({ } ours, _) => RegistrationAddress.DomainOf(ours),
            (_, { }) => _environment.Listeners.HostPort(leg.Remote), // To: the address of record.
            _ => GatewayTarget.UriHostOf(_configuration, gateway),
        };
        var target = NumberUri.Of(attempt.Callee, hostPort, gateway.SipUserPhone);
        var view = ViewOf(attempt);
        var writer = Writer;
        writer.RequestLine(SipMethod.Invite, attempt.Target ?? target);
        if (attempt.Located is { Path.Length: > 0 } routed) writer.Header(SipHeaderName.Route, routed.Path);
        writer.Header(SipHeaderName.MaxForwards, Math.Max(0, (_invite.MaxForwards ?? 70) - 1));
        if (registration is null) view.WriteFrom(writer, leg.LocalTag);
        else WriteFromOf(registration, writer, leg.LocalTag);
        writer.Address(SipHeaderName.To, default, target, default);
        writer.Header(SipHeaderName.CallId, attempt.SipCallId);
        writer.CSeq(leg.InviteCSeq, SipMethod.Invite);
        SipText.WriteContact(writer, leg);
        WriteSessionOffer(writer, attempt);
        view.WriteHeaders(writer);
        SipText.CopyCarried(writer, _invite);
        writer.Finish(BodyTo(leg, _invite).Span);
        return writer.ToArray();
    }
}
