using System.Net;
using Tandem.Interop.Tests.Calls;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Transports;

/// <summary>Calls by TCP, by IPv6 and from one to the other: what Via and Contact say, and that both sides can end them.</summary>
[Collection(SharedTransportSwitch.Name)]
public sealed class TransportCallTests(TransportSwitch @switch)
{
    [Theory]
    [InlineData(true, true, false)]
    [InlineData(true, true, true)]
    [InlineData(false, true, false)]
    [InlineData(false, true, true)]
    [InlineData(true, false, false)]
    [InlineData(true, false, true)]
    public async Task Call_by_TCP_or_UDP_on_either_side_is_ended_by_either_side(bool callerTcp, bool vendorTcp, bool vendorEnds)
    {
        var prefix = vendorTcp ? TransportSwitch.ToTcp : TransportSwitch.ToUdp;

        var (caller, vendor) = await CallAsync(
            @switch.NextCaller(), @switch.V4, callerTcp, @switch.Vendor, vendorTcp, prefix, vendorEnds);

        ShouldSay(caller, callerTcp, @switch.V4);
        ShouldSay(vendor, vendorTcp, @switch.V4);
    }

    [Theory]
    [InlineData(true, true, false)]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, true)]
    public async Task Call_by_IPv6_or_IPv4_on_either_side_is_ended_by_either_side(bool callerV6, bool vendorV6, bool vendorEnds)
    {
        var (caller, vendor) = await CallAsync(
            callerV6 ? NextV6() : @switch.NextCaller(), callerV6 ? @switch.V6 : @switch.V4, false,
            vendorV6 ? @switch.V6Vendor : @switch.Vendor, false, vendorV6 ? TransportSwitch.ToV6 : TransportSwitch.ToUdp, vendorEnds);

        ShouldSay(caller, false, callerV6 ? @switch.V6 : @switch.V4);
        ShouldSay(vendor, false, vendorV6 ? @switch.V6 : @switch.V4);
    }

    [Fact]
    public async Task Call_by_TCP_over_IPv6_on_both_sides_succeeds()
    {
        var (caller, vendor) = await CallAsync(
            NextV6(), @switch.V6, true, @switch.V6Vendor, true, TransportSwitch.ToV6Tcp, vendorEnds: true);

        ShouldSay(caller, true, @switch.V6);
        ShouldSay(vendor, true, @switch.V6);
    }

    private static IPEndPoint NextV6() => new(IPAddress.IPv6Loopback, Loopback.FreePort(IPAddress.IPv6Loopback));

    private static async Task<(SippResult Caller, SippResult Vendor)> CallAsync(
        IPEndPoint from, IPEndPoint to, bool callerTcp, IPEndPoint at, bool vendorTcp, string prefix, bool vendorEnds)
    {
        await using var vendor = await Sipp.StartAsync(new SippOptions
        {
            Scenario = vendorEnds ? "uas_callee_bye" : "uas_answer",
            Local = at,
            Tcp = vendorTcp,
            Hold = TimeSpan.FromMilliseconds(100),
        });
        var caller = await Sipp.CallAsync(new SippOptions
        {
            Scenario = vendorEnds ? "uac_wait_bye" : "uac_call",
            Local = from,
            Remote = to,
            Tcp = callerTcp,
            Callee = prefix + "0001",
            Hold = TimeSpan.FromMilliseconds(100),
            Timeout = TimeSpan.FromSeconds(15),
        });
        var called = await vendor.StopAsync();
        caller.ShouldAllSucceed(1);
        called.ShouldAllSucceed(1);
        return (caller, called);
    }

    // Every Via and Contact of ours names the socket and the transport that this peer is reached by.
    private static void ShouldSay(SippResult peer, bool tcp, IPEndPoint local)
    {
        var received = WireMessage.Of(peer).Where(m => !m.Sent).ToList();
        Assert.NotEmpty(received);
        foreach (var request in received.Where(m => m.Status == 0))
            Assert.StartsWith($"SIP/2.0/{(tcp ? "TCP" : "UDP")} {local};branch=", request.Header("Via"), StringComparison.Ordinal);
        var contacts = received.Select(m => m.Header("Contact")).Where(c => c.Length > 0).ToList();
        Assert.NotEmpty(contacts);
        Assert.All(contacts, c => Assert.Contains($"@{local}{(tcp ? ";transport=tcp" : "")}>", c, StringComparison.Ordinal));
    }
}
