using Tandem.Routing.Calls;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Shared.Configuration;

namespace Tandem.Routing.Tests.Calls;

/// <summary>Requests that go again in another form: with credentials (RFC 3261 §22), to another place (§8.1.3.4).</summary>
public sealed class RetriedRequestTests
{
    private const string Challenge = "WWW-Authenticate: Digest realm=\"v\", nonce=\"n1\", qop=\"auth\", algorithm=MD5\r\n";
    private static readonly LegId Vendor = new(1);

    [Fact]
    public void Answers_a_vendors_challenge_with_the_gateways_credentials_and_uses_them_from_then_on()
    {
        var scene = Scene(g => g with { Password = "secret", SipAuthenticationUser = "me" });
        scene.VendorResponds(1, 401, headers: Challenge);
        var again = scene.Sent[^1].Message;
        Assert.Equal(2u, again.CSeqNumber);
        Assert.Contains("Authorization: Digest username=\"me\"", CallScene.Ascii(again.Raw.Span), StringComparison.Ordinal);
        Assert.Equal(CallScene.Sdp, CallScene.Ascii(again.Body.Span));
        Assert.Equal(CallScene.Ascii(scene.Sent[0].Message.CallId), CallScene.Ascii(again.CallId));
        Assert.Single(scene.Lines, l => l.Gateway == GatewayId.Routing("v1"));

        scene.VendorResponds(1, 200, body: CallScene.Sdp);
        Assert.Equal(2u, scene.Acks[^1].Message.CSeqNumber);
        Assert.Contains("Authorization: Digest", CallScene.Ascii(scene.Acks[^1].Message.Raw.Span), StringComparison.Ordinal);
        scene.CallerAcks();
        scene.CallerSends("BYE");
        var bye = scene.To(Vendor, "BYE")[0];
        Assert.Equal(3u, bye.CSeqNumber);
        Assert.Contains("nc=00000002", CallScene.Ascii(bye.Raw.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void Gives_a_vendor_up_that_refuses_the_credentials()
    {
        var scene = Scene(g => g with { Password = "wrong", StopSwitchSipCodes = [] });
        scene.VendorResponds(1, 401, headers: Challenge);
        scene.VendorResponds(1, 401, headers: Challenge.Replace("n1", "n2", StringComparison.Ordinal));
        Assert.Equal(2, scene.To(Vendor, "INVITE").Count);
        Assert.Equal((GatewayId.Routing("v2"), (byte)2), scene.Asked[^1]);
    }

    [Fact]
    public void Answers_again_when_the_nonce_is_stale()
    {
        var scene = Scene(g => g with { Password = "secret" });
        scene.VendorResponds(1, 401, headers: Challenge);
        scene.VendorResponds(1, 401, headers: Challenge.Replace("\"n1\"", "\"n2\", stale=true", StringComparison.Ordinal));
        Assert.Equal(3u, scene.To(Vendor, "INVITE")[^1].CSeqNumber);
        Assert.Contains("username=\"v1\"", CallScene.Ascii(scene.Sent[^1].Message.Raw.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void Has_no_answer_to_a_challenge_without_a_password()
    {
        var scene = Scene(g => g);
        scene.VendorResponds(1, 401, headers: Challenge);
        Assert.Equal([503], scene.CallerStatuses);
    }

    [Theory]
    [InlineData("INFO")]
    [InlineData("INVITE")]
    public void Answers_the_challenge_of_a_carried_request_and_the_caller_sees_only_the_end(string method)
    {
        var scene = Scene(g => g with { Password = "secret" });
        scene.VendorResponds(1, 200, body: CallScene.Sdp);
        scene.CallerAcks();
        var carried = scene.CallerSends(method, CallScene.Sdp);
        scene.VendorResponds(1, 407, method, headers: Challenge.Replace("WWW", "Proxy", StringComparison.Ordinal));
        var again = scene.To(Vendor, method)[^1];
        Assert.Equal(3u, again.CSeqNumber);
        Assert.Contains("Proxy-Authorization: Digest", CallScene.Ascii(again.Raw.Span), StringComparison.Ordinal);
        scene.VendorResponds(1, 200, method, CallScene.Sdp);
        Assert.Equal(200, scene.Answer(carried).Status);
    }

    [Fact]
    public void Answers_the_challenge_of_a_BYE_and_keeps_the_line_until_then()
    {
        var scene = Scene(g => g with { Password = "secret" });
        scene.VendorResponds(1, 200, body: CallScene.Sdp);
        scene.CallerAcks();
        scene.CallerSends("BYE");
        scene.VendorResponds(1, 401, "BYE", headers: Challenge);
        Assert.NotEmpty(scene.Lines);
        Assert.Equal(2, scene.To(Vendor, "BYE").Count);
        scene.VendorResponds(1, 200, "BYE");
        Assert.Empty(scene.Lines);
    }

    [Fact]
    public void Takes_the_registrations_credentials_for_a_gateway_that_registers()
    {
        var scene = Scene(
            g => g with { RegisterType = RegisterType.Registration, Registration = "trunk", RemoteIp = "10.1.0.1" },
            c => c with { Registrations = [new() { Name = "trunk", Username = "tel1", AuthenticationName = "auth1", Password = "p", ServerIp = "10.1.0.1" }] });
        scene.VendorResponds(1, 401, headers: Challenge);
        Assert.Contains("username=\"auth1\"", CallScene.Ascii(scene.Sent[^1].Message.Raw.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void Follows_the_contacts_of_a_redirection_in_the_order_of_q_within_the_gateways_line()
    {
        var scene = Scene(g => g with { SipRedirect = RedirectMode.Follow });
        scene.VendorResponds(1, 302, headers: "Contact: <sip:1@10.9.0.1>;q=0.3, <sip:2@10.9.0.2:5070>;q=0.8\r\n");
        Assert.Equal(("10.9.0.2:5070", "sip:2@10.9.0.2:5070"), Last());
        Assert.Equal(2u, scene.Sent[^1].Message.CSeqNumber);
        scene.VendorResponds(1, 404);
        Assert.Equal(("10.9.0.1:5060", "sip:1@10.9.0.1"), Last());
        Assert.Single(scene.Lines, l => l.Gateway.Kind == GatewayKind.Routing);
        scene.VendorResponds(1, 200, body: CallScene.Sdp);
        Assert.Equal([200], scene.CallerStatuses);
        Assert.Single(scene.Acks);

        (string Remote, string Uri) Last() => (scene.Sent[^1].Remote, CallScene.Ascii(scene.Sent[^1].Message.RequestUri));
    }

    [Fact]
    public void Ends_a_circle_of_redirections()
    {
        var scene = Scene(g => g with { SipRedirect = RedirectMode.Follow, StopSwitchSipCodes = [302] });
        scene.VendorResponds(1, 302, headers: "Contact: <sip:1@10.9.0.1>\r\n");
        scene.VendorResponds(1, 302, headers: "Contact: <sip:2@10.9.0.2>\r\n");
        scene.VendorResponds(1, 302, headers: "Contact: <sip:1@10.9.0.1>\r\n");
        Assert.Equal(3, scene.To(Vendor, "INVITE").Count);
        Assert.Equal([503], scene.CallerStatuses);
    }

    [Fact]
    public void Follows_no_more_redirections_in_a_row_than_the_bound()
    {
        var scene = Scene(g => g with { SipRedirect = RedirectMode.Follow, StopSwitchSipCodes = [302] });
        for (var i = 0; i < 9; i++) scene.VendorResponds(1, 302, headers: $"Contact: <sip:{i}@10.9.0.{i + 1}>\r\n");
        Assert.Equal(1 + 5, scene.To(Vendor, "INVITE").Count);
    }

    [Fact]
    public void Follows_nothing_when_the_gateway_does_not_say_so()
    {
        var scene = Scene(g => g with { StopSwitchSipCodes = [302] });
        scene.VendorResponds(1, 302, headers: "Contact: <sip:1@10.9.0.1>\r\n");
        Assert.Equal([503], scene.CallerStatuses);
        Assert.Single(scene.Sent);
    }

    private static CallScene Scene(
        Func<RoutingGatewayConfiguration, RoutingGatewayConfiguration> gateway,
        Func<SwitchConfiguration, SwitchConfiguration>? change = null)
    {
        var scene = new CallScene(c => (change ?? (x => x))(c with { RoutingGateways = [gateway(c.RoutingGateways[0]), c.RoutingGateways[1]] }));
        scene.StartAndAuthorise();
        scene.GrantVendor("v1", 1);
        return scene;
    }
}
