using Tandem.Interop.Tests.Calls;
using Tandem.Shared.Configuration;

namespace Tandem.Interop.Tests.Headers;

/// <summary>Forwarded calls: Diversion (RFC 5806) and History-Info (RFC 7044), recognised and sent.</summary>
[Collection(SharedSwitch.Name)]
public sealed class ForwardingTests(SwitchFixture @switch)
{
    private static readonly CallerInvite Diverted = new()
    {
        Headers = "Diversion: <sip:4930555@caller.invalid>;reason=user-busy;counter=2;privacy=off\r\n",
    };

    [Theory]
    [InlineData(ForwardSignal.None, false, false)]
    [InlineData(ForwardSignal.Diversion, true, false)]
    [InlineData(ForwardSignal.HistoryInfo, false, true)]
    [InlineData(ForwardSignal.Both, true, true)]
    public async Task Forwarding_is_told_as_the_gateway_says(ForwardSignal signal, bool diversion, bool history)
    {
        using var call = await PlayedCall.PrepareAsync(@switch, g => g with { SipForwardSignal = signal });

        var seen = await call.InviteAsync(Diverted);
        await call.RefuseAsync();

        var host = PlayedCall.HostIn(seen);
        Assert.Equal(
            diversion ? $"<sip:4930555@{host}>;reason=user-busy;counter=2;privacy=off" : "", seen.Header("Diversion"));
        Assert.Equal(
            history ? $"<sip:4930555@{host}>;index=1, <sip:{call.Callee}@{host};cause=486>;index=1.1;mp=1" : "",
            seen.Header("History-Info"));
    }

    [Fact]
    public async Task History_Info_of_the_caller_is_recognised_and_told_as_Diversion()
    {
        var seen = await PlayedCall.SeenByVendorAsync(
            @switch,
            new CallerInvite
            {
                Headers = "History-Info: <sip:4930555@caller.invalid>;index=1,"
                    + "<sip:1@caller.invalid;cause=302>;index=1.1;mp=1\r\n",
            },
            g => g with { SipForwardSignal = ForwardSignal.Diversion });

        Assert.Equal(
            $"<sip:4930555@{PlayedCall.HostIn(seen)}>;reason=unconditional;counter=1;privacy=off", seen.Header("Diversion"));
    }

    [Fact]
    public async Task Forwarding_is_not_told_when_the_callers_gateway_does_not_recognise_it()
    {
        var seen = await PlayedCall.SeenByVendorAsync(
            @switch, Diverted, g => g with { SipForwardSignal = ForwardSignal.Both }, g => g with { SipForwardSignal = false });

        Assert.Empty(seen.Lines("Diversion") + seen.Lines("History-Info"));
    }

    [Theory]
    [InlineData("4930", true, true, 0)]
    [InlineData("4930", false, true, 1)]
    [InlineData("33", true, true, 1)]
    [InlineData("33", false, true, 0)]
    [InlineData("33", true, false, 0)]
    public async Task Vendor_is_chosen_by_the_number_that_forwarded(string prefix, bool allow, bool recognised, int chosen)
    {
        using var call = await PlayedCall.PrepareManyAsync(
            @switch,
            g => g with { SipForwardSignal = recognised },
            g => g with { CallinForwardPrefixes = [prefix], CallinForwardPrefixesAllow = allow },
            g => g);

        var seen = await call.InviteAsync(Diverted, chosen);
        await call.RefuseAsync(vendor: chosen);

        Assert.Equal($"INVITE sip:{call.Callee}@{call.Vendors[chosen].Local.Address} SIP/2.0", seen.StartLine);
    }
}
