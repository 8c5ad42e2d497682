using System.Text;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Calls;

/// <summary>What the switch refuses at its door, and that it goes on serving afterwards.</summary>
[Collection(SharedSwitch.Name)]
public sealed class ScreeningTests(SwitchFixture @switch)
{
    [Fact]
    public async Task Unknown_source_gets_403_and_leaves_no_record()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Answering);
        using var stranger = new RawPeer(Loopback.NextEndPoint(), @switch.Node.Sip);

        Assert.Equal(403, await InviteAsync(stranger, call.Callee));

        await call.CallAsync("uac_call");
        await call.SettleOneAsync();
        Assert.DoesNotContain(await @switch.Rest.CdrsAsync(), r => IsFrom(r, stranger)); // A later call has its own.
        Assert.Single(call.VendorResults[0].InvitesReceived);
    }

    [Fact]
    public async Task Unknown_source_leaves_a_record_when_the_parameter_says_so()
    {
        await using var parameter = await @switch.WithParameterAsync("SERVER_BILLING_RECORD_ILLEGAL_CALL", "on");
        using var stranger = new RawPeer(Loopback.NextEndPoint(), @switch.Node.Sip);

        Assert.Equal(403, await InviteAsync(stranger, "8610000"));

        await Eventually.HoldsAsync(
            async () => (await @switch.Rest.CdrsAsync("endReason=IllegalCall")).Any(r => IsFrom(r, stranger)),
            TimeSpan.FromSeconds(5),
            () => "no record of the illegal call");
        var record = Assert.Single(await @switch.Rest.CdrsAsync("endReason=IllegalCall"), r => IsFrom(r, stranger));
        new CallStory(record).ShouldEnd("IllegalCall", "server", 403);
        Assert.Equal("8610000", record.GetProperty("callee").GetString());
        Assert.Equal("", record.GetProperty("account").GetString());
    }

    public static TheoryData<string, string> Malformed => new()
    {
        { "no SIP at all", "GET / HTTP/1.1\r\nHost: switch\r\n\r\n" },
        { "bytes of nothing", "\0\u0001\u0002\u00ff\u00fe\u00fd" },
        { "cut in the middle of a header", "INVITE sip:1@switch SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;bra" },
        { "longer than the datagram", Head("INVITE") + "Content-Length: 9999\r\n\r\nv=0\r\n" },
        { "negative length", Head("INVITE") + "Content-Length: -1\r\n\r\n" },
        { "another method in CSeq", Head("INVITE").Replace("1 INVITE", "1 BYE", StringComparison.Ordinal) + "\r\n" },
        { "no Call-ID", Head("INVITE").Replace("Call-ID: bad\r\n", "", StringComparison.Ordinal) + "\r\n" },
        { "an open quote", Head("INVITE").Replace("From: <", "From: \"<", StringComparison.Ordinal) + "\r\n" },
        { "a URI of nonsense", Head("INVITE").Replace("sip:1@switch", "sip:@@:::", StringComparison.Ordinal) + "\r\n" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task Malformed_datagram_gets_400_or_silence_and_the_next_call_works(string what, string datagram)
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Answering);
        using (var peer = new RawPeer(call.Caller, @switch.Node.Sip))
        {
            peer.Send(Encoding.Latin1.GetBytes(datagram));
            var answer = await peer.TryReceiveAsync(TimeSpan.FromMilliseconds(300));
            Assert.True(answer is null || answer.Status is >= 400 and <= 499, $"{what}: {answer?.StartLine}");
        }

        await call.CallAsync("uac_call");

        (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
        Assert.Single(call.VendorResults[0].InvitesReceived);
    }

    [Theory]
    [InlineData("INVITE", "0", "", "483")]
    [InlineData("INVITE", "70", "Require: no-such-option\r\n", "420")]
    [InlineData("DANCE", "70", "", "405 501")]
    [InlineData("SUBSCRIBE", "70", "", "405 501")]
    [InlineData("BYE", "70", "", "481")]
    [InlineData("CANCEL", "70", "", "481")]
    public async Task Request_that_cannot_be_served_gets_its_status_and_leaves_no_record(
        string method, string maxForwards, string headers, string statuses)
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Answering);
        using var peer = new RawPeer(call.Caller, @switch.Node.Sip);

        peer.Send(new RawDialog(peer, call.Callee).Request(method, headers, maxForwards));

        var answer = await peer.ReceiveFinalAsync();
        Assert.Contains(answer.StartLine.Split(' ')[1], statuses.Split(' '));
        if (answer.Status == 405) Assert.Contains("INVITE", answer.Header("Allow"), StringComparison.Ordinal);
        if (answer.Status == 420) Assert.Equal("no-such-option", answer.Header("Unsupported"));
        await call.SettleAsync(records: 0);
        Assert.Empty(call.VendorResults[0].Messages);
    }

    [Fact]
    public async Task BYE_with_a_made_up_tag_gets_481_and_ends_nothing()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Answering);
        using var peer = new RawPeer(call.Caller, @switch.Node.Sip);
        var dialog = new RawDialog(peer, call.Callee);

        foreach (var tag in (string[])["nonsense", "0123456789abcdef012345678a", "0123456789abcdef012345678b1"])
        {
            peer.Send(dialog.Request("BYE").Replace(
                "@switch.invalid>\r\nCall", $"@switch.invalid>;tag={tag}\r\nCall", StringComparison.Ordinal));
            Assert.Equal(481, (await peer.ReceiveFinalAsync()).Status);
        }

        await call.SettleAsync(records: 0);
    }

    [Fact]
    public async Task OPTIONS_is_answered_with_what_the_switch_offers()
    {
        await using var call = await @switch.PrepareAsync();

        var caller = await call.CallAsync("uac_options");

        var answer = WireMessage.Of(caller).Single(m => m.Is(200, "OPTIONS"));
        foreach (var method in (string[])["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "UPDATE"])
            Assert.Contains(method, answer.Header("Allow"), StringComparison.Ordinal);
        Assert.Equal("application/sdp", answer.Header("Accept"));
        await call.SettleAsync(records: 0);
    }

    private static string Head(string method) =>
        $"{method} sip:1@switch SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKbad;rport\r\n"
        + $"Max-Forwards: 70\r\nFrom: <sip:a@b>;tag=x\r\nTo: <sip:1@switch>\r\nCall-ID: bad\r\n"
        + $"CSeq: 1 {method}\r\nContact: <sip:a@b>\r\n";

    private static async Task<int> InviteAsync(RawPeer peer, string callee)
    {
        var dialog = new RawDialog(peer, callee);
        peer.Send(dialog.Request("INVITE"));
        var final = await peer.ReceiveFinalAsync();
        peer.Send(dialog.Request("ACK").Replace("ACK;rport", ";rport", StringComparison.Ordinal));
        return final.Status;
    }

    private static bool IsFrom(System.Text.Json.JsonElement record, RawPeer peer) =>
        record.GetProperty("callerAddress").GetString() == peer.Local.ToString();
}
