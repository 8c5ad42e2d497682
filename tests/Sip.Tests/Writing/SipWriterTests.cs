using CsCheck;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Tests.Parsing;
using Tandem.Sip.Writing;
using static Tandem.Sip.Tests.Parsing.TestMessages;

namespace Tandem.Sip.Tests.Writing;

public sealed class SipWriterTests
{
    [Fact]
    public void Writes_a_request()
    {
        using var writer = new SipWriter(16); // Small, so that it grows.
        writer.RequestLine(SipMethod.Invite, "sip:c@d"u8);
        writer.Header(SipHeaderName.Via, "SIP/2.0/UDP h;branch=z9hG4bK1"u8);
        writer.Header(SipHeaderName.MaxForwards, 70);
        writer.Address(SipHeaderName.From, "A \"B\" \\"u8, "sip:a@b"u8, "1"u8);
        writer.Address(SipHeaderName.To, default, "sip:c@d"u8, default);
        writer.Header(SipHeaderName.CallId, "x@y");
        writer.CSeq(uint.MaxValue / 2, SipMethod.Invite);
        writer.BeginHeader(SipHeaderName.Contact);
        writer.Append("<sip:"u8);
        writer.Append("192.0.2.1");
        writer.Append(":"u8);
        writer.Append(5060);
        writer.Append(">"u8);
        writer.EndHeader();
        writer.Header("X-Number"u8, "1"u8);
        writer.Finish("application/sdp"u8, "v=0\r\n"u8);

        Assert.Equal(
            Crlf(
                """
                INVITE sip:c@d SIP/2.0
                Via: SIP/2.0/UDP h;branch=z9hG4bK1
                Max-Forwards: 70
                From: "A \"B\" \\" <sip:a@b>;tag=1
                To: <sip:c@d>
                Call-ID: x@y
                CSeq: 2147483647 INVITE
                Contact: <sip:192.0.2.1:5060>
                X-Number: 1
                Content-Type: application/sdp
                Content-Length: 5

                v=0

                """),
            Text(writer.WrittenSpan));
        Assert.Equal(SipParseOutcome.Message, SipParser.ParseDatagram(writer.ToArray()).Outcome);
    }

    [Fact]
    public void Writes_a_status_line_with_its_own_or_the_registered_phrase()
    {
        using var writer = new SipWriter();
        writer.StatusLine(183);
        writer.StatusLine(404, "No Such Number"u8);
        writer.StatusLine(499);
        Assert.Equal(
            "SIP/2.0 183 Session Progress\r\nSIP/2.0 404 No Such Number\r\nSIP/2.0 499 Client Error\r\n",
            Text(writer.WrittenSpan));
    }

    [Fact]
    public void No_value_can_start_a_header_of_its_own() =>
        Gen.Char["ab \r\n\t:"].Array[0, 30].Select(letters => new string(letters)).Sample(
            value =>
            {
                using var writer = new SipWriter();
                writer.Header(SipHeaderName.Subject, value);
                writer.Header(SipHeaderName.Subject, Bytes(value));
                writer.Header("X-Y"u8, Bytes(value));
                var lines = Text(writer.WrittenSpan).Split("\r\n");
                Assert.Equal(4, lines.Length);
                Assert.All(lines, line => Assert.False(line.Contains('\r') || line.Contains('\n')));
            },
            iter: 2_000);

    [Fact]
    public void A_fold_becomes_one_space()
    {
        using var writer = new SipWriter();
        writer.Header(SipHeaderName.Subject, "one\r\n  two\r\n\tthree"u8);
        Assert.Equal("Subject: one two three\r\n", Text(writer.WrittenSpan));
    }

    [Fact]
    public void Copies_all_fields_of_a_name_verbatim()
    {
        var message = Parse(
            "BYE sip:c@d SIP/2.0\r\nV:SIP/2.0/UDP h ;\r\n branch=z9hG4bK1\r\nf:<sip:a@b>\r\nt:<sip:c@d>\r\ni:x\r\n"
            + "CSeq: 1 BYE\r\nvia : SIP/2.0/UDP i\r\n\r\n");
        using var writer = new SipWriter();
        writer.Copy(message, SipHeaderName.Via);
        Assert.Equal("V:SIP/2.0/UDP h ;\r\n branch=z9hG4bK1\r\nvia : SIP/2.0/UDP i\r\n", Text(writer.WrittenSpan));
    }

    [Fact]
    public void Writes_again_after_reset_without_allocating()
    {
        using var writer = new SipWriter();
        var message = Parse(Invite);
        var source = new SipSource(System.Net.IPAddress.Loopback, 5060);
        Write();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Write();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Write()
        {
            writer.Reset();
            writer.WriteResponse(message, 200, default, "tag"u8, source);
            writer.Header(SipHeaderName.Contact, "<sip:h>"u8);
            writer.Finish("application/sdp"u8, message.Body.Span);
        }
    }

    [Fact]
    public void Misuse_is_a_bug_and_throws()
    {
        using var writer = new SipWriter();
        Assert.Throws<ArgumentException>(() => writer.Header("a b"u8, "x"u8));
        Assert.Throws<ArgumentException>(() => writer.Header(SipHeaderName.Unknown, "x"u8));
        Assert.Throws<ArgumentException>(() => writer.RequestLine(SipMethod.Unknown, "sip:a"u8));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.StatusLine(99));
        Assert.Throws<InvalidOperationException>(() => writer.Raw(new byte[SipWriter.MaxBytes + 1]));
        writer.Reset();
        writer.Raw(new byte[SipWriter.MaxBytes]);
        Assert.Throws<InvalidOperationException>(() => writer.Raw("x"u8));
    }
}
