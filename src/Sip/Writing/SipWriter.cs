using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Tandem.Sip.Messages;

namespace Tandem.Sip.Writing;

/// <summary>
/// Writes one SIP message into a rented buffer that grows as needed. Reuse one writer for many messages with
/// <see cref="Reset"/>: then nothing is allocated. For one thread at a time.
/// </summary>
/// <remarks>
/// Order of calls: a start line, header fields, and <see cref="Finish()"/> or <see cref="Finish(ReadOnlySpan{byte})"/>,
/// which writes Content-Length, the empty line and the body. A CR or LF inside a value is written as a space, which is
/// what a fold means (RFC 3261 §7.3.1), so no value can start a header field of its own.
/// </remarks>
public sealed class SipWriter : IDisposable
{
    /// <summary>What is rented at first: most messages fit without growing.</summary>
    public const int DefaultInitialBytes = 2_048;

    /// <summary>Largest message written, 65,535 bytes; what is longer is our own bug and throws.</summary>
    public const int MaxBytes = Parsing.SipLimits.DefaultMaxMessageBytes;

    private byte[] _buffer;
    private int _length;

    /// <summary>Rents a buffer of at least this many bytes; it goes back with <see cref="Dispose"/>.</summary>
    public SipWriter(int initialBytes = DefaultInitialBytes) => _buffer = ArrayPool<byte>.Shared.Rent(initialBytes);

    /// <summary>Bytes written so far.</summary>
    public int Length => _length;

    /// <summary>What has been written; valid until the next write, reset or dispose.</summary>
    public ReadOnlySpan<byte> WrittenSpan => _buffer.AsSpan(0, _length);

    /// <summary>What has been written; valid until the next write, reset or dispose.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, _length);

    /// <summary>A copy of what has been written, for keeping it.</summary>
    public byte[] ToArray() => WrittenSpan.ToArray();

    /// <summary>Starts a new message in the same buffer.</summary>
    public void Reset() => _length = 0;

    /// <summary>Gives the buffer back. The writer must not be used afterwards.</summary>
    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        _length = 0;
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Request-Line (RFC 3261 §7.1) of a known method.</summary>
    public void RequestLine(SipMethod method, ReadOnlySpan<byte> requestUri) => RequestLine(method.Token(), requestUri);

    /// <summary>Request-Line (RFC 3261 §7.1) of any method token.</summary>
    public void RequestLine(ReadOnlySpan<byte> method, ReadOnlySpan<byte> requestUri)
    {
        if (method.IsEmpty || requestUri.IsEmpty) throw new ArgumentException("A request line needs method and URI.");
        Append(method);
        Raw(" "u8);
        Append(requestUri);
        Raw(" SIP/2.0\r\n"u8);
    }

    /// <summary>Status-Line (RFC 3261 §7.2); an empty phrase becomes the registered one.</summary>
    public void StatusLine(int status, ReadOnlySpan<byte> reasonPhrase = default)
    {
        if (status is < 100 or > 699) throw new ArgumentOutOfRangeException(nameof(status), status, "No status code.");
        Raw("SIP/2.0 "u8);
        Append(status);
        Raw(" "u8);
        Append(reasonPhrase.IsEmpty ? SipStatus.ReasonPhrase(status) : reasonPhrase);
        Raw("\r\n"u8);
    }

    /// <summary>A header field with a value of bytes.</summary>
    public void Header(SipHeaderName name, ReadOnlySpan<byte> value)
    {
        BeginHeader(name);
        Append(value);
        EndHeader();
    }

    /// <summary>A header field with a value of text, written as UTF-8.</summary>
    public void Header(SipHeaderName name, string value)
    {
        BeginHeader(name);
        Append(value);
        EndHeader();
    }

    /// <summary>A header field with a number.</summary>
    public void Header(SipHeaderName name, long value)
    {
        BeginHeader(name);
        Append(value);
        EndHeader();
    }

    /// <summary>A header field of any name.</summary>
    public void Header(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        BeginHeader(name);
        Append(value);
        EndHeader();
    }

    /// <summary>CSeq (RFC 3261 §20.16) of a known method.</summary>
    public void CSeq(uint number, SipMethod method) => CSeq(number, method.Token());

    /// <summary>CSeq (RFC 3261 §20.16).</summary>
    public void CSeq(uint number, ReadOnlySpan<byte> method)
    {
        BeginHeader(SipHeaderName.CSeq);
        Append(number);
        Raw(" "u8);
        Append(method);
        EndHeader();
    }

    /// <summary>
    /// From, To or another address header with its URI in angle brackets; display name (quoted and escaped here) and
    /// tag may be empty.
    /// </summary>
    public void Address(
        SipHeaderName name, ReadOnlySpan<byte> displayName, ReadOnlySpan<byte> uri, ReadOnlySpan<byte> tag)
    {
        BeginHeader(name);
        if (!displayName.IsEmpty)
        {
            AppendQuoted(displayName);
            Raw(" "u8);
        }
        Raw("<"u8);
        Append(uri);
        Raw(">"u8);
        if (!tag.IsEmpty)
        {
            Raw(";tag="u8);
            Append(tag);
        }
        EndHeader();
    }

    /// <summary>Copies one header field verbatim: spelling, white space, folds.</summary>
    public void Copy(SipHeaderView header) => Raw(header.Raw);

    /// <summary>Copies all fields of one name verbatim and in order.</summary>
    public void Copy(SipMessage message, SipHeaderName name)
    {
        for (var i = message.FindHeader(name); i >= 0; i = message.FindHeader(name, i + 1))
            Raw(message.RawAt(i));
    }

    /// <summary>Begins a header field; the value follows with Append, and <see cref="EndHeader"/> ends it.</summary>
    public void BeginHeader(SipHeaderName name)
    {
        if (name == SipHeaderName.Unknown) throw new ArgumentException("Unknown has no spelling.", nameof(name));
        Raw(SipHeaderNames.SpellOpening(name));
    }

    /// <summary>Begins a header field of any name.</summary>
    public void BeginHeader(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || !Parsing.SipGrammar.IsAll(name, Parsing.SipGrammar.Token))
            throw new ArgumentException("A header field's name is a token.", nameof(name));
        Raw(name);
        Raw(": "u8);
    }

    /// <summary>Ends the header field begun.</summary>
    public void EndHeader() => Raw("\r\n"u8);

    /// <summary>Appends bytes to the line begun; a fold in them becomes one space.</summary>
    public void Append(ReadOnlySpan<byte> text)
    {
        while (true)
        {
            var ending = text.IndexOfAny((byte)'\r', (byte)'\n');
            if (ending < 0)
            {
                Raw(text);
                return;
            }
            Raw(text[..ending]);
            Raw(" "u8);
            var rest = text[ending..];
            text = rest[Parsing.SipGrammar.SkipSpace(rest, 0)..];
        }
    }

    /// <summary>Appends text as UTF-8 to the line begun; a CR or LF in it becomes a space.</summary>
    public void Append(string text)
    {
        Grow(Encoding.UTF8.GetMaxByteCount(text.Length), text.Length);
        var start = _length;
        _length += Encoding.UTF8.GetBytes(text, _buffer.AsSpan(start));
        var written = _buffer.AsSpan(start, _length - start);
        written.Replace((byte)'\r', (byte)' ');
        written.Replace((byte)'\n', (byte)' ');
    }

    /// <summary>Appends a number to the line begun.</summary>
    public void Append(long number)
    {
        Grow(20, 20);
        if (!Utf8Formatter.TryFormat(number, _buffer.AsSpan(_length), out var written))
            throw new InvalidOperationException("Twenty bytes hold every number.");
        _length += written;
    }

    /// <summary>Appends a quoted-string with its quotes; '"' and '\' are escaped (RFC 3261 §25.1).</summary>
    public void AppendQuoted(ReadOnlySpan<byte> text)
    {
        Raw("\""u8);
        while (true)
        {
            var special = text.IndexOfAny((byte)'"', (byte)'\\');
            if (special < 0) break;
            Append(text[..special]);
            Raw("\\"u8);
            Append(text.Slice(special, 1));
            text = text[(special + 1)..];
        }
        Append(text);
        Raw("\""u8);
    }

    /// <summary>Ends a message without body: Content-Length 0 and the empty line.</summary>
    public void Finish() => Finish(default);

    /// <summary>
    /// Ends the message: Content-Length, the empty line and the body. Content-Type is a header field like others and
    /// written before.
    /// </summary>
    public void Finish(ReadOnlySpan<byte> body)
    {
        Header(SipHeaderName.ContentLength, body.Length);
        Raw("\r\n"u8);
        Raw(body);
    }

    /// <summary>Ends the message with Content-Type, Content-Length, the empty line and the body.</summary>
    public void Finish(ReadOnlySpan<byte> contentType, ReadOnlySpan<byte> body)
    {
        if (!body.IsEmpty) Header(SipHeaderName.ContentType, contentType);
        Finish(body);
    }

    /// <summary>Appends bytes exactly as they are. The caller vouches for line endings in them.</summary>
    public void Raw(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _length || bytes.Length > MaxBytes - _length)
            Grow(bytes.Length, bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    // The room to have, and the part of it that will surely be filled and so counts against the maximum.
    private void Grow(int room, int filled)
    {
        if (filled > MaxBytes - _length) throw new InvalidOperationException($"Message longer than {MaxBytes} bytes.");
        if (room <= _buffer.Length - _length) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + room, _buffer.Length * 2));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
