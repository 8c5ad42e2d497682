using Tandem.Shared.Cluster;

namespace Tandem.Shared.Gateways;

/// <summary>What a node asks of the one that knows the health of all gateways.</summary>
public static class GatewayHealthCommands
{
    /// <summary>A vendor has asked for a pause. Idempotent; repeated until it comes back in the state of the gateway.</summary>
    /// <param name="Gateway">Its name.</param>
    /// <param name="Since">When it asked.</param>
    /// <param name="Until">When the pause ends.</param>
    /// <param name="Cause">Why, in words.</param>
    public sealed record Suspend(string Gateway, DateTimeOffset Since, DateTimeOffset Until, string Cause) : IWireMessage;
}

/// <summary>What every node is told.</summary>
public static class GatewayHealthEvents
{
    /// <summary>States that have changed; an empty list is a sign of life.</summary>
    /// <param name="Incarnation">Another one with each new owner.</param>
    /// <param name="Version">Grows by one with each change; of a sign of life: the present one.</param>
    /// <param name="Gateways">Their states now; one of which nothing is known is to be forgotten.</param>
    public sealed record Changed(long Incarnation, long Version, IReadOnlyList<GatewayHealth> Gateways) : IWireMessage;
}

/// <summary>Questions about health.</summary>
public static class GatewayHealthQueries
{
    /// <summary>A node that has missed something asks for all states.</summary>
    public sealed record GetAll : IWireMessage;

    /// <summary>A new owner asks a node what it knows.</summary>
    public sealed record WhatIsKnown : IWireMessage;
}

/// <summary>Answers about health.</summary>
public static class GatewayHealthReplies
{
    /// <summary>All states, in parts of one version.</summary>
    /// <param name="Incarnation">Of the owner.</param>
    /// <param name="Version">The version that they are of.</param>
    /// <param name="Part">From 0.</param>
    /// <param name="Parts">How many there are.</param>
    /// <param name="Gateways">The states of this part.</param>
    public sealed record All(long Incarnation, long Version, int Part, int Parts, IReadOnlyList<GatewayHealth> Gateways)
        : IWireMessage;

    /// <summary>What one node knows; may come in several messages.</summary>
    /// <param name="Gateways">States.</param>
    public sealed record Known(IReadOnlyList<GatewayHealth> Gateways) : IWireMessage;
}
