using System.Globalization;
using System.Net;
using System.Text;
using Tandem.Shared.Configuration;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Calls;

/// <summary>
/// One switch as a process of its own, shared by the classes of a collection. Each test gets a customer, vendors, a
/// prefix and accounts that no other test uses, added while the switch runs; so each can count its own records, lines
/// and money.
/// </summary>
public sealed class SwitchFixture : IAsyncLifetime
{
    /// <summary>A customer's price of one second.</summary>
    public const decimal Fee = 0.01m;

    /// <summary>A vendor's price of one second.</summary>
    public const decimal Cost = 0.004m;

    /// <summary>What each customer has at first.</summary>
    public const decimal OpeningBalance = 1_000m;

    private TestConfiguration _configuration = TestConfiguration.WithPrices(Fee, Cost, period: 1);
    private int _tests;

    /// <summary>The switch.</summary>
    public NodeProcess Node { get; private set; } = null!; // Set by InitializeAsync.

    /// <summary>Its REST interface.</summary>
    public RestClient Rest { get; private set; } = null!;

    /// <inheritdoc />
    public async Task InitializeAsync()
    {
        Node = await NodeProcess.StartAsync(new NodeOptions { Configuration = _configuration.Build() });
        Rest = Node.CreateRestClient();
    }

    /// <inheritdoc />
    public async Task DisposeAsync()
    {
        Rest?.Dispose();
        if (Node is not null) await Node.DisposeAsync();
    }

    /// <summary>A customer and vendors of the test's own, tried in the order given; the vendors listen.</summary>
    public Task<TestCall> PrepareAsync(params VendorPeer[] vendors) => PrepareAsync(g => g, vendors);

    /// <summary>The same with changes of the customer's gateway.</summary>
    public async Task<TestCall> PrepareAsync(
        Func<MappingGatewayConfiguration, MappingGatewayConfiguration> gateway, params VendorPeer[] vendors)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"t{++_tests}");
        var prefix = string.Create(CultureInfo.InvariantCulture, $"86{100 + _tests}");
        var caller = Loopback.NextEndPoint();
        var places = vendors
            .Select((v, i) => (Name: $"{name}-v{i + 1}", At: Loopback.NextEndPoint(), Peer: v)).ToList();
        _configuration = _configuration.Customer(name, new IPEndPoint(caller.Address, 0), OpeningBalance, gateway);
        foreach (var (place, index) in places.Select((p, i) => (p, i)))
        {
            _configuration = _configuration.Vendor(
                place.Name, place.At, priority: index, g => place.Peer.Gateway(g with { Prefix = [prefix] }));
        }

        await ApplyAsync();
        var peers = new List<Sipp>();
        foreach (var place in places.Where(p => p.Peer.Scenario.Length > 0))
            peers.Add(await Sipp.StartAsync(place.Peer.Options(place.At)));
        return new TestCall(this, name, caller, prefix + "0001", places.ConvertAll(p => (p.Name, p.At)), peers);
    }

    /// <summary>Sets a system parameter until the result is disposed.</summary>
    public async Task<IAsyncDisposable> WithParameterAsync(string name, string value)
    {
        _configuration = _configuration.Parameter(name, value);
        await ApplyAsync();
        return new Restore(this, name);
    }

    private async Task ApplyAsync()
    {
        var whole = ConfigurationWriter.ToJson(_configuration.Build());
        var reply = await Rest.PutAsync("config", Encoding.UTF8.GetString(whole));
        var version = reply.GetProperty("version").GetInt64();
        await Eventually.HoldsAsync(
            async () =>
            {
                using var inForce = await Rest.RawAsync(HttpMethod.Get, "config");
                return long.Parse(inForce.Headers.ETag!.Tag.Trim('"'), CultureInfo.InvariantCulture) >= version;
            },
            TimeSpan.FromSeconds(5),
            () => $"configuration version {version} is not in force");
    }

    private sealed class Restore(SwitchFixture owner, string name) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            owner._configuration = owner._configuration.Parameter(name, SystemParameters.Definitions[name].Default);
            await owner.ApplyAsync();
        }
    }
}

/// <summary>Classes whose calls end in seconds share one switch, one test after the other.</summary>
[CollectionDefinition(Name)]
public sealed class SharedSwitch : ICollectionFixture<SwitchFixture>
{
    /// <summary>Of the collection.</summary>
    public const string Name = "calls through one switch";
}
