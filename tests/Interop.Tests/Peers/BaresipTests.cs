using Tandem.Interop.Tests.Calls;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Peers;

/// <summary>A real user agent on both sides of the switch: calls that ring, and are refused or given up.</summary>
[Collection(SharedSwitch.Name)]
public sealed class BaresipTests(SwitchFixture @switch)
{
    [Fact]
    public async Task A_call_that_baresip_does_not_take_ends_as_it_says()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Played);
        await using var callee = await Baresip.StartAsync(
            call.Vendors[0].At, $"<sip:{call.Callee}@{call.Vendors[0].At.Address}>;regint=0;answermode=manual");
        await using var caller = await Baresip.StartAsync(call.Caller, Trunk());

        await caller.CommandAsync("dial", call.Callee);
        await callee.WaitAsync("CALL_INCOMING");
        await caller.WaitAsync("CALL_RINGING");
        await callee.CommandAsync("hangup");
        await caller.WaitAsync("CALL_CLOSED");

        Assert.Equal(486, (await call.SettleOneAsync()).CallerSipStatus);
    }

    [Fact]
    public async Task A_caller_who_gives_up_while_it_rings_cancels_at_the_callee()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Played);
        await using var callee = await Baresip.StartAsync(
            call.Vendors[0].At, $"<sip:{call.Callee}@{call.Vendors[0].At.Address}>;regint=0;answermode=manual");
        await using var caller = await Baresip.StartAsync(call.Caller, Trunk());

        await caller.CommandAsync("dial", call.Callee);
        await callee.WaitAsync("CALL_INCOMING");
        await caller.CommandAsync("hangup");
        await callee.WaitAsync("CALL_CLOSED");

        (await call.SettleOneAsync()).ShouldEnd("CallerCancelled", "caller", 487);
    }

    private string Trunk() => $"<sip:493012345@{@switch.Node.Sip.Address}>;regint=0;outbound=\"sip:{@switch.Node.Sip}\"";
}
