using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Time.Testing;
using Tandem.Edge.Health;
using Tandem.Shared.Configuration;
using Tandem.Shared.Gateways;

namespace Tandem.Edge.Tests.Health;

/// <summary>The owner of health and two nodes' replicas, with a probe in place of the edge and a clock that the test moves.</summary>
public sealed class GatewayHealthActorTests : TestKit
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly FakeTimeProvider _time = new(Start);
    private readonly ConfigurationHolder _configuration = new();
    private readonly TestProbe _edge;
    private readonly GatewayHealthReplica[] _replicas = [new(), new()];
    private readonly List<IActorRef> _nodes = [];
    private readonly Relay _owner = new();
    private IActorRef _actor = ActorRefs.Nobody;

    public GatewayHealthActorTests() : base(ConfigurationFactory.ParseString(
        """
        akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
        akka.loglevel = WARNING
        """))
    {
        _edge = CreateTestProbe();
        Configure(new RoutingGatewayConfiguration { Name = "v", RemoteIp = "192.0.2.1", OptionsCheck = true });
        var proxy = Sys.ActorOf(Props.Create(() => new Proxy(_owner)));
        foreach (var replica in _replicas) _nodes.Add(Sys.ActorOf(GatewayHealthNodeActor.CreateProps(proxy, replica, _time)));
        StartOwner();
    }

    [Fact]
    public void Sends_OPTIONS_each_period_by_one_edge_and_tells_every_node_what_came_of_it()
    {
        var first = NextCheck(60);
        var text = Encoding.ASCII.GetString(first.Request.Span);
        Assert.StartsWith("OPTIONS sip:192.0.2.1 SIP/2.0\r\n", text, StringComparison.Ordinal);
        Assert.Contains("From: <sip:198.51.100.1>;tag=", text, StringComparison.Ordinal);
        Assert.Equal(("192.0.2.1:5060", "v", TimeSpan.FromSeconds(15)), (first.Remote, first.Gateway, first.Patience));
        _edge.Reply(Answer(first, "404 Not Found"));
        Until(() => StatesOf("v").All(s => s == GatewayHealthState.Online));
        Fail(NextCheck(61));
        Until(() => StatesOf("v").All(s => s == GatewayHealthState.Online));
        Fail(NextCheck(16));
        Until(() => StatesOf("v").All(s => s == GatewayHealthState.Offline));
        Assert.Equal("no answer to OPTIONS", _replicas[0].Find("v")!.Cause);
        _edge.Reply(Answer(NextCheck(31), "200 OK"));
        Until(() => StatesOf("v").All(s => s == GatewayHealthState.Online));
    }

    [Fact]
    public void A_pause_that_one_nodes_call_hears_of_counts_there_at_once_and_everywhere_soon()
    {
        Advance(TimeSpan.FromSeconds(5));
        _replicas[0].Suspend("x", _time.GetUtcNow(), TimeSpan.FromSeconds(20), "it answered 503");
        Assert.Equal(GatewayHealthState.Suspended, _replicas[0].Find("x")!.StateAt(_time.GetUtcNow()));
        Until(() => _replicas[1].Find("x")?.StateAt(_time.GetUtcNow()) == GatewayHealthState.Suspended);
        Advance(TimeSpan.FromSeconds(20));
        Assert.All(_replicas, r => Assert.True(r.Find("x")?.IsUnknown(_time.GetUtcNow()) ?? true));
    }

    [Fact]
    public void What_is_known_survives_the_owner()
    {
        Fail(NextCheck(60));
        Fail(NextCheck(16));
        Until(() => StatesOf("v").All(s => s == GatewayHealthState.Offline));
        var since = _replicas[0].Find("v")!.Since;
        _replicas[1].Suspend("x", _time.GetUtcNow(), TimeSpan.FromMinutes(10), "it answered 503");
        Until(() => _replicas[0].Find("x") is not null);
        _owner.Target = ActorRefs.Nobody;
        Watch(_actor);
        Sys.Stop(_actor);
        ExpectTerminated(_actor);
        _replicas[0].Suspend("y", _time.GetUtcNow(), TimeSpan.FromMinutes(10), "said while nobody owned it");
        StartOwner();
        for (var i = 0; i < 50; i++)
        {
            Advance(Step);
            Assert.All(_replicas, r => Assert.Equal(GatewayHealthState.Offline, r.Find("v")!.Checked));
        }

        Until(() => _replicas[1].Find("y") is not null);
        Assert.All(_replicas, r => Assert.Equal(since, r.Find("v")!.Since));
        Assert.All(_replicas, r => Assert.Equal(GatewayHealthState.Suspended, r.Find("x")!.StateAt(_time.GetUtcNow())));
        _edge.Reply(Answer(NextCheck(61), "200 OK"));
        Until(() => StatesOf("v").All(s => s == GatewayHealthState.Online));
    }

    [Fact]
    public void A_node_that_missed_a_change_asks_for_all()
    {
        Advance(TimeSpan.FromSeconds(5));
        _owner.Deaf = _nodes[1];
        _edge.Reply(Answer(NextCheck(60), "200 OK"));
        Until(() => _replicas[0].Find("v")?.Checked == GatewayHealthState.Online);
        Assert.Null(_replicas[1].Find("v"));
        _owner.Deaf = null;
        Until(() => _replicas[1].Find("v")?.Checked == GatewayHealthState.Online);
    }

    [Fact]
    public void A_gateway_that_is_no_longer_configured_is_forgotten_everywhere()
    {
        _edge.Reply(Answer(NextCheck(60), "200 OK"));
        Until(() => StatesOf("v").All(s => s == GatewayHealthState.Online));
        Configure();
        Until(() => _replicas.All(r => r.Find("v") is null));
    }

    private sealed class Relay : IHealthPublisher
    {
        public List<IActorRef> Nodes { get; } = [];

        public IActorRef Target { get; set; } = ActorRefs.Nobody;

        public IActorRef? Deaf { get; set; }

        public void Publish(object message, IActorRef sender)
        {
            foreach (var node in Nodes)
                if (!node.Equals(Deaf)) node.Tell(message, sender);
        }
    }

    private sealed class Proxy : ReceiveActor
    {
        public Proxy(Relay relay) => ReceiveAny(m => relay.Target.Tell(m, Sender));
    }

    private void StartOwner()
    {
        _owner.Nodes.Clear();
        _owner.Nodes.AddRange(_nodes);
        _actor = Sys.ActorOf(GatewayHealthActor.CreateProps(
            new GatewayHealthServices(_edge, _configuration, _owner, _ => "198.51.100.1", _time) { Chance = () => 0.5 }));
        _owner.Target = _actor;
    }

    private OutOfCall.Send NextCheck(int withinSeconds)
    {
        for (var passed = TimeSpan.Zero; passed <= TimeSpan.FromSeconds(withinSeconds + 1); passed += Step)
        {
            Advance(Step);
            if (_edge.HasMessages) return _edge.ExpectMsg<OutOfCall.Send>();
        }

        throw new TimeoutException($"No OPTIONS within {withinSeconds} s.");
    }

    private static OutOfCall.Answered Answer(OutOfCall.Send check, string status)
    {
        var lines = Encoding.ASCII.GetString(check.Request.Span).Split("\r\n");
        lines[0] = $"SIP/2.0 {status}\r\nVia: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK1";
        return new OutOfCall.Answered(check.Token, check.Remote, Encoding.ASCII.GetBytes(string.Join("\r\n", lines)));
    }

    private void Fail(OutOfCall.Send check) => _edge.Reply(new OutOfCall.Failed(check.Token, "no answer"));

    private IEnumerable<GatewayHealthState?> StatesOf(string gateway) => _replicas.Select(r => r.Find(gateway)?.Checked);

    private void Until(Func<bool> condition)
    {
        for (var i = 0; i < 60 && !condition(); i++) Advance(Step);
        Assert.True(condition());
    }

    private void Advance(TimeSpan by)
    {
        for (var passed = TimeSpan.Zero; passed < by; passed += Step)
        {
            Settle();
            _time.Advance(Step);
            ((TestScheduler)Sys.Scheduler).Advance(Step);
        }

        Settle();
    }

    // Twice: what one actor is told may make it tell another.
    private void Settle()
    {
        for (var i = 0; i < 2; i++)
        {
            foreach (var actor in _nodes.Prepend(_owner.Target))
            {
                if (actor.IsNobody()) continue;
                var probe = CreateTestProbe();
                actor.Tell(new Identify(null), probe);
                probe.ExpectMsg<ActorIdentity>();
            }
        }
    }

    private void Configure(params RoutingGatewayConfiguration[] gateways) => _configuration.Set(
        new ConfigurationSnapshot(_configuration.Current.Version + 1, new SwitchConfiguration { RoutingGateways = [.. gateways] }));
}
