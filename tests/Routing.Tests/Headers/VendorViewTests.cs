using Tandem.Routing.Headers;
using Tandem.Shared.Configuration;

namespace Tandem.Routing.Tests.Headers;

public sealed class VendorViewTests
{
    private const string Asserted = "P-Asserted-Identity: \"Pa\" <sip:111@10.0.0.1:5070;x=y>, <tel:+112>, <sip:113@10.0.0.1>\r\n";

    [Fact]
    public void By_default_From_has_number_and_name_and_nothing_else_is_written()
    {
        Assert.Equal(
            ("From: \"Ann\" <sip:493012345@sw.example>;tag=t\r\n", ""), Seen(new RoutingGatewayConfiguration(), Asserted));
    }

    [Fact]
    public void Identities_pass_with_a_host_of_ours_or_carry_the_caller()
    {
        var gateway = new RoutingGatewayConfiguration
        {
            SipPAssertedIdentity = IdentityMode.Passthrough,
            SipPPreferredIdentity = IdentityMode.Caller,
            SipRemotePartyId = true,
            SipUserPhone = true,
        };

        Assert.Equal(
            ("From: \"Ann\" <sip:493012345@sw.example;user=phone>;tag=t\r\n",
                "P-Asserted-Identity: \"Pa\" <sip:111@sw.example;user=phone>\r\nP-Asserted-Identity: <tel:+112>\r\n"
                + "P-Preferred-Identity: \"Ann\" <sip:493012345@sw.example;user=phone>\r\n"
                + "Remote-Party-ID: \"Ann\" <sip:493012345@sw.example;user=phone>;party=calling;screen=yes;privacy=off\r\n"),
            Seen(gateway, Asserted));
    }

    [Fact]
    public void Display_name_is_left_out_when_set()
    {
        var gateway = new RoutingGatewayConfiguration { SipDisplay = false, SipPAssertedIdentity = IdentityMode.Caller };

        Assert.Equal(
            ("From: <sip:493012345@sw.example>;tag=t\r\n", "P-Asserted-Identity: <sip:493012345@sw.example>\r\n"), Seen(gateway, ""));
    }

    // What the caller asks, what the gateway is set to: is the number in From, is the identity sent, what does Privacy say.
    [Theory]
    [Trait("RFC", "3323, 3325 §7")]
    [InlineData("", PrivacyMode.Passthrough, true, true, "")]
    [InlineData("id", PrivacyMode.Passthrough, false, true, "id")]
    [InlineData("user", PrivacyMode.Passthrough, false, false, "user")]
    [InlineData("none", PrivacyMode.Passthrough, true, true, "none")]
    [InlineData("", PrivacyMode.None, true, true, "")]
    [InlineData("id", PrivacyMode.None, false, false, "")]
    [InlineData("", PrivacyMode.Id, false, true, "id")]
    [InlineData("none", PrivacyMode.Id, false, true, "id")]
    [InlineData("id", PrivacyMode.NoneValue, true, true, "none")]
    public void Privacy_hides_the_number_and_identities_go_only_where_they_stay_hidden(
        string asked, PrivacyMode mode, bool number, bool identity, string privacy)
    {
        var gateway = new RoutingGatewayConfiguration
        {
            SipPrivacy = mode,
            SipPAssertedIdentity = IdentityMode.Caller,
            SipRemotePartyId = true,
        };

        var (from, headers) = Seen(gateway, asked.Length == 0 ? "" : $"Privacy: {asked}\r\n");

        Assert.Equal(number, from.Contains("493012345", StringComparison.Ordinal));
        if (!number) Assert.Equal("From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=t\r\n", from);
        Assert.Equal(identity, headers.Contains("P-Asserted-Identity: \"Ann\" <sip:493012345@", StringComparison.Ordinal));
        Assert.Equal(identity && !number, headers.Contains("privacy=full", StringComparison.Ordinal));
        Assert.Equal(privacy.Length > 0, headers.Contains($"Privacy: {privacy}\r\n", StringComparison.Ordinal));
        if (privacy.Length == 0) Assert.DoesNotContain("Privacy:", headers, StringComparison.Ordinal);
    }

    [Fact]
    public void Anonymous_From_stays_anonymous_without_a_Privacy_header()
    {
        var gateway = new RoutingGatewayConfiguration { SipPAssertedIdentity = IdentityMode.Passthrough };

        Assert.Equal(
            ("From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=t\r\n", ""),
            Seen(gateway, Asserted, "<sip:anonymous@anonymous.invalid>"));
    }

    [Theory]
    [InlineData(ForwardSignal.None, false, false)]
    [InlineData(ForwardSignal.Diversion, true, false)]
    [InlineData(ForwardSignal.HistoryInfo, false, true)]
    [InlineData(ForwardSignal.Both, true, true)]
    public void Forwarding_is_told_as_set(ForwardSignal signal, bool diversion, bool history)
    {
        var (_, headers) = Seen(
            new RoutingGatewayConfiguration { SipForwardSignal = signal }, "Diversion: <sip:555@10.0.0.1>;reason=no-answer\r\n");

        Assert.Equal(diversion, headers.Contains("Diversion: <sip:555@sw.example>;reason=no-answer", StringComparison.Ordinal));
        Assert.Equal(
            history,
            headers.Contains("History-Info: <sip:555@sw.example>;index=1, <sip:44@sw.example;cause=408>", StringComparison.Ordinal));
    }

    [Fact]
    public void Custom_headers_stand_once_and_before_the_callers_own()
    {
        var gateway = new RoutingGatewayConfiguration
        {
            SipInviteHeaders = ["X-Trunk: 7", "Subject : a b"],
            SipExtraHeaders = ExtraHeaders.All,
        };

        Assert.Equal(
            "X-Trunk: 7\r\nSubject: a b\r\nX-Free: yes\r\n",
            Seen(gateway, "X-Trunk: 6\r\ns: spoofed\r\nSubject: spoofed\r\nX-Free: yes\r\n").Headers.Replace("s: spoofed\r\n", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ExtraHeaders.None, "")]
    [InlineData(ExtraHeaders.All, "X-One: 1\r\nx-two: 2\r\nSubject: hi\r\nUser-to-User: 00\r\n")]
    [InlineData(ExtraHeaders.Listed, "x-two: 2\r\nUser-Agent: phone\r\n")]
    public void Extra_headers_pass_all_or_as_listed_but_never_what_settings_or_hops_own(ExtraHeaders mode, string passed)
    {
        var gateway = new RoutingGatewayConfiguration { SipExtraHeaders = mode, SipExtraHeaderNames = ["X-Two", "user-agent", "Privacy"] };

        var (_, headers) = Seen(
            gateway,
            "X-One: 1\r\nx-two: 2\r\nSubject: hi\r\nUser-Agent: phone\r\nRecord-Route: <sip:10.0.0.1;lr>\r\nRoute: <sip:192.0.2.1;lr>\r\n"
            + "P-Visited-Network-ID: home\r\nP-Charging-Vector: icid-value=1\r\nUser-to-User: 00\r\nReason: Q.850;cause=1\r\n"
            + "Supported: timer\r\nProxy-Authorization: Digest x=1\r\nP-Asserted-Identity: <sip:1@10.0.0.1>\r\n");

        Assert.Equal(passed, headers);
    }

    [Fact]
    public void Extra_headers_are_bounded()
    {
        var many = string.Concat(Enumerable.Range(0, 60).Select(i => $"X-{i}: {new string('a', 400)}\r\n"));

        var (_, headers) = Seen(new RoutingGatewayConfiguration { SipExtraHeaders = ExtraHeaders.All }, many);

        Assert.InRange(headers.Length, 7_000, GatewayHeaders.MaxExtraBytes);
    }

    private static (string From, string Headers) Seen(
        RoutingGatewayConfiguration gateway, string headers, string from = "\"Ann\" <sip:493012345@10.0.0.1>")
    {
        var invite = Invites.Of(headers, from);
        var identity = CallerIdentity.Read(invite, new MappingGatewayConfiguration());
        var view = new VendorView(gateway, identity, invite, identity.Caller, "44", "sw.example");
        return (Invites.Written(w => view.WriteFrom(w, "t")), Invites.Written(w => view.WriteHeaders(w)));
    }
}
