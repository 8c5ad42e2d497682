using Tandem.Sip.Parsing;
using Tandem.Sip.Timers;

namespace Tandem.Sip.Transactions;

/// <summary>What a <see cref="TransactionLayer"/> has to know.</summary>
public sealed record TransactionLayerOptions
{
    /// <summary>
    /// Default of both caps: at 1,000 calls a second a worker that serves half of them holds about 32,000 transactions
    /// for timers J, L and M.
    /// </summary>
    public const int DefaultMaxTransactions = 200_000;

    /// <summary>Default of <see cref="RetryAfterSeconds"/>.</summary>
    public const int DefaultRetryAfterSeconds = 5;

    /// <summary>Highest <see cref="WorkerIndex"/>: it has two hexadecimal digits in the branch.</summary>
    public const int MaxWorkerIndex = 255;

    /// <summary>
    /// The sent-by of our Via, <c>host</c> or <c>host:port</c> (IPv6 in brackets), of requests that leave by a listener
    /// that <see cref="SentByOfListeners"/> does not name.
    /// </summary>
    public required string SentBy { get; init; }

    /// <summary>The sent-by of each local listener, by <see cref="Transport.SipEndPoint.Local"/>.</summary>
    public IReadOnlyList<string> SentByOfListeners { get; init; } = [];

    /// <summary>Which of the workers that share the port this is, 0 to <see cref="MaxWorkerIndex"/>.</summary>
    public int WorkerIndex { get; init; }

    /// <summary>The timer values.</summary>
    public SipTimers Timers { get; init; } = SipTimers.Default;

    /// <summary>What the parser accepts.</summary>
    public SipLimits Limits { get; init; } = SipLimits.Default;

    /// <summary>
    /// Answers each INVITE with 100 at once (RFC 3261 §17.2.1 asks for it unless a response comes in 200 ms).
    /// </summary>
    public bool SendTrying { get; init; } = true;

    /// <summary>Most server transactions; a request above it gets 503.</summary>
    public int MaxServerTransactions { get; init; } = DefaultMaxTransactions;

    /// <summary>Most client transactions; above it nothing is sent.</summary>
    public int MaxClientTransactions { get; init; } = DefaultMaxTransactions;

    /// <summary>Retry-After, in seconds, of the 503 that the layer sends without a transaction.</summary>
    public int RetryAfterSeconds { get; init; } = DefaultRetryAfterSeconds;
}
