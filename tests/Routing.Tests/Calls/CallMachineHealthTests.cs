using System.Text;
using Tandem.Shared.Calls;
using Tandem.Shared.Configuration;

namespace Tandem.Routing.Tests.Calls;

/// <summary>Vendors that ask for a pause, and vendors that are hosts.</summary>
public sealed class CallMachineHealthTests
{
    [Theory]
    [InlineData(503, "3 (full)", 3)]
    [InlineData(480, "7;duration=60", 7)]
    [InlineData(600, "99999", 3600)]
    [InlineData(486, "3", null)]
    [InlineData(503, "soon", null)]
    public void Suspends_a_vendor_that_asks_for_it_with_its_failure(int status, string retryAfter, int? seconds)
    {
        var scene = new CallScene();
        scene.StartAndAuthorise();
        scene.GrantVendor("v1", 1);
        VendorFails(scene, status, retryAfter);
        if (seconds is null) Assert.Empty(scene.Health.Suspended);
        else Assert.Equal(("v1", TimeSpan.FromSeconds(seconds.Value)), (scene.Health.Suspended[0].Gateway, scene.Health.Suspended[0].Pause));
    }

    [Fact]
    public void Does_not_suspend_a_vendor_whose_pauses_are_not_honoured()
    {
        var scene = new CallScene(c => c with { RoutingGateways = [.. c.RoutingGateways.Select(g => g with { SipRetryAfter = false })] });
        scene.StartAndAuthorise();
        scene.GrantVendor("v1", 1);
        VendorFails(scene, 503, "3");
        Assert.Empty(scene.Health.Suspended);
    }

    [Fact]
    public void Goes_on_with_the_address_that_answered_for_a_host()
    {
        var scene = new CallScene(c => c with
        {
            RoutingGateways = [.. c.RoutingGateways.Select(g => g with { RemoteIp = "vendor.test", SignalPort = 0 })],
        });
        scene.StartAndAuthorise();
        scene.GrantVendor("v1", 1);
        Assert.Equal("udp:vendor.test", scene.Sent[0].Remote);
        Assert.Equal("sip:442012345678@vendor.test", CallScene.Ascii(scene.Sent[0].Message.RequestUri));
        Respond(scene, "100 Trying", "", "198.51.100.7:5071");
        Respond(scene, "200 OK", $"Contact: <sip:v@198.51.100.8>\r\nContent-Type: application/sdp\r\n", "198.51.100.8:5072", CallScene.Sdp);
        scene.CallerAcks();
        scene.CallerSends("BYE");
        Assert.Equal("198.51.100.8:5072", scene.Sent[^1].Remote);
    }

    private static void VendorFails(CallScene scene, int status, string retryAfter) =>
        Respond(scene, $"{status} No", $"Retry-After: {retryAfter}\r\n", "10.1.0.1:5060");

    private static void Respond(CallScene scene, string status, string headers, string source, string body = "")
    {
        var (_, key, _, invite) = scene.Sent[0];
        var text = $"SIP/2.0 {status}\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: {CallScene.Ascii(invite.From)}\r\n"
            + $"To: {CallScene.Ascii(invite.To)};tag=v\r\nCall-ID: {CallScene.Ascii(invite.CallId)}\r\nCSeq: 1 INVITE\r\n{headers}"
            + $"Content-Length: {body.Length}\r\n\r\n{body}";
        scene.Machine.Response(new CallCommands.Response(scene.Id, key, source, Encoding.ASCII.GetBytes(text)), scene.Now);
    }
}
