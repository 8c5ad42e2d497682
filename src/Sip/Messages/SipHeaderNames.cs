using System.Text;

namespace Tandem.Sip.Messages;

/// <summary>The one table between <see cref="SipHeaderName"/> and its spellings on the wire.</summary>
public static class SipHeaderNames
{
    private const int BucketBits = 9;
    private const int BucketCount = 1 << BucketBits;

    // Row = the enum's number. Long form, then the compact form or NUL.
    private static readonly (SipHeaderName Name, string Text, char Compact)[] Table =
    [
        (SipHeaderName.Unknown, "", '\0'),
        (SipHeaderName.Accept, "Accept", '\0'),
        (SipHeaderName.AcceptContact, "Accept-Contact", 'a'),
        (SipHeaderName.AcceptEncoding, "Accept-Encoding", '\0'),
        (SipHeaderName.AcceptLanguage, "Accept-Language", '\0'),
        (SipHeaderName.AlertInfo, "Alert-Info", '\0'),
        (SipHeaderName.Allow, "Allow", '\0'),
        (SipHeaderName.AllowEvents, "Allow-Events", 'u'),
        (SipHeaderName.AuthenticationInfo, "Authentication-Info", '\0'),
        (SipHeaderName.Authorization, "Authorization", '\0'),
        (SipHeaderName.CallId, "Call-ID", 'i'),
        (SipHeaderName.CallInfo, "Call-Info", '\0'),
        (SipHeaderName.Contact, "Contact", 'm'),
        (SipHeaderName.ContentDisposition, "Content-Disposition", '\0'),
        (SipHeaderName.ContentEncoding, "Content-Encoding", 'e'),
        (SipHeaderName.ContentLanguage, "Content-Language", '\0'),
        (SipHeaderName.ContentLength, "Content-Length", 'l'),
        (SipHeaderName.ContentType, "Content-Type", 'c'),
        (SipHeaderName.CSeq, "CSeq", '\0'),
        (SipHeaderName.Date, "Date", '\0'),
        (SipHeaderName.Diversion, "Diversion", '\0'),
        (SipHeaderName.ErrorInfo, "Error-Info", '\0'),
        (SipHeaderName.Event, "Event", 'o'),
        (SipHeaderName.Expires, "Expires", '\0'),
        (SipHeaderName.From, "From", 'f'),
        (SipHeaderName.Geolocation, "Geolocation", '\0'),
        (SipHeaderName.HistoryInfo, "History-Info", '\0'),
        (SipHeaderName.Identity, "Identity", 'y'),
        (SipHeaderName.IdentityInfo, "Identity-Info", 'n'),
        (SipHeaderName.InReplyTo, "In-Reply-To", '\0'),
        (SipHeaderName.Join, "Join", '\0'),
        (SipHeaderName.MaxBreadth, "Max-Breadth", '\0'),
        (SipHeaderName.MaxForwards, "Max-Forwards", '\0'),
        (SipHeaderName.MimeVersion, "MIME-Version", '\0'),
        (SipHeaderName.MinExpires, "Min-Expires", '\0'),
        (SipHeaderName.MinSe, "Min-SE", '\0'),
        (SipHeaderName.Organization, "Organization", '\0'),
        (SipHeaderName.PAccessNetworkInfo, "P-Access-Network-Info", '\0'),
        (SipHeaderName.PAssertedIdentity, "P-Asserted-Identity", '\0'),
        (SipHeaderName.PCalledPartyId, "P-Called-Party-ID", '\0'),
        (SipHeaderName.PChargingVector, "P-Charging-Vector", '\0'),
        (SipHeaderName.PEarlyMedia, "P-Early-Media", '\0'),
        (SipHeaderName.PPreferredIdentity, "P-Preferred-Identity", '\0'),
        (SipHeaderName.Path, "Path", '\0'),
        (SipHeaderName.Priority, "Priority", '\0'),
        (SipHeaderName.Privacy, "Privacy", '\0'),
        (SipHeaderName.ProxyAuthenticate, "Proxy-Authenticate", '\0'),
        (SipHeaderName.ProxyAuthorization, "Proxy-Authorization", '\0'),
        (SipHeaderName.ProxyRequire, "Proxy-Require", '\0'),
        (SipHeaderName.RAck, "RAck", '\0'),
        (SipHeaderName.Reason, "Reason", '\0'),
        (SipHeaderName.RecordRoute, "Record-Route", '\0'),
        (SipHeaderName.RecvInfo, "Recv-Info", '\0'),
        (SipHeaderName.InfoPackage, "Info-Package", '\0'),
        (SipHeaderName.ReferTo, "Refer-To", 'r'),
        (SipHeaderName.ReferredBy, "Referred-By", 'b'),
        (SipHeaderName.RejectContact, "Reject-Contact", 'j'),
        (SipHeaderName.RemotePartyId, "Remote-Party-ID", '\0'),
        (SipHeaderName.Replaces, "Replaces", '\0'),
        (SipHeaderName.ReplyTo, "Reply-To", '\0'),
        (SipHeaderName.RequestDisposition, "Request-Disposition", 'd'),
        (SipHeaderName.Require, "Require", '\0'),
        (SipHeaderName.ResourcePriority, "Resource-Priority", '\0'),
        (SipHeaderName.RetryAfter, "Retry-After", '\0'),
        (SipHeaderName.Route, "Route", '\0'),
        (SipHeaderName.RSeq, "RSeq", '\0'),
        (SipHeaderName.Server, "Server", '\0'),
        (SipHeaderName.ServiceRoute, "Service-Route", '\0'),
        (SipHeaderName.SessionExpires, "Session-Expires", 'x'),
        (SipHeaderName.SessionId, "Session-ID", '\0'),
        (SipHeaderName.SipETag, "SIP-ETag", '\0'),
        (SipHeaderName.SipIfMatch, "SIP-If-Match", '\0'),
        (SipHeaderName.Subject, "Subject", 's'),
        (SipHeaderName.SubscriptionState, "Subscription-State", '\0'),
        (SipHeaderName.Supported, "Supported", 'k'),
        (SipHeaderName.Timestamp, "Timestamp", '\0'),
        (SipHeaderName.To, "To", 't'),
        (SipHeaderName.Unsupported, "Unsupported", '\0'),
        (SipHeaderName.UserAgent, "User-Agent", '\0'),
        (SipHeaderName.UserToUser, "User-to-User", '\0'),
        (SipHeaderName.Via, "Via", 'v'),
        (SipHeaderName.Warning, "Warning", '\0'),
        (SipHeaderName.WwwAuthenticate, "WWW-Authenticate", '\0'),
    ];

    private static readonly byte[][] Spelling = Array.ConvertAll(Table, row => Encoding.ASCII.GetBytes(row.Text));
    private static readonly byte[][] Opening = Array.ConvertAll(Table, row => Encoding.ASCII.GetBytes(row.Text + ": "));
    private static readonly SipHeaderName[] Compact = BuildCompact();
    private static readonly byte[] Head = new byte[BucketCount];
    private static readonly byte[] Next = BuildBuckets();

    /// <summary>One more than the highest number of a <see cref="SipHeaderName"/>.</summary>
    public static int Count => Table.Length;

    /// <summary>The long form as written on the wire; empty for <see cref="SipHeaderName.Unknown"/>.</summary>
    public static ReadOnlySpan<byte> Spell(this SipHeaderName name) => Spelling[(int)name];

    /// <summary>The long form with the colon and space that begin a field.</summary>
    internal static ReadOnlySpan<byte> SpellOpening(SipHeaderName name) => Opening[(int)name];

    /// <summary>
    /// The name of a header field given in long or compact form, compared without case; without allocating.
    /// <see cref="SipHeaderName.Unknown"/> when the list has none.
    /// </summary>
    public static SipHeaderName Find(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2)
            return text.Length == 0 || text[0] >= 128 ? SipHeaderName.Unknown : Compact[text[0]];
        // Nearly all are written as in the table, and to compare with case costs less.
        for (int id = Head[Bucket(text)]; id != 0; id = Next[id])
            if (text.SequenceEqual(Spelling[id]) || Ascii.EqualsIgnoreCase(text, Spelling[id])) return (SipHeaderName)id;
        return SipHeaderName.Unknown;
    }

    /// <summary>
    /// Whether the value is a comma-separated list that may be spread over several fields of the same name
    /// (RFC 3261 §7.3.1). False for unknown names: their grammar is not known, so their commas mean nothing.
    /// </summary>
    public static bool IsList(this SipHeaderName name) => name switch
    {
        SipHeaderName.Accept or SipHeaderName.AcceptContact or SipHeaderName.AcceptEncoding
            or SipHeaderName.AcceptLanguage or SipHeaderName.AlertInfo or SipHeaderName.Allow
            or SipHeaderName.AllowEvents or SipHeaderName.CallInfo or SipHeaderName.Contact
            or SipHeaderName.ContentEncoding or SipHeaderName.ContentLanguage or SipHeaderName.Diversion
            or SipHeaderName.ErrorInfo or SipHeaderName.HistoryInfo or SipHeaderName.InReplyTo
            or SipHeaderName.PAssertedIdentity or SipHeaderName.PPreferredIdentity or SipHeaderName.Path
            or SipHeaderName.ProxyRequire or SipHeaderName.Reason or SipHeaderName.RecordRoute
            or SipHeaderName.RecvInfo or SipHeaderName.RejectContact or SipHeaderName.RemotePartyId
            or SipHeaderName.Require or SipHeaderName.ResourcePriority or SipHeaderName.Route
            or SipHeaderName.ServiceRoute or SipHeaderName.Supported or SipHeaderName.Unsupported
            or SipHeaderName.Via or SipHeaderName.Warning => true,
        _ => false,
    };

    // Length, first, middle and last letter tell nearly all names apart; the rest share a short chain.
    private static int Bucket(ReadOnlySpan<byte> text)
    {
        uint key = (uint)((text[0] | 0x20) | (text[^1] | 0x20) << 8 | (text[text.Length >> 1] | 0x20) << 16)
            + ((uint)text.Length << 24);
        return (int)(key * 2654435769u >> (32 - BucketBits));
    }

    private static SipHeaderName[] BuildCompact()
    {
        var compact = new SipHeaderName[128];
        foreach (var row in Table)
        {
            if (row.Compact == '\0') continue;
            compact[row.Compact] = row.Name;
            compact[char.ToUpperInvariant(row.Compact)] = row.Name;
        }
        return compact;
    }

    private static byte[] BuildBuckets()
    {
        var next = new byte[Table.Length];
        for (var id = 1; id < Table.Length; id++)
        {
            if ((int)Table[id].Name != id) throw new InvalidOperationException($"Row {id} is not {Table[id].Name}.");
            var bucket = Bucket(Spelling[id]);
            (next[id], Head[bucket]) = (Head[bucket], (byte)id);
        }
        return next;
    }
}
