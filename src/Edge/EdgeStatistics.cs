using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Tandem.Shared.Edge;

namespace Tandem.Edge;

/// <summary>Why an edge refused a request before a call was made of it.</summary>
public enum EdgeRefusal : byte
{
    /// <summary>The source is no mapping gateway's.</summary>
    IllegalCall,

    /// <summary>SS_MAX_CPS is used up on this node alone.</summary>
    SystemCps,

    /// <summary>Too many calls in set-up.</summary>
    Overload,

    /// <summary>Too many calls in set-up of one mapping gateway, while others still have room.</summary>
    GatewayOverload,

    /// <summary>The node is going down, or not in service yet.</summary>
    Shutdown,

    /// <summary>A request for a dialog that is none of ours.</summary>
    NoDialog,

    /// <summary>Refused by the checks of RFC 3261 §8.2.</summary>
    Screening,

    /// <summary>Our own Via is under the caller's: a proxy sent our INVITE back to us (RFC 3261 §16.3, step 4).</summary>
    Loop,

    /// <summary>Asked for credentials: a stranger's first request, or an old nonce. No failure.</summary>
    Challenged,

    /// <summary>Credentials with a wrong response.</summary>
    WrongCredentials,

    /// <summary>Credentials of a user that does not exist.</summary>
    UnknownUser,

    /// <summary>The source or the user is suspended for its failures.</summary>
    Suspended,

    /// <summary>User-Agent is a scanner's.</summary>
    Scanner,

    /// <summary>More packets in a second than SS_SIP_SOURCE_PACKET_LIMIT or SS_SIP_UNKNOWN_SOURCE_PACKET_LIMIT.</summary>
    PacketLimit,

    /// <summary>More INVITEs in a second than SS_SIP_SOURCE_INVITE_LIMIT.</summary>
    InviteLimit,
}

/// <summary>Counters of a node's edge, by cause; also published by the meter <c>Tandem.Edge</c>.</summary>
public sealed class EdgeStatistics : ISipStatistics
{
    private static readonly Meter Meter = new("Tandem.Edge");

    private static readonly Counter<long> RefusedCounter =
        Meter.CreateCounter<long>("tandem_edge_refused_total", description: "Requests refused by the edge, by cause.");

    private readonly long[] _refused = new long[Enum.GetValues<EdgeRefusal>().Length];
    private readonly ConcurrentDictionary<EdgeRefusal, KeyValuePair<string, object?>> _tags = new();
    private long _calls;
    private long _late;

    /// <summary>Calls handed to call actors.</summary>
    public long Calls => Volatile.Read(ref _calls);

    /// <summary>Answers of calls that came after their transaction had ended.</summary>
    public long LateAnswers => Volatile.Read(ref _late);

    /// <inheritdoc />
    IReadOnlyDictionary<string, long> ISipStatistics.Refused =>
        Enum.GetValues<EdgeRefusal>().ToDictionary(cause => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(cause.ToString()), Refused);

    /// <summary>Requests refused for one cause.</summary>
    public long Refused(EdgeRefusal cause) => Volatile.Read(ref _refused[(int)cause]);

    internal void CountCall() => Interlocked.Increment(ref _calls);

    internal void CountLateAnswer() => Interlocked.Increment(ref _late);

    internal void Count(EdgeRefusal cause)
    {
        Interlocked.Increment(ref _refused[(int)cause]);
        RefusedCounter.Add(1, _tags.GetOrAdd(cause, static c => new("cause", c.ToString())));
    }
}
