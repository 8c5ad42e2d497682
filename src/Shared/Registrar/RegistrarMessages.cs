using Tandem.Shared.Cluster;

namespace Tandem.Shared.Registrar;

/// <summary>
/// What the registrar of one address of record is asked. The address of record is the gateway: <c>r:phone:1001</c> is the
/// phone 1001, <c>r:NAME</c> a dynamic routing gateway, <c>m:NAME</c> a dynamic mapping gateway.
/// </summary>
public static class RegistrarCommands
{
    /// <summary>A REGISTER of an authenticated device.</summary>
    /// <param name="GatewayId">Whose it is, by its credentials.</param>
    /// <param name="Token">Comes back with the reply.</param>
    /// <param name="SipCallId">Its Call-ID.</param>
    /// <param name="CSeq">Its CSeq number.</param>
    /// <param name="Contacts">Its contacts; none is a query (RFC 3261 §10.2.3).</param>
    /// <param name="RemoveAll">Its Contact is <c>*</c>.</param>
    /// <param name="Expires">Its Expires header in seconds; null when not given or malformed (§10.2.1.1).</param>
    /// <param name="Path">Its Path values in order; empty is none.</param>
    /// <param name="Source">Where it came from.</param>
    /// <param name="Node">The edge node that it came to.</param>
    /// <param name="NodeId">The incarnation of that node.</param>
    /// <param name="UserAgent">Its User-Agent; empty when not given.</param>
    public sealed record Register(
        GatewayId GatewayId,
        long Token,
        string SipCallId,
        uint CSeq,
        IReadOnlyList<ContactOffer> Contacts,
        bool RemoveAll,
        int? Expires,
        string Path,
        string Source,
        string Node,
        uint NodeId,
        string UserAgent) : IWithGatewayId, IWireMessage;

    /// <summary>An operator removes a contact, or all when <paramref name="Contact"/> is empty.</summary>
    public sealed record Remove(GatewayId GatewayId, string Contact) : IWithGatewayId, IWireMessage;

    /// <summary>A call asks where a phone or gateway is; answered with <see cref="RegistrarReplies.Located"/>.</summary>
    public sealed record Locate(GatewayId GatewayId, CallId CallId) : IWithGatewayId, IWithCallId, IWireMessage;
}

/// <summary>What the registrar answers.</summary>
public static class RegistrarReplies
{
    /// <summary>The REGISTER is taken and stored.</summary>
    /// <param name="GatewayId">The address of record.</param>
    /// <param name="Token">Of the REGISTER.</param>
    /// <param name="Bindings">All contacts that it has now.</param>
    public sealed record Registered(GatewayId GatewayId, long Token, IReadOnlyList<Binding> Bindings)
        : IWithGatewayId, IWireMessage;

    /// <summary>The REGISTER is refused and nothing has changed.</summary>
    /// <param name="GatewayId">The address of record.</param>
    /// <param name="Token">Of the REGISTER.</param>
    /// <param name="Status">The SIP status.</param>
    /// <param name="Phrase">Its reason phrase.</param>
    /// <param name="MinExpires">For 423: Min-Expires in seconds; else 0.</param>
    public sealed record Refused(GatewayId GatewayId, long Token, int Status, string Phrase, int MinExpires)
        : IWithGatewayId, IWireMessage;

    /// <summary>So many contacts were removed.</summary>
    public sealed record Removed(GatewayId GatewayId, int Count) : IWithGatewayId, IWireMessage;

    /// <summary>The contacts could not be removed: the database is away.</summary>
    public sealed record NotRemoved(GatewayId GatewayId) : IWithGatewayId, IWireMessage;

    /// <summary>Where it is: by preference, empty when it is not registered.</summary>
    public sealed record Located(GatewayId GatewayId, CallId CallId, IReadOnlyList<ContactTarget> Targets)
        : IWithGatewayId, IWithCallId, IWireMessage;
}
