using System.Runtime.CompilerServices;
using Tandem.Sip.Parsing;

namespace Tandem.Sip.Messages;

/// <summary>
/// A request or response as it came: the bytes, and an index of where its header fields are. Nothing is copied and
/// nothing is decoded before it is asked for; no accessor allocates or throws on what a peer sent.
/// </summary>
/// <remarks>
/// Immutable from outside, and so safe to share between threads, as long as the bytes below stay as they are: call
/// <see cref="Detach"/> before the receive buffer is used again. Only <see cref="SipParser"/> makes one. On a message
/// that was rejected the accessors give what did parse, and empty spans for the rest.
/// </remarks>
public sealed class SipMessage
{
    internal const byte NoHeader = byte.MaxValue;
    internal const byte BadLine = byte.MaxValue;
    private const int InlineHeaders = 20;
    private const int LongGap = 255;

    // A header is one number: start of its name << 16 | distance from there to its value << 8 | its name's number.
    // Twenty fit into the object itself, which covers nearly every message.
    private HeaderTable _first;
    private uint[]? _more;
    private ulong _present; // A bit for each name's number modulo 64: most fields that are asked for are not there.

    internal ReadOnlyMemory<byte> Bytes;
    internal uint CSeq;
    internal int Length = -1;
    internal ushort HeadersEnd;
    internal ushort BodyStart;
    internal ushort BodySize;
    internal ushort TextStart; // Request-URI, or reason phrase
    internal ushort TextSize;
    internal ushort MethodSize; // request: of the method, which begins the message
    internal ushort CSeqMethodStart;
    internal ushort CSeqMethodSize;
    internal ushort FromTagStart;
    internal ushort FromTagSize;
    internal ushort ToTagStart;
    internal ushort ToTagSize;
    internal ushort Status; // 0 for requests
    internal short Hops = -1;
    internal SipMethod RequestMethod;
    internal SipMethod SequenceMethod;
    internal byte ViaIndex = NoHeader;
    internal byte FromIndex = NoHeader;
    internal byte ToIndex = NoHeader;
    internal byte CallIdIndex = NoHeader;
    internal byte CSeqIndex = NoHeader;
    internal byte ContentTypeIndex = NoHeader;
    internal byte MaxForwardsIndex = NoHeader;
    internal byte ContentLengthIndex = NoHeader;
    internal bool HasSentBy;
    internal bool LengthIsBad; // Repeated or no number: nobody knows where the message ends.

    internal SipMessage(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    /// <summary>Whether this is a request.</summary>
    public bool IsRequest => Status == 0;

    /// <summary>Whether this is a response.</summary>
    public bool IsResponse => Status != 0;

    /// <summary>
    /// The method: of the request line, for a response that of CSeq. <see cref="SipMethod.Unknown"/> for others, whose
    /// spelling is <see cref="MethodToken"/>.
    /// </summary>
    public SipMethod Method => IsRequest ? RequestMethod : SequenceMethod;

    /// <summary>The method as written: of the request line, for a response that of CSeq.</summary>
    public ReadOnlySpan<byte> MethodToken =>
        IsRequest ? Slice(0, MethodSize) : Slice(CSeqMethodStart, CSeqMethodSize);

    /// <summary>The Request-URI as written; empty for a response.</summary>
    public ReadOnlySpan<byte> RequestUri => IsRequest ? Slice(TextStart, TextSize) : default;

    /// <summary>The status code, 100–699; 0 for a request.</summary>
    public int StatusCode => Status;

    /// <summary>The reason phrase; may be empty; empty for a request.</summary>
    public ReadOnlySpan<byte> ReasonPhrase => IsRequest ? default : Slice(TextStart, TextSize);

    /// <summary>Call-ID, compared with case (RFC 3261 §20.8).</summary>
    public ReadOnlySpan<byte> CallId => ValueOrEmpty(CallIdIndex);

    /// <summary>The sequence number of CSeq, below 2^31 (RFC 3261 §8.1.1.5).</summary>
    public uint CSeqNumber => CSeq;

    /// <summary>The method of CSeq.</summary>
    public SipMethod CSeqMethod => SequenceMethod;

    /// <summary>The method of CSeq as written; in a valid request the same as <see cref="MethodToken"/>.</summary>
    public ReadOnlySpan<byte> CSeqMethodToken => Slice(CSeqMethodStart, CSeqMethodSize);

    /// <summary>The value of From, with display name and parameters; see <see cref="NameAddress"/>.</summary>
    public ReadOnlySpan<byte> From => ValueOrEmpty(FromIndex);

    /// <summary>The value of To, with display name and parameters; see <see cref="NameAddress"/>.</summary>
    public ReadOnlySpan<byte> To => ValueOrEmpty(ToIndex);

    /// <summary>The tag of From; empty when absent, as RFC 2543 elements leave it (RFC 3261 §12.1.1).</summary>
    public ReadOnlySpan<byte> FromTag => Slice(FromTagStart, FromTagSize);

    /// <summary>The tag of To; empty when absent, as in a request outside of a dialog.</summary>
    public ReadOnlySpan<byte> ToTag => Slice(ToTagStart, ToTagSize);

    /// <summary>
    /// The topmost Via, read anew at each call. In a rejected message it may be all empty, or have sent-by and no
    /// parameters where these are broken.
    /// </summary>
    public SipVia TopVia
    {
        get
        {
            var value = ValueOrEmpty(ViaIndex);
            return SipVia.TryParse(value, out var via, out _) || SipVia.TryParseSentBy(value, out via, out _)
                ? via
                : default;
        }
    }

    /// <summary>Max-Forwards, 0–255; null when absent (RFC 3261 §8.1.1.6 has a proxy take 70 then).</summary>
    public int? MaxForwards => Hops < 0 ? null : Hops;

    /// <summary>Content-Length in bytes as the header says; null when absent.</summary>
    public int? ContentLength => Length < 0 ? null : Length;

    /// <summary>Content-Type with its parameters; empty when absent.</summary>
    public ReadOnlySpan<byte> ContentType => ValueOrEmpty(ContentTypeIndex);

    /// <summary>The body, already cut to Content-Length; shares the bytes of <see cref="Raw"/>.</summary>
    public ReadOnlyMemory<byte> Body => Bytes.Slice(BodyStart, BodySize);

    /// <summary>The whole message from the first byte of its start line to the last of its body.</summary>
    public ReadOnlyMemory<byte> Raw => Bytes;

    /// <summary>How many header fields there are.</summary>
    public int HeaderCount { get; private set; }

    /// <summary>All header fields in order.</summary>
    public SipHeaderEnumerator Headers => new(this);

    /// <summary>
    /// Whether a refusal of this message can be answered: a request other than ACK (RFC 3261 §17.1.1.3) with a topmost
    /// Via that says where to (§18.2.2). Holds for rejected messages too.
    /// </summary>
    public bool CanBeAnswered => IsRequest && RequestMethod != SipMethod.Ack && HasSentBy;

    /// <summary>
    /// The same message over a copy of its bytes that nobody else writes to; for keeping it when the receive buffer
    /// goes back.
    /// </summary>
    public SipMessage Detach()
    {
        var copy = (SipMessage)MemberwiseClone();
        copy.Bytes = Bytes.ToArray();
        return copy;
    }

    /// <summary>
    /// The field at a position of 0 to <see cref="HeaderCount"/> - 1. In a rejected message a line that was no header
    /// field has an empty name.
    /// </summary>
    public SipHeaderView HeaderAt(int index)
    {
        var entry = Entry(index);
        int start = (int)(entry >> 16), end = EndOf(index);
        var raw = Bytes.Span[start..end];
        var id = (byte)entry;
        if (id == BadLine) return new SipHeaderView(SipHeaderName.Unknown, raw, default, SipGrammar.TrimSpace(raw));
        var name = raw[..SipGrammar.Span(raw, SipGrammar.Token)];
        return new SipHeaderView((SipHeaderName)id, raw, name, ValueAt(index));
    }

    /// <summary>The value of the field at a position, without white space around it.</summary>
    public ReadOnlySpan<byte> ValueAt(int index)
    {
        var entry = Entry(index);
        var text = Bytes.Span[..EndOf(index)];
        var start = (int)(entry >> 16);
        var gap = (int)(entry >> 8) & 0xFF;
        if (gap == LongGap) start = SipGrammar.SkipSpace(text, start + text[start..].IndexOf((byte)':') + 1);
        else start += gap;
        var end = text.Length;
        while (end > start && SipGrammar.IsSpace(text[end - 1])) end--;
        return text[Math.Min(start, end)..end];
    }

    /// <summary>The position of the first field of that name at or after a position; -1 when there is none.</summary>
    public int FindHeader(SipHeaderName name, int from = 0)
    {
        if ((_present & BitOf((byte)name)) == 0) return -1;
        for (var i = from; i < HeaderCount; i++)
            if ((byte)Entry(i) == (byte)name) return i;
        return -1;
    }

    /// <summary>Whether there is a field of that name.</summary>
    public bool HasHeader(SipHeaderName name) => FindHeader(name) >= 0;

    /// <summary>The value of the first field of that name, list or not.</summary>
    /// <returns>False when absent; a field may be present with an empty value.</returns>
    public bool TryGetHeader(SipHeaderName name, out ReadOnlySpan<byte> value)
    {
        var index = FindHeader(name);
        value = index < 0 ? default : ValueAt(index);
        return index >= 0;
    }

    /// <summary>The value of the first field of that name, for fields this stack does not know.</summary>
    public bool TryGetHeader(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var known = SipHeaderNames.Find(name);
        if (known != SipHeaderName.Unknown) return TryGetHeader(known, out value);
        for (var i = FindHeader(SipHeaderName.Unknown); i >= 0; i = FindHeader(SipHeaderName.Unknown, i + 1))
        {
            var header = HeaderAt(i);
            if (!System.Text.Ascii.EqualsIgnoreCase(header.NameText, name)) continue;
            value = header.Value;
            return true;
        }
        value = default;
        return false;
    }

    /// <summary>The values of all fields of that name in order, list fields split at their commas.</summary>
    public SipValueEnumerator Values(SipHeaderName name) => new(this, name);

    /// <summary>Reads From; false when missing or malformed.</summary>
    public bool TryGetFrom(out NameAddress address) => NameAddress.TryParse(From, out address);

    /// <summary>Reads To; false when missing or malformed.</summary>
    public bool TryGetTo(out NameAddress address) => NameAddress.TryParse(To, out address);

    /// <summary>Reads the first Contact; false when missing or malformed.</summary>
    public bool TryGetContact(out NameAddress address)
    {
        address = default;
        return TryGetHeader(SipHeaderName.Contact, out var value) && NameAddress.TryParse(value, out address, out _);
    }

    /// <summary>Reads the Request-URI; false for a response or a malformed one.</summary>
    public bool TryGetRequestUri(out SipUri uri) => SipUri.TryParse(RequestUri, out uri);

    /// <summary>The start line and headers as text, for logs and the debugger; allocates.</summary>
    public override string ToString() => System.Text.Encoding.UTF8.GetString(Bytes.Span[..BodyStart]);

    /// <summary>Appends to the index; the caller has checked the limits.</summary>
    internal int AddHeader(int nameStart, int valueStart, byte id)
    {
        var entry = (uint)nameStart << 16 | (uint)Math.Min(valueStart - nameStart, LongGap) << 8 | id;
        _present |= BitOf(id);
        var index = HeaderCount++;
        if (index < InlineHeaders)
        {
            _first[index] = entry;
            return index;
        }
        index -= InlineHeaders;
        if (_more is null) _more = new uint[InlineHeaders];
        else if (index == _more.Length) Array.Resize(ref _more, index * 2);
        _more[index] = entry;
        return index + InlineHeaders;
    }

    private uint Entry(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)HeaderCount, nameof(index));
        return index < InlineHeaders ? _first[index] : _more![index - InlineHeaders];
    }

    /// <summary>The field at a position with its name, colon, folds and closing CRLF.</summary>
    internal ReadOnlySpan<byte> RawAt(int index) => Bytes.Span[(int)(Entry(index) >> 16)..EndOf(index)];

    private static ulong BitOf(byte id) => 1UL << (id & 63);

    private int EndOf(int index) => index + 1 < HeaderCount ? (int)(Entry(index + 1) >> 16) : HeadersEnd;

    private ReadOnlySpan<byte> ValueOrEmpty(byte index) => index == NoHeader ? default : ValueAt(index);

    private ReadOnlySpan<byte> Slice(int start, int length) => Bytes.Span.Slice(start, length);

    [InlineArray(InlineHeaders)]
    private struct HeaderTable
    {
        private uint _entry;
    }
}
