using System.Net;
using Tandem.TestSupport;

namespace Tandem.Cluster.Tests;

/// <summary>What a node leaves behind when it goes: nothing that still counts (I2).</summary>
public sealed class NodeLossTests(ThreeNodes cluster) : IClassFixture<ThreeNodes>
{
    private const int Calls = 20;

    [Fact]
    public async Task Lines_of_a_killed_node_are_free_again_and_the_others_go_on()
    {
        await using var vendor = await ThreeNodes.VendorAsync(cluster.FirstVendor, "uas_answer");
        await using var doomed = await Sipp.StartAsync(
            cluster.Caller(2, "uac_call", Calls, rate: 50, port: 5063) with { Hold = TimeSpan.FromSeconds(60), Timeout = TimeSpan.FromSeconds(90) });
        await Eventually.HoldsAsync(
            async () => (await cluster.Rest[0].GetAsync("routing-gateways/v1/state")).GetProperty("linesInUse").GetInt32() == Calls,
            TimeSpan.FromSeconds(10), () => "the calls talk");
        await cluster.Nodes[2].KillAsync();
        await doomed.KillAsync();

        // Detection, decision and margin of the default profile take about 11 s; I2 gives 30 s.
        await cluster.LinesAreFreeAsync(limit: TimeSpan.FromSeconds(30));
        var after = await Sipp.CallAsync(cluster.Caller(0, "uac_call", 10, rate: 10));
        after.ShouldAllSucceed(10);
        (await Sipp.CallAsync(cluster.Caller(1, "uac_call", 10, rate: 10))).ShouldAllSucceed(10);
        await cluster.LinesAreFreeAsync();
    }
}
