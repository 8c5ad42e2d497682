using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Tandem.Interop.Tests.Acceptance;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Floods;

/// <summary>
/// Far more than anybody should send, against a real node: its memory stays bounded, it neither ends nor hangs, and the calls of
/// a good customer complete beside it (I10, I11). One node for all floods; each is over in seconds.
/// </summary>
public sealed class FloodTests(FloodedSwitch flooded) : IClassFixture<FloodedSwitch>
{
    [Fact]
    public async Task A_hundred_thousand_INVITEs_of_unknown_sources()
    {
        var floods = Enumerable.Range(0, 10).Select(_ => new Flood(Loopback.NextEndPoint(), flooded.Node.Sip)).ToList();

        await flooded.BesideAsync(() => Task.WhenAll(
            floods.Select(f => f.SendAsync(10_000, 1_500, i => f.Request("INVITE", "86" + Number(i), i)))));

        Assert.All(floods, f => Assert.Equal(0, f.Count(100)));
        foreach (var flood in floods) await flood.DisposeAsync();
    }

    [Fact]
    public async Task REGISTER_of_fifty_thousand_random_users()
    {
        await using var flood = new Flood(Loopback.NextEndPoint(), flooded.Node.Sip);

        await flooded.BesideAsync(() => flood.SendAsync(50_000, 10_000, i => flood.Request("REGISTER", "u" + Number(i * 7919), i)));

        Assert.Equal(0, flood.Count(200));
    }

    [Fact]
    public async Task Fifty_thousand_OPTIONS_of_an_unknown_source()
    {
        await using var flood = new Flood(Loopback.NextEndPoint(), flooded.Node.Sip);

        await flooded.BesideAsync(() => flood.SendAsync(50_000, 10_000, i => flood.Request("OPTIONS", "", i)));
    }

    [Theory]
    [InlineData("noise")]
    [InlineData("one endless header")]
    [InlineData("headers without end")]
    [InlineData("half a message")]
    [InlineData("a wrong Content-Length")]
    [InlineData("responses to nothing")]
    [InlineData("ACK, BYE, CANCEL without a call")]
    public async Task Datagrams_of(string kind)
    {
        await using var flood = new Flood(flooded.Known, flooded.Node.Sip);
        var noise = RandomNumberGenerator.GetBytes(65_000);

        await flooded.BesideAsync(() => flood.SendAsync(
            kind is "noise" or "half a message" ? 20_000 : 5_000, 5_000, i => Bad(flood, kind, i, noise)));
    }

    private static ReadOnlyMemory<byte> Bad(Flood flood, string kind, int i, byte[] noise)
    {
        switch (kind)
        {
            case "noise":
                return noise.AsMemory(i % 60_000, (i * 37 % 1_400) + 1);
            case "one endless header":
                return flood.Request("INVITE", "86", i, $"Subject: {new string('x', 60_000)}\r\n");
            case "headers without end":
                return flood.Request("INVITE", "86", i, string.Concat(Enumerable.Repeat("Via: SIP/2.0/UDP 192.0.2.1\r\n", 2_000)));
            case "half a message":
                var whole = flood.Request("INVITE", "86", i);
                return whole.AsMemory(0, i % whole.Length);
            case "a wrong Content-Length":
                var text = Encoding.Latin1.GetString(flood.Request("INVITE", "86", i));
                return Encoding.Latin1.GetBytes(text.Replace(
                    "Content-Length: 0", i % 2 == 0 ? "Content-Length: 4294967295" : "Content-Length: -1", StringComparison.Ordinal));
            case "responses to nothing":
                return Encoding.Latin1.GetBytes(
                    $"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKt-00-{Number(i)}-a7abaa455473257c\r\n"
                    + $"From: <sip:a@b.invalid>;tag=1\r\nTo: <sip:a@b.invalid>;tag=2\r\nCall-ID: {Number(i)}\r\n"
                    + "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n");
            default:
                var method = (i % 3) switch { 0 => "ACK", 1 => "BYE", _ => "CANCEL" };
                return flood.Request(method, "86", i);
        }
    }

    private static string Number(int i) => i.ToString(CultureInfo.InvariantCulture);
}
