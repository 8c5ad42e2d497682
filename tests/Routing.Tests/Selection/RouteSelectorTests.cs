using CsCheck;
using Tandem.Routing.Selection;
using Tandem.Shared;
using Tandem.Shared.Blacklist;
using Tandem.Shared.Calls;
using Tandem.Shared.Configuration;
using Tandem.Shared.Gateways;

namespace Tandem.Routing.Tests.Selection;

public sealed class RouteSelectorTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_longest_prefix_goes_first_whatever_the_priority()
    {
        var routes = Select("90080001", [Gateway("any", 0), Gateway("nine", 1, "9"), Gateway("long", 9, "90080001")]);
        Assert.Equal(["long", "nine", "any"], Names(routes));
        Assert.Equal(["90080001", "9", ""], routes.Candidates.Select(c => c.Prefix));
        Assert.Equal([0, 1, 2], routes.Candidates.Select(c => c.Level));
    }

    [Fact]
    public void Inside_a_level_priority_then_load_then_total_calls_then_name()
    {
        var load = new GatewayLoad();
        Heard(load, "full", lines: 9, total: 1);
        Heard(load, "half", lines: 50, total: 9);
        Heard(load, "half-rested", lines: 5, total: 3);
        var routes = Select(
            "1",
            [
                Gateway("b", 1), Gateway("a", 1), Gateway("first", 0) with { Capacity = 1 },
                Gateway("full", 1) with { Capacity = 10 }, Gateway("half", 1) with { Capacity = 100 },
                Gateway("half-rested", 1) with { Capacity = 10 },
            ],
            load: load);
        Assert.Equal(["first", "a", "b", "half-rested", "half", "full"], Names(routes));
    }

    [Fact]
    public void A_gateway_with_several_matching_prefixes_is_tried_once_at_its_longest()
    {
        var routes = Select("8613", [Gateway("x", 5, "86", "8613", ""), Gateway("y", 0, "86")]);
        Assert.Equal(["x", "y"], Names(routes));
    }

    [Fact]
    public void A_locked_gateway_is_passed_over_with_its_reason()
    {
        var routes = Select("1", [Gateway("x", 0) with { LockType = LockType.All }, Gateway("y", 1)]);
        Assert.Equal(["y"], Names(routes));
        Assert.Equal(("x", SkipCause.Locked), (routes.Skipped[0].Gateway, routes.Skipped[0].Cause));
        Assert.Contains("locked", routes.Skipped[0].Why);
    }

    [Theory]
    [InlineData("8613", true)]
    [InlineData("8614", false)] // its rate is locked
    [InlineData("1", false)]
    public void Check_rate_passes_over_a_gateway_without_an_open_clearing_rate(string callee, bool taken)
    {
        var gateway = Gateway("x", 0) with { FeerateRestrict = true, ClearingAccount = "V1" };
        var routes = Select(callee, [gateway]);
        Assert.Equal(taken ? ["x"] : [], Names(routes));
        if (!taken) Assert.Equal(SkipCause.NoClearingRate, Assert.Single(routes.Skipped).Cause);
    }

    [Fact]
    public void Check_rate_without_a_clearing_account_passes_over()
    {
        var routes = Select("8613", [Gateway("x", 0) with { FeerateRestrict = true }]);
        Assert.Contains("no clearing account", Assert.Single(routes.Skipped).Why);
    }

    [Fact]
    public void A_candidate_brings_the_price_of_its_clearing_account()
    {
        var routes = Select("8613", [Gateway("x", 0) with { ClearingAccount = "V1" }, Gateway("y", 1)]);
        var quote = routes.Candidates[0].ClearingQuote();
        Assert.Equal(("86", 0.5m, "EUR"), (quote!.Prefix, quote.Fee, quote.Currency.Code));
        Assert.Null(routes.Candidates[1].ClearingQuote());
    }

    [Theory]
    [InlineData("standalone", true, "", 0)]
    [InlineData("standalone", false, "", 1)]
    [InlineData("global", true, "", 1)]
    [InlineData("standalone", true, "555", 1)]
    public void A_number_on_a_ticked_gateways_own_list_passes_it_over(string mode, bool ticked, string white, int candidates)
    {
        foreach (var (callee, caller) in new[] { ("555", "1"), ("1", "555") })
        {
            var routes = Select(
                callee,
                [Gateway("x", 0) with { DynamicBlackListInStandalone = ticked }],
                caller: caller,
                mode: mode,
                white: white,
                blacklist: new Listed("555"));
            Assert.Equal(candidates, routes.Candidates.Count);
            if (candidates == 0) Assert.Equal(SkipCause.BlackList, Assert.Single(routes.Skipped).Cause);
        }
    }

    [Fact]
    public void A_buffer_used_again_holds_only_the_new_call()
    {
        var routes = new RouteList();
        Select("90", [Gateway("nine", 0, "9"), Gateway("x", 0) with { LockType = LockType.All }], routes: routes);
        Select("1", [Gateway("nine", 0, "9")], routes: routes);
        Assert.Empty(routes.Candidates);
        Assert.Empty(routes.Skipped);
    }

    // Reference: every gateway's longest matching prefix, then one sort by (length down, priority, quotient, total, name).
    [Fact]
    public void Order_agrees_with_a_slow_reference()
    {
        var prefix = Gen.Int[0, 4].SelectMany(n => Gen.Char["12"].Array[n].Select(c => new string(c)));
        var gateway = Gen.Select(prefix.Array[1, 3], Gen.Int[0, 2], Gen.Int[0, 4], Gen.Int[0, 5], Gen.Int[0, 3]);
        Gen.Select(gateway.Array[0, 12], Gen.Char["12"].Array[1, 6]).Sample((drawn, digits) =>
        {
            var callee = new string(digits);
            var load = new GatewayLoad();
            var gateways = drawn.Select((d, i) =>
            {
                Heard(load, "g" + i, d.Item4, d.Item5);
                return Gateway("g" + i, d.Item2, [.. d.Item1.Distinct()]) with { Capacity = d.Item3 };
            }).ToArray();
            var expected = gateways
                .Select((g, i) => (Gateway: g, Drawn: drawn[i], Prefix: g.Prefix.Where(callee.StartsWith).MaxBy(p => p.Length)))
                .Where(x => x.Prefix is not null)
                .OrderByDescending(x => x.Prefix!.Length)
                .ThenBy(x => x.Gateway.Priority)
                .ThenBy(x => x.Gateway.Capacity == 0 ? 0m : (decimal)x.Drawn.Item4 / x.Gateway.Capacity)
                .ThenBy(x => x.Drawn.Item5)
                .ThenBy(x => x.Gateway.Name, StringComparer.Ordinal)
                .Select(x => x.Gateway.Name);
            return Names(Select(callee, gateways, load: load)).SequenceEqual(expected);
        });
    }

    internal static RoutingGatewayConfiguration Gateway(string name, int priority, params string[] prefixes) =>
        new() { Name = name, Priority = priority, Prefix = [.. prefixes], RemoteIp = "127.0.0.1" };

    internal static RouteList Select(
        string callee,
        RoutingGatewayConfiguration[] gateways,
        string caller = "100",
        GatewayLoad? load = null,
        string mode = "global",
        string white = "",
        IDynamicBlacklist? blacklist = null,
        RouteList? routes = null)
    {
        routes ??= new RouteList();
        var snapshot = new ConfigurationSnapshot(1, new SwitchConfiguration
        {
            Accounts = [new() { Account = "V1", Type = AccountType.Clearing, FeeRateGroup = "V1", Currency = "EUR" }],
            RateGroups =
            [
                new()
                {
                    Name = "V1",
                    Rates = [new() { FeePrefix = "86", Fee = 0.5m }, new() { FeePrefix = "8614", LockType = LockType.All }],
                },
            ],
            RoutingGateways = [.. gateways],
            SystemWhiteList = white.Length == 0 ? [] : [white],
            SystemParameters = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty
                .Add("SS_BLACK_LIST_DYNAMIC_RUN_MODE", mode),
        });
        RouteSelector.Select(snapshot, callee, caller, load ?? new GatewayLoad(), blacklist ?? new Listed(""), Now, routes);
        return routes;
    }

    internal static void Heard(GatewayLoad load, string name, int lines, long total) => load.Granted(
        new GatewayReplies.Granted(GatewayId.Routing(name), new LeaseKey(default, 1), 1, lines, total));

    private static List<string> Names(RouteList routes) => [.. routes.Candidates.Select(c => c.Gateway.Name)];

    internal sealed class Listed(string number) : IDynamicBlacklist
    {
        public BlacklistEntry? Find(string asked, NumberRole role, GatewayId gateway, DateTimeOffset now) => asked == number
            ? new BlacklistEntry(asked, role, gateway, BlacklistCause.MaliciousCallee, now, now, now.AddHours(1), 6)
            : null;
    }
}
