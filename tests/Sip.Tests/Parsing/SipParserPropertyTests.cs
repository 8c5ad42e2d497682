using System.Text;
using CsCheck;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Writing;
using static Tandem.Sip.Tests.Parsing.TestMessages;

namespace Tandem.Sip.Tests.Parsing;

/// <summary>Properties over prefixes, mutations and generated messages; a failure prints its CsCheck seed.</summary>
public sealed class SipParserPropertyTests
{
    private static readonly byte[] Original = Bytes(Invite);

    private static readonly string[] Names =
    [
        "X-One", "x-two", "Subject", "s", "Via", "v", "Supported", "k", "Allow", "Server", "P-Asserted-Identity",
        "Warning", "u", "Z!%*",
    ];

    private static readonly string[] Pieces =
    [
        "INVITE", "ACK", " ", "sip:", "a@b", "SIP/2.0", "SIP/2.0/UDP ", "\r\n", "\r", "\n", "\r\n ", "Via", "v", ":",
        ": ", "From", "To", "Call-ID", "CSeq", "1 INVITE", "Content-Length", "Contact", "<", ">", "\"", "\\", ";", "=",
        ",", "tag",
        "branch=z9hG4bK1", "[::1]", "%41", "%", "?", "*", "0", "99999999999", "\0", "\u00ff", "200 OK", "tel:", "rport",
    ];

    private static readonly Gen<string> GenValue =
        Gen.Char["abc \t;,=\"<>:@%\\"].Array[0, 20].Select(letters => new string(letters).Trim(' ', '\t'));

    private static readonly Gen<(string Name, string Value)[]> GenHeaders =
        Gen.Select(Gen.Int[0, Names.Length - 1].Select(i => Names[i]), GenValue).Array[0, 60];

    [Fact]
    public void No_prefix_of_a_message_is_taken_for_the_whole()
    {
        var headEnd = Invite.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        for (var length = 0; length < Original.Length; length++)
        {
            var prefix = Original.AsMemory(0, length);
            var datagram = SipParser.ParseDatagram(prefix);
            Assert.Equal(SipParseOutcome.Rejected, datagram.Outcome);
            if (length >= headEnd) Assert.Equal(SipRejectReason.BodyCut, datagram.Reason);
            if (datagram.Message is { } partial) Touch(partial);

            var stream = SipParser.ParseStream(prefix);
            Assert.Equal((SipParseOutcome.NeedMore, 0), (stream.Outcome, stream.Consumed));
        }
        Assert.Equal(SipParseOutcome.Message, SipParser.ParseDatagram(Original).Outcome);
        Assert.Equal(SipParseOutcome.Message, SipParser.ParseStream(Original).Outcome);
    }

    [Fact]
    public void Changed_bytes_never_throw_and_every_accessor_survives() =>
        Gen.Select(Gen.Int[0, Original.Length - 1], Gen.Byte).Array[1, 8].Sample(
            changes =>
            {
                var bytes = (byte[])Original.Clone();
                foreach (var (at, value) in changes) bytes[at] = value;
                Exercise(bytes);
            },
            iter: 20_000);

    [Fact]
    public void Cut_and_repeated_pieces_never_throw() =>
        Gen.Select(Gen.Int[0, Original.Length], Gen.Int[0, Original.Length], Gen.Int[0, Original.Length]).Sample(
            (from, to, at) =>
            {
                var piece = from <= to ? Original[from..to] : [];
                Exercise([.. Original[..at], .. piece, .. Original[at..]]);
                if (from <= to) Exercise([.. Original[..from], .. Original[to..]]);
            },
            iter: 5_000);

    [Fact]
    public void Strings_of_SIP_pieces_never_throw() =>
        Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[0, 60].Sample(
            pieces => Exercise(Encoding.Latin1.GetBytes(string.Concat(pieces))),
            iter: 20_000);

    [Fact]
    public void Random_bytes_never_throw() =>
        Gen.Byte.Array[0, 300].Sample(bytes => Exercise(bytes), iter: 5_000);

    [Fact]
    public void Header_fields_keep_their_order_names_and_values() =>
        GenHeaders.Sample(
            headers =>
            {
                var message = ParseLenient(Request(headers));
                for (var i = 0; i < headers.Length; i++)
                {
                    var header = message.HeaderAt(FixedHeaders + i);
                    Assert.Equal(headers[i].Name, Text(header.NameText));
                    Assert.Equal(headers[i].Value, Text(header.Value));
                    Assert.Equal(SipHeaderNames.Find(Bytes(headers[i].Name)), header.Name);
                }
                Assert.Equal(FixedHeaders + headers.Length, message.HeaderCount);
            },
            iter: 2_000);

    [Fact]
    public void What_is_parsed_and_written_parses_to_the_same() =>
        GenHeaders.Sample(
            headers =>
            {
                var message = ParseLenient(Request(headers));
                using var writer = new SipWriter(16);
                writer.RequestLine(message.MethodToken, message.RequestUri);
                foreach (var header in message.Headers)
                    if (header.Name == SipHeaderName.Unknown) writer.Header(header.NameText, header.Value);
                    else if (header.Name != SipHeaderName.ContentLength) writer.Header(header.Name, header.Value);
                writer.Finish(message.Body.Span);

                var again = ParseLenient(Text(writer.WrittenSpan));
                Assert.Equal(Fields(message), Fields(again));
                Assert.Equal(Text(message.RequestUri), Text(again.RequestUri));
                Assert.Equal(Text(message.Body.Span), Text(again.Body.Span));
                Assert.Equal(Text(message.FromTag), Text(again.FromTag));
            },
            iter: 2_000);

    [Fact]
    public void Copied_verbatim_a_message_is_the_same_bytes() =>
        GenHeaders.Sample(
            headers =>
            {
                var text = Request(headers);
                var message = ParseLenient(text);
                using var writer = new SipWriter(16);
                writer.RequestLine(message.MethodToken, message.RequestUri);
                foreach (var header in message.Headers) writer.Copy(header);
                writer.Raw("\r\n"u8);
                writer.Raw(message.Body.Span);
                Assert.Equal(text, Text(writer.WrittenSpan));
            },
            iter: 1_000);

    [Fact]
    public void Every_split_of_a_stream_gives_the_same_messages() =>
        Gen.Int[1, 200].Array[1, 40].Sample(
            sizes =>
            {
                byte[] stream = [.. Original, .. Bytes("\r\n\r\n"), .. Original, .. Original];
                int read = 0, start = 0, found = 0;
                for (var i = 0; read < stream.Length; i++)
                {
                    read = Math.Min(stream.Length, read + sizes[i % sizes.Length]);
                    while (true)
                    {
                        var result = SipParser.ParseStream(stream.AsMemory(start, read - start));
                        if (result.Outcome == SipParseOutcome.NeedMore) break;
                        Assert.Equal(SipParseOutcome.Message, result.Outcome);
                        Assert.Equal(Invite, Text(result.Message!.Raw.Span));
                        start += result.Consumed;
                        found++;
                    }
                }
                Assert.Equal((3, stream.Length), (found, start));
            },
            iter: 300);

    [Fact]
    public void Lists_split_as_a_slow_reference_splits_them() =>
        Gen.Char["ab ,\"<>\\;="].Array[0, 25].Select(letters => new string(letters)).Sample(
            text =>
            {
                var values = new List<string>();
                foreach (var value in new SipListSplitter(Bytes(text))) values.Add(Text(value));
                Assert.Equal(SplitSlowly(text), values);
            },
            iter: 20_000);

    private static int FixedHeaders => 5;

    private static string Request((string Name, string Value)[] headers)
    {
        var text = new StringBuilder(
            "MESSAGE sip:c@d SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
            + "To: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 MESSAGE\r\n");
        foreach (var (name, value) in headers) text.Append($"{name}: {value}\r\n");
        return text.Append("\r\nbody").ToString();
    }

    private static SipMessage ParseLenient(string text)
    {
        var result = SipParser.ParseDatagram(Bytes(text));
        Assert.Equal(SipRejectReason.None, result.Reason);
        return result.Message!;
    }

    private static List<(SipHeaderName, string, string)> Fields(SipMessage message)
    {
        var fields = new List<(SipHeaderName, string, string)>();
        foreach (var header in message.Headers)
        {
            if (header.Name == SipHeaderName.ContentLength) continue;
            var name = header.Name == SipHeaderName.Unknown ? Text(header.NameText) : "";
            fields.Add((header.Name, name, Text(header.Value)));
        }
        return fields;
    }

    /// <summary>Parses both ways, reads everything, answers what is answered and reads the answer.</summary>
    private static void Exercise(byte[] bytes)
    {
        var stream = SipParser.ParseStream(bytes);
        Assert.InRange(stream.Consumed, 0, bytes.Length);
        if (stream.Message is { } partial) Touch(partial);

        var result = SipParser.ParseDatagram(bytes);
        Assert.NotEqual(SipParseOutcome.NeedMore, result.Outcome);
        Assert.Equal(bytes.Length, result.Consumed);
        if (result.Message is not { } message) return;
        Touch(message);
        if (!message.CanBeAnswered) return;

        using var writer = new SipWriter(64);
        var status = Math.Max(result.StatusToAnswer, 200);
        writer.WriteShortResponse(
            message, status, result.Reason.ReasonPhrase(), "t"u8, new(System.Net.IPAddress.Loopback, 5060));
        var answer = SipParser.ParseDatagram(writer.ToArray());
        Assert.True(answer.Message is { IsResponse: true } response && response.StatusCode == status);
        if (result.Outcome == SipParseOutcome.Message) Assert.Equal(SipRejectReason.None, answer.Reason);
    }

    private static List<string> SplitSlowly(string text)
    {
        var values = new List<string>();
        var current = new StringBuilder();
        bool quoted = false, angled = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted && c == '\\' && i + 1 < text.Length)
            {
                current.Append(c).Append(text[++i]);
                continue;
            }
            if (quoted) quoted = c != '"';
            else if (angled) angled = c != '>';
            else if (c == '"') quoted = true;
            else if (c == '<') angled = true;
            else if (c == ',')
            {
                Add();
                continue;
            }
            current.Append(c);
        }
        Add();
        return values;

        void Add()
        {
            var value = current.ToString().Trim(' ');
            if (value.Length > 0) values.Add(value);
            current.Clear();
        }
    }
}
