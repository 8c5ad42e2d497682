using System.Security.Cryptography;
using Akka.Actor;
using Akka.Event;
using Tandem.Shared.Configuration;
using Tandem.Shared.Edge;
using Tandem.Shared.Registrar;
using Tandem.Sip.Parsing;

namespace Tandem.Edge.Registrations;

/// <summary>The keeper of this node while it has the singleton; for the planned stop.</summary>
public sealed class LocalKeeper
{
    private volatile IActorRef? _actor;

    /// <summary>Null while another node keeps.</summary>
    public IActorRef? Actor
    {
        get => _actor;
        set => _actor = value;
    }
}

/// <summary>
/// Keeps all our registrations with other platforms: one in the whole cluster, so that each gets one REGISTER. A singleton on
/// the nodes with the edge role, started by <see cref="RegistrationHosting"/>; a new one registers anew. Tells the state to the
/// nodes that ask (<see cref="RegistrationQueries.Subscribe"/>), and on each change.
/// </summary>
public sealed class RegistrationKeeperActor : ReceiveActor, IWithTimers
{
    /// <summary>Name of the singleton.</summary>
    public const string Name = "registrations";

    /// <summary>What is asked for when neither the registration nor the parameter says it.</summary>
    public const int DefaultExpire = 3_600;

    /// <summary>Nodes that hear of changes.</summary>
    public const int MaxSubscribers = 256;

    /// <summary>A node that has not asked for this long hears no more.</summary>
    public static readonly TimeSpan SubscriptionTime = TimeSpan.FromSeconds(15);

    /// <summary>Wait for the answer to one REGISTER, all targets of its host together.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>First requests of many registrations are spread over this.</summary>
    public static readonly TimeSpan StartSpread = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<long, (RegistrationAgent Agent, string? Name)> _requests = [];
    private readonly Dictionary<IActorRef, long> _subscribers = [];
    private readonly IActorRef _edge;
    private readonly IConfigurationSource _configuration;
    private readonly ListenerTable _listeners;
    private readonly LocalKeeper _local;
    private readonly string _node;
    private readonly TimeProvider _time;
    private readonly IActorRef _self = Context.Self;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private IActorRef? _stopAsker;
    private long _lastToken;

    /// <summary>See <see cref="CreateProps"/>.</summary>
    public RegistrationKeeperActor(
        IActorRef edge, IConfigurationSource configuration, ListenerTable listeners, LocalKeeper local, string node, TimeProvider time)
    {
        (_edge, _configuration, _listeners, _local, _node, _time) = (edge, configuration, listeners, local, node, time);
        Receive<Due>(OnDue);
        Receive<OutOfCall.Answered>(OnAnswered);
        Receive<OutOfCall.Failed>(OnFailed);
        Receive<RegistrationQueries.Subscribe>(_ => OnSubscribe());
        Receive<ConfigurationChanged>(_ => Configure());
        Receive<UnregisterAll>(_ => OnUnregisterAll());
        Receive<Stop>(_ => Context.Stop(Self));
    }

    /// <summary>The last node goes: give all registrations up; answered with <see cref="Akka.Done"/>.</summary>
    internal sealed record UnregisterAll : INoSerializationVerificationNeeded;

    internal sealed record Stop : INoSerializationVerificationNeeded
    {
        public static readonly Stop Instance = new();
    }

    private sealed record Due(string Name) : INoSerializationVerificationNeeded;

    private sealed record ConfigurationChanged : INoSerializationVerificationNeeded;

    private sealed record Entry(RegistrationConfiguration Configuration, RegistrationAgent? Agent, RegistrationState? LockedState)
    {
        public RegistrationState State => Agent?.State ?? LockedState!;
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    private DateTimeOffset Now => _time.GetUtcNow();

    /// <summary>How it is started.</summary>
    public static Props CreateProps(
        IActorRef edge, IConfigurationSource configuration, ListenerTable listeners, LocalKeeper local, string node, TimeProvider time) =>
        Props.Create(() => new RegistrationKeeperActor(edge, configuration, listeners, local, node, time));

    /// <inheritdoc />
    protected override void PreStart()
    {
        _local.Actor = _self;
        _configuration.Changed += OnConfigurationChangedElsewhere;
        Configure();
    }

    /// <inheritdoc />
    protected override void PostStop()
    {
        _configuration.Changed -= OnConfigurationChangedElsewhere;
        _local.Actor = null;
    }

    private void OnConfigurationChangedElsewhere(ConfigurationSnapshot snapshot) => _self.Tell(new ConfigurationChanged());

    private void Configure()
    {
        if (_stopAsker is not null) return;
        var wanted = _configuration.Current.Registrations;
        foreach (var (name, entry) in _entries.ToList())
        {
            if (wanted.TryGetValue(name, out var same) && same == entry.Configuration) continue;
            GiveUp(name, entry);
        }

        foreach (var (name, registration) in wanted)
        {
            if (_entries.ContainsKey(name)) continue;
            if (registration.LockType == LockType.All)
            {
                _entries.Add(name, new Entry(registration, null, new RegistrationState(
                    name, RegistrationStatus.Locked, 0, "It is locked.", Now, null, null, RegistrationAddress.RemoteOf(registration), _node)));
                continue;
            }

            var contact = _listeners.Contact(RegistrationAddress.RemoteOf(registration), RegistrationAddress.LocalOf(registration));
            var callId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
            _entries.Add(name, new Entry(registration, new RegistrationAgent(registration, contact, _node, callId, Random, Now), null));
            Timers.StartSingleTimer(name, new Due(name), wanted.Count == 1 ? TimeSpan.Zero : StartSpread * Random());
        }

        Publish();
    }

    private void GiveUp(string name, Entry entry)
    {
        _entries.Remove(name);
        Timers.Cancel(name);
        foreach (var (token, request) in _requests.ToList())
            if (request.Name == name) _requests[token] = (request.Agent, null);
        if (entry.Agent is { State.Status: RegistrationStatus.Registered } agent && _configuration.Current.Parameters.UserAgentSendUnregister)
            Send(agent, null, agent.Unregister());
    }

    private void OnDue(Due due)
    {
        if (!_entries.TryGetValue(due.Name, out var entry) || entry.Agent is not { IsWaiting: false } agent) return;
        var before = agent.State.Status;
        Send(agent, due.Name, agent.Register(TimesOf(entry.Configuration), Now));
        if (agent.State.Status != before) Publish();
    }

    private void OnAnswered(OutOfCall.Answered answer)
    {
        if (!_requests.Remove(answer.Token, out var request)) return;
        var times = TimesOf(request.Name is { } known ? _entries.GetValueOrDefault(known)?.Configuration : null);
        if (SipParser.ParseDatagram(answer.Response).Message is not { } response)
            request.Agent.Unanswered("its answer cannot be read", times, Now);
        else if (request.Agent.Answered(response, times, Now) is { } again)
            Send(request.Agent, request.Name, again);
        Settled(request.Agent, request.Name);
    }

    private void OnFailed(OutOfCall.Failed failure)
    {
        if (!_requests.Remove(failure.Token, out var request)) return;
        var times = TimesOf(request.Name is { } known ? _entries.GetValueOrDefault(known)?.Configuration : null);
        request.Agent.Unanswered(failure.Why, times, Now);
        Settled(request.Agent, request.Name);
    }

    private void Settled(RegistrationAgent agent, string? name)
    {
        if (name is not null && !agent.IsWaiting && agent.State.NextAt is { } next)
        {
            var due = next - Now;
            Timers.StartSingleTimer(name, new Due(name), due > TimeSpan.Zero ? due : TimeSpan.FromMilliseconds(1));
            if (agent.State.Cause.Length > 0) _log.Warning("Registration {0}: {1}", name, agent.State.Cause);
            Publish();
        }

        if (_stopAsker is { } asker && _requests.Count == 0) asker.Tell(Akka.Done.Instance);
    }

    private void OnUnregisterAll()
    {
        _stopAsker = Sender;
        foreach (var (name, entry) in _entries.ToList()) GiveUp(name, entry);
        if (_requests.Count == 0) Sender.Tell(Akka.Done.Instance);
    }

    private void Send(RegistrationAgent agent, string? name, byte[] request)
    {
        var token = ++_lastToken;
        _requests.Add(token, (agent, name));
        _edge.Tell(new OutOfCall.Send(agent.Remote, agent.Local, request, token) { Patience = Patience }, Self);
    }

    private void OnSubscribe()
    {
        if (_subscribers.Count < MaxSubscribers || _subscribers.ContainsKey(Sender)) _subscribers[Sender] = _time.GetTimestamp();
        Sender.Tell(States());
    }

    private void Publish()
    {
        foreach (var (subscriber, at) in _subscribers.ToList())
        {
            if (_time.GetElapsedTime(at) > SubscriptionTime) _subscribers.Remove(subscriber);
            else subscriber.Tell(States());
        }
    }

    private RegistrationEvents.States States() => new([.. _entries.Values.Select(e => e.State)]);

    private RegistrationTimes TimesOf(RegistrationConfiguration? registration)
    {
        var parameters = _configuration.Current.Parameters;
        var expire = registration?.Expire is > 0 and var own ? own : (int)parameters.UserAgentExpire.TotalSeconds;
        return new RegistrationTimes(
            expire > 0 ? expire : DefaultExpire, parameters.UserAgentRetryDelay, parameters.RetryAfterMax);
    }

    private static double Random() => RandomNumberGenerator.GetInt32(int.MaxValue) / (double)int.MaxValue;
}
