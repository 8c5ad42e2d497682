using System.Net;
using System.Net.Sockets;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Acceptance;

/// <summary>A node that cannot start as asked starts nothing, says why and what to do, and answers with an exit code.</summary>
public sealed class StartTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_bad_configuration_is_refused_whole_with_every_path_and_fix()
    {
        await using var node = NodeProcess.Launch(new NodeOptions
        {
            ConfigurationText =
                """
                accounts:
                  - account: alpha
                    feeRateGroup: nowhere
                mappingGateways:
                  - name: in
                    account: beta
                    remoteIps: ["127.0.0.300"]
                routingGateways:
                  - name: out
                    prefix: ["44", "44x"]
                    remoteIp: 127.0.0.1
                    signalPort: 70000
                systemParameters:
                  SS_MAX_CSP: "5"
                """,
        });
        Assert.Equal(2, await node.ExitCodeAsync(Soon));
        foreach (var path in (string[])
                 ["accounts[0].feeRateGroup", "mappingGateways[0].account", "mappingGateways[0].remoteIps[0]",
                  "routingGateways[0].prefix[1]", "routingGateways[0].signalPort", "SS_MAX_CPS"])
            Assert.Contains(path, node.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(node.DataDirectory), "a refused start leaves nothing behind");
    }

    [Fact]
    public async Task An_absent_database_is_named_with_exit_code_3()
    {
        await using var node = NodeProcess.Launch(new NodeOptions
        {
            PostgreSql = "Host=127.0.0.1;Port=1;Username=nobody;Database=none",
        });
        Assert.Equal(3, await node.ExitCodeAsync(Soon));
        Assert.Contains("The database cannot be reached", node.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_SIP_port_that_is_taken_is_named()
    {
        var taken = Loopback.NextEndPoint();
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        other.Bind(taken);
        await using var node = NodeProcess.Launch(new NodeOptions { Sip = taken });
        Assert.Equal(2, await node.ExitCodeAsync(Soon));
        Assert.Contains(taken.ToString(), node.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SQLite_in_a_cluster_is_refused_with_the_fix()
    {
        await using var node = NodeProcess.Launch(new NodeOptions { Seeds = [new IPEndPoint(IPAddress.Loopback, 4053)] });
        Assert.Equal(2, await node.ExitCodeAsync(Soon));
        Assert.Contains("--storage postgresql", node.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_option_is_bad_usage()
    {
        await using var node = NodeProcess.Launch(new NodeOptions { Extra = ["--no-such-option"] });
        Assert.Equal(2, await node.ExitCodeAsync(Soon));
    }

    [Fact]
    public async Task SIGTERM_ends_running_calls_with_BYE_charge_and_record_and_gives_exit_code_0()
    {
        await using var it = await Switch.StartAsync(1);
        await using var vendor = await it.VendorAsync(1, "uas_answer");
        await using var caller = await Sipp.StartAsync(it.Caller("uac_wait_bye", calls: 3, rate: 20));
        await Eventually.HoldsAsync(
            async () => (await it.Rest.GetAsync("calls")).GetProperty("items").EnumerateArray().Count(HasTalked) == 3,
            TimeSpan.FromSeconds(5), () => "three calls talk");
        Assert.Equal(0, await it.Node.StopAsync());
        (await caller.Completion).ShouldAllSucceed(3);
        Assert.Equal(3, (await vendor.StopAsync()).Messages.Where(m => m is { Sent: false, Status: 0, Method: "BYE" }).DistinctBy(m => m.CallId).Count());

        await using var again = await NodeProcess.StartAsync(it.Node.Options with { DataDirectory = it.Node.DataDirectory, Configuration = null });
        using var rest = again.CreateRestClient();
        var records = await rest.CdrsAsync();
        Assert.Equal(3, records.Count(r => Switch.EndReasonOf(r) == "ServerShutdown"));
        Assert.Equal(1_000m - (3 * 0.06m), await rest.BalanceAsync("customer"));
    }

    // Less than the hold-time precision would cost nothing.
    private static bool HasTalked(System.Text.Json.JsonElement call) =>
        call.GetProperty("answeredAt") is { ValueKind: System.Text.Json.JsonValueKind.String } answered
        && answered.GetDateTimeOffset() + TimeSpan.FromMilliseconds(200) < TimeProvider.System.GetUtcNow();
}
