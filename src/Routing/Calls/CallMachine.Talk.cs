using Akka.Actor;
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
    }

    /// <summary>The second at which the call is cut, and why; null when nothing bounds it.</summary>
    private (int Seconds, EndReason Reason)? TalkLimit
    {
        get
        {
            (int Seconds, EndReason Reason)? limit = _holdIsLast ? (_heldSeconds, EndReason.InsufficientBalance) : null;
            foreach (var maximum in (ReadOnlySpan<int>)[_mapping.MaxCallDuration, _configuration.Parameters.MaxTalkTimeSeconds])
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

    /// <summary>A request inside one of the call's dialogs.</summary>
    public void InDialog(CallCommands.InDialog input, IActorRef edge, DateTimeOffset now)
    {
        var request = new ServerRequest(edge, input.Transaction);
        if (!HasStarted || Parse(input.Request) is not { } message || LegOf(input.Leg) is not { } leg
            || leg.Dialog is not { } dialog || !dialog.IsOfRequest(message))
        {
            Respond(request, 481, "Call/Transaction Does Not Exist");
            return;
        }

        if (dialog.Receive(message) is not { } received)
        {
            Respond(request, 500, "CSeq Out Of Order", leg.LocalTag);
            return;
        }

        leg.Dialog = received;
        if (leg.Id.IsA) leg.Remote = input.Source; // The caller may have moved behind its NAT.
        switch (message.Method)
        {
            case SipMethod.Bye:
                Respond(request, 200, "OK", leg.LocalTag);
                ByeReceived(leg, message, now);
                break;
            case SipMethod.Options:
                Respond(request, 200, "OK", leg.LocalTag, AllowOnly(leg));
                break;
            case SipMethod.Invite or SipMethod.Update or SipMethod.Info:
                Carry(leg, message, request);
                break;
            default:
                Respond(request, 405, "Method Not Allowed", leg.LocalTag, AllowOnly(leg));
                break;
        }
    }

    private void Carry(Leg from, SipMessage message, ServerRequest request)
    {
        var to = from.Id.IsA ? _attempt?.Leg : _a;
        if (IsOver || to?.Dialog is null || message.Method == SipMethod.Invite && _step != Step.Talking)
        {
            Respond(request, 481, "Call/Transaction Does Not Exist", from.LocalTag);
            return;
        }

        // One offer at a time (RFC 3261 §14.2, RFC 3311 §5.2): the other side's is under way, or one of this side is.
        var offers = message.Method is SipMethod.Invite or SipMethod.Update;
        if (offers && (_awaitsLateAnswer || _pendingAcks.Count > 0 || _relays.Exists(r => r.HadOffer)))
        {
            Respond(request, 491, "Request Pending", from.LocalTag);
            return;
        }

        if (_relays.Count >= CallLimits.MaxRelays)
        {
            Respond(request, 500, "Too Many Requests Pending", from.LocalTag);
            return;
        }

        to.Dialog = to.Dialog.NextRequest();
        var key = NextKey();
        var writer = Writer;
        to.Dialog.WriteRequest(writer, message.Method, to.Dialog.LocalCSeq!.Value, Math.Max(0, (message.MaxForwards ?? 70) - 1));
        if (offers) SipText.WriteContact(writer, to);
        SipText.CopyCarried(writer, message);
        writer.Finish(BodyTo(to, message).Span);
        _relays.Add(new Relay(from, to, request, key, message.Method, offers) { CSeq = message.CSeqNumber });
        _output.Send(to.Id, key, to.Remote, writer.ToArray());
    }

    private void RelayResponse(Relay relay, SipMessage response)
    {
        if (response.StatusCode < 200)
        {
            if (response.StatusCode > 100 && relay.Method == SipMethod.Invite)
                Respond(relay.Request, response.StatusCode, "", relay.From.LocalTag, HeadersOf(response, relay.From), BodyTo(relay.From, response));
            return;
        }

        _relays.Remove(relay);
        if (relay.To.Dialog is { } dialog && dialog.IsOfResponse(response)) relay.To.Dialog = dialog.ReceiveResponse(response);
        if (relay.Method == SipMethod.Invite && response.StatusCode < 300)
        {
            relay.From.AnsweredInvite = relay.Request;
            _pendingAcks.Add((relay.From, relay.To, relay.CSeq, response.CSeqNumber));
        }

        // A challenge of the far side is not the near side's to answer: it has no password there.
        var status = response.StatusCode is 401 or 407 ? 403 : response.StatusCode;
        Respond(
            relay.Request, status, System.Text.Encoding.UTF8.GetString(response.ReasonPhrase), relay.From.LocalTag,
            HeadersOf(response, relay.From), BodyTo(relay.From, response));
    }

    /// <summary>The ACK of a 2xx.</summary>
    public void Ack(CallCommands.Ack input)
    {
        if (!HasStarted || Parse(input.Request) is not { } ack || LegOf(input.Leg) is not { } leg) return;
        if (!input.Matched && leg.AnsweredInvite is { } invite) _output.PassAck(invite, input.Source, input.Request);
        if (leg.Id.IsA && _awaitsLateAnswer && ack.CSeqNumber == _invite.CSeqNumber)
        {
            _awaitsLateAnswer = false;
            if (_attempt is { } attempt) SendAck(attempt.Leg, 1, ack);
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
        if (carried is not null) SipText.CopyCarried(writer, carried);
        writer.Finish(carried is null ? default : BodyTo(leg, carried).Span);
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
