using System.Net;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Floods;

/// <summary>A node with a good customer, a customer who floods, and a vendor who answers.</summary>
public sealed class FloodedSwitch : IAsyncLifetime
{
    /// <summary>What the node may hold at most, whatever comes; about 200 were measured.</summary>
    public const int MaxMegabytes = 500;

    private const int GoodCalls = 60;
    private readonly IPEndPoint _good = Loopback.NextEndPoint();
    private readonly IPEndPoint _vendor = Loopback.NextEndPoint();

    /// <summary>The node.</summary>
    public NodeProcess Node { get; private set; } = null!; // Set by InitializeAsync.

    /// <summary>Its REST interface.</summary>
    public RestClient Rest { get; private set; } = null!;

    /// <summary>A mapping gateway's address from which a flood comes.</summary>
    public IPEndPoint Known { get; } = Loopback.NextEndPoint();

    /// <inheritdoc />
    public async Task InitializeAsync()
    {
        var configuration = TestConfiguration.WithPrices()
            .Customer("good", new IPEndPoint(_good.Address, 0))
            .Customer("flooding", new IPEndPoint(Known.Address, 0), balance: 1_000_000m)
            .Vendor("vendor", _vendor, gateway: g => g with { Prefix = ["86"] });
        Node = await NodeProcess.StartAsync(new NodeOptions { Configuration = configuration.Build() });
        Rest = Node.CreateRestClient();
    }

    /// <inheritdoc />
    public async Task DisposeAsync()
    {
        Rest?.Dispose();
        if (Node is not null) await Node.DisposeAsync();
    }

    /// <summary>Runs a flood; the good customer's calls go on during it, and must all complete.</summary>
    public async Task BesideAsync(Func<Task> flood)
    {
        await using var vendor = await Sipp.StartAsync(
            new SippOptions { Scenario = "uas_answer", Local = _vendor, Calls = 0, TraceMessages = false });
        await using var caller = await Sipp.StartAsync(new SippOptions
        {
            Scenario = "uac_call",
            Local = _good,
            Remote = Node.Sip,
            Calls = GoodCalls,
            Rate = 20,
        });

        await flood();

        (await caller.Completion).ShouldAllSucceed(GoodCalls);
        Assert.False(Node.HasExited, Node.Output);
        Assert.InRange(ProcessMemory.PeakMegabytes(Node.ProcessId), 1, MaxMegabytes);
        Assert.DoesNotContain("dropped by a fault of the switch", Node.Output, StringComparison.Ordinal);
    }
}
