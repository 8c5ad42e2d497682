using Akka.Actor;
using Akka.Event;
using Tandem.Blacklist.Lists;
using Tandem.Shared;
using Tandem.Shared.Blacklist;
using Tandem.Shared.Configuration;

namespace Tandem.Blacklist;

/// <summary>
/// This node's part of the black list: takes the calls that the node sees and tells them in batches to the owners that
/// count them, keeps <see cref="DynamicBlacklistReplica"/> up to date, answers queries and removals. One per node at
/// <c>/user/blacklist-node</c>, started by <see cref="BlacklistHosting.WithBlacklistNode"/>; lives as long as the node.
/// </summary>
public sealed class BlacklistNodeActor : ReceiveActor, IWithTimers
{
    /// <summary>Name below <c>/user</c>.</summary>
    public const string Name = "blacklist-node";

    /// <summary>Calls in one message to an owner.</summary>
    public const int BatchSize = 500;

    /// <summary>Calls that wait while owners are away; more are dropped and counted.</summary>
    public const int MaxWaitingCalls = 20_000;

    /// <summary>Entries in one answer.</summary>
    public const int MaxPage = 1_000;

    /// <summary>Longest wait of a call for its batch.</summary>
    public static readonly TimeSpan BatchInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>How often the links to the owners are looked at.</summary>
    public static readonly TimeSpan LinkInterval = TimeSpan.FromSeconds(1);

    /// <summary>How often memory of entries that are over is freed.</summary>
    public static readonly TimeSpan CleanInterval = TimeSpan.FromSeconds(10);

    /// <summary>Wait for an owner's answer to a removal.</summary>
    public static readonly TimeSpan RemoveTimeout = TimeSpan.FromSeconds(3);

    private readonly IActorRef _centralOwner;
    private readonly IActorRef _gatewayOwners;
    private readonly DynamicBlacklistReplica _replica;
    private readonly IConfigurationSource _configuration;
    private readonly BlacklistMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly IActorRef _self = Context.Self;
    private readonly ReplicaLink _central = new(null);
    private readonly Dictionary<GatewayId, ReplicaLink> _gateways = [];
    private int _waiting;
    private bool _batchTimerRuns;

    /// <summary>See <see cref="CreateProps"/>.</summary>
    public BlacklistNodeActor(
        IActorRef centralOwner,
        IActorRef gatewayOwners,
        DynamicBlacklistReplica replica,
        IConfigurationSource configuration,
        BlacklistMetrics metrics,
        TimeProvider time)
    {
        (_centralOwner, _gatewayOwners, _replica) = (centralOwner, gatewayOwners, replica);
        (_configuration, _metrics, _time) = (configuration, metrics, time);
        Receive<CallObserved>(OnCall);
        Receive<SendBatches>(_ => OnSendBatches());
        Receive<BlacklistEvents.Changed>(OnChanged);
        Receive<BlacklistReplies.FullList>(OnFullList);
        Receive<BlacklistQueries.List>(OnList);
        Receive<BlacklistCommands.Remove>(OnRemove);
        Receive<RemoveAnswered>(OnRemoveAnswered);
        Receive<RemoveFailed>(m => _log.Warning("No answer to a removal from the black list: {0}", m.Failure.Message));
        Receive<ConfigurationChanged>(_ => OnConfigurationChanged());
        Receive<CheckLinks>(_ => OnCheckLinks());
        Receive<Clean>(_ => _replica.RemoveExpired(Now));
    }

    private sealed record SendBatches : INoSerializationVerificationNeeded;

    private sealed record CheckLinks : INoSerializationVerificationNeeded;

    private sealed record Clean : INoSerializationVerificationNeeded;

    private sealed record ConfigurationChanged : INoSerializationVerificationNeeded;

    private sealed record RemoveAnswered(
        BlacklistCommands.Remove Command, BlacklistReplies.Removed Reply, IActorRef Asker)
        : INoSerializationVerificationNeeded;

    private sealed record RemoveFailed(Exception Failure) : INoSerializationVerificationNeeded;

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>How it is started.</summary>
    /// <param name="centralOwner">The proxy to <see cref="BlacklistCentralActor"/>.</param>
    /// <param name="gatewayOwners">The region of <see cref="BlacklistGatewayActor"/>.</param>
    /// <param name="replica">What calls read.</param>
    /// <param name="configuration">This node's configuration.</param>
    /// <param name="metrics">Figures.</param>
    /// <param name="time">The clock.</param>
    public static Props CreateProps(
        IActorRef centralOwner,
        IActorRef gatewayOwners,
        DynamicBlacklistReplica replica,
        IConfigurationSource configuration,
        BlacklistMetrics metrics,
        TimeProvider time) => Props.Create(() =>
            new BlacklistNodeActor(centralOwner, gatewayOwners, replica, configuration, metrics, time));

    /// <inheritdoc />
    protected override void PreStart()
    {
        _configuration.Changed += OnConfigurationChangedElsewhere;
        Timers.StartPeriodicTimer(nameof(CheckLinks), new CheckLinks(), LinkInterval);
        Timers.StartPeriodicTimer(nameof(Clean), new Clean(), CleanInterval);
        OnConfigurationChanged();
    }

    /// <inheritdoc />
    protected override void PostStop() => _configuration.Changed -= OnConfigurationChangedElsewhere;

    private DateTimeOffset Now => _time.GetUtcNow();

    // Raised on any thread.
    private void OnConfigurationChangedElsewhere(ConfigurationSnapshot snapshot) =>
        _self.Tell(new ConfigurationChanged());

    private void OnCall(CallObserved call)
    {
        _metrics.Observed(call.Refused);
        if (!BlacklistScopes.Counts(call.GatewayId, _configuration.Current, out var scope)) return;
        if (scope is not { } gateway)
        {
            Enqueue(_central, call);
            return;
        }

        // Ticked a moment ago, and the message about it still waits behind this one.
        if (!_gateways.ContainsKey(gateway)) OnConfigurationChanged();
        if (_gateways.TryGetValue(gateway, out var link)) Enqueue(link, call);
    }

    private void Enqueue(ReplicaLink link, CallObserved call)
    {
        if (_waiting >= MaxWaitingCalls)
        {
            _metrics.Drop("waiting_cap");
            return;
        }

        link.Outbox.Enqueue(call);
        _waiting++;
        if (link.Outbox.Count >= BatchSize && link.IsAlive(Now))
        {
            Send(link);
        }
        else if (!_batchTimerRuns)
        {
            _batchTimerRuns = true;
            Timers.StartSingleTimer(nameof(SendBatches), new SendBatches(), BatchInterval);
        }
    }

    private void OnSendBatches()
    {
        _batchTimerRuns = false;
        var now = Now;
        foreach (var link in Links)
            if (link.Outbox.Count > 0 && link.IsAlive(now)) Send(link);
    }

    private void Send(ReplicaLink link)
    {
        while (link.Outbox.Count > 0)
        {
            var calls = new CallObserved[Math.Min(BatchSize, link.Outbox.Count)];
            for (var i = 0; i < calls.Length; i++) calls[i] = link.Outbox.Dequeue();
            _waiting -= calls.Length;
            if (link.Scope is { } gateway)
                _gatewayOwners.Tell(new BlacklistEvents.GatewayCallsObserved(gateway, calls));
            else
                _centralOwner.Tell(new BlacklistEvents.CallsObserved(calls));
        }
    }

    private void OnChanged(BlacklistEvents.Changed change)
    {
        if (LinkOf(change.Scope) is not { } link) return;
        var now = Now;
        var wasAlive = link.IsAlive(now);
        if (link.OnChanged(change, now)) _replica.Apply(change.Scope, change.Listed, change.Removed);
        AskIfNeeded(link, now);
        if (!wasAlive) Send(link);
    }

    private void OnFullList(BlacklistReplies.FullList part)
    {
        if (LinkOf(part.Scope) is not { } link) return;
        var now = Now;
        var wasAlive = link.IsAlive(now);
        if (link.OnFullList(part, now) is { } entries) _replica.Replace(part.Scope, entries);
        if (!wasAlive) Send(link);
    }

    private void OnList(BlacklistQueries.List query)
    {
        // Sorting a long list takes a while: not while calls wait.
        var (replica, now, sender) = (_replica, Now, Sender);
        Task.Run(() => Page(replica, query, now)).PipeTo(sender, Self);
    }

    private static BlacklistReplies.Entries Page(
        DynamicBlacklistReplica replica, BlacklistQueries.List query, DateTimeOffset now)
    {
        var matching = replica.InForce(now)
            .Where(e => e.Number.StartsWith(query.NumberPrefix, StringComparison.Ordinal))
            .OrderBy(e => e.Number, StringComparer.Ordinal).ThenBy(e => e.Role)
            .ThenBy(e => e.Scope?.ToString() ?? "", StringComparer.Ordinal)
            .ToList();
        return new BlacklistReplies.Entries(
            [.. matching.Skip(Math.Max(0, query.Skip)).Take(Math.Clamp(query.Take, 0, MaxPage))], matching.Count);
    }

    private void OnRemove(BlacklistCommands.Remove command)
    {
        // Asked, not forwarded: this node's replica must be without the number before the asker hears that it is.
        var asker = Sender;
        var answer = command.Scope is { } gateway
            ? _gatewayOwners.Ask<BlacklistReplies.Removed>(
                new BlacklistCommands.RemoveAtGateway(gateway, command.Number, command.Role, command.By), RemoveTimeout)
            : _centralOwner.Ask<BlacklistReplies.Removed>(command, RemoveTimeout);
        answer.PipeTo(
            Self,
            success: reply => new RemoveAnswered(command, reply, asker),
            failure: failure => new RemoveFailed(failure));
    }

    private void OnRemoveAnswered(RemoveAnswered answered)
    {
        var command = answered.Command;
        _replica.Apply(command.Scope, [], [new BlacklistNumber(command.Number, command.Role)]);
        answered.Asker.Tell(answered.Reply);
    }

    private void OnConfigurationChanged()
    {
        var active = BlacklistScopes.Active(_configuration.Current).OfType<GatewayId>().ToHashSet();
        foreach (var (gateway, link) in _gateways.Where(p => !active.Contains(p.Key)).ToList())
        {
            _gateways.Remove(gateway);
            _waiting -= link.Outbox.Count;
            _metrics.Drop("inactive", link.Outbox.Count);
        }

        foreach (var gateway in active)
            if (!_gateways.ContainsKey(gateway)) _gateways.Add(gateway, new ReplicaLink(gateway));
        OnCheckLinks();
    }

    private void OnCheckLinks()
    {
        var now = Now;
        foreach (var link in Links) AskIfNeeded(link, now);
    }

    private void AskIfNeeded(ReplicaLink link, DateTimeOffset now)
    {
        if (!link.ShouldAsk(now)) return;
        if (link.Scope is { } gateway) _gatewayOwners.Tell(new BlacklistQueries.GetGatewayFullList(gateway));
        else _centralOwner.Tell(new BlacklistQueries.GetFullList());
    }

    private IEnumerable<ReplicaLink> Links => _gateways.Values.Prepend(_central);

    private ReplicaLink? LinkOf(GatewayId? scope) =>
        scope is { } gateway ? _gateways.GetValueOrDefault(gateway) : _central;
}
