namespace Tandem.Shared.Registrar;

/// <summary>A contact of an address of record (RFC 3261 §10): where a phone or dynamic gateway is reached until it expires.</summary>
/// <param name="Contact">The registered URI, as it came: the Request-URI of calls.</param>
/// <param name="Q">Preference in thousandths, 0 to 1000, when one was given; without it a contact counts as 1000.</param>
/// <param name="ExpiresAt">When it ends without a refresh.</param>
/// <param name="Path">Route of requests to it (RFC 3327), the values of Path in order; empty is none.</param>
/// <param name="Source">Where the REGISTER came from: <c>[transport:]IP:port[%listener]</c>.</param>
/// <param name="Node">Cluster address of the edge that has the flow to it.</param>
/// <param name="NodeId">The incarnation of that node (<see cref="Cluster.NodeIdentity"/>).</param>
/// <param name="SipCallId">Call-ID of the REGISTER that made or refreshed it.</param>
/// <param name="CSeq">CSeq number of that REGISTER.</param>
/// <param name="UserAgent">What the device calls itself; empty when it does not say.</param>
/// <param name="RegisteredAt">When it was made or last refreshed.</param>
public sealed record Binding(
    string Contact,
    int? Q,
    DateTimeOffset ExpiresAt,
    string Path,
    string Source,
    string Node,
    uint NodeId,
    string SipCallId,
    uint CSeq,
    string UserAgent,
    DateTimeOffset RegisteredAt)
{
    /// <summary>Preference of a contact that gives none.</summary>
    public const int DefaultQ = 1000;

    /// <summary>The preference that decides the order of trying.</summary>
    public int Preference => Q ?? DefaultQ;
}

/// <summary>A contact as one REGISTER names it.</summary>
/// <param name="Uri">A sip or sips URI.</param>
/// <param name="Q">Preference in thousandths; null when not given.</param>
/// <param name="Expires">The contact's own expires parameter in seconds; null when not given.</param>
public sealed record ContactOffer(string Uri, int? Q, int? Expires);

/// <summary>A way to one contact, as a call needs it.</summary>
/// <param name="Uri">The Request-URI.</param>
/// <param name="Path">Route header value; empty is none.</param>
/// <param name="Remote">Where to send: <c>[transport:]IP:port[%listener]</c> or a host that the edge resolves.</param>
/// <param name="Node">
/// Cluster address of the edge that must send it, since it has the flow (RFC 5626 §5.3); empty is any.
/// </param>
public sealed record ContactTarget(string Uri, string Path, string Remote, string Node);
