using Tandem.Sip.Messages;
using static Tandem.Sip.Tests.Parsing.TestMessages;

namespace Tandem.Sip.Tests.Messages;

public sealed class NameAddressTests
{
    [Theory]
    [InlineData("<sip:a@b>", "", "sip:a@b", "")]
    [InlineData("sip:a@b", "", "sip:a@b", "")]
    [InlineData("sip:a@b;tag=x", "", "sip:a@b", "x")]
    [InlineData("sip:a@b ; TAG = x", "", "sip:a@b", "x")]
    [InlineData("<sip:a@b;tag=uri>;tag=x", "", "sip:a@b;tag=uri", "x")]
    [InlineData("Alice <sip:a@b>;tag=x", "Alice", "sip:a@b", "x")]
    [InlineData("Alice  Smith<sip:a@b>", "Alice  Smith", "sip:a@b", "")]
    [InlineData("\"A, \\\"B\\\" <c>\" <sip:a@b?x=1,2>;q=0.5;tag=x", "A, \\\"B\\\" <c>", "sip:a@b?x=1,2", "x")]
    [InlineData("\"\"<tel:+1>", "", "tel:+1", "")]
    [InlineData("Zo\u00eb (sales): <sip:a@b>", "Zo\u00eb (sales):", "sip:a@b", "")]
    public void Reads(string text, string name, string uri, string tag)
    {
        Assert.True(NameAddress.TryParse(Bytes(text), out var address));
        Assert.Equal((name, uri, tag), (Text(address.DisplayName), Text(address.Uri), Text(address.Tag)));
        Assert.Equal(text.Contains('<', StringComparison.Ordinal), address.IsBracketed);
        Assert.Equal(text.StartsWith('"'), address.IsQuoted);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a@b")]
    [InlineData("sip:")]
    [InlineData("<>")]
    [InlineData("<sip:a@b")]
    [InlineData("< sip:a@b>")]
    [InlineData("<sip:a@b >")]
    [InlineData("\"open <sip:a@b>")]
    [InlineData("\"name\" sip:a@b")]
    [InlineData("a, b <sip:a@b>")]
    [InlineData("sip:a@b?x=1")]
    [InlineData("<sip:a@b>x")]
    [InlineData("<sip:a@b>;")]
    [InlineData("<sip:a@b>;tag=\"x")]
    [InlineData("<sip:a@b>,<sip:c@d>")]
    public void Refuses(string text) => Assert.False(NameAddress.TryParse(Bytes(text), out _));

    [Fact]
    public void Stops_at_the_comma_of_a_list()
    {
        var text = "\"a,b\" <sip:a@b?c,d>;q=1 , <sip:e@f>"u8;
        Assert.True(NameAddress.TryParse(text, out var first, out var used));
        Assert.Equal("sip:a@b?c,d", Text(first.Uri));
        Assert.Equal(',', (char)text[used]);
        Assert.True(NameAddress.TryParse(text[(used + 1)..], out var second));
        Assert.Equal("sip:e@f", Text(second.Uri));
    }

    [Fact]
    public void Knows_the_wildcard_of_Contact()
    {
        Assert.True(NameAddress.TryParse("*"u8, out var address));
        Assert.True(address.IsWildcard);
        Assert.False(address.TryGetUri(out _));
        Assert.True(NameAddress.TryParse("<sip:*@b>"u8, out address));
        Assert.False(address.IsWildcard);
    }
}
