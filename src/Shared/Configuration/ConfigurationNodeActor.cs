using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Akka.Hosting;
using Tandem.Shared.Cluster;
using Tandem.Shared.Storage;

namespace Tandem.Shared.Configuration;

/// <summary>
/// Brings configuration versions into force on its node (invariant I9) and takes changes. Sole writer of the node's
/// <see cref="ConfigurationHolder"/> once the node runs.
/// </summary>
/// <remarks>
/// One on each node at <c>/user/configuration</c>, from start to end of the process. A change is stored first; then the
/// actors of all nodes are told and load it from the store. Who misses the word finds the version by looking every
/// <see cref="PollInterval"/>. Reading, validating and compiling happen off the actor.
/// </remarks>
public sealed class ConfigurationNodeActor : ReceiveActor, IWithTimers
{
    /// <summary>Name under <c>/user</c>, by which the actors of the nodes find each other.</summary>
    public const string Name = "configuration";

    /// <summary>Changes under way at once; more are answered with
    /// <see cref="ConfigurationReplies.Unavailable"/>.</summary>
    public const int MaxChanges = 16;

    /// <summary>How often the newest version number is looked up; under the second in which a version must be in
    /// force.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    private readonly ConfigurationStore _store;
    private readonly ConfigurationHolder _holder;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Akka.Cluster.Cluster? _cluster;
    private int _changes;
    private bool _looking;
    private bool _lookAgain;
    private bool _storeAway;
    private long _unusable;

    /// <summary>Starts looking after <paramref name="holder"/>.</summary>
    public ConfigurationNodeActor(ConfigurationStore store, ConfigurationHolder holder)
    {
        (_store, _holder) = (store, holder);
        if (((ExtendedActorSystem)Context.System).Provider is IClusterActorRefProvider)
            _cluster = Akka.Cluster.Cluster.Get(Context.System);
        Receive<ConfigurationCommands.Apply>(c => Change(() => ConfigurationChanges.ApplyAsync(_store, c)));
        Receive<ConfigurationCommands.Rollback>(c => Change(() => ConfigurationChanges.RollbackAsync(_store, c)));
        Receive<ConfigurationEvents.VersionStored>(e => Look(e.Version));
        Receive<Poll>(_ => Look(long.MaxValue));
        Receive<Changed>(OnChanged);
        Receive<Looked>(OnLooked);
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>How to start one.</summary>
    public static Props CreateProps(ConfigurationStore store, ConfigurationHolder holder) =>
        Props.Create(() => new ConfigurationNodeActor(store, holder));

    /// <inheritdoc />
    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(Poll.Instance, Poll.Instance, PollInterval);
        Look(long.MaxValue);
    }

    private void Change(Func<Task<ConfigurationOutcome>> change)
    {
        if (_changes >= MaxChanges)
        {
            Sender.Tell(new ConfigurationReplies.Unavailable($"{MaxChanges} changes are under way; try again"));
            return;
        }

        _changes++;
        var sender = Sender;
        Task.Run(change).PipeTo(
            Self,
            success: outcome => new Changed(sender, outcome, null),
            failure: failure => new Changed(sender, null, failure));
    }

    private void OnChanged(Changed changed)
    {
        _changes--;
        if (changed.Outcome is not { } outcome)
        {
            var failure = Unwrap(changed.Failure!);
            if (!Database.IsTransient(failure)) _log.Error(failure, "A configuration change failed.");
            changed.ReplyTo.Tell(
                new ConfigurationReplies.Unavailable($"the database did not take it: {failure.Message}"));
            return;
        }

        if (outcome.Snapshot is { } snapshot)
        {
            BringIntoForce(snapshot);
            foreach (var peer in Peers()) peer.Tell(new ConfigurationEvents.VersionStored(snapshot.Version));
        }
        else if (outcome.Reply is ConfigurationReplies.Conflict conflict)
        {
            Look(conflict.CurrentVersion); // This node is behind; whoever asked will read again.
        }

        changed.ReplyTo.Tell(outcome.Reply);
    }

    // At most one look-up at a time; one more follows when a newer version was announced meanwhile.
    private void Look(long version)
    {
        if (version <= _holder.Current.Version) return;
        if (_looking)
        {
            _lookAgain |= version != long.MaxValue;
            return;
        }

        _looking = true;
        var (store, present, unusable) = (_store, _holder.Current.Version, _unusable);
        Task.Run(() => LookAsync(store, Math.Max(present, unusable)))
            .PipeTo(Self, success: looked => looked, failure: failure => new Looked(null, null, Unwrap(failure)));
    }

    private void OnLooked(Looked looked)
    {
        _looking = false;
        if (looked.Failure is { } failure)
        {
            if (!_storeAway)
                _log.Warning(
                    "Configuration versions cannot be read: {0}. The present one stays in force.", failure.Message);
            _storeAway = true;
        }
        else
        {
            if (_storeAway) _log.Info("Configuration versions can be read again.");
            _storeAway = false;
        }

        if (looked.Snapshot is { } snapshot) BringIntoForce(snapshot);
        if (looked.Unusable is { } unusable)
        {
            _unusable = unusable.Version;
            _log.Error(
                "Configuration version {0} is stored but this node cannot use it: {1}",
                unusable.Version,
                unusable.Reason);
        }

        if (!_lookAgain) return;
        _lookAgain = false;
        Look(long.MaxValue);
    }

    private void BringIntoForce(ConfigurationSnapshot snapshot)
    {
        if (_holder.Set(snapshot)) _log.Info("Configuration version {0} is in force.", snapshot.Version);
    }

    private IEnumerable<ActorSelection> Peers() => _cluster is null
        ? []
        : _cluster.State.Members
            .Where(m => m.Status == MemberStatus.Up && m.UniqueAddress != _cluster.SelfUniqueAddress)
            .Select(m => Context.ActorSelection(new RootActorPath(m.Address) / "user" / Name));

    private static async Task<Looked> LookAsync(ConfigurationStore store, long present)
    {
        if (await store.NewestVersionAsync().ConfigureAwait(false) <= present) return new(null, null, null);
        var stored = await store.NewestAsync().ConfigureAwait(false);
        var (snapshot, errors) = ConfigurationChanges.Compile(stored!);
        return snapshot is null
            ? new(null, new Unusable(stored!.Version.Version, string.Join("; ", errors.Take(3))), null)
            : new(snapshot, null, null);
    }

    private static Exception Unwrap(Exception failure) =>
        failure is AggregateException { InnerException: { } inner } ? inner : failure;

    private sealed record Poll : INoSerializationVerificationNeeded
    {
        public static readonly Poll Instance = new();
    }

    private sealed record Changed(IActorRef ReplyTo, ConfigurationOutcome? Outcome, Exception? Failure)
        : INoSerializationVerificationNeeded;

    private sealed record Unusable(long Version, string Reason);

    private sealed record Looked(ConfigurationSnapshot? Snapshot, Unusable? Unusable, Exception? Failure)
        : INoSerializationVerificationNeeded;
}

/// <summary>Starts the actor with the node.</summary>
public static class ConfigurationHosting
{
    /// <summary>Starts <see cref="ConfigurationNodeActor"/> under <see cref="IConfigurationNode"/>.</summary>
    public static AkkaConfigurationBuilder WithConfiguration(
        this AkkaConfigurationBuilder builder,
        ConfigurationStore store,
        ConfigurationHolder holder) => builder.WithActors((system, registry) => registry.Register<IConfigurationNode>(
            system.ActorOf(ConfigurationNodeActor.CreateProps(store, holder), ConfigurationNodeActor.Name)));
}
