using Tandem.Shared.Cluster;

namespace Tandem.Shared.Blacklist;

/// <summary>Which side of a call a number stands on.</summary>
public enum NumberRole : byte
{
    /// <summary>The calling number.</summary>
    Caller,

    /// <summary>The called number.</summary>
    Callee,
}

/// <summary>Which detector put a number on the list.</summary>
public enum BlacklistCause : byte
{
    /// <summary>Too many calls to one number in the window (SS_BLACK_LIST_MALICIOUS_CALL_*).</summary>
    MaliciousCallee,

    /// <summary>Too many calls from one number in the window (SS_BLACK_LIST_CALLER_MALICIOUS_CALL_*).</summary>
    MaliciousCaller,
}

/// <summary>A number on the dynamic black list.</summary>
/// <param name="Number">Full number.</param>
/// <param name="Role">Caller or callee.</param>
/// <param name="Scope">Null: everywhere (central mode). Otherwise only at this gateway (standalone mode).</param>
/// <param name="Cause">The detector.</param>
/// <param name="ListedAt">When it was put on the list.</param>
/// <param name="LastCallAt">Its last call, refused ones included; expiry counts from here.</param>
/// <param name="ExpiresAt">Free again from this moment on.</param>
/// <param name="CallsInWindow">Calls that the detector had counted.</param>
public sealed record BlacklistEntry(
    string Number,
    NumberRole Role,
    GatewayId? Scope,
    BlacklistCause Cause,
    DateTimeOffset ListedAt,
    DateTimeOffset LastCallAt,
    DateTimeOffset ExpiresAt,
    int CallsInWindow);

/// <summary>What an entry is found by inside one list: the number and the side of the call it stands on.</summary>
public readonly record struct BlacklistNumber(string Number, NumberRole Role);

/// <summary>This node's replica of the dynamic black list; read on the call's path, lock-free.</summary>
public interface IDynamicBlacklist
{
    /// <summary>
    /// The entry that refuses <paramref name="number"/> in <paramref name="role"/> at <paramref name="gateway"/> at
    /// <paramref name="now"/>: a central one, or one of that gateway's own list; null when there is none.
    /// </summary>
    BlacklistEntry? Find(string number, NumberRole role, GatewayId gateway, DateTimeOffset now);
}

/// <summary>
/// One call seen at one gateway, for the detectors: told to this node's <see cref="IBlacklistNode"/>, off the call's
/// path. Sent once per call for the mapping gateway and once per attempt for a routing gateway.
/// </summary>
/// <param name="GatewayId">Where it was seen.</param>
/// <param name="Caller">Caller number.</param>
/// <param name="Callee">Callee number.</param>
/// <param name="At">When.</param>
/// <param name="Refused">True when the black list refused it: extends the stay.</param>
public sealed record CallObserved(GatewayId GatewayId, string Caller, string Callee, DateTimeOffset At, bool Refused)
    : IWithGatewayId, IWireMessage;

/// <summary>What is asked of the black list (through <see cref="IBlacklistNode"/>).</summary>
public static class BlacklistCommands
{
    /// <summary>Take a number off. Answered with <see cref="BlacklistReplies.Removed"/>.</summary>
    public sealed record Remove(string Number, NumberRole Role, GatewayId? Scope, string By) : IWireMessage;

    /// <summary>
    /// The same for the list of one gateway (standalone mode), from a node to the owner of that list through
    /// <see cref="IBlacklistGatewayRegion"/>.
    /// </summary>
    public sealed record RemoveAtGateway(GatewayId GatewayId, string Number, NumberRole Role, string By)
        : IWithGatewayId, IWireMessage;
}

/// <summary>
/// What happened, between the nodes and the owner of a list: the cluster singleton (central mode, scope null) or the
/// actor of one gateway (standalone mode). Each list has one owner at a time and each owner one <c>Incarnation</c>,
/// drawn at its start; incarnations are compared for equality only. The version of a list grows by one with each
/// published change.
/// </summary>
public static class BlacklistEvents
{
    /// <summary>
    /// Calls that one node saw, in its order, for the central list (through <see cref="IBlacklistCentral"/>). Not
    /// answered; a lost batch is only calls that were not counted.
    /// </summary>
    public sealed record CallsObserved(IReadOnlyList<CallObserved> Calls) : IWireMessage;

    /// <summary>The same for the list of one gateway (through <see cref="IBlacklistGatewayRegion"/>).</summary>
    public sealed record GatewayCallsObserved(GatewayId GatewayId, IReadOnlyList<CallObserved> Calls)
        : IWithGatewayId, IWireMessage;

    /// <summary>
    /// A change of a list, told to every node's <see cref="IBlacklistNode"/>. With both lists empty it is a sign of
    /// life that names the present version. A node that misses the version before asks for the full list.
    /// </summary>
    /// <param name="Scope">Null: the central list.</param>
    /// <param name="Incarnation">Of the owner.</param>
    /// <param name="Version">After the change.</param>
    /// <param name="Listed">Entries that are new or whose times have changed.</param>
    /// <param name="Removed">Entries that are gone.</param>
    public sealed record Changed(
        GatewayId? Scope,
        long Incarnation,
        long Version,
        IReadOnlyList<BlacklistEntry> Listed,
        IReadOnlyList<BlacklistNumber> Removed) : IWireMessage;
}

/// <summary>Questions to the black list (through <see cref="IBlacklistNode"/>).</summary>
public static class BlacklistQueries
{
    /// <summary>Entries whose number starts with <paramref name="NumberPrefix"/>, by number, paged.</summary>
    public sealed record List(string NumberPrefix, int Skip, int Take) : IWireMessage;

    /// <summary>
    /// A node asks the owner of the central list for all of it (through <see cref="IBlacklistCentral"/>). Answered with
    /// all parts of a <see cref="BlacklistReplies.FullList"/>, or not at all while the owner has not loaded its list
    /// yet.
    /// </summary>
    public sealed record GetFullList : IWireMessage;

    /// <summary>The same for the list of one gateway (through <see cref="IBlacklistGatewayRegion"/>).</summary>
    public sealed record GetGatewayFullList(GatewayId GatewayId) : IWithGatewayId, IWireMessage;
}

/// <summary>What the black list answers.</summary>
public static class BlacklistReplies
{
    /// <summary>One page and the number of entries in all.</summary>
    public sealed record Entries(IReadOnlyList<BlacklistEntry> Items, int Total) : IWireMessage;

    /// <summary>Taken off, or <paramref name="Found"/> is false when it was not on the list.</summary>
    public sealed record Removed(string Number, bool Found) : IWireMessage;

    /// <summary>A part of a whole list; replaces what the node has of it once the last part is there.</summary>
    /// <param name="Scope">Null: the central list.</param>
    /// <param name="Incarnation">Of the owner.</param>
    /// <param name="Version">Of the list; the next change has the next version.</param>
    /// <param name="Part">From 0.</param>
    /// <param name="Parts">Parts in all, at least 1; they are told in order.</param>
    /// <param name="Items">Entries of this part.</param>
    public sealed record FullList(
        GatewayId? Scope,
        long Incarnation,
        long Version,
        int Part,
        int Parts,
        IReadOnlyList<BlacklistEntry> Items) : IWireMessage;
}
