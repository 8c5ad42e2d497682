using System.Globalization;
using System.Text;
using Tandem.Shared.Configuration;
using Tandem.Sip.Authentication;
using Tandem.Sip.Dialogs;
using Tandem.Sip.Messages;

namespace Tandem.Routing.Calls;

// Requests that are sent again in another form: with credentials when the vendor asks for them, an INVITE with a longer session
// interval, an INVITE to where the vendor redirects it.
public sealed partial class CallMachine
{
    // More are not remembered for a challenge: the oldest then counts as failed.
    private const int MaxUnanswered = CallLimits.MaxRelays * 2;

    /// <summary>The one way of a request to a peer.</summary>
    private void Send(Leg leg, int key, byte[] request)
    {
        if (leg.Credentials is { } credentials)
        {
            if (leg.Unanswered.Count >= MaxUnanswered) leg.Unanswered.RemoveAt(0);
            leg.Unanswered.Add((key, request));
            if (credentials.HasChallenge) request = WithCredentials(leg, request, credentials);
        }

        _output.Send(
        leg.Id, key, leg.Remote, request, _attempts.Find(a => ReferenceEquals(a.Leg, leg))?.Gateway.Name ?? "");
    }

    // Who pays the vendor in what name; null when the gateway has no password.
    private DigestClient? CredentialsOf(RoutingGatewayConfiguration gateway)
    {
        if (_configuration.RegistrationOf(gateway) is { } registration)
            return DigestUser.Of(registration) is { Length: > 0 } name ? new DigestClient(name, registration.Password) : null;
        return gateway.Password.Length == 0 ? null : new DigestClient(DigestUser.Of(gateway), gateway.Password);
    }

    private static byte[] WithCredentials(Leg leg, byte[] request, DigestClient credentials)
    {
        var line = request.AsSpan(0, request.AsSpan().IndexOf("\r\n"u8));
        var space = line.IndexOf((byte)' ');
        var method = line[..space];
        var uri = line[(space + 1)..line.LastIndexOf((byte)' ')];
        var writer = Writer;
        credentials.Write(writer, method, uri, BodyOf(request).Span);
        var fields = writer.ToArray();
        if (method.SequenceEqual("INVITE"u8)) leg.InviteCredentials = fields; // Its ACK has the same (RFC 3261 §22.1).
        writer.Reset();
        writer.Raw(line);
        writer.Raw("\r\n"u8);
        writer.Raw(fields);
        writer.Raw(request.AsSpan(line.Length + 2));
        return writer.ToArray();
    }

    // The same request with a higher CSeq number (RFC 3261 §22.2).
    private static byte[] Renumbered(byte[] request, uint cseq)
    {
        var at = request.AsSpan().IndexOf("\r\nCSeq: "u8) + 8;
        var end = at + request.AsSpan(at).IndexOf((byte)' ');
        var writer = Writer;
        writer.Raw(request.AsSpan(0, at));
        writer.Append(cseq);
        writer.Raw(request.AsSpan(end));
        return writer.ToArray();
    }

    // A 401 or 407 that the gateway's credentials answer. False: it is a failure like others.
    private bool TryAuthenticate(int key, SipMessage response)
    {
        if (Legs().FirstOrDefault(l => l.Unanswered.Exists(u => u.Key == key)) is not { Credentials: { } credentials } leg) return false;
        var request = leg.Unanswered.Find(u => u.Key == key).Request;
        var setup = leg.InviteKey == key && leg.Dialog is not { IsEarly: false };
        if (setup && (_step != Step.Inviting || !ReferenceEquals(leg, _attempt?.Leg))) return false;
        if (credentials.Accept(response) != DigestOutcome.Retry)
        {
            Note($"The credentials for {_attempt?.Gateway.Name} are wrong, or of no use for its challenge.");
            return false;
        }

        leg.Unanswered.RemoveAll(u => u.Key == key);
        var again = NextKey();
        uint cseq;
        if (setup)
        {
            cseq = ++leg.InviteCSeq;
            ForgetBranches(leg);
        }
        else if ((leg.Branches.Find(b => b.Dialog.IsOfResponse(response)) ?? leg.Selected) is { } branch)
        {
            branch.Dialog = branch.Dialog.NextRequest();
            cseq = branch.Dialog.LocalCSeq!.Value;
        }
        else
        {
            return false;
        }

        Rekey(leg, key, again, cseq);
        Send(leg, again, Renumbered(request, cseq));
        if (setup) StartInviteTimer(_attempt!);
        return true;
    }

    private void Rekey(Leg leg, int key, int again, uint cseq)
    {
        if (leg.InviteKey == key) leg.InviteKey = again;
        if (leg.ByeKey == key) leg.ByeKey = again;
        if (leg.RefreshKey == key) leg.RefreshKey = again;
        var index = _relays.FindIndex(r => r.Key == key);
        if (index < 0) return;
        if (_relays[index].Method == SipMethod.Refer) _refer.ToCSeq = cseq;
        _relays[index] = _relays[index] with { Key = again };
    }

    private Leg? LegOfRefresh(int key) => Legs().FirstOrDefault(l => l.RefreshKey == key && key != 0);

    private static void ForgetBranches(Leg leg)
    {
        leg.Dialog = null;
        leg.Branches.Clear();
    }

    // The INVITE of an attempt, the first time or again.
    private void SendInvite(Attempt attempt)
    {
        var leg = attempt.Leg;
        var request = ComposeInvite(attempt);
        if (!_invite.Body.IsEmpty) leg.SentSdp = BodyOf(request);
        leg.InviteKey = NextKey();
        Send(leg, leg.InviteKey, request);
        StartInviteTimer(attempt);
    }

    private void StartInviteTimer(Attempt attempt) =>
        _output.StartTimer(CallTimer.Attempt, Or(attempt.Gateway.TimeoutInvite, _configuration.Parameters.TimeoutInvite));

    private void SendInviteAgain(Attempt attempt)
    {
        attempt.Leg.InviteCSeq++;
        attempt.AnyResponse = false;
        ForgetBranches(attempt.Leg);
        SendInvite(attempt);
    }

    // RFC 4028 §7.3: 422 says how long an interval the vendor wants.
    private bool TryLongerInterval(Attempt attempt, SipMessage response)
    {
        var minimum = SessionExpires.ReadMinimum(response);
        if (minimum <= Math.Max(attempt.SessionSeconds, SessionTtl)) return false;
        attempt.SessionSeconds = minimum;
        Note($"{attempt.Gateway.Name} wants a session interval of at least {minimum} s: INVITE again.");
        SendInviteAgain(attempt);
        return true;
    }

    // RFC 3261 §8.1.3.4, when the operator trusts the vendor with it: the gateway's line and price stay, the place changes.
    private bool TryRedirect(Attempt attempt, SipMessage response)
    {
        if (attempt.Gateway.SipRedirect != RedirectMode.Follow) return false;
        var isRedirection = response.StatusCode is 300 or 301 or 302;
        if (isRedirection) (attempt.Redirects ??= new RedirectTargets()).Add(response);
        else if (response.StatusCode >= 600) return false;
        while (attempt.Redirects?.Next() is { } uri)
        {
            if (RedirectTargets.RemoteOf(uri) is not { Length: > 0 } remote) continue;
            attempt.Target = Encoding.ASCII.GetBytes(uri);
            attempt.Leg.Place(remote, _environment.Listeners);
            Note(string.Create(
                CultureInfo.InvariantCulture, $"{attempt.Gateway.Name} answered {response.StatusCode}: INVITE to {uri}."));
            SendInviteAgain(attempt);
            return true;
        }

        return false;
    }

    private static ReadOnlyMemory<byte> BodyOf(byte[] request) => request.AsMemory(request.AsSpan().IndexOf("\r\n\r\n"u8) + 4);
}
