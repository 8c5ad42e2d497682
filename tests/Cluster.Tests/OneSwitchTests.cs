using System.Net;
using System.Net.Sockets;
using System.Text;
using Tandem.Shared.Configuration;
using Tandem.TestSupport;

namespace Tandem.Cluster.Tests;

/// <summary>Three nodes are one switch: limits, lists, money and configuration are the same whichever node a call enters.</summary>
public sealed class OneSwitchTests(ThreeNodes cluster) : IClassFixture<ThreeNodes>
{
    [Fact]
    public async Task A_call_that_enters_any_node_works_the_same_and_is_charged_once()
    {
        await cluster.ConfigureAsync(cluster.Configuration);
        await using var vendor = await ThreeNodes.VendorAsync(cluster.FirstVendor, "uas_answer");
        var before = (await cluster.Rest[1].CdrsAsync()).Count;
        var runs = await Task.WhenAll(Enumerable.Range(0, 3).Select(n =>
            Sipp.CallAsync(cluster.Caller(n, "uac_call", calls: 100, rate: 20, port: 5061 + n) with { TraceMessages = false })));
        foreach (var run in runs) run.ShouldAllSucceed(100);
        await Eventually.HoldsAsync(
            async () => (await cluster.Rest[1].CdrsAsync()).Count == before + 300, TimeSpan.FromSeconds(15), () => "300 records");
        await cluster.LinesAreFreeAsync(from: 2);
        await cluster.MoneyAddsUpAsync(through: 2);
    }

    [Fact]
    public async Task The_line_limit_of_a_vendor_holds_over_all_nodes()
    {
        await cluster.ConfigureAsync(With(v => v.Name == "v1" ? v with { Capacity = 10 } : v));
        await using var first = await ThreeNodes.VendorAsync(cluster.FirstVendor, "uas_answer");
        await using var second = await ThreeNodes.VendorAsync(cluster.SecondVendor, "uas_answer");
        var runs = await Task.WhenAll(Enumerable.Range(0, 3).Select(n => Sipp.CallAsync(
            cluster.Caller(n, "uac_call", calls: 16, rate: 50, port: 5061 + n) with { Hold = TimeSpan.FromSeconds(3) })));
        foreach (var run in runs) run.ShouldAllSucceed(16);
        Assert.Equal(10, (await first.StopAsync()).MostCallsAtOnce());
        Assert.Equal(38, (await second.StopAsync()).InvitesReceived.Count);
        await cluster.LinesAreFreeAsync();
    }

    [Fact]
    public async Task SS_MAX_CPS_holds_over_all_nodes_together()
    {
        await cluster.ConfigureAsync(cluster.Configuration with
        {
            SystemParameters = cluster.Configuration.SystemParameters.SetItem("SS_MAX_CPS", "10"),
        });
        await using var vendor = await ThreeNodes.VendorAsync(cluster.FirstVendor, "uas_answer");
        await Task.WhenAll(Enumerable.Range(0, 3).Select(n =>
            Sipp.CallAsync(cluster.Caller(n, "uac_call", calls: 60, rate: 15, port: 5061 + n))));
        var times = (await vendor.StopAsync()).InvitesReceived;

        // Four seconds, of which a new owner of the limit waits out the first (I3).
        Assert.True(times.Count >= 28, $"only {times.Count} calls passed in four seconds");
        for (var i = 0; i + 10 < times.Count; i++)
        {
            // The vendor's clock adds the way of two INVITEs to the second between two grants.
            var eleven = times[i + 10] - times[i];
            Assert.True(eleven > 0.95m, $"eleven calls within {eleven} s");
        }
    }

    [Fact]
    public async Task A_number_that_was_listed_by_calls_through_two_nodes_is_refused_at_the_third()
    {
        await cluster.ConfigureAsync(cluster.Configuration with
        {
            SystemParameters = cluster.Configuration.SystemParameters
                .SetItem("SS_BLACK_LIST_MALICIOUS_CALL_LIMIT", "6")
                .SetItem("SS_BLACK_LIST_MALICIOUS_CALL_EXPIRE", "3"),
        });
        await using var vendor = await ThreeNodes.VendorAsync(cluster.FirstVendor, "uas_answer");
        const string attacked = "442079461111";
        for (var node = 0; node < 2; node++)
            (await Sipp.CallAsync(cluster.Caller(node, "uac_call", 3, 20) with { Callee = attacked })).ShouldAllSucceed(3);
        foreach (var rest in cluster.Rest)
        {
            await Eventually.HoldsAsync(
                async () => (await rest.GetAsync("dynamic-blacklist")).GetProperty("total").GetInt32() == 1,
                TimeSpan.FromSeconds(1), () => "the block is on every node within a second");
        }

        var refused = await Sipp.CallAsync(cluster.Caller(2, "uac_expect_final", 1, 1) with { Callee = attacked, Status = 603 });
        refused.ShouldAllSucceed(1);
        await Eventually.HoldsAsync(
            async () => (await cluster.Rest[2].GetAsync("dynamic-blacklist")).GetProperty("total").GetInt32() == 0,
            TimeSpan.FromSeconds(8), () => "free again after its time");
        (await Sipp.CallAsync(cluster.Caller(2, "uac_call", 1, 1) with { Callee = attacked })).ShouldAllSucceed(1);
    }

    [Fact]
    public async Task A_configuration_is_in_force_on_every_node_within_a_second()
    {
        for (var i = 1; i <= 5; i++)
        {
            var limit = i;
            var taken = await cluster.ConfigureAsync(With(v => v with { Capacity = 100 + limit }));
            Assert.True(taken < TimeSpan.FromSeconds(1), $"took {taken}");
        }
    }

    [Fact]
    public async Task A_BYE_that_enters_another_node_than_the_INVITE_ends_the_call()
    {
        await cluster.ConfigureAsync(cluster.Configuration);
        await using var vendor = await ThreeNodes.VendorAsync(cluster.FirstVendor, "uas_answer");
        using var caller = new PlainCaller(new IPEndPoint(cluster.Customer.Address, 5079));
        var answer = await caller.InviteAsync(cluster.Nodes[0].Sip, "442012345678");
        await caller.SendInDialogAsync("ACK", 1, answer, cluster.Nodes[1].Sip);
        Assert.False(
            await caller.HearsAsync("CSeq: 1 INVITE", TimeSpan.FromSeconds(1.5)),
            "the node of the INVITE repeats its 200 although the ACK came in at another");
        var status = await caller.SendInDialogAsync("BYE", 2, answer, cluster.Nodes[2].Sip);
        Assert.StartsWith("SIP/2.0 200", status, StringComparison.Ordinal);
        await cluster.LinesAreFreeAsync();
        Assert.Contains((await vendor.StopAsync()).Messages, m => m is { Sent: false, Status: 0, Method: "BYE" });
    }

    private SwitchConfiguration With(Func<RoutingGatewayConfiguration, RoutingGatewayConfiguration> vendor) =>
        cluster.Configuration with { RoutingGateways = [.. cluster.Configuration.RoutingGateways.Select(vendor)] };

    /// <summary>A caller that writes its messages by hand, to send each one to the node it likes.</summary>
    private sealed class PlainCaller : IDisposable
    {
        private readonly UdpClient _socket;
        private readonly IPEndPoint _local;

        public PlainCaller(IPEndPoint local) => (_socket, _local) = (new UdpClient(local), local);

        public async Task<string> InviteAsync(IPEndPoint node, string callee)
        {
            const string sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
            await SendAsync(
                $"INVITE sip:{callee}@{node} SIP/2.0\r\nVia: SIP/2.0/UDP {_local};branch=z9hG4bKinv;rport\r\nMax-Forwards: 70\r\n"
                + $"From: <sip:12025550100@{_local}>;tag=plain\r\nTo: <sip:{callee}@{node}>\r\nCall-ID: plain@{_local.Address}\r\n"
                + $"CSeq: 1 INVITE\r\nContact: <sip:plain@{_local}>\r\nContent-Type: application/sdp\r\nContent-Length: {sdp.Length}\r\n\r\n{sdp}",
                node);
            return await ReceiveAsync(m => m.StartsWith("SIP/2.0 200", StringComparison.Ordinal));
        }

        public async Task<string> SendInDialogAsync(string method, int cseq, string answer, IPEndPoint node)
        {
            await SendAsync(
                $"{method} {Field(answer, "Contact").Trim('<', '>')} SIP/2.0\r\n"
                + $"Via: SIP/2.0/UDP {_local};branch=z9hG4bK{method}{cseq};rport\r\nMax-Forwards: 70\r\nFrom: {Field(answer, "From")}\r\n"
                + $"To: {Field(answer, "To")}\r\nCall-ID: {Field(answer, "Call-ID")}\r\nCSeq: {cseq} {method}\r\nContent-Length: 0\r\n\r\n",
                node);
            return method == "ACK" ? "" : await ReceiveAsync(m => m.Contains($"CSeq: {cseq} {method}", StringComparison.Ordinal));
        }

        /// <summary>True when a message with this text comes within the time.</summary>
        public async Task<bool> HearsAsync(string text, TimeSpan time)
        {
            using var limit = new CancellationTokenSource(time);
            try
            {
                while (true)
                {
                    var message = Encoding.ASCII.GetString((await _socket.ReceiveAsync(limit.Token)).Buffer);
                    if (message.Contains(text, StringComparison.Ordinal)) return true;
                }
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }

        public void Dispose() => _socket.Dispose();

        private Task SendAsync(string message, IPEndPoint node) =>
            _socket.SendAsync(Encoding.ASCII.GetBytes(message), node).AsTask();

        private async Task<string> ReceiveAsync(Predicate<string> wanted)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            while (true)
            {
                var text = Encoding.ASCII.GetString((await _socket.ReceiveAsync(limit.Token)).Buffer);
                if (wanted(text)) return text;
            }
        }

        private static string Field(string message, string name) => message.Split("\r\n")
            .First(line => line.StartsWith(name + ":", StringComparison.Ordinal))[(name.Length + 1)..].Trim();
    }
}
