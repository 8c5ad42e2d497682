using System.Collections.Immutable;
using Tandem.Routing.Selection;
using Tandem.Shared.Configuration;

namespace Tandem.Routing.Tests.Selection;

/// <summary>Each line of the table of vos3000.md §3.7 that applies.</summary>
public sealed class SwitchRulesTests
{
    private static readonly RoutingGatewayConfiguration Vendor = new() { Name = "vendor-1" };

    [Theory]
    [InlineData(302, true)]
    [InlineData(400, false)]
    [InlineData(401, false)]
    [InlineData(403, false)]
    [InlineData(404, false)]
    [InlineData(407, false)]
    [InlineData(408, true)]
    [InlineData(480, true)]
    [InlineData(484, false)]
    [InlineData(486, false)]
    [InlineData(487, false)]
    [InlineData(488, false)]
    [InlineData(499, false)]
    [InlineData(500, true)]
    [InlineData(502, true)]
    [InlineData(503, true)]
    [InlineData(504, true)]
    [InlineData(600, false)]
    [InlineData(603, true)]
    [InlineData(604, true)]
    [InlineData(606, true)]
    public void By_default_4xx_and_busy_stop_and_the_rest_switches(int status, bool switches) =>
        Assert.Equal(switches, Decide(AttemptOutcome.OfStatus(status)).Switch);

    [Theory]
    [InlineData(AttemptEnd.InviteTimeout)]
    [InlineData(AttemptEnd.TryingTimeout)]
    public void Silence_switches(AttemptEnd end) => Assert.True(Decide(AttemptOutcome.Of(end)).Switch);

    [Theory]
    [InlineData(AttemptEnd.SessionProgressTimeout)]
    [InlineData(AttemptEnd.RingingTimeout)]
    public void A_timeout_after_18x_is_final_unless_switch_until_connect(AttemptEnd end)
    {
        var outcome = AttemptOutcome.Of(end, progressSeen: true);
        Assert.False(Decide(outcome).Switch);
        Assert.True(Decide(outcome, Vendor with { SwitchUntilConnect = true }).Switch);
    }

    [Theory]
    [InlineData(true, false, "18x")]
    [InlineData(true, true, "early media")]
    public void A_failure_after_ringing_or_early_media_is_final_unless_switch_until_connect(bool rang, bool sdp, string word)
    {
        var outcome = AttemptOutcome.OfStatus(503, rang, sdp);
        var stop = Decide(outcome);
        Assert.False(stop.Switch);
        Assert.Contains(word, stop.Why);
        Assert.Contains("vendor-1 answered 503", stop.Why);
        Assert.True(Decide(outcome, Vendor with { SwitchUntilConnect = true }).Switch);
        Assert.True(Decide(outcome, Vendor, ("SS_GATEWAY_SWITCH_UNTIL_CONNECT", "on")).Switch);
        Assert.False(Decide(
            outcome, Vendor with { SwitchUntilConnect = false }, ("SS_GATEWAY_SWITCH_UNTIL_CONNECT", "on")).Switch);
    }

    [Fact]
    public void The_stop_list_wins_over_until_connect()
    {
        var gateway = Vendor with { SwitchUntilConnect = true, StopSwitchSipCodes = [503] };
        var decision = Decide(AttemptOutcome.OfStatus(503, progressSeen: true), gateway);
        Assert.False(decision.Switch);
        Assert.Contains("list of stop switching response codes", decision.Why);
        Assert.False(Decide(AttemptOutcome.OfStatus(404), Vendor with { SwitchUntilConnect = true }).Switch);
    }

    [Fact]
    public void A_list_of_the_operators_replaces_the_defaults_and_unlisted_codes_switch()
    {
        var gateway = Vendor with { StopSwitchSipCodes = [503] };
        Assert.True(Decide(AttemptOutcome.OfStatus(404), gateway).Switch);
        Assert.True(Decide(AttemptOutcome.OfStatus(486), gateway).Switch);
        Assert.True(Decide(AttemptOutcome.OfStatus(500), gateway).Switch);
        Assert.True(Decide(AttemptOutcome.OfStatus(404), Vendor with { StopSwitchSipCodes = ImmutableArray<int>.Empty }).Switch);
    }

    [Fact]
    public void The_callers_end_ends_everything() =>
        Assert.False(Decide(
            AttemptOutcome.Of(AttemptEnd.CallerCancelled),
            Vendor with { SwitchUntilConnect = true, StopSwitchSipCodes = ImmutableArray<int>.Empty }).Switch);

    [Theory]
    [InlineData("0", 1_000, true)]
    [InlineData("2", 1, true)]
    [InlineData("2", 2, false)]
    public void The_limit_of_switches_stops(string limit, int made, bool switches)
    {
        var parameters = Parameters(("SS_GATEWAY_SWITCH_LIMIT", limit));
        Assert.Equal(switches, SwitchRules.Decide(AttemptOutcome.OfStatus(503), Vendor, parameters, made).Switch);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(180)]
    [InlineData(0)]
    public void A_status_that_is_no_failure_is_a_bug(int status) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Decide(AttemptOutcome.OfStatus(status)));

    private static SwitchDecision Decide(
        AttemptOutcome outcome,
        RoutingGatewayConfiguration? gateway = null,
        params (string Name, string Value)[] parameters) =>
        SwitchRules.Decide(outcome, gateway ?? Vendor, Parameters(parameters), 0);

    private static SystemParameters Parameters(params (string Name, string Value)[] parameters) =>
        new(parameters.ToDictionary(p => p.Name, p => p.Value));
}
