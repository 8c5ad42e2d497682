using System.Net;
using Tandem.Interop.Tests.Calls;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Peers;

/// <summary>
/// The shipped configuration of Kamailio against edges that are played: which edge a request goes to when edges are silent,
/// refuse, or go down. With real edges: Cluster.Tests, <c>LoadBalancedTests</c>.
/// </summary>
public sealed class LoadBalancerTests : IAsyncLifetime
{
    private readonly IPEndPoint _caller = Loopback.NextEndPoint();
    private readonly List<ScriptedEdge> _edges = [.. Enumerable.Range(0, 3).Select(_ => new ScriptedEdge(Loopback.NextEndPoint()))];
    private Kamailio _balancer = null!; // Set by InitializeAsync.

    public async Task InitializeAsync()
    {
        _balancer = await Kamailio.StartAsync(Loopback.NextEndPoint(), _edges.Select(e => e.Local));
        await _balancer.WaitActiveAsync(_edges.Select(e => e.Local));
    }

    public async Task DisposeAsync()
    {
        await _balancer.DisposeAsync();
        foreach (var edge in _edges) await edge.DisposeAsync();
    }

    [Fact]
    public async Task Spreads_calls_over_the_edges_one_after_the_other()
    {
        for (var i = 0; i < 9; i++) Assert.Equal(200, (await CallAsync()).Status);

        Assert.All(_edges, e => Assert.Equal(3, e.Count("INVITE")));
    }

    [Fact]
    public async Task An_edge_that_answers_OPTIONS_with_503_gets_no_call_until_it_answers_200()
    {
        _edges[1].Ping = "503 Server Shutdown";
        await _balancer.WaitActiveAsync([_edges[0].Local, _edges[2].Local]);
        for (var i = 0; i < 6; i++) Assert.Equal(200, (await CallAsync()).Status);
        Assert.Equal([3, 0, 3], _edges.Select(e => e.Count("INVITE")));

        _edges[1].Ping = "200 OK";
        await _balancer.WaitActiveAsync(_edges.Select(e => e.Local));
        for (var i = 0; i < 3; i++) Assert.Equal(200, (await CallAsync()).Status);
        Assert.Equal(1, _edges[1].Count("INVITE"));
    }

    [Fact]
    public async Task A_call_that_hits_a_silent_edge_goes_on_to_the_next_and_no_other_call_is_sent_there()
    {
        (_edges[0].Ping, _edges[0].Answer) = ("", "");
        var statuses = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => CallAsync(TimeSpan.FromSeconds(10))));
        Assert.All(statuses, s => Assert.Equal(200, s.Status));
        Assert.InRange(_edges[0].Count("INVITE"), 0, 1);

        await _balancer.WaitActiveAsync([_edges[1].Local, _edges[2].Local]);
        var before = _edges[0].Count("INVITE");
        for (var i = 0; i < 4; i++) Assert.Equal(200, (await CallAsync()).Status);
        Assert.Equal(before, _edges[0].Count("INVITE"));
    }

    [Theory]
    [InlineData("ServerShutdown")]
    [InlineData("SystemOverload")]
    public async Task An_edge_that_takes_no_calls_at_all_is_passed_over(string reason)
    {
        foreach (var edge in _edges.Take(2)) edge.Answer = $"503 No\r\nReason: Q.850;cause=41;text=\"{reason}\"\r\n";

        for (var i = 0; i < 3; i++) Assert.Equal(200, (await CallAsync()).Status);

        Assert.Equal(3, _edges[2].Count("INVITE"));
    }

    [Fact]
    public async Task A_503_of_the_switch_stays_503_with_its_Reason_and_Retry_After()
    {
        foreach (var edge in _edges)
            edge.Answer = "503 System CPS Limit\r\nReason: Q.850;cause=42;text=\"SystemCpsLimit\"\r\nRetry-After: 1\r\n";

        var answer = await CallAsync();

        Assert.Equal("SIP/2.0 503 System CPS Limit", answer.StartLine);
        Assert.Equal(("Q.850;cause=42;text=\"SystemCpsLimit\"", "1"), (answer.Header("Reason"), answer.Header("Retry-After")));
        Assert.Equal(1, _edges.Sum(e => e.Count("INVITE")));
    }

    [Theory]
    [InlineData("503 All Gateway Busy\r\nReason: Q.850;cause=34;text=\"AllGatewayBusy\"\r\n", 503)]
    [InlineData("408 Gateway Timeout\r\n", 408)]
    [InlineData("486 Busy Here\r\n", 486)]
    public async Task What_the_switch_says_about_a_call_is_not_asked_again_elsewhere(string answer, int status)
    {
        foreach (var edge in _edges) edge.Answer = answer;

        Assert.Equal(status, (await CallAsync()).Status);

        Assert.Equal(1, _edges.Sum(e => e.Count("INVITE")));
    }

    [Fact]
    public async Task Requests_of_a_dialog_go_to_its_edge_and_to_another_when_it_is_gone()
    {
        using var caller = new RawPeer(_caller, _balancer.Local);
        var dialog = new RawDialog(caller, "8613800138000");
        caller.Send(dialog.Request("INVITE"));
        var answer = await caller.ReceiveFinalAsync();
        var route = $"Route: {answer.Header("Record-Route")}\r\n";
        dialog.Confirm(answer);
        caller.Send(dialog.Request("ACK", route));
        var own = _edges.Single(e => e.Count("INVITE") == 1);
        for (var i = 0; i < 3; i++)
        {
            caller.Send(dialog.Request("INFO", route));
            Assert.Equal(200, (await caller.ReceiveFinalAsync()).Status);
        }

        var seen = string.Join('\n', _edges.SelectMany(e => e.Requests.Select(r => $"{e.Local} {r.StartLine} {r.Header("CSeq")} {r.Header("Via")}")));
        Assert.True((1, 3) == (own.Count("ACK"), own.Count("INFO")), seen + _balancer.Output);

        // Before the balancer knows: the silent edge is waited for. Afterwards: at once.
        (own.Ping, own.Answer) = ("", "");
        caller.Send(dialog.Request("INFO", route));
        Assert.Equal(200, (await caller.ReceiveFinalAsync()).Status);
        await _balancer.WaitActiveAsync(_edges.Where(e => e != own).Select(e => e.Local));
        var tries = own.Count("BYE");
        caller.Send(dialog.Request("BYE", route));
        Assert.Equal(200, (await caller.ReceiveFinalAsync()).Status);
        Assert.Equal(tries, own.Count("BYE"));
        Assert.Equal(1, _edges.Sum(e => e.Count("BYE")));
    }

    [Fact]
    public async Task Without_an_edge_calls_and_OPTIONS_get_503_with_Retry_After()
    {
        foreach (var edge in _edges) edge.Ping = "503 Server Shutdown";
        await _balancer.WaitActiveAsync([]);

        var refused = await CallAsync();

        Assert.Equal((503, "5"), (refused.Status, refused.Header("Retry-After")));
        using var caller = new RawPeer(Loopback.NextEndPoint(), _balancer.Local);
        caller.Send(new RawDialog(caller, "").Request("OPTIONS").Replace("sip:@switch.invalid", $"sip:{_balancer.Local}", StringComparison.Ordinal));
        Assert.Equal(503, (await caller.ReceiveFinalAsync()).Status);
    }

    // How the switch tells customers apart that are known by address.
    [Fact]
    public async Task What_comes_in_at_a_second_port_leaves_from_there()
    {
        var local = Loopback.NextEndPoint();
        var second = new IPEndPoint(local.Address, 5070);
        await using var balancer = await Kamailio.StartAsync(local, [_edges[0].Local], [$"LISTEN_MORE=udp:{second}"]);
        using var caller = new RawPeer(Loopback.NextEndPoint(), second);

        caller.Send(new RawDialog(caller, "8613800138000").Request("INVITE"));

        Assert.Equal($"<sip:{second};lr>", (await caller.ReceiveFinalAsync()).Header("Record-Route"));
        Assert.Equal(second, _edges[0].Sources.Single());
    }

    [Fact]
    public async Task A_Route_of_a_stranger_leads_to_an_edge_and_nowhere_else()
    {
        using var victim = new RawPeer(Loopback.NextEndPoint());

        var answer = await CallAsync(more: $"Route: <sip:{_balancer.Local};lr>, <sip:{victim.Local};lr>\r\n");

        Assert.Equal(200, answer.Status);
        Assert.Equal(1, _edges.Sum(e => e.Count("INVITE")));
        Assert.Null(await victim.TryReceiveAsync(TimeSpan.FromMilliseconds(100)));
    }

    private async Task<RawMessage> CallAsync(TimeSpan? limit = null, string more = "")
    {
        using var caller = new RawPeer(Loopback.NextEndPoint(), _balancer.Local);
        var dialog = new RawDialog(caller, "8613800138000");
        caller.Send(dialog.Request("INVITE", more));
        while (await caller.TryReceiveAsync(limit ?? TimeSpan.FromSeconds(5)) is { } response)
            if (response.Status >= 200) return response;
        throw new TimeoutException($"No final answer.\n{_balancer.Output}");
    }
}
