using System.Diagnostics;
using System.Text;
using Tandem.Sip.Messages;

namespace Tandem.Sip.Parsing;

/// <summary>
/// Reads SIP messages from bytes (RFC 3261 §7, §18.3, §25.1). Stateless; one pass; allocates the
/// <see cref="SipMessage"/> and nothing else for up to twenty header fields. Whatever a peer sends gives a value: this
/// never throws.
/// </summary>
/// <remarks>
/// An error in one header field does not end the pass: the rest is still indexed, so that the refusal can be answered
/// with the peer's own Via, From, To, Call-ID and CSeq. The first error found is the reason reported.
/// </remarks>
public static class SipParser
{
    private const uint MaxCSeq = int.MaxValue; // RFC 3261 §8.1.1.5: less than 2**31.

    /// <summary>
    /// Reads the one message of a datagram. Content-Length above the bytes present rejects, below them cuts the body,
    /// and without it the body is the rest (RFC 3261 §18.3). Never <see cref="SipParseOutcome.NeedMore"/>.
    /// </summary>
    /// <param name="datagram">The bytes; the message keeps referring to them.</param>
    /// <param name="limits">Caps; <see cref="SipLimits.Default"/> when null.</param>
    public static SipParseResult ParseDatagram(ReadOnlyMemory<byte> datagram, SipLimits? limits = null) =>
        Parse(datagram, limits ?? SipLimits.Default, stream: false);

    /// <summary>
    /// Reads the first message of a stream's unread bytes, framed by Content-Length, which is mandatory there
    /// (RFC 3261 §18.3). A refused message whose end is known is consumed; otherwise the framing is lost.
    /// </summary>
    /// <param name="unread">The bytes from the end of the last message; the message keeps referring to them.</param>
    /// <param name="limits">Caps; <see cref="SipLimits.Default"/> when null.</param>
    public static SipParseResult ParseStream(ReadOnlyMemory<byte> unread, SipLimits? limits = null) =>
        Parse(unread, limits ?? SipLimits.Default, stream: true);

    private static SipParseResult Parse(ReadOnlyMemory<byte> input, SipLimits limits, bool stream)
    {
        // §7.5: CRLFs before the start line are ignored. A datagram of nothing else keeps a NAT binding open.
        var skipped = 0;
        var all = input.Span;
        while (skipped < all.Length && all[skipped] is (byte)'\r' or (byte)'\n') skipped++;
        if (skipped == all.Length)
            return stream ? SipParseResult.More() : SipParseResult.Bad(SipRejectReason.KeepAlive, null, skipped);
        if (!stream && all[skipped] == 0 && !all[skipped..].ContainsAnyExcept((byte)0))
            return SipParseResult.Bad(SipRejectReason.KeepAlive, null, all.Length);

        var tooLarge = all.Length - skipped > limits.MaxMessageBytes;
        var bytes = input.Slice(skipped, tooLarge ? limits.MaxMessageBytes : all.Length - skipped);
        var text = bytes.Span;

        var lineEnd = text.IndexOfAny((byte)'\r', (byte)'\n');
        if (lineEnd < 0 || lineEnd > limits.MaxHeaderBytes)
        {
            if (lineEnd > 0 || text.Length > limits.MaxHeaderBytes)
                return SipParseResult.Bad(SipRejectReason.HeaderTooLong, null, stream ? 0 : all.Length);
            return stream ? SipParseResult.More() : SipParseResult.Bad(SipRejectReason.NotSip, null, all.Length);
        }

        var message = new SipMessage(bytes);
        var reason = ReadStartLine(message, text[..lineEnd]);
        if (reason == SipRejectReason.NotSip)
            return SipParseResult.Bad(reason, null, stream ? 0 : all.Length);

        var ended = ReadHeaders(message, text, lineEnd, limits, ref reason, out var pos);
        message.BodyStart = message.HeadersEnd = (ushort)Math.Min(pos, ushort.MaxValue);
        if (!ended)
        {
            var fatal = reason is SipRejectReason.TooManyHeaders or SipRejectReason.HeaderTooLong;
            if (stream && !tooLarge && !fatal) return SipParseResult.More();
            if (tooLarge) reason = SipRejectReason.MessageTooLarge;
            else if (!fatal) First(ref reason, SipRejectReason.HeadersCut);
            return SipParseResult.Bad(reason, message, stream ? 0 : all.Length);
        }

        message.BodyStart = (ushort)(pos + 2);
        var available = text.Length - message.BodyStart;
        if (tooLarge && (!stream || message.LengthIsBad || message.Length < 0 || message.Length > available))
        {
            message.Bytes = bytes[..message.BodyStart];
            return SipParseResult.Bad(SipRejectReason.MessageTooLarge, message, stream ? 0 : all.Length);
        }
        if (message.LengthIsBad) message.Length = -1;
        var framed = message.Length >= 0 && message.Length <= available;
        if (framed) available = message.Length;
        else if (!stream)
        {
            if (message.Length >= 0) First(ref reason, SipRejectReason.BodyCut);
        }
        else if (message.Length > limits.MaxMessageBytes - message.BodyStart)
            return SipParseResult.Bad(SipRejectReason.MessageTooLarge, message, 0);
        else if (message.Length >= 0) return SipParseResult.More(skipped + message.BodyStart + message.Length);
        else
        {
            First(ref reason, SipRejectReason.MissingContentLength);
            available = 0;
        }
        message.BodySize = (ushort)available;
        message.Bytes = bytes[..(message.BodyStart + available)];

        CheckWhole(message, ref reason);
        var consumed = stream ? framed ? skipped + message.Bytes.Length : 0 : all.Length;
        return reason == SipRejectReason.None
            ? SipParseResult.Good(message, consumed)
            : SipParseResult.Bad(reason, message, consumed);
    }

    private static void First(ref SipRejectReason reason, SipRejectReason found)
    {
        if (reason == SipRejectReason.None) reason = found;
    }

    /// <summary>
    /// Request-Line = Method SP Request-URI SP SIP-Version; Status-Line = SIP-Version SP Status-Code SP Reason-Phrase.
    /// </summary>
    private static SipRejectReason ReadStartLine(SipMessage message, ReadOnlySpan<byte> line)
    {
        if (IsVersion(line, out var major2))
        {
            var space = line.IndexOf((byte)' ');
            if (space < 0) return SipRejectReason.NotSip;
            message.Status = 1; // A response, whatever follows: it must not be answered.
            if (!major2) return SipRejectReason.UnsupportedVersion;
            var rest = line[(space + 1)..];
            if (rest.Length < 3 || (rest.Length > 3 && rest[3] != ' ')
                || !SipGrammar.TryNumber(rest[..3], 699, out var status) || status < 100)
                return SipRejectReason.BadStatusCode;
            message.Status = (ushort)status;
            if (rest.Length > 4)
            {
                message.TextStart = (ushort)(space + 5);
                message.TextSize = (ushort)(rest.Length - 4);
            }
            return space == 7 ? SipRejectReason.None : SipRejectReason.BadStartLine;
        }

        var trimmed = line.TrimEnd(" \t"u8);
        int first = trimmed.IndexOf((byte)' '), last = trimmed.LastIndexOf((byte)' ');
        if (first <= 0 || last == first || !IsVersion(trimmed[(last + 1)..], out major2)) return SipRejectReason.NotSip;
        var method = line[..first];
        if (!SipGrammar.IsAll(method, SipGrammar.Token)) return SipRejectReason.NotSip;
        message.MethodSize = (ushort)first;
        message.RequestMethod = SipMethods.Find(method);
        message.TextStart = (ushort)(first + 1);
        message.TextSize = (ushort)(last - first - 1);
        if (!major2) return SipRejectReason.UnsupportedVersion;
        if (trimmed.Length != line.Length || trimmed.Length - last != 8) return SipRejectReason.BadStartLine;
        var uri = line[(first + 1)..last];
        if (uri.IsEmpty || uri.ContainsAny((byte)' ', (byte)'\t')) return SipRejectReason.BadStartLine;

        // §19.1.1, table 1: no headers in a Request-URI. The scheme is the element's business (416).
        return SipUri.TryParse(uri, out var parsed) && parsed.Headers.IsEmpty
            ? SipRejectReason.None
            : SipRejectReason.BadRequestUri;
    }

    // "SIP/" 1*DIGIT "." 1*DIGIT, without case (§7.1), ended by white space or the end.
    private static bool IsVersion(ReadOnlySpan<byte> text, out bool is20)
    {
        is20 = false;
        if (text.Length < 7 || !Ascii.EqualsIgnoreCase(text[..4], "SIP/"u8)) return false;
        var pos = 4;
        while (pos < text.Length && SipGrammar.IsDigit(text[pos])) pos++;
        if (pos == 4 || pos >= text.Length || text[pos] != '.') return false;
        var dot = pos++;
        while (pos < text.Length && SipGrammar.IsDigit(text[pos])) pos++;
        if (pos == dot + 1 || (pos < text.Length && text[pos] != ' ')) return false;
        is20 = text[4..pos].SequenceEqual("2.0"u8);
        return true;
    }

    /// <summary>
    /// Indexes the header fields. True when the empty line was reached, with <paramref name="pos"/> on it; false when
    /// the bytes or the limits ended first, with <paramref name="pos"/> after the last whole field.
    /// </summary>
    private static bool ReadHeaders(
        SipMessage message, ReadOnlySpan<byte> text, int lineEnd, SipLimits limits, ref SipRejectReason reason,
        out int pos)
    {
        // Ends of lines are looked for once: a bare CR or LF inside of a field is what request smuggling is made of.
        var endings = new LineEndings(text);
        pos = 0;
        if (!SkipLineEnd(text, lineEnd, ref reason, out var next)) return false;
        while (true)
        {
            pos = next;
            if (pos >= text.Length) return false;
            if (text[pos] == '\r')
            {
                if (pos + 1 >= text.Length) return false;
                if (text[pos + 1] == '\n') return true;
            }
            else if (text[pos] == '\n')
            {
                First(ref reason, SipRejectReason.BadLineEnding);
                return false;
            }

            var end = pos;
            do
            {
                end = endings.NextFrom(end);
                if (end < 0)
                {
                    if (text.Length - pos <= limits.MaxHeaderBytes) return false;
                    reason = SipRejectReason.HeaderTooLong;
                    return false;
                }
                if (!SkipLineEnd(text, end, ref reason, out next)) return false;
                if (next >= text.Length) return false; // Not known yet whether the next line continues this one.
                end = text[next] is (byte)' ' or (byte)'\t' ? next : end;
            }
            while (end == next);

            if (next - pos > limits.MaxHeaderBytes)
            {
                reason = SipRejectReason.HeaderTooLong;
                return false;
            }
            if (message.HeaderCount == limits.MaxHeaders)
            {
                reason = SipRejectReason.TooManyHeaders;
                return false;
            }
            ReadHeader(message, text, pos, end, ref reason);
        }
    }

    private static bool SkipLineEnd(ReadOnlySpan<byte> text, int at, ref SipRejectReason reason, out int next)
    {
        next = at + 2;
        if (at + 1 < text.Length && text[at] == '\r' && text[at + 1] == '\n') return true;
        if (text[at] == '\r' && at + 1 >= text.Length)
        {
            next = text.Length;
            return false;
        }
        First(ref reason, SipRejectReason.BadLineEnding);
        next = at + 1; // Go on behind it, so that the answer finds its headers.
        return true;
    }

    private static void ReadHeader(
        SipMessage message, ReadOnlySpan<byte> text, int start, int end, ref SipRejectReason reason)
    {
        // A name that is in the table needs no look at its letters; only others are checked to be tokens.
        var field = text[..end];
        var colon = field[start..].IndexOf((byte)':') + start;
        var nameEnd = colon;
        while (nameEnd > start && field[nameEnd - 1] is (byte)' ' or (byte)'\t') nameEnd--; // HCOLON
        var name = nameEnd > start ? SipHeaderNames.Find(field[start..nameEnd]) : SipHeaderName.Unknown;
        if (name == SipHeaderName.Unknown
            && (nameEnd <= start || !SipGrammar.IsAll(field[start..nameEnd], SipGrammar.Token)))
        {
            message.AddHeader(start, start, SipMessage.BadLine);
            First(ref reason, SipRejectReason.BadHeader);
            return;
        }
        var pos = SipGrammar.SkipSpace(field, colon + 1);
        var index = message.AddHeader(start, pos, (byte)name);
        Debug.Assert(index < SipMessage.NoHeader);
        while (end > pos && SipGrammar.IsSpace(field[end - 1])) end--;
        var value = field[pos..end];
        switch (name)
        {
            case SipHeaderName.Via:
                if (message.ViaIndex != SipMessage.NoHeader) break;
                message.ViaIndex = (byte)index;
                message.HasSentBy = SipVia.TryParse(value, out _, out _);
                if (message.HasSentBy) break;
                message.HasSentBy = SipVia.TryParseSentBy(value, out _, out _);
                First(ref reason, SipRejectReason.BadVia);
                break;
            case SipHeaderName.From:
                if (!Once(ref message.FromIndex, index, ref reason)) break;
                if (!ReadTag(value, pos, out message.FromTagStart, out message.FromTagSize))
                    First(ref reason, SipRejectReason.BadFrom);
                break;
            case SipHeaderName.To:
                if (!Once(ref message.ToIndex, index, ref reason)) break;
                if (!ReadTag(value, pos, out message.ToTagStart, out message.ToTagSize))
                    First(ref reason, SipRejectReason.BadTo);
                break;
            case SipHeaderName.CallId:
                if (!Once(ref message.CallIdIndex, index, ref reason)) break;
                if (value.IsEmpty || !SipGrammar.IsAll(value, SipGrammar.CallId))
                    First(ref reason, SipRejectReason.BadCallId);
                break;
            case SipHeaderName.CSeq:
                if (!Once(ref message.CSeqIndex, index, ref reason)) break;
                ReadCSeq(message, value, pos, ref reason);
                break;
            case SipHeaderName.MaxForwards:
                if (!Once(ref message.MaxForwardsIndex, index, ref reason)) break;
                if (SipGrammar.TryNumber(value, 255, out var hops)) message.Hops = (short)hops;
                else First(ref reason, SipRejectReason.BadMaxForwards);
                break;
            case SipHeaderName.ContentLength:
                if (!Once(ref message.ContentLengthIndex, index, ref reason)) message.LengthIsBad = true;
                else if (SipGrammar.TryNumber(value, int.MaxValue, out var length))
                    message.Length = (int)length;
                else
                {
                    message.LengthIsBad = true;
                    First(ref reason, SipRejectReason.BadContentLength);
                }
                break;
            case SipHeaderName.ContentType:
                Once(ref message.ContentTypeIndex, index, ref reason);
                break;
            case SipHeaderName.Contact or SipHeaderName.Route or SipHeaderName.RecordRoute:
                if (!AreAddresses(value)) First(ref reason, SipRejectReason.BadAddress);
                break;
        }
    }

    private static bool Once(ref byte slot, int index, ref SipRejectReason reason)
    {
        if (slot == SipMessage.NoHeader)
        {
            slot = (byte)index;
            return true;
        }
        First(ref reason, SipRejectReason.DuplicateHeader);
        return false;
    }

    // From and To: one address, and its first tag, in one go.
    private static bool ReadTag(ReadOnlySpan<byte> value, int at, out ushort start, out ushort size)
    {
        (start, size) = (0, 0);
        if (!NameAddress.TryParseHead(value, out var address, out var pos) || address.IsWildcard) return false;
        var found = false;
        while (pos < value.Length && value[pos] == ';')
        {
            pos++;
            if (!SipGrammar.ReadParameter(value, ref pos, out var name, out var tag)) return false;
            if (found || name.Length != 3 || !Ascii.EqualsIgnoreCase(name, "tag"u8)) continue;
            found = true;
            if (tag.IsEmpty) continue;
            value.Overlaps(tag, out var offset);
            (start, size) = ((ushort)(at + offset), (ushort)tag.Length);
        }
        return pos == value.Length;
    }

    // CSeq = 1*DIGIT LWS Method
    private static void ReadCSeq(SipMessage message, ReadOnlySpan<byte> value, int at, ref SipRejectReason reason)
    {
        var digits = 0;
        while (digits < value.Length && SipGrammar.IsDigit(value[digits])) digits++;
        var start = SipGrammar.SkipSpace(value, digits);
        var method = value[start..];
        if (start == digits || !SipGrammar.IsAll(method, SipGrammar.Token) || method.IsEmpty
            || !SipGrammar.TryNumber(value[..digits], MaxCSeq, out var number))
        {
            First(ref reason, SipRejectReason.BadCSeq);
            return;
        }
        message.CSeq = (uint)number;
        message.CSeqMethodStart = (ushort)(at + start);
        message.CSeqMethodSize = (ushort)method.Length;
        message.SequenceMethod = SipMethods.Find(method);
    }

    private static bool AreAddresses(ReadOnlySpan<byte> value)
    {
        while (true)
        {
            if (!NameAddress.TryParse(value, out var address, out var used)) return false;
            if (used == value.Length) return true;
            if (address.IsWildcard) return false;
            value = value[(used + 1)..];
        }
    }

    /// <summary>What can be judged only with all headers read (§8.1.1, §20).</summary>
    private static void CheckWhole(SipMessage message, ref SipRejectReason reason)
    {
        if (reason != SipRejectReason.None) return;
        if (message.ViaIndex == SipMessage.NoHeader) reason = SipRejectReason.MissingVia;
        else if (message.FromIndex == SipMessage.NoHeader) reason = SipRejectReason.MissingFrom;
        else if (message.ToIndex == SipMessage.NoHeader) reason = SipRejectReason.MissingTo;
        else if (message.CallIdIndex == SipMessage.NoHeader) reason = SipRejectReason.MissingCallId;
        else if (message.CSeqIndex == SipMessage.NoHeader) reason = SipRejectReason.MissingCSeq;
        else if (message.IsRequest && (message.SequenceMethod != message.RequestMethod
                || (message.RequestMethod == SipMethod.Unknown
                    && !message.CSeqMethodToken.SequenceEqual(message.MethodToken))))
            reason = SipRejectReason.CSeqMethodMismatch;
    }
}
