using System.Security.Cryptography;
using System.Text;
using Tandem.Routing.Selection;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Sip.Dialogs;
using Tandem.Sip.Messages;

namespace Tandem.Routing.Calls;

// One vendor after the other, until one answers or none is left.
public sealed partial class CallMachine
{
    /// <summary>A response to a request of this call.</summary>
    public void Response(CallCommands.Response input, DateTimeOffset now)
    {
        if (Parse(input.Message) is not { } response) return; // The edge has parsed it, so this is our bug at most.
        if (_attempts.Find(a => a.Leg.InviteKey == input.RequestKey && a.Leg.Dialog is not { IsEarly: false }) is { } attempt)
            InviteResponse(attempt, response, now);
        else if (_relays.Find(r => r.Key == input.RequestKey) is { } relay)
            RelayResponse(relay, response);
        else if (LegOfBye(input.RequestKey) is { } leg && response.StatusCode >= 200)
            ByeSettled(leg, now);
        else if (_attempts.Find(a => a.Leg.InviteKey == input.RequestKey) is { } confirmed)
            RepeatedAnswer(confirmed, response);
        else if (response.CSeqMethod == SipMethod.Invite && response.StatusCode is >= 200 and <= 299)
            RepeatReInviteAck(response);
    }

    private void InviteResponse(Attempt attempt, SipMessage response, DateTimeOffset now)
    {
        attempt.AnyResponse = true;
        if (!ReferenceEquals(attempt, _attempt) || _step != Step.Inviting)
        {
            LateResponse(attempt, response, now);
            return;
        }

        switch (response.StatusCode)
        {
            case 100:
                _output.StartTimer(CallTimer.Attempt, Or(attempt.Gateway.TimeoutTrying, _configuration.Parameters.TimeoutTrying));
                break;
            case < 200:
                Progress(attempt, response, now);
                break;
            case < 300:
                Answer(attempt, response, now);
                break;
            default:
                (attempt.SipStatus, attempt.SipReason) = (response.StatusCode, SipText.ReasonOf(response));
                AttemptFailed(attempt, AttemptOutcome.OfStatus(response.StatusCode, attempt.ProgressSeen, attempt.SdpSeen), now);
                break;
        }
    }

    private void Progress(Attempt attempt, SipMessage response, DateTimeOffset now)
    {
        var sdp = SipText.HasSdp(response);
        attempt.ProgressSeen = true;
        attempt.SdpSeen |= sdp;
        attempt.RangAt ??= now;
        var (gateway, parameters) = (attempt.Gateway, _configuration.Parameters);
        _output.StartTimer(CallTimer.Attempt, (response.StatusCode, sdp) switch
        {
            (180, _) => Or(gateway.TimeoutRinging, parameters.TimeoutRinging),
            (_, true) => Or(gateway.TimeoutSessionProgressSdp, parameters.TimeoutSessionProgressSdp),
            _ => Or(gateway.TimeoutSessionProgress, parameters.TimeoutSessionProgress),
        });
        _ringing = response.StatusCode == 180;
        attempt.Leg.Dialog = Dialog.OfUac(response, SipText.Uri(_callee, attempt.Remote)) ?? attempt.Leg.Dialog;
        _rangAt ??= now;
        if (_phase != CallPhase.Ringing)
        {
            _phase = CallPhase.Ringing;
            Note($"{response.StatusCode}{(sdp ? " with SDP" : "")} from {gateway.Name}.");
            Show();
        }

        var ring = RingSignal(response);
        Respond(_inviteRequest!.Value, ring.Status, ring.Phrase, _a.LocalTag, HeadersOf(ring.Source, _a), BodyTo(_a, ring.Source));
    }

    private void Answer(Attempt attempt, SipMessage response, DateTimeOffset now)
    {
        _output.StopTimer(CallTimer.Attempt);
        (attempt.SipStatus, _sipReason) = (response.StatusCode, "");
        (attempt.AnsweredAt, _answeredAt) = (now, now);
        attempt.Leg.Dialog = Dialog.OfUac(response, SipText.Uri(_callee, attempt.Remote));
        if (attempt.Leg.Dialog is null) // No To at all: nothing can ever be said in such a dialog.
        {
            _answeredAt = null;
            AttemptFailed(attempt, AttemptOutcome.OfStatus(502), now);
            return;
        }

        Respond(
            _inviteRequest!.Value, 200, Encoding.UTF8.GetString(response.ReasonPhrase), _a.LocalTag, HeadersOf(response, _a),
            BodyTo(_a, response));
        (_callerStatus, _a.AnsweredInvite) = (200, _inviteRequest);
        _a.Dialog = _a.Dialog!.Confirm();

        // With an offer in the INVITE the 2xx is the answer, and its ACK need not wait for the caller's. Without one the
        // caller's ACK carries the answer (RFC 3264; RFC 3261 §13.2.1).
        if (_invite.Body.IsEmpty && !response.Body.IsEmpty) _awaitsLateAnswer = true;
        else SendAck(attempt.Leg, response.CSeqNumber, null);
        (_step, _phase) = (Step.Talking, CallPhase.Answered);
        Note($"Answered by {attempt.Gateway.Name}.");
        Show();
        StartTalk(now);
    }

    private void AttemptFailed(Attempt attempt, in AttemptOutcome outcome, DateTimeOffset now)
    {
        _output.StopTimer(CallTimer.Attempt);
        attempt.EndedAt = now;
        attempt.Reason = FinalReason.OfAttempt(attempt.Gateway.Name, outcome).Reason;
        Settle(attempt, outcome.End == AttemptEnd.Status);
        _results.Add(CandidateResult.Failed(attempt.Gateway.Name, outcome));
        _sipReason = attempt.SipReason;
        var decision = SwitchRules.Decide(outcome, attempt.Gateway, _configuration.Parameters, _switches);
        Note(decision.Why);
        if (decision.Switch)
        {
            _switches++;
            TryNextCandidate(now);
            return;
        }

        var final = FinalReason.OfAttempt(attempt.Gateway.Name, outcome);
        End(now, EndDirection.Callee, final.Reason, final.Detail);
    }

    private void AttemptTimedOut(DateTimeOffset now)
    {
        if (_step != Step.Inviting || _attempt is not { } attempt) return;
        var end = (attempt.AnyResponse, attempt.ProgressSeen, _ringing) switch
        {
            (false, _, _) => AttemptEnd.InviteTimeout,
            (_, false, _) => AttemptEnd.TryingTimeout,
            (_, _, true) => AttemptEnd.RingingTimeout,
            _ => AttemptEnd.SessionProgressTimeout,
        };
        AttemptFailed(attempt, AttemptOutcome.Of(end, attempt.ProgressSeen, attempt.SdpSeen), now);
    }

    /// <summary>A request had no final response in time, or could not be sent.</summary>
    public void RequestTimedOut(int key, DateTimeOffset now)
    {
        if (_attempts.Find(a => a.Leg.InviteKey == key) is { } attempt)
        {
            if (ReferenceEquals(attempt, _attempt) && _step == Step.Inviting) AttemptTimedOut(now);
            else if (attempt.AwaitsFinal) FinalSeen(attempt, now);
        }
        else if (_relays.Find(r => r.Key == key) is { } relay)
        {
            _relays.Remove(relay);
            Respond(relay.Request, 408, "Request Timeout", relay.From.LocalTag);
        }
        else if (LegOfBye(key) is { } leg)
        {
            ByeSettled(leg, now);
        }
    }

    // Stops an INVITE that failed without a final response; its line stays taken until the vendor confirms the end, since
    // until then the vendor counts the call (I1).
    private void Settle(Attempt attempt, bool final)
    {
        if (final)
        {
            ReleaseLine(attempt);
            return;
        }

        attempt.AwaitsFinal = true;
        if (attempt.AnyResponse)
        {
            _output.Cancel(attempt.Leg.InviteKey, CancelHeaders(attempt));
        }
        else
        {
            _output.Abandon(attempt.Leg.InviteKey);
            ReleaseLine(attempt); // It never said that it has the call.
        }
    }

    private void LateResponse(Attempt attempt, SipMessage response, DateTimeOffset now)
    {
        if (response.StatusCode < 200) return; // The edge answers a late provisional with CANCEL by itself.
        if (response.StatusCode < 300)
        {
            // CANCEL crossed the answer: take the call, and end it (RFC 3261 §9.1, §15).
            attempt.Leg.Dialog = Dialog.OfUac(response, SipText.Uri(_callee, attempt.Remote));
            if (attempt.Leg.Dialog is not null)
            {
                Note($"{attempt.Gateway.Name} answered after it was given up: ACK and BYE.");
                SendAck(attempt.Leg, response.CSeqNumber, null);
                SendBye(attempt.Leg, EndReason.Normal);
                attempt.AwaitsFinal = false;
                return; // The line goes when the BYE is answered.
            }
        }
        else
        {
            attempt.SipStatus = attempt.SipStatus == 0 ? response.StatusCode : attempt.SipStatus;
        }

        FinalSeen(attempt, now);
    }

    private void FinalSeen(Attempt attempt, DateTimeOffset now)
    {
        attempt.AwaitsFinal = false;
        ReleaseLine(attempt);
        FinishWhenSettled();
    }

    // The 2xx came again: our ACK was lost. Or another branch of a forking vendor answered, too: it is ended.
    private void RepeatedAnswer(Attempt attempt, SipMessage response)
    {
        if (response.StatusCode is < 200 or > 299 || attempt.Leg.Dialog is not { } dialog) return;
        if (dialog.IsOfResponse(response))
        {
            if (attempt.Leg.LastAck is { } ack && ack.CSeq == response.CSeqNumber)
                _output.SendAck(attempt.Leg.Id, attempt.Leg.Remote, ack.Bytes);
            return;
        }

        if (Dialog.OfUac(response, SipText.Uri(_callee, attempt.Remote)) is not { } fork) return;
        Note($"A second branch of {attempt.Gateway.Name} answered: ACK and BYE.");
        var writer = Writer;
        fork.WriteRequest(writer, SipMethod.Ack, response.CSeqNumber);
        writer.Finish();
        _output.SendAck(attempt.Leg.Id, attempt.Leg.Remote, writer.ToArray());
        fork = fork.NextRequest();
        fork.WriteRequest(writer, SipMethod.Bye, fork.LocalCSeq!.Value);
        writer.Finish();
        _output.Send(attempt.Leg.Id, NextKey(), attempt.Leg.Remote, writer.ToArray());
    }

    private void ReleaseLine(Attempt attempt)
    {
        if (!attempt.HoldsLine) return;
        attempt.HoldsLine = false;
        var gateway = GatewayId.Routing(attempt.Gateway.Name);
        _environment.Load.Released(gateway);
        _output.ReleaseLine(gateway, attempt.Number);
    }

    private static byte[] HeadersOf(SipMessage message, Leg leg)
    {
        var writer = Writer;
        SipText.WriteContact(writer, leg);
        SipText.CopyCarried(writer, message);
        return writer.ToArray();
    }

    private static TimeSpan Or(int seconds, TimeSpan @default) => seconds > 0 ? TimeSpan.FromSeconds(seconds) : @default;
}
