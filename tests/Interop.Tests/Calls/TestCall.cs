using System.Net;
using System.Text.Json;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Calls;

/// <summary>
/// The customer and the vendors of one test, and what must hold when its calls are over. Ends its peers.
/// </summary>
public sealed class TestCall(
    SwitchFixture @switch,
    string name,
    IPEndPoint caller,
    string callee,
    IReadOnlyList<(string Name, IPEndPoint At)> vendors,
    IReadOnlyList<Sipp> peers) : IAsyncDisposable
{
    private readonly List<SippResult> _callers = [];
    private readonly List<SippResult> _vendors = [];

    /// <summary>Mapping gateway and account.</summary>
    public string Name => name;

    /// <summary>The customer's address.</summary>
    public IPEndPoint Caller => caller;

    /// <summary>A number that only this test's vendors take.</summary>
    public string Callee => callee;

    /// <summary>Names and addresses of the vendors, in the order of trying.</summary>
    public IReadOnlyList<(string Name, IPEndPoint At)> Vendors => vendors;

    /// <summary>The vendors while they run.</summary>
    public IReadOnlyList<Sipp> Peers => peers;

    /// <summary>What the vendors saw; after <see cref="SettleAsync"/>.</summary>
    public IReadOnlyList<SippResult> VendorResults => _vendors;

    /// <summary>Calls, and waits for the caller's end; the calls must go through the whole scenario.</summary>
    public async Task<SippResult> CallAsync(string scenario, Func<SippOptions, SippOptions>? change = null)
    {
        var options = new SippOptions
        {
            Scenario = scenario,
            Local = caller,
            Remote = @switch.Node.Sip,
            Callee = callee,
            Timeout = TimeSpan.FromSeconds(90),
        };
        options = change?.Invoke(options) ?? options;
        var result = await Sipp.CallAsync(options);
        _callers.Add(result);
        return result.ShouldAllSucceed(options.Calls);
    }

    /// <summary>
    /// What must hold after every call: no line in use and none reclaimed, no call running, exactly this many records,
    /// each price right, each account charged once for each answered call, no address of one side seen by the other.
    /// </summary>
    public async Task<IReadOnlyList<CallStory>> SettleAsync(int records = 1, TimeSpan? limit = null)
    {
        var patience = limit ?? TimeSpan.FromSeconds(8);
        await LinesAreFreeAsync(patience);
        IReadOnlyList<JsonElement> list = [];
        await Eventually.HoldsAsync(
            async () => (list = await @switch.Rest.CdrsAsync("mappingGateway=" + name)).Count >= records,
            patience,
            () => $"{list.Count} of {records} records");
        var stories = new List<CallStory>();
        foreach (var item in list.Reverse())
            stories.Add(new CallStory(await @switch.Rest.CdrAsync(item.GetProperty("callId").GetString()!)));
        Assert.Equal(records, stories.Count);
        foreach (var story in stories) PriceIsRight(story);
        await MoneyIsRightAsync(stories);
        foreach (var peer in peers) _vendors.Add(await peer.StopAsync());
        TopologyIsHidden();
        return stories;
    }

    /// <summary>One call: its record.</summary>
    public async Task<CallStory> SettleOneAsync(TimeSpan? limit = null) => (await SettleAsync(1, limit))[0];

    /// <summary>Waits until nothing of this test's calls is left in the switch.</summary>
    public async Task LinesAreFreeAsync(TimeSpan limit)
    {
        List<string> gateways = ["mapping-gateways/" + name, .. vendors.Select(v => "routing-gateways/" + v.Name)];
        var open = "";
        await Eventually.HoldsAsync(
            async () =>
            {
                open = "";
                foreach (var gateway in gateways)
                {
                    var state = await @switch.Rest.GetAsync(gateway + "/state");
                    if (state.GetProperty("linesInUse").GetInt32() != 0) open += $"{gateway}: {state}\n";
                    Assert.Equal(0, state.GetProperty("drift").GetInt64());
                }

                // A call that gave up a silent vendor stays for its late answer: without lines, its record written.
                foreach (var running in await @switch.Rest.AllAsync("calls", "mappingGateway=" + name))
                    if (running.GetProperty("phase").GetString() != "ending") open += running;
                return open.Length == 0;
            },
            limit,
            () => open);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var peer in peers) await peer.DisposeAsync();
    }

    private static void PriceIsRight(CallStory story)
    {
        // One second is one period, so the prices follow from the record's own times: talk time is cut down to 50 ms,
        // then rounded up to seconds.
        var talk = story.IsAnswered ? story.Time("endedAt")!.Value - story.Time("answeredAt")!.Value : TimeSpan.Zero;
        var whole = (int)Math.Ceiling(Math.Floor(talk.TotalMilliseconds / 50) * 50 / 1000);
        Assert.InRange(story.HoldTimeSeconds, whole - 1, whole + 1); // The record keeps times in milliseconds only.
        Assert.Equal(story.HoldTimeSeconds * SwitchFixture.Fee, story.Fee);
        Assert.Equal(story.HoldTimeSeconds * SwitchFixture.Cost, story.Cost);
    }

    private async Task MoneyIsRightAsync(IReadOnlyList<CallStory> stories)
    {
        Assert.Equal(SwitchFixture.OpeningBalance - stories.Sum(s => s.Fee), await @switch.Rest.BalanceAsync(name));
        Assert.Equal(stories.Count(s => s.IsAnswered), await ChargesAsync(name));
        foreach (var (vendor, _) in vendors)
        {
            var own = stories.Where(s => s.Text("routingGateway") == vendor).ToList();
            Assert.Equal(-own.Sum(s => s.Cost), await @switch.Rest.BalanceAsync(vendor));
            Assert.Equal(own.Count(s => s.IsAnswered), await ChargesAsync(vendor));
        }
    }

    private async Task<int> ChargesAsync(string account) =>
        (await @switch.Rest.LedgerAsync(account)).Count(e => e.GetProperty("kind").GetString() != "opening");

    private void TopologyIsHidden()
    {
        foreach (var message in _callers.SelectMany(WireMessage.Of).Where(m => !m.Sent))
        {
            foreach (var (_, at) in vendors)
                Assert.DoesNotContain(at.Address.ToString(), message.Head, StringComparison.Ordinal);
            Assert.DoesNotContain("vendor", message.Header("Contact"), StringComparison.OrdinalIgnoreCase);
        }

        foreach (var message in _vendors.SelectMany(WireMessage.Of).Where(m => !m.Sent))
            Assert.DoesNotContain(caller.Address.ToString(), message.Head, StringComparison.Ordinal);
    }
}
