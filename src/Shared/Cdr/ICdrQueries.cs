using Tandem.Shared.Calls;

namespace Tandem.Shared.Cdr;

/// <summary>Which call records; what is null does not matter, and all that is set must hold.</summary>
public sealed record CdrFilter
{
    /// <summary>No filter: every record.</summary>
    public static CdrFilter All { get; } = new();

    /// <summary>Start of the billed caller number.</summary>
    public string? CallerPrefix { get; init; }

    /// <summary>Start of the billed callee number.</summary>
    public string? CalleePrefix { get; init; }

    /// <summary>The customer's trunk.</summary>
    public string? MappingGateway { get; init; }

    /// <summary>The vendor's trunk of the last attempt.</summary>
    public string? RoutingGateway { get; init; }

    /// <summary>The paying account.</summary>
    public string? Account { get; init; }

    /// <summary>Why the call ended.</summary>
    public EndReason? EndReason { get; init; }

    /// <summary>Started at or after this moment.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Started before this moment.</summary>
    public DateTimeOffset? To { get; init; }
}

/// <summary>A place between two records in the order of a list; the next page starts behind it.</summary>
public readonly record struct CdrCursor(DateTimeOffset StartedAt, CallId CallId);

/// <summary>One page of records.</summary>
/// <param name="Records">Newest first; without attempts and trace (<see cref="ICdrQueries.GetAsync"/> has them).</param>
/// <param name="Next">Where the next page starts; null when this was the last one.</param>
public sealed record CdrPage(IReadOnlyList<CallRecord> Records, CdrCursor? Next);

/// <summary>
/// Reads stored call records; off the call's path. Methods throw the database's exception when it is away
/// (<see cref="Storage.Database.IsTransient"/> tells).
/// </summary>
public interface ICdrQueries
{
    /// <summary>Most records of one page; more are cut down to it.</summary>
    const int MaxPage = 1_000;

    /// <summary>
    /// A page of records, newest first by (started at, call id). <paramref name="after"/> is the
    /// <see cref="CdrPage.Next"/> of the page before, null the first page; <paramref name="limit"/> is 1 to
    /// <see cref="MaxPage"/>.
    /// </summary>
    Task<CdrPage> ListAsync(CdrFilter filter, CdrCursor? after, int limit, CancellationToken cancel = default);

    /// <summary>One record with its attempts and its trace; null when there is none.</summary>
    Task<CallRecord?> GetAsync(CallId callId, CancellationToken cancel = default);

    /// <summary>
    /// The records as lines of CSV (RFC 4180, without line ends), a header line first, newest first. Reads page by page, so
    /// any number of records takes the memory of one page.
    /// </summary>
    IAsyncEnumerable<string> CsvAsync(CdrFilter filter, CancellationToken cancel = default);
}
