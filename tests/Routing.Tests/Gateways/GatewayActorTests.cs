using System.Diagnostics.Metrics;
using Akka.Actor;
using Akka.Actor.Dsl;
using Akka.Cluster;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Time.Testing;
using Tandem.Routing.Gateways;
using Tandem.Routing.NodeCalls;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Shared.Configuration;
using Tandem.Shared.Gateways;

namespace Tandem.Routing.Tests.Gateways;

/// <summary>A real one-node cluster; the node's list of calls is a probe, the clock is a fake one.</summary>
public sealed class GatewayActorTests : TestKit
{
    private static readonly GatewayId Vendor = GatewayId.Routing("vendor-1");

    private static readonly Config OneNode = ConfigurationFactory.ParseString("""
        akka.actor.provider = cluster
        akka.remote.dot-netty.tcp.hostname = "127.0.0.1"
        akka.remote.dot-netty.tcp.port = 0
        akka.remote.flush-wait-on-shutdown = 100ms
        akka.cluster.roles = [call]
        akka.cluster.periodic-tasks-initial-delay = 20ms
        akka.cluster.gossip-interval = 100ms
        akka.cluster.leader-actions-interval = 100ms
        akka.cluster.log-info = off
        akka.loglevel = WARNING
        """);

    private static readonly Config EndsAtOnce = ConfigurationFactory.ParseString(
        "akka.coordinated-shutdown.run-by-actor-system-terminate = off");

    private static readonly GatewayOptions Quick = new()
    {
        LearnRetry = TimeSpan.FromMilliseconds(30),
        ReconcileInterval = TimeSpan.FromHours(1),
    };

    private static readonly GatewayOptions Reconciling = Quick with { ReconcileInterval = TimeSpan.FromMilliseconds(60) };

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private readonly ConfigurationHolder _configuration = new();
    private readonly GatewayOwners _owners = new();
    private readonly GatewayMetrics _metrics = new();
    private readonly string _node;

    public GatewayActorTests()
        : base(EndsAtOnce.WithFallback(OneNode))
    {
        var cluster = Akka.Cluster.Cluster.Get(Sys);
        cluster.Join(cluster.SelfAddress);
        AwaitCondition(() => cluster.SelfMember.Status == MemberStatus.Up, TimeSpan.FromSeconds(20));
        _node = cluster.SelfAddress.ToString();
        Configure(capacity: 2, rate: 0);
    }

    [Fact]
    public void Grants_and_refuses_by_the_configuration_in_force()
    {
        StartListing();
        var gateway = Start();
        Assert.Equal(1, Granted(gateway, 1).LinesInUse);
        Assert.Equal(2, Granted(gateway, 2).LinesInUse);
        Assert.Equal(EndReason.AllGatewayBusy, Refused(gateway, 3).Rejection.Reason);
        Configure(capacity: 3, rate: 0);
        Granted(gateway, 3);
        gateway.Tell(new GatewayCommands.Release(Vendor, Key(1)));
        gateway.Tell(new GatewayQueries.GetState(Vendor));
        var state = ExpectMsg<GatewayState>();
        Assert.Equal((2, 3, 3L, 1L, true), (state.LinesInUse, state.LineLimit, state.TotalGranted, state.TotalRefused, state.Ready));
    }

    [Fact]
    public void A_node_that_was_always_alone_grants_its_first_call_without_asking()
    {
        Configure(capacity: 2, rate: 2);
        var gateway = Start(); // Nobody answers at /user/node-calls.
        Granted(gateway, 1);
    }

    [Fact]
    public void Requests_wait_while_it_learns_and_then_count_with_what_nodes_hold()
    {
        var list = StartProbe();
        _owners.SawOthers();
        var gateway = Start();
        Assert.Equal(Vendor.ToString(), list.ExpectMsg<NodeCallQueries.HeldLeases>().Resource);
        gateway.Tell(Acquire(1));
        gateway.Tell(Acquire(2));
        gateway.Tell(new GatewayQueries.GetState(Vendor));
        Assert.False(ExpectMsg<GatewayState>().Ready);
        list.Reply(List(Held(9)));
        Assert.Equal(2, ExpectMsg<GatewayReplies.Granted>().LinesInUse);
        Assert.Equal(EndReason.AllGatewayBusy, ExpectMsg<GatewayReplies.Refused>().Rejection.Reason);
    }

    [Fact]
    public void A_new_owner_does_not_count_lines_whose_request_waits_with_it()
    {
        var list = StartProbe();
        _owners.SawOthers();
        var gateway = Start();
        list.ExpectMsg<NodeCallQueries.HeldLeases>();
        for (byte i = 1; i <= 3; i++) gateway.Tell(Acquire(i));
        list.Reply(List(Asking(1), Asking(2), Asking(3)));
        ExpectMsg<GatewayReplies.Granted>();
        ExpectMsg<GatewayReplies.Granted>();
        ExpectMsg<GatewayReplies.Refused>();
    }

    [Fact]
    public void A_line_that_is_asked_for_elsewhere_is_waited_for()
    {
        Configure(capacity: 1, rate: 0);
        var list = StartProbe();
        _owners.SawOthers();
        var gateway = Start();
        list.ExpectMsg<NodeCallQueries.HeldLeases>();
        gateway.Tell(Acquire(1));
        list.Reply(List(Asking(2)));
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
        list.ExpectMsg<NodeCallQueries.HeldLeases>(); // Asks again: the earlier owner had granted it meanwhile.
        list.Reply(List(Held(2)));
        Assert.Equal(EndReason.AllGatewayBusy, ExpectMsg<GatewayReplies.Refused>().Rejection.Reason);
    }

    [Fact]
    public void A_request_given_up_while_it_waited_is_not_granted()
    {
        var list = StartProbe();
        _owners.SawOthers();
        var gateway = Start();
        list.ExpectMsg<NodeCallQueries.HeldLeases>();
        gateway.Tell(Acquire(1));
        gateway.Tell(new GatewayCommands.Release(Vendor, Key(1)));
        list.Reply(List());
        Assert.Equal(1, Granted(gateway, 2).LinesInUse);
    }

    [Fact]
    public void Tokens_of_an_earlier_owner_are_waited_out_for_one_second()
    {
        Configure(capacity: 0, rate: 10);
        StartListing();
        _owners.SawOthers();
        var gateway = Start();
        gateway.Tell(Acquire(1));
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        _time.Advance(TimeSpan.FromSeconds(1));
        ExpectMsg<GatewayReplies.Granted>();
    }

    [Fact]
    public void A_late_request_is_dropped()
    {
        StartListing();
        var gateway = Start();
        var late = Acquire(1);
        _time.Advance(TimeSpan.FromMinutes(1));
        gateway.Tell(late);
        Assert.Equal(1, Granted(gateway, 2).LinesInUse);
    }

    [Fact]
    public void A_silent_member_is_named_in_refusals_after_the_patience_and_grants_resume_when_it_answers()
    {
        var list = StartProbe();
        _owners.SawOthers();
        var gateway = Start();
        gateway.Tell(Acquire(1, TimeSpan.FromMinutes(1)));
        list.ExpectMsg<NodeCallQueries.HeldLeases>();
        _time.Advance(TimeSpan.FromSeconds(10));
        var refused = ExpectMsg<GatewayReplies.Refused>().Rejection;
        Assert.Equal(EndReason.SystemUnavailable, refused.Reason);
        Assert.Contains(_node, refused.Detail);
        Assert.Equal(EndReason.SystemUnavailable, Refused(gateway, 2).Rejection.Reason);
        list.FishForMessage(m => m is NodeCallQueries.HeldLeases);
        list.Reply(List());
        AwaitAssert(() => Granted(gateway, 3));
    }

    [Fact]
    public void More_requests_than_may_wait_are_refused_at_once()
    {
        StartProbe();
        _owners.SawOthers();
        var gateway = Start(Quick with { MaxWaiting = 1 });
        gateway.Tell(Acquire(1));
        Assert.Equal(EndReason.SystemUnavailable, Refused(gateway, 2).Rejection.Reason);
    }

    [Fact]
    public void A_line_whose_call_is_gone_is_reclaimed_and_counted_as_drift()
    {
        long counted = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == GatewayMetrics.MeterName) l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (instrument.Name == "tandem_gateway_drift_total" && Equals(tags[0].Value, Vendor.ToString()))
                Interlocked.Add(ref counted, value);
        });
        listener.Start();
        StartListing(() => List(Held(1)));
        var gateway = Start(Reconciling);
        Granted(gateway, 1);
        Granted(gateway, 2);
        AwaitAssert(
            () =>
            {
                gateway.Tell(new GatewayQueries.GetState(Vendor));
                var state = ExpectMsg<GatewayState>();
                Assert.Equal((1, 1L), (state.LinesInUse, state.Drift));
            },
            TimeSpan.FromSeconds(10));
        Assert.Equal(1, Interlocked.Read(ref counted));
    }

    [Fact]
    public void A_new_owner_has_a_later_epoch_and_learns_what_the_last_one_granted()
    {
        StartListing(() => List(Held(1)));
        var first = Start();
        var epoch = Granted(first, 1).Epoch;
        Watch(first);
        Sys.Stop(first);
        ExpectTerminated(first);
        var second = Start();
        var granted = Granted(second, 2);
        Assert.True(granted.Epoch > epoch);
        Assert.Equal(2, granted.LinesInUse);
    }

    [Fact]
    public void Is_put_away_after_ten_idle_minutes_but_never_with_leases()
    {
        HeldLease[] held = [Held(1)];
        StartListing(() => List(Volatile.Read(ref held)));
        var shard = CreateTestProbe();
        var gateway = shard.ChildActorOf(Props(Reconciling));
        Granted(gateway, 1);
        _time.Advance(TimeSpan.FromMinutes(11));
        shard.ExpectNoMsg(TimeSpan.FromMilliseconds(200));
        Volatile.Write(ref held, []);
        gateway.Tell(new GatewayCommands.Release(Vendor, Key(1)));
        shard.ExpectNoMsg(TimeSpan.FromMilliseconds(150));
        _time.Advance(TimeSpan.FromMinutes(11));
        var passivate = shard.FishForMessage<Akka.Cluster.Sharding.Passivate>(_ => true);
        Watch(gateway);
        gateway.Tell(passivate.StopMessage);
        ExpectTerminated(gateway);
    }

    [Fact]
    public async Task The_lines_of_a_node_that_leaves_are_free_and_a_silent_node_is_waited_for_until_it_has_left()
    {
        StartListing();
        var early = Start();
        Granted(early, 7);
        var other = ActorSystem.Create(Sys.Name, OneNode);
        try
        {
            early.Tell(Acquire(8) with { Node = Akka.Cluster.Cluster.Get(other).SelfAddress.ToString() });
            Assert.Equal(2, ExpectMsg<GatewayReplies.Granted>().LinesInUse);
            var cluster = Akka.Cluster.Cluster.Get(other);
            await cluster.JoinAsync(Akka.Cluster.Cluster.Get(Sys).SelfAddress).WaitAsync(TimeSpan.FromSeconds(30));
            AwaitCondition(
                () => Akka.Cluster.Cluster.Get(Sys).State.Members.Count(m => m.Status == MemberStatus.Up) == 2,
                TimeSpan.FromSeconds(20));
            _owners.SawOthers();
            var gateway = Start(); // The other node has the role and no list of calls.
            gateway.Tell(Acquire(1));
            ExpectNoMsg(TimeSpan.FromMilliseconds(200));
            await other.Terminate().WaitAsync(TimeSpan.FromSeconds(30)); // Leaves the cluster in order.
            Assert.Equal(1, ExpectMsg<GatewayReplies.Granted>(TimeSpan.FromSeconds(30)).LinesInUse);
            AwaitAssert(() =>
            {
                early.Tell(new GatewayQueries.GetState(Vendor));
                var state = ExpectMsg<GatewayState>();
                Assert.Equal((1, 0L), (state.LinesInUse, state.Drift));
            });
        }
        finally
        {
            await other.Terminate();
        }
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _metrics.Dispose();
    }

    private static LeaseKey Key(byte call) => new(new CallId(1, 0, call), 1);

    private static HeldLease Held(byte call) => new(Key(call), 0);

    private static HeldLease Asking(byte call) => new(Key(call), LineLeases.AskingAmount);

    private NodeCallReplies.HeldLeases List(params HeldLease[] leases) => new(Vendor.ToString(), _node, leases);

    private void Configure(int capacity, int rate) => _configuration.Set(new ConfigurationSnapshot(
        _configuration.Current.Version + 1,
        new SwitchConfiguration
        {
            RoutingGateways = [new() { Name = Vendor.Name, Capacity = capacity, MaxCallRate = rate, RemoteIp = "127.0.0.1" }],
        }));

    private Props Props(GatewayOptions options) =>
        GatewayActor.CreateProps(Vendor, _configuration, _owners, _metrics, _time, options);

    private IActorRef Start(GatewayOptions? options = null) => Sys.ActorOf(Props(options ?? Quick));

    private TestProbe StartProbe()
    {
        var probe = CreateTestProbe();
        Sys.ActorOf(Akka.Actor.Props.Create(() => new Forwarder(probe.Ref)), NodeCallsActor.Name);
        return probe;
    }

    private void StartListing(Func<NodeCallReplies.HeldLeases>? list = null)
    {
        var answer = list ?? (() => List());
        Sys.ActorOf(dsl => dsl.Receive<NodeCallQueries.HeldLeases>((_, context) => context.Sender.Tell(answer())),
            NodeCallsActor.Name);
    }

    private GatewayCommands.Acquire Acquire(byte call, TimeSpan? patience = null) =>
        new(Vendor, Key(call), _node, _time.GetUtcNow() + (patience ?? TimeSpan.FromSeconds(5)));

    private GatewayReplies.Granted Granted(IActorRef gateway, byte call)
    {
        gateway.Tell(Acquire(call));
        return ExpectMsg<GatewayReplies.Granted>();
    }

    private GatewayReplies.Refused Refused(IActorRef gateway, byte call)
    {
        gateway.Tell(Acquire(call));
        return ExpectMsg<GatewayReplies.Refused>();
    }

    private sealed class Forwarder : ReceiveActor
    {
        public Forwarder(IActorRef to) => ReceiveAny(message => to.Forward(message));
    }
}
