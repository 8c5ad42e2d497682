using System.Text.Json;
using Tandem.Shared.Configuration;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Acceptance;

/// <summary>What a caller gets when the account refuses, and how far a balance can fall (invariant I5).</summary>
public sealed class MoneyTests
{
    [Theory]
    [InlineData("empty", 503, "InsufficientBalance")]
    [InlineData("locked", 403, "AccountLocked")]
    [InlineData("expired", 403, "AccountExpired")]
    [InlineData("unrated", 403, "RateNotFound")]
    public async Task An_account_that_may_not_call_is_refused_before_any_vendor_is_asked(string what, int status, string reason)
    {
        await using var it = await Switch.StartAsync(1, c => c.Change(whole => whole with
        {
            Accounts = [.. whole.Accounts.Select(a => a.Account != "customer" ? a : what switch
            {
                "empty" => a with { OpeningBalance = 0.05m },
                "locked" => a with { LockType = LockType.All },
                "expired" => a with { ValidTime = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero) },
                _ => a with { FeeRateGroup = "" },
            })],
        }));
        await using var vendor = await it.VendorAsync(1, "uas_answer");
        (await Sipp.CallAsync(it.Caller("uac_expect_final") with { Status = status })).ShouldAllSucceed(1);
        var record = Assert.Single(await it.RecordsAsync(1));
        Assert.Equal(reason, Switch.EndReasonOf(record));
        Assert.Equal("server", record.GetProperty("endDirection").GetString());
        Assert.Empty((await vendor.StopAsync()).InvitesReceived);
        await it.LinesAreFreeAsync();
    }

    [Fact]
    public async Task Many_parallel_calls_never_push_an_account_past_its_overdraft_limit()
    {
        // 0.18 and a limit of 0.12 buy five periods of 0.06.
        await using var it = await Switch.StartAsync(1, c => c.Change(whole => whole with
        {
            Accounts = [.. whole.Accounts.Select(a =>
                a.Account == "customer" ? a with { OpeningBalance = 0.18m, LimitMoney = 0.12m } : a)],
        }));
        await using var vendor = await it.VendorAsync(1, "uas_answer");
        var caller = await Sipp.CallAsync(it.Caller("uac_call", calls: 20, rate: 100) with { Hold = TimeSpan.FromSeconds(2) });
        Assert.Equal(5, caller.FinalStatuses.Count(s => s == 200));
        var records = await it.RecordsAsync(20);
        Assert.Equal(15, records.Count(r => Switch.EndReasonOf(r) == "InsufficientBalance"));
        await it.MoneyAddsUpAsync(records, opening: 0.18m);
        Assert.Equal(-0.12m, await it.Rest.BalanceAsync("customer"));
    }

    [Fact]
    public async Task A_call_is_cut_at_the_second_at_which_the_money_ends()
    {
        // A second costs 0.01, and there are three.
        await using var it = await Switch.StartAsync(1, c => c.Change(whole => whole with
        {
            Accounts = [.. whole.Accounts.Select(a => a.Account == "customer" ? a with { OpeningBalance = 0.03m } : a)],
            RateGroups = [.. whole.RateGroups.Select(g => g.Name != TestConfiguration.RetailRates ? g : g with
            {
                Rates = [new RateConfiguration { Fee = 0.01m, Period = 1 }],
            })],
        }));
        await using var vendor = await it.VendorAsync(1, "uas_answer");
        (await Sipp.CallAsync(it.Caller("uac_wait_bye"))).ShouldAllSucceed(1);
        var record = Assert.Single(await it.RecordsAsync(1));
        Assert.Equal("InsufficientBalance", Switch.EndReasonOf(record));
        Assert.Equal(3, record.GetProperty("holdTimeSeconds").GetInt32());
        Assert.Equal(0m, await it.Rest.BalanceAsync("customer"));
        Assert.Contains((await vendor.StopAsync()).Messages, m => m is { Sent: false, Status: 0, Method: "BYE" });
    }

    [Fact]
    public async Task A_payment_lets_the_next_call_pass_and_a_repeat_of_it_pays_nothing()
    {
        await using var it = await Switch.StartAsync(1, c => c.Change(whole => whole with
        {
            Accounts = [.. whole.Accounts.Select(a => a.Account == "customer" ? a with { OpeningBalance = 0m } : a)],
        }));
        await using var vendor = await it.VendorAsync(1, "uas_answer");
        (await Sipp.CallAsync(it.Caller("uac_expect_final") with { Status = 503 })).ShouldAllSucceed(1);
        for (var i = 0; i < 2; i++)
            await it.Rest.PostAsync("accounts/customer/payments", new { key = "receipt-7", amount = 1.5m, kind = "payment", memo = "cash" });
        Assert.Equal(1.5m, await it.Rest.BalanceAsync("customer"));
        (await Sipp.CallAsync(it.Caller("uac_call"))).ShouldAllSucceed(1);
        await it.RecordsAsync(2);
        Assert.Equal(1.44m, await it.Rest.BalanceAsync("customer"));
    }
}
