using System.Text;
using Tandem.Routing.Headers;
using Tandem.Shared.Calls;
using Tandem.Shared.Configuration;
using Tandem.Sip.Messages;
using Tandem.Sip.Sdp;

namespace Tandem.Routing.Calls;

// What one side's session descriptions become for the other side.
public sealed partial class CallMachine
{
    private (Attempt Attempt, SipMessage Response)? _ringSdp;
    private bool _sdpIsMalformed;

    /// <summary>The body of a message as it goes on to a leg.</summary>
    private ReadOnlyMemory<byte> BodyTo(Leg to, SipMessage message)
    {
        Rewrite(to, message, out var body);
        return body;
    }

    /// <summary>True when the gateways' codecs leave nothing of an offer that would go on to a leg.</summary>
    private bool LeavesNothing(Leg to, SipMessage offer) => Rewrite(to, offer, out _) == SdpOutcome.NothingLeft;

    private SdpOutcome Rewrite(Leg to, SipMessage message, out ReadOnlyMemory<byte> body)
    {
        body = message.Body;
        if (body.IsEmpty || (to.Id.IsA ? _attempt : AttemptOf(to)) is not { Gateway: var vendor }) return SdpOutcome.Unchanged;
        var rules = to.Id.IsA ? GatewaySdp.ToCaller(_mapping, vendor) : GatewaySdp.ToVendor(_mapping, vendor);
        return rules.ChangeNothing ? SdpOutcome.Unchanged : Rewrite(message, rules, out body);
    }

    private SdpOutcome Rewrite(SipMessage message, in SdpRules rules, out ReadOnlyMemory<byte> body)
    {
        body = message.Body;
        if (!SipText.HasSdp(message)) return SdpOutcome.Unchanged;
        var outcome = SdpRewriter.Rewrite(message.Body, rules, out body);
        if (outcome != SdpOutcome.Malformed || _sdpIsMalformed) return outcome;
        _sdpIsMalformed = true;
        SdpMetrics.Malformed.Add(1);
        Note("A session description does not follow the grammar: it is carried as it is.");
        return outcome;
    }

    // The caller's offer against the codecs of a candidate: nothing is asked of a gateway that could not take the call.
    private CallRejection? CheckCodecs(RoutingGatewayConfiguration vendor)
    {
        if (_mapping.SipCodecs.IsEmpty && vendor.SipCodecs.IsEmpty) return null;
        return Rewrite(_invite, GatewaySdp.ToVendor(_mapping, vendor), out _) == SdpOutcome.NothingLeft
            ? new CallRejection(EndReason.CodecMismatch, $"No codec of the offer is allowed for {_mapping.Name} and {vendor.Name}.")
            : null;
    }

    /// <summary>How a provisional response of the vendor looks to the caller (sipRemoteRingSignal).</summary>
    private (int Status, string Phrase, SipMessage Source) RingSignal(SipMessage response)
    {
        var asIs = (response.StatusCode, Encoding.UTF8.GetString(response.ReasonPhrase), response);
        if (_mapping.SipRemoteRingSignal == RemoteRingSignal.Passthrough || response.StatusCode is not (180 or 183)) return asIs;
        if (SipText.HasSdp(response)) _ringSdp = (_attempt!, response);
        if (_ringSdp is not { } known || !ReferenceEquals(known.Attempt, _attempt)) return asIs; // There is no SDP to show yet.
        return (_mapping.SipRemoteRingSignal == RemoteRingSignal.ProgressSdp ? 183 : 180, "", known.Response);
    }
}
