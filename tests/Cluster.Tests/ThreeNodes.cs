using System.Net;
using System.Text.Json;
using Tandem.Shared.Configuration;
using Tandem.TestSupport;

namespace Tandem.Cluster.Tests;

/// <summary>
/// Three nodes on one PostgreSQL with a customer and two vendors, started once for a test class. Each test resets what it needs
/// through the REST interface, as an operator would.
/// </summary>
public sealed class ThreeNodes : IAsyncLifetime
{
    public const decimal Opening = 1_000_000m;

    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(20);

    private readonly List<NodeProcess> _nodes = [];
    private readonly List<RestClient> _rest = [];
    private PostgresServer _postgres = null!;

    public IReadOnlyList<NodeProcess> Nodes => _nodes;

    public IReadOnlyList<RestClient> Rest => _rest;

    public PostgresServer Postgres => _postgres;

    public IPEndPoint Customer { get; } = Loopback.NextEndPoint();

    public IPEndPoint FirstVendor { get; } = Loopback.NextEndPoint();

    public IPEndPoint SecondVendor { get; } = Loopback.NextEndPoint();

    public SwitchConfiguration Configuration => TestConfiguration.WithPrices()
        .Customer("customer", new IPEndPoint(Customer.Address, 0), Opening)
        .Vendor("v1", FirstVendor, 1)
        .Vendor("v2", SecondVendor, 2)
        .Build();

    public async Task InitializeAsync()
    {
        _postgres = await PostgresServer.StartAsync();
        var database = await _postgres.CreateDatabaseAsync();
        var addresses = Enumerable.Range(0, 3).Select(_ => Loopback.NextAddress()).ToList();
        var seeds = addresses.Select(a => new IPEndPoint(a, 4053)).ToList();
        for (var i = 0; i < 3; i++)
        {
            _nodes.Add(NodeProcess.Launch(new NodeOptions
            {
                Name = $"node-{i + 1}",
                Sip = new IPEndPoint(addresses[i], 5060),
                Akka = seeds[i],
                Seeds = seeds,
                PostgreSql = database,
                Configuration = i == 0 ? Configuration : null,
            }));
            if (i == 0) await _nodes[0].WaitReadyAsync(); // It brings the configuration in and starts the cluster.
        }

        foreach (var node in _nodes) await node.WaitReadyAsync();
        _rest.AddRange(_nodes.Select(n => n.CreateRestClient()));
    }

    public async Task DisposeAsync()
    {
        foreach (var rest in _rest) rest.Dispose();
        foreach (var node in _nodes) await node.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    /// <summary>Brings a configuration into force and waits until every node has it.</summary>
    public async Task<TimeSpan> ConfigureAsync(SwitchConfiguration configuration)
    {
        var began = TimeProvider.System.GetTimestamp();
        var reply = await _rest[0].PutAsync("config", JsonSerializer.Deserialize<JsonElement>(ConfigurationWriter.ToJson(configuration)));
        var version = reply.GetProperty("version").GetInt64();
        foreach (var rest in _rest)
        {
            await Eventually.HoldsAsync(
                async () => (await rest.GetAsync("nodes")).GetProperty("configurationVersion").GetInt64() >= version,
                TimeSpan.FromSeconds(5), () => $"version {version} on every node");
        }

        return TimeProvider.System.GetElapsedTime(began);
    }

    public SippOptions Caller(int node, string scenario, int calls, int rate, int port = 5060) => new()
    {
        Scenario = scenario,
        Local = new IPEndPoint(Customer.Address, port),
        Remote = _nodes[node].Sip,
        Calls = calls,
        Rate = rate,
    };

    public static Task<Sipp> VendorAsync(IPEndPoint at, string scenario) =>
        Sipp.StartAsync(new SippOptions { Scenario = scenario, Local = at, Calls = 0 });

    /// <summary>Until no line is in use anywhere (I2).</summary>
    public Task LinesAreFreeAsync(int from = 0, TimeSpan? limit = null)
    {
        var last = "";
        return Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    return await AreFreeAsync();
                }
                catch (RestException failure) when (failure.Status == HttpStatusCode.GatewayTimeout)
                {
                    last = "the owner of a gateway is on its way to another node";
                    return false;
                }
            },
            limit ?? Settled,
            () => "lines still in use: " + last);

        async Task<bool> AreFreeAsync()
        {
            foreach (var path in (string[])["mapping-gateways/customer/state", "routing-gateways/v1/state", "routing-gateways/v2/state"])
            {
                var state = await _rest[from].GetAsync(path);
                last = state.ToString();
                if (!state.GetProperty("ready").GetBoolean() || state.GetProperty("linesInUse").GetInt32() != 0) return false;
            }

            return true;
        }
    }

    /// <summary>The balance is the opening balance less the sum of all prices, read through another node.</summary>
    public async Task MoneyAddsUpAsync(int through)
    {
        var records = await _rest[through].CdrsAsync();
        var prices = records.Sum(r => r.GetProperty("fee") is { ValueKind: JsonValueKind.Object } fee ? fee.GetProperty("amount").GetDecimal() : 0m);
        Assert.Equal(Opening - prices, await _rest[(through + 1) % 3].BalanceAsync("customer"));
    }
}
