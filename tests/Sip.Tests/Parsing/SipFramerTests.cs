using System.Text;
using CsCheck;
using Tandem.Sip.Parsing;

namespace Tandem.Sip.Tests.Parsing;

public sealed class SipFramerTests
{
    private static readonly Gen<string> AnyMessage = Gen.Select(Gen.Int[0, 9_000], Gen.Int[1, 3], Gen.Bool, (body, name, more) =>
        "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n"
        + $"Call-ID: c{body}\r\nCSeq: 1 OPTIONS\r\n{(more ? "X: " + new string('x', 300) + "\r\n\t folded\r\n" : "")}"
        + $"{(name == 1 ? "l" : name == 2 ? "CONTENT-LENGTH " : "Content-Length")}: {body}\r\n\r\n"
        + new string('\r', body / 2) + new string('\n', body - (body / 2)));

    private static readonly Gen<string> Between = Gen.Int[0, 4].Select(i => new[] { "", "\r\n", "\r\n\r\n", "\n", "\r\n\r\n\r\n" }[i]);

    // Reference: cut the text where the lengths say, all at once.
    [Fact]
    public void Gives_the_same_messages_however_the_stream_is_split() =>
        Gen.Select(Gen.Select(AnyMessage, Between).Array[1, 4], Gen.Int[1, 700].Array[1, 20]).Sample((parts, splits) =>
        {
            var stream = Encoding.ASCII.GetBytes(string.Concat(parts.Select(p => p.Item2 + p.Item1)));
            var (framer, seen, at, turn) = (new SipFramer(), new List<string>(), 0, 0);
            while (at < stream.Length)
            {
                var length = Math.Min(splits[turn++ % splits.Length], stream.Length - at);
                Feed(framer, stream.AsSpan(at, length), seen);
                at += length;
            }

            Assert.Equal(parts.Select(p => p.Item1), seen.Where(s => s != "ping"));
            Assert.Equal(0, framer.Pending);
        }, iter: 300);

    [Fact]
    public void Gives_the_same_at_each_single_split()
    {
        var text = "\r\n\r\n" + Message("a", "body") + "\r\n" + Message("b") + "\r\n\r\n";
        var stream = Encoding.ASCII.GetBytes(text);
        for (var split = 0; split <= stream.Length; split++)
        {
            var (framer, seen) = (new SipFramer(), new List<string>());
            Feed(framer, stream.AsSpan(0, split), seen);
            Feed(framer, stream.AsSpan(split), seen);
            Assert.Equal(["ping", Message("a", "body"), Message("b"), "ping"], seen);
        }
    }

    [Fact]
    public void Tells_pings_from_a_single_line_end()
    {
        Assert.Equal(["ping", "ping"], All("\r\n\r\n\r\n\r\n"));
        Assert.Equal([], All("\r\n"));
        Assert.Equal([Message("a")], All("\r\n" + Message("a")));
        Assert.Equal(["ping", Message("a")], All("\n\r\r\n\r\n" + Message("a")));
    }

    [Theory]
    [InlineData("Content-Length: 5\r\nContent-Length: 5\r\n", SipRejectReason.DuplicateHeader)]
    [InlineData("Content-Length: 5\r\nl: 6\r\n", SipRejectReason.DuplicateHeader)]
    [InlineData("Content-Length: -1\r\n", SipRejectReason.BadContentLength)]
    [InlineData("Content-Length: 5x\r\n", SipRejectReason.BadContentLength)]
    [InlineData("Content-Length: 99999999999\r\n", SipRejectReason.BadContentLength)]
    [InlineData("Content-Length: 70000\r\n", SipRejectReason.MessageTooLarge)]
    [InlineData("", SipRejectReason.MissingContentLength)]
    public void Loses_the_framing_where_nobody_knows_the_length_but_can_answer(string length, SipRejectReason reason)
    {
        var framer = new SipFramer();
        var bytes = Encoding.ASCII.GetBytes(Head("a") + length + "\r\nBYE sip:x SIP/2.0\r\n");
        bytes.CopyTo(framer.GetMemory());
        framer.Advance(bytes.Length);
        Assert.Equal(SipFrame.Lost, framer.Read(out var result));
        Assert.Equal(reason, result.Reason);
        Assert.True(result.StatusToAnswer is 400 or 513);
        Assert.Equal(SipFrame.None, framer.Read(out _));
    }

    [Fact]
    public void Goes_on_behind_a_refused_message_whose_end_is_known()
    {
        var bad = Message("a", "12345").Replace("CSeq: 1", "CSeq: x", StringComparison.Ordinal);
        Assert.Equal(["BadCSeq", Message("b")], All(bad + Message("b")));
    }

    [Theory]
    [InlineData("\u0016\u0003\u0001")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData(" INVITE")]
    public void Gives_up_on_what_is_no_SIP(string text) => Assert.Equal(["lost NotSip"], All(text));

    [Fact]
    public void Gives_up_on_a_header_section_without_end_with_bounded_memory()
    {
        var (framer, seen) = (new SipFramer(), new List<string>());
        Feed(framer, Encoding.ASCII.GetBytes("OPTIONS sip:a SIP/2.0\r\n"), seen);
        for (var i = 0; i < 10_000 && seen.Count == 0; i++) Feed(framer, "X-Header: lorem ipsum\r\n"u8, seen);
        Assert.Equal(["lost HeaderTooLong"], seen);
        Assert.InRange(framer.Capacity, 1, 80_000);
    }

    // Proof that one byte at a time costs no more: 60 KB in single bytes would be 60,000 parses of up to 60 KB.
    [Fact]
    public void Takes_a_long_message_byte_by_byte_and_gives_its_room_back()
    {
        var text = Message("a", new string('b', 60_000));
        var (framer, seen) = (new SipFramer(), new List<string>());
        foreach (var c in Encoding.ASCII.GetBytes(text)) Feed(framer, [c], seen);
        Assert.Equal([text], seen);
        framer.GetMemory();
        Assert.Equal(SipFramer.InitialBytes, framer.Capacity);
    }

    private static string Head(string id) =>
        $"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK{id}\r\nFrom: <sip:a@b>;tag=1\r\n"
        + $"To: <sip:a@b>\r\nCall-ID: {id}\r\nCSeq: 1 OPTIONS\r\n";

    private static string Message(string id, string body = "") => Head(id) + $"Content-Length: {body.Length}\r\n\r\n{body}";

    private static List<string> All(string text)
    {
        var seen = new List<string>();
        Feed(new SipFramer(), Encoding.ASCII.GetBytes(text), seen);
        return seen;
    }

    private static void Feed(SipFramer framer, ReadOnlySpan<byte> bytes, List<string> seen)
    {
        while (true)
        {
            SipFrame frame;
            while ((frame = framer.Read(out var result)) != SipFrame.None)
            {
                seen.Add(frame switch
                {
                    SipFrame.Ping => "ping",
                    SipFrame.Message => Encoding.ASCII.GetString(result.Message!.Raw.Span),
                    SipFrame.Rejected => result.Reason.ToString(),
                    _ => $"lost {result.Reason}",
                });
            }

            if (bytes.IsEmpty) return;
            var room = framer.GetMemory().Span;
            var length = Math.Min(room.Length, bytes.Length);
            bytes[..length].CopyTo(room);
            framer.Advance(length);
            bytes = bytes[length..];
        }
    }
}
