using System.Text;
using Akka.Actor;
using Tandem.Shared;
using Tandem.Shared.Configuration;
using Tandem.Shared.Registrar;

namespace Tandem.Edge.Registrar;

/// <summary>
/// Keeps the way open to devices behind a NAT that registered over UDP at this node: a datagram
/// (SS_SIP_NAT_KEEP_ALIVE_MESSAGE) to each every SS_SIP_NAT_KEEP_ALIVE_PERIOD, SEND_ONE_TIME of them at once with SEND_INTERVAL
/// between. One per node with the edge role, started by <see cref="RegistrarHosting"/>; ends with the node. It knows what was
/// registered through this node since it started; a device of before comes back with its next refresh.
/// </summary>
public sealed class KeepAliveActor : ReceiveActor, IWithTimers
{
    /// <summary>Name below <c>/user</c>.</summary>
    public const string Name = "nat-keep-alive";

    /// <summary>Addresses of record that are looked after; those beyond get nothing.</summary>
    public const int MaxDevices = 200_000;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan PauseWhenOff = TimeSpan.FromSeconds(1);

    private readonly Dictionary<GatewayId, (string Source, DateTimeOffset ExpiresAt)[]> _devices = [];
    private readonly Queue<string> _round = new();
    private readonly IActorRef _edge;
    private readonly IConfigurationSource _configuration;
    private readonly string _node;
    private readonly uint _nodeId;
    private readonly TimeProvider _time;
    private long _roundStartedAt;

    /// <summary>See <see cref="CreateProps"/>.</summary>
    public KeepAliveActor(IActorRef edge, IConfigurationSource configuration, string node, uint nodeId, TimeProvider time)
    {
        (_edge, _configuration, _node, _nodeId, _time) = (edge, configuration, node, nodeId, time);
        Receive<Bound>(OnBound);
        Receive<Round>(_ => OnRound());
        Receive<Batch>(_ => OnBatch());
    }

    /// <summary>The contacts that an address of record has now.</summary>
    internal sealed record Bound(GatewayId GatewayId, IReadOnlyList<Binding> Bindings) : INoSerializationVerificationNeeded;

    /// <summary>What the edge sends: one datagram to each.</summary>
    internal sealed record Datagrams(IReadOnlyList<string> Remotes, byte[] Payload) : INoSerializationVerificationNeeded;

    private sealed record Round : INoSerializationVerificationNeeded;

    private sealed record Batch : INoSerializationVerificationNeeded;

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>How it is started.</summary>
    public static Props CreateProps(
        IActorRef edge, IConfigurationSource configuration, string node, uint nodeId, TimeProvider time) =>
        Props.Create(() => new KeepAliveActor(edge, configuration, node, nodeId, time));

    /// <inheritdoc />
    protected override void PreStart() => NextRound();

    private void OnBound(Bound bound)
    {
        var own = bound.Bindings
            .Where(b => b.Node == _node && b.NodeId == _nodeId && FlowTargets.IsDatagram(b.Source) && FlowTargets.IsBehindNat(b))
            .Select(b => (b.Source, b.ExpiresAt))
            .ToArray();
        if (own.Length == 0) _devices.Remove(bound.GatewayId);
        else if (_devices.Count < MaxDevices || _devices.ContainsKey(bound.GatewayId)) _devices[bound.GatewayId] = own;
    }

    private void OnRound()
    {
        var parameters = _configuration.Current.Parameters;
        _roundStartedAt = _time.GetTimestamp();
        if (parameters.NatKeepAliveMessage.Length == 0 || parameters.NatKeepAlivePeriod <= TimeSpan.Zero)
        {
            NextRound();
            return;
        }

        var now = _time.GetUtcNow();
        foreach (var (gateway, sources) in _devices.ToList())
        {
            if (Array.TrueForAll(sources, s => s.ExpiresAt <= now)) _devices.Remove(gateway);
            else foreach (var (source, expiresAt) in sources)
                if (expiresAt > now) _round.Enqueue(source);
        }

        OnBatch();
    }

    private void OnBatch()
    {
        var parameters = _configuration.Current.Parameters;
        var count = Math.Min(_round.Count, Math.Max(1, parameters.NatKeepAliveSendOneTime));
        if (count > 0)
        {
            var remotes = new List<string>(count);
            for (var i = 0; i < count; i++) remotes.Add(_round.Dequeue());
            _edge.Tell(new Datagrams(remotes, Encoding.UTF8.GetBytes(parameters.NatKeepAliveMessage)));
            RegistrarMetrics.CountKeepAlives(count);
        }

        if (_round.Count == 0) NextRound();
        else Timers.StartSingleTimer(nameof(Batch), new Batch(), AtLeast(parameters.NatKeepAliveSendInterval, ShortestPause));
    }

    private void NextRound()
    {
        var period = _configuration.Current.Parameters.NatKeepAlivePeriod;
        if (period <= TimeSpan.Zero) period = PauseWhenOff;
        var passed = _roundStartedAt == 0 ? TimeSpan.Zero : _time.GetElapsedTime(_roundStartedAt);
        Timers.StartSingleTimer(nameof(Round), new Round(), AtLeast(period - passed, ShortestPause));
    }

    private static TimeSpan AtLeast(TimeSpan time, TimeSpan least) => time < least ? least : time;
}
