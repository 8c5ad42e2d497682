using Tandem.Routing.Selection;
using Tandem.Shared.Calls;
using Tandem.Shared.Configuration;
using static Tandem.Routing.Tests.Selection.RouteSelectorTests;

namespace Tandem.Routing.Tests.Selection;

public sealed class FinalReasonTests
{
    private static readonly CandidateResult Full = Refused(EndReason.AllGatewayBusy);
    private static readonly CandidateResult OverRate = Refused(EndReason.GatewayRateLimit);
    private static readonly CandidateResult Locked = Refused(EndReason.NoAvailableRouter);
    private static readonly CandidateResult Unasked = Refused(EndReason.SystemUnavailable);

    [Fact]
    public void No_gateway_matches()
    {
        var rejection = Of();
        Assert.Equal(EndReason.NoAvailableRouter, rejection.Reason);
        Assert.Equal("No routing gateway has a prefix of 8613.", rejection.Detail);
    }

    [Fact]
    public void All_that_match_are_full_or_over_their_rate()
    {
        Assert.Equal(EndReason.AllGatewayBusy, Of(Full).Reason);
        Assert.Equal(EndReason.AllGatewayBusy, Of(OverRate, Full).Reason);
        Assert.Equal(EndReason.AllGatewayBusy, Of(Full, Locked).Reason);
        Assert.Contains("AllGatewayBusy detail", Of(Full, OverRate).Detail);
    }

    [Fact]
    public void The_last_vendors_failure_goes_to_the_caller_even_when_later_ones_were_full()
    {
        Assert.Equal(503, (int)Of(Failed(503)).Reason);
        Assert.Equal(500, (int)Of(Failed(503), Failed(500)).Reason);
        Assert.Equal(503, (int)Of(Full, Failed(503), Full).Reason);
    }

    [Theory]
    [InlineData(AttemptEnd.InviteTimeout, EndReason.GatewayTimeout)]
    [InlineData(AttemptEnd.TryingTimeout, EndReason.GatewayTimeout)]
    [InlineData(AttemptEnd.SessionProgressTimeout, EndReason.NoAnswer)]
    [InlineData(AttemptEnd.RingingTimeout, EndReason.NoAnswer)]
    [InlineData(AttemptEnd.CallerCancelled, EndReason.CallerCancelled)]
    public void Each_end_of_the_last_attempt_has_its_reason(AttemptEnd end, EndReason expected) =>
        Assert.Equal(expected, Of(Failed(503), CandidateResult.Failed("v", AttemptOutcome.Of(end))).Reason);

    [Fact]
    public void Only_locked_gateways_are_no_available_router() => Assert.Equal(EndReason.NoAvailableRouter, Of(Locked).Reason);

    [Fact]
    public void A_gateway_that_could_not_be_asked_is_our_failure() =>
        Assert.Equal(EndReason.SystemUnavailable, Of(Full, Unasked).Reason);

    [Fact]
    public void All_passed_over_gives_their_reasons()
    {
        var routes = Select("8613", [Gateway("x", 0) with { LockType = LockType.All }]);
        var rejection = FinalReason.Of("8613", routes, []);
        Assert.Equal(EndReason.NoAvailableRouter, rejection.Reason);
        Assert.Equal("Routing gateway x is locked.", rejection.Detail);
    }

    [Fact]
    public void All_passed_over_for_their_black_lists_is_a_black_list_end()
    {
        var listed = Gateway("x", 0) with { DynamicBlackListInStandalone = true };
        var locked = Gateway("y", 0) with { LockType = LockType.All };
        Assert.Equal(EndReason.BlackList, Of(listed).Reason);
        Assert.Equal(EndReason.NoAvailableRouter, Of(listed, locked).Reason);

        static CallRejection Of(params RoutingGatewayConfiguration[] gateways) => FinalReason.Of(
            "8613", Select("8613", gateways, mode: "standalone", blacklist: new Listed("8613")), []);
    }

    private static CallRejection Of(params CandidateResult[] results) => FinalReason.Of("8613", new RouteList(), results);

    private static CandidateResult Failed(int status) => CandidateResult.Failed("v", AttemptOutcome.OfStatus(status));

    private static CandidateResult Refused(EndReason reason) =>
        CandidateResult.Refused("v", new CallRejection(reason, $"{reason} detail"));
}
