using Tandem.Shared;
using Tandem.Shared.Accounts;
using Tandem.Shared.Calls;
using Tandem.Shared.Cdr;
using Tandem.Sip.Messages;

namespace Tandem.Routing.Calls;

// The end: both sides are told, the money is charged once, the record is written once, the leases go. The call stays until
// all of that is confirmed.
public sealed partial class CallMachine
{
    private static readonly TimeSpan OneSecond = TimeSpan.FromSeconds(1);

    private AccountCommands.Charge? _charge;
    private AccountCommands.Charge? _clearing;
    private AccountReplies.Charged? _charged;
    private AccountReplies.Charged? _cleared;
    private CallRecord? _record;
    private bool _recordDone;
    private TimeSpan _retry = CallLimits.FirstRetry;
    private EndDirection _endDirection;
    private EndReason _endReason;
    private DateTimeOffset _endedAt;
    private string _sipReason = "";
    private int _callerStatus;

    /// <summary>The caller gave up before the answer.</summary>
    public void Cancelled(CallCommands.Cancel input, DateTimeOffset now)
    {
        if (!HasStarted || IsOver) return;
        if (_relays.Find(r => r.Request.Id == input.Transaction) is { } reInvite) // RFC 6141 §3.3: of a re-INVITE.
        {
            _output.Cancel(reInvite.Key, default);
            return;
        }

        if (_step == Step.Talking) return;
        _sipReason = input.Reason;
        if (_attempt is { } attempt && _step == Step.Inviting) attempt.Reason = EndReason.CallerCancelled;
        End(now, EndDirection.Caller, EndReason.CallerCancelled, "The caller gave up (CANCEL).");
    }

    /// <summary>An operator, or the switch, cuts the call.</summary>
    public void Hangup(CallCommands.Hangup input, DateTimeOffset now)
    {
        if (HasStarted && !IsOver) End(now, EndDirection.Server, input.Reason, $"Cut by {input.By}.");
    }

    /// <summary>A timer ran out.</summary>
    public void TimerFired(CallTimer timer, DateTimeOffset now)
    {
        switch (timer)
        {
            case CallTimer.Ask:
                AskTimedOut(now);
                break;
            case CallTimer.Attempt:
                AttemptTimedOut(now);
                break;
            case CallTimer.TalkLimit:
                TalkLimitReached(now);
                break;
            case CallTimer.Extend:
                ExtendNow();
                break;
            case CallTimer.Charge:
                SendCharges();
                break;
            case CallTimer.Record:
                SendRecord();
                break;
            case CallTimer.Linger:
                StopWaiting(now);
                break;
            case CallTimer.Provisional:
                ProvisionalDue(now);
                break;
            case CallTimer.CallerSession:
                SessionDue(_a, now);
                break;
            case CallTimer.VendorSession:
                SessionDue(_attempt?.Leg, now);
                break;
        }
    }

    private void ByeReceived(Leg leg, SipMessage bye, DateTimeOffset now)
    {
        if (IsOver) // Both hung up at once: their BYE is answered, ours will be.
        {
            if (leg.ByeKey != 0) ByeSettled(leg, now);
            return;
        }

        _sipReason = SipReason.TextOf(bye);
        var direction = leg.Id.IsA ? EndDirection.Caller : EndDirection.Callee;
        _byeFrom = leg;
        End(now, direction, _step == Step.Talking ? EndReason.Normal : EndReason.CallerCancelled,
            leg.Id.IsA ? "The caller hung up." : "The callee hung up.");
    }

    private Leg? _byeFrom;

    private void End(DateTimeOffset now, EndDirection direction, EndReason reason, string detail)
    {
        if (IsOver) return;
        var answered = _step == Step.Talking;
        var inviting = _step == Step.Inviting;
        (_step, _phase) = (Step.Over, CallPhase.Ending);
        (_endDirection, _endReason, _endedAt) = (direction, reason, now);
        Note($"{detail} End: {reason.Info().Name}, by {direction switch
        {
            EndDirection.Caller => "caller",
            EndDirection.Callee => "callee",
            EndDirection.Server => "switch",
        }}.");
        foreach (var timer in (ReadOnlySpan<CallTimer>)
            [
                CallTimer.Ask, CallTimer.Attempt, CallTimer.TalkLimit, CallTimer.Extend, CallTimer.CallerSession,
                CallTimer.VendorSession,
            ])
            _output.StopTimer(timer);
        StopProvisionals();
        foreach (var relay in _relays) Respond(relay.Request, 487, "Request Terminated", relay.From.LocalTag);
        _relays.Clear();
        if (answered) EndTalk(direction, reason);
        else EndSetup(now, inviting, reason);
        Show();
        _output.StartTimer(CallTimer.Linger, CallLimits.Linger);
        SettleMoney(answered);
        FinishWhenSettled();
    }

    private void EndSetup(DateTimeOffset now, bool inviting, EndReason reason)
    {
        RefuseCaller(reason);
        if (inviting && _attempt is { EndedAt: null } attempt)
        {
            attempt.EndedAt = now;
            if (attempt.Reason == EndReason.Normal) attempt.Reason = reason;
            if (_heldAnswer is { } held) EndHeldAnswer(held.Attempt, held.Response, now);
            else Settle(attempt, final: false);
        }

        ReleaseMappingLine();
    }

    // The vendor answered, and the call ended before the caller could be told.
    private void EndHeldAnswer(Attempt attempt, SipMessage answer, DateTimeOffset now)
    {
        _heldAnswer = null;
        if (!ReferenceEquals(_byeFrom, attempt.Leg))
        {
            LateResponse(attempt, answer, now);
            return;
        }

        SendAck(attempt.Leg, answer.CSeqNumber, null);
        ReleaseLine(attempt);
    }

    private void EndTalk(EndDirection direction, EndReason reason)
    {
        var attempt = _attempt!;
        (attempt.EndedAt, attempt.Reason) = (_endedAt, reason);
        attempt.SipReason = direction == EndDirection.Callee ? _sipReason : "";

        // Owed before the BYE: the ACK of each 2xx that was carried over and whose own ACK can no longer come.
        if (_awaitsLateAnswer) SendAck(attempt.Leg, attempt.Leg.InviteCSeq, null);
        foreach (var pending in _pendingAcks) SendAck(pending.To, pending.ToCSeq, null);
        _pendingAcks.Clear();
        if (ReferenceEquals(_byeFrom, _a)) ReleaseMappingLine();
        else SendBye(_a, reason);
        if (ReferenceEquals(_byeFrom, attempt.Leg)) ReleaseLine(attempt);
        else SendBye(attempt.Leg, reason);
    }

    private void SendBye(Leg leg, EndReason reason)
    {
        leg.Dialog = leg.Dialog!.NextRequest();
        var writer = Writer;
        leg.Dialog.WriteRequest(writer, SipMethod.Bye, leg.Dialog.LocalCSeq!.Value);
        WriteByeReason(writer, leg, reason);
        writer.Finish();
        leg.ByeKey = NextKey();
        Send(leg, leg.ByeKey, writer.ToArray());
    }

    private Leg? LegOfBye(int key)
    {
        if (_a.ByeKey == key) return _a;
        return _attempts.Find(a => a.Leg.ByeKey == key)?.Leg;
    }

    private void ByeSettled(Leg leg, DateTimeOffset now)
    {
        leg.ByeKey = 0;
        if (leg.Id.IsA) ReleaseMappingLine();
        else if (_attempts.Find(a => ReferenceEquals(a.Leg, leg)) is { } attempt) ReleaseLine(attempt);
        FinishWhenSettled();
    }

    private void ReleaseMappingLine()
    {
        if (!_holdsMappingLine) return;
        _holdsMappingLine = false;
        _output.ReleaseLine(GatewayId.Mapping(_mapping.Name), 0);
    }

    private void SettleMoney(bool answered)
    {
        if (!answered)
        {
            if (_holdsMoney) _output.ReleaseHold(_account!.Value);
            _holdsMoney = false;
            MakeRecord(answered);
            return;
        }

        // Held money is a limit, too (I5). What is over it happened in our own queues after the call was to be cut.
        var most = TimeSpan.FromSeconds(Math.Min(_heldSeconds, TalkLimit?.Seconds ?? int.MaxValue));
        var talk = NotNegative(_endedAt - _answeredAt!.Value);
        if (talk > most) (talk, _endedAt) = (most, _answeredAt.Value + most);
        _charge = new AccountCommands.Charge(_account!.Value, _id, ChargeKind.Customer, _quote!, talk, _callee, _endedAt);
        var clearing = _attempt!.Gateway.ClearingAccount;
        if (_clearingQuote is not null)
            _clearing = new AccountCommands.Charge(
                new AccountId(clearing), _id, ChargeKind.Clearing, _clearingQuote, talk, _callee, _endedAt);
        else if (clearing.Length > 0)
            Note($"Clearing account {clearing} has no rate for {_callee}: nothing is cleared.");
        SendCharges();
    }

    private void SendCharges()
    {
        if (_charge is not null && _charged is null) _output.Charge(_charge);
        if (_clearing is not null && _cleared is null) _output.Charge(_clearing);
        _output.StartTimer(CallTimer.Charge, Backoff());
    }

    /// <summary>A charge is in the ledger.</summary>
    public void Charged(AccountReplies.Charged reply, DateTimeOffset now)
    {
        if (reply.Kind == ChargeKind.Customer && _charge is not null && _charged is null)
        {
            (_charged, _holdsMoney) = (reply, false);
            _output.NoteHold(reply.AccountId, Money.Zero(reply.Fee.Currency));
            Note($"Account {reply.AccountId}: {reply.HoldTimeSeconds} s talked, {reply.FeeTimeSeconds} s charged, {reply.Fee}.");
        }
        else if (reply.Kind == ChargeKind.Clearing && _clearing is not null && _cleared is null)
        {
            _cleared = reply;
            Note($"Clearing account {reply.AccountId}: {reply.FeeTimeSeconds} s charged, {reply.Fee}.");
        }

        if (_charge is null || _charged is null || _clearing is not null && _cleared is null || _record is not null) return;
        _output.StopTimer(CallTimer.Charge);
        MakeRecord(answered: true);
        FinishWhenSettled();
    }

    private void MakeRecord(bool answered)
    {
        if (!answered && !_configuration.Parameters.RecordZeroHoldTime)
        {
            _recordDone = true;
            return;
        }

        _record = BuildRecord(_endDirection, _endReason, _endedAt);
        _retry = CallLimits.FirstRetry;
        SendRecord();
    }

    private void SendRecord()
    {
        if (_record is null || _recordDone) return;
        _output.Write(_record);
        _output.StartTimer(CallTimer.Record, Backoff());
    }

    /// <summary>The record will be written.</summary>
    public void RecordAccepted(DateTimeOffset now)
    {
        _recordDone = true;
        _output.StopTimer(CallTimer.Record);
        FinishWhenSettled();
    }

    /// <summary>The writer is full: the call keeps its record and tries again.</summary>
    public void RecordDelayed(CdrReplies.QueueFull reply) =>
        _output.StartTimer(CallTimer.Record, reply.RetryAfter < OneSecond ? OneSecond : reply.RetryAfter);

    private TimeSpan Backoff()
    {
        var pause = _retry;
        _retry = _retry * 2 < CallLimits.MaxRetry ? _retry * 2 : CallLimits.MaxRetry;
        return pause;
    }

    private void FinishWhenSettled()
    {
        if (!IsOver || !_recordDone || _a.ByeKey != 0 || _attempts.Exists(a => a.AwaitsFinal || a.Leg.ByeKey != 0)) return;
        _output.StopTimer(CallTimer.Linger);
        _output.Finished();
    }

    // Nobody answered in 64·T1, or the edge that would have told us is gone.
    private void StopWaiting(DateTimeOffset now)
    {
        _a.ByeKey = 0;
        ReleaseMappingLine();
        foreach (var attempt in _attempts)
        {
            (attempt.AwaitsFinal, attempt.Leg.ByeKey) = (false, 0);
            ReleaseLine(attempt);
        }

        FinishWhenSettled();
    }
}
