using Tandem.Routing.Selection;
using Tandem.Shared.Configuration;
using static Tandem.Routing.Tests.Selection.RouteSelectorTests;

namespace Tandem.Routing.Tests.Selection;

/// <summary>The vendor's example (vos3000.md §3.2): number 90080001 over three prefixes, two gateways on the longest.</summary>
public sealed class RouteWalkTests
{
    private const PrefixStyle Stop = PrefixStyle.Terminate;
    private const PrefixStyle Go = PrefixStyle.Continue;

    [Theory]
    [InlineData(Stop, Stop, Stop, "a b")]
    [InlineData(Stop, Go, Go, "a b")] // Mixed modes: terminate of the one that was tried ends it after the level.
    [InlineData(Go, Stop, Go, "a b")]
    [InlineData(Go, Go, Go, "a b c d")]
    [InlineData(Go, Go, Stop, "a b c")]
    public void Terminate_ends_with_the_level_and_continue_goes_on(PrefixStyle a, PrefixStyle b, PrefixStyle c, string expected)
    {
        var walk = new RouteWalk(Select("90080001",
        [
            Gateway("a", 0, "9008") with { PrefixStyle = a },
            Gateway("b", 1, "9008") with { PrefixStyle = b },
            Gateway("c", 0, "90") with { PrefixStyle = c },
            Gateway("d", 0, "9"),
        ]));
        var tried = new List<string>();
        while (walk.TryNext(out var candidate)) tried.Add(candidate.Gateway.Name);
        Assert.Equal(expected, string.Join(' ', tried));
        Assert.Equal(tried.Count, walk.Tried);
        Assert.Equal(tried.Count == 4, walk.WhyEnded is null);
        Assert.False(walk.TryNext(out _));
    }

    [Fact]
    public void The_reason_names_the_gateway_the_prefix_and_how_many_are_left_out()
    {
        var walk = new RouteWalk(Select("90", [Gateway("a", 0, "90"), Gateway("b", 0, "9"), Gateway("c", 0)]));
        Assert.True(walk.TryNext(out _));
        Assert.Null(walk.WhyEnded);
        Assert.False(walk.TryNext(out _));
        Assert.Equal(
            "Routing gateway a ends the search at prefix '90' (terminate): 2 gateways with shorter prefixes are not tried.",
            walk.WhyEnded);
    }

    [Fact]
    public void A_gateway_that_was_passed_over_ends_nothing()
    {
        var walk = new RouteWalk(Select(
            "90", [Gateway("a", 0, "90") with { LockType = LockType.All }, Gateway("b", 0, "9")]));
        Assert.True(walk.TryNext(out var candidate));
        Assert.Equal("b", candidate.Gateway.Name);
    }

    [Fact]
    public void Nothing_matches_nothing_comes()
    {
        var walk = new RouteWalk(Select("1", [Gateway("a", 0, "9")]));
        Assert.False(walk.TryNext(out _));
        Assert.Null(walk.WhyEnded);
    }
}
