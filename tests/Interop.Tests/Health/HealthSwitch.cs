using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Tandem.Interop.Tests.Calls;
using Tandem.Shared.Configuration;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Health;

/// <summary>A switch that checks gateways each second and asks a name server of the test's; vendors come with each test.</summary>
public sealed class HealthSwitch : IAsyncLifetime
{
    private TestConfiguration _configuration;
    private int _prefixes;

    public HealthSwitch() => _configuration = TestConfiguration.WithPrices()
        .Customer("customer", new IPEndPoint(Customer.Address, 0))
        .Parameter("SS_SIP_OPTIONS_CHECK_PERIOD", 1)
        .Parameter("SS_SIP_OPTIONS_CHECK_FAILURES", 2);

    public IPEndPoint Customer { get; } = Loopback.NextEndPoint();

    public DnsServer Dns { get; } = new();

    public NodeProcess Node { get; private set; } = null!; // Set by InitializeAsync.

    public RestClient Rest { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Node = await NodeProcess.StartAsync(new NodeOptions
        {
            Configuration = _configuration.Build(),
            Extra = ["--dns", Dns.EndPoint.ToString()],
        });
        Rest = Node.CreateRestClient();
    }

    public async Task DisposeAsync()
    {
        Rest?.Dispose();
        if (Node is not null) await Node.DisposeAsync();
        Dns.Dispose();
    }

    /// <summary>Adds vendors for a prefix of their own, in the order of trying; gives a number of that prefix.</summary>
    public async Task<string> AddAsync(params (string Name, IPEndPoint At, Func<RoutingGatewayConfiguration, RoutingGatewayConfiguration> Change)[] vendors)
    {
        var prefix = string.Create(CultureInfo.InvariantCulture, $"86{++_prefixes:000}");
        foreach (var ((name, at, change), index) in vendors.Select((v, i) => (v, i)))
            _configuration = _configuration.Vendor(name, at, index, g => change(g with { Prefix = [prefix] }));
        var reply = await Rest.PutAsync("config", Encoding.UTF8.GetString(ConfigurationWriter.ToJson(_configuration.Build())));
        var version = reply.GetProperty("version").GetInt64();
        await Eventually.HoldsAsync(
            async () => (await Rest.GetAsync("nodes")).GetProperty("configurationVersion").GetInt64() >= version,
            TimeSpan.FromSeconds(5), () => "the vendors are not in force");
        return prefix + "0001";
    }

    public Task<SippResult> CallAsync(string callee, string scenario = "uac_call", int status = 0) => Sipp.CallAsync(new SippOptions
    {
        Scenario = scenario,
        Status = status,
        Local = Customer,
        Remote = Node.Sip,
        Callee = callee,
    });

    public static Task<Sipp> VendorAsync(IPEndPoint at, string scenario, int status = 0) =>
        Sipp.StartAsync(new SippOptions { Scenario = scenario, Status = status, Local = at, Calls = 0, Timeout = TimeSpan.FromMinutes(2) });

    public async Task<JsonElement> HealthAsync(string gateway) =>
        (await Rest.GetAsync($"routing-gateways/{gateway}/state")).GetProperty("health");

    public async Task BecomesAsync(string gateway, string state, int seconds = 20)
    {
        var last = "";
        await Eventually.HoldsAsync(
            async () =>
            {
                var health = await HealthAsync(gateway);
                last = health.ToString();
                return health.GetProperty("state").GetString() == state;
            },
            TimeSpan.FromSeconds(seconds), () => $"{gateway} is not {state}: {last}");
    }

    /// <summary>The record of the last call to a number.</summary>
    public async Task<CallStory> StoryAsync(string callee, int calls)
    {
        IReadOnlyList<JsonElement> list = [];
        await Eventually.HoldsAsync(
            async () => (list = [.. (await Rest.CdrsAsync("mappingGateway=customer")).Where(c => c.ToString().Contains(callee, StringComparison.Ordinal))]).Count >= calls,
            TimeSpan.FromSeconds(10), () => $"{list.Count} of {calls} records of {callee}");
        return new CallStory(await Rest.CdrAsync(list[0].GetProperty("callId").GetString()!));
    }
}
