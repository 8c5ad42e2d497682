using System.Text.Json;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Acceptance;

/// <summary>Line limits and rate limits, counted by the vendors themselves (invariants I1, I3).</summary>
public sealed class LimitTests
{
    private const int Limit = 10;
    private const int Parallel = 50;

    [Fact]
    public async Task Never_an_eleventh_call_at_a_vendor_of_ten_lines_and_the_rest_spills_to_the_next()
    {
        await using var it = await Switch.StartAsync(2, vendor: v => v.Name == "v1" ? v with { Capacity = Limit } : v);
        await using var first = await it.VendorAsync(1, "uas_answer");
        await using var second = await it.VendorAsync(2, "uas_answer");
        var caller = await Sipp.CallAsync(it.Caller("uac_call", Parallel, rate: Parallel) with { Hold = TimeSpan.FromSeconds(3) });
        caller.ShouldAllSucceed(Parallel);
        var (full, rest) = (await first.StopAsync(), await second.StopAsync());
        Assert.Equal(Limit, full.MostCallsAtOnce());
        Assert.Equal(Parallel - Limit, rest.InvitesReceived.Count);
        var records = await it.RecordsAsync(Parallel);
        await it.LinesAreFreeAsync();
        await it.MoneyAddsUpAsync(records);
        Assert.Equal(1_000m - (Parallel * 0.06m), await it.Rest.BalanceAsync("customer"));
    }

    [Fact]
    public async Task Calls_over_the_limit_get_503_AllGatewayBusy_when_there_is_no_other_vendor()
    {
        await using var it = await Switch.StartAsync(1, vendor: v => v with { Capacity = Limit });
        await using var vendor = await it.VendorAsync(1, "uas_answer");
        var caller = await Sipp.CallAsync(it.Caller("uac_call", Parallel, rate: Parallel) with { Hold = TimeSpan.FromSeconds(3) });
        Assert.Equal(Limit, caller.FinalStatuses.Count(s => s == 200));
        Assert.Equal(Parallel - Limit, caller.FinalStatuses.Count(s => s == 503));
        Assert.Equal(Limit, (await vendor.StopAsync()).MostCallsAtOnce());
        var records = await it.RecordsAsync(Parallel);
        Assert.Equal(Parallel - Limit, records.Count(r => Switch.EndReasonOf(r) == "AllGatewayBusy"));
        await it.LinesAreFreeAsync();
        await it.MoneyAddsUpAsync(records);
    }

    [Fact]
    public async Task The_customers_own_line_limit_refuses_although_vendors_are_free()
    {
        await using var it = await Switch.StartAsync(1, customer: c => c with { Capacity = 3 });
        await using var vendor = await it.VendorAsync(1, "uas_answer");
        var caller = await Sipp.CallAsync(it.Caller("uac_call", 8, rate: 100) with { Hold = TimeSpan.FromSeconds(2) });
        Assert.Equal(3, caller.FinalStatuses.Count(s => s == 200));
        var records = await it.RecordsAsync(8);
        Assert.Equal(5, records.Count(r => Switch.EndReasonOf(r) == "ConnectionLimitExceeded"));
        await it.LinesAreFreeAsync();
    }

    [Fact]
    public async Task Of_thirty_INVITEs_in_one_second_exactly_ten_pass_a_rate_limit_of_ten()
    {
        await using var it = await Switch.StartAsync(1, customer: c => c with { MaxCallRate = Limit });
        await using var vendor = await it.VendorAsync(1, "uas_answer");
        var caller = await Sipp.CallAsync(it.Caller("uac_call", 30, rate: 200));
        Assert.Equal(Limit, caller.FinalStatuses.Count(s => s == 200));
        Assert.Equal(20, caller.FinalStatuses.Count(s => s == 503));
        Assert.Equal(Limit, (await vendor.StopAsync()).InvitesReceived.Count);
        var refused = (await it.RecordsAsync(30)).First(r => Switch.EndReasonOf(r) == "GatewayRateLimit");
        var whole = await it.Rest.CdrAsync(refused.GetProperty("callId").GetString()!);
        Assert.Contains(whole.GetProperty("trace").EnumerateArray(), line => line.GetString()!.Contains("10", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_burst_over_a_vendors_rate_limit_spills_to_the_next_vendor()
    {
        await using var it = await Switch.StartAsync(2, vendor: v => v.Name == "v1" ? v with { MaxCallRate = Limit } : v);
        await using var first = await it.VendorAsync(1, "uas_answer");
        await using var second = await it.VendorAsync(2, "uas_answer");
        (await Sipp.CallAsync(it.Caller("uac_call", 30, rate: 200))).ShouldAllSucceed(30);
        Assert.Equal(Limit, (await first.StopAsync()).InvitesReceived.Count);
        Assert.Equal(20, (await second.StopAsync()).InvitesReceived.Count);
    }

    [Fact]
    public async Task SS_MAX_CPS_holds_for_the_whole_switch_and_the_answer_says_when_to_try_again()
    {
        await using var it = await Switch.StartAsync(1, c => c.Parameter("SS_MAX_CPS", 5));
        await using var vendor = await it.VendorAsync(1, "uas_answer");
        var caller = await Sipp.CallAsync(it.Caller("uac_call", 15, rate: 100));
        Assert.Equal(5, caller.FinalStatuses.Count(s => s == 200));
        Assert.Contains("Retry-After: 1", caller.Log, StringComparison.Ordinal);
        Assert.Equal(5, (await vendor.StopAsync()).InvitesReceived.Count);
    }

    [Fact]
    public async Task A_lower_limit_counts_at_once_and_ends_no_call()
    {
        await using var it = await Switch.StartAsync(1);
        await using var vendor = await it.VendorAsync(1, "uas_answer");
        var running = Sipp.CallAsync(it.Caller("uac_call", 5, rate: 50) with { Hold = TimeSpan.FromSeconds(4) });
        await Eventually.HoldsAsync(
            async () => (await it.Rest.GetAsync("routing-gateways/v1/state")).GetProperty("linesInUse").GetInt32() == 5,
            TimeSpan.FromSeconds(3), () => "five calls at the vendor");
        var gateway = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>((await it.Rest.GetAsync("routing-gateways/v1")).GetRawText())!;
        gateway["capacity"] = JsonSerializer.SerializeToElement(2);
        await it.Rest.PutAsync("routing-gateways/v1", gateway);
        await Eventually.HoldsAsync(
            async () => (await it.Rest.GetAsync("routing-gateways/v1/state")).GetProperty("lineLimit").GetInt32() == 2,
            TimeSpan.FromSeconds(1), () => "the new limit is in force within a second");
        var refused = await Sipp.CallAsync(it.Caller("uac_expect_final") with
        {
            Local = new System.Net.IPEndPoint(it.Customer.Address, 5080),
            Status = 503,
        });
        refused.ShouldAllSucceed(1);
        (await running).ShouldAllSucceed(5);
        await it.LinesAreFreeAsync();
    }
}
