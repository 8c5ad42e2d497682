using System.Text;
using CsCheck;
using Tandem.Sip.Messages;
using static Tandem.Sip.Tests.Parsing.TestMessages;

namespace Tandem.Sip.Tests.Messages;

public sealed class SipNamesTests
{
    [Fact]
    public void Every_header_name_is_found_in_any_case()
    {
        var names = Enum.GetValues<SipHeaderName>();
        Assert.Equal(SipHeaderNames.Count, names.Length);
        foreach (var name in names)
        {
            if (name == SipHeaderName.Unknown) continue;
            var text = Text(name.Spell());
            Assert.Equal(name, SipHeaderNames.Find(Bytes(text)));
            Assert.Equal(name, SipHeaderNames.Find(Bytes(text.ToUpperInvariant())));
            Assert.Equal(name, SipHeaderNames.Find(Bytes(text.ToLowerInvariant())));
            Assert.Equal(SipHeaderName.Unknown, SipHeaderNames.Find(Bytes(text + "x")));
        }
    }

    [Theory]
    [InlineData('a', SipHeaderName.AcceptContact)]
    [InlineData('b', SipHeaderName.ReferredBy)]
    [InlineData('c', SipHeaderName.ContentType)]
    [InlineData('d', SipHeaderName.RequestDisposition)]
    [InlineData('e', SipHeaderName.ContentEncoding)]
    [InlineData('f', SipHeaderName.From)]
    [InlineData('i', SipHeaderName.CallId)]
    [InlineData('j', SipHeaderName.RejectContact)]
    [InlineData('k', SipHeaderName.Supported)]
    [InlineData('l', SipHeaderName.ContentLength)]
    [InlineData('m', SipHeaderName.Contact)]
    [InlineData('n', SipHeaderName.IdentityInfo)]
    [InlineData('o', SipHeaderName.Event)]
    [InlineData('r', SipHeaderName.ReferTo)]
    [InlineData('s', SipHeaderName.Subject)]
    [InlineData('t', SipHeaderName.To)]
    [InlineData('u', SipHeaderName.AllowEvents)]
    [InlineData('v', SipHeaderName.Via)]
    [InlineData('x', SipHeaderName.SessionExpires)]
    [InlineData('y', SipHeaderName.Identity)]
    [InlineData('z', SipHeaderName.Unknown)]
    [InlineData('\u00ff', SipHeaderName.Unknown)]
    public void Compact_forms_are_found(char letter, SipHeaderName name)
    {
        Assert.Equal(name, SipHeaderNames.Find([(byte)letter]));
        if (letter < 128) Assert.Equal(name, SipHeaderNames.Find([(byte)char.ToUpperInvariant(letter)]));
    }

    [Fact]
    public void Finding_never_throws_and_agrees_with_a_search_through_the_list() =>
        Gen.Byte.Array[0, 12].Sample(
            bytes =>
            {
                var text = Encoding.Latin1.GetString(bytes);
                var expected = Enum.GetValues<SipHeaderName>().FirstOrDefault(name =>
                    name != SipHeaderName.Unknown
                    && string.Equals(Text(name.Spell()), text, StringComparison.OrdinalIgnoreCase));
                if (bytes.Length >= 2) Assert.Equal(expected, SipHeaderNames.Find(bytes));
                else SipHeaderNames.Find(bytes);
            },
            iter: 2_000);

    [Fact]
    public void Every_method_is_found_with_its_case()
    {
        foreach (var method in Enum.GetValues<SipMethod>())
        {
            Assert.Equal(method, SipMethods.Find(method.Token()));
            Assert.Equal(SipMethod.Unknown, SipMethods.Find(Bytes(Text(method.Token()).ToLowerInvariant())));
        }
        Assert.Equal(SipMethod.Unknown, SipMethods.Find("INVITES"u8));
    }
}
