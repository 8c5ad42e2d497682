using Tandem.Routing.NodeCalls;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Shared.Gateways;
using Tandem.Shared.Leases;

namespace Tandem.Routing.Gateways;

/// <summary>
/// The rules of one gateway's lines and rate: who holds a line, and whether one more may be had. Deterministic: it reads no
/// clock and does no I/O, so one owner's commands replayed give the same answers. Owned by one <see cref="GatewayActor"/>.
/// </summary>
/// <remarks>
/// Lines in use are the number of leases, nothing is counted beside them (design I2). The calls' nodes list what their calls
/// hold (<see cref="LineLeases"/>), from before a line is asked for until it is given back, so a list is never short of a line
/// that a call uses: what is missing from it is gone, what is listed as held but unknown here was granted by an earlier owner.
/// </remarks>
public sealed class GatewayLeases
{
    /// <summary>Rounds that a granted lease must be missing from its node's list before it is reclaimed.</summary>
    public const int RoundsUntilReclaimed = 2;

    /// <summary>How long a token of the whole switch is remembered, so that a repeated request takes no second one.</summary>
    public static readonly TimeSpan TokenMemory = TimeSpan.FromSeconds(10);

    /// <summary>Tokens that are remembered at most; the oldest go first.</summary>
    public const int MaxRememberedTokens = 65_536;

    private readonly GatewayId _id;
    private readonly long _epoch;
    private readonly RateWindow _rate = new();
    private readonly Dictionary<LeaseKey, Lease> _leases = [];
    private readonly Queue<(LeaseKey Key, long At)> _tokens = new(); // whole switch only, with _tokenKeys
    private readonly HashSet<LeaseKey> _tokenKeys = [];
    private readonly List<LeaseKey> _gone = [];
    private readonly HashSet<string> _nodes = new(StringComparer.Ordinal); // one string per node, not one per lease
    private HashSet<LeaseKey> _unknown = [];
    private HashSet<LeaseKey> _unknownBefore = [];
    private HashSet<LeaseKey>? _releasedWhileLearning = [];
    private int _round;

    /// <summary>No leases yet: a new owner still has to learn them.</summary>
    public GatewayLeases(GatewayId id, long epoch) => (_id, _epoch) = (id, epoch);

    /// <summary>Leases now.</summary>
    public int LinesInUse => _leases.Count;

    /// <summary>Grants since the owner started.</summary>
    public long TotalGranted { get; private set; }

    /// <summary>Refusals since the owner started.</summary>
    public long TotalRefused { get; private set; }

    /// <summary>Granted leases reclaimed because their call was gone without giving them back.</summary>
    public long Drift { get; private set; }

    /// <summary>Leases taken over from a node's list while running, though no owner's state had them.</summary>
    public long Adopted { get; private set; }

    /// <summary>Nodes whose calls hold lines, or held some.</summary>
    public IReadOnlyCollection<string> Nodes => _nodes;

    /// <summary>Whether <see cref="Learned"/> was called.</summary>
    public bool Ready => _releasedWhileLearning is null;

    private bool IsWholeSwitch => _id.Kind == GatewayKind.System;

    /// <summary>Grants in the last second.</summary>
    public int CallsInLastSecond(long ticks) => _rate.Count(ticks);

    /// <summary>
    /// Decides a request: <see cref="GatewayReplies.Granted"/> or <see cref="GatewayReplies.Refused"/>. The caller has dropped
    /// late ones.
    /// </summary>
    /// <param name="command">The request.</param>
    /// <param name="limits">In force now.</param>
    /// <param name="ticks">Monotonic ticks of 100 ns.</param>
    public object Decide(GatewayCommands.Acquire command, in GatewayLimits limits, long ticks)
    {
        var known = _leases.TryGetValue(command.Lease, out var lease);
        if ((known && !lease.Uncertain) || (IsWholeSwitch && Remembers(command.Lease, ticks))) return Grant(command);

        // An uncertain lease already counts as a line. Its call asks again, so an earlier owner's answer was lost, and it must
        // pass the limits as they stand; refused, it stays counted until its node's list is without it.
        var lines = known ? _leases.Count - 1 : _leases.Count;
        if (WhyNot(limits, lines, ticks) is { } rejection) return Refuse(command, rejection);
        if (IsWholeSwitch) Remember(command.Lease, ticks);
        else _leases[command.Lease] = new Lease(Intern(command.Node), _round, 0, Uncertain: false);
        TotalGranted++;
        return Grant(command);
    }

    /// <summary>Counts a refusal that was not made by <see cref="Decide"/>.</summary>
    public GatewayReplies.Refused Refuse(GatewayCommands.Acquire command, CallRejection rejection)
    {
        TotalRefused++;
        return new GatewayReplies.Refused(command.GatewayId, command.Lease, rejection, _leases.Count);
    }

    /// <summary>A call gave its line back; unknown leases are ignored.</summary>
    public void Release(LeaseKey lease)
    {
        _leases.Remove(lease);
        _releasedWhileLearning?.Add(lease);
    }

    /// <summary>
    /// A line that a node lists while learning counts as taken, unless it was given back since the list may have been made.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="key">The lease.</param>
    /// <param name="uncertain">True when it is not known whether an earlier owner had granted it.</param>
    public void Learn(string node, LeaseKey key, bool uncertain)
    {
        if (_releasedWhileLearning is { } released && released.Contains(key)) return;
        if (_leases.TryGetValue(key, out var lease) && !lease.Uncertain) return;
        _leases[key] = new Lease(Intern(node), _round, 0, uncertain);
    }

    /// <summary>Every node has answered: from here on limits are known to hold.</summary>
    public void Learned() => _releasedWhileLearning = null;

    /// <summary>Starts a round of lists; the nodes are asked after this.</summary>
    public void BeginRound()
    {
        _round++;
        (_unknown, _unknownBefore) = (_unknownBefore, _unknown);
        _unknown.Clear();
    }

    /// <summary>
    /// One node's list in the round that was begun last. A granted lease that is missing in two rounds on end is reclaimed and
    /// is drift; an uncertain one goes when it is missing once. A line that is listed as held in two rounds on end and is not
    /// known here is taken over; one that is only asked for is a request on its way.
    /// </summary>
    public void Reconcile(string node, IReadOnlyList<HeldLease> listed)
    {
        node = Intern(node);
        for (var i = 0; i < listed.Count; i++)
        {
            var (key, amount) = (listed[i].Key, listed[i].AmountMicros);
            if (_leases.TryGetValue(key, out var lease))
            {
                // The node may be another than before: it has adopted the call.
                var uncertain = lease.Uncertain && amount == LineLeases.AskingAmount;
                _leases[key] = new Lease(node, _round, 0, uncertain);
            }
            else if (amount != LineLeases.AskingAmount && !_unknownBefore.Contains(key))
            {
                _unknown.Add(key);
            }
            else if (amount != LineLeases.AskingAmount)
            {
                _leases[key] = new Lease(node, _round, 0, Uncertain: false);
                Adopted++;
            }
        }

        _gone.Clear();
        foreach (var (key, lease) in _leases)
            if (lease.Round < _round && lease.Node == node) _gone.Add(key);
        foreach (var key in _gone)
        {
            var lease = _leases[key];
            if (!lease.Uncertain && lease.Missed + 1 < RoundsUntilReclaimed)
            {
                _leases[key] = lease with { Round = _round, Missed = lease.Missed + 1 };
                continue;
            }

            _leases.Remove(key);
            if (!lease.Uncertain) Drift++;
        }
    }

    /// <summary>A node has left the cluster and its calls with it: their lines are free at once, which is no drift.</summary>
    /// <returns>How many were freed.</returns>
    public int NodeGone(string node)
    {
        _gone.Clear();
        foreach (var (key, lease) in _leases)
            if (lease.Node == node) _gone.Add(key);
        foreach (var key in _gone) _leases.Remove(key);
        _nodes.Remove(node);
        return _gone.Count;
    }

    private CallRejection? WhyNot(in GatewayLimits limits, int lines, long ticks)
    {
        if (!limits.Known)
        {
            return new CallRejection(
                _id.Kind == GatewayKind.Mapping ? EndReason.IllegalCall : EndReason.NoAvailableRouter,
                $"{Named} is not configured.");
        }

        if (limits.Locked)
        {
            return new CallRejection(
                _id.Kind == GatewayKind.Mapping ? EndReason.AccountLocked : EndReason.NoAvailableRouter,
                $"{Named} is locked.");
        }

        if (limits.LineLimit > 0 && lines >= limits.LineLimit)
        {
            return new CallRejection(
                _id.Kind == GatewayKind.Mapping ? EndReason.ConnectionLimitExceeded : EndReason.AllGatewayBusy,
                $"{Named} has {lines} of {limits.LineLimit} lines in use.");
        }

        if (_rate.TryTake(ticks, limits.RateLimit)) return null;
        return IsWholeSwitch
            ? new CallRejection(
                EndReason.SystemCpsLimit,
                $"The switch has taken {_rate.Count(ticks)} calls in the last second; SS_MAX_CPS is {limits.RateLimit}.")
            : new CallRejection(
                EndReason.GatewayRateLimit,
                $"{Named} has taken {_rate.Count(ticks)} calls in the last second; its rate limit is {limits.RateLimit}.");
    }

    private string Named => _id.Kind == GatewayKind.Mapping ? $"Mapping gateway {_id.Name}" : $"Routing gateway {_id.Name}";

    private string Intern(string node)
    {
        if (_nodes.TryGetValue(node, out var same)) return same;
        _nodes.Add(node);
        return node;
    }

    private GatewayReplies.Granted Grant(GatewayCommands.Acquire command) =>
        new(command.GatewayId, command.Lease, _epoch, _leases.Count, TotalGranted);

    private bool Remembers(LeaseKey key, long ticks)
    {
        while (_tokens.TryPeek(out var oldest) && ticks - oldest.At >= TokenMemory.Ticks) ForgetToken();
        return _tokenKeys.Contains(key);
    }

    private void Remember(LeaseKey key, long ticks)
    {
        if (_tokens.Count == MaxRememberedTokens) ForgetToken();
        _tokens.Enqueue((key, ticks));
        _tokenKeys.Add(key);
    }

    private void ForgetToken() => _tokenKeys.Remove(_tokens.Dequeue().Key);

    /// <summary>One line. <c>Round</c> is the last round that settled it; <c>Missed</c> counts rounds on end without it.</summary>
    private readonly record struct Lease(string Node, int Round, int Missed, bool Uncertain);
}
