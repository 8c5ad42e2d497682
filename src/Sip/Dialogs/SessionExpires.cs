using System.Buffers.Text;
using System.Text;
using Tandem.Sip.Messages;
using Tandem.Sip.Writing;

namespace Tandem.Sip.Dialogs;

/// <summary>Who sends the refreshes of a session, seen from one request: its sender or its receiver (RFC 4028 §4).</summary>
public enum SessionRefresher : byte
{
    /// <summary>Not said.</summary>
    None,

    /// <summary>The sender of the request that the header field belongs to.</summary>
    Uac,

    /// <summary>The receiver of that request.</summary>
    Uas,
}

/// <summary>The value of Session-Expires (RFC 4028 §4).</summary>
/// <param name="Seconds">The session interval.</param>
/// <param name="Refresher">Who refreshes.</param>
public readonly record struct SessionExpires(int Seconds, SessionRefresher Refresher)
{
    /// <summary>Reads it; a value that is no number of seconds is taken as absent.</summary>
    /// <param name="message">A request or a 2xx.</param>
    /// <param name="value">What it says.</param>
    public static bool TryRead(SipMessage message, out SessionExpires value)
    {
        ArgumentNullException.ThrowIfNull(message);
        value = default;
        if (!message.TryGetHeader(SipHeaderName.SessionExpires, out var text) || !TryReadSeconds(text, out var seconds, out var used))
            return false;
        var refresher = SessionRefresher.None;
        if (new SipParameters(text[used..]).TryGet("refresher"u8, out var who))
        {
            if (Ascii.EqualsIgnoreCase(who, "uac"u8)) refresher = SessionRefresher.Uac;
            else if (Ascii.EqualsIgnoreCase(who, "uas"u8)) refresher = SessionRefresher.Uas;
        }

        value = new SessionExpires(seconds, refresher);
        return true;
    }

    /// <summary>The seconds of Min-SE (RFC 4028 §5); 0 if there is none.</summary>
    /// <param name="message">A request or a 422.</param>
    public static int ReadMinimum(SipMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return message.TryGetHeader(SipHeaderName.MinSe, out var text) && TryReadSeconds(text, out var seconds, out _)
            ? seconds : 0;
    }

    /// <summary>Writes the header field.</summary>
    /// <param name="writer">The writer.</param>
    public void Write(SipWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.BeginHeader(SipHeaderName.SessionExpires);
        writer.Append(Seconds);
        if (Refresher != SessionRefresher.None)
            writer.Append(Refresher == SessionRefresher.Uac ? ";refresher=uac"u8 : ";refresher=uas"u8);
        writer.EndHeader();
    }

    private static bool TryReadSeconds(ReadOnlySpan<byte> text, out int seconds, out int used) =>
        Utf8Parser.TryParse(text, out seconds, out used) && seconds > 0
        && (used == text.Length || text[used] is (byte)';' or (byte)' ' or (byte)'\t');
}
