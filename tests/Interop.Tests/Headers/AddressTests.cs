using System.Net;
using Tandem.Interop.Tests.Calls;
using Tandem.Shared.Configuration;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Headers;

/// <summary>Where responses and requests in a dialog go.</summary>
[Collection(SharedSwitch.Name)]
public sealed class AddressTests(SwitchFixture @switch)
{
    private const int Port = 5070;

    [Theory]
    [InlineData(ResponseAddressMethod.Socket)]
    [InlineData(ResponseAddressMethod.ViaPort)]
    [InlineData(ResponseAddressMethod.Via)]
    public async Task Responses_go_where_the_callers_gateway_says(ResponseAddressMethod method)
    {
        using var call = await PlayedCall.PrepareAsync(@switch, caller: g => g with { SipResponseAddressMethod = method });
        using var elsewhere = new RawPeer(Loopback.NextEndPoint(Port));
        using var otherPort = new RawPeer(new IPEndPoint(call.Caller.Local.Address, Port));
        var expected = method switch
        {
            ResponseAddressMethod.Socket => call.Caller,
            ResponseAddressMethod.ViaPort => otherPort,
            _ => elsewhere,
        };

        await call.InviteAsync(new CallerInvite { SentBy = elsewhere.Local.ToString() });
        call.Respond("486 Busy Here");

        Assert.Equal(486, (await call.FinalAsync(expected)).Status);
    }

    [Theory]
    [InlineData(RequestAddressMethod.Socket)]
    [InlineData(RequestAddressMethod.ContactPort)]
    [InlineData(RequestAddressMethod.Contact)]
    public async Task Requests_to_the_caller_go_where_its_gateway_says(RequestAddressMethod method)
    {
        using var call = await PlayedCall.PrepareAsync(@switch, caller: g => g with { SipRequestAddressMethod = method });
        using var elsewhere = new RawPeer(Loopback.NextEndPoint(Port));
        using var otherPort = new RawPeer(new IPEndPoint(call.Caller.Local.Address, Port));
        await call.InviteAsync(new CallerInvite { Contact = elsewhere.Local.ToString() });
        await call.AnswerAsync();
        await call.Vendor.ReceiveAsync("ACK");

        var bye = await call.VendorHangsUpAsync(at: Expected(method, call.Caller, otherPort, elsewhere));

        Assert.Equal($"BYE sip:caller@{elsewhere.Local} SIP/2.0", bye.StartLine);
    }

    [Theory]
    [InlineData(RequestAddressMethod.Socket)]
    [InlineData(RequestAddressMethod.ContactPort)]
    [InlineData(RequestAddressMethod.Contact)]
    public async Task Requests_to_the_vendor_go_where_its_gateway_says(RequestAddressMethod method)
    {
        using var call = await PlayedCall.PrepareAsync(@switch, g => g with { SipRequestAddressMethod = method });
        using var elsewhere = new RawPeer(Loopback.NextEndPoint(Port));
        using var otherPort = new RawPeer(new IPEndPoint(call.Vendor.Local.Address, Port));
        await call.InviteAsync(new CallerInvite());
        await call.AnswerAsync(contact: elsewhere.Local.ToString());
        var expected = Expected(method, call.Vendor, otherPort, elsewhere);

        await expected.ReceiveAsync("ACK");
        var bye = await call.HangUpAsync(at: expected);

        Assert.Equal($"BYE sip:far@{elsewhere.Local} SIP/2.0", bye.StartLine);
    }

    private static RawPeer Expected(RequestAddressMethod method, RawPeer socket, RawPeer otherPort, RawPeer elsewhere) =>
        method switch
        {
            RequestAddressMethod.Socket => socket,
            RequestAddressMethod.ContactPort => otherPort,
            _ => elsewhere,
        };
}
