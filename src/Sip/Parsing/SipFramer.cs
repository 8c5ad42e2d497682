namespace Tandem.Sip.Parsing;

/// <summary>What <see cref="SipFramer.Read"/> found next in a stream.</summary>
public enum SipFrame : byte
{
    /// <summary>Nothing whole: more bytes are needed.</summary>
    None,

    /// <summary>A whole message that follows the rules.</summary>
    Message,

    /// <summary>A message that is refused; the next one begins behind it.</summary>
    Rejected,

    /// <summary>Nobody knows where the next message begins: the connection must be closed.</summary>
    Lost,

    /// <summary>The double CRLF of RFC 5626 §4.4.1, to be answered with one CRLF.</summary>
    Ping,
}

/// <summary>
/// Cuts the bytes of one stream into messages by their Content-Length (RFC 3261 §18.3), however they are split. Pure: no
/// socket, no clock. Each byte is looked at a fixed number of times, so that a peer that sends byte by byte costs no
/// more than one that sends all at once.
/// </summary>
/// <remarks>
/// Use: bytes into <see cref="GetMemory"/>, their number to <see cref="Advance"/>, then <see cref="Read"/> until
/// <see cref="SipFrame.None"/>.
/// </remarks>
public sealed class SipFramer
{
    /// <summary>
    /// Default of the longest header section: as much as the transaction layer takes
    /// (<see cref="Transactions.TransactionLayer.MaxRequestHeaderBytes"/>). Above it the framing counts as lost.
    /// </summary>
    public const int DefaultMaxHeaderSectionBytes = 32 * 1024;

    /// <summary>Room of a connection on which no long message is under way: most messages fit.</summary>
    public const int InitialBytes = 4 * 1024;

    private const int MinimumRoom = 1024;
    private const int PingBytes = 4;

    private readonly SipLimits _limits;
    private readonly int _maxHeaderSection;
    private byte[] _buffer = new byte[InitialBytes];
    private int _start;
    private int _end;
    private int _searched; // From _start: no end of the header section begins before.
    private int _needed; // From _start: length of the whole message, once known.
    private int _pingBytes; // Of CR LF CR LF, seen between messages.
    private bool _lost;

    /// <summary>Makes a framer at the beginning of a stream.</summary>
    /// <param name="limits">Caps; <see cref="SipLimits.Default"/> when null.</param>
    /// <param name="maxHeaderSectionBytes">See <see cref="DefaultMaxHeaderSectionBytes"/>.</param>
    public SipFramer(SipLimits? limits = null, int maxHeaderSectionBytes = DefaultMaxHeaderSectionBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxHeaderSectionBytes);
        (_limits, _maxHeaderSection) = (limits ?? SipLimits.Default, maxHeaderSectionBytes);
    }

    /// <summary>Bytes of a message that is not whole yet.</summary>
    public int Pending => _end - _start;

    /// <summary>Room of the buffer, in bytes; bounded by the longest message.</summary>
    public int Capacity => _buffer.Length;

    /// <summary>Room for the next bytes of the stream; never empty.</summary>
    public Memory<byte> GetMemory()
    {
        if (_start == _end)
        {
            (_start, _end) = (0, 0);
            if (_buffer.Length > InitialBytes) _buffer = new byte[InitialBytes]; // An idle connection costs little.
        }

        if (_start > 0 && _buffer.Length - _end < MinimumRoom)
        {
            _buffer.AsSpan(_start.._end).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_buffer.Length - _end < MinimumRoom)
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _needed + MinimumRoom));
        return _buffer.AsMemory(_end);
    }

    /// <summary>Tells how many bytes were put into the room.</summary>
    /// <param name="bytes">Their number.</param>
    public void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, _buffer.Length - _end);
        _end += bytes;
    }

    /// <summary>Finds what comes next. After <see cref="SipFrame.Lost"/> there is nothing more.</summary>
    /// <param name="result">
    /// For a message, or what could be read of a refused one: the parse, on a copy of its bytes that may be kept.
    /// </param>
    public SipFrame Read(out SipParseResult result)
    {
        result = default;
        if (_lost) return SipFrame.None;
        if (SkipLineEnds()) return SipFrame.Ping;
        if (_start == _end) return SipFrame.None;
        var unread = _buffer.AsMemory(_start.._end);
        if (_needed > unread.Length) return SipFrame.None;
        if (_needed == 0 && !HasHeaderEnd(unread.Span))
        {
            // No message begins so: no need to wait for its end.
            if (!SipGrammar.Token.Contains(unread.Span[0])) return Lose(out result, SipRejectReason.NotSip);
            return unread.Length <= _maxHeaderSection
                ? SipFrame.None
                : Lose(out result, SipRejectReason.HeaderTooLong);
        }

        var parsed = SipParser.ParseStream(unread, _limits);
        if (parsed.Outcome == SipParseOutcome.NeedMore)
        {
            _needed = parsed.Needed;
            return _needed > 0 ? SipFrame.None : Lose(out result, SipRejectReason.HeadersCut);
        }

        result = parsed.Detach();
        if (parsed.Consumed == 0)
        {
            _lost = true;
            return SipFrame.Lost;
        }

        _start += parsed.Consumed;
        (_searched, _needed, _pingBytes) = (0, 0, 0);
        return parsed.Outcome == SipParseOutcome.Message ? SipFrame.Message : SipFrame.Rejected;
    }

    private SipFrame Lose(out SipParseResult result, SipRejectReason reason)
    {
        _lost = true;
        result = SipParseResult.Bad(reason, null, 0);
        return SipFrame.Lost;
    }

    // RFC 3261 §7.5: line ends before a message are skipped. True when a ping of them is whole.
    private bool SkipLineEnds()
    {
        if (_searched > 0 || _needed > 0) return false; // Inside of a message.
        while (_start < _end && _buffer[_start] is var c and ((byte)'\r' or (byte)'\n'))
        {
            _start++;
            var expected = _pingBytes % 2 == 0 ? '\r' : '\n';
            _pingBytes = c == expected ? _pingBytes + 1 : c == '\r' ? 1 : 0;
            if (_pingBytes < PingBytes) continue;
            _pingBytes = 0;
            return true;
        }

        return false;
    }

    private bool HasHeaderEnd(ReadOnlySpan<byte> unread)
    {
        var from = Math.Max(0, _searched - 3);
        _searched = unread.Length;
        var at = unread[from..].IndexOf("\r\n\r\n"u8);
        return at >= 0 && at + from <= _maxHeaderSection;
    }
}
