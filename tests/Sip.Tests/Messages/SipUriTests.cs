using System.Net;
using Tandem.Sip.Messages;
using static Tandem.Sip.Tests.Parsing.TestMessages;

namespace Tandem.Sip.Tests.Messages;

public sealed class SipUriTests
{
    [Fact]
    public void Reads_all_parts()
    {
        Assert.True(SipUri.TryParse(
            "sips:alice;day=tuesday:secret@[2001:db8::1]:5061;transport=tcp;lr;x=%41?subject=a%20b&priority=urgent"u8,
            out var uri));

        Assert.Equal(SipUriScheme.Sips, uri.Scheme);
        Assert.True(uri.HasUser);
        Assert.Equal("alice;day=tuesday", Text(uri.User));
        Assert.Equal("secret", Text(uri.Password));
        Assert.Equal("[2001:db8::1]", Text(uri.Host));
        Assert.Equal("[2001:db8::1]:5061", Text(uri.HostPort));
        Assert.Equal(SipHostKind.IPv6, uri.HostKind);
        Assert.Equal(5061, uri.Port);
        Assert.Equal("tcp", Text(uri.Transport));
        Assert.True(uri.IsLooseRouter);
        Assert.Equal(";transport=tcp;lr;x=%41", Text(uri.Parameters.Raw));
        Assert.Equal("subject=a%20b&priority=urgent", Text(uri.Headers));
        Assert.True(uri.TryGetAddress(out var address));
        Assert.Equal(IPAddress.Parse("2001:db8::1"), address);
    }

    [Theory]
    [InlineData("sip:a@192.0.2.1", SipHostKind.IPv4)]
    [InlineData("sip:a@1.2.3", SipHostKind.Name)]
    [InlineData("sip:a@1.2.3.256", SipHostKind.Name)]
    [InlineData("sip:a@1.2.3.4.5", SipHostKind.Name)]
    [InlineData("sip:example.com", SipHostKind.Name)]
    [InlineData("sip:[::1]", SipHostKind.IPv6)]
    [InlineData("tel:+1", SipHostKind.None)]
    public void Tells_what_the_host_is(string text, SipHostKind kind)
    {
        Assert.True(SipUri.TryParse(Bytes(text), out var uri));
        Assert.Equal(kind, uri.HostKind);
    }

    [Fact]
    public void Takes_dial_strings_with_a_bare_number_sign()
    {
        Assert.True(SipUri.TryParse("sip:8#4930123*1@192.0.2.1"u8, out var uri));
        Assert.Equal("8#4930123*1", Text(uri.User));
        Assert.Equal(-1, uri.Port);
    }

    [Fact]
    public void Reads_tel_and_leaves_other_schemes_whole()
    {
        Assert.True(SipUri.TryParse("tel:+49-30-123;phone-context=example.com"u8, out var tel));
        Assert.Equal((SipUriScheme.Tel, "+49-30-123"), (tel.Scheme, Text(tel.User)));
        Assert.True(tel.Parameters.TryGet("Phone-Context"u8, out var context));
        Assert.Equal("example.com", Text(context));

        Assert.True(SipUri.TryParse("Mailto:a@b?c"u8, out var other));
        Assert.Equal(
            (SipUriScheme.Other, "Mailto", "a@b?c"), (other.Scheme, Text(other.SchemeToken), Text(other.Opaque)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("sip")]
    [InlineData("sip:")]
    [InlineData(":a@b")]
    [InlineData("1sip:a@b")]
    [InlineData("sip:@b")]
    [InlineData("sip::p@b")]
    [InlineData("sip:a@")]
    [InlineData("sip:a@b@c")]
    [InlineData("sip:a b@c")]
    [InlineData("sip:a@b:")]
    [InlineData("sip:a@b:65536")]
    [InlineData("sip:a@b:x")]
    [InlineData("sip:a@[::1")]
    [InlineData("sip:a@[]")]
    [InlineData("sip:a@[:::1]")]
    [InlineData("sip:a@[192.0.2.1]")]
    [InlineData("sip:a@b/c")]
    [InlineData("sip:a@b;")]
    [InlineData("sip:a@b;;lr")]
    [InlineData("sip:a@b;x=")]
    [InlineData("sip:a@b?")]
    [InlineData("sip:a@b;lr@c")]
    [InlineData("<sip:a@b>")]
    [InlineData("tel:")]
    [InlineData("tel:;x=1")]
    public void Refuses_what_is_no_URI(string text) => Assert.False(SipUri.TryParse(Bytes(text), out _));

    [Theory]
    [Trait("RFC", "3261 §19.1.4")]
    [InlineData("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp")]
    [InlineData("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5")]
    [InlineData("sip:carol@chicago.com", "sip:carol@chicago.com;security=on")]
    [InlineData("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on")]
    [InlineData(
        "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
        "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com")]
    [InlineData(
        "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
        "sip:alice@atlanta.com?priority=urgent&subject=project%20x")]
    [InlineData("sip:a@[2001:DB8::1]", "sip:a@[2001:db8:0::1]")]
    [InlineData("tel:+1-201-555-0123", "tel:+1(201)5550123")]
    [InlineData("URN:x:y", "urn:x:y")]
    public void Are_equal(string left, string right)
    {
        Assert.True(SipUri.TryParse(Bytes(left), out var a));
        Assert.True(SipUri.TryParse(Bytes(right), out var b));
        Assert.True(a.IsEquivalentTo(b));
        Assert.True(b.IsEquivalentTo(a));
    }

    [Theory]
    [Trait("RFC", "3261 §19.1.4")]
    [InlineData("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP")]
    [InlineData("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060")]
    [InlineData("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp")]
    [InlineData("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp")]
    [InlineData("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting")]
    [InlineData("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4")]
    [InlineData("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off")]
    [InlineData("sip:a@b", "sips:a@b")]
    [InlineData("sip:a@b", "sip:b")]
    [InlineData("sip:a:p@b", "sip:a@b")]
    [InlineData("sip:a@b", "sip:a@b;user=phone")]
    [InlineData("sip:a@b", "sip:a@b;maddr=192.0.2.1")]
    [InlineData("sip:a%3Bb@c", "sip:a;b@c")]
    [InlineData("sip:a@b;method=INVITE", "sip:a@b;method=invite")]
    [InlineData("tel:+12015550123", "tel:12015550123")]
    [InlineData("tel:123;phone-context=a.com", "tel:123;phone-context=b.com")]
    [InlineData("urn:x:y", "urn:x:Y")]
    public void Are_not_equal(string left, string right)
    {
        Assert.True(SipUri.TryParse(Bytes(left), out var a));
        Assert.True(SipUri.TryParse(Bytes(right), out var b));
        Assert.False(a.IsEquivalentTo(b));
        Assert.False(b.IsEquivalentTo(a));
    }
}
