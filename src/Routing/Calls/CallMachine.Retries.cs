using Tandem.Shared.Calls;
using Tandem.Sip.Dialogs;
using Tandem.Sip.Messages;

namespace Tandem.Routing.Calls;

// Requests that are sent again in another form: an INVITE whose session interval was too small for the vendor.
public sealed partial class CallMachine
{
    private void Send(Leg leg, int key, byte[] request) => _output.Send(leg.Id, key, leg.Remote, request);

    private Leg? LegOfRefresh(int key) => Legs().FirstOrDefault(l => l.RefreshKey == key && key != 0);

    // The INVITE of an attempt, the first time or again.
    private void SendInvite(Attempt attempt)
    {
        var leg = attempt.Leg;
        var request = ComposeInvite(attempt);
        if (!_invite.Body.IsEmpty) leg.SentSdp = BodyOf(request);
        leg.InviteKey = NextKey();
        Send(leg, leg.InviteKey, request);
        _output.StartTimer(CallTimer.Attempt, Or(attempt.Gateway.TimeoutInvite, _configuration.Parameters.TimeoutInvite));
    }

    private void SendInviteAgain(Attempt attempt)
    {
        attempt.Leg.InviteCSeq++;
        (attempt.AnyResponse, attempt.Leg.Dialog) = (false, null);
        attempt.Leg.Branches.Clear();
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

    private static ReadOnlyMemory<byte> BodyOf(byte[] request) => request.AsMemory(request.AsSpan().IndexOf("\r\n\r\n"u8) + 4);
}
