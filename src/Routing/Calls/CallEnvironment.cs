using Tandem.Routing.Selection;
using Tandem.Shared.Blacklist;
using Tandem.Shared.Configuration;
using Tandem.Shared.Edge;
using Tandem.Shared.Gateways;

namespace Tandem.Routing.Calls;

/// <summary>Named times and bounds of a call that are not VOS3000 parameters.</summary>
public static class CallLimits
{
    /// <summary>One try of asking a gateway or account actor; then once more.</summary>
    public static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Tries of one ask. A message can be lost when a shard moves (design §5); the second answer then is
    /// <see cref="Tandem.Shared.Calls.EndReason.SystemUnavailable"/>.
    /// </summary>
    public const int AskTries = 2;

    /// <summary>Attempts in one call: also bounds the record.</summary>
    public const int MaxAttempts = 30;

    /// <summary>In-dialog requests of one call that may be under way at once.</summary>
    public const int MaxRelays = 8;

    /// <summary>Early dialogs of one INVITE that are kept apart; provisional responses of more branches are not heard.</summary>
    public const int MaxBranches = 8;

    /// <summary>64·T1: nobody waits longer for the other side of a request (RFC 3261 timer B, F).</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromSeconds(33);

    /// <summary>Before held money ends, more is asked for this long ahead (or half of a shorter slice).</summary>
    public static readonly TimeSpan ExtendAhead = TimeSpan.FromSeconds(10);

    /// <summary>An extension that has no answer is asked again after this.</summary>
    public static readonly TimeSpan ExtendRetry = TimeSpan.FromSeconds(1);

    /// <summary>First repeat of a charge or record without answer; doubles up to <see cref="MaxRetry"/>.</summary>
    public static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(2);

    /// <summary>Longest pause between repeats.</summary>
    public static readonly TimeSpan MaxRetry = TimeSpan.FromSeconds(30);
}

/// <summary>What all calls of a node share.</summary>
/// <param name="Configuration">The version in force.</param>
/// <param name="Blacklist">The node's replica.</param>
/// <param name="Load">The node's view of gateway load.</param>
/// <param name="Node">The node's address, for leases and records.</param>
/// <param name="Listeners">Which host:port the switch puts into Contact and From, by peer.</param>
public sealed record CallEnvironment(
    IConfigurationSource Configuration,
    IDynamicBlacklist Blacklist,
    GatewayLoad Load,
    string Node,
    ListenerTable Listeners)
{
    /// <summary>The node's view of the gateways' health.</summary>
    public IGatewayHealth Health { get; init; } = NoGatewayHealth.Instance;

    /// <summary>This node's view of our registrations with other platforms.</summary>
    public Tandem.Shared.Registrar.IRegistrationStates Registrations { get; init; } = Tandem.Shared.Registrar.NoRegistrationStates.Instance;
}
