using Tandem.Routing.Selection;
using Tandem.Routing.Tests.Calls;
using Tandem.Shared.Calls;
using Tandem.Shared.Configuration;

namespace Tandem.Routing.Tests.Selection;

public sealed class RouteSelectorHealthTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_offline_gateway_is_passed_over_with_since_when_and_why()
    {
        var routes = Select(new FakeHealth().Offline("a", Now.AddMinutes(-5)));
        Assert.Equal(["b"], routes.Candidates.Select(c => c.Gateway.Name));
        var skipped = Assert.Single(routes.Skipped);
        Assert.Equal(
            ("a", SkipCause.Health, "Routing gateway a is offline since 2026-11-24 11:55:00Z: no answer to OPTIONS."),
            (skipped.Gateway, skipped.Cause, skipped.Why));
    }

    [Fact]
    public void A_gateway_in_a_pause_is_passed_over_until_the_pause_is_over()
    {
        var health = new FakeHealth().Pause("a", Now.AddSeconds(-1), TimeSpan.FromSeconds(3));
        Assert.Equal("Routing gateway a is suspended for 2000 ms more: it answered 503.", Assert.Single(Select(health).Skipped).Why);
        health.Pause("a", Now.AddSeconds(-3), TimeSpan.FromSeconds(3));
        Assert.Empty(Select(health).Skipped);
    }

    [Fact]
    public void A_check_or_pause_that_is_switched_off_since_does_not_count()
    {
        Assert.Empty(Select(new FakeHealth().Offline("a", Now), g => g with { OptionsCheck = false }).Skipped);
        Assert.Empty(Select(new FakeHealth().Pause("a", Now, TimeSpan.FromHours(1)), g => g with { SipRetryAfter = false }).Skipped);
    }

    [Fact]
    public void When_all_are_offline_the_call_ends_with_NoAvailableRouter_and_their_causes()
    {
        var routes = Select(new FakeHealth().Offline("a", Now).Offline("b", Now));
        Assert.Empty(routes.Candidates);
        var reason = FinalReason.Of("86", routes, []);
        Assert.Equal(EndReason.NoAvailableRouter, reason.Reason);
        Assert.Contains("gateway a is offline since", reason.Detail, StringComparison.Ordinal);
        Assert.Contains("gateway b is offline since", reason.Detail, StringComparison.Ordinal);
    }

    private static RouteList Select(
        FakeHealth health, Func<RoutingGatewayConfiguration, RoutingGatewayConfiguration>? change = null)
    {
        RoutingGatewayConfiguration[] gateways =
        [
            new() { Name = "a", RemoteIp = "192.0.2.1", OptionsCheck = true },
            new() { Name = "b", RemoteIp = "192.0.2.2", OptionsCheck = true, Priority = 1 },
        ];
        var snapshot = new ConfigurationSnapshot(1, new SwitchConfiguration { RoutingGateways = [.. gateways.Select(change ?? (g => g))] });
        var routes = new RouteList();
        RouteSelector.Select(
            snapshot, "8613", "100", new GatewayLoad(), new RouteSelectorTests.Listed(""), Now, routes, health);
        return routes;
    }
}
