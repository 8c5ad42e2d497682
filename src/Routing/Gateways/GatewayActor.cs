using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Event;
using Tandem.Routing.NodeCalls;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Shared.Cluster;
using Tandem.Shared.Configuration;
using Tandem.Shared.Gateways;

namespace Tandem.Routing.Gateways;

/// <summary>The only one that grants lines and rate tokens of one gateway, or of the whole switch.</summary>
/// <remarks>
/// Sharded by <see cref="GatewayId"/>; its rules are <see cref="GatewayLeases"/>. A new owner first learns from all nodes which
/// lines are in use and lets requests wait (<see cref="Learning"/>), then decides from memory (<see cref="Ready"/>) and compares
/// with the nodes' lists now and then. Put away after 10 idle minutes, never while it has leases.
/// </remarks>
public sealed class GatewayActor : ReceiveActor, IWithTimers
{
    private sealed record Retry : INoSerializationVerificationNeeded;
    private sealed record Round : INoSerializationVerificationNeeded;
    private sealed record Stop : INoSerializationVerificationNeeded;

    private readonly GatewayId _id;
    private readonly string _resource;
    private readonly IConfigurationSource _configuration;
    private readonly TimeProvider _time;
    private readonly GatewayOptions _options;
    private readonly GatewayOwners _owners;
    private readonly GatewayMetrics.Figures _figures;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly long _epoch;
    private readonly long _startedAt;
    private readonly GatewayLeases _leases;
    private readonly Dictionary<string, ActorSelection> _nodes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _awaited = new(StringComparer.Ordinal); // while learning: have not answered
    private readonly Dictionary<LeaseKey, string> _asking = []; // while learning: asked for, and nothing came here yet
    private readonly Queue<(GatewayCommands.Acquire Command, IActorRef From)> _waiting = new();
    private readonly HashSet<LeaseKey> _waitingKeys = [];
    private readonly HashSet<string> _strangers = new(StringComparer.Ordinal); // hold lines and are no members
    private ConfigurationSnapshot? _limitsFrom;
    private GatewayLimits _limits;
    private long _lastGrant = long.MinValue;
    private long _lastUse;
    private bool _membersKnown;
    private bool _complained;

    /// <summary>Takes ownership.</summary>
    public GatewayActor(
        GatewayId id,
        IConfigurationSource configuration,
        GatewayOwners owners,
        GatewayMetrics metrics,
        TimeProvider time,
        GatewayOptions options)
    {
        (_id, _resource, _configuration, _owners, _time, _options) = (id, id.ToString(), configuration, owners, time, options);
        _figures = metrics.Start(id);
        _epoch = owners.NextEpoch(time.GetUtcNow());
        _leases = new GatewayLeases(id, _epoch);
        _startedAt = _lastUse = Ticks();
        Become(Learning);
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>How to start one.</summary>
    public static Props CreateProps(
        GatewayId id,
        IConfigurationSource configuration,
        GatewayOwners owners,
        GatewayMetrics metrics,
        TimeProvider time,
        GatewayOptions options) =>
        Props.Create(() => new GatewayActor(id, configuration, owners, metrics, time, options));

    /// <inheritdoc />
    protected override void PreStart()
    {
        Akka.Cluster.Cluster.Get(Context.System).Subscribe(
            Self,
            ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot,
            typeof(ClusterEvent.MemberUp),
            typeof(ClusterEvent.MemberRemoved));
        Timers.StartPeriodicTimer(nameof(Retry), new Retry(), _options.LearnRetry);
    }

    /// <inheritdoc />
    protected override void PostStop()
    {
        Akka.Cluster.Cluster.Get(Context.System).Unsubscribe(Self);
        _owners.Ended(_id, _lastGrant, _leases.LinesInUse);
        _figures.End();
    }

    /// <summary>A crash ends this owner: the shard starts a new one, which learns anew.</summary>
    protected override void PreRestart(Exception reason, object message) => PostStop();

    private void Learning()
    {
        Receive<GatewayCommands.Acquire>(Wait);
        Receive<NodeCallReplies.HeldLeases>(OnLearnt);
        Receive<Retry>(_ => OnRetry());
        Common();
    }

    private void Ready()
    {
        Receive<GatewayCommands.Acquire>(command => OnAcquire(command, Sender));
        Receive<NodeCallReplies.HeldLeases>(OnListed);
        Receive<Round>(_ => OnRound());
        Receive<Retry>(_ => { });
        Common();
    }

    private void Common()
    {
        Receive<GatewayCommands.Release>(OnRelease);
        Receive<GatewayQueries.GetState>(_ => Sender.Tell(State()));
        Receive<ClusterEvent.CurrentClusterState>(OnMembers);
        Receive<ClusterEvent.MemberUp>(up => OnMember(up.Member));
        Receive<ClusterEvent.MemberRemoved>(removed => OnMemberRemoved(removed.Member));
        Receive<Stop>(_ => Context.Stop(Self));
    }

    // --- Both states.

    private void OnAcquire(GatewayCommands.Acquire command, IActorRef from)
    {
        if (IsLate(command)) return;
        var ticks = _lastUse = Ticks();
        var granted = _leases.TotalGranted;
        var reply = _leases.Decide(command, Limits(), ticks);
        if (_leases.TotalGranted != granted) _lastGrant = ticks;
        else if (reply is GatewayReplies.Refused refused) _figures.Refused(refused.Rejection.Reason);
        _figures.LinesInUse = _leases.LinesInUse;
        from.Tell(reply);
    }

    private void OnRelease(GatewayCommands.Release command)
    {
        _lastUse = Ticks();
        _leases.Release(command.Lease);
        _asking.Remove(command.Lease);
        _waitingKeys.Remove(command.Lease); // Given up while it waited: it must not be granted afterwards.
        _figures.LinesInUse = _leases.LinesInUse;
        if (!_leases.Ready) TryFinishLearning();
    }

    private bool IsLate(GatewayCommands.Acquire command)
    {
        if (_time.GetUtcNow() < command.Deadline) return false;
        _figures.Late();
        return true;
    }

    private GatewayLimits Limits()
    {
        var current = _configuration.Current;
        if (!ReferenceEquals(current, _limitsFrom)) (_limitsFrom, _limits) = (current, GatewayLimits.Of(current, _id));
        return _limits;
    }

    private GatewayState State()
    {
        var limits = Limits();
        return new GatewayState(
            _id,
            _epoch,
            _leases.Ready,
            _leases.LinesInUse,
            limits.LineLimit,
            _leases.CallsInLastSecond(Ticks()),
            limits.RateLimit,
            _leases.TotalGranted,
            _leases.TotalRefused,
            _leases.Drift);
    }

    private void OnMembers(ClusterEvent.CurrentClusterState state)
    {
        foreach (var member in state.Members)
            if (IsOther(member)) _owners.SawOthers();
        foreach (var member in state.Members)
            if (member.Status is not (MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Removed)) OnMember(member);
        _membersKnown = _nodes.Count > 0;
        TryFinishLearning();
    }

    private void OnMember(Member member)
    {
        if (!member.HasRole(Roles.Call)) return;
        var node = member.Address.ToString();
        var selection = Context.ActorSelection(new RootActorPath(member.Address) / "user" / NodeCallsActor.Name);
        if (!_nodes.TryAdd(node, selection)) return;
        if (IsOther(member)) _owners.SawOthers();
        if (_leases.Ready) return;
        _membersKnown = true;
        if (NothingToLearn()) return;
        _awaited.Add(node);
        selection.Tell(new NodeCallQueries.HeldLeases(_resource));
    }

    private static bool IsOther(Member member) => member.HasRole(Roles.Call)
        && member.UniqueAddress != Akka.Cluster.Cluster.Get(Context.System).SelfUniqueAddress;

    private void OnMemberRemoved(Member member)
    {
        var node = member.Address.ToString();
        _nodes.Remove(node);
        _awaited.Remove(node);
        foreach (var (key, owner) in _asking)
            if (owner == node) _asking.Remove(key);
        var freed = _leases.NodeGone(node);
        _figures.LinesInUse = _leases.LinesInUse;
        if (freed > 0) _log.Info("{0} lines of {1} are free: node {2} has left", freed, _resource, node);
        if (!_leases.Ready) TryFinishLearning();
    }

    // --- Learning.

    /// <summary>No earlier owner can have left a lease: the whole switch has none, and a node that was always alone knows.</summary>
    private bool NothingToLearn() => _id.Kind == GatewayKind.System
        || (!_owners.OthersSeen && _owners.LastOf(_id) is null or { Leases: 0 });

    /// <summary>An earlier owner's tokens are not known: they must be out of the sliding second (design I3).</summary>
    private bool RateIsKnown()
    {
        if (Limits().RateLimit == 0) return true;
        var since = _startedAt;
        if (!_owners.OthersSeen)
        {
            if (_owners.LastOf(_id) is not { } last || last.LastGrant == long.MinValue) return true;
            since = last.LastGrant;
        }

        return Ticks() - since >= TimeSpan.TicksPerSecond;
    }

    private void Wait(GatewayCommands.Acquire command)
    {
        if (IsLate(command)) return;
        if (Limits().NeedNoKnowledge)
        {
            OnAcquire(command, Sender);
            return;
        }

        _lastUse = Ticks();
        if (_complained || _waiting.Count >= _options.MaxWaiting)
        {
            RefuseUnknown(command, Sender);
            return;
        }

        _waiting.Enqueue((command, Sender));
        _waitingKeys.Add(command.Lease);
        if (_asking.Remove(command.Lease)) TryFinishLearning();
    }

    private void OnLearnt(NodeCallReplies.HeldLeases reply)
    {
        foreach (var (key, owner) in _asking)
            if (owner == reply.Node) _asking.Remove(key);
        for (var i = 0; i < reply.Leases.Count; i++)
        {
            var held = reply.Leases[i];
            if (held.AmountMicros != LineLeases.AskingAmount) _leases.Learn(reply.Node, held.Key, uncertain: false);
            else if (!_waitingKeys.Contains(held.Key)) _asking[held.Key] = reply.Node;
        }

        _awaited.Remove(reply.Node);
        _figures.LinesInUse = _leases.LinesInUse;
        TryFinishLearning();
    }

    private void OnRetry()
    {
        var waited = TimeSpan.FromTicks(Ticks() - _startedAt);
        if (waited >= _options.AskingPatience && _awaited.Count == 0)
        {
            foreach (var (key, node) in _asking) _leases.Learn(node, key, uncertain: true);
            _asking.Clear();
        }

        TryFinishLearning();
        if (_leases.Ready) return;
        if (waited >= _options.LearnPatience && !_complained)
        {
            _complained = true;
            _log.Error("{0} grants nothing: {1}", _resource, WhyUnknown());
            while (_waiting.TryDequeue(out var waiting))
                if (_waitingKeys.Contains(waiting.Command.Lease) && !IsLate(waiting.Command))
                    RefuseUnknown(waiting.Command, waiting.From);
            _waitingKeys.Clear();
        }

        foreach (var (node, selection) in _nodes)
            if (_awaited.Contains(node) || _asking.ContainsValue(node))
                selection.Tell(new NodeCallQueries.HeldLeases(_resource));
    }

    private void TryFinishLearning()
    {
        if (!_membersKnown || _awaited.Count > 0 || _asking.Count > 0 || !RateIsKnown()) return;
        if (_complained) _log.Info("{0} grants again: all nodes have answered or left", _resource);
        _leases.Learned();
        Timers.Cancel(nameof(Retry));
        Timers.StartPeriodicTimer(nameof(Round), new Round(), _options.ReconcileInterval);
        Become(Ready);
        while (_waiting.TryDequeue(out var waiting))
            if (_waitingKeys.Contains(waiting.Command.Lease)) OnAcquire(waiting.Command, waiting.From);
        _waitingKeys.Clear();
    }

    private void RefuseUnknown(GatewayCommands.Acquire command, IActorRef from)
    {
        var refused = _leases.Refuse(command, new CallRejection(
            EndReason.SystemUnavailable,
            $"The lines in use of {_resource} are not known yet: {WhyUnknown()}"));
        _figures.Refused(refused.Rejection.Reason);
        from.Tell(refused);
    }

    private string WhyUnknown()
    {
        if (!_membersKnown) return "the members of the cluster are not known.";
        return _awaited.Count > 0
            ? $"no answer from {string.Join(", ", _awaited)}."
            : "an earlier owner's grants of the last second may still count.";
    }

    // --- Ready.

    private void OnRound()
    {
        if (_leases.LinesInUse == 0 && TimeSpan.FromTicks(Ticks() - _lastUse) >= _options.IdleTime)
        {
            Context.Parent.Tell(new Passivate(new Stop())); // Not PoisonPill: requests on their way come to the next owner.
            return;
        }

        if (_id.Kind == GatewayKind.System) return;
        FreeStrangers();
        _leases.BeginRound();
        var query = new NodeCallQueries.HeldLeases(_resource);
        foreach (var selection in _nodes.Values) selection.Tell(query);
    }

    /// <summary>
    /// Requests that were buffered while this owner started may come from a node that had left before: no event will free their
    /// leases. A node that is no member in two rounds on end has left.
    /// </summary>
    private void FreeStrangers()
    {
        foreach (var node in _strangers)
            if (!_nodes.ContainsKey(node)) _leases.NodeGone(node);
        _strangers.Clear();
        foreach (var node in _leases.Nodes)
            if (!_nodes.ContainsKey(node)) _strangers.Add(node);
        _figures.LinesInUse = _leases.LinesInUse;
    }

    private void OnListed(NodeCallReplies.HeldLeases reply)
    {
        if (!_nodes.ContainsKey(reply.Node)) return; // It left while it answered.
        var (drift, adopted) = (_leases.Drift, _leases.Adopted);
        _leases.Reconcile(reply.Node, reply.Leases);
        _figures.LinesInUse = _leases.LinesInUse;
        if (_leases.Adopted > adopted)
        {
            _figures.Adopted(_leases.Adopted - adopted);
            _log.Warning("{0} lines of {1} taken over from {2}", _leases.Adopted - adopted, _resource, reply.Node);
        }

        if (_leases.Drift == drift) return;
        _figures.Drift(_leases.Drift - drift);
        _log.Warning("{0} lines of {1} reclaimed: node {2} has no call for them", _leases.Drift - drift, _resource, reply.Node);
    }

    private long Ticks() => _time.GetElapsedTime(0, _time.GetTimestamp()).Ticks;
}
