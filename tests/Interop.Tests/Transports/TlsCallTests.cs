using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Tandem.Interop.Tests.Calls;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Transports;

/// <summary>Calls by TLS: certificates of both sides, and vendors that do not connect.</summary>
[Collection(SharedTransportSwitch.Name)]
public sealed class TlsCallTests(TransportSwitch @switch)
{
    private const string Sdp = "Content-Type: application/sdp\r\n";
    private const string Body = "v=0\r\n";

    [Fact]
    public async Task Call_by_TLS_on_both_sides_is_ended_by_the_vendor_over_the_same_connections()
    {
        using var callersOwn = @switch.Authority.Create("caller.test");
        using var vendorsOwn = @switch.Authority.Create(TransportSwitch.TlsName);
        using var listener = new TcpListener(@switch.TlsVendor);
        listener.Start();
        var (caller, shown) = await StreamPeer.ConnectTlsAsync(
            @switch.Caller, @switch.Tls, TransportSwitch.OwnName, callersOwn);
        using var _ = caller;
        Assert.Equal("CN=" + TransportSwitch.OwnName, shown.Subject);
        var dialog = new RawDialog(caller.Local, TransportSwitch.ToTls + "0001", "TLS");

        await caller.SendAsync(dialog.Request("INVITE") + Sdp, Body);
        using var vendor = await StreamPeer.AcceptTlsAsync(listener, vendorsOwn);
        Assert.NotNull(vendor);
        var invite = await vendor.ReceiveAsync("INVITE");
        Assert.Equal("CN=second.test", vendor.PeerCertificate); // tlsCertificate of the gateway
        Assert.StartsWith($"SIP/2.0/TLS {@switch.Tls};branch=", invite.Header("Via"), StringComparison.Ordinal);
        Assert.EndsWith($"@{@switch.Tls};transport=tls", invite.ContactUri, StringComparison.Ordinal);
        await vendor.SendAsync(RawDialog.Response(invite, "200 OK") + Sdp, Body);
        var answer = await caller.ReceiveFinalAsync();
        Assert.Equal(200, answer.Status);
        Assert.EndsWith($"@{@switch.Tls};transport=tls", answer.ContactUri, StringComparison.Ordinal);
        await caller.SendAsync(dialog.Confirm(answer).Request("ACK"));
        await vendor.ReceiveAsync("ACK");

        await vendor.SendAsync(
            $"BYE {invite.ContactUri} SIP/2.0\r\nVia: SIP/2.0/TLS {vendor.Local};branch=z9hG4bKbye\r\nMax-Forwards: 70\r\n"
            + $"From: {invite.Header("To")};tag=far\r\nTo: {invite.Header("From")}\r\n"
            + $"Call-ID: {invite.Header("Call-ID")}\r\nCSeq: 1 BYE\r\n");
        var bye = await caller.ReceiveAsync("BYE");
        await caller.SendAsync(RawDialog.Response(bye, "200 OK"));
        Assert.Equal(200, (await vendor.ReceiveFinalAsync()).Status);
    }

    [Fact]
    public async Task Vendor_whose_certificate_has_another_name_gets_no_call_and_the_next_vendor_has_it()
    {
        using var own = @switch.Authority.Create("other.test");
        await RefusedAsync(own, "0001");
    }

    [Fact]
    public async Task Vendor_whose_certificate_is_of_an_unknown_authority_gets_no_call_and_the_next_vendor_has_it()
    {
        using var stranger = new TestAuthority();
        using var own = stranger.Create(TransportSwitch.TlsName);
        await RefusedAsync(own, "0002");
    }

    // The gateway's INVITE time-out is ten seconds: the connection's failure is what lets the next have the call.
    [Fact]
    public async Task Vendor_that_takes_no_connection_lets_the_next_have_the_call_at_once()
    {
        var started = TimeProvider.System.GetTimestamp();
        var callee = TransportSwitch.ToClosed + "0001";

        await CallAsync(callee);

        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(8));
        ShouldHaveSwitched(await @switch.StoryAsync(callee), "closed", "after-closed");
    }

    private async Task RefusedAsync(X509Certificate2 own, string number)
    {
        var callee = TransportSwitch.ToWrongName + number;
        using var listener = new TcpListener(@switch.WrongNameVendor);
        listener.Start();
        var accepting = StreamPeer.AcceptTlsAsync(listener, own);

        await CallAsync(callee);

        using var refused = await accepting; // By TLS 1.3 a server believes in the connection before the client does.
        if (refused is not null) Assert.Null(await refused.TryReceiveAsync());
        ShouldHaveSwitched(await @switch.StoryAsync(callee), "wrong-name", "after-wrong-name");
    }

    private async Task CallAsync(string callee)
    {
        await using var vendor = await Sipp.StartAsync(new SippOptions { Scenario = "uas_answer", Local = @switch.Vendor });
        var caller = await Sipp.CallAsync(new SippOptions
        {
            Scenario = "uac_call",
            Local = @switch.NextCaller(),
            Remote = @switch.V4,
            Callee = callee,
            Timeout = TimeSpan.FromSeconds(20),
        });
        caller.ShouldAllSucceed(1);
    }

    private static void ShouldHaveSwitched(CallStory story, string from, string to)
    {
        Assert.Equal([from, to], story.Attempts.Select(a => a.Gateway));
        Assert.True(
            story.Attempts[0].Length < TimeSpan.FromSeconds(4),
            string.Create(CultureInfo.InvariantCulture, $"{from} was left after {story.Attempts[0].Length}"));
        Assert.Contains("cannot be sent", story.Trace, StringComparison.OrdinalIgnoreCase);
    }
}
