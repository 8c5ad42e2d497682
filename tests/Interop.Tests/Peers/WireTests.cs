using Tandem.Interop.Tests.Calls;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Peers;

/// <summary>tshark reads what the switch sends: nothing malformed, no expert error, and the fields that hold a call together.</summary>
[Collection(SharedSwitch.Name)]
public sealed class WireTests(SwitchFixture @switch)
{
    [Theory]
    [InlineData("uac_call", "uas_answer_slow")]
    [InlineData("uac_early_media", "uas_early_media")]
    [InlineData("uac_reinvite", "uas_reinvite")]
    [InlineData("uac_update_info", "uas_update_info")]
    [InlineData("uac_late_offer", "uas_late_offer")]
    [InlineData("uac_wait_bye", "uas_callee_bye")]
    [InlineData("uac_cancel_ringing", "uas_ring_only")]
    public async Task A_whole_call_decodes_without_a_fault(string caller, string callee)
    {
        await using var call = await @switch.PrepareAsync(new VendorPeer(callee));
        await using var capture = await Capture.StartAsync($"host {@switch.Node.Sip.Address} and port 5060");

        await call.CallAsync(caller);
        await call.SettleAsync();

        ShouldBeSound(await capture.StopAsync(atLeast: caller == "uac_cancel_ringing" ? 12 : 10), call);
    }

    [Fact]
    public async Task A_refused_call_decodes_without_a_fault_and_says_why()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Refusing(503));
        await using var capture = await Capture.StartAsync($"host {@switch.Node.Sip.Address} and port 5060");

        await call.CallAsync("uac_expect_final", o => o with { Status = 503 });
        await call.SettleAsync();

        var packets = await capture.StopAsync(atLeast: 7);
        ShouldBeSound(packets, call);
        var refusal = packets.First(p => p.Status == 503 && p.Target == call.Caller.Address.ToString());
        Assert.StartsWith("Q.850;cause=", refusal.Reason, StringComparison.Ordinal);
    }

    // The judge must be able to say no.
    [Fact]
    public async Task Tshark_sees_a_broken_message()
    {
        var (here, there) = (Loopback.NextEndPoint(), Loopback.NextEndPoint());
        await using var capture = await Capture.StartAsync($"host {here.Address} and port 5060");
        using var near = new RawPeer(here, there);
        using var far = new RawPeer(there);
        near.Send("INVITE sip:86@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n"
            + "Call-ID: 1\r\nCSeq: 1 BYE\r\nContact: <sip:a@b>\r\nContent-Type: application/sdp\r\n", [.. "v=0\r\nm=\r\n"u8]);

        var packets = await capture.StopAsync();

        Assert.Contains(packets, p => p.IsSip && (p.IsMalformed || p.Severity >= Capture.Warning));
    }

    private void ShouldBeSound(IReadOnlyList<CapturedPacket> captured, TestCall call)
    {
        // Calls of earlier tests may still repeat a BYE at a peer that is gone: only this call's peers count.
        var peers = call.Vendors.Select(v => v.At.Address.ToString()).Append(call.Caller.Address.ToString()).ToHashSet();
        var packets = captured.Where(p => peers.Contains(p.Source) || peers.Contains(p.Target)).ToList();
        var ours = packets.Where(p => p.Source == @switch.Node.Sip.Address.ToString() && !p.Protocols.Contains("icmp", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(ours);
        Assert.All(ours, p => Assert.True(p.IsSip, p.ToString()));
        Assert.All(ours, p => Assert.False(p.IsMalformed, p.ToString()));
        Assert.All(ours, p => Assert.True(p.Severity < Capture.Warning, p.ToString()));

        // One Call-ID on each side, and never the other's.
        var customer = call.Caller.Address.ToString();
        var sides = packets.Where(p => p.IsSip).ToLookup(p => p.Source == customer || p.Target == customer, p => p.CallId);
        Assert.Single(sides[true].Distinct());
        Assert.Single(sides[false].Distinct());
        Assert.NotEqual(sides[true].First(), sides[false].First());

        // A request of ours: a branch for each transaction, numbers that rise. A response of ours: what it answers.
        foreach (var side in ours.Where(p => p.Status == 0).GroupBy(p => p.CallId))
        {
            var numbers = side.Where(p => p.Method is not ("ACK" or "CANCEL")).Select(p => int.Parse(p.CSeq.Split(' ')[0])).ToList();
            Assert.Equal(numbers.Order(), numbers);
            Assert.All(side.GroupBy(p => p.CSeq), g => Assert.Single(g.Select(p => p.Branch).Distinct()));
            Assert.All(side, p => Assert.StartsWith("z9hG4bK", p.Branch, StringComparison.Ordinal));
        }

        foreach (var response in ours.Where(p => p.Status > 0))
        {
            Assert.Contains(packets, p => p.Number < response.Number && p.Status == 0 && p.Target == response.Source
                && p.CallId == response.CallId && p.CSeq == response.CSeq && p.Branch == response.Branch && p.FromTag == response.FromTag);
            Assert.True(response.Status == 100 || response.ToTag.Length > 0, response.ToString());
        }
    }
}
