using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Acceptance;

/// <summary>A short steady load: every call completed, recorded once and charged once. The long ones are bench/calls.sh.</summary>
public sealed class LoadTests
{
    [Fact]
    public async Task A_hundred_calls_a_second_all_complete_with_one_record_and_one_charge_each()
    {
        const int calls = 1_000;
        await using var it = await Switch.StartAsync(1);
        await using var vendor = await Sipp.StartAsync(new SippOptions
        {
            Scenario = "uas_answer",
            Local = it.Vendors[0],
            Calls = 0,
            TraceMessages = false,
        });
        var load = await Sipp.CallAsync(it.Caller("uac_call", calls, rate: 100) with { TraceMessages = false });
        load.ShouldAllSucceed(calls);
        var records = await it.RecordsAsync(calls);
        Assert.Equal(calls, records.Select(r => r.GetProperty("callId").GetString()).Distinct().Count());
        await it.LinesAreFreeAsync();
        await it.MoneyAddsUpAsync(records);
        Assert.Equal(calls + 1, (await it.Rest.LedgerAsync("customer")).Count);
    }
}
