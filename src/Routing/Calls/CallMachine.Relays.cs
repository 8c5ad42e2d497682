using Akka.Actor;
using Tandem.Shared.Calls;
using Tandem.Sip.Dialogs;
using Tandem.Sip.Messages;

namespace Tandem.Routing.Calls;

// Requests inside the two dialogs: answered here, or carried to the other side, whose answer then is the answer. One offer at a
// time on each leg (RFC 3264 §4, RFC 6337).
public sealed partial class CallMachine
{
    private (Leg From, uint FromCSeq, uint ToCSeq) _refer;

    /// <summary>A request inside one of the call's dialogs.</summary>
    public void InDialog(CallCommands.InDialog input, IActorRef edge, DateTimeOffset now)
    {
        var request = new ServerRequest(edge, input.Transaction);
        if (!HasStarted || Parse(input.Request) is not { } message || LegOf(input.Leg) is not { } leg
            || leg.Branches.Find(b => b.Dialog.IsOfRequest(message)) is not { } branch)
        {
            Respond(request, 481, "Call/Transaction Does Not Exist");
            return;
        }

        if (branch.Dialog.Receive(message) is not { } received)
        {
            Respond(request, 500, "CSeq Out Of Order", leg.LocalTag);
            return;
        }

        branch.Dialog = received;
        leg.Learn(message);
        if (leg.Id.IsA) leg.Remote = input.Source; // The caller may have moved behind its NAT.
        if (!leg.Id.IsA && !ReferenceEquals(leg, _attempt?.Leg))
        {
            OfFormerAttempt(leg, message, request, now);
            return;
        }

        if (RequiresTooMuch(leg, message, request)) return;
        switch (message.Method)
        {
            case SipMethod.Bye:
                Respond(request, 200, "OK", leg.LocalTag);
                if (ReferenceEquals(branch, leg.Selected)) ByeReceived(leg, message, now);
                break;
            case SipMethod.Options:
                Respond(request, 200, "OK", leg.LocalTag, AllowOnly(leg));
                break;
            case SipMethod.Prack:
                PrackReceived(leg, message, request, now);
                break;
            case SipMethod.Invite or SipMethod.Update:
                Offered(leg, branch, message, request, now);
                break;
            case SipMethod.Info or SipMethod.Message or SipMethod.Notify:
                Carry(leg, message, request);
                break;
            case SipMethod.Refer when leg.Features.HasFlag(LegFeatures.Refer):
                Refer(leg, message, request);
                break;
            default:
                Respond(request, 405, "Method Not Allowed", leg.LocalTag, AllowOnly(leg));
                break;
        }
    }

    // A vendor that was given up: it may end its dialog, and nothing else.
    private void OfFormerAttempt(Leg leg, SipMessage message, ServerRequest request, DateTimeOffset now)
    {
        if (message.Method != SipMethod.Bye)
        {
            Respond(request, 481, "Call/Transaction Does Not Exist", leg.LocalTag);
            return;
        }

        Respond(request, 200, "OK", leg.LocalTag);
        if (leg.ByeKey != 0) ByeSettled(leg, now);
    }

    // The edge lets pass what the switch supports at all; this is what the leg has switched off.
    private bool RequiresTooMuch(Leg leg, SipMessage message, ServerRequest request)
    {
        var reliable = !leg.Features.HasFlag(LegFeatures.Reliable) && SipOptions.Has(message, SipHeaderName.Require, "100rel"u8);
        var timer = !leg.Features.HasFlag(LegFeatures.Timer) && SipOptions.Has(message, SipHeaderName.Require, "timer"u8);
        if (!reliable && !timer) return false;
        var writer = Writer;
        writer.Header(SipHeaderName.Unsupported, reliable ? "100rel"u8 : "timer"u8);
        Respond(request, 420, "Bad Extension", leg.LocalTag, writer.ToArray());
        return true;
    }

    // INVITE or UPDATE: an offer, or a refresh of the session.
    private void Offered(Leg from, Branch branch, SipMessage message, ServerRequest request, DateTimeOffset now)
    {
        if (IsOver)
        {
            Respond(request, 481, "Call/Transaction Does Not Exist", from.LocalTag);
            return;
        }

        if (from.Features.HasFlag(LegFeatures.Timer) && SessionTimer.IsTooShort(message, SessionMinimum))
        {
            Respond(request, 422, "Session Interval Too Small", from.LocalTag, MinimumHeader());
            return;
        }

        var (invite, empty) = (message.Method == SipMethod.Invite, message.Body.IsEmpty);
        if (!invite && empty && SessionExpires.TryRead(message, out _) && _step == Step.Talking)
        {
            AnswerRefresh(from, message, request, now);
            return;
        }

        var to = from.Id.IsA ? _attempt?.Leg : _a;
        var asUpdate = !invite && to?.Dialog is not null && to.MayGet(SipMethod.Update);
        if (!invite && empty && !asUpdate)
        {
            Respond(request, 200, "OK", from.LocalTag, HeadersOf(null, from)); // A target refresh: it ends here.
            return;
        }

        if ((invite || !empty) && Conflict(from, to, branch, invite) is { } conflict)
        {
            if (conflict == 491) Respond(request, 491, "Request Pending", from.LocalTag);
            else RespondLater(request, from);
            return;
        }

        if (to?.Dialog is null) Respond(request, 481, "Call/Transaction Does Not Exist", from.LocalTag);
        else if (LeavesNothing(to, message)) Respond(request, 488, "Not Acceptable Here", from.LocalTag);
        else if (invite || asUpdate) Pass(from, to, message, request, message.Method);
        else if (_step == Step.Talking) Pass(from, to, message, request, SipMethod.Invite);
        else Respond(request, 488, "Not Acceptable Here", from.LocalTag); // Early, and the other side has no UPDATE.
    }

    // 500: this side's own earlier offer has no answer yet (RFC 3261 §14.2, RFC 3311 §5.2). 491: one of the other side, or ours, is
    // under way; whoever gets it tries again a little later.
    private int? Conflict(Leg from, Leg? to, Branch branch, bool invite)
    {
        if (_relays.Exists(r => ReferenceEquals(r.From, from) && r.HadOffer)) return 500;
        if (_step != Step.Talking && (invite || !from.SessionAgreed || to is not { SessionAgreed: true }))
            return from.Id.IsA ? 500 : 491;
        if (!ReferenceEquals(branch, from.Selected) || OffersUnderWay(from) || to is not null && OffersUnderWay(to)) return 491;
        return null;
    }

    private bool OffersUnderWay(Leg leg) => _awaitsLateAnswer || leg.RefreshKey != 0
        || _pendingAcks.Count > 0 || _relays.Exists(r => r.HadOffer);

    private void RespondLater(ServerRequest request, Leg leg)
    {
        var writer = Writer;
        writer.Header(SipHeaderName.RetryAfter, Jitter(11)); // RFC 3261 §14.2: 0 to 10 s.
        Respond(request, 500, "Request Pending", leg.LocalTag, writer.ToArray());
    }

    // INFO, MESSAGE, NOTIFY: the body and what belongs to it.
    private void Carry(Leg from, SipMessage message, ServerRequest request)
    {
        var to = from.Id.IsA ? _attempt?.Leg : _a;
        if (IsOver || to?.Dialog is null) Respond(request, 481, "Call/Transaction Does Not Exist", from.LocalTag);
        else if (!to.MayGet(message.Method)) Respond(request, 405, "Method Not Allowed", from.LocalTag, AllowOnly(from));
        else Pass(from, to, message, request, message.Method);
    }

    private void Refer(Leg from, SipMessage message, ServerRequest request)
    {
        // Replaces names a dialog of this side, which the other side does not have.
        if (!message.TryGetHeader(SipHeaderName.ReferTo, out var target) || !NameAddress.TryParse(target, out var address)
            || address.TryGetUri(out var uri) && uri.Headers.IndexOf("Replaces"u8) >= 0)
        {
            Respond(request, 403, "Refer Not Allowed", from.LocalTag);
            return;
        }

        Carry(from, message, request);
    }

    private void Pass(Leg from, Leg to, SipMessage message, ServerRequest request, SipMethod method)
    {
        if (_relays.Count >= CallLimits.MaxRelays)
        {
            Respond(request, 500, "Too Many Requests Pending", from.LocalTag);
            return;
        }

        to.Dialog = to.Dialog!.NextRequest();
        var key = NextKey();
        var writer = Writer;
        var offers = method is SipMethod.Invite || method == SipMethod.Update && !message.Body.IsEmpty;
        to.Dialog.WriteRequest(writer, method, to.Dialog.LocalCSeq!.Value, Math.Max(0, (message.MaxForwards ?? 70) - 1));
        if (method is SipMethod.Invite or SipMethod.Update)
        {
            SipText.WriteContact(writer, to);
            WriteSession(writer, to);
        }
        else if (method == SipMethod.Refer)
        {
            SipText.WriteContact(writer, to);
            ReferText.Write(writer, message, from, to);
            _refer = (from, message.CSeqNumber, to.Dialog.LocalCSeq.Value);
        }
        else if (method == SipMethod.Notify)
        {
            SipText.WriteContact(writer, to);
            ReferText.WriteEvent(writer, message, ReferenceEquals(_refer.From, to) ? (_refer.ToCSeq, _refer.FromCSeq) : default);
        }

        SipText.CopyCarried(writer, message);
        var body = BodyTo(to, message);
        writer.Finish(body.Span);
        if (offers && !body.IsEmpty) to.SentSdp = body;
        _relays.Add(new Relay(from, to, request, key, method, offers)
        {
            CSeq = message.CSeqNumber,
            ReceivedMethod = message.Method,
            Timer = message.Method is SipMethod.Invite or SipMethod.Update ? TimerFor(from, message) : null,
            MustBeReliable = SipOptions.Has(message, SipHeaderName.Require, "100rel"u8),
        });
        Send(to, key, writer.ToArray());
    }

    private void RelayResponse(Relay relay, SipMessage response, DateTimeOffset now)
    {
        if (response.StatusCode < 200)
        {
            // Never reliable in a re-INVITE; to a caller who wants it so, none goes (RFC 3262 §3).
            if (response.StatusCode > 100 && relay is { ReceivedMethod: SipMethod.Invite, MustBeReliable: false })
                Respond(relay.Request, response.StatusCode, "", relay.From.LocalTag, HeadersOf(response, relay.From), BodyTo(relay.From, response));
            return;
        }

        _relays.Remove(relay);
        var ok = response.StatusCode < 300;
        relay.To.Learn(response);
        if (relay.To.Dialog is { } dialog && dialog.IsOfResponse(response)) relay.To.Dialog = dialog.ReceiveResponse(response);
        if (relay.Method == SipMethod.Invite && ok)
        {
            if (relay.ReceivedMethod == SipMethod.Invite)
            {
                relay.From.AnsweredInvite = relay.Request;
                _pendingAcks.Add((relay.From, relay.To, relay.CSeq, response.CSeqNumber));
            }
            else
            {
                SendAck(relay.To, response.CSeqNumber, null);
            }
        }

        // A challenge of the far side is not the near side's to answer: it has no password there. Its Min-SE is not, either.
        var status = response.StatusCode switch
        {
            401 or 407 => 403,
            422 => 500,
            var other => other,
        };
        var headers = HeadersOf(response, relay.From);
        if (ok && relay.ReceivedMethod is SipMethod.Invite or SipMethod.Update && _step == Step.Talking)
        {
            if (relay.To.Timer is not null) SessionRefreshed(relay.To, SessionTimer.OfUac(response), now);
            SessionRefreshed(relay.From, relay.Timer, now);
            headers = WithSession(relay.From, headers);
        }

        var body = BodyTo(relay.From, response);
        if (ok && !body.IsEmpty && relay.HadOffer) relay.From.SentSdp = body;
        Respond(
            relay.Request, status, System.Text.Encoding.UTF8.GetString(response.ReasonPhrase), relay.From.LocalTag, headers, body);
        if (response.StatusCode is 408 or 481) EndOfDeadPeer(relay, now);
    }

    private void RelayTimedOut(Relay relay, DateTimeOffset now)
    {
        _relays.Remove(relay);
        Respond(relay.Request, 408, "Request Timeout", relay.From.LocalTag);
        EndOfDeadPeer(relay, now);
    }

    // RFC 3261 §12.2.1.2, RFC 3311 §5.2: the dialog is no more. Other methods can fail alone (RFC 5057 §5).
    private void EndOfDeadPeer(Relay relay, DateTimeOffset now)
    {
        if (_step == Step.Talking && relay.Method is SipMethod.Invite or SipMethod.Update)
            End(now, EndDirection.Server, EndReason.ConnectionTimeout,
                $"The {(relay.To.Id.IsA ? "caller" : "vendor")} does not know the call any more.");
    }
}
