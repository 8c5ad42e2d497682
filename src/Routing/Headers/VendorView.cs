using System.Text;
using Tandem.Routing.Calls;
using Tandem.Shared.Configuration;
using Tandem.Sip.Messages;
using Tandem.Sip.Writing;

namespace Tandem.Routing.Headers;

/// <summary>
/// How a routing gateway sees the caller: From, identities, privacy, forwardings, extra headers of its INVITE (vos3000.md §2.2).
/// Pure; hosts of the caller's side never pass (topology hiding).
/// </summary>
/// <param name="Gateway">Whose settings decide.</param>
/// <param name="Identity">Who calls.</param>
/// <param name="Invite">The caller's INVITE, for what passes through.</param>
/// <param name="Caller">Number sent.</param>
/// <param name="Callee">Number called there.</param>
/// <param name="Host">Host of ours in URIs: <c>host[:port]</c>.</param>
public readonly record struct VendorView(
    RoutingGatewayConfiguration Gateway,
    CallerIdentity Identity,
    SipMessage Invite,
    string Caller,
    string Callee,
    string Host)
{
    /// <summary>P-Asserted-Identity has one sip and one tel URI at most (RFC 3325 §9.1).</summary>
    public const int MaxIdentities = 2;

    /// <summary>The number is not shown in From: the caller, or the gateway's setting, asks for it.</summary>
    public bool HidesNumber => Gateway.SipPrivacy switch
    {
        PrivacyMode.NoneValue => false,
        PrivacyMode.Id => true,
        _ => Identity.HidesNumber,
    };

    // A number that is to be hidden goes only where "Privacy: id" says so beside it (RFC 3325 §7).
    private bool ShowsIdentities => !HidesNumber || Gateway.SipPrivacy == PrivacyMode.Id
        || Gateway.SipPrivacy == PrivacyMode.Passthrough && (Identity.Privacy & PrivacyLevels.Id) != 0;

    /// <summary>From with our tag.</summary>
    public void WriteFrom(SipWriter writer, string tag)
    {
        var tagBytes = Encoding.ASCII.GetBytes(tag);
        if (HidesNumber)
        {
            writer.Address(
                SipHeaderName.From, Gateway.SipDisplay ? "Anonymous"u8 : default, "sip:anonymous@anonymous.invalid"u8, tagBytes);
            return;
        }

        writer.Address(SipHeaderName.From, Display, NumberUri.Of(Caller, Host, Gateway.SipUserPhone), tagBytes);
    }

    /// <summary>All other headers that the gateway's settings decide.</summary>
    public void WriteHeaders(SipWriter writer)
    {
        if (ShowsIdentities)
        {
            WriteIdentity(writer, SipHeaderName.PAssertedIdentity, Gateway.SipPAssertedIdentity);
            WriteIdentity(writer, SipHeaderName.PPreferredIdentity, Gateway.SipPPreferredIdentity);
            if (Gateway.SipRemotePartyId && Caller.Length > 0) WriteRemoteParty(writer);
        }

        WritePrivacy(writer);
        if (!Identity.Redirections.IsEmpty)
        {
            if (Gateway.SipForwardSignal is ForwardSignal.Diversion or ForwardSignal.Both)
                Redirection.WriteDiversion(writer, Identity.Redirections, Host, Gateway.SipUserPhone);
            if (Gateway.SipForwardSignal is ForwardSignal.HistoryInfo or ForwardSignal.Both)
                Redirection.WriteHistory(writer, Identity.Redirections, Callee, Host, Gateway.SipUserPhone);
        }

        GatewayHeaders.Write(writer, Invite, Gateway);
    }

    private ReadOnlySpan<byte> Display => Gateway.SipDisplay ? Identity.Display : default;

    private void WriteIdentity(SipWriter writer, SipHeaderName name, IdentityMode mode)
    {
        if (mode == IdentityMode.Caller && Caller.Length > 0)
        {
            writer.Address(name, Display, NumberUri.Of(Caller, Host, Gateway.SipUserPhone), default);
        }
        else if (mode == IdentityMode.Passthrough)
        {
            var written = 0;
            foreach (var value in Invite.Values(name))
            {
                if (written == MaxIdentities) break;
                if (!NameAddress.TryParse(value, out var address) || !SipUri.TryParse(address.Uri, out var uri)) continue;
                if (SipText.Number(address.Uri) is not { Length: > 0 } number) continue;
                var display = Gateway.SipDisplay ? CallerIdentity.DisplayOf(address) : [];
                writer.Address(
                    name,
                    display,
                    uri.Scheme == SipUriScheme.Tel ? address.Uri : NumberUri.Of(number, Host, Gateway.SipUserPhone),
                    default);
                written++;
            }
        }
    }

    private void WriteRemoteParty(SipWriter writer)
    {
        writer.BeginHeader(SipHeaderName.RemotePartyId);
        if (!Display.IsEmpty)
        {
            writer.AppendQuoted(Display);
            writer.Append(" "u8);
        }

        writer.Append("<"u8);
        writer.Append(NumberUri.Of(Caller, Host, Gateway.SipUserPhone));
        writer.Append(">;party=calling;screen=yes;privacy="u8);
        writer.Append(HidesNumber ? "full"u8 : "off"u8);
        writer.EndHeader();
    }

    private void WritePrivacy(SipWriter writer)
    {
        switch (Gateway.SipPrivacy)
        {
            case PrivacyMode.Id:
                writer.Header(SipHeaderName.Privacy, "id"u8);
                break;
            case PrivacyMode.NoneValue:
                writer.Header(SipHeaderName.Privacy, "none"u8);
                break;
            case PrivacyMode.Passthrough when Identity.Privacy != PrivacyLevels.Unsaid:
                writer.Copy(Invite, SipHeaderName.Privacy);
                break;
        }
    }
}
