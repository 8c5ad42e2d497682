using System.Net;
using System.Text.Json;
using Tandem.Shared.Configuration;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Acceptance;

/// <summary>One node of the switch with a customer's and some vendors' addresses around it.</summary>
internal sealed class Switch : IAsyncDisposable
{
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(15);

    private Switch(NodeProcess node, IPEndPoint customer, IReadOnlyList<IPEndPoint> vendors) =>
        (Node, Customer, Vendors, Rest) = (node, customer, vendors, node.CreateRestClient());

    public NodeProcess Node { get; }

    public IPEndPoint Customer { get; }

    public IReadOnlyList<IPEndPoint> Vendors { get; }

    public RestClient Rest { get; }

    /// <summary>Starts it with a customer <c>customer</c> and vendors <c>v1</c>, <c>v2</c>, … in this order of priority.</summary>
    public static async Task<Switch> StartAsync(
        int vendors,
        Func<TestConfiguration, TestConfiguration>? change = null,
        Func<MappingGatewayConfiguration, MappingGatewayConfiguration>? customer = null,
        Func<RoutingGatewayConfiguration, RoutingGatewayConfiguration>? vendor = null)
    {
        var from = Loopback.NextEndPoint();
        var to = Enumerable.Range(0, vendors).Select(_ => Loopback.NextEndPoint()).ToList();
        var configuration = TestConfiguration.WithPrices().Customer("customer", new IPEndPoint(from.Address, 0), gateway: customer);
        for (var i = 0; i < vendors; i++) configuration = configuration.Vendor($"v{i + 1}", to[i], i + 1, vendor);
        var node = await NodeProcess.StartAsync(
            new NodeOptions { Configuration = (change?.Invoke(configuration) ?? configuration).Build() });
        return new Switch(node, from, to);
    }

    public SippOptions Caller(string scenario, int calls = 1, int rate = 10) => new()
    {
        Scenario = scenario,
        Local = Customer,
        Remote = Node.Sip,
        Calls = calls,
        Rate = rate,
    };

    public Task<Sipp> VendorAsync(int number, string scenario, int status = 0) => Sipp.StartAsync(new SippOptions
    {
        Scenario = scenario,
        Local = Vendors[number - 1],
        Calls = 0,
        Status = status,
    });

    public async Task<IReadOnlyList<JsonElement>> RecordsAsync(int expected)
    {
        IReadOnlyList<JsonElement> records = [];
        await Eventually.HoldsAsync(
            async () => (records = await Rest.CdrsAsync()).Count >= expected, Settled, () => $"{records.Count} of {expected} records");
        Assert.Equal(expected, records.Count);
        return records;
    }

    public static string EndReasonOf(JsonElement record) => record.GetProperty("endReason").GetString()!;

    /// <summary>Until no line of any gateway is in use (I2).</summary>
    public Task LinesAreFreeAsync() => Eventually.HoldsAsync(
        async () =>
        {
            foreach (var path in Vendors.Select((_, i) => $"routing-gateways/v{i + 1}/state").Prepend("mapping-gateways/customer/state"))
                if ((await Rest.GetAsync(path)).GetProperty("linesInUse").GetInt32() != 0) return false;
            return true;
        },
        Settled,
        () => "lines are still in use");

    /// <summary>The customer's balance is the opening balance less the exact sum of the prices in the records.</summary>
    public async Task MoneyAddsUpAsync(IEnumerable<JsonElement> records, decimal opening = 1_000m)
    {
        var prices = records.Sum(r => r.GetProperty("fee") is { ValueKind: JsonValueKind.Object } fee ? fee.GetProperty("amount").GetDecimal() : 0m);
        Assert.Equal(opening - prices, await Rest.BalanceAsync("customer"));
        var account = await Rest.GetAsync("accounts/customer");
        Assert.Equal(0m, account.GetProperty("state").GetProperty("held").GetDecimal());
    }

    public async ValueTask DisposeAsync()
    {
        Rest.Dispose();
        await Node.DisposeAsync();
    }
}
