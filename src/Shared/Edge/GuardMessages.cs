using System.Collections.Immutable;
using Akka.Actor;
using Tandem.Shared.Cluster;

namespace Tandem.Shared.Edge;

/// <summary>Digest failures of one key since the last message.</summary>
/// <param name="Key">An address, an IPv6 network, or <c>user:NAME</c>.</param>
/// <param name="Count">How many; above 0.</param>
public sealed record GuardFailures(string Key, int Count);

/// <summary>A suspension that is in force.</summary>
/// <param name="Key">An address, an IPv6 network, or <c>user:NAME</c>.</param>
/// <param name="Remaining">How long it still lasts: clocks of nodes may differ.</param>
public sealed record GuardSuspension(string Key, TimeSpan Remaining);

/// <summary>What the authentication guards of the nodes tell each other.</summary>
public static class GuardEvents
{
    /// <summary>What has changed at one node since its last message; or a part of what is in force, to a newcomer.</summary>
    /// <param name="Failures">Failures that the node itself has seen.</param>
    /// <param name="Suspended">New suspensions.</param>
    /// <param name="Lifted">Keys that an operator has set free.</param>
    public sealed record Changed(
        ImmutableArray<GuardFailures> Failures, ImmutableArray<GuardSuspension> Suspended, ImmutableArray<string> Lifted)
        : IWireMessage;
}

/// <summary>Questions to the authentication guard of a node.</summary>
public static class GuardQueries
{
    /// <summary>A newcomer asks for all suspensions: <see cref="GuardEvents.Changed"/> in parts.</summary>
    public sealed record GetSuspensions : IWireMessage;

    /// <summary>One page for an operator of this node; answered by <see cref="GuardReplies.Entries"/>.</summary>
    /// <param name="Skip">Entries left out at the start.</param>
    /// <param name="Take">Entries wanted.</param>
    public sealed record List(int Skip, int Take) : INoSerializationVerificationNeeded;
}

/// <summary>Commands of operators to the authentication guard of their node.</summary>
public static class GuardCommands
{
    /// <summary>Sets a key free, on all nodes; answered by <see cref="GuardReplies.Lifted"/>.</summary>
    public sealed record Lift(string Key, string By) : INoSerializationVerificationNeeded;
}

/// <summary>Answers of a node's authentication guard.</summary>
public static class GuardReplies
{
    /// <summary>A suspended source or user.</summary>
    /// <param name="Key">An address, an IPv6 network, or <c>user:NAME</c>.</param>
    /// <param name="Until">When it is free again.</param>
    public sealed record Entry(string Key, DateTimeOffset Until);

    /// <summary>A page, by key.</summary>
    public sealed record Entries(ImmutableArray<Entry> Items, int Total) : INoSerializationVerificationNeeded;

    /// <summary>Whether the key was suspended.</summary>
    public sealed record Lifted(bool Found) : INoSerializationVerificationNeeded;
}
