using Tandem.TestSupport;

namespace Tandem.Cluster.Tests;

/// <summary>Three nodes have one prober, and another one when its node is killed; what was known stays known.</summary>
public sealed class GatewayHealthTests(ThreeNodes cluster) : IClassFixture<ThreeNodes>
{
    private const int Period = 2;

    [Fact]
    public async Task Exactly_one_node_checks_a_gateway_and_another_one_does_when_it_is_killed()
    {
        var checkedConfiguration = TestConfiguration.WithPrices()
            .Parameter("SS_SIP_OPTIONS_CHECK_PERIOD", Period)
            .Customer("customer", cluster.Customer, ThreeNodes.Opening)
            .Vendor("v1", cluster.FirstVendor, 1, g => g with { OptionsCheck = true })
            .Vendor("v2", cluster.SecondVendor, 2, g => g with { OptionsCheck = true })
            .Build();
        await cluster.ConfigureAsync(checkedConfiguration);
        await using var vendor = await ThreeNodes.VendorAsync(cluster.FirstVendor, "uas_checked");
        await BecomesAsync(0, "v1", "online");
        await BecomesAsync(2, "v2", "offline");

        // Each check is one Call-ID; three probers would make three times as many.
        var before = Checks(vendor).Count;
        var began = TimeProvider.System.GetTimestamp();
        await Eventually.HoldsAsync(() => Checks(vendor).Count >= before + 3, TimeSpan.FromSeconds(20), () => "no three checks");
        Assert.True(TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromSeconds(1.5 * Period), "more checks than one prober makes");

        // The singleton lives on the oldest node with the role: the first.
        var since = (await HealthAsync(1, "v2")).GetProperty("since").GetString();
        await cluster.Nodes[0].KillAsync();
        var killed = Checks(vendor).Count;
        await Eventually.HoldsAsync(() => Checks(vendor).Count >= killed + 2, TimeSpan.FromSeconds(60), () => "nobody checks any more");
        Assert.Equal("offline", (await HealthAsync(1, "v2")).GetProperty("state").GetString());
        Assert.Equal(since, (await HealthAsync(2, "v2")).GetProperty("since").GetString());
    }

    private static List<string> Checks(Sipp vendor) =>
        [.. vendor.MessagesSoFar().Where(m => m is { Sent: false, Method: "OPTIONS" }).Select(m => m.CallId).Distinct()];

    private async Task<System.Text.Json.JsonElement> HealthAsync(int node, string gateway) =>
        (await cluster.Rest[node].GetAsync($"routing-gateways/{gateway}/state")).GetProperty("health");

    private Task BecomesAsync(int node, string gateway, string state) => Eventually.HoldsAsync(
        async () => (await HealthAsync(node, gateway)).GetProperty("state").GetString() == state,
        TimeSpan.FromSeconds(20), () => $"{gateway} is not {state}");
}
