using System.Text;
using Tandem.Routing.Headers;
using Tandem.Shared.Configuration;

namespace Tandem.Routing.Tests.Headers;

public sealed class CallerIdentityTests
{
    private const string All =
        "P-Asserted-Identity: \"Pa\" <sip:111@10.0.0.1>, <tel:+112>\r\nP-Preferred-Identity: <sip:222@10.0.0.1>\r\n"
        + "Remote-Party-ID: <sip:333@10.0.0.1>;party=calling\r\n";

    private const string Anonymous = "\"Anonymous\" <sip:anonymous@anonymous.invalid>";

    [Theory]
    [InlineData(CallerDomain.From, "493012345")]
    [InlineData(CallerDomain.PAssertedIdentity, "111")]
    [InlineData(CallerDomain.PPreferredIdentity, "222")]
    [InlineData(CallerDomain.RemotePartyId, "333")]
    public void Caller_is_taken_from_the_header_of_choice_and_from_From_without_it(CallerDomain domain, string number)
    {
        var gateway = new MappingGatewayConfiguration { SipCallerE164Domain = domain };

        Assert.Equal(number, CallerIdentity.Read(Invites.Of(All), gateway).Caller);
        Assert.Equal("493012345", CallerIdentity.Read(Invites.Of(), gateway).Caller);
    }

    [Theory]
    [InlineData("\"+49 (30) 123-45\"", "+493012345")]
    [InlineData("\"12*34#\"", "12*34#")]
    [InlineData("\"Ann\"", "777")]
    [InlineData("\"1a\"", "777")]
    [InlineData("", "777")]
    public void Display_name_counts_when_it_is_a_number(string display, string number)
    {
        var gateway = new MappingGatewayConfiguration { SipCallerE164Domain = CallerDomain.Display };

        Assert.Equal(number, CallerIdentity.Read(Invites.Of(from: display + " <sip:777@10.0.0.1>"), gateway).Caller);
    }

    [Theory]
    [InlineData(All, "111")]
    [InlineData("P-Preferred-Identity: <sip:222@10.0.0.1>\r\n", "222")]
    [InlineData("Remote-Party-ID: <sip:333@10.0.0.1>\r\n", "333")]
    [InlineData("P-Asserted-Identity: <tel:+4930;x=1>\r\n", "+4930")]
    [InlineData("", "anonymous")]
    public void Anonymous_From_gives_way_to_an_identity_and_hides_the_number(string headers, string number)
    {
        var identity = CallerIdentity.Read(Invites.Of(headers, Anonymous), new MappingGatewayConfiguration());

        Assert.Equal((number, true), (identity.Caller, identity.HidesNumber));
    }

    [Theory]
    [InlineData(CalleeDomain.RequestLine, "442012345678")]
    [InlineData(CalleeDomain.To, "4420")]
    [InlineData(CalleeDomain.Diversion, "555")]
    public void Callee_is_taken_from_the_place_of_choice(CalleeDomain domain, string number)
    {
        var invite = Invites.Of("Diversion: <sip:555@x>;reason=user-busy\r\nDiversion: <sip:556@x>\r\n");

        Assert.Equal(number, CallerIdentity.Read(invite, new MappingGatewayConfiguration { SipCalleeE164Domain = domain }).Callee);
    }

    [Fact]
    public void Callee_without_the_place_of_choice_is_that_of_the_request_line()
    {
        var gateway = new MappingGatewayConfiguration { SipCalleeE164Domain = CalleeDomain.Diversion };

        Assert.Equal("442012345678", CallerIdentity.Read(Invites.Of(), gateway).Callee);
    }

    [Theory]
    [Trait("RFC", "3323 §4.2")]
    [InlineData("id", PrivacyLevels.Id, true, false)]
    [InlineData("Header;User", PrivacyLevels.Header | PrivacyLevels.User, true, false)]
    [InlineData("header", PrivacyLevels.Header, false, false)]
    [InlineData("id;critical", PrivacyLevels.Id | PrivacyLevels.Critical, true, false)]
    [InlineData("session;critical", PrivacyLevels.Session | PrivacyLevels.Critical, false, true)]
    [InlineData("cloak;critical", PrivacyLevels.Other | PrivacyLevels.Critical, false, true)]
    [InlineData("session", PrivacyLevels.Session, false, false)]
    [InlineData("none", PrivacyLevels.None, false, false)]
    public void Privacy_is_read(string value, PrivacyLevels levels, bool hides, bool impossible)
    {
        var invite = Invites.Of($"Privacy: {value}\r\n");
        var identity = CallerIdentity.Read(invite, new MappingGatewayConfiguration());

        Assert.Equal((levels, hides, impossible), (identity.Privacy, identity.HidesNumber, PrivacyRequest.IsImpossible(identity.Privacy)));
        var deaf = CallerIdentity.Read(invite, new MappingGatewayConfiguration { SipPrivacySupport = false });
        Assert.Equal((PrivacyLevels.Unsaid, false), (deaf.Privacy, deaf.HidesNumber));
    }

    [Fact]
    public void Display_name_is_unescaped_and_has_no_controls()
    {
        var identity = CallerIdentity.Read(
            Invites.Of(from: "\"A \\\"n\\\\n\t!\" <sip:1@x>"), new MappingGatewayConfiguration());

        Assert.Equal("A \"n\\n !", Encoding.UTF8.GetString(identity.Display));
    }

    [Fact]
    public void Forwarding_is_recognised_only_when_set()
    {
        var invite = Invites.Of("Diversion: <sip:555@x>;reason=user-busy\r\n");

        Assert.Equal("555", CallerIdentity.Read(invite, new MappingGatewayConfiguration()).ForwardingNumber);
        Assert.Equal("", CallerIdentity.Read(invite, new MappingGatewayConfiguration { SipForwardSignal = false }).ForwardingNumber);
    }
}
