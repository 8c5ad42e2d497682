using System.Collections.Frozen;
using Akka.Actor;
using Tandem.Shared.Registrar;

namespace Tandem.Edge.Registrations;

/// <summary>This node's view of our registrations: written by its <see cref="RegistrationNodeActor"/>, read by calls without a lock.</summary>
public sealed class RegistrationStates : IRegistrationStates
{
    private volatile FrozenDictionary<string, RegistrationState> _states = FrozenDictionary<string, RegistrationState>.Empty;

    /// <inheritdoc />
    public IReadOnlyList<RegistrationState> All => _states.Values;

    /// <inheritdoc />
    public RegistrationState? Find(string name) => _states.GetValueOrDefault(name);

    /// <summary>The keeper told.</summary>
    internal void Set(IReadOnlyList<RegistrationState> items) =>
        _states = items.ToFrozenDictionary(s => s.Name, StringComparer.Ordinal);
}

/// <summary>
/// Keeps <see cref="RegistrationStates"/> up to date by asking the keeper again and again; it also tells of changes by itself.
/// One per node, started by <see cref="RegistrationHosting"/>; ends with the node.
/// </summary>
public sealed class RegistrationNodeActor : ReceiveActor, IWithTimers
{
    /// <summary>Name below <c>/user</c>.</summary>
    public const string Name = "registration-states";

    /// <summary>How often it asks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    private readonly IActorRef _keeper;

    /// <summary>See <see cref="CreateProps"/>.</summary>
    public RegistrationNodeActor(IActorRef keeper, RegistrationStates states)
    {
        _keeper = keeper;
        Receive<Ask>(_ => _keeper.Tell(new RegistrationQueries.Subscribe(), Self));
        Receive<RegistrationEvents.States>(s => states.Set(s.Items));
    }

    private sealed record Ask : INoSerializationVerificationNeeded;

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>How it is started.</summary>
    public static Props CreateProps(IActorRef keeper, RegistrationStates states) =>
        Props.Create(() => new RegistrationNodeActor(keeper, states));

    /// <inheritdoc />
    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Ask), new Ask(), TimeSpan.Zero, Interval);
}
