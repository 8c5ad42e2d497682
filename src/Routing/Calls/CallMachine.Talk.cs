using Tandem.Shared;
using Tandem.Shared.Accounts;
using Tandem.Shared.Calls;
using Tandem.Sip.Messages;

namespace Tandem.Routing.Calls;

// The talk: money is held slice by slice, requests of one side are carried to the other.
public sealed partial class CallMachine
{
    private readonly List<(Leg From, Leg To, uint FromCSeq, uint ToCSeq)> _pendingAcks = [];
    private int _heldSeconds;
    private bool _holdIsLast;
    private bool _awaitsLateAnswer;
    private bool _ringing;

    private void StartTalk(DateTimeOffset now)
    {
        if (TalkLimit is { } limit) Note($"Talk time is limited to {limit.Seconds} s ({limit.Reason.Info().Name}).");
        ScheduleTalk(now);
        StartSessions(now);
    }

    /// <summary>The second at which the call is cut, and why; null when nothing bounds it.</summary>
    private (int Seconds, EndReason Reason)? TalkLimit
    {
        get
        {
            (int Seconds, EndReason Reason)? limit = _holdIsLast ? (_heldSeconds, EndReason.InsufficientBalance) : null;
            // A caller with a session timer shows all the time that it is alive; the others have a limit (vos3000.md §4.2).
            var longest = _a.Timer is null ? _configuration.Parameters.MaxTalkTimeSeconds : 0;
            foreach (var maximum in (ReadOnlySpan<int>)[_mapping.MaxCallDuration, longest])
                if (maximum > 0 && maximum <= (limit?.Seconds ?? int.MaxValue)) limit = (maximum, EndReason.MaxDuration);
            return limit;
        }
    }

    private void ScheduleTalk(DateTimeOffset now)
    {
        var talked = now - _answeredAt!.Value;
        var limit = TalkLimit;
        var held = TimeSpan.FromSeconds(_heldSeconds);

        // Held money is a limit of its own for as long as it has not been extended (I5).
        var until = limit is { } l && l.Seconds <= _heldSeconds ? TimeSpan.FromSeconds(l.Seconds) : held;
        _output.StartTimer(CallTimer.TalkLimit, NotNegative(until - talked));
        if (_holdIsLast || limit is { } bound && bound.Seconds <= _heldSeconds)
        {
            _output.StopTimer(CallTimer.Extend);
            return;
        }

        var slice = held - talked;
        var ahead = slice < 2 * CallLimits.ExtendAhead ? slice / 2 : CallLimits.ExtendAhead;
        _output.StartTimer(CallTimer.Extend, NotNegative(slice - ahead));
    }

    private void ExtendNow()
    {
        if (_step != Step.Talking || _account is not { } account || _quote is null) return;
        _output.Extend(account, _quote, _heldSeconds + _configuration.Parameters.AdvanceTimeSeconds);
        _output.StartTimer(CallTimer.Extend, CallLimits.ExtendRetry);
    }

    /// <summary>The account holds money for more talk time, or says that there is no more.</summary>
    public void Extended(AccountReplies.Extended reply, DateTimeOffset now)
    {
        if (_step != Step.Talking) return;
        if (reply.HeldSeconds < _heldSeconds) return; // An old answer.
        (_heldSeconds, _holdIsLast) = (reply.HeldSeconds, reply.IsLast);
        _output.NoteHold(reply.AccountId, reply.Held);
        if (reply.IsLast) Note($"Account {reply.AccountId}: the money ends at second {reply.HeldSeconds}.");
        ScheduleTalk(now);
    }

    private void TalkLimitReached(DateTimeOffset now)
    {
        if (_step != Step.Talking) return;
        if (TalkLimit is { } limit && limit.Seconds <= _heldSeconds)
            End(now, EndDirection.Server, limit.Reason, $"Cut at {limit.Seconds} s ({limit.Reason.Info().Name}).");
        else
            End(now, EndDirection.Server, EndReason.SystemUnavailable,
                $"Cut at {_heldSeconds} s: account {_account} did not answer and no more money is held.");
    }

    /// <summary>The ACK of a 2xx.</summary>
    public void Ack(CallCommands.Ack input)
    {
        if (!HasStarted || Parse(input.Request) is not { } ack || LegOf(input.Leg) is not { } leg) return;
        if (!input.Matched && leg.AnsweredInvite is { } invite) _output.PassAck(invite, input.Source, input.Request);
        if (leg.Id.IsA && _awaitsLateAnswer && ack.CSeqNumber == _invite.CSeqNumber)
        {
            _awaitsLateAnswer = false;
            if (_attempt is not { } attempt) return;
            (_a.SessionAgreed, attempt.Leg.SessionAgreed) = (true, true);
            SendAck(attempt.Leg, attempt.Leg.InviteCSeq, ack);
            return;
        }

        var index = _pendingAcks.FindIndex(p => ReferenceEquals(p.From, leg) && p.FromCSeq == ack.CSeqNumber);
        if (index < 0) return;
        var pending = _pendingAcks[index];
        _pendingAcks.RemoveAt(index);
        SendAck(pending.To, pending.ToCSeq, ack);
    }

    /// <summary>A 2xx of ours was never acknowledged: the session ends (RFC 3261 §13.3.1.4).</summary>
    public void AckTimedOut(CallCommands.AckTimeout input, DateTimeOffset now)
    {
        if (_step == Step.Talking)
            End(now, EndDirection.Server, EndReason.ConnectionTimeout, $"No ACK of our 2xx came on leg {input.Leg}.");
    }

    private void RepeatReInviteAck(SipMessage response)
    {
        foreach (var leg in Legs())
        {
            if (leg.Dialog is { } dialog && dialog.IsOfResponse(response) && leg.LastAck is { } ack
                && ack.CSeq == response.CSeqNumber)
                _output.SendAck(leg.Id, leg.Remote, ack.Bytes);
        }
    }

    private void SendAck(Leg leg, uint cseq, SipMessage? carried)
    {
        var writer = Writer;
        leg.Dialog!.WriteRequest(writer, SipMethod.Ack, cseq);
        writer.Raw(leg.InviteCredentials);
        if (carried is not null) SipText.CopyCarried(writer, carried);
        var body = carried is null ? default : BodyTo(leg, carried);
        if (!body.IsEmpty) leg.SentSdp = body;
        writer.Finish(body.Span);
        ReadOnlyMemory<byte> bytes = writer.ToArray();
        leg.LastAck = (cseq, bytes);
        _output.SendAck(leg.Id, leg.Remote, bytes);
    }

    private static byte[] AllowOnly(Leg leg)
    {
        var writer = Writer;
        SipText.WriteAbilities(writer, leg);
        return writer.ToArray();
    }

    private Leg? LegOf(LegId id) => id.IsA ? _a : _attempts.Find(a => a.Leg.Id == id)?.Leg;

    private IEnumerable<Leg> Legs() => _attempts.Select(a => a.Leg).Prepend(_a);

    private static TimeSpan NotNegative(TimeSpan time) => time < TimeSpan.Zero ? TimeSpan.Zero : time;
}
