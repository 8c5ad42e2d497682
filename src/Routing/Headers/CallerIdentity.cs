using System.Collections.Immutable;
using System.Text;
using Tandem.Routing.Calls;
using Tandem.Shared.Configuration;
using Tandem.Sip.Messages;

namespace Tandem.Routing.Headers;

/// <summary>Who calls whom, as the caller's INVITE says it and its mapping gateway's settings read it: immutable, pure.</summary>
/// <param name="Caller">The caller's number; empty when there is none.</param>
/// <param name="Callee">The callee's number; empty when there is none.</param>
/// <param name="Display">The display name of From, unescaped; empty when there is none.</param>
/// <param name="Privacy">What the caller asks for; nothing when the gateway's Privacy is not heeded.</param>
/// <param name="HidesNumber">The number must not be shown: Privacy says so, or From is anonymous.</param>
/// <param name="Redirections">Who forwarded the call, the latest first; empty when forwarding is not recognised.</param>
public sealed record CallerIdentity(
    string Caller,
    string Callee,
    byte[] Display,
    PrivacyLevels Privacy,
    bool HidesNumber,
    ImmutableArray<Redirection> Redirections)
{
    /// <summary>Before the INVITE is read.</summary>
    public static CallerIdentity Nobody { get; } = new("", "", [], PrivacyLevels.Unsaid, false, []);

    private const int MaxDisplay = 128;

    /// <summary>Number of whoever forwarded the call last; empty when nobody did.</summary>
    public string ForwardingNumber => Redirections.IsEmpty ? "" : Redirections[0].Number;

    /// <summary>Reads an INVITE.</summary>
    public static CallerIdentity Read(SipMessage invite, MappingGatewayConfiguration gateway)
    {
        var hasFrom = invite.TryGetFrom(out var from);
        var display = hasFrom ? DisplayOf(from) : [];
        var anonymous = hasFrom && IsAnonymous(from.Uri);
        var privacy = gateway.SipPrivacySupport && invite.HasHeader(SipHeaderName.Privacy)
            ? PrivacyRequest.Read(invite)
            : PrivacyLevels.Unsaid;
        var hides = gateway.SipPrivacySupport && (privacy & PrivacyLevels.None) == 0
            && (anonymous || PrivacyRequest.HidesNumber(privacy));
        return new CallerIdentity(
            CallerOf(invite, gateway.SipCallerE164Domain, display, anonymous),
            CalleeOf(invite, gateway.SipCalleeE164Domain),
            display,
            privacy,
            hides,
            gateway.SipForwardSignal ? Redirection.Read(invite) : []);
    }

    // The header of choice, else From; an anonymous From gives way to whatever identity there is.
    private static string CallerOf(SipMessage invite, CallerDomain domain, byte[] display, bool anonymous)
    {
        var chosen = domain switch
        {
            CallerDomain.Display => NumberIn(display),
            CallerDomain.RemotePartyId => NumberOf(invite, SipHeaderName.RemotePartyId),
            CallerDomain.PAssertedIdentity => NumberOf(invite, SipHeaderName.PAssertedIdentity),
            CallerDomain.PPreferredIdentity => NumberOf(invite, SipHeaderName.PPreferredIdentity),
            _ => "",
        };
        if (chosen.Length > 0) return chosen;
        var number = invite.TryGetFrom(out var from) ? SipText.Number(from.Uri) : "";
        if (number.Length > 0 && !anonymous) return number;
        foreach (var name in (ReadOnlySpan<SipHeaderName>)
            [SipHeaderName.PAssertedIdentity, SipHeaderName.PPreferredIdentity, SipHeaderName.RemotePartyId])
            if (NumberOf(invite, name) is { Length: > 0 } identity) return identity;
        return number;
    }

    private static string CalleeOf(SipMessage invite, CalleeDomain domain)
    {
        var chosen = domain switch
        {
            CalleeDomain.To => invite.TryGetTo(out var to) ? SipText.Number(to.Uri) : "",
            CalleeDomain.Diversion => NumberOf(invite, SipHeaderName.Diversion),
            _ => "",
        };
        return chosen.Length > 0 ? chosen : SipText.Number(invite.RequestUri);
    }

    private static string NumberOf(SipMessage invite, SipHeaderName name)
    {
        foreach (var value in invite.Values(name))
            if (NameAddress.TryParse(value, out var address) && SipText.Number(address.Uri) is { Length: > 0 } number) return number;
        return "";
    }

    // "+49 30 12345" as a display name is a number; "Ann" is not.
    private static string NumberIn(byte[] display)
    {
        Span<char> digits = stackalloc char[MaxDisplay];
        var count = 0;
        foreach (var b in display)
        {
            if (b is (byte)' ' or (byte)'-' or (byte)'(' or (byte)')' or (byte)'.') continue;
            if (!char.IsAsciiDigit((char)b) && b is not ((byte)'*' or (byte)'#') && !(b == '+' && count == 0)) return "";
            digits[count++] = (char)b;
        }

        return new string(digits[..count]);
    }

    internal static byte[] DisplayOf(NameAddress address)
    {
        if (address.DisplayName.IsEmpty || address.DisplayName.Length > MaxDisplay) return [];
        Span<byte> plain = stackalloc byte[MaxDisplay];
        var length = address.IsQuoted ? SipEscaping.Unquote(address.DisplayName, plain) : address.DisplayName.Length;
        if (!address.IsQuoted) address.DisplayName.CopyTo(plain);
        foreach (ref var b in plain[..length])
            if (b is < (byte)' ' or 127) b = (byte)' ';
        return plain[..length].ToArray();
    }

    private static bool IsAnonymous(ReadOnlySpan<byte> uriText) => SipUri.TryParse(uriText, out var uri)
        && (Ascii.EqualsIgnoreCase(uri.User, "anonymous"u8) || Ascii.EqualsIgnoreCase(uri.Host, "anonymous.invalid"u8));
}
