using System.Collections.Immutable;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;

namespace Tandem.Edge.Resolution;

/// <summary>
/// One request to a host: from the question to the DNS over each of its addresses to the final response. Belongs to
/// <see cref="TargetRequests"/>, on its worker's thread.
/// </summary>
/// <param name="context">Whose request it is: what its transaction would have as context without a host.</param>
/// <param name="remote">The host, as <see cref="SipTarget.TryParse"/> reads it.</param>
/// <param name="local">The local address that must be used; empty for any.</param>
/// <param name="gateway">The routing gateway whose TLS settings count; empty is none.</param>
/// <param name="request">The whole request without our Via.</param>
/// <param name="patience">How long silence lasts before its owner gives up; zero: only the transaction's own time-out.</param>
internal sealed class TargetWalk(
    object context,
    string remote,
    string local,
    string gateway,
    ReadOnlyMemory<byte> request,
    TimeSpan patience)
{
    public object Context { get; } = context;

    public string Remote { get; } = remote;

    public string Local { get; } = local;

    public string Gateway { get; } = gateway;

    public ReadOnlyMemory<byte> Request { get; } = request;

    public TimeSpan Patience { get; } = patience;

    /// <summary>When its patience began.</summary>
    public long StartedAt { get; set; }

    public ImmutableArray<SipEndPoint> Targets { get; set; } = [];

    /// <summary>How many of them were tried.</summary>
    public int Tried { get; set; }

    public bool HasMore => Tried < Targets.Length;

    /// <summary>Of the address that is being tried; null while the host is resolved.</summary>
    public ClientTransaction? Current { get; set; }

    /// <summary>The present address has said something: it is there, and will not be left for its silence.</summary>
    public bool Responded { get; set; }

    /// <summary>Its owner has cancelled it or given it up: no further address is tried.</summary>
    public bool Stopped { get; set; }

    /// <summary>Its owner has had the final response or the failure.</summary>
    public bool IsOver { get; set; }

    /// <summary>Ends the wait for a silent address while there are others.</summary>
    public ITimer? Share { get; set; }
}

/// <summary>Queued when a host is resolved.</summary>
internal sealed record TargetResolved(TargetWalk Walk, SipResolution Resolution);

/// <summary>Queued when an address had its share of the patience.</summary>
internal sealed record TargetShareOver(TargetWalk Walk, ClientTransaction Transaction);
