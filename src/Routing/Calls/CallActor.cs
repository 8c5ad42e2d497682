using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Cluster.Sharding;
using Akka.Event;
using Akka.Hosting;
using Tandem.Routing.NodeCalls;
using Tandem.Shared;
using Tandem.Shared.Accounts;
using Tandem.Shared.Blacklist;
using Tandem.Shared.Calls;
using Tandem.Shared.Cdr;
using Tandem.Shared.Cluster;
using Tandem.Shared.Edge;
using Tandem.Shared.Gateways;
using Tandem.Shared.Leases;
using Tandem.Shared.Registrar;

namespace Tandem.Routing.Calls;

/// <summary>The actors and registries of a node that its calls use.</summary>
public sealed record CallCollaborators(
    IActorRef Gateways,
    IActorRef Accounts,
    IActorRef CdrWriter,
    IActorRef Blacklist,
    IActorRef? LocalEdge,
    HeldLeases Leases,
    RunningCalls Running,
    TimeProvider Time)
{
    /// <summary>The registrar's region, or a proxy to it.</summary>
    public IActorRef Registrar { get; init; } = ActorRefs.Nobody;
}

/// <summary>
/// The shell around one <see cref="CallMachine"/>: turns messages into inputs and effects into messages, and keeps the list of
/// what the call holds.
/// </summary>
/// <remarks>
/// Sharded by the call; started by the edge's first message, ends itself when the call is settled and recorded. Not
/// persistent: what must survive is written by the ledger and the record. An actor for a call that is unknown here (it ended,
/// or its node died) answers 481 and goes.
/// </remarks>
public sealed class CallActor : UntypedActor, ICallOutput
{
    private readonly record struct Lease(GatewayId? Gateway, string Resource, LeaseKey Key);

    private sealed record Stop : INoSerializationVerificationNeeded
    {
        public static readonly Stop Instance = new();
    }

    /// <summary>What a shard sends to its calls when it moves.</summary>
    internal static object StopMessage => Stop.Instance;

    private sealed record TimerFired(CallTimer Timer, int Generation) : INoSerializationVerificationNeeded;

    private readonly CallId _id;
    private readonly CallEnvironment _environment;
    private readonly CallCollaborators _nodes;
    private readonly CallMachine _machine;
    private readonly LineLeases _lines;
    private readonly ICancelable?[] _timers = new ICancelable?[Enum.GetValues<CallTimer>().Length];
    private readonly int[] _generations = new int[Enum.GetValues<CallTimer>().Length];
    private readonly List<Lease> _leases = new(3);
    private readonly List<(int Key, IActorRef Edge)> _requests = new(4);
    private readonly Dictionary<LegId, IActorRef> _flows = [];
    private readonly DateTimeOffset _startedAt;
    private readonly long _startedTicks;
    private IActorRef? _callerEdge;
    private bool _failed;
    private bool _finished;

    /// <summary>Use <see cref="CreateProps"/>.</summary>
    public CallActor(CallId id, CallEnvironment environment, CallCollaborators nodes)
    {
        (_id, _environment, _nodes) = (id, environment, nodes);
        _machine = new CallMachine(id, environment, this);
        _lines = new LineLeases(nodes.Leases);
        (_startedAt, _startedTicks) = (nodes.Time.GetUtcNow(), nodes.Time.GetTimestamp());
    }

    /// <summary>Props of one call.</summary>
    public static Props CreateProps(CallId id, CallEnvironment environment, CallCollaborators nodes) =>
        Props.Create(() => new CallActor(id, environment, nodes));

    // Within one call time never jumps, whatever NTP does to the wall clock: talk time is money.
    private DateTimeOffset Now => _startedAt + _nodes.Time.GetElapsedTime(_startedTicks);

    /// <inheritdoc />
    protected override void OnReceive(object message)
    {
        try
        {
            Handle(message);
        }
        catch (Exception failure) when (!_failed && _machine.HasStarted)
        {
            // A bug of ours ends this one call: both sides are told, the money and the record are settled. A second one in the
            // same call is left to supervision.
            _failed = true;
            Context.GetLogger().Error(failure, "Call {0} ends because of a fault in the switch at {1}", _id, message.GetType().Name);
            _machine.Hangup(new CallCommands.Hangup(_id, EndReason.SystemUnavailable, "a fault of the switch"), Now);
        }
    }

    /// <inheritdoc />
    protected override void PostStop()
    {
        foreach (var timer in _timers) timer?.Cancel();
        foreach (var lease in _leases) _nodes.Leases.Remove(lease.Resource, lease.Key);
        _nodes.Running.Remove(_id);
    }

    private void Handle(object message)
    {
        if (!_machine.HasStarted && message is not CallCommands.Start)
        {
            Unknown(message);
            return;
        }

        switch (message)
        {
            case CallCommands.Start start:
                _callerEdge = Sender;
                _machine.Start(start, Sender, Now);
                break;
            case CallCommands.Response response:
                _machine.Response(response, Now);
                break;
            case CallCommands.Ack ack:
                _machine.Ack(ack);
                break;
            case CallCommands.InDialog inDialog:
                if (inDialog.Leg.IsA) _callerEdge = Sender;
                _machine.InDialog(inDialog, Sender, Now);
                break;
            case CallCommands.Cancel cancel:
                _machine.Cancelled(cancel, Now);
                break;
            case CallCommands.RequestTimeout timeout:
                _machine.RequestTimedOut(timeout.RequestKey, Now, timeout.Cause);
                break;
            case CallCommands.AckTimeout timeout:
                _machine.AckTimedOut(timeout, Now);
                break;
            case GatewayReplies.Granted granted:
                if (granted.GatewayId.Kind != GatewayKind.System) _lines.Held(granted.GatewayId, granted.Lease);
                _machine.Granted(granted, Now);
                break;
            case GatewayReplies.Refused refused:
                Forget(refused.GatewayId.ToString(), refused.Lease);
                _machine.Refused(refused, Now);
                break;
            case RegistrarReplies.Located located:
                _machine.Located(located, Now);
                break;
            case AccountReplies.Authorised authorised:
                _machine.Authorised(authorised, Now);
                break;
            case AccountReplies.Refused refused:
                _machine.Refused(refused, Now);
                break;
            case AccountReplies.Extended extended:
                _machine.Extended(extended, Now);
                break;
            case AccountReplies.Charged charged:
                _machine.Charged(charged, Now);
                break;
            case CdrReplies.Accepted:
                _machine.RecordAccepted(Now);
                break;
            case CdrReplies.QueueFull full:
                _machine.RecordDelayed(full);
                break;
            case CallCommands.Hangup hangup:
                _machine.Hangup(hangup, Now);
                Sender.Tell(new CallReplies.HangupAccepted(_id));
                break;
            case TimerFired fired when fired.Generation == _generations[(int)fired.Timer]:
                _machine.TimerFired(fired.Timer, Now);
                break;
            case TimerFired:
                break; // Stopped, or started anew, while this one was in the mailbox.
            case Stop:
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Unknown(object message)
    {
        switch (message)
        {
            case CallCommands.InDialog request:
                Sender.Tell(new EdgeCommands.Respond(
                    _id, request.Transaction, 481, "Call/Transaction Does Not Exist", "", default, default));
                break;
            case CallCommands.Hangup:
                Sender.Tell(new CallReplies.NotFound(_id));
                break;
            case Stop:
                Context.Stop(Self);
                return;
        }

        Finished();
    }

    void ICallOutput.Respond(
        ServerRequest request,
        int status,
        string phrase,
        string toTag,
        ReadOnlyMemory<byte> headers,
        ReadOnlyMemory<byte> body) =>
        request.Edge.Tell(new EdgeCommands.Respond(_id, request.Id, status, phrase, toTag, headers, body), Self);

    void ICallOutput.Send(LegId leg, int key, string remote, ReadOnlyMemory<byte> request, string gateway)
    {
        var edge = EdgeOf(leg);
        _requests.Add((key, edge));
        var (local, own) = _machine.SocketOf(leg);
        edge.Tell(new EdgeCommands.SendRequest(_id, key, remote, request, local, gateway.Length > 0 ? gateway : own), Self);
    }

    void ICallOutput.SendAck(LegId leg, string remote, ReadOnlyMemory<byte> request)
    {
        var (local, gateway) = _machine.SocketOf(leg);
        EdgeOf(leg).Tell(new EdgeCommands.SendAck(_id, remote, request, local, gateway), Self);
    }

    void ICallOutput.PassAck(ServerRequest invite, string source, ReadOnlyMemory<byte> ack) =>
        invite.Edge.Tell(new EdgeCommands.PassAck(_id, invite.Id, source, ack), Self);

    void ICallOutput.Cancel(int key, ReadOnlyMemory<byte> headers) =>
        EdgeOf(key).Tell(new EdgeCommands.CancelRequest(_id, key, headers), Self);

    void ICallOutput.Abandon(int key) => EdgeOf(key).Tell(new EdgeCommands.AbandonRequest(_id, key), Self);

    // Listed before it is asked for: the node's list is never short of a lease that was granted (design §5).
    void ICallOutput.Acquire(GatewayId gateway, byte attempt)
    {
        var key = new LeaseKey(_id, attempt);
        if (gateway.Kind != GatewayKind.System && !_leases.Exists(l => l.Gateway == gateway && l.Key == key))
        {
            _leases.Add(new Lease(gateway, gateway.ToString(), key));
            _lines.Asking(gateway, key);
        }

        _nodes.Gateways.Tell(
            new GatewayCommands.Acquire(gateway, key, _environment.Node, _nodes.Time.GetUtcNow() + CallLimits.AskTimeout), Self);
    }

    void ICallOutput.Locate(GatewayId gateway) => _nodes.Registrar.Tell(new RegistrarCommands.Locate(gateway, _id), Self);

    void ICallOutput.UseEdge(LegId leg, string node)
    {
        if (node == _environment.Node || EdgePath.Of(node) is not { } path) return; // Ours is used anyway.
        _flows[leg] = ((ExtendedActorSystem)Context.System).Provider.ResolveActorRef(path);
    }

    void ICallOutput.ReleaseLine(GatewayId gateway, byte attempt)
    {
        var key = new LeaseKey(_id, attempt);
        Forget(gateway.ToString(), key);
        _nodes.Gateways.Tell(new GatewayCommands.Release(gateway, key), Self);
    }

    void ICallOutput.Authorise(AccountId account, string billedNumber, int callLevel)
    {
        Hold(account, 0);
        _nodes.Accounts.Tell(
            new AccountCommands.Authorise(
                account, _id, _environment.Node, billedNumber, callLevel, _nodes.Time.GetUtcNow() + CallLimits.AskTimeout),
            Self);
    }

    void ICallOutput.Extend(AccountId account, RateQuote quote, int untilSecond) =>
        _nodes.Accounts.Tell(new AccountCommands.Extend(account, _id, _environment.Node, quote, untilSecond), Self);

    void ICallOutput.NoteHold(AccountId account, Money held)
    {
        if (held.Amount > 0m) Hold(account, held.Micros);
        else Forget(ResourceOf(account), new LeaseKey(_id, 0));
    }

    void ICallOutput.ReleaseHold(AccountId account)
    {
        Forget(ResourceOf(account), new LeaseKey(_id, 0));
        _nodes.Accounts.Tell(new AccountCommands.Release(account, _id), Self);
    }

    void ICallOutput.Charge(AccountCommands.Charge charge) => _nodes.Accounts.Tell(charge, Self);

    void ICallOutput.Observe(CallObserved observed) => _nodes.Blacklist.Tell(observed, Self);

    void ICallOutput.Write(CallRecord record) => _nodes.CdrWriter.Tell(new CdrCommands.Write(record), Self);

    void ICallOutput.Show(RunningCall call) => _nodes.Running.Set(call);

    void ICallOutput.StartTimer(CallTimer timer, TimeSpan due)
    {
        var index = (int)timer;
        _timers[index]?.Cancel();
        _timers[index] = Context.System.Scheduler.ScheduleTellOnceCancelable(
            due, Self, new TimerFired(timer, ++_generations[index]), Self);
    }

    void ICallOutput.StopTimer(CallTimer timer)
    {
        var index = (int)timer;
        _timers[index]?.Cancel();
        _timers[index] = null;
        _generations[index]++;
    }

    /// <inheritdoc />
    public void Finished()
    {
        if (_finished) return;
        _finished = true;
        Context.Parent.Tell(new Passivate(Stop.Instance));
    }

    private static string ResourceOf(AccountId account) => "a:" + account.Value;

    private void Hold(AccountId account, long micros)
    {
        var (resource, key) = (ResourceOf(account), new LeaseKey(_id, 0));
        if (!_leases.Exists(l => l.Gateway is null && l.Key == key)) _leases.Add(new Lease(null, resource, key));
        _nodes.Leases.Add(resource, key, micros);
    }

    private void Forget(string resource, LeaseKey key)
    {
        _nodes.Leases.Remove(resource, key);
        _leases.RemoveAll(l => l.Key == key && l.Resource == resource);
    }

    // The caller's leg goes out where the caller last came in; a vendor's through this node's own sockets when it has any.
    private IActorRef EdgeOf(LegId leg) =>
        leg.IsA ? _callerEdge! : _flows.GetValueOrDefault(leg) ?? _nodes.LocalEdge ?? _callerEdge!;

    private IActorRef EdgeOf(int key) => _requests.Find(r => r.Key == key).Edge;
}

/// <summary>Brings calls to a node.</summary>
public static class CallHosting
{
    /// <summary>How long a planned stop waits for its calls to end.</summary>
    public static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(12);

    /// <summary>The call region, with its entities on this node.</summary>
    /// <param name="builder">The actor system's builder.</param>
    /// <param name="environment">Made when the first call starts: by then the node has its address.</param>
    /// <param name="collaborators">Likewise.</param>
    public static AkkaConfigurationBuilder WithCallActors(
        this AkkaConfigurationBuilder builder,
        Func<ActorSystem, CallEnvironment> environment,
        Func<ActorSystem, IReadOnlyActorRegistry, CallCollaborators> collaborators) =>
        builder.WithActors((system, registry) =>
        {
            var nodes = new Lazy<(CallEnvironment, CallCollaborators)>(() => (environment(system), collaborators(system, registry)));
            var settings = ClusterShardingSettings.Create(system)
                .WithRole(Roles.Call)
                .WithRememberEntities(false)
                .WithStateStoreMode(StateStoreMode.DData)
                .WithPassivateIdleAfter(TimeSpan.Zero); // Long silent calls are calls.
            registry.Register<ICallRegion>(ClusterSharding.Get(system).Start(
                CallShardExtractor.TypeName,
                entityId => CallId.TryParse(entityId, out var id)
                    ? CallActor.CreateProps(id, nodes.Value.Item1, nodes.Value.Item2)
                    : throw new InvalidOperationException($"'{entityId}' is no call."),
                settings,
                new CallShardExtractor(),
                new CallShardAllocation(Akka.Cluster.Cluster.Get(system)),
                CallActor.StopMessage));
        });

    /// <summary>
    /// When the node goes down as planned: its calls are ended in order, with BYE to both sides, charge and record, before the
    /// sockets close.
    /// </summary>
    public static AkkaConfigurationBuilder WithCallDrain(this AkkaConfigurationBuilder builder, RunningCalls running) =>
        builder.WithActors((system, registry) => CoordinatedShutdown.Get(system).AddTask(
            CoordinatedShutdown.PhaseServiceRequestsDone,
            "end-calls",
            async () =>
            {
                var region = registry.Get<ICallRegion>();
                var node = Akka.Cluster.Cluster.Get(system).SelfAddress;
                var told = new HashSet<CallId>();
                using var limit = new CancellationTokenSource(DrainTime);
                using var turn = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
                try
                {
                    while (running.Count > 0)
                    {
                        foreach (var call in running.List(RunningCalls.MaxListed).Where(c => told.Add(c.CallId)))
                            region.Tell(new CallCommands.Hangup(call.CallId, EndReason.ServerShutdown, $"the shutdown of {node}"));
                        await turn.WaitForNextTickAsync(limit.Token).ConfigureAwait(false);
                    }
                }
                catch (OperationCanceledException)
                {
                    system.Log.Warning("{0} calls had not ended when the node went down", running.Count);
                }

                return Akka.Done.Instance;
            }));

    /// <summary>The way to the call region from a node without the role.</summary>
    public static AkkaConfigurationBuilder WithCallProxy(this AkkaConfigurationBuilder builder) =>
        builder.WithShardRegionProxy<ICallRegion>(CallShardExtractor.TypeName, Roles.Call, new CallShardExtractor());
}
