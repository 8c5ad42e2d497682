using System.Text;
using CsCheck;
using Tandem.Sip.Messages;
using static Tandem.Sip.Tests.Parsing.TestMessages;

namespace Tandem.Sip.Tests.Messages;

public sealed class SipEscapingTests
{
    [Theory]
    [InlineData("+4930123", "+4930123")]
    [InlineData("8#123*", "8%23123*")]
    [InlineData("a@b:c", "a%40b%3Ac")]
    [InlineData("100%", "100%25")]
    [InlineData("\u00e9", "%C3%A9")]
    public void Escapes_what_a_user_part_may_not_hold(string text, string escaped)
    {
        var buffer = new byte[SipEscaping.MaxEscapedLength(Bytes(text).Length)];
        Assert.Equal(escaped, Text(buffer.AsSpan(0, SipEscaping.EscapeUser(Bytes(text), buffer))));
    }

    [Theory]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("%4g", "%4g")]
    [InlineData("%41%", "A%")]
    [InlineData("%2541", "%41")]
    [InlineData("%c3%A9", "\u00e9")]
    public void Resolves_whole_escapes_and_leaves_broken_ones(string text, string expected)
    {
        var buffer = new byte[text.Length];
        Assert.Equal(expected, Text(buffer.AsSpan(0, SipEscaping.Unescape(Bytes(text), buffer))));
    }

    [Fact]
    public void Escaped_bytes_come_back_and_make_a_user_part() =>
        Gen.Byte.Array[1, 40].Sample(
            bytes =>
            {
                var escaped = new byte[SipEscaping.MaxEscapedLength(bytes.Length)];
                escaped = escaped[..SipEscaping.EscapeUser(bytes, escaped)];
                var back = new byte[escaped.Length];
                Assert.Equal(bytes, back[..SipEscaping.Unescape(escaped, back)]);

                Assert.True(SipUri.TryParse(Encoding.ASCII.GetBytes($"sip:{Text(escaped)}@h"), out var uri));
                Assert.Equal(Text(escaped), Text(uri.User));
            },
            iter: 2_000);

    [Fact]
    public void Resolves_quoted_pairs()
    {
        var buffer = new byte[16];
        Assert.Equal("a\"b\\c", Text(buffer.AsSpan(0, SipEscaping.Unquote("a\\\"b\\\\c"u8, buffer))));
        Assert.Equal("a\\", Text(buffer.AsSpan(0, SipEscaping.Unquote("a\\"u8, buffer))));
    }
}
