using System.Globalization;
using Tandem.Shared.Calls;
using Tandem.Sip.Dialogs;
using Tandem.Sip.Messages;
using Tandem.Sip.Writing;

namespace Tandem.Routing.Calls;

// Session timers (RFC 4028), on each leg for itself: the interval is agreed in INVITE and UPDATE, who has the task refreshes, and a
// session that nobody refreshes ends.
public sealed partial class CallMachine
{
    // Pauses before a refresh that found its leg busy, or was refused for a passing reason, is tried again.
    private static readonly TimeSpan BusyPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RefusedPause = TimeSpan.FromSeconds(5);

    private CallerRefusal? _refusal;
    private int _jitters;

    private int SessionTtl => (int)_configuration.Parameters.SessionTtl.TotalSeconds;

    private int SessionMinimum => (int)_configuration.Parameters.SessionMinSe.TotalSeconds;

    private static CallTimer SessionTimerOf(Leg leg) => leg.Id.IsA ? CallTimer.CallerSession : CallTimer.VendorSession;

    private CallRejection? CheckSessionInterval()
    {
        if (!_a.Features.HasFlag(LegFeatures.Timer) || !SessionTimer.IsTooShort(_invite, SessionMinimum)) return null;
        _refusal = new CallerRefusal(422, "Session Interval Too Small", MinimumHeader());
        return new CallRejection(
            EndReason.ProtocolLimit,
            $"Session-Expires is under SS_SIP_SESSION_MIN_SE ({SessionMinimum} s): 422, the caller may ask for more.");
    }

    private byte[] MinimumHeader()
    {
        var writer = Writer;
        writer.Header(SipHeaderName.MinSe, SessionMinimum);
        return writer.ToArray();
    }

    // What the INVITE of an attempt offers (RFC 4028 §7.1).
    private void WriteSessionOffer(SipWriter writer, Attempt attempt)
    {
        if (!attempt.Leg.Features.HasFlag(LegFeatures.Timer)) return;
        var seconds = Math.Max(attempt.SessionSeconds, Math.Max(SessionTtl, SessionMinimum));
        new SessionExpires(seconds, SessionRefresher.None).Write(writer);
        writer.Header(SipHeaderName.MinSe, Math.Max(attempt.SessionSeconds, SessionMinimum));
    }

    // In force from the 200 on: it is the first refresh of both.
    private void AgreeTimers(Leg vendor, SipMessage answer)
    {
        vendor.Timer = vendor.Features.HasFlag(LegFeatures.Timer) ? SessionTimer.OfUac(answer) : null;
        _a.Timer = TimerFor(_a, _invite);
    }

    private SessionTimer? TimerFor(Leg leg, SipMessage request) => leg.Features.HasFlag(LegFeatures.Timer)
        ? SessionTimer.OfUas(request, SessionTtl, SessionMinimum, leg.Timer?.WeRefresh ?? true)
        : null;

    private void StartSessions(DateTimeOffset now)
    {
        foreach (var leg in (ReadOnlySpan<Leg>)[_a, _attempt!.Leg]) SessionRefreshed(leg, leg.Timer, now);
    }

    private void SessionRefreshed(Leg leg, SessionTimer? timer, DateTimeOffset now)
    {
        var limited = leg.Id.IsA && leg.Timer is null != timer is null;
        (leg.Timer, leg.RefreshedAt) = (timer, now);
        if (limited && _step == Step.Talking) ScheduleTalk(now); // The longest talk time is that of callers without timer.
        ScheduleSession(leg, now);
    }

    private void ScheduleSession(Leg leg, DateTimeOffset now, TimeSpan? pause = null)
    {
        if (leg.Timer is not { } timer)
        {
            _output.StopTimer(SessionTimerOf(leg));
            return;
        }

        var due = HangUpAt(leg, timer);
        if (timer.WeRefresh && leg.RefreshKey == 0)
        {
            var refresh = pause is { } wait ? now + wait : leg.RefreshedAt + timer.RefreshAfter(_configuration.Parameters.SessionUpdateSegment);
            if (refresh < due) due = refresh;
        }

        _output.StartTimer(SessionTimerOf(leg), NotNegative(due - now));
    }

    private DateTimeOffset HangUpAt(Leg leg, SessionTimer timer) =>
        leg.RefreshedAt + timer.HangUpAfter((int)_configuration.Parameters.SessionTimeoutEarlyHangup.TotalSeconds);

    private void SessionDue(Leg? leg, DateTimeOffset now)
    {
        if (_step != Step.Talking || leg?.Timer is not { } timer) return;
        var end = HangUpAt(leg, timer);
        if (now >= end) EndSession(leg, end, $"was not refreshed in its {timer.Seconds} s");
        else if (timer.WeRefresh && leg.RefreshKey == 0) Refresh(leg, timer, now);
    }

    private void EndSession(Leg leg, DateTimeOffset at, string why) => End(
        at, EndDirection.Server, EndReason.SessionTimeout, $"The session with the {(leg.Id.IsA ? "caller" : "vendor")} {why}.");

    private void Refresh(Leg leg, SessionTimer timer, DateTimeOffset now)
    {
        if (OffersUnderWay(leg))
        {
            ScheduleSession(leg, now, BusyPause);
            return;
        }

        var method = leg.Gets(SipMethod.Update) || leg.SentSdp.IsEmpty ? SipMethod.Update : SipMethod.Invite;
        leg.Dialog = leg.Dialog!.NextRequest();
        var writer = Writer;
        leg.Dialog.WriteRequest(writer, method, leg.Dialog.LocalCSeq!.Value);
        SipText.WriteContact(writer, leg);
        WriteSession(writer, leg);
        if (method == SipMethod.Invite)
        {
            writer.Header(SipHeaderName.ContentType, "application/sdp"u8);
            writer.Finish(leg.SentSdp.Span);
        }
        else
        {
            writer.Finish();
        }

        leg.RefreshKey = NextKey();
        Send(leg, leg.RefreshKey, writer.ToArray());
        ScheduleSession(leg, now);
    }

    // In a request of ours: the roles stay (RFC 4028 §7.4).
    private void WriteSession(SipWriter writer, Leg leg)
    {
        if (leg.Timer is not { } timer) return;
        timer.InRequest.Write(writer);
        writer.Header(SipHeaderName.MinSe, SessionMinimum);
    }

    // In a 2xx of ours; Require since the peer is to do something about it (RFC 4028 §9).
    private static byte[] WithSession(Leg leg, byte[] headers)
    {
        if (leg.Timer is not { } timer) return headers;
        var writer = Writer;
        writer.Raw(headers);
        writer.Header(SipHeaderName.Require, "timer"u8);
        timer.InResponse.Write(writer);
        return writer.ToArray();
    }

    private void RefreshResponse(Leg leg, SipMessage response, DateTimeOffset now)
    {
        if (response.StatusCode < 200) return;
        leg.RefreshKey = 0;
        leg.Learn(response);
        if (leg.Dialog is { } dialog && dialog.IsOfResponse(response)) leg.Dialog = dialog.ReceiveResponse(response);
        var invite = response.CSeqMethod == SipMethod.Invite;
        if (invite && response.StatusCode < 300) SendAck(leg, response.CSeqNumber, null);
        if (IsOver || leg.Timer is not { } timer) return;
        switch (response.StatusCode)
        {
            case < 300:
                SessionRefreshed(leg, SessionTimer.OfUac(response), now);
                break;
            case 408 or 481:
                EndSession(leg, now, $"is gone: {response.StatusCode} to the refresh");
                break;
            case 422 when SessionExpires.ReadMinimum(response) is var minimum && minimum > timer.Seconds:
                leg.Timer = timer with { Seconds = minimum };
                ScheduleSession(leg, now, TimeSpan.Zero);
                break;
            case 405 or 501 when !invite:
                leg.Unlearn(SipMethod.Update);
                ScheduleSession(leg, now, TimeSpan.Zero);
                break;
            case 491:
                ScheduleSession(leg, now, GlarePause(leg));
                break;
            default:
                ScheduleSession(leg, now, RefusedPause);
                break;
        }
    }

    // RFC 3261 §14.1: who made the Call-ID waits 2.1 to 4 s, the other 0 to 2 s, in steps of 10 ms. Drawn from the call's own id,
    // so that a simulation can be repeated.
    private TimeSpan GlarePause(Leg leg) =>
        TimeSpan.FromMilliseconds(leg.Id.IsA ? 10 * Jitter(201) : 2_100 + 10 * Jitter(191));

    private int Jitter(int below)
    {
        var hash = 2_166_136_261u;
        foreach (var letter in string.Create(CultureInfo.InvariantCulture, $"{_id}{++_jitters}")) hash = (hash ^ letter) * 16_777_619;
        return (int)(hash % (uint)below);
    }

    // A refresh of the peer without an offer concerns nobody else.
    private void AnswerRefresh(Leg leg, SipMessage request, ServerRequest transaction, DateTimeOffset now)
    {
        SessionRefreshed(leg, TimerFor(leg, request), now);
        Respond(transaction, 200, "OK", leg.LocalTag, WithSession(leg, HeadersOf(null, leg)));
    }
}
