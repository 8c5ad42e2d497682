using System.Collections.Immutable;
using System.Text;
using Tandem.Routing.Calls;
using Tandem.Sip.Messages;
using Tandem.Sip.Writing;

namespace Tandem.Routing.Headers;

/// <summary>
/// One forwarding of the call, as Diversion (RFC 5806) or History-Info (RFC 7044) tells it; RFC 7544 says how the one becomes
/// the other. Immutable, pure.
/// </summary>
/// <param name="Number">Who forwarded.</param>
/// <param name="Reason">Word of RFC 5806: unconditional, user-busy, no-answer, unavailable, deflection, …</param>
/// <param name="Counter">How many forwardings the entry stands for; 1 or more.</param>
/// <param name="IsPrivate">The forwarding number is not to be shown.</param>
public sealed record Redirection(string Number, string Reason, int Counter = 1, bool IsPrivate = false)
{
    /// <summary>Forwardings of one call that are read; older ones are left out.</summary>
    public const int MaxEntries = 10;

    /// <summary>Reads Diversion, or else History-Info; the latest forwarding first. Empty, without allocating, when there is none.</summary>
    public static ImmutableArray<Redirection> Read(SipMessage invite)
    {
        if (invite.HasHeader(SipHeaderName.Diversion)) return ReadDiversion(invite);
        return invite.HasHeader(SipHeaderName.HistoryInfo) ? ReadHistory(invite) : [];
    }

    /// <summary>Writes Diversion, the latest forwarding first (RFC 5806 §9.1).</summary>
    public static void WriteDiversion(SipWriter writer, ImmutableArray<Redirection> redirections, string host, bool phone)
    {
        foreach (var redirection in redirections)
        {
            writer.BeginHeader(SipHeaderName.Diversion);
            writer.Append("<"u8);
            writer.Append(NumberUri.Of(redirection.Number, host, phone));
            writer.Append(">;reason="u8);
            writer.Append(redirection.Reason);
            writer.Append(";counter="u8);
            writer.Append(redirection.Counter);
            writer.Append(redirection.IsPrivate ? ";privacy=full"u8 : ";privacy=off"u8);
            writer.EndHeader();
        }
    }

    /// <summary>
    /// Writes History-Info (RFC 7044, RFC 7544 §4): who forwarded, the oldest first, then the callee; each but the first with the
    /// cause (RFC 4458) that led to it.
    /// </summary>
    public static void WriteHistory(
        SipWriter writer, ImmutableArray<Redirection> redirections, string callee, string host, bool phone)
    {
        if (redirections.IsEmpty) return;
        writer.BeginHeader(SipHeaderName.HistoryInfo);
        var index = "1";
        for (var i = redirections.Length; i >= 0; i--)
        {
            var isFirst = i == redirections.Length;
            var number = i == 0 ? callee : redirections[i - 1].Number;
            writer.Append(isFirst ? "<"u8 : ", <"u8);
            writer.Append(NumberUri.Of(number, host, phone));
            if (!isFirst)
            {
                writer.Append(";cause="u8);
                writer.Append(CauseOf(redirections[i].Reason));
            }

            if (i > 0 && redirections[i - 1].IsPrivate) writer.Append("?Privacy=history"u8);
            writer.Append(">;index="u8);
            writer.Append(index);
            if (!isFirst)
            {
                writer.Append(";mp="u8);
                writer.Append(index[..^2]);
            }

            index += ".1";
        }

        writer.EndHeader();
    }

    private static ImmutableArray<Redirection> ReadDiversion(SipMessage invite)
    {
        var read = ImmutableArray.CreateBuilder<Redirection>(1);
        foreach (var value in invite.Values(SipHeaderName.Diversion))
        {
            if (read.Count == MaxEntries) break;
            if (!NameAddress.TryParse(value, out var address) || SipText.Number(address.Uri) is not { Length: > 0 } number) continue;
            var reason = address.Parameters.TryGet("reason"u8, out var word) ? ReasonOf(word.Trim((byte)'"')) : "unknown";
            var counter = address.Parameters.TryGet("counter"u8, out var digits)
                && int.TryParse(digits, System.Globalization.NumberStyles.None, null, out var n) && n is > 0 and < 1000 ? n : 1;
            var isPrivate = address.Parameters.TryGet("privacy"u8, out var privacy)
                && !Ascii.EqualsIgnoreCase(privacy.Trim((byte)'"'), "off"u8);
            read.Add(new Redirection(number, reason, counter, isPrivate));
        }

        return read.DrainToImmutable();
    }

    // An entry forwarded the call when the next one has a cause (RFC 7044), or its own URI has a Reason (RFC 4244).
    private static ImmutableArray<Redirection> ReadHistory(SipMessage invite)
    {
        var read = new List<Redirection>();
        var (previous, previousCause, previousIsPrivate) = ("", 0, false);
        foreach (var value in invite.Values(SipHeaderName.HistoryInfo))
        {
            if (!NameAddress.TryParse(value, out var address) || !SipUri.TryParse(address.Uri, out var uri)) continue;
            var cause = uri.Parameters.TryGet("cause"u8, out var digits) ? Cause(digits) : 0;
            if (cause == 0) cause = previousCause;
            if (cause > 0 && previous.Length > 0 && read.Count < MaxEntries)
                read.Add(new Redirection(previous, ReasonOf(cause), 1, previousIsPrivate));
            var headers = Encoding.ASCII.GetString(uri.Headers);
            (previous, previousCause) = (SipText.Number(address.Uri), CauseIn(headers));
            previousIsPrivate = headers.Contains("Privacy=", StringComparison.OrdinalIgnoreCase)
                && !headers.Contains("Privacy=none", StringComparison.OrdinalIgnoreCase);
        }

        read.Reverse();
        return [.. read];
    }

    private static int CauseIn(string headers)
    {
        if (!headers.Contains("Reason=", StringComparison.OrdinalIgnoreCase)) return 0;
        var reason = Uri.UnescapeDataString(headers);
        var at = reason.IndexOf("cause=", StringComparison.OrdinalIgnoreCase);
        return at < 0 ? 0 : Cause(Encoding.ASCII.GetBytes(reason[(at + 6)..].Split(';', '&')[0].Trim()));
    }

    private static int Cause(ReadOnlySpan<byte> digits) =>
        int.TryParse(digits, System.Globalization.NumberStyles.None, null, out var n) && n is >= 300 and <= 699 ? n : 0;

    private static readonly string[] Reasons =
    [
        "unknown", "user-busy", "no-answer", "unavailable", "unconditional", "time-of-day", "do-not-disturb", "deflection",
        "follow-me", "out-of-service", "away",
    ];

    // Only the words of RFC 5806 §9.1, so that nothing of the caller's choosing gets into what we write.
    private static string ReasonOf(ReadOnlySpan<byte> word)
    {
        foreach (var reason in Reasons)
            if (Ascii.EqualsIgnoreCase(word, reason)) return reason;
        return "unknown";
    }

    // RFC 7544 §4 and §5, with the causes of RFC 4458.
    private static int CauseOf(string reason) => reason switch
    {
        "unconditional" => 302,
        "user-busy" => 486,
        "no-answer" => 408,
        "deflection" => 480,
        "unavailable" or "out-of-service" => 503,
        _ => 404,
    };

    private static string ReasonOf(int cause) => cause switch
    {
        302 => "unconditional",
        486 => "user-busy",
        408 => "no-answer",
        480 or 487 => "deflection",
        503 => "unavailable",
        _ => "unknown",
    };
}
