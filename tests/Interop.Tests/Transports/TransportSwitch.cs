using System.Globalization;
using System.Net;
using Tandem.Interop.Tests.Calls;
using Tandem.Shared.Configuration;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Transports;

/// <summary>
/// One switch with an address for UDP and TCP, a second for UDP, one of IPv6 and one for TLS, and a vendor for each way
/// to reach one. A vendor is chosen by the number's prefix.
/// </summary>
public sealed class TransportSwitch : IAsyncLifetime
{
    public const string ToUdp = "8601", ToTcp = "8602", ToV6 = "8603", ToV6Tcp = "8604", ToTls = "8605",
        ToWrongName = "8606", ToPinned = "8607", ToClosed = "8608", ToAuto = "8609";

    public const string TlsName = "vendor.test", OwnName = "switch.test";

    /// <summary>DSCP CS5, as <c>SS_QOS_SIGNAL</c> has it by default.</summary>
    public const int DefaultTrafficClass = 160;

    private TestConfiguration _configuration = null!; // Set by InitializeAsync, as what follows.

    public NodeProcess Node { get; private set; } = null!;

    public RestClient Rest { get; private set; } = null!;

    public TestAuthority Authority { get; } = new();

    /// <summary>Of the customer <c>c4</c>.</summary>
    public IPAddress Caller { get; } = Loopback.NextAddress();

    /// <summary>Of all the vendors that have an IPv4 address; they differ by port.</summary>
    public IPEndPoint Vendor { get; } = Loopback.NextEndPoint();

    public IPEndPoint TlsVendor => new(Vendor.Address, 5061);

    public IPEndPoint WrongNameVendor => new(Vendor.Address, 5071);

    public IPEndPoint PinnedVendor => new(Vendor.Address, 5062);

    public IPEndPoint AutoVendor => new(Vendor.Address, 5064);

    public IPEndPoint ClosedVendor => new(Vendor.Address, 5063);

    public IPEndPoint V6Vendor { get; } = new(IPAddress.IPv6Loopback, Loopback.FreePort(IPAddress.IPv6Loopback));

    public IPEndPoint V6 { get; } = new(IPAddress.IPv6Loopback, Loopback.FreePort(IPAddress.IPv6Loopback));

    public IPEndPoint V4 { get; } = Loopback.NextEndPoint();

    /// <summary>The second address for UDP alone.</summary>
    public IPEndPoint Second => new(V4.Address, 5070);

    public IPEndPoint Tls => new(V4.Address, 5061);

    public async Task InitializeAsync()
    {
        _configuration = TestConfiguration.WithPrices()
            .Customer("c4", new IPEndPoint(Caller, 0))
            .Customer("c6", new IPEndPoint(IPAddress.IPv6Loopback, 0))
            .Vendor("udp", Vendor, gateway: g => g with { Prefix = [ToUdp] })
            .Vendor("tcp", Vendor, gateway: g => g with { Prefix = [ToTcp], Transport = RoutingTransport.Tcp })
            .Vendor("v6", V6Vendor, gateway: g => g with { Prefix = [ToV6] })
            .Vendor("v6-tcp", V6Vendor, gateway: g => g with { Prefix = [ToV6Tcp], Transport = RoutingTransport.Tcp })
            .Vendor("tls", TlsVendor, gateway: g => g with
            {
                Prefix = [ToTls],
                Transport = RoutingTransport.Tls,
                TlsServerName = TlsName,
                TlsCertificate = "second",
            })
            .Vendor("wrong-name", WrongNameVendor, gateway: g => g with
            {
                Prefix = [ToWrongName],
                Transport = RoutingTransport.Tls,
                TlsServerName = TlsName,
            })
            .Vendor("after-wrong-name", Vendor, priority: 1, gateway: g => g with { Prefix = [ToWrongName] })
            .Vendor("closed", ClosedVendor, gateway: g => g with { Prefix = [ToClosed], Transport = RoutingTransport.Tcp })
            .Vendor("after-closed", Vendor, priority: 1, gateway: g => g with { Prefix = [ToClosed] })
            .Vendor("auto", AutoVendor, gateway: g => g with { Prefix = [ToAuto], Transport = RoutingTransport.Auto })
            .Vendor("pinned", PinnedVendor, gateway: g => g with
            {
                Prefix = [ToPinned],
                LocalIp = Second.Address.ToString(),
                SignalPortLocal = Second.Port,
            });
        using var main = Authority.Create(OwnName, addresses: [V4.Address]);
        using var second = Authority.Create("second.test");
        Node = await NodeProcess.StartAsync(new NodeOptions
        {
            Sip = V4,
            Configuration = _configuration.Build(),
            Extra =
            [
                "--sip", $"udp:{Second}", "--sip", V6.ToString(), "--sip", $"tls:{Tls}",
                "--tls-certificate", Authority.Write("main", main), "--tls-certificate", Authority.Write("second", second),
                "--tls-ca", Authority.AuthorityFile,
            ],
        });
        Rest = Node.CreateRestClient();
    }

    public async Task DisposeAsync()
    {
        Rest?.Dispose();
        if (Node is not null) await Node.DisposeAsync();
        Authority.Dispose();
    }

    /// <summary>A caller's address of IPv4 that is used once.</summary>
    public IPEndPoint NextCaller() => new(Caller, Loopback.FreePort(Caller));

    /// <summary>The record of the last call to this number, when it is there.</summary>
    internal async Task<CallStory> StoryAsync(string callee)
    {
        CallStory? story = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                foreach (var record in await Rest.CdrsAsync())
                {
                    var whole = new CallStory(await Rest.CdrAsync(record.GetProperty("callId").GetString()!));
                    if (whole.Json.ToString().Contains(callee, StringComparison.Ordinal)) story = whole;
                    if (story is not null) return true;
                }

                return false;
            },
            TimeSpan.FromSeconds(8),
            () => $"no record of {callee}");
        return story!;
    }

    /// <summary>Sets a parameter for good: the next test of the class sets its own.</summary>
    public async Task SetAsync(string name, int value)
    {
        _configuration = _configuration.Parameter(name, value);
        var whole = ConfigurationWriter.ToJson(_configuration.Build());
        var reply = await Rest.PutAsync("config", System.Text.Encoding.UTF8.GetString(whole));
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
}

/// <summary>The tests of transports share one switch, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class SharedTransportSwitch : ICollectionFixture<TransportSwitch>
{
    /// <summary>Of the collection.</summary>
    public const string Name = "transports of one switch";
}
