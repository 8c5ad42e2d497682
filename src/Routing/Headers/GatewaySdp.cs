using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Tandem.Shared.Configuration;
using Tandem.Sip.Sdp;

namespace Tandem.Routing.Headers;

/// <summary>What gateways' settings mean for session descriptions between them: pure; lists are made once per version and gateway.</summary>
public static class GatewaySdp
{
    private static readonly ConditionalWeakTable<object, SdpCodecs> Cache = [];

    /// <summary>Rules for descriptions of the caller that go to the vendor.</summary>
    public static SdpRules ToVendor(MappingGatewayConfiguration caller, RoutingGatewayConfiguration vendor) => new(
        Codecs(caller, caller.SipCodecs), Codecs(vendor, vendor.SipCodecs), Of(vendor.SipG729Annexb), Of(vendor.SipG723Annexa));

    /// <summary>Rules for descriptions of the vendor that go to the caller.</summary>
    public static SdpRules ToCaller(MappingGatewayConfiguration caller, RoutingGatewayConfiguration vendor) => new(
        Codecs(vendor, vendor.SipCodecs), Codecs(caller, caller.SipCodecs), Of(caller.SipG729Annexb), Of(caller.SipG723Annexa));

    private static SdpCodecs Codecs(object gateway, ImmutableArray<string> names)
    {
        if (names.IsEmpty) return SdpCodecs.All;
        return Cache.TryGetValue(gateway, out var known) ? known : Cache.GetValue(gateway, _ => new SdpCodecs(names));
    }

    private static SdpAnnex Of(AnnexMode mode) => mode switch
    {
        AnnexMode.Yes => SdpAnnex.Yes,
        AnnexMode.No => SdpAnnex.No,
        AnnexMode.Absent => SdpAnnex.Absent,
        _ => SdpAnnex.Keep, // auto: without transcoding the switch has no say of its own.
    };
}
