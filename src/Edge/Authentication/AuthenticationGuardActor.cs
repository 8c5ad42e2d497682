using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Akka.Hosting;
using Tandem.Shared.Cluster;
using Tandem.Shared.Edge;

namespace Tandem.Edge.Authentication;

/// <summary>
/// Joins the guards of all nodes to one: tells the others in batches what this node has seen, takes what they tell, gives the
/// list to newcomers, and answers operators. One on every node at <c>/user/authentication-guard</c>; lives as long as it.
/// </summary>
public sealed class AuthenticationGuardActor : ReceiveActor, IWithTimers
{
    /// <summary>Name below <c>/user</c>.</summary>
    public const string Name = "authentication-guard";

    /// <summary>Entries in one message to a node; a newcomer gets several.</summary>
    public const int BatchSize = 1_000;

    /// <summary>Entries in one answer to an operator.</summary>
    public const int MaxPage = 1_000;

    /// <summary>Suspensions named in the log at once.</summary>
    public const int MaxLogged = 10;

    /// <summary>Longest wait of a failure for its batch.</summary>
    public static readonly TimeSpan BatchInterval = TimeSpan.FromMilliseconds(200);

    private readonly AuthenticationGuard _guard;
    private readonly Cluster? _cluster;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<UniqueAddress, ICanTell> _others = [];

    /// <summary>See <see cref="CreateProps"/>.</summary>
    public AuthenticationGuardActor(AuthenticationGuard guard, Cluster? cluster)
    {
        (_guard, _cluster) = (guard, cluster);
        Receive<SendBatch>(_ => OnSendBatch());
        Receive<GuardEvents.Changed>(guard.Merge);
        Receive<GuardQueries.GetSuspensions>(_ => OnNewcomer());
        Receive<GuardQueries.List>(OnList);
        Receive<GuardCommands.Lift>(OnLift);
        Receive<ClusterEvent.MemberUp>(up => OnUp(up.Member));
        Receive<ClusterEvent.MemberRemoved>(removed => _others.Remove(removed.Member.UniqueAddress));
        Receive<ClusterEvent.IMemberEvent>(_ => { });
    }

    private sealed record SendBatch : INoSerializationVerificationNeeded;

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>How it is started.</summary>
    /// <param name="guard">The node's guard.</param>
    /// <param name="cluster">Null on a system without one: then there are no others.</param>
    public static Props CreateProps(AuthenticationGuard guard, Cluster? cluster) =>
        Props.Create(() => new AuthenticationGuardActor(guard, cluster));

    /// <inheritdoc />
    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(SendBatch), new SendBatch(), BatchInterval);
        _cluster?.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent));
    }

    /// <inheritdoc />
    protected override void PostStop() => _cluster?.Unsubscribe(Self);

    private void OnUp(Member member)
    {
        if (member.UniqueAddress == _cluster!.SelfUniqueAddress) return;
        var other = Context.ActorSelection(new RootActorPath(member.Address) / "user" / Name);
        _others[member.UniqueAddress] = other;
        // Whoever is seen first is asked: a newcomer sees all others, and these lose nothing by asking it.
        other.Tell(new GuardQueries.GetSuspensions());
    }

    private void OnSendBatch()
    {
        if (_guard.TakeChanges() is not { } change) return;
        // Users are often numbers, which have no place in a log.
        var sources = change.Suspended.Where(s => !GuardKey.IsUser(s.Key)).ToList();
        foreach (var source in sources.Take(MaxLogged))
            _log.Warning("{0} is suspended for {1:0} s: too many digest failures", source.Key, source.Remaining.TotalSeconds);
        if (sources.Count > MaxLogged) _log.Warning("{0} more sources are suspended", sources.Count - MaxLogged);
        TellOthers(change);
    }

    private void TellOthers(GuardEvents.Changed change)
    {
        foreach (var part in PartsOf(change))
            foreach (var other in _others.Values) other.Tell(part, Self);
    }

    private void OnNewcomer()
    {
        var now = Context.System.Scheduler.Now;
        var all = _guard.List().Select(e => new GuardSuspension(e.Key, e.Until - now)).ToImmutableArray();
        foreach (var part in PartsOf(new GuardEvents.Changed([], all, []))) Sender.Tell(part);
    }

    private void OnList(GuardQueries.List query)
    {
        var all = _guard.List();
        Sender.Tell(new GuardReplies.Entries(
            [.. all.Skip(query.Skip).Take(Math.Clamp(query.Take, 0, MaxPage))], all.Length));
    }

    private void OnLift(GuardCommands.Lift command)
    {
        var found = _guard.Lift(command.Key);
        if (found) _log.Info("{0} is set free by {1}", command.Key, command.By);
        TellOthers(new GuardEvents.Changed([], [], [command.Key]));
        Sender.Tell(new GuardReplies.Lifted(found));
    }

    private static IEnumerable<GuardEvents.Changed> PartsOf(GuardEvents.Changed change)
    {
        foreach (var failures in change.Failures.Chunk(BatchSize)) yield return new GuardEvents.Changed([.. failures], [], []);
        foreach (var suspended in change.Suspended.Chunk(BatchSize)) yield return new GuardEvents.Changed([], [.. suspended], []);
        if (change.Lifted.Length > 0) yield return new GuardEvents.Changed([], [], change.Lifted);
    }
}

/// <summary>Brings the guard to a node.</summary>
public static class AuthenticationGuardHosting
{
    /// <summary>The guard's actor under <see cref="IAuthenticationGuard"/>, on every node.</summary>
    public static AkkaConfigurationBuilder WithAuthenticationGuard(this AkkaConfigurationBuilder builder, AuthenticationGuard guard) =>
        builder.WithActors((system, registry) => registry.Register<IAuthenticationGuard>(system.ActorOf(
            AuthenticationGuardActor.CreateProps(guard, Cluster.Get(system)), AuthenticationGuardActor.Name)));
}
