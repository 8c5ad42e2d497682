using Tandem.Edge.Health;
using Tandem.Shared.Configuration;
using Tandem.Shared.Gateways;

namespace Tandem.Edge.Tests.Health;

public sealed class GatewayChecksTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private double _chance = 0.5;
    private DateTimeOffset _now = Start;
    private readonly GatewayChecks _checks;

    public GatewayChecksTests() => _checks = new GatewayChecks(() => _chance);

    [Fact]
    public void Spreads_the_first_checks_over_the_first_period()
    {
        var chances = new Queue<double>([0, 0.25, 0.99]);
        var checks = new GatewayChecks(() => chances.Dequeue());
        checks.Configure(Configuration("a", "b", "c"), Start);
        Assert.Single(checks.TakeDue(Start));
        Assert.Single(checks.TakeDue(Start.AddSeconds(15)));
        Assert.Empty(checks.TakeDue(Start.AddSeconds(59)));
        Assert.Single(checks.TakeDue(Start.AddSeconds(60)));
    }

    [Theory]
    [InlineData(0, 54)]
    [InlineData(1, 66)]
    public void Checks_again_after_a_period_with_a_tenth_of_jitter(double chance, int seconds)
    {
        Begin();
        _chance = chance;
        _checks.Answered("v", 200, default, _now);
        Assert.Empty(_checks.TakeDue(_now.AddSeconds(seconds - 1)));
        Assert.Single(_checks.TakeDue(_now.AddSeconds(seconds)));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(405)]
    [InlineData(481)]
    [InlineData(503)]
    public void Any_answer_makes_it_online(int status)
    {
        Begin();
        _checks.Answered("v", status, default, _now);
        Assert.Equal((GatewayHealthState.Online, $"answers OPTIONS with {status}", _now), Of("v"));
    }

    [Fact]
    public void Goes_offline_after_failures_in_a_row_with_shorter_waits_between_and_comes_back_with_one_answer()
    {
        Begin(failures: 3);
        _checks.Answered("v", 200, default, _now);
        var since = _now;
        foreach (var (wait, offline) in ((int, bool)[])[(60, false), (15, false), (30, true), (60, true)])
        {
            Assert.Empty(_checks.TakeDue(_now.AddSeconds(wait - 1)));
            _now = _now.AddSeconds(wait);
            Assert.Single(_checks.TakeDue(_now));
            _checks.Failed("v", "no answer", _now);
            if (offline && since == Start) since = _now;
            Assert.Equal(offline ? GatewayHealthState.Offline : GatewayHealthState.Online, Of("v").State);
        }

        Assert.Equal("no answer to OPTIONS", Of("v").Cause);
        _now = _now.AddSeconds(60);
        _checks.TakeDue(_now);
        _checks.Answered("v", 405, default, _now);
        Assert.Equal((GatewayHealthState.Online, "answers OPTIONS with 405", _now), Of("v"));
    }

    [Fact]
    public void A_single_failure_between_answers_changes_nothing()
    {
        Begin(failures: 2);
        for (var i = 0; i < 4; i++)
        {
            _checks.Failed("v", "no answer", _now);
            _checks.Answered("v", 200, default, _now);
        }

        Assert.Equal(GatewayHealthState.Online, Of("v").State);
    }

    [Fact]
    public void A_503_rests_it_for_the_time_that_it_says_or_until_the_next_check()
    {
        Begin();
        _checks.Answered("v", 503, "7"u8, _now);
        var health = Assert.Single(_checks.TakeChanges(_now));
        Assert.Equal((GatewayHealthState.Suspended, TimeSpan.FromSeconds(7)), (health.StateAt(_now), health.RetryAfterAt(_now)));
        Assert.Equal(GatewayHealthState.Online, health.StateAt(_now.AddSeconds(7)));
        _checks.Answered("v", 503, default, _now);
        Assert.True(Assert.Single(_checks.TakeChanges(_now)).RetryAfterAt(_now) > TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void A_503_does_not_rest_a_gateway_whose_pauses_are_not_honoured()
    {
        Begin(change: g => g with { SipRetryAfter = false });
        _checks.Answered("v", 503, "7"u8, _now);
        Assert.Equal(TimeSpan.Zero, Assert.Single(_checks.TakeChanges(_now)).RetryAfterAt(_now));
    }

    [Fact]
    public void A_pause_never_becomes_shorter_and_counts_for_gateways_that_are_not_checked()
    {
        _checks.Configure(Configuration(), Start);
        _checks.Suspend("x", Start, Start.AddSeconds(10), "long", Start);
        _checks.Suspend("x", Start.AddSeconds(1), Start.AddSeconds(5), "short", Start.AddSeconds(1));
        var health = Assert.Single(_checks.TakeChanges(Start));
        Assert.Equal((Start.AddSeconds(10), "long"), (health.SuspendedUntil, health.SuspensionCause));
        _checks.Clean(Start.AddSeconds(9));
        Assert.Single(_checks.All);
        _checks.Clean(Start.AddSeconds(10));
        Assert.Empty(_checks.All);
    }

    [Fact]
    public void Forgets_what_it_knew_when_the_check_is_switched_off_or_the_gateway_is_gone()
    {
        Begin();
        _checks.Failed("v", "no answer", _now);
        _checks.Failed("v", "no answer", _now);
        _checks.TakeChanges(_now);
        _checks.Configure(Configuration("v").With(g => g with { OptionsCheck = false }), _now);
        Assert.Equal(GatewayHealthState.Unchecked, Assert.Single(_checks.TakeChanges(_now)).Checked);
        Assert.Empty(_checks.TakeDue(_now.AddDays(1)));
        _checks.Configure(Configuration(), _now);
        Assert.True(Assert.Single(_checks.TakeChanges(_now)).IsUnknown(_now));
    }

    [Fact]
    public void A_period_of_0_checks_nothing()
    {
        _checks.Configure(Configuration(0, 2, "v"), Start);
        Assert.Empty(_checks.TakeDue(Start.AddDays(1)));
    }

    [Fact]
    public void A_new_owner_goes_on_with_what_the_nodes_knew_until_a_check_has_ended()
    {
        _checks.Configure(Configuration("v"), Start);
        var known = GatewayHealth.Unknown("v", Start) with { Checked = GatewayHealthState.Offline, Cause = "old", Since = Start.AddHours(-1) };
        _checks.Learn(known.WithPause(Start, Start.AddSeconds(9), "pause"), Start);
        Assert.Equal((GatewayHealthState.Offline, "old", Start.AddHours(-1)), Of("v"));
        _checks.TakeDue(Start.AddHours(1));
        _checks.Answered("v", 200, default, Start.AddSeconds(1));
        _checks.Learn(known, Start.AddSeconds(1));
        Assert.Equal(GatewayHealthState.Online, Of("v").State);
        Assert.Equal(Start.AddSeconds(9), _checks.All.Single().SuspendedUntil);
    }

    [Fact]
    public void A_check_whose_end_was_lost_counts_as_a_failure_and_is_made_again()
    {
        Begin(failures: 1);
        _now = _now.AddMinutes(5);
        Assert.Empty(_checks.TakeDue(_now));
        Assert.Equal(GatewayHealthState.Offline, Of("v").State);
        Assert.Single(_checks.TakeDue(_now.AddMinutes(1)));
    }

    private void Begin(int failures = 2, Func<RoutingGatewayConfiguration, RoutingGatewayConfiguration>? change = null)
    {
        _checks.Configure(Configuration(60, failures, "v").With(change ?? (g => g)), _now);
        _now = _now.AddSeconds(30);
        Assert.Single(_checks.TakeDue(_now));
    }

    private (GatewayHealthState State, string Cause, DateTimeOffset Since) Of(string name)
    {
        var health = _checks.All.Single(h => h.Gateway == name);
        return (health.Checked, health.Cause, health.Since);
    }

    private static ConfigurationSnapshot Configuration(params string[] names) => Configuration(60, 2, names);

    private static ConfigurationSnapshot Configuration(int period, int failures, params string[] names) => new(1, new SwitchConfiguration
    {
        RoutingGateways = [.. names.Select(n => new RoutingGatewayConfiguration { Name = n, RemoteIp = "192.0.2.1", OptionsCheck = true })],
        SystemParameters = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty
            .Add("SS_SIP_OPTIONS_CHECK_PERIOD", $"{period}").Add("SS_SIP_OPTIONS_CHECK_FAILURES", $"{failures}"),
    });
}

internal static class SnapshotChanges
{
    public static ConfigurationSnapshot With(
        this ConfigurationSnapshot snapshot, Func<RoutingGatewayConfiguration, RoutingGatewayConfiguration> change) =>
        new(snapshot.Version + 1, snapshot.Source with { RoutingGateways = [.. snapshot.Source.RoutingGateways.Select(change)] });
}
