using System.Buffers.Text;
using Tandem.Sip.Messages;

namespace Tandem.Sip.Dialogs;

/// <summary>The value of RAck (RFC 3262 §7.2): which provisional response a PRACK acknowledges.</summary>
/// <param name="RSeq">Its RSeq.</param>
/// <param name="CSeq">The CSeq number of the request that it answers.</param>
/// <param name="Method">The method of that request.</param>
public readonly record struct RAck(uint RSeq, uint CSeq, SipMethod Method)
{
    /// <summary>Reads it; false if it is absent or malformed.</summary>
    /// <param name="prack">The PRACK.</param>
    /// <param name="value">What it says.</param>
    public static bool TryRead(SipMessage prack, out RAck value)
    {
        ArgumentNullException.ThrowIfNull(prack);
        value = default;
        if (!prack.TryGetHeader(SipHeaderName.RAck, out var text)) return false;
        if (!Utf8Parser.TryParse(text, out uint rseq, out var used) || !TrySkipSpace(ref text, used)) return false;
        if (!Utf8Parser.TryParse(text, out uint cseq, out used) || !TrySkipSpace(ref text, used)) return false;
        value = new RAck(rseq, cseq, SipMethods.Find(text.TrimEnd(" \t"u8)));
        return value.Method != SipMethod.Unknown;
    }

    private static bool TrySkipSpace(ref ReadOnlySpan<byte> text, int used)
    {
        var rest = text[used..];
        text = rest.TrimStart(" \t"u8);
        return text.Length < rest.Length;
    }
}

/// <summary>A provisional response that waits for its PRACK, or for the PRACKs of those before it.</summary>
/// <param name="RSeq">Its number.</param>
/// <param name="Status">101 to 199.</param>
/// <param name="Phrase">Reason phrase.</param>
/// <param name="Headers">Its header lines, without Require and RSeq.</param>
/// <param name="Body">Its body.</param>
/// <param name="Context">What the sender wants back with the PRACK.</param>
public sealed record ReliableProvisional(
    uint RSeq, int Status, string Phrase, ReadOnlyMemory<byte> Headers, ReadOnlyMemory<byte> Body, object? Context);

/// <summary>
/// The side that sends provisional responses to an INVITE reliably (RFC 3262 §3): numbers them, lets one be under way at
/// a time, repeats it with doubling intervals, and gives up after 64*T1. Pure of clocks: times are passed in.
/// </summary>
/// <param name="t1">T1.</param>
/// <param name="firstRSeq">The first RSeq, 1 to 2^31-1 (§3).</param>
public sealed class ReliableProvisionals(TimeSpan t1, uint firstRSeq)
{
    /// <summary>Responses that may wait for PRACK at once; what comes on top is not sent.</summary>
    public const int MaxQueued = 8;

    private readonly Queue<ReliableProvisional> _queue = new(2);
    private uint _next = firstRSeq;
    private TimeSpan _interval;
    private DateTimeOffset _sentAt;
    private DateTimeOffset _dueAt;

    /// <summary>The one under way; null when nothing waits for PRACK.</summary>
    public ReliableProvisional? UnderWay => _queue.TryPeek(out var first) ? first : null;

    /// <summary>True if a session description waits for its PRACK: then no 2xx may be sent (§3).</summary>
    public bool HoldsAnswerBack => _queue.Any(p => !p.Body.IsEmpty);

    /// <summary>True if as many wait as may.</summary>
    public bool IsFull => _queue.Count >= MaxQueued;

    /// <summary>When <see cref="Due"/> wants to be called; null when nothing is under way.</summary>
    public DateTimeOffset? DueAt => _queue.Count == 0 ? null : _dueAt;

    /// <summary>Takes a response in.</summary>
    /// <returns>It if it is to be sent now; null if it waits its turn, or if too many wait.</returns>
    /// <param name="status">101 to 199.</param>
    /// <param name="phrase">Reason phrase.</param>
    /// <param name="headers">Header lines.</param>
    /// <param name="body">Body.</param>
    /// <param name="context">Comes back with the PRACK.</param>
    /// <param name="now">The time.</param>
    public ReliableProvisional? Add(
        int status, string phrase, ReadOnlyMemory<byte> headers, ReadOnlyMemory<byte> body, object? context, DateTimeOffset now)
    {
        if (IsFull) return null;
        var response = new ReliableProvisional(_next++, status, phrase, headers, body, context);
        _queue.Enqueue(response);
        return _queue.Count == 1 ? Begin(response, now) : null;
    }

    /// <summary>Takes a PRACK in.</summary>
    /// <param name="ack">Its RAck.</param>
    /// <param name="inviteCSeq">CSeq number of the INVITE.</param>
    /// <param name="now">The time.</param>
    /// <param name="next">The next response, to be sent now.</param>
    /// <returns>What it acknowledges; null if nothing that waits, which is answered with 481 (§3).</returns>
    public ReliableProvisional? Acknowledge(RAck ack, uint inviteCSeq, DateTimeOffset now, out ReliableProvisional? next)
    {
        next = null;
        if (UnderWay is not { } first || ack.RSeq != first.RSeq || ack.CSeq != inviteCSeq || ack.Method != SipMethod.Invite)
            return null;
        _queue.Dequeue();
        if (UnderWay is { } following) next = Begin(following, now);
        return first;
    }

    /// <summary>The time of <see cref="DueAt"/> has come.</summary>
    /// <param name="now">The time.</param>
    /// <param name="gaveUp">True if 64*T1 have gone by without PRACK: the INVITE is to be refused with 5xx.</param>
    /// <returns>The response to repeat, or null.</returns>
    public ReliableProvisional? Due(DateTimeOffset now, out bool gaveUp)
    {
        gaveUp = false;
        if (UnderWay is not { } first || now < _dueAt) return null;
        if (now >= _sentAt + 64 * t1)
        {
            gaveUp = true;
            return null;
        }

        _interval *= 2;
        _dueAt = Earlier(now + _interval, _sentAt + 64 * t1);
        return first;
    }

    /// <summary>A final response has been sent: nothing is repeated any more (§3).</summary>
    public void Clear() => _queue.Clear();

    private ReliableProvisional Begin(ReliableProvisional response, DateTimeOffset now)
    {
        (_interval, _sentAt, _dueAt) = (t1, now, now + t1);
        return response;
    }

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
