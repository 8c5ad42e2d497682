using System.Runtime.CompilerServices;
using System.Text;
using Tandem.Shared.Configuration;
using Tandem.Sip.Messages;
using Tandem.Sip.Writing;

namespace Tandem.Routing.Headers;

/// <summary>
/// The headers beyond the usual ones in the INVITE to a routing gateway: configured ones, and those of the caller that pass
/// (VOS3000 "custom INVITE header fields", "allow all / specified extra headers"). Immutable, made once per configuration
/// version and gateway.
/// </summary>
public sealed class GatewayHeaders
{
    /// <summary>Bytes of the caller's headers that pass; what is over it is left out.</summary>
    public const int MaxExtraBytes = 8_192;

    // What settings of their own decide, and what describes the caller's equipment or way: never passed as "extra".
    private static readonly SipHeaderName[] Passed =
    [
        SipHeaderName.Subject, SipHeaderName.Organization, SipHeaderName.Priority, SipHeaderName.ResourcePriority,
        SipHeaderName.UserToUser, SipHeaderName.SessionId, SipHeaderName.Geolocation, SipHeaderName.Identity,
    ];

    private static readonly SipHeaderName[] Governed =
    [
        SipHeaderName.PAssertedIdentity, SipHeaderName.PPreferredIdentity, SipHeaderName.RemotePartyId, SipHeaderName.Privacy,
        SipHeaderName.Diversion, SipHeaderName.HistoryInfo, SipHeaderName.Reason, SipHeaderName.PEarlyMedia,
        SipHeaderName.InfoPackage, SipHeaderName.AlertInfo, SipHeaderName.RetryAfter, SipHeaderName.Replaces, SipHeaderName.Join,
        SipHeaderName.ContentLanguage, SipHeaderName.MimeVersion,
    ];

    // Unknown to the parser, and of one hop or telling of a network (RFC 3327, 3329, 3455, 6086, 7315).
    private static readonly byte[][] NeverPassed =
    [
        .. new[]
        {
            "P-Associated-URI", "P-Charging-Function-Addresses", "P-Visited-Network-ID", "P-User-Database", "P-Served-User",
            "P-Profile-Key", "P-Preferred-Service", "P-Asserted-Service", "P-Private-Network-Indication", "P-Refused-URI-List",
            "P-DCS-LAES", "P-DCS-Redirect", "P-DCS-Billing-Info", "P-DCS-OSPS", "P-DCS-Trace-Party-ID", "P-Media-Authorization",
            "Security-Client", "Security-Server", "Security-Verify", "Flow-Timer", "Feature-Caps", "Target-Dialog",
            "Trigger-Consent", "Refer-Sub", "Proxy-Authentication-Info", "Encryption", "Hide", "Response-Key", "Cellular-Network-Info",
            "P-Access-Network-Info", "X-Forwarded-For", "X-Real-IP", "X-Source-IP",
        }.Select(Encoding.ASCII.GetBytes),
    ];

    private static readonly bool[] PassesWithAll = Table(Passed);
    private static readonly bool[] IsGoverned = Table(Governed);
    private static readonly ConditionalWeakTable<RoutingGatewayConfiguration, GatewayHeaders> Cache = [];

    private readonly byte[] _custom;
    private readonly byte[][] _customNames;
    private readonly byte[][] _listed;
    private readonly ExtraHeaders _mode;

    private GatewayHeaders(RoutingGatewayConfiguration gateway)
    {
        _mode = gateway.SipExtraHeaders;
        _listed = [.. gateway.SipExtraHeaderNames.Select(Encoding.ASCII.GetBytes)];
        using var writer = new SipWriter();
        var names = new List<byte[]>();
        foreach (var line in gateway.SipInviteHeaders)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var name = line[..colon].Trim();
            names.Add(Encoding.ASCII.GetBytes(name));
            writer.Header(names[^1], Encoding.UTF8.GetBytes(line[(colon + 1)..].Trim()));
        }

        (_custom, _customNames) = (writer.ToArray(), [.. names]);
    }

    /// <summary>Writes them; nothing is done for a gateway without such settings.</summary>
    public static void Write(SipWriter writer, SipMessage invite, RoutingGatewayConfiguration gateway)
    {
        if (gateway.SipInviteHeaders.IsEmpty && gateway.SipExtraHeaders == ExtraHeaders.None) return;
        Cache.GetValue(gateway, static g => new GatewayHeaders(g)).Write(writer, invite);
    }

    private void Write(SipWriter writer, SipMessage invite)
    {
        writer.Raw(_custom);
        if (_mode == ExtraHeaders.None) return;
        var room = MaxExtraBytes;
        foreach (var header in invite.Headers)
        {
            if (!Passes(header) || header.Raw.Length > room) continue;
            room -= header.Raw.Length;
            writer.Copy(header);
        }
    }

    private bool Passes(SipHeaderView header)
    {
        if (IsIn(_customNames, header.NameText)) return false;
        if (IsGoverned[(int)header.Name]) return false;
        if (_mode == ExtraHeaders.Listed)
            return header.Name == SipHeaderName.Unknown ? IsIn(_listed, header.NameText) : IsIn(_listed, header.Name.Spell());
        return header.Name == SipHeaderName.Unknown ? !IsIn(NeverPassed, header.NameText) : PassesWithAll[(int)header.Name];
    }

    private static bool IsIn(byte[][] names, ReadOnlySpan<byte> name)
    {
        foreach (var one in names)
            if (Ascii.EqualsIgnoreCase(one, name)) return true;
        return false;
    }

    private static bool[] Table(SipHeaderName[] names)
    {
        var table = new bool[SipHeaderNames.Count];
        foreach (var name in names) table[(int)name] = true;
        return table;
    }
}
