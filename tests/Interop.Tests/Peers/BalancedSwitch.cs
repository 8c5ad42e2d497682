using System.Net;
using System.Text.Json;
using Tandem.Interop.Tests.Calls;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Peers;

/// <summary>
/// One switch of three nodes on PostgreSQL behind Kamailio: a node that does all, and two that are edges only, whose calls live
/// on the first. A customer is known by Kamailio's address.
/// </summary>
public sealed class BalancedSwitch : IAsyncLifetime
{
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(15);
    private readonly List<NodeProcess> _nodes = [];
    private PostgresServer _postgres = null!; // These three are set by InitializeAsync.

    /// <summary>The load balancer.</summary>
    public Kamailio Balancer { get; private set; } = null!;

    /// <summary>REST of the first node.</summary>
    public RestClient Rest { get; private set; } = null!;

    /// <summary>The first has all roles.</summary>
    public IReadOnlyList<NodeProcess> Nodes => _nodes;

    /// <summary>Where a vendor is reached.</summary>
    public IPEndPoint Vendor { get; } = Loopback.NextEndPoint();

    /// <inheritdoc />
    public async Task InitializeAsync()
    {
        _postgres = await PostgresServer.StartAsync();
        var database = await _postgres.CreateDatabaseAsync();
        var balancer = Loopback.NextEndPoint();
        var configuration = TestConfiguration.WithPrices()
            .Customer("customer", new IPEndPoint(balancer.Address, 0)).Vendor("vendor", Vendor);
        var addresses = Enumerable.Range(0, 3).Select(_ => Loopback.NextAddress()).ToList();
        for (var i = 0; i < 3; i++)
        {
            _nodes.Add(NodeProcess.Launch(new NodeOptions
            {
                Name = $"node-{i + 1}",
                Sip = new IPEndPoint(addresses[i], 5060),
                Akka = new IPEndPoint(addresses[i], 4053),
                Seeds = [new IPEndPoint(addresses[0], 4053)],
                Roles = i == 0 ? null : "edge",
                PostgreSql = database,
                Configuration = i == 0 ? configuration.Build() : null,
            }));
            if (i == 0) await _nodes[0].WaitReadyAsync(); // It brings the configuration in and starts the cluster.
        }

        foreach (var node in _nodes) await node.WaitReadyAsync();
        Rest = _nodes[0].CreateRestClient();
        Balancer = await Kamailio.StartAsync(balancer, _nodes.Select(n => n.Sip));
        await Balancer.WaitActiveAsync(_nodes.Select(n => n.Sip));
    }

    /// <inheritdoc />
    public async Task DisposeAsync()
    {
        if (Balancer is not null) await Balancer.DisposeAsync();
        Rest?.Dispose();
        foreach (var node in _nodes) await node.DisposeAsync();
        if (_postgres is not null) await _postgres.DisposeAsync();
    }

    /// <summary>A caller of the customer's, at an address that the switch does not know.</summary>
    public SippOptions Caller(string scenario, int calls, int rate = 20) => new()
    {
        Scenario = scenario,
        Local = Loopback.NextEndPoint(),
        Remote = Balancer.Local,
        Calls = calls,
        Rate = rate,
    };

    /// <summary>Starts the vendor.</summary>
    public Task<Sipp> VendorAsync(string scenario) =>
        Sipp.StartAsync(new SippOptions { Scenario = scenario, Local = Vendor, Calls = 0 });

    /// <summary>All records, when there are <paramref name="expected"/> more than <paramref name="before"/>.</summary>
    public async Task<IReadOnlyList<CallStory>> RecordsAsync(int before, int expected)
    {
        IReadOnlyList<JsonElement> records = [];
        await Eventually.HoldsAsync(
            async () => (records = await Rest.CdrsAsync()).Count >= before + expected,
            Settled,
            () => $"{records.Count} of {before + expected} records");
        Assert.Equal(before + expected, records.Count);
        return [.. records.Take(expected).Select(r => new CallStory(r))];
    }

    /// <summary>Until no line is in use.</summary>
    public Task LinesAreFreeAsync() => Eventually.HoldsAsync(
        async () => (await Rest.GetAsync("mapping-gateways/customer/state")).GetProperty("linesInUse").GetInt32() == 0
            && (await Rest.GetAsync("routing-gateways/vendor/state")).GetProperty("linesInUse").GetInt32() == 0,
        Settled,
        () => "lines are still in use");
}
