using System.Globalization;
using System.Text;
using Tandem.Shared;
using Tandem.Shared.Configuration;
using Tandem.Shared.Edge;
using Tandem.Sip.Dialogs;

namespace Tandem.Routing.Calls;

/// <summary>One side of the call: the caller's, or an attempt at a vendor.</summary>
internal sealed class Leg(LegId id, CallId call)
{
    /// <summary>Which leg.</summary>
    public LegId Id { get; } = id;

    /// <summary>Our tag on it: the call and the leg, so that any edge finds the call from a later request.</summary>
    public string LocalTag { get; } = call.ToString() + id;

    /// <summary>Our Contact URI on it; empty before <see cref="Place"/>.</summary>
    public byte[] ContactUri { get; private set; } = [];

    /// <summary>
    /// <c>[transport:]IP:port[%listener]</c> of the peer: where its last request came from, or where the INVITE went.
    /// </summary>
    public string Remote { get; set; } = "";

    /// <summary>Says who the peer is, and what it is told of us.</summary>
    /// <param name="remote">The first <see cref="Remote"/>.</param>
    /// <param name="listeners">Ours, one of which the peer sees.</param>
    /// <param name="local">What the peer's gateway pins.</param>
    public Leg Place(string remote, ListenerTable listeners, string local = "")
    {
        (Remote, ContactUri) = (remote, Encoding.ASCII.GetBytes($"sip:{LocalTag}@{listeners.Contact(remote, local)}"));
        return this;
    }

    /// <summary>Null until the first 101–299 on this leg.</summary>
    public Dialog? Dialog { get; set; }

    /// <summary>Key of the last INVITE sent on this leg, 0 when none was.</summary>
    public int InviteKey { get; set; }

    /// <summary>The last ACK sent and the CSeq number that it is for: repeated when the 2xx is.</summary>
    public (uint CSeq, ReadOnlyMemory<byte> Bytes)? LastAck { get; set; }

    /// <summary>The INVITE of this leg that was last answered with 2xx, for whoever gets its ACK.</summary>
    public ServerRequest? AnsweredInvite { get; set; }

    /// <summary>Key of the BYE sent on this leg; 0 when none is under way.</summary>
    public int ByeKey { get; set; }
}

/// <summary>An attempt at one vendor: its leg, and what it has seen.</summary>
internal sealed class Attempt(byte number, RoutingGatewayConfiguration gateway, Leg leg, DateTimeOffset startedAt)
{
    public byte Number { get; } = number;

    public RoutingGatewayConfiguration Gateway { get; } = gateway;

    public Leg Leg { get; } = leg;

    public DateTimeOffset StartedAt { get; } = startedAt;

    public DateTimeOffset? RangAt { get; set; }

    public DateTimeOffset? AnsweredAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    public bool AnyResponse { get; set; }

    public bool ProgressSeen { get; set; }

    public bool SdpSeen { get; set; }

    /// <summary>The vendor's final status; 0 when there is none.</summary>
    public int SipStatus { get; set; }

    public Tandem.Shared.Calls.EndReason Reason { get; set; }

    public string SipReason { get; set; } = "";

    public string SipCallId { get; init; } = "";

    public string Caller { get; init; } = "";

    public string Callee { get; init; } = "";

    /// <summary>The gateway's line is the attempt's until its leg is settled at the vendor.</summary>
    public bool HoldsLine { get; set; }

    /// <summary>The INVITE still waits for its final response after CANCEL or abandonment.</summary>
    public bool AwaitsFinal { get; set; }

    public string Remote => Leg.Remote;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"attempt {Number} at {Gateway.Name}");
}
