using Tandem.Interop.Tests.Calls;
using Tandem.Shared.Configuration;

namespace Tandem.Interop.Tests.Headers;

/// <summary>Who calls whom: what is read from the caller's INVITE, and what the vendor is told.</summary>
[Collection(SharedSwitch.Name)]
public sealed class IdentityTests(SwitchFixture @switch)
{
    private static readonly CallerInvite Everything = new()
    {
        From = "\"4930111\" <sip:493012345@caller.invalid>",
        Headers = "Remote-Party-ID: <sip:4930222@caller.invalid>;party=calling\r\n"
            + "P-Asserted-Identity: <sip:4930333@caller.invalid>\r\nP-Preferred-Identity: <sip:4930444@caller.invalid>\r\n",
    };

    [Theory]
    [InlineData(CallerDomain.From, "493012345")]
    [InlineData(CallerDomain.Display, "4930111")]
    [InlineData(CallerDomain.RemotePartyId, "4930222")]
    [InlineData(CallerDomain.PAssertedIdentity, "4930333")]
    [InlineData(CallerDomain.PPreferredIdentity, "4930444")]
    public async Task Caller_is_read_where_its_gateway_says(CallerDomain domain, string number)
    {
        var seen = await PlayedCall.SeenByVendorAsync(@switch, Everything, caller: g => g with { SipCallerE164Domain = domain });

        Assert.StartsWith(
            $"\"4930111\" <sip:{number}@{PlayedCall.HostIn(seen)}>;tag=", seen.Header("From"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CalleeDomain.RequestLine, "", true)]
    [InlineData(CalleeDomain.To, "999", false)]
    [InlineData(CalleeDomain.Diversion, "999", true)]
    public async Task Callee_is_read_where_its_gateway_says(CalleeDomain domain, string number, bool diverts)
    {
        using var call = await PlayedCall.PrepareAsync(@switch, caller: g => g with { SipCalleeE164Domain = domain });

        var seen = await call.InviteAsync(new CallerInvite
        {
            Number = number.Length > 0 ? number : null,
            Headers = diverts ? $"Diversion: <sip:{(number.Length > 0 ? call.Callee : "888")}@caller.invalid>\r\n" : "",
        });
        await call.RefuseAsync();

        Assert.StartsWith($"INVITE sip:{call.Callee}@", seen.StartLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Identities_are_sent_with_the_callers_number_and_display_name()
    {
        var seen = await PlayedCall.SeenByVendorAsync(
            @switch,
            new CallerInvite { From = "\"Ann\" <sip:493012345@caller.invalid>" },
            g => g with
            {
                SipPAssertedIdentity = IdentityMode.Caller,
                SipPPreferredIdentity = IdentityMode.Caller,
                SipRemotePartyId = true,
            });

        var identity = $"\"Ann\" <sip:493012345@{PlayedCall.HostIn(seen)}>";
        Assert.Equal(identity, seen.Header("P-Asserted-Identity"));
        Assert.Equal(identity, seen.Header("P-Preferred-Identity"));
        Assert.Equal(identity + ";party=calling;screen=yes;privacy=off", seen.Header("Remote-Party-ID"));
    }

    [Fact]
    public async Task Callers_own_identities_pass_without_its_host()
    {
        var seen = await PlayedCall.SeenByVendorAsync(
            @switch,
            Everything,
            g => g with { SipPAssertedIdentity = IdentityMode.Passthrough, SipPPreferredIdentity = IdentityMode.Passthrough });

        var host = PlayedCall.HostIn(seen);
        Assert.Equal($"<sip:4930333@{host}>", seen.Header("P-Asserted-Identity"));
        Assert.Equal($"<sip:4930444@{host}>", seen.Header("P-Preferred-Identity"));
        Assert.DoesNotContain("caller.invalid", seen.Head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Identities_and_display_name_are_left_out_where_the_gateway_wants_none()
    {
        var seen = await PlayedCall.SeenByVendorAsync(
            @switch,
            Everything,
            g => g with
            {
                SipDisplay = false,
                SipPAssertedIdentity = IdentityMode.None,
                SipPPreferredIdentity = IdentityMode.None,
                SipRemotePartyId = false,
            });

        Assert.StartsWith("<sip:493012345@", seen.Header("From"), StringComparison.Ordinal);
        Assert.Empty(seen.Lines("P-Asserted-Identity") + seen.Lines("P-Preferred-Identity") + seen.Lines("Remote-Party-ID"));
    }

    [Theory]
    [InlineData(PrivacyMode.None, "id", true, "")]
    [InlineData(PrivacyMode.Passthrough, "id", true, "id")]
    [InlineData(PrivacyMode.Passthrough, "none", false, "none")]
    [InlineData(PrivacyMode.Passthrough, "", false, "")]
    [InlineData(PrivacyMode.Id, "", true, "id")]
    [InlineData(PrivacyMode.NoneValue, "id", false, "none")]
    public async Task Privacy_hides_the_number_as_the_gateway_says(PrivacyMode mode, string asked, bool hides, string told)
    {
        var seen = await PlayedCall.SeenByVendorAsync(
            @switch,
            new CallerInvite { Headers = asked.Length > 0 ? $"Privacy: {asked}\r\n" : "" },
            g => g with { SipPrivacy = mode, SipPAssertedIdentity = IdentityMode.Caller });

        Assert.Equal(told, seen.Header("Privacy"));
        Assert.Equal(hides, seen.Header("From").Contains("<sip:anonymous@anonymous.invalid>", StringComparison.Ordinal));
        Assert.Equal(!hides, seen.Header("From").Contains("493012345", StringComparison.Ordinal));

        // A hidden number goes only beside the word that it is to be hidden (RFC 3325 §7).
        Assert.Equal(!hides || told == "id", seen.Header("P-Asserted-Identity").Contains("493012345", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Privacy_of_a_caller_without_privacy_support_is_not_heeded()
    {
        var seen = await PlayedCall.SeenByVendorAsync(
            @switch, new CallerInvite { Headers = "Privacy: id\r\n" }, caller: g => g with { SipPrivacySupport = false });

        Assert.Contains("493012345", seen.Header("From"), StringComparison.Ordinal);
        Assert.Empty(seen.Lines("Privacy"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task User_phone_is_told_in_all_URIs_of_numbers(bool told)
    {
        var seen = await PlayedCall.SeenByVendorAsync(@switch, new CallerInvite(), g => g with { SipUserPhone = told });

        foreach (var text in (string[])[seen.StartLine, seen.Header("From"), seen.Header("To")])
            Assert.Equal(told, text.Contains(";user=phone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Local_domain_stands_for_the_switch_in_From_and_Contact()
    {
        await using var domain = await @switch.WithParameterAsync("SS_SIP_LOCAL_DOMAIN", "sip.example.net");
        using var call = await PlayedCall.PrepareAsync(@switch);

        var seen = await call.InviteAsync(new CallerInvite());
        var answer = await call.AnswerAsync();
        await call.Vendor.ReceiveAsync("ACK");
        await call.HangUpAsync();

        Assert.StartsWith("<sip:493012345@sip.example.net>", seen.Header("From"), StringComparison.Ordinal);
        Assert.EndsWith("@sip.example.net", seen.ContactUri, StringComparison.Ordinal);
        Assert.EndsWith("@sip.example.net", answer.ContactUri, StringComparison.Ordinal);
    }
}
