using Tandem.Routing.Headers;
using Tandem.Shared.Calls;
using Tandem.Shared.Configuration;
using Tandem.Sip.Messages;

namespace Tandem.Routing.Tests.Headers;

public sealed class FailureReplacementsTests
{
    [Theory]
    [InlineData("", "", 503, 34, 503, 34)]
    [InlineData("503:486", "", 503, 34, 486, 17)]
    [InlineData("503:486", "34:18", 503, 34, 486, 18)]
    [InlineData("", "34:17", 503, 34, 486, 17)]
    [InlineData("0:480", "", 503, 34, 480, 18)]
    [InlineData("0:480,503:0", "", 503, 34, 503, 34)]
    [InlineData("0:480,503:0", "", 404, 1, 480, 18)]
    [InlineData("486:600", "17:21", 404, 1, 404, 1)]
    public void Status_and_cause_are_replaced_and_tell_one_story(
        string statuses, string causes, int status, int cause, int toldStatus, int toldCause)
    {
        var gateway = new MappingGatewayConfiguration
        {
            CallFailedSipCode = [.. statuses.Split(',', StringSplitOptions.RemoveEmptyEntries)],
            CallFailedQ931CauseValue = [.. causes.Split(',', StringSplitOptions.RemoveEmptyEntries)],
        };

        Assert.Equal((toldStatus, toldCause), FailureReplacements.Of(gateway).Apply(status, cause));
    }

    [Theory]
    [Trait("RFC", "3326, 3398")]
    [InlineData("Q.850;cause=31", 31)]
    [InlineData("q.850 ; cause=34 ;text=\"a, b\", SIP;cause=503", 34)]
    [InlineData("SIP;cause=486;text=\"Busy\"", 17)]
    [InlineData("SIP;cause=200;text=\"Call completed elsewhere\"", 16)]
    [InlineData("Q.850;cause=999", 16)]
    [InlineData("nonsense", 16)]
    [InlineData("", 16)]
    public void Cause_is_the_other_sides_Q850_else_by_its_status_else_our_own(string received, int cause) => Assert.Equal(
        cause, ReleaseReason.Cause(EndReason.Normal, SipReason.Read(System.Text.Encoding.ASCII.GetBytes(received))));

    [Fact]
    public void Completed_elsewhere_goes_on_in_a_CANCEL_only()
    {
        var received = SipReason.Read("SIP;cause=200;text=\"x\""u8);

        Assert.Equal(
            "SIP;cause=200;text=\"Call completed elsewhere\", Q.850;cause=16;text=\"CallerCancelled\"",
            ReleaseReason.Value(EndReason.CallerCancelled, received, inCancel: true));
        Assert.Equal("Q.850;cause=16;text=\"CallerCancelled\"", ReleaseReason.Value(EndReason.CallerCancelled, received));
    }
}
