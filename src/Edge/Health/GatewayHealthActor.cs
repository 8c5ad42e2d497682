using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Akka.Actor;
using Akka.Event;
using Tandem.Shared.Configuration;
using Tandem.Shared.Gateways;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Writing;

namespace Tandem.Edge.Health;

/// <summary>How the owner of health reaches every node's <see cref="GatewayHealthNodeActor"/>.</summary>
public interface IHealthPublisher
{
    /// <summary>Tells all nodes; what is lost is found by its version.</summary>
    void Publish(object message, IActorRef sender);
}

/// <summary>What <see cref="GatewayHealthActor"/> works with.</summary>
/// <param name="Edge">This node's edge, which sends its OPTIONS.</param>
/// <param name="Configuration">This node's configuration.</param>
/// <param name="Nodes">All nodes' replicas.</param>
/// <param name="HostPort">host[:port] of ours that a peer at this remote sees.</param>
/// <param name="Time">The clock.</param>
public sealed record GatewayHealthServices(
    IActorRef Edge,
    IConfigurationSource Configuration,
    IHealthPublisher Nodes,
    Func<string, string> HostPort,
    TimeProvider Time)
{
    /// <summary>0 to 1, for jitter.</summary>
    public Func<double> Chance { get; init; } = () => RandomNumberGenerator.GetInt32(1_000_000) / 1e6;
}

/// <summary>
/// The one owner of the health of routing gateways: sends OPTIONS to those that are checked, takes the pauses that vendors
/// ask for, tells every node. The cluster singleton on the role edge, so that each gateway has one prober; started by
/// <see cref="GatewayHealthHosting"/>, moves when its node leaves or dies.
/// </summary>
/// <remarks>
/// Nothing is stored. A new owner asks all nodes what they know, tells nothing for <see cref="LearningTime"/>, so that an
/// offline gateway does not get calls meanwhile, and goes on from there.
/// </remarks>
public sealed class GatewayHealthActor : ReceiveActor, IWithTimers
{
    /// <summary>Name of the singleton.</summary>
    public const string Name = "gateway-health";

    /// <summary>How often it is looked which checks are due.</summary>
    public static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>How often the present version is told when nothing changes.</summary>
    public static readonly TimeSpan SignOfLifeInterval = TimeSpan.FromSeconds(2);

    /// <summary>How often all states are told, whether somebody asks or not.</summary>
    public static readonly TimeSpan WholeInterval = TimeSpan.FromSeconds(30);

    /// <summary>How long a new owner listens before it tells.</summary>
    public static readonly TimeSpan LearningTime = TimeSpan.FromSeconds(2);

    /// <summary>OPTIONS that may be begun in one tick: 5,000 gateways at once are spread over five seconds.</summary>
    public const int ChecksPerTick = 100;

    private readonly GatewayHealthServices _services;
    private readonly GatewayChecks _checks;
    private readonly Dictionary<long, string> _underWay = [];
    private readonly Queue<string> _due = new();
    private readonly long _incarnation = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8));
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly IActorRef _self = Context.Self;
    private long _lastToken;
    private long _version;
    private DateTimeOffset _startedAt;
    private DateTimeOffset _toldAt;
    private DateTimeOffset _toldAllAt;
    private bool _learning = true;

    /// <summary>Use <see cref="CreateProps"/>.</summary>
    public GatewayHealthActor(GatewayHealthServices services)
    {
        _services = services;
        _checks = new GatewayChecks(services.Chance);
        Receive<Tick>(_ => OnTick());
        Receive<OutOfCall.Answered>(OnAnswered);
        Receive<OutOfCall.Failed>(m => OnFailed(m.Token, m.Why));
        Receive<GatewayHealthCommands.Suspend>(OnSuspend);
        Receive<GatewayHealthQueries.GetAll>(_ => OnGetAll());
        Receive<GatewayHealthReplies.Known>(OnKnown);
        Receive<ConfigurationChanged>(_ => Configure());
    }

    private sealed record Tick : INoSerializationVerificationNeeded;

    private sealed record ConfigurationChanged : INoSerializationVerificationNeeded;

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>How it is started.</summary>
    public static Props CreateProps(GatewayHealthServices services) => Props.Create(() => new GatewayHealthActor(services));

    /// <inheritdoc />
    protected override void PreStart()
    {
        _startedAt = Now;
        _services.Configuration.Changed += OnConfigurationChangedElsewhere;
        Configure();
        Timers.StartPeriodicTimer(nameof(Tick), new Tick(), TickInterval);
        _services.Nodes.Publish(new GatewayHealthQueries.WhatIsKnown(), Self);
    }

    /// <inheritdoc />
    protected override void PostStop() => _services.Configuration.Changed -= OnConfigurationChangedElsewhere;

    private DateTimeOffset Now => _services.Time.GetUtcNow();

    // Raised on any thread.
    private void OnConfigurationChangedElsewhere(ConfigurationSnapshot snapshot) => _self.Tell(new ConfigurationChanged());

    private void Configure()
    {
        _checks.Configure(_services.Configuration.Current, Now);
        TellChanges();
    }

    private void OnTick()
    {
        var now = Now;
        if (_learning && now - _startedAt >= LearningTime)
        {
            _learning = false;
            TellAll();
        }

        foreach (var gateway in _checks.TakeDue(now)) _due.Enqueue(gateway);
        for (var i = 0; i < ChecksPerTick && _due.TryDequeue(out var gateway); i++) Check(gateway);
        TellChanges();
        if (_learning) return;
        if (now - _toldAllAt >= WholeInterval) TellAll();
        else if (now - _toldAt >= SignOfLifeInterval) Tell([]);
    }

    private void Check(string name)
    {
        var configuration = _services.Configuration.Current;
        if (!configuration.RoutingGateways.TryGetValue(name, out var gateway)) return; // Gone meanwhile.
        var token = ++_lastToken;
        _underWay[token] = name;
        var remote = GatewayTarget.RemoteOf(configuration, gateway);
        var request = Compose(GatewayTarget.UriHostOf(configuration, gateway), _services.HostPort(remote));
        _services.Edge.Tell(
            new OutOfCall.Send(remote, GatewayTarget.LocalOf(gateway), request, token) { Patience = _checks.Patience, Gateway = name },
            Self);
    }

    // RFC 3261 §11.1: a request of its own each time, outside of any dialog.
    private static byte[] Compose(string target, string self)
    {
        var writer = new SipWriter();
        var (to, from) = (Encoding.ASCII.GetBytes($"sip:{target}"), Encoding.ASCII.GetBytes($"sip:{self}"));
        writer.RequestLine(SipMethod.Options, to);
        writer.Header(SipHeaderName.MaxForwards, 70);
        writer.Address(SipHeaderName.From, default, from, Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))));
        writer.Address(SipHeaderName.To, default, to, default);
        writer.Header(SipHeaderName.CallId, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
        writer.CSeq(1, SipMethod.Options);
        writer.Address(SipHeaderName.Contact, default, from, default);
        writer.Header(SipHeaderName.Accept, ScreeningRules.Default.Accept);
        writer.Finish();
        return writer.ToArray();
    }

    private void OnAnswered(OutOfCall.Answered answer)
    {
        if (!_underWay.Remove(answer.Token, out var gateway)) return;
        if (SipParser.ParseDatagram(answer.Response).Message is not { } response) return; // The edge has parsed it.
        response.TryGetHeader(SipHeaderName.RetryAfter, out var retryAfter);
        _checks.Answered(gateway, response.StatusCode, retryAfter, Now);
        TellChanges();
    }

    private void OnFailed(long token, string why)
    {
        if (!_underWay.Remove(token, out var gateway)) return;
        _checks.Failed(gateway, why, Now);
        TellChanges();
    }

    private void OnSuspend(GatewayHealthCommands.Suspend command)
    {
        _checks.Suspend(command.Gateway, command.Since, command.Until, command.Cause, Now);
        TellChanges();
    }

    private void OnKnown(GatewayHealthReplies.Known known)
    {
        var now = Now;
        foreach (var health in known.Gateways) _checks.Learn(health, now);
        TellChanges();
    }

    private void OnGetAll()
    {
        if (_learning) return; // It comes when it is complete, and the node asks again.
        foreach (var part in Parts()) Sender.Tell(part, Self);
    }

    private void TellChanges()
    {
        if (_learning) return;
        var changes = _checks.TakeChanges(Now);
        foreach (var health in changes)
            _log.Info("Routing gateway {0}: {1}", health.Gateway, Words(health));
        foreach (var part in changes.Chunk(GatewayHealthNodeActor.StatesPerMessage))
        {
            _version++;
            Tell(part);
        }
    }

    private void TellAll()
    {
        _checks.TakeChanges(Now);
        _version++;
        _checks.Clean(Now);
        (_toldAt, _toldAllAt) = (Now, Now);
        foreach (var part in Parts()) _services.Nodes.Publish(part, Self);
    }

    private void Tell(IReadOnlyList<GatewayHealth> states)
    {
        _toldAt = Now;
        _services.Nodes.Publish(new GatewayHealthEvents.Changed(_incarnation, _version, states), Self);
    }

    private List<GatewayHealthReplies.All> Parts()
    {
        var chunks = _checks.All.Chunk(GatewayHealthNodeActor.StatesPerMessage).ToList();
        if (chunks.Count == 0) chunks.Add([]);
        return [.. chunks.Select((states, i) => new GatewayHealthReplies.All(_incarnation, _version, i, chunks.Count, states))];
    }

    private string Words(GatewayHealth health) => string.Create(
        CultureInfo.InvariantCulture, $"{health.StateAt(Now).ToString().ToLowerInvariant()}: {health.CauseAt(Now)}");
}
