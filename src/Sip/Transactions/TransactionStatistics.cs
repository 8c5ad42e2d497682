using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;

namespace Tandem.Sip.Transactions;

/// <summary>
/// Counters of one <see cref="TransactionLayer"/>, since its start. Written by the layer's thread, to be read by any;
/// each number by itself is exact, numbers read together may be one message apart.
/// </summary>
public sealed class TransactionStatistics
{
    private const int MethodCount = (int)SipMethod.Publish + 1;
    private const int ClassCount = 7;
    private const int ReasonCount = (int)SipRejectReason.NotAcceptable + 1;

    private readonly long[] _requestsIn = new long[MethodCount];
    private readonly long[] _requestsOut = new long[MethodCount];
    private readonly long[] _responsesIn = new long[ClassCount];
    private readonly long[] _responsesOut = new long[ClassCount];
    private readonly long[] _rejected = new long[ReasonCount];

    /// <summary>Transactions of received requests that exist now.</summary>
    public int ActiveServerTransactions { get; internal set; }

    /// <summary>Transactions of sent requests that exist now, those of CANCELs not counted.</summary>
    public int ActiveClientTransactions { get; internal set; }

    /// <summary>Received requests that are repeats of one that has a transaction.</summary>
    public long RetransmissionsIn { get; internal set; }

    /// <summary>Requests and responses sent again because a timer was due.</summary>
    public long RetransmissionsOut { get; internal set; }

    /// <summary>Requests refused with 482 since they came by two ways (RFC 3261 §8.2.2.2).</summary>
    public long MergedRequests { get; internal set; }

    /// <summary>Requests refused with 503 since there were too many server transactions.</summary>
    public long ServerOverflows { get; internal set; }

    /// <summary>Requests not sent since there were too many client transactions.</summary>
    public long ClientOverflows { get; internal set; }

    /// <summary>Requests that <see cref="ITransactionUser.Admit"/> did not let in.</summary>
    public long NotAdmitted { get; internal set; }

    /// <summary>Requests and responses of the user that were longer than a datagram can be.</summary>
    public long TooLongToSend { get; internal set; }

    /// <summary>Sent requests that got no final response in time.</summary>
    public long Timeouts { get; internal set; }

    /// <summary>2xx whose ACK never came.</summary>
    public long AckTimeouts { get; internal set; }

    /// <summary>Non-2xx of INVITE whose ACK never came.</summary>
    public long MissingAcks { get; internal set; }

    /// <summary>Requests that the transaction user left without an answer.</summary>
    public long Unanswered { get; internal set; }

    /// <summary>Messages that could not be sent.</summary>
    public long TransportErrors { get; internal set; }

    /// <summary>
    /// Responses to another worker's requests, which are counted there once they are handed over. Many of them mean
    /// that requests leave by other workers than those whose sockets hear the peers.
    /// </summary>
    public long ForeignResponses { get; internal set; }

    /// <summary>Responses without a transaction.</summary>
    public long StrayResponses { get; internal set; }

    /// <summary>ACKs without a transaction.</summary>
    public long StrayAcks { get; internal set; }

    /// <summary>CANCELs without an INVITE (answered with 481).</summary>
    public long StrayCancels { get; internal set; }

    /// <summary>Received requests of a method, repeats included.</summary>
    /// <param name="method">The method; <see cref="SipMethod.Unknown"/> counts all others.</param>
    public long RequestsIn(SipMethod method) => Volatile.Read(ref _requestsIn[(int)method]);

    /// <summary>Sent requests of a method, repeats not included.</summary>
    /// <param name="method">The method.</param>
    public long RequestsOut(SipMethod method) => Volatile.Read(ref _requestsOut[(int)method]);

    /// <summary>Received responses of a class, repeats included.</summary>
    /// <param name="hundreds">1 to 6.</param>
    public long ResponsesIn(int hundreds) => Volatile.Read(ref _responsesIn[hundreds]);

    /// <summary>Sent responses of a class, repeats not included.</summary>
    /// <param name="hundreds">1 to 6.</param>
    public long ResponsesOut(int hundreds) => Volatile.Read(ref _responsesOut[hundreds]);

    /// <summary>Datagrams that were refused or dropped for a reason.</summary>
    /// <param name="reason">The reason.</param>
    public long Rejected(SipRejectReason reason) => Volatile.Read(ref _rejected[(int)reason]);

    internal void CountRequestIn(SipMethod method) => Increment(ref _requestsIn[(int)method]);

    internal void CountRequestOut(SipMethod method) => Increment(ref _requestsOut[(int)method]);

    internal void CountResponseIn(int status) => Increment(ref _responsesIn[status / 100]);

    internal void CountResponseOut(int status) => Increment(ref _responsesOut[status / 100]);

    internal void CountRejected(SipRejectReason reason) => Increment(ref _rejected[(int)reason]);

    // There is one writer, so a plain write of the next value is enough.
    private static void Increment(ref long counter) => Volatile.Write(ref counter, counter + 1);
}
