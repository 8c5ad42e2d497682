using System.Globalization;
using Tandem.Shared.Calls;
using Tandem.Sip.Messages;

namespace Tandem.Routing.Headers;

/// <summary>The Reason header (RFC 3326) that one side gets when the other side, or the switch, ends the call: pure.</summary>
public static class ReleaseReason
{
    // The one SIP cause that means something in a CANCEL (RFC 3326 §3.1): phones then show no missed call.
    private const string CompletedElsewhere = "SIP;cause=200;text=\"Call completed elsewhere\"";

    /// <summary>
    /// The cause: the other side's Q.850 when it gave one, else that of its SIP status (RFC 3398), else that of the end
    /// reason.
    /// </summary>
    public static int Cause(EndReason reason, SipReason received)
    {
        if (received.Q850Cause > 0) return received.Q850Cause;
        return received.SipCause >= 300 ? Q850.OfSip(received.SipCause) : reason.Info().Q850Cause;
    }

    /// <summary>
    /// The header's value: Q.850 with our own word as text. Words of the other side are not passed on, since they can tell
    /// who it is.
    /// </summary>
    /// <param name="reason">Why the call ends.</param>
    /// <param name="received">What whoever released said; default when it said nothing.</param>
    /// <param name="inCancel">True in a CANCEL, where "completed elsewhere" is passed on, too.</param>
    public static string Value(EndReason reason, SipReason received, bool inCancel = false)
    {
        var value = Value(reason, Cause(reason, received));
        return inCancel && received.SipCause == 200 ? $"{CompletedElsewhere}, {value}" : value;
    }

    /// <summary>The header's value with a cause that was decided elsewhere.</summary>
    public static string Value(EndReason reason, int cause)
    {
        var info = reason.Info();
        return cause == info.Q850Cause
            ? info.ReasonHeader
            : string.Create(CultureInfo.InvariantCulture, $"Q.850;cause={cause};text=\"{info.Name}\"");
    }
}
