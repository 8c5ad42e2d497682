using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Calls;

/// <summary>
/// Calls that take half a minute, the time for which SIP repeats a message (64·T1): all are placed at once on
/// a switch of their own, then each test looks at one.
/// </summary>
public sealed class LongCalls : IAsyncLifetime
{
    private readonly SwitchFixture _switch = new();
    private readonly List<TestCall> _calls = [];

    /// <summary>A caller who never acknowledges the answer.</summary>
    internal LongCall NoAck { get; private set; } = null!; // All are set by InitializeAsync.

    /// <summary>A caller who is gone after its ACK, without a word; the callee ends.</summary>
    internal LongCall CallerGone { get; private set; } = null!;

    /// <summary>A caller that listens and does not answer BYE.</summary>
    internal LongCall CallerSilent { get; private set; } = null!;

    /// <summary>A callee that does not answer BYE.</summary>
    internal LongCall CalleeSilent { get; private set; } = null!;

    /// <summary>A caller who loses a tenth of all packets.</summary>
    internal LongCall LossAtCaller { get; private set; } = null!;

    /// <summary>A vendor that loses a tenth of all packets.</summary>
    internal LongCall LossAtVendor { get; private set; } = null!;

    /// <summary>A vendor that never answered and was given up.</summary>
    internal LongCall Abandoned { get; private set; } = null!;

    /// <summary>The switch.</summary>
    public SwitchFixture Switch => _switch;

    /// <inheritdoc />
    public async Task InitializeAsync()
    {
        await _switch.InitializeAsync();
        var (patience, talk) = (TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(8));
        NoAck = await StartAsync("uac_no_ack", VendorPeer.Answering, patience);
        CallerGone = await StartAsync("uac_vanish", new VendorPeer("uas_callee_bye"), patience);
        CallerSilent = await StartAsync("uac_gone", new VendorPeer("uas_callee_bye"), patience);
        CalleeSilent = await StartAsync(
            "uac_call", new VendorPeer("uas_gone") { Hold = patience }, TimeSpan.FromSeconds(1));
        LossAtCaller = await StartAsync(
            "uac_call", VendorPeer.Answering, talk, o => o with { Calls = 5, LossPercent = 10 });
        LossAtVendor = await StartAsync(
            "uac_call", VendorPeer.Answering with { LossPercent = 10 }, talk, o => o with { Calls = 5 });
        var abandoned = new VendorPeer("uas_silent") { Gateway = g => g with { TimeoutInvite = 1 } };
        Abandoned = await StartAsync("uac_expect_final", abandoned, patience, o => o with { Status = 408 });
    }

    /// <inheritdoc />
    public async Task DisposeAsync()
    {
        foreach (var call in _calls) await call.DisposeAsync();
        await _switch.DisposeAsync();
    }

    private async Task<LongCall> StartAsync(
        string scenario, VendorPeer vendor, TimeSpan hold, Func<SippOptions, SippOptions>? change = null)
    {
        var call = await _switch.PrepareAsync(vendor);
        _calls.Add(call);
        return new LongCall(call, call.CallAsync(scenario, o => (change?.Invoke(o) ?? o) with { Hold = hold }));
    }
}

/// <summary>A call that was begun and the caller's end of it.</summary>
internal sealed record LongCall(TestCall Call, Task<SippResult> Caller);

/// <summary>Parties that fall silent and packets that get lost.</summary>
public sealed class SilenceTests(LongCalls calls) : IClassFixture<LongCalls>
{
    // 64·T1 and what a busy machine adds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);

    [Fact]
    public async Task Caller_that_never_acknowledges_the_answer_is_hung_up_after_64_T1()
    {
        var (call, calling) = calls.NoAck;

        var caller = await calling; // It went through its scenario: a BYE came.

        var story = (await call.SettleOneAsync(Patience)).ShouldEnd("ConnectionTimeout", "server", 200);
        Assert.InRange(story.HoldTimeSeconds, 32, 36);
        Assert.InRange(caller.Received("INVITE").Count(s => s == 200), 9, 12); // 0.5, 1, 2, 4, 4 … s apart.
        Assert.Equal(["INVITE", "ACK", "BYE"], call.VendorResults[0].Requests());
        Assert.Contains("No ACK of our 2xx", story.Trace, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Caller_that_is_gone_is_let_go_when_the_callee_ends()
    {
        var (call, calling) = calls.CallerGone;

        await calling;

        var story = (await call.SettleOneAsync(Patience)).ShouldEnd("Normal", "callee", 200);
        Assert.InRange(story.HoldTimeSeconds, 1, 3);
        Assert.Equal(1, call.VendorResults[0].Successful);
    }

    [Fact]
    public async Task Caller_that_does_not_answer_BYE_gets_it_again_until_64_T1()
    {
        var (call, calling) = calls.CallerSilent;

        var story = (await call.SettleOneAsync(Patience)).ShouldEnd("Normal", "callee", 200);
        var caller = await calling;

        Assert.InRange(story.HoldTimeSeconds, 1, 3); // The talk ended with the BYE.
        Assert.InRange(caller.Requests().Count(r => r == "BYE"), 9, 12); // 0.5, 1, 2, 4, 4 … s apart.
    }

    [Fact]
    public async Task Callee_that_does_not_answer_BYE_keeps_its_line_for_64_T1_and_not_longer()
    {
        var (call, calling) = calls.CalleeSilent;

        await calling; // The caller had its 200 at once.

        var story = (await call.SettleOneAsync(Patience)).ShouldEnd("Normal", "caller", 200);
        Assert.InRange(story.HoldTimeSeconds, 1, 3);
        Assert.InRange(call.VendorResults[0].Requests().Count(r => r == "BYE"), 9, 12);
    }

    [Fact]
    public async Task Packets_lost_at_the_caller_cost_no_call_and_no_record()
    {
        var (call, calling) = calls.LossAtCaller;
        await calling;
        foreach (var story in await call.SettleAsync(5, Patience)) story.ShouldEnd("Normal", "caller", 200);
    }

    [Fact]
    public async Task Packets_lost_at_the_vendor_cost_no_call_and_no_record()
    {
        var (call, calling) = calls.LossAtVendor;
        await calling;
        foreach (var story in await call.SettleAsync(5, Patience)) story.ShouldEnd("Normal", "caller", 200);
    }

    [Fact]
    public async Task Call_that_gave_up_a_silent_vendor_is_gone_after_64_T1()
    {
        var (call, calling) = calls.Abandoned;

        await calling;

        (await call.SettleOneAsync()).ShouldEnd("GatewayTimeout", "callee", 408);
        await Eventually.HoldsAsync(
            async () => (await calls.Switch.Rest.AllAsync("calls", "mappingGateway=" + call.Name)).Count == 0,
            Patience,
            () => "the call is still in the switch");
        Assert.Single(await calls.Switch.Rest.CdrsAsync("mappingGateway=" + call.Name));
        var invites = call.VendorResults[0].Messages.Where(m => m.Method == "INVITE").ToList();
        Assert.True(invites[^1].At - invites[0].At < 1.5m, "the INVITE was repeated after it was given up");
    }
}
