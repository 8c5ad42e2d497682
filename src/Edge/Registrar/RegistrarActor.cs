using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Event;
using Tandem.Shared;
using Tandem.Shared.Configuration;
using Tandem.Shared.Registrar;

namespace Tandem.Edge.Registrar;

/// <summary>What the registrars of a node share.</summary>
/// <param name="Store">To read from when an address of record wakes up.</param>
/// <param name="Writer">The node's <see cref="BindingWriterActor"/>.</param>
/// <param name="Configuration">For limits.</param>
/// <param name="IsAlive">Whether a node, by cluster address and incarnation, is a member.</param>
/// <param name="Time">The clock.</param>
public sealed record RegistrarServices(
    IBindingStore Store,
    IActorRef Writer,
    IConfigurationSource Configuration,
    Func<string, uint, bool> IsAlive,
    TimeProvider Time);

/// <summary>The only one that changes the contacts of one address of record (<see cref="Bindings"/>).</summary>
/// <remarks>
/// Sharded by <see cref="GatewayId"/> over the nodes with the edge role, started by the first message. Reads its contacts from
/// the table, then answers from memory; a change is stored before it is answered, and calls see it after that. Ends when it has
/// had no contact for a while. What waits is bounded; what is dropped is asked again, as a phone does, or a call.
/// </remarks>
public sealed class RegistrarActor : ReceiveActor, IWithTimers
{
    /// <summary>Requests that wait for the table; more are dropped.</summary>
    public const int MaxWaiting = 32;

    /// <summary>After a failed read of the table.</summary>
    public static readonly TimeSpan LoadRetry = TimeSpan.FromSeconds(1);

    /// <summary>A new owner lives at least as long without contacts.</summary>
    public static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(2);

    private readonly GatewayId _id;
    private readonly RegistrarServices _services;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Queue<(object Message, IActorRef From)> _waiting = new();
    private Bindings _bindings = Bindings.Empty;
    private Bindings? _pending; // being written
    private object? _pendingReply;
    private IActorRef _pendingAsker = ActorRefs.Nobody;

    /// <summary>See <see cref="CreateProps"/>.</summary>
    public RegistrarActor(GatewayId id, RegistrarServices services)
    {
        (_id, _services) = (id, services);
        Become(Loading);
    }

    private sealed record Loaded(IReadOnlyList<Binding> Items) : INoSerializationVerificationNeeded;

    private sealed record LoadFailed(Exception Failure) : INoSerializationVerificationNeeded;

    private sealed record LoadAgain : INoSerializationVerificationNeeded;

    private sealed record Expire : INoSerializationVerificationNeeded;

    private sealed record Idle : INoSerializationVerificationNeeded;

    internal sealed record Stop : INoSerializationVerificationNeeded
    {
        public static readonly Stop Instance = new();
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    private DateTimeOffset Now => _services.Time.GetUtcNow();

    /// <summary>How it is started.</summary>
    public static Props CreateProps(GatewayId id, RegistrarServices services) =>
        Props.Create(() => new RegistrarActor(id, services));

    /// <inheritdoc />
    protected override void PreStart() => Load();

    private void Loading()
    {
        Receive<Loaded>(OnLoaded);
        Receive<LoadFailed>(f =>
        {
            _log.Warning("Contacts of {0} cannot be read: {1}", _id, f.Failure.Message);
            Timers.StartSingleTimer(nameof(LoadAgain), new LoadAgain(), LoadRetry);
        });
        Receive<LoadAgain>(_ => Load());
        Receive<Stop>(_ => Context.Stop(Self));
        Receive<RegistrarCommands.Register>(Wait);
        Receive<RegistrarCommands.Remove>(Wait);
        Receive<RegistrarCommands.Locate>(Wait);
    }

    private void Ready()
    {
        Receive<RegistrarCommands.Register>(command => OnRegister(command, Sender));
        Receive<RegistrarCommands.Remove>(command => OnRemove(command, Sender));
        Receive<RegistrarCommands.Locate>(command => OnLocate(command, Sender));
        Receive<Expire>(_ => OnExpire());
        Common();
    }

    // One change at a time: the next one is decided on what is stored. Calls go on with what is stored already.
    private void Writing()
    {
        Receive<RegistrarCommands.Register>(Wait);
        Receive<RegistrarCommands.Remove>(Wait);
        Receive<RegistrarCommands.Locate>(command => OnLocate(command, Sender));
        Receive<BindingWriterActor.Saved>(OnSaved);
        Receive<Expire>(_ => { }); // Looked at again when the write is over.
        Common();
    }

    private void Common()
    {
        Receive<Idle>(_ =>
        {
            if (_bindings.At(Now).Items.IsEmpty && _pending is null) Context.Parent.Tell(new Passivate(Stop.Instance));
        });
        Receive<Stop>(_ => Context.Stop(Self));
    }

    private void Load() => _services.Store.Load(_id, Now)
        .PipeTo(Self, success: items => new Loaded(items), failure: failure => new LoadFailed(failure));

    private void OnLoaded(Loaded loaded)
    {
        _bindings = Bindings.Of(loaded.Items);
        Become(Ready);
        Wake();
        TakeWaiting();
    }

    private void Wait(object message)
    {
        if (_waiting.Count < MaxWaiting) _waiting.Enqueue((message, Sender));
        else RegistrarMetrics.CountDropped();
    }

    private void TakeWaiting()
    {
        while (_pending is null && _waiting.TryDequeue(out var next))
        {
            switch (next.Message)
            {
                case RegistrarCommands.Register register:
                    OnRegister(register, next.From);
                    break;
                case RegistrarCommands.Remove remove:
                    OnRemove(remove, next.From);
                    break;
                case RegistrarCommands.Locate locate:
                    OnLocate(locate, next.From);
                    break;
            }
        }
    }

    private void OnRegister(RegistrarCommands.Register command, IActorRef from)
    {
        var (state, refusal) = _bindings.Apply(command, RulesOf(_services.Configuration.Current), Now);
        if (refusal is not null)
        {
            from.Tell(Refused(command, refusal));
            return;
        }

        var reply = new RegistrarReplies.Registered(_id, command.Token, state.Items);
        if (ReferenceEquals(state, _bindings)) from.Tell(reply);
        else Write(state, reply, from, command);
    }

    private void OnRemove(RegistrarCommands.Remove command, IActorRef from)
    {
        var current = _bindings.At(Now);
        var state = current.Without(command.Contact);
        var reply = new RegistrarReplies.Removed(_id, current.Items.Length - state.Items.Length);
        if (reply.Count == 0) from.Tell(reply);
        else Write(state, reply, from, command);
    }

    private void OnLocate(RegistrarCommands.Locate command, IActorRef from) => from.Tell(new RegistrarReplies.Located(
        _id,
        command.CallId,
        [.. _bindings.At(Now).ByPreference().Select(b => FlowTargets.Of(b, _services.IsAlive(b.Node, b.NodeId)))]));

    private void Write(Bindings state, object reply, IActorRef from, object command)
    {
        (_pending, _pendingReply, _pendingAsker, _pendingCommand) = (state, reply, from, command);
        _services.Writer.Tell(new BindingWriterActor.Save(new BindingSet(_id, state.Items)), Self);
        Become(Writing);
    }

    private object? _pendingCommand;

    private void OnSaved(BindingWriterActor.Saved saved)
    {
        if (saved.Ok)
        {
            _bindings = _pending!;
            _pendingAsker.Tell(_pendingReply);
        }
        else
        {
            _pendingAsker.Tell(_pendingCommand is RegistrarCommands.Register register
                ? Refused(register, RegisterRefusal.Unavailable)
                : new RegistrarReplies.NotRemoved(_id));
        }

        (_pending, _pendingReply, _pendingCommand, _pendingAsker) = (null, null, null, ActorRefs.Nobody);
        Become(Ready);
        Wake();
        TakeWaiting();
    }

    private void OnExpire()
    {
        _bindings = _bindings.At(Now);
        Wake();
    }

    private void Wake()
    {
        if (_bindings.NextExpiry is not { } next)
        {
            Timers.Cancel(nameof(Expire));
            if (!Timers.IsTimerActive(nameof(Idle))) Timers.StartSingleTimer(nameof(Idle), new Idle(), IdleTime);
            return;
        }

        Timers.Cancel(nameof(Idle));
        var due = next - Now;
        Timers.StartSingleTimer(nameof(Expire), new Expire(), due > TimeSpan.Zero ? due : TimeSpan.FromMilliseconds(1));
    }

    private static RegistrarReplies.Refused Refused(RegistrarCommands.Register command, RegisterRefusal refusal) =>
        new(command.GatewayId, command.Token, refusal.Status, refusal.Phrase, refusal.MinExpires);

    private RegistrarRules RulesOf(ConfigurationSnapshot configuration)
    {
        var parameters = configuration.Parameters;
        var own = configuration.FindPhone(PhoneNumberOf(_id))?.MaxContacts ?? 0;
        return new RegistrarRules(
            parameters.EndpointExpire,
            parameters.EndpointMinExpire,
            Math.Max(1, own > 0 ? own : parameters.MaxContacts),
            parameters.RegisterReplaceKick);
    }

    private static string PhoneNumberOf(GatewayId id) =>
        PhoneGateways.IsPhone(id.Name) ? id.Name[PhoneGateways.Prefix.Length..] : "";
}
