using System.Security.Cryptography;
using Akka.Actor;
using Tandem.Shared.Edge;
using Tandem.Shared.Registrar;

namespace Tandem.Edge.Registrar;

/// <summary>
/// Where a node's edge hands in REGISTERs: asks the registrar of the address of record, again once when it is silent (a message
/// can be lost while a shard moves), and answers the device. Tells the keep-alive which contacts this node has the flow to.
/// One per node with the edge role, started by <see cref="RegistrarHosting"/>; ends with the node.
/// </summary>
public sealed class RegisterDesk : ReceiveActor, IWithTimers
{
    /// <summary>Name below <c>/user</c>.</summary>
    public const string Name = "register-desk";

    /// <summary>REGISTERs that wait for the registrar; more are refused with 503.</summary>
    public const int MaxPending = 10_000;

    /// <summary>One try of asking; then once more.</summary>
    public static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(2);

    /// <summary>How often what waits is looked at.</summary>
    public static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(500);

    private const int Tries = 2;

    private readonly Dictionary<long, Pending> _pending = [];
    private readonly IActorRef _registrar;
    private readonly IActorRef _edge;
    private readonly IActorRef _keepAlive;
    private readonly string _node;
    private readonly uint _nodeId;
    private readonly TimeProvider _time;
    private long _lastToken;

    /// <summary>See <see cref="CreateProps"/>.</summary>
    public RegisterDesk(IActorRef registrar, IActorRef edge, IActorRef keepAlive, string node, uint nodeId, TimeProvider time)
    {
        (_registrar, _edge, _keepAlive, _node, _nodeId, _time) = (registrar, edge, keepAlive, node, nodeId, time);
        Receive<Take>(OnTake);
        Receive<RegistrarReplies.Registered>(OnRegistered);
        Receive<RegistrarReplies.Refused>(OnRefused);
        Receive<Check>(_ => OnCheck());
    }

    /// <summary>A REGISTER that waits for its answer at a worker of this node.</summary>
    public sealed record Take(EdgeTransactionId Transaction, RegistrarCommands.Register Command) : INoSerializationVerificationNeeded;

    private sealed record Check : INoSerializationVerificationNeeded;

    private sealed class Pending(EdgeTransactionId transaction, RegistrarCommands.Register command)
    {
        public EdgeTransactionId Transaction { get; } = transaction;

        public RegistrarCommands.Register Command { get; } = command;

        public int Tries { get; set; }

        public long Due { get; set; }
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>How it is started.</summary>
    public static Props CreateProps(
        IActorRef registrar, IActorRef edge, IActorRef keepAlive, string node, uint nodeId, TimeProvider time) =>
        Props.Create(() => new RegisterDesk(registrar, edge, keepAlive, node, nodeId, time));

    /// <inheritdoc />
    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Check), new Check(), CheckInterval);

    private void OnTake(Take take)
    {
        if (_pending.Count >= MaxPending)
        {
            Answer(take.Transaction, RegisterRefusal.Unavailable.Status, RegisterRefusal.Unavailable.Phrase, RegisterAnswer.Headers(503, 0));
            return;
        }

        var command = take.Command with { Token = ++_lastToken, Node = _node, NodeId = _nodeId };
        var pending = new Pending(take.Transaction, command);
        _pending.Add(command.Token, pending);
        Ask(pending);
    }

    private void OnRegistered(RegistrarReplies.Registered reply)
    {
        _keepAlive.Tell(new KeepAliveActor.Bound(reply.GatewayId, reply.Bindings));
        if (!_pending.Remove(reply.Token, out var pending)) return;
        Answer(pending.Transaction, 200, "OK", RegisterAnswer.Headers(reply.Bindings, pending.Command.Path, _time.GetUtcNow()));
    }

    private void OnRefused(RegistrarReplies.Refused reply)
    {
        if (!_pending.Remove(reply.Token, out var pending)) return;
        Answer(pending.Transaction, reply.Status, reply.Phrase, RegisterAnswer.Headers(reply.Status, reply.MinExpires));
    }

    private void OnCheck()
    {
        var now = _time.GetTimestamp();
        foreach (var pending in _pending.Values.Where(p => now >= p.Due).ToList())
        {
            if (pending.Tries < Tries)
            {
                Ask(pending);
                continue;
            }

            _pending.Remove(pending.Command.Token);
            Answer(
                pending.Transaction, RegisterRefusal.Unavailable.Status, RegisterRefusal.Unavailable.Phrase,
                RegisterAnswer.Headers(503, 0));
        }
    }

    private void Ask(Pending pending)
    {
        pending.Tries++;
        pending.Due = _time.GetTimestamp() + (long)(AskTimeout.TotalSeconds * _time.TimestampFrequency);
        _registrar.Tell(pending.Command, Self);
    }

    private void Answer(EdgeTransactionId transaction, int status, string phrase, byte[] headers)
    {
        RegistrarMetrics.CountAnswer(status);
        _edge.Tell(new EdgeCommands.Respond(
            default, transaction, status, phrase, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), headers, default));
    }
}
