using System.Text;
using CsCheck;

namespace Tandem.Shared.Tests;

public sealed class IdsTests
{
    private static readonly Gen<CallId> Calls =
        Gen.Select(Gen.UInt, Gen.Byte[0, CallId.SlotsPerNode - 1], Gen.ULong)
            .Select(t => new CallId(t.Item1, t.Item2, t.Item3));

    [Fact]
    public void A_call_reads_back_from_its_text_and_from_its_bytes() => Calls.Sample(id =>
    {
        var text = id.ToString();
        Assert.Equal(CallId.TextLength, text.Length);
        Assert.All(text, c => Assert.True(char.IsAsciiHexDigitLower(c)));
        Assert.True(CallId.TryParse(text, out var fromText));
        Assert.Equal(id, fromText);

        Span<byte> utf8 = stackalloc byte[CallId.TextLength];
        Assert.True(id.TryFormat(utf8));
        Assert.Equal(text, Encoding.ASCII.GetString(utf8));
        Assert.True(CallId.TryParse(utf8, out var fromBytes));
        Assert.Equal(id, fromBytes);
    });

    [Fact]
    public void A_call_reads_from_a_tag_with_its_leg_behind() => Gen.Select(Calls, Gen.Byte).Sample((id, attempt) =>
    {
        var leg = new LegId(attempt);
        var tag = Encoding.ASCII.GetBytes(id.ToString() + leg);
        Assert.True(CallId.TryParse(tag, out var call));
        Assert.Equal(id, call);
        Assert.True(LegId.TryParse(tag.AsSpan(CallId.TextLength), out var back));
        Assert.Equal(leg, back);
    });

    [Fact]
    public void Bytes_that_are_no_call_are_refused_and_never_throw() => Gen.Byte.Array[0, 40].Sample(bytes =>
    {
        var isHex = bytes.Length >= CallId.TextLength
            && bytes.Take(CallId.TextLength).All(b => char.IsAsciiHexDigit((char)b));
        Assert.Equal(isHex, CallId.TryParse(bytes, out _));
    });

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0123456789abcdef012345678")]
    [InlineData("0123456789abcdef0123456789")]
    [InlineData("0123456789abcdef01234567g")]
    [InlineData(" 123456789abcdef012345678")]
    [InlineData("0123456789abcdef01234567é")]
    public void Only_25_hexadecimal_digits_are_a_call(string? text) =>
        Assert.Equal(text?.Length == 25 && text.All(char.IsAsciiHexDigit), CallId.TryParse(text, out _));

    [Fact]
    public void A_buffer_that_is_too_short_is_refused() =>
        Assert.False(new CallId(1, 2, 3).TryFormat(new byte[CallId.TextLength - 1]));

    [Fact]
    public void The_shard_is_the_node_and_the_slot() =>
        Calls.Sample(id => Assert.Equal(id.ToString()[..9], id.ShardId));

    [Fact]
    public void New_calls_differ_and_use_every_slot()
    {
        var calls = Enumerable.Range(0, 2_000).Select(_ => CallId.New(7)).ToArray();
        Assert.Equal(calls.Length, calls.Distinct().Count());
        Assert.All(calls, c => Assert.Equal(7u, c.Node));
        Assert.Equal(CallId.SlotsPerNode, calls.Select(c => c.Slot).Distinct().Count());
        Assert.All(calls, c => Assert.True(c.Slot < CallId.SlotsPerNode));
    }

    [Theory]
    [InlineData("a", 0)]
    [InlineData("b1", 1)]
    [InlineData("b255", 255)]
    [InlineData("", null)]
    [InlineData("b", null)]
    [InlineData("b0", null)]
    [InlineData("b256", null)]
    [InlineData("b1x", null)]
    [InlineData("b-1", null)]
    [InlineData("a1", null)]
    [InlineData("c1", null)]
    [InlineData("A", null)]
    public void A_leg_is_a_or_b_and_its_attempt(string text, int? attempt)
    {
        Assert.Equal(attempt is not null, LegId.TryParse(Encoding.UTF8.GetBytes(text), out var leg));
        if (attempt is { } expected) Assert.Equal(new LegId((byte)expected), leg);
    }

    [Fact]
    public void A_gateway_reads_back_from_its_text() =>
        Gen.Select(Gen.OneOf(Enum.GetValues<GatewayKind>()), Gen.String[1, 20]).Sample((kind, name) =>
        {
            Assert.True(GatewayId.TryParse(new GatewayId(kind, name).ToString(), out var back));
            Assert.Equal(new GatewayId(kind, name), back);
        });

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("m:")]
    [InlineData("x:name")]
    [InlineData("mname")]
    [InlineData("M:name")]
    public void What_is_no_gateway_is_refused(string? text) => Assert.False(GatewayId.TryParse(text, out _));

    [Fact]
    public void Gateways_of_one_name_differ_by_their_kind()
    {
        Assert.NotEqual(GatewayId.Mapping("x"), GatewayId.Routing("x"));
        Assert.Equal("s:switch", GatewayId.WholeSwitch.ToString());
    }
}
