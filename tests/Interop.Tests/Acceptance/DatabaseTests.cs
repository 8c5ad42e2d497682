using System.Net;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Acceptance;

/// <summary>The database goes away while calls run: they go on, and charges and records are written when it is back.</summary>
public sealed class DatabaseTests
{
    [Fact]
    public async Task Calls_go_on_without_the_database_and_nothing_is_lost()
    {
        const int calls = 40;
        var (customer, vendorAt) = (Loopback.NextEndPoint(), Loopback.NextEndPoint());
        await using var postgres = await PostgresServer.StartAsync();
        await using var node = await NodeProcess.StartAsync(new NodeOptions
        {
            PostgreSql = await postgres.CreateDatabaseAsync(),
            Configuration = TestConfiguration.WithPrices()
                .Customer("customer", new IPEndPoint(customer.Address, 0)).Vendor("v1", vendorAt, 1).Build(),
        });
        using var rest = node.CreateRestClient();
        await using var vendor = await Sipp.StartAsync(new SippOptions { Scenario = "uas_answer", Local = vendorAt, Calls = 0 });
        SippOptions Caller(int port) => new()
        {
            Scenario = "uac_call",
            Local = new IPEndPoint(customer.Address, port),
            Remote = node.Sip,
            Calls = calls,
            Rate = 10,
            Hold = TimeSpan.FromSeconds(2),
        };
        (await Sipp.CallAsync(Caller(5061) with { Calls = 1 })).ShouldAllSucceed(1); // The account is awake.

        var running = Sipp.CallAsync(Caller(5062));
        await Eventually.HoldsAsync(
            async () => (await rest.GetAsync("routing-gateways/v1/state")).GetProperty("linesInUse").GetInt32() >= 10,
            TimeSpan.FromSeconds(5), () => "ten calls talk");
        await postgres.StopAsync();
        (await running).ShouldAllSucceed(calls); // In progress, and new ones too: permission comes from memory.
        Assert.False(node.HasExited);
        await postgres.StartAgainAsync();

        await Eventually.HoldsAsync(
            async () => (await rest.CdrsAsync()).Count == calls + 1, TimeSpan.FromSeconds(60), () => "all records are there");
        Assert.Equal(1_000m - ((calls + 1) * 0.06m), await rest.BalanceAsync("customer"));
        var ledger = await rest.LedgerAsync("customer");
        Assert.Equal(calls + 2, ledger.Count); // With the opening balance.
        Assert.Equal(0, (await rest.GetAsync("routing-gateways/v1/state")).GetProperty("linesInUse").GetInt32());
    }
}
