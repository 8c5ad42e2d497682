using System.Text;
using Tandem.Interop.Tests.Calls;
using Tandem.Shared.Configuration;

namespace Tandem.Interop.Tests.Headers;

/// <summary>Codecs and their annexes in the session descriptions of both directions.</summary>
[Collection(SharedSwitch.Name)]
public sealed class CodecTests(SwitchFixture @switch)
{
    private const string Session = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";
    private const string G729 = "a=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=yes\r\n";
    private const string G723 = "a=rtpmap:4 G723/8000\r\na=fmtp:4 annexa=yes\r\n";
    private const string Both = Session + "m=audio 4000 RTP/AVP 18 4\r\n" + G729 + G723;

    [Theory]
    [InlineData(AnnexMode.Yes, "a=fmtp:18 annexb=yes\r\n")]
    [InlineData(AnnexMode.No, "a=fmtp:18 annexb=no\r\n")]
    [InlineData(AnnexMode.Absent, "")]
    [InlineData(AnnexMode.Passthrough, "a=fmtp:18 annexb=yes\r\n")]
    public async Task Annexb_of_G729_is_told_to_both_sides_as_their_gateways_say(AnnexMode mode, string line)
    {
        var (offer, answer) = await ExchangeAsync(g => g with { SipG729Annexb = mode }, g => g with { SipG729Annexb = mode });

        var expected = Both.Replace("a=fmtp:18 annexb=yes\r\n", line, StringComparison.Ordinal);
        Assert.Equal(expected, offer);
        Assert.Equal(expected, answer);
    }

    [Theory]
    [InlineData(AnnexMode.Yes, "a=fmtp:4 annexa=yes\r\n")]
    [InlineData(AnnexMode.No, "a=fmtp:4 annexa=no\r\n")]
    [InlineData(AnnexMode.Absent, "")]
    [InlineData(AnnexMode.Passthrough, "a=fmtp:4 annexa=yes\r\n")]
    public async Task Annexa_of_G723_is_told_to_both_sides_as_their_gateways_say(AnnexMode mode, string line)
    {
        var (offer, answer) = await ExchangeAsync(g => g with { SipG723Annexa = mode }, g => g with { SipG723Annexa = mode });

        var expected = Both.Replace("a=fmtp:4 annexa=yes\r\n", line, StringComparison.Ordinal);
        Assert.Equal(expected, offer);
        Assert.Equal(expected, answer);
    }

    [Fact]
    public async Task Codecs_that_a_gateway_does_not_list_are_taken_out()
    {
        var (offer, _) = await ExchangeAsync(g => g with { SipCodecs = ["G723"] }, g => g);

        Assert.Equal(Session + "m=audio 4000 RTP/AVP 4\r\n" + G723, offer);
    }

    [Fact]
    public async Task Offer_of_which_no_codec_is_left_gets_488_and_no_vendor_sees_it()
    {
        using var call = await PlayedCall.PrepareAsync(
            @switch, vendor: g => g with { SipCodecs = ["G723"] }, caller: g => g with { SipCodecs = ["G729"] });

        call.Send(new CallerInvite { Offer = Both });

        Assert.Equal(488, (await call.FinalAsync()).Status);
        Assert.Null(await call.Vendor.TryReceiveAsync(TimeSpan.FromMilliseconds(50)));
    }

    private async Task<(string Offer, string Answer)> ExchangeAsync(
        Func<RoutingGatewayConfiguration, RoutingGatewayConfiguration> vendor,
        Func<MappingGatewayConfiguration, MappingGatewayConfiguration> caller)
    {
        using var call = await PlayedCall.PrepareAsync(@switch, vendor, caller);
        var offer = await call.InviteAsync(new CallerInvite { Offer = Both });
        var answer = await call.AnswerAsync(Both);
        await call.Vendor.ReceiveAsync("ACK");
        await call.HangUpAsync();
        return (Encoding.Latin1.GetString(offer.Body), Encoding.Latin1.GetString(answer.Body));
    }
}
