using System.Text;
using Tandem.Sip.Parsing;

namespace Tandem.Sip.Messages;

/// <summary>What the Reason header fields of a message say (RFC 3326).</summary>
/// <param name="Q850Cause">Cause of protocol Q.850, 1–127; 0 when there is none.</param>
/// <param name="SipCause">Cause of protocol SIP, 200–699; 0 when there is none.</param>
public readonly record struct SipReason(int Q850Cause, int SipCause)
{
    /// <summary>Longest text that <see cref="TextOf"/> gives, in bytes.</summary>
    public const int MaxTextBytes = 512;

    /// <summary>
    /// Reads the value of a Reason field, a list of reasons; the first of each protocol counts. What is malformed is passed
    /// over.
    /// </summary>
    public static SipReason Read(ReadOnlySpan<byte> value)
    {
        int q850 = 0, sip = 0;
        foreach (var reason in new SipListSplitter(value))
        {
            var length = SipGrammar.Span(reason, SipGrammar.Token);
            var protocol = reason[..length];
            if (!new SipParameters(reason[SipGrammar.SkipSpace(reason, length)..]).TryGet("cause"u8, out var text)
                || !SipGrammar.TryNumber(text, 699, out var cause))
                continue;
            if (q850 == 0 && cause is >= 1 and <= 127 && Ascii.EqualsIgnoreCase(protocol, "Q.850"u8)) q850 = (int)cause;
            else if (sip == 0 && cause >= 200 && Ascii.EqualsIgnoreCase(protocol, "SIP"u8)) sip = (int)cause;
        }

        return new SipReason(q850, sip);
    }

    /// <summary>Reads all Reason fields of a message.</summary>
    public static SipReason Of(SipMessage message)
    {
        var all = default(SipReason);
        for (var i = message.FindHeader(SipHeaderName.Reason); i >= 0; i = message.FindHeader(SipHeaderName.Reason, i + 1))
        {
            var one = Read(message.ValueAt(i));
            all = new SipReason(
                all.Q850Cause == 0 ? one.Q850Cause : all.Q850Cause, all.SipCause == 0 ? one.SipCause : all.SipCause);
        }

        return all;
    }

    /// <summary>
    /// All Reason fields of a message as they came, joined by a comma; empty when there is none. At most
    /// <see cref="MaxTextBytes"/> bytes; allocates.
    /// </summary>
    public static string TextOf(SipMessage message)
    {
        var text = "";
        for (var i = message.FindHeader(SipHeaderName.Reason); i >= 0; i = message.FindHeader(SipHeaderName.Reason, i + 1))
        {
            var room = MaxTextBytes - Encoding.UTF8.GetByteCount(text) - 2;
            if (room <= 0) break;
            var value = message.ValueAt(i);
            var part = Encoding.UTF8.GetString(value[..Math.Min(value.Length, room)]);
            text = text.Length == 0 ? part : text + ", " + part;
        }

        return text;
    }
}
