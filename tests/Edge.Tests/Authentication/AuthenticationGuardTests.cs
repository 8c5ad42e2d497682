using System.Collections.Immutable;
using Microsoft.Extensions.Time.Testing;
using Tandem.Edge.Authentication;
using Tandem.Shared.Configuration;
using Tandem.Shared.Edge;
using Tandem.Sip.Transport;

namespace Tandem.Edge.Tests.Authentication;

public sealed class AuthenticationGuardTests
{
    private static readonly SipEndPoint Source = SipEndPoint.Parse("192.0.2.1:5060");

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(60));
    private readonly ConfigurationHolder _holder = new();
    private readonly AuthenticationGuard _guard;

    public AuthenticationGuardTests()
    {
        _holder.Set(new ConfigurationSnapshot(1, new SwitchConfiguration
        {
            SystemParameters = ImmutableSortedDictionary.CreateRange(new Dictionary<string, string>
            {
                ["SS_AUTHENTICATION_MAX_RETRY"] = "5",
                ["SS_AUTHENTICATION_FAILED_SUSPEND"] = "60",
            }),
        }));
        _guard = NewGuard();
    }

    private AuthenticationGuard NewGuard() => new(_holder, _time);

    private void Fail(AuthenticationGuard guard, int times, string? user = null)
    {
        for (var i = 0; i < times; i++) guard.Failed(Source, user);
    }

    [Fact]
    public void Failures_at_two_nodes_suspend_at_all_three()
    {
        var (second, third) = (NewGuard(), NewGuard());
        Fail(_guard, 3);
        Fail(second, 2);
        Tell(_guard, second, third);
        Tell(second, _guard, third);
        Assert.True(_guard.IsSuspended(Source));
        Assert.True(second.IsSuspended(Source));
        Assert.True(third.IsSuspended(Source.WithPort(9)));
        Assert.Null(third.TakeChanges() is { Failures.Length: > 0 } told ? told : null); // Only its own failures.
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.False(third.IsSuspended(Source));
    }

    [Fact]
    public void A_newcomer_learns_the_list()
    {
        Fail(_guard, 5);
        var newcomer = NewGuard();
        newcomer.Merge(new GuardEvents.Changed(
            [], [.. _guard.List().Select(e => new GuardSuspension(e.Key, e.Until - _time.GetUtcNow()))], []));
        Assert.True(newcomer.IsSuspended(Source));
        Assert.Equal(_guard.List().AsEnumerable(), newcomer.List());
    }

    [Fact]
    public void Failures_are_forgotten_after_a_pause_as_long_as_a_suspension()
    {
        Fail(_guard, 4);
        _time.Advance(TimeSpan.FromSeconds(60));
        Fail(_guard, 4);
        Assert.False(_guard.IsSuspended(Source));
        Fail(_guard, 1);
        Assert.True(_guard.IsSuspended(Source));
    }

    [Fact]
    public void A_user_is_suspended_for_sources_where_it_was_not_accepted()
    {
        var home = SipEndPoint.Parse("198.51.100.1:5060");
        _guard.Accepted("1001", home);
        Fail(_guard, 5, "1001");
        Assert.True(_guard.IsSuspended("1001", SipEndPoint.Parse("203.0.113.1:5060")));
        Assert.False(_guard.IsSuspended("1001", home));
        Assert.False(_guard.IsSuspended("1002", SipEndPoint.Parse("203.0.113.1:5060")));
        Assert.Equal(["192.0.2.1", "user:1001"], _guard.List().Select(e => e.Key));
    }

    [Fact]
    public void An_IPv6_source_counts_by_its_network()
    {
        for (var i = 1; i <= 5; i++) _guard.Failed(SipEndPoint.Parse($"[2001:db8:1:2::{i}]:5060"));
        Assert.True(_guard.IsSuspended(SipEndPoint.Parse("[2001:db8:1:2:ffff::1]:1")));
        Assert.False(_guard.IsSuspended(SipEndPoint.Parse("[2001:db8:1:3::1]:5060")));
        Assert.Equal("2001:db8:1:2::/64", Assert.Single(_guard.List()).Key);
    }

    [Fact]
    public void An_operator_sets_a_source_free_and_its_failures_are_forgotten()
    {
        Fail(_guard, 5);
        Assert.True(_guard.Lift("192.0.2.1"));
        Assert.False(_guard.IsSuspended(Source));
        Assert.False(_guard.Lift("192.0.2.1"));
        Assert.False(_guard.Lift("nonsense"));
        Fail(_guard, 4);
        Assert.False(_guard.IsSuspended(Source));
        Fail(_guard, 1);
        var other = NewGuard();
        Tell(_guard, other);
        other.Merge(new GuardEvents.Changed([], [], ["192.0.2.1"]));
        Assert.False(other.IsSuspended(Source));
    }

    [Fact]
    public void Nothing_is_counted_when_the_limit_is_0()
    {
        _holder.Set(new ConfigurationSnapshot(2, new SwitchConfiguration
        {
            SystemParameters = ImmutableSortedDictionary<string, string>.Empty.Add("SS_AUTHENTICATION_MAX_RETRY", "0"),
        }));
        Fail(_guard, 1_000);
        Assert.False(_guard.IsSuspended(Source));
        Assert.Null(_guard.TakeChanges());
    }

    [Fact]
    public void A_flood_of_sources_stays_within_its_bounds()
    {
        for (uint i = 0; i < 80_000; i++)
            for (var n = 0; n < 5; n++) _guard.Failed(SipEndPoint.FromV4(0x0A000000 + i, 5060));
        Assert.Equal(AuthenticationGuard.DefaultMaxSuspended, _guard.List().Length);
        var told = _guard.TakeChanges()!;
        Assert.InRange(told.Failures.Length, 1, AuthenticationGuard.MaxWaiting);
        Assert.InRange(told.Suspended.Length, 1, AuthenticationGuard.MaxWaiting);
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8::5", "2001:db8::/64")]
    [InlineData("2001:db8::/64", "2001:db8::/64")]
    [InlineData("user:1001", "user:1001")]
    public void Reads_the_keys_that_it_writes(string text, string written)
    {
        Assert.True(GuardKey.TryParse(text, out var key));
        Assert.Equal(written, key.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("user:")]
    [InlineData("192.0.2.1/64")]
    [InlineData("example.net")]
    public void Refuses_what_is_no_key(string text) => Assert.False(GuardKey.TryParse(text, out _));

    private static void Tell(AuthenticationGuard from, params AuthenticationGuard[] others)
    {
        var change = from.TakeChanges()!;
        foreach (var other in others) other.Merge(change);
    }
}
