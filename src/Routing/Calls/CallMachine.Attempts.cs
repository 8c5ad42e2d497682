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
        if (response.StatusCode is 401 or 407 && TryAuthenticate(input.RequestKey, response)) return;
        if (response.StatusCode >= 200) Answered(input.RequestKey);
        if (_attempts.Find(a => a.Leg.InviteKey == input.RequestKey && a.Leg.Dialog is not { IsEarly: false }) is { } attempt)
            InviteResponse(Resolved(attempt, input.Source), response, now);
        else if (_relays.Find(r => r.Key == input.RequestKey) is { } relay)
            RelayResponse(relay, response, now);
        else if (LegOfRefresh(input.RequestKey) is { } refreshed)
            RefreshResponse(refreshed, response, now);
        else if (LegOfBye(input.RequestKey) is { } leg && response.StatusCode >= 200)
            ByeSettled(leg, now);
        else if (_attempts.Find(a => a.Leg.InviteKey == input.RequestKey) is { } confirmed)
            RepeatedAnswer(confirmed, response);
        else if (response.CSeqMethod == SipMethod.Invite && response.StatusCode is >= 200 and <= 299)
            RepeatReInviteAck(response);
    }

    private void Answered(int key)
    {
        foreach (var attempt in _attempts)
            if (attempt.Leg.Unanswered.Count > 0) attempt.Leg.Unanswered.RemoveAll(u => u.Key == key);
    }

    private void InviteResponse(Attempt attempt, SipMessage response, DateTimeOffset now)
    {
        attempt.AnyResponse = true;
        attempt.Leg.Learn(response);
        if (!ReferenceEquals(attempt, _attempt) || _step != Step.Inviting)
        {
            LateResponse(attempt, response, now);
            return;
        }

        if (_heldAnswer is not null)
        {
            if (response.StatusCode is >= 200 and < 300) AnswerAgain(attempt, response);
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
            case 422 when TryLongerInterval(attempt, response):
            case >= 300 when TryRedirect(attempt, response):
                break;
            default:
                (attempt.SipStatus, attempt.SipReason) = (response.StatusCode, SipText.ReasonOf(response));
                HonourRetryAfter(attempt, response, now);
                AttemptFailed(attempt, AttemptOutcome.OfStatus(response.StatusCode, attempt.ProgressSeen, attempt.SdpSeen), now);
                break;
        }
    }

    private void Progress(Attempt attempt, SipMessage response, DateTimeOffset now)
    {
        var leg = attempt.Leg;
        var branch = leg.BranchOf(response, SipText.Uri(_callee, attempt.Remote));
        if (branch is null && !response.ToTag.IsEmpty) return; // More branches than are kept apart.
        if (!TakeReliable(leg, branch, response, out var rseq)) return;
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
        _rangAt ??= now;
        if (_phase != CallPhase.Ringing)
        {
            _phase = CallPhase.Ringing;
            Note($"{response.StatusCode}{(sdp ? " with SDP" : "")} from {gateway.Name}.");
            Show();
        }

        // The caller has one dialog, and in it one session: the media of the branch that was first, until another one answers.
        var hidden = sdp && !ReferenceEquals(branch ?? leg.Selected, leg.Selected);
        HeldPrack? held = rseq == 0 ? null : new HeldPrack(attempt, branch!, rseq, response.CSeqNumber, sdp);
        var waits = held is not null && sdp && !hidden && _provisionals is not null;
        if (held is not null && !waits && !(sdp && _invite.Body.IsEmpty)) SendPrack(held, null);
        var ring = RingSignal(response);
        if (hidden) SendProgress(ring.Status, ring.Phrase, HeadersOf(null, _a), default, null, now);
        else SendProgress(ring.Status, ring.Phrase, HeadersOf(ring.Source, _a), BodyTo(_a, ring.Source), waits ? held : null, now);
    }

    private void Answer(Attempt attempt, SipMessage response, DateTimeOffset now)
    {
        _output.StopTimer(CallTimer.Attempt);
        (attempt.SipStatus, _sipReason) = (response.StatusCode, "");
        if (attempt.Leg.BranchOf(response, SipText.Uri(_callee, attempt.Remote)) is not { } branch)
        {
            AttemptFailed(attempt, AttemptOutcome.OfStatus(502), now); // No To at all: nothing can ever be said in such a dialog.
            return;
        }

        attempt.Leg.Select(branch);
        if (_provisionals is { HoldsAnswerBack: true }) // RFC 3262 §3: not before the caller's PRACK.
        {
            _heldAnswer = (attempt, response);
            return;
        }

        StopProvisionals();
        (attempt.AnsweredAt, _answeredAt) = (now, now);
        var body = BodyTo(_a, response);
        if (!body.IsEmpty) _a.SentSdp = body;
        AgreeTimers(attempt.Leg, response);
        Respond(
            _inviteRequest!.Value, 200, Encoding.UTF8.GetString(response.ReasonPhrase), _a.LocalTag,
            WithSession(_a, HeadersOf(response, _a)), body);
        (_callerStatus, _a.AnsweredInvite) = (200, _inviteRequest);
        _a.Dialog = _a.Dialog!.Confirm();

        // With an offer in the INVITE the 2xx is the answer, and its ACK need not wait for the caller's. Without one the
        // caller's ACK carries the answer (RFC 3264; RFC 3261 §13.2.1).
        if (_invite.Body.IsEmpty && !response.Body.IsEmpty && !attempt.Leg.SessionAgreed)
        {
            _awaitsLateAnswer = true;
        }
        else
        {
            (_a.SessionAgreed, attempt.Leg.SessionAgreed) = (true, true);
            SendAck(attempt.Leg, response.CSeqNumber, null);
        }

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
        if (TryNextContact(outcome)) return;
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
    public void RequestTimedOut(int key, DateTimeOffset now, string cause = "")
    {
        Answered(key);
        if (cause.Length > 0) Note($"Request {key} was not answered: {cause}.");
        if (_attempts.Find(a => a.Leg.InviteKey == key) is { } attempt)
        {
            if (ReferenceEquals(attempt, _attempt) && _step == Step.Inviting) AttemptTimedOut(now);
            else if (attempt.AwaitsFinal) FinalSeen(attempt, now);
        }
        else if (_relays.Find(r => r.Key == key) is { } relay)
        {
            RelayTimedOut(relay, now);
        }
        else if (LegOfRefresh(key) is { } refreshed)
        {
            refreshed.RefreshKey = 0;
            if (_step == Step.Talking) EndSession(refreshed, now, "is gone: no answer to the refresh");
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
            if (attempt.Leg.BranchOf(response, SipText.Uri(_callee, attempt.Remote)) is { } branch)
            {
                attempt.Leg.Select(branch);
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
        EndBranch(attempt, fork, response.CSeqNumber);
    }

    // While the first answer waits for the caller's PRACK: a repeat of it waits, too; that of another branch is ended.
    private void AnswerAgain(Attempt attempt, SipMessage response)
    {
        if (attempt.Leg.Dialog is { } dialog && dialog.IsOfResponse(response)) return;
        if (Dialog.OfUac(response, SipText.Uri(_callee, attempt.Remote)) is { } fork) EndBranch(attempt, fork, response.CSeqNumber);
    }

    private void EndBranch(Attempt attempt, Dialog fork, uint cseq)
    {
        Note($"A second branch of {attempt.Gateway.Name} answered: ACK and BYE.");
        var writer = Writer;
        fork.WriteRequest(writer, SipMethod.Ack, cseq);
        writer.Finish();
        _output.SendAck(attempt.Leg.Id, attempt.Leg.Remote, writer.ToArray());
        fork = fork.NextRequest();
        fork.WriteRequest(writer, SipMethod.Bye, fork.LocalCSeq!.Value);
        writer.Finish();
        Send(attempt.Leg, NextKey(), writer.ToArray());
    }

    private void ReleaseLine(Attempt attempt)
    {
        if (!attempt.HoldsLine) return;
        attempt.HoldsLine = false;
        var gateway = GatewayId.Routing(attempt.Gateway.Name);
        _environment.Load.Released(gateway);
        _output.ReleaseLine(gateway, attempt.Number);
    }

    private static byte[] HeadersOf(SipMessage? message, Leg leg)
    {
        var writer = Writer;
        SipText.WriteContact(writer, leg);
        if (message is not null) SipText.CopyCarried(writer, message);
        return writer.ToArray();
    }

    private static TimeSpan Or(int seconds, TimeSpan @default) => seconds > 0 ? TimeSpan.FromSeconds(seconds) : @default;
}
