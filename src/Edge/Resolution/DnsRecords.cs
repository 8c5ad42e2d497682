using System.Collections.Immutable;
using System.Net;

namespace Tandem.Edge.Resolution;

/// <summary>What is asked of the DNS on the way to a SIP server (RFC 3263 §4).</summary>
public enum DnsRecordKind : byte
{
    /// <summary>Which transports a domain offers (RFC 3403).</summary>
    Naptr,

    /// <summary>Which hosts and ports serve one transport (RFC 2782).</summary>
    Srv,

    /// <summary>An IPv4 address.</summary>
    A,

    /// <summary>An IPv6 address (RFC 3596).</summary>
    Aaaa,
}

/// <summary>One record of an answer.</summary>
public abstract record DnsRecord;

/// <summary>A NAPTR record without its regular expression: SIP uses the replacement only (RFC 3263 §4.1).</summary>
public sealed record NaptrRecord(int Order, int Preference, string Flags, string Service, string Replacement) : DnsRecord;

/// <summary>An SRV record; a target of "." says that there is no such service.</summary>
public sealed record SrvRecord(int Priority, int Weight, int Port, string Target) : DnsRecord;

/// <summary>An A or AAAA record.</summary>
public sealed record AddressRecord(IPAddress Address) : DnsRecord;

/// <summary>How a question ended.</summary>
public enum DnsOutcome : byte
{
    /// <summary>There are records.</summary>
    Found,

    /// <summary>The name does not exist, or has no record of that kind: a fact with a time to live.</summary>
    NotThere,

    /// <summary>Nobody answered, or with a failure: nothing is known.</summary>
    Failed,
}

/// <summary>An answer.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Records">Of the kind that was asked for; empty unless found.</param>
/// <param name="TimeToLive">How long it may be kept, as the DNS says; meaningless when it failed.</param>
/// <param name="Detail">Why it failed, in words.</param>
public sealed record DnsAnswer(DnsOutcome Outcome, ImmutableArray<DnsRecord> Records, TimeSpan TimeToLive, string Detail = "")
{
    /// <summary>A failure.</summary>
    public static DnsAnswer Failed(string detail) => new(DnsOutcome.Failed, [], TimeSpan.Zero, detail);
}

/// <summary>One question to the DNS. Never throws for what the network or the servers do.</summary>
public interface IDnsQueries
{
    /// <summary>Asks; ends within a time of its own.</summary>
    Task<DnsAnswer> AskAsync(string name, DnsRecordKind kind);
}
