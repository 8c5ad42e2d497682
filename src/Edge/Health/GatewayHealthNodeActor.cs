using Akka.Actor;
using Tandem.Shared.Gateways;

namespace Tandem.Edge.Health;

/// <summary>
/// Keeps this node's <see cref="GatewayHealthReplica"/> up to date and brings the pauses that its calls have heard of to the
/// one owner, again and again until it has them. One per node with the role call or admin at <c>/user/gateway-health</c>,
/// started by <see cref="GatewayHealthHosting"/>; lives as long as the node.
/// </summary>
public sealed class GatewayHealthNodeActor : ReceiveActor, IWithTimers
{
    /// <summary>Name below <c>/user</c>.</summary>
    public const string Name = "gateway-health-node";

    /// <summary>How often the link to the owner is looked at.</summary>
    public static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);

    /// <summary>States in one message: stays far below the frame size of remoting.</summary>
    public const int StatesPerMessage = 500;

    private readonly IActorRef _owner;
    private readonly GatewayHealthReplica _replica;
    private readonly TimeProvider _time;
    private readonly IActorRef _self = Context.Self;
    private readonly Dictionary<string, GatewayHealthCommands.Suspend> _unconfirmed = new(StringComparer.Ordinal);
    private readonly List<GatewayHealth> _parts = [];
    private (long Incarnation, long Version, int Next) _partsOf;
    private long _incarnation;
    private long _version;
    private bool _synced;

    /// <summary>Use <see cref="CreateProps"/>.</summary>
    public GatewayHealthNodeActor(IActorRef owner, GatewayHealthReplica replica, TimeProvider time)
    {
        (_owner, _replica, _time) = (owner, replica, time);
        Receive<Reported>(m => OnSuspended(m.Command));
        Receive<GatewayHealthEvents.Changed>(OnChanged);
        Receive<GatewayHealthReplies.All>(OnAll);
        Receive<GatewayHealthQueries.WhatIsKnown>(_ => OnWhatIsKnown());
        Receive<Tick>(_ => OnTick());
    }

    private sealed record Tick : INoSerializationVerificationNeeded;

    private sealed record Reported(GatewayHealthCommands.Suspend Command) : INoSerializationVerificationNeeded;

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>How it is started.</summary>
    /// <param name="owner">The proxy to <see cref="GatewayHealthActor"/>.</param>
    /// <param name="replica">What calls read.</param>
    /// <param name="time">The clock.</param>
    public static Props CreateProps(IActorRef owner, GatewayHealthReplica replica, TimeProvider time) =>
        Props.Create(() => new GatewayHealthNodeActor(owner, replica, time));

    /// <inheritdoc />
    protected override void PreStart()
    {
        _replica.ReportTo(command => _self.Tell(new Reported(command))); // From any call, on any thread.
        Timers.StartPeriodicTimer(nameof(Tick), new Tick(), TickInterval);
        OnTick();
    }

    /// <inheritdoc />
    protected override void PostStop() => _replica.ReportTo(null);

    private DateTimeOffset Now => _time.GetUtcNow();

    private void OnSuspended(GatewayHealthCommands.Suspend command)
    {
        if (_unconfirmed.TryGetValue(command.Gateway, out var longer) && longer.Until >= command.Until) return;
        if (_unconfirmed.Count >= GatewayHealthReplica.MaxGateways) return;
        _unconfirmed[command.Gateway] = command;
        _owner.Tell(command, Self);
    }

    private void OnTick()
    {
        if (!_synced) _owner.Tell(new GatewayHealthQueries.GetAll(), Self);
        var now = Now;
        foreach (var command in _unconfirmed.Values.ToList())
        {
            if (command.Until <= now) _unconfirmed.Remove(command.Gateway);
            else _owner.Tell(command, Self);
        }
    }

    private void OnChanged(GatewayHealthEvents.Changed change)
    {
        var isSignOfLife = change.Gateways.Count == 0;
        if (change.Incarnation == _incarnation && change.Version < _version) return;
        var isNext = change.Incarnation == _incarnation && change.Version == (isSignOfLife ? _version : _version + 1);
        if (!isSignOfLife)
        {
            Confirm(change.Gateways);
            _replica.Apply(change.Gateways, Now); // Also after a gap: news is news.
        }

        if (isNext)
        {
            _version = change.Version;
            return;
        }

        // A gap or another owner: all of it, from whoever the proxy leads to.
        _synced = false;
        _owner.Tell(new GatewayHealthQueries.GetAll(), Self);
    }

    private void OnAll(GatewayHealthReplies.All part)
    {
        if (_synced && part.Incarnation == _incarnation && part.Version < _version) return;
        if (part.Part == 0)
        {
            _parts.Clear();
            _partsOf = (part.Incarnation, part.Version, 0);
        }

        if ((part.Incarnation, part.Version, part.Part) != _partsOf) return; // One is missing: the tick asks again.
        _parts.AddRange(part.Gateways);
        _partsOf.Next++;
        if (_partsOf.Next < part.Parts) return;
        (_incarnation, _version, _synced) = (part.Incarnation, part.Version, true);
        Confirm(_parts);
        _replica.Replace([.. _parts], Now);
        _parts.Clear();
    }

    private void OnWhatIsKnown()
    {
        foreach (var states in _replica.All.Chunk(StatesPerMessage)) Sender.Tell(new GatewayHealthReplies.Known(states), Self);
    }

    private void Confirm(IEnumerable<GatewayHealth> states)
    {
        if (_unconfirmed.Count == 0) return;
        foreach (var health in states)
            if (_unconfirmed.TryGetValue(health.Gateway, out var command) && health.SuspendedUntil >= command.Until)
                _unconfirmed.Remove(health.Gateway);
    }
}
