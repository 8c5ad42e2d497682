using Akka.Actor;

namespace Tandem.Edge;

/// <summary>
/// Requests that belong to no call (OPTIONS checks, REGISTER to a vendor): told to this node's edge actor, answered to
/// the sender. Never leaves the node.
/// </summary>
public static class OutOfCall
{
    /// <summary>
    /// Send a request in a client transaction of its own. Exactly one <see cref="Answered"/> or <see cref="Failed"/>
    /// comes back, unless the edge goes down first.
    /// </summary>
    /// <param name="Remote">Where to: <c>[transport:]IP:port</c>, or <c>[transport:]host[:port]</c> to be resolved.</param>
    /// <param name="Local">The local address that must be used, as in a SendRequest of a call; empty for any.</param>
    /// <param name="Request">The whole request without our Via; not INVITE, ACK or CANCEL.</param>
    /// <param name="Token">Comes back with the answer; means nothing here.</param>
    public sealed record Send(string Remote, string Local, ReadOnlyMemory<byte> Request, long Token)
        : INoSerializationVerificationNeeded
    {
        /// <summary>How long to wait for a final response, all targets of a host together; zero is 64·T1 for each.</summary>
        public TimeSpan Patience { get; init; }

        /// <summary>The routing gateway whose TLS settings count; empty is none.</summary>
        public string Gateway { get; init; } = "";
    }

    /// <summary>The final response. Provisional ones are not reported.</summary>
    /// <param name="Token">Of the request.</param>
    /// <param name="Source">The address that the request was sent to.</param>
    /// <param name="Response">The whole message.</param>
    public sealed record Answered(long Token, string Source, ReadOnlyMemory<byte> Response)
        : INoSerializationVerificationNeeded;

    /// <summary>There will be no answer.</summary>
    /// <param name="Token">Of the request.</param>
    /// <param name="Why">In words, without the address.</param>
    public sealed record Failed(long Token, string Why) : INoSerializationVerificationNeeded;
}
