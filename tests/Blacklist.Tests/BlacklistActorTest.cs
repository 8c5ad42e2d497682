using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Time.Testing;
using Tandem.Blacklist.Lists;
using Tandem.Shared.Configuration;

namespace Tandem.Blacklist.Tests;

/// <summary>An actor system whose clock and timers only move when a test says so.</summary>
public abstract class BlacklistActorTest : TestKit
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private protected BlacklistActorTest() : base(ConfigurationFactory.ParseString(
        """
        akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
        akka.loglevel = WARNING
        """))
    {
        Replica = new DynamicBlacklistReplica(Configuration);
        Metrics = new BlacklistMetrics(Replica);
    }

    private protected FakeTimeProvider Time { get; } = new(Calls.Start);

    private protected ConfigurationHolder Configuration { get; } = new();

    private protected DynamicBlacklistReplica Replica { get; }

    private protected BlacklistMetrics Metrics { get; }

    private protected FakeStore Store { get; } = new();

    private protected BlacklistOwnerServices Services(INodePublisher nodes) =>
        new(Configuration, Store, nodes, Metrics, Time);

    // Only after what was told before has been handled: else a timer would start later than it would have.
    private protected void Advance(TimeSpan by, params IActorRef[] settled)
    {
        for (var passed = TimeSpan.Zero; passed < by; passed += Step)
        {
            foreach (var actor in settled) Settle(actor);
            Time.Advance(Step);
            ((TestScheduler)Sys.Scheduler).Advance(Step);
        }

        foreach (var actor in settled) Settle(actor);
    }

    private protected void Settle(IActorRef actor)
    {
        var probe = CreateTestProbe();
        actor.Tell(new Identify(null), probe);
        probe.ExpectMsg<ActorIdentity>();
    }

    /// <summary>Stands in for the nodes of a cluster.</summary>
    private protected sealed class Nodes(params IActorRef[] nodes) : INodePublisher
    {
        public void Publish(object message, IActorRef sender)
        {
            foreach (var node in nodes) node.Tell(message, sender);
        }
    }
}
