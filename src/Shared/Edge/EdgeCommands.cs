using Tandem.Shared.Cluster;

namespace Tandem.Shared.Edge;

/// <summary>A server transaction on one edge: which worker loop has it, and its number there.</summary>
public readonly record struct EdgeTransactionId(int Worker, long Number);

/// <summary>What a call asks of an edge node. The edge owns sockets and transactions, never the call.</summary>
public static class EdgeCommands
{
    /// <summary>
    /// Answer a request. The edge composes Via, From, To, Call-ID and CSeq from the request that it keeps.
    /// </summary>
    /// <param name="CallId">The call, for logs.</param>
    /// <param name="Transaction">The server transaction; when it has ended the answer is dropped and counted.</param>
    /// <param name="Status">100–699.</param>
    /// <param name="Phrase">Reason phrase.</param>
    /// <param name="ToTag">Our tag, added when the request had none; empty for 100.</param>
    /// <param name="Headers">Complete further header lines, each ending in CRLF, without Content-Length.</param>
    /// <param name="Body">The body; its Content-Type is in <paramref name="Headers"/>.</param>
    public sealed record Respond(
        CallId CallId,
        EdgeTransactionId Transaction,
        int Status,
        string Phrase,
        string ToTag,
        ReadOnlyMemory<byte> Headers,
        ReadOnlyMemory<byte> Body) : IWithCallId, IWireMessage;

    /// <summary>Send a request in a new client transaction.</summary>
    /// <param name="CallId">The call that gets the responses.</param>
    /// <param name="RequestKey">The call's own number for this request; comes back with each response.</param>
    /// <param name="Remote">
    /// Where to: <c>[transport:]IP:port[%listener]</c>, or a host name in place of the address, which the edge resolves.
    /// </param>
    /// <param name="Request">The whole request without our Via, which the edge adds after the request line.</param>
    /// <param name="Local">Local socket that it must leave from: <c>IP</c>, <c>IP:port</c> or <c>:port</c>; empty is any.</param>
    /// <param name="Gateway">The routing gateway whose TLS settings count; empty is none.</param>
    public sealed record SendRequest(
        CallId CallId,
        int RequestKey,
        string Remote,
        ReadOnlyMemory<byte> Request,
        string Local = "",
        string Gateway = "")
        : IWithCallId, IWireMessage;

    /// <summary>Send the ACK of a 2xx (no transaction, RFC 3261 §13.2.2.4).</summary>
    public sealed record SendAck(
        CallId CallId, string Remote, ReadOnlyMemory<byte> Request, string Local = "", string Gateway = "")
        : IWithCallId, IWireMessage;

    /// <summary>
    /// An ACK of a 2xx that this edge sent has come in elsewhere, at another node or another worker: no more repeats of it.
    /// </summary>
    public sealed record PassAck(CallId CallId, EdgeTransactionId Transaction, string Source, ReadOnlyMemory<byte> Request)
        : IWithCallId, IWireMessage;

    /// <summary>
    /// CANCEL an INVITE that this call sent (RFC 3261 §9.1), with further header lines such as Reason, each ending in CRLF;
    /// nothing happens after its final response.
    /// </summary>
    public sealed record CancelRequest(CallId CallId, int RequestKey, ReadOnlyMemory<byte> Headers = default)
        : IWithCallId, IWireMessage;

    /// <summary>
    /// Give up a silent INVITE: no more retransmissions, a late provisional response is answered with CANCEL, a late 2xx is
    /// still reported.
    /// </summary>
    public sealed record AbandonRequest(CallId CallId, int RequestKey) : IWithCallId, IWireMessage;
}
