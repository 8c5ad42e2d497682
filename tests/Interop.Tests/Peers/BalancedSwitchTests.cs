using Tandem.Interop.Tests.Calls;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Peers;

/// <summary>Three real edges behind Kamailio with the shipped configuration: the whole of a call passes through it.</summary>
public sealed class BalancedSwitchTests(BalancedSwitch @switch) : IClassFixture<BalancedSwitch>
{
    [Theory]
    [InlineData("uac_call", "uas_answer", 12)]
    [InlineData("uac_wait_bye", "uas_callee_bye", 3)]
    [InlineData("uac_reinvite", "uas_reinvite", 3)]
    [InlineData("uac_reinvite_from_callee", "uas_reinvite_from_callee", 3)]
    [InlineData("uac_cancel_ringing", "uas_ring_only", 3)]
    public async Task Calls_are_spread_over_the_edges_and_stay_on_the_balancers_way(string caller, string callee, int calls)
    {
        var before = (await @switch.Rest.CdrsAsync()).Count;
        await using var vendor = await @switch.VendorAsync(callee);

        var run = await Sipp.CallAsync(@switch.Caller(caller, calls));

        run.ShouldAllSucceed(calls);
        await @switch.RecordsAsync(before, calls);
        await @switch.LinesAreFreeAsync();
        foreach (var request in WireMessage.Of(run).Where(m => !m.Sent && m.Status == 0))
        {
            // What the switch sends comes over the balancer, too: its Via is on top.
            Assert.StartsWith($"SIP/2.0/UDP {@switch.Balancer.Local.Address}", request.Header("Via"), StringComparison.Ordinal);
        }

        foreach (var answer in WireMessage.Of(run).Where(m => !m.Sent && m.Is(200, "INVITE") && m.Header("CSeq") == "1 INVITE"))
            Assert.Equal($"<sip:{@switch.Balancer.Local.Address};lr>", answer.Header("Record-Route"));
    }

    // A node that is an edge only: the calls that came in by it live elsewhere, and go on.
    [Fact]
    public async Task A_killed_edge_costs_no_call_neither_new_ones_nor_those_that_talk()
    {
        var doomed = @switch.Nodes[2];
        var before = (await @switch.Rest.CdrsAsync()).Count;
        await using var vendor = await @switch.VendorAsync("uas_answer");
        await using var talking = await Sipp.StartAsync(
            @switch.Caller("uac_call", 6) with { Hold = TimeSpan.FromSeconds(4) });
        await Eventually.HoldsAsync(
            () => vendor.MessagesSoFar().Count(m => !m.Sent && m.Method == "ACK") >= 6,
            TimeSpan.FromSeconds(10),
            () => "six calls talk");

        await doomed.KillAsync();
        var during = await Sipp.CallAsync(@switch.Caller("uac_call", 30, rate: 15));

        during.ShouldAllSucceed(30);
        Assert.Contains("next edge", @switch.Balancer.Output, StringComparison.Ordinal);
        (await talking.Completion).ShouldAllSucceed(6);
        await @switch.Balancer.WaitActiveAsync(@switch.Nodes.Take(2).Select(n => n.Sip));
        var after = await Sipp.CallAsync(@switch.Caller("uac_call", 10, rate: 50));
        after.ShouldAllSucceed(10);
        Assert.Equal(0, after.Retransmissions);
        Assert.All((await @switch.RecordsAsync(before, 46)), r => r.ShouldEnd("Normal", "caller", 200));
        await @switch.LinesAreFreeAsync();
    }
}
