using System.Buffers.Text;
using System.Security.Cryptography;
using Tandem.Shared.Calls;
using Tandem.Shared.Configuration;
using Tandem.Sip.Dialogs;
using Tandem.Sip.Messages;

namespace Tandem.Routing.Calls;

// Reliable provisional responses (RFC 3262), on each leg for itself. When both legs are reliable, the PRACK of a response with a
// session description goes the whole way, since it may carry an answer or an offer; every other PRACK ends here.
public sealed partial class CallMachine
{
    private ReliableProvisionals? _provisionals;
    private (Attempt Attempt, SipMessage Response)? _heldAnswer;

    /// <summary>A vendor's reliable provisional response whose PRACK waits for the caller's.</summary>
    private sealed record HeldPrack(Attempt Attempt, Branch Branch, uint RSeq, uint CSeq, bool HasSdp);

    private static LegFeatures FeaturesOf(MappingGatewayConfiguration gateway) =>
        (gateway.Sip100Rel ? LegFeatures.Reliable : LegFeatures.None)
        | (gateway.SipTimer ? LegFeatures.Timer : LegFeatures.None)
        | (gateway.SipRefer == ReferMode.Carry ? LegFeatures.Refer : LegFeatures.None);

    private LegFeatures FeaturesOf(RoutingGatewayConfiguration gateway)
    {
        var features = (gateway.SipTimer ? LegFeatures.Timer : LegFeatures.None)
            | (gateway.SipRefer == ReferMode.Carry ? LegFeatures.Refer : LegFeatures.None);

        // An offer in a reliable response has its answer in the PRACK: not without a caller who can give one.
        return gateway.Sip100Rel && (!_invite.Body.IsEmpty || _provisionals is not null) ? features | LegFeatures.Reliable : features;
    }

    // Require of the caller's INVITE has been looked at by the edge; what is left is what the gateway switches off.
    private void ReadExtensions()
    {
        _a.Features = FeaturesOf(_mapping);
        _a.Learn(_invite);
        if (_a.Features.HasFlag(LegFeatures.Reliable) && SipOptions.Offers(_invite, "100rel"u8))
            _provisionals = new ReliableProvisionals(_configuration.Parameters.T1, (uint)RandomNumberGenerator.GetInt32(1, int.MaxValue / 2));
    }

    private CallRejection? CheckExtensions()
    {
        foreach (var option in (ReadOnlySpan<(string Name, LegFeatures Feature)>)
            [("100rel", LegFeatures.Reliable), ("timer", LegFeatures.Timer)])
        {
            if (_a.Features.HasFlag(option.Feature)
                || !SipOptions.Has(_invite, SipHeaderName.Require, System.Text.Encoding.ASCII.GetBytes(option.Name))) continue;
            var writer = Writer;
            writer.Header(SipHeaderName.Unsupported, option.Name);
            _refusal = new CallerRefusal(420, "Bad Extension", writer.ToArray());
            return new CallRejection(
                EndReason.ProtocolLimit, $"The INVITE requires {option.Name}, which mapping gateway {_mapping.Name} has switched off.");
        }

        return CheckSessionInterval();
    }

    // Takes a vendor's provisional response in: false when it is a repeat, or came before its turn (RFC 3262 §4).
    private static bool TakeReliable(Leg leg, Branch? branch, SipMessage response, out uint rseq)
    {
        rseq = 0;
        if (!leg.Features.HasFlag(LegFeatures.Reliable) || !SipOptions.Has(response, SipHeaderName.Require, "100rel"u8)) return true;
        if (branch is null || !response.TryGetHeader(SipHeaderName.RSeq, out var text)
            || !Utf8Parser.TryParse(text, out uint number, out _) || number == 0) return false;
        if (branch.LastRSeq != 0 && number != branch.LastRSeq + 1) return false;
        branch.LastRSeq = rseq = number;
        return true;
    }

    /// <summary>The one place where a provisional response goes to the caller.</summary>
    private void SendProgress(
        int status, string phrase, ReadOnlyMemory<byte> headers, ReadOnlyMemory<byte> body, HeldPrack? held, DateTimeOffset now)
    {
        if (!body.IsEmpty) _a.SentSdp = body;
        if (_provisionals is not { } provisionals || IsPreviewOfOffer(body, held))
        {
            Respond(_inviteRequest!.Value, status, phrase, _a.LocalTag, headers, body);
            return;
        }

        if (provisionals.IsFull)
        {
            if (held is not null) SendPrack(held, null);
            return;
        }

        if (provisionals.Add(status, phrase, headers, body, held, now) is { } first) SendReliable(first);
        ScheduleProvisional(now);
    }

    // An INVITE without offer, and a vendor whose offer is not reliable: it cannot be made so here, since its answer would come too
    // early for the vendor.
    private bool IsPreviewOfOffer(ReadOnlyMemory<byte> body, HeldPrack? held) =>
        _invite.Body.IsEmpty && !body.IsEmpty && held is null;

    private void SendReliable(ReliableProvisional response)
    {
        var writer = Writer;
        writer.Header(SipHeaderName.Require, "100rel"u8);
        writer.Header(SipHeaderName.RSeq, response.RSeq);
        writer.Raw(response.Headers.Span);
        Respond(_inviteRequest!.Value, response.Status, response.Phrase, _a.LocalTag, writer.ToArray(), response.Body);
    }

    private void ScheduleProvisional(DateTimeOffset now)
    {
        if (_provisionals?.DueAt is { } due) _output.StartTimer(CallTimer.Provisional, NotNegative(due - now));
        else _output.StopTimer(CallTimer.Provisional);
    }

    private void ProvisionalDue(DateTimeOffset now)
    {
        if (_provisionals is not { } provisionals || IsOver) return;
        if (provisionals.Due(now, out var gaveUp) is { } repeat) SendReliable(repeat);
        if (gaveUp)
        {
            _refusal = new CallerRefusal(504, "Server Time-out", default); // RFC 3262 §3: a 5xx.
            End(now, EndDirection.Server, EndReason.ConnectionTimeout, "The caller never sent PRACK for a reliable provisional response.");
            return;
        }

        ScheduleProvisional(now);
    }

    private void StopProvisionals()
    {
        _provisionals?.Clear();
        _output.StopTimer(CallTimer.Provisional);
    }

    private void PrackReceived(Leg leg, SipMessage prack, ServerRequest request, DateTimeOffset now)
    {
        if (!RAck.TryRead(prack, out var ack))
        {
            Respond(request, 400, "Bad RAck", leg.LocalTag);
            return;
        }

        ReliableProvisional? next = null;
        if (!leg.Id.IsA || _provisionals?.Acknowledge(ack, _invite.CSeqNumber, now, out next) is not { } acknowledged)
        {
            Respond(request, 481, "No Such Provisional Response", leg.LocalTag);
            return;
        }

        if (next is not null) SendReliable(next);
        ScheduleProvisional(now);
        if (!acknowledged.Body.IsEmpty) _a.SessionAgreed = true;
        var held = acknowledged.Context as HeldPrack;
        if (held is not null && !ReferenceEquals(held.Attempt, _attempt)) held = null; // Given up in the meantime.
        if (prack.Body.IsEmpty)
        {
            Respond(request, 200, "OK", leg.LocalTag);
            if (held is not null) SendPrack(held, null);
        }
        else if (held is not null)
        {
            SendPrack(held, new Carried(prack, request));
        }
        else
        {
            OfferWithoutPrack(prack, request);
        }

        if (_heldAnswer is { } answer && !_provisionals.HoldsAnswerBack)
        {
            _heldAnswer = null;
            if (_step == Step.Inviting) Answer(answer.Attempt, answer.Response, now);
        }
    }

    // An offer in the PRACK of a response that was not reliable at the vendor: its own PRACK cannot carry it, UPDATE can.
    private void OfferWithoutPrack(SipMessage prack, ServerRequest request)
    {
        if (_attempt?.Leg is { SessionAgreed: true, Dialog: not null } to && to.Gets(SipMethod.Update)) Pass(_a, to, prack, request, SipMethod.Update);
        else Respond(request, 488, "Not Acceptable Here", _a.LocalTag);
    }

    // A caller's PRACK that goes on to the vendor, whose answer is the answer to it.
    private sealed record Carried(SipMessage Prack, ServerRequest Request);

    private void SendPrack(HeldPrack held, Carried? carried)
    {
        var (leg, branch) = (held.Attempt.Leg, held.Branch);
        if (IsOver || !ReferenceEquals(held.Attempt, _attempt)) return;
        branch.Dialog = branch.Dialog.NextRequest();
        var writer = Writer;
        branch.Dialog.WriteRequest(writer, SipMethod.Prack, branch.Dialog.LocalCSeq!.Value);
        writer.BeginHeader(SipHeaderName.RAck);
        writer.Append(held.RSeq);
        writer.Append(" "u8);
        writer.Append(held.CSeq);
        writer.Append(" INVITE"u8);
        writer.EndHeader();
        var body = carried is null ? default : BodyTo(leg, carried.Prack);
        if (carried is not null) SipText.CopyCarried(writer, carried.Prack);
        writer.Finish(body.Span);
        var key = NextKey();
        if (carried is not null)
        {
            leg.SentSdp = body;
            _relays.Add(new Relay(_a, leg, carried.Request, key, SipMethod.Prack, true) { CSeq = carried.Prack.CSeqNumber });
        }

        leg.SessionAgreed |= held.HasSdp;
        Send(leg, key, writer.ToArray());
    }
}

/// <summary>A final status to the caller that is not the one of the end reason, with header lines of its own.</summary>
internal sealed record CallerRefusal(int Status, string Phrase, byte[]? Headers);
