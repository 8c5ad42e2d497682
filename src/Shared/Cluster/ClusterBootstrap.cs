using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Cluster.Hosting.SBR;
using Akka.Hosting;
using Akka.Remote.Hosting;
using Tandem.Shared.Cluster.Wire;

namespace Tandem.Shared.Cluster;

/// <summary>How fast a cluster decides that a node is dead (measured: docs/adr, akka.md §2.2).</summary>
public enum FailureProfile : byte
{
    /// <summary>About 11 s; right for two busy cores.</summary>
    Default,

    /// <summary>About 6 s; false alarms when the cores are starved.</summary>
    Fast,
}

/// <summary>What a node needs to know to be a member.</summary>
/// <param name="Host">Address that other nodes reach it by.</param>
/// <param name="Port">0 is any free port, for a node that stays alone.</param>
/// <param name="Seeds"><c>host:port</c> of the seed nodes, the same list in the same order everywhere; empty: alone.</param>
/// <param name="Roles">What it does.</param>
/// <param name="Profile">How fast it decides.</param>
public sealed record ClusterMembership(
    string Host,
    int Port,
    IReadOnlyList<string> Seeds,
    IReadOnlyList<string> Roles,
    FailureProfile Profile = FailureProfile.Default);

/// <summary>Makes an actor system a member of the switch.</summary>
public static class ClusterBootstrap
{
    /// <summary>Name of the actor system on every node.</summary>
    public const string SystemName = "tandem";

    /// <summary>Remoting, membership, split-brain resolver, serialization: the same on every node.</summary>
    public static AkkaConfigurationBuilder WithTandemCluster(
        this AkkaConfigurationBuilder builder,
        ClusterMembership membership)
    {
        var (heartbeat, pause, stable, margin) = membership.Profile switch
        {
            FailureProfile.Default => ("500ms", "2s", "5s", "1s"),
            FailureProfile.Fast => ("250ms", "1s", "2s", "500ms"),
        };
        builder
            .AddHocon(
                $$"""
                akka {
                  log-dead-letters = off
                  log-dead-letters-during-shutdown = off
                  remote.dot-netty.tcp.maximum-frame-size = 4 MiB
                  cluster {
                    gossip-interval = 500ms
                    leader-actions-interval = 500ms
                    allow-weakly-up-members = 7s
                    down-removal-margin = {{margin}}
                    failure-detector {
                      heartbeat-interval = {{heartbeat}}
                      acceptable-heartbeat-pause = {{pause}}
                    }
                    split-brain-resolver.stable-after = {{stable}}
                    sharding {
                      state-store-mode = ddata
                      remember-entities = off
                      remember-entities-store = eventsourced
                      retry-interval = 500ms
                      least-shard-allocation-strategy.rebalance-absolute-limit = 20
                      distributed-data.durable.keys = []
                      distributed-data.gossip-interval = 500ms
                    }
                    distributed-data.durable.keys = []
                    # It speaks of 30 s after a few hundred milliseconds; a silent owner is noticed by its node actors.
                    singleton-proxy.log-singleton-identification-failure = off
                  }
                  coordinated-shutdown {
                    phases {
                      before-service-unbind.timeout = 5s
                      service-requests-done.timeout = 15s
                      service-stop.timeout = 10s
                    }
                  }
                }
                """,
                HoconAddMode.Prepend)
            .WithRemoting(membership.Host, membership.Port)
            .WithClustering(new ClusterOptions
            {
                Roles = [.. membership.Roles],
                SeedNodes = [.. membership.Seeds.Select(seed => $"akka.tcp://{SystemName}@{seed}")],
                SplitBrainResolver = new KeepMajorityOption(),
            })
            .WithTandemSerialization();
        if (membership.Seeds.Count == 0)
        {
            builder.AddStartup((system, _) =>
            {
                var cluster = Akka.Cluster.Cluster.Get(system);
                cluster.Join(cluster.SelfAddress);
            });
        }

        return builder;
    }

    /// <summary>Waits until this node is a full member; false when that takes longer than <paramref name="timeout"/>.</summary>
    public static async Task<bool> WaitUntilUp(ActorSystem system, TimeSpan timeout)
    {
        var up = new TaskCompletionSource();
        Akka.Cluster.Cluster.Get(system).RegisterOnMemberUp(() => up.TrySetResult());
        return await Task.WhenAny(up.Task, Task.Delay(timeout)) == up.Task;
    }
}
