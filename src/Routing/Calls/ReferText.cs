using System.Buffers.Text;
using System.Text;
using Tandem.Sip.Messages;
using Tandem.Sip.Writing;

namespace Tandem.Routing.Calls;

/// <summary>REFER and its NOTIFY on the way to the other side (RFC 3515).</summary>
internal static class ReferText
{
    /// <summary>
    /// Refer-To: as it came, but where its host is the sender's own, ours stands in its place, since the sides do not see each
    /// other. Refer-Sub goes along, Referred-By does not.
    /// </summary>
    public static void Write(SipWriter writer, SipMessage refer, Leg from, Leg to)
    {
        refer.TryGetHeader(SipHeaderName.ReferTo, out var value);
        if (refer.TryGetHeader("Refer-Sub"u8, out var subscription)) writer.Header("Refer-Sub"u8, subscription);
        if (!NameAddress.TryParse(value, out var address) || !address.TryGetUri(out var uri) || !uri.IsSip || !IsOf(uri.Host, from))
        {
            writer.Header(SipHeaderName.ReferTo, value);
            return;
        }

        writer.BeginHeader(SipHeaderName.ReferTo);
        writer.Append("<sip:"u8);
        writer.Append(uri.User);
        if (uri.HasUser) writer.Append("@"u8);
        writer.Append(to.ContactUri.AsSpan(to.ContactUri.AsSpan().IndexOf((byte)'@') + 1));
        writer.Append(">"u8);
        writer.EndHeader();
    }

    /// <summary>
    /// Event and Subscription-State; the id of a refer event is the CSeq number of its REFER (RFC 3515 §2.4.6), which is another
    /// one on the other leg.
    /// </summary>
    public static void WriteEvent(SipWriter writer, SipMessage notify, (uint Ours, uint Theirs) refer)
    {
        if (notify.TryGetHeader(SipHeaderName.Event, out var value))
        {
            var at = value.IndexOf(";id="u8);
            if (at >= 0 && Utf8Parser.TryParse(value[(at + 4)..], out uint id, out var used) && id == refer.Ours && id != 0)
            {
                writer.BeginHeader(SipHeaderName.Event);
                writer.Append(value[..(at + 4)]);
                writer.Append(refer.Theirs);
                writer.Append(value[(at + 4 + used)..]);
                writer.EndHeader();
            }
            else
            {
                writer.Header(SipHeaderName.Event, value);
            }
        }

        writer.Copy(notify, SipHeaderName.SubscriptionState);
    }

    private static bool IsOf(ReadOnlySpan<byte> host, Leg leg)
    {
        if (leg.Dialog is { } dialog && SipUri.TryParse(dialog.RemoteTarget.Span, out var target) && target.Host.SequenceEqual(host))
            return true;
        return leg.Remote.Contains(Encoding.ASCII.GetString(host), StringComparison.OrdinalIgnoreCase);
    }
}
