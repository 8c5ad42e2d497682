using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Acceptance;

/// <summary>Six calls to one number in the window, the seventh is refused (vos3000.md rows 44, 45, 48–52).</summary>
public sealed class BlacklistTests
{
    private const string Attacked = "442079460000";
    private const int Allowed = 6;

    // A block is on every node within a second (I8); the tests wait for it before the call that must be refused.
    private static readonly TimeSpan WithinOneSecond = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Central_mode_refuses_the_seventh_call_at_every_gateway_and_frees_the_number_after_its_time()
    {
        var other = Loopback.NextEndPoint();
        await using var it = await Switch.StartAsync(1, c => Detecting(c, "global", expire: 4).Customer("other", other));
        await using var vendor = await it.VendorAsync(1, "uas_answer");
        (await CallAsync(it, "uac_call", Allowed)).ShouldAllSucceed(Allowed);
        await ListedAsync(it, 1);
        (await RefusedAsync(it, it.Customer)).ShouldAllSucceed(1);
        (await RefusedAsync(it, other)).ShouldAllSucceed(1); // A gateway that had no call of the six.
        var free = await Sipp.CallAsync(it.Caller("uac_call") with { Callee = "442079460001" });
        free.ShouldAllSucceed(1); // Another number.
        var record = (await it.RecordsAsync(Allowed + 3)).First(r => Switch.EndReasonOf(r) == "BlackList");
        Assert.Equal(603, record.GetProperty("callerSipStatus").GetInt32());
        await ListedAsync(it, 0, TimeSpan.FromSeconds(8));
        (await CallAsync(it, "uac_call", 1)).ShouldAllSucceed(1);
    }

    [Fact]
    public async Task Standalone_mode_refuses_only_at_the_ticked_gateway()
    {
        var other = Loopback.NextEndPoint();
        await using var it = await Switch.StartAsync(
            1,
            c => Detecting(c, "standalone", expire: 60).Customer("other", other),
            customer: c => c with { DynamicBlackListInStandalone = true });
        await using var vendor = await it.VendorAsync(1, "uas_answer");
        (await CallAsync(it, "uac_call", Allowed)).ShouldAllSucceed(Allowed);
        await ListedAsync(it, 1);
        (await RefusedAsync(it, it.Customer)).ShouldAllSucceed(1);
        var elsewhere = await Sipp.CallAsync(it.Caller("uac_call") with { Local = other, Callee = Attacked });
        elsewhere.ShouldAllSucceed(1);
    }

    [Fact]
    public async Task A_number_that_an_operator_takes_off_is_free_at_once()
    {
        await using var it = await Switch.StartAsync(1, c => Detecting(c, "global", expire: 3_600));
        await using var vendor = await it.VendorAsync(1, "uas_answer");
        (await CallAsync(it, "uac_call", Allowed)).ShouldAllSucceed(Allowed);
        await ListedAsync(it, 1);
        var entry = Assert.Single((await it.Rest.GetAsync("dynamic-blacklist")).GetProperty("items").EnumerateArray());
        Assert.Equal(Attacked, entry.GetProperty("number").GetString());
        Assert.Equal(Allowed, entry.GetProperty("callsInWindow").GetInt32());
        await it.Rest.DeleteAsync($"dynamic-blacklist/callee/{Attacked}");
        await ListedAsync(it, 0);
        (await CallAsync(it, "uac_call", 1)).ShouldAllSucceed(1);
    }

    [Fact]
    public async Task A_caller_of_too_many_calls_is_refused_whatever_it_dials()
    {
        await using var it = await Switch.StartAsync(1, c => c
            .Parameter("SS_BLACK_LIST_CALLER_MALICIOUS_CALL_LIMIT", Allowed)
            .Parameter("SS_BLACK_LIST_CALLER_MALICIOUS_CALL_CHECK_INTERVAL", 60));
        await using var vendor = await it.VendorAsync(1, "uas_answer");
        (await CallAsync(it, "uac_call", Allowed)).ShouldAllSucceed(Allowed);
        await ListedAsync(it, 1);
        var refused = await Sipp.CallAsync(it.Caller("uac_expect_final") with { Callee = "33123456", Status = 603 });
        refused.ShouldAllSucceed(1);
    }

    [Fact]
    public async Task The_same_calls_spread_wider_than_the_window_do_nothing()
    {
        await using var it = await Switch.StartAsync(1, c => c
            .Parameter("SS_BLACK_LIST_MALICIOUS_CALL_LIMIT", 3)
            .Parameter("SS_BLACK_LIST_MALICIOUS_CALL_CHECK_INTERVAL", 1));
        await using var vendor = await it.VendorAsync(1, "uas_answer");
        (await Sipp.CallAsync(it.Caller("uac_call", calls: 5, rate: 1) with { Callee = Attacked })).ShouldAllSucceed(5);
    }

    private static TestConfiguration Detecting(TestConfiguration configuration, string mode, int expire) => configuration
        .Parameter("SS_BLACK_LIST_DYNAMIC_RUN_MODE", mode)
        .Parameter("SS_BLACK_LIST_MALICIOUS_CALL_LIMIT", Allowed)
        .Parameter("SS_BLACK_LIST_MALICIOUS_CALL_CHECK_INTERVAL", 600)
        .Parameter("SS_BLACK_LIST_MALICIOUS_CALL_EXPIRE", expire);

    private static Task<SippResult> CallAsync(Switch it, string scenario, int calls) =>
        Sipp.CallAsync(it.Caller(scenario, calls, rate: 20) with { Callee = Attacked });

    private static Task<SippResult> RefusedAsync(Switch it, System.Net.IPEndPoint from) =>
        Sipp.CallAsync(it.Caller("uac_expect_final") with { Local = from, Callee = Attacked, Status = 603 });

    private static Task ListedAsync(Switch it, int entries, TimeSpan? limit = null) => Eventually.HoldsAsync(
        async () => (await it.Rest.GetAsync("dynamic-blacklist")).GetProperty("total").GetInt32() == entries,
        limit ?? WithinOneSecond,
        () => $"{entries} entries on the black list");
}
