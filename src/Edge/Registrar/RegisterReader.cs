using System.Globalization;
using System.Text;
using Tandem.Shared;
using Tandem.Shared.Configuration;
using Tandem.Shared.Registrar;
using Tandem.Sip.Messages;

namespace Tandem.Edge.Registrar;

/// <summary>From a REGISTER of an authenticated device to what the registrar is asked, or a refusal: pure.</summary>
public static class RegisterReader
{
    /// <summary>Contacts that are read of one request.</summary>
    public const int MaxContacts = 32;

    /// <summary>Bytes of one contact's URI, of Path and of User-Agent that are kept.</summary>
    public const int MaxText = 512;

    private static readonly RegisterRefusal OtherUser = new(403, "Not Your Address of Record");

    /// <summary>
    /// Reads it. The address of record in To must be the device's own: a phone's number or one of its DIDs (RFC 3261 §10.3,
    /// step 4); a gateway may write there what it likes, it only ever registers itself.
    /// </summary>
    public static (RegistrarCommands.Register? Command, RegisterRefusal? Refusal) Read(
        SipMessage request, GatewayId registrant, string source, ConfigurationSnapshot configuration)
    {
        if (PhoneGateways.IsPhone(registrant.Name)
            && (!TryGetUser(request, out var user)
                || configuration.FindPhone(user) is not { } phone || PhoneGateways.NameOf(phone) != registrant.Name))
            return (null, OtherUser);
        var contacts = new List<ContactOffer>(1);
        var all = false;
        foreach (var value in request.Values(SipHeaderName.Contact))
        {
            if (!NameAddress.TryParse(value, out var address)) return (null, RegisterRefusal.BadContact);
            if (address.IsWildcard)
            {
                all = true;
                continue;
            }

            if (contacts.Count >= MaxContacts) return (null, RegisterRefusal.TooManyContacts);
            if (address.Uri.Length > MaxText) return (null, RegisterRefusal.BadContact);
            contacts.Add(new ContactOffer(
                Encoding.UTF8.GetString(address.Uri),
                address.Parameters.TryGet("q"u8, out var q) ? Thousandths(q) : null,
                address.Parameters.TryGet("expires"u8, out var expires) ? Seconds(expires) : null));
        }

        if (PathOf(request) is not { } path) return (null, RegisterRefusal.BadContact);
        return (
            new RegistrarCommands.Register(
                registrant,
                0,
                Encoding.UTF8.GetString(request.CallId),
                request.CSeqNumber,
                contacts,
                all,
                request.TryGetHeader(SipHeaderName.Expires, out var header) ? Seconds(header) : null,
                path,
                source,
                "",
                0,
                request.TryGetHeader(SipHeaderName.UserAgent, out var agent)
                    ? Encoding.UTF8.GetString(agent[..Math.Min(agent.Length, MaxText)])
                    : ""),
            null);
    }

    private static bool TryGetUser(SipMessage request, out string user)
    {
        user = "";
        if (!request.TryGetTo(out var to) || !to.TryGetUri(out var uri) || uri.User.Length is 0 or > 128) return false;
        Span<byte> plain = stackalloc byte[128];
        user = Encoding.UTF8.GetString(plain[..SipEscaping.Unescape(uri.User, plain)]);
        return true;
    }

    // Null when it is too long to keep.
    private static string? PathOf(SipMessage request)
    {
        if (!request.HasHeader(SipHeaderName.Path)) return "";
        var path = new StringBuilder();
        foreach (var value in request.Values(SipHeaderName.Path))
        {
            if (path.Length + value.Length > MaxText) return null;
            path.Append(path.Length == 0 ? "" : ", ").Append(Encoding.UTF8.GetString(value));
        }

        return path.ToString();
    }

    // A malformed number is as good as none (RFC 3261 §10.2.1.1); one that is too large is clamped.
    private static int? Seconds(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : int.MaxValue;
    }

    private static int? Thousandths(ReadOnlySpan<byte> text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var q) && q is >= 0 and <= 1
            ? (int)(q * 1000)
            : null;
}
