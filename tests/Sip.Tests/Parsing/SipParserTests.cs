using System.Text;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using static Tandem.Sip.Tests.Parsing.TestMessages;

namespace Tandem.Sip.Tests.Parsing;

public sealed class SipParserTests
{
    private const string Head =
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\n"
        + "CSeq: 1 OPTIONS\r\n";

    private const string Line = "OPTIONS sip:c@d SIP/2.0\r\n";

    [Fact]
    public void Reads_a_plain_INVITE()
    {
        var message = Parse(Invite);

        Assert.True(message.IsRequest);
        Assert.Equal(SipMethod.Invite, message.Method);
        Assert.Equal("INVITE", Text(message.MethodToken));
        Assert.Equal("sip:4930123456789@198.51.100.7:5060;user=phone", Text(message.RequestUri));
        Assert.Equal("a84b4c76e66710-2f1@192.0.2.10", Text(message.CallId));
        Assert.Equal(314159u, message.CSeqNumber);
        Assert.Equal(SipMethod.Invite, message.CSeqMethod);
        Assert.Equal("\"4915112345678\" <sip:4915112345678@192.0.2.10>;tag=1928301774", Text(message.From));
        Assert.Equal("1928301774", Text(message.FromTag));
        Assert.Equal("<sip:4930123456789@198.51.100.7>", Text(message.To));
        Assert.True(message.ToTag.IsEmpty);
        Assert.Equal(70, message.MaxForwards);
        Assert.Equal("application/sdp", Text(message.ContentType));
        Assert.Equal(message.ContentLength, message.Body.Length);
        Assert.StartsWith("v=0\r\n", Text(message.Body.Span));
        Assert.EndsWith("a=sendrecv\r\n", Text(message.Body.Span));
        var via = message.TopVia;
        Assert.Equal(ViaTransport.Udp, via.Transport);
        Assert.Equal("192.0.2.10:5060", Text(via.SentBy));
        Assert.Equal("192.0.2.10", Text(via.Host));
        Assert.Equal(5060, via.Port);
        Assert.Equal("z9hG4bK776asdhds8a7", Text(via.Branch));
        Assert.True(via.HasRport);
        Assert.Equal(-1, via.Rport);
        Assert.Equal(["timer", "100rel"], Values(message, SipHeaderName.Supported));
    }

    [Fact]
    public void Reads_a_response_in_compact_form()
    {
        var message = Parse(
            "sip/2.0 180 Ringing\r\nv: SIP/2.0/UDP h;branch=z9hG4bK1\r\nf: <sip:a@b>;tag=1\r\nt: <sip:c@d>;tag=2\r\n"
            + "i: x\r\nCSeq: 7 INVITE\r\nm: <sip:c@e>\r\nl: 0\r\n\r\n");

        Assert.True(message.IsResponse);
        Assert.Equal((180, "Ringing"), (message.StatusCode, Text(message.ReasonPhrase)));
        Assert.Equal(SipMethod.Invite, message.Method);
        Assert.Equal("INVITE", Text(message.MethodToken));
        Assert.True(message.RequestUri.IsEmpty);
        Assert.Equal(("1", "2"), (Text(message.FromTag), Text(message.ToTag)));
        Assert.True(message.HasHeader(SipHeaderName.Contact));
        Assert.Null(message.MaxForwards);
        Assert.False(message.CanBeAnswered);
    }

    [Fact]
    public void Allocates_at_most_200_bytes_for_a_900_byte_INVITE()
    {
        ReadOnlyMemory<byte> bytes = Bytes(Invite);
        Assert.InRange(bytes.Length, 850, 950);
        const int rounds = 100;
        for (var i = 0; i < rounds; i++) SipParser.ParseDatagram(bytes);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < rounds; i++) SipParser.ParseDatagram(bytes);
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / rounds;

        Assert.InRange(each, 1, 200);
    }

    [Fact]
    public void Reading_a_message_allocates_nothing()
    {
        var message = Parse(Invite);
        Touch(message);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Touch(message);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("\r\n\r\n", SipRejectReason.KeepAlive)]
    [InlineData("\0\0\0\0", SipRejectReason.KeepAlive)]
    [InlineData("", SipRejectReason.KeepAlive)]
    [InlineData("jaK", SipRejectReason.NotSip)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n", SipRejectReason.NotSip)]
    [InlineData("OPTIONS sip:c@d\r\n" + Head + "\r\n", SipRejectReason.NotSip)]
    [InlineData("OPT(IONS sip:c@d SIP/2.0\r\n" + Head + "\r\n", SipRejectReason.NotSip)]
    [InlineData("SIP/2.0\r\n" + Head + "\r\n", SipRejectReason.NotSip)]
    [InlineData("SIP/2.0 99 Low\r\n" + Head + "\r\n", SipRejectReason.BadStatusCode)]
    [InlineData("SIP/2.0 700 High\r\n" + Head + "\r\n", SipRejectReason.BadStatusCode)]
    [InlineData("SIP/2.0 2000 OK\r\n" + Head + "\r\n", SipRejectReason.BadStatusCode)]
    [InlineData("SIP/3.0 200 OK\r\n" + Head + "\r\n", SipRejectReason.UnsupportedVersion)]
    [InlineData("OPTIONS sip:c@d SIP/2.1\r\n" + Head + "\r\n", SipRejectReason.UnsupportedVersion)]
    [InlineData("OPTIONS sip: SIP/2.0\r\n" + Head + "\r\n", SipRejectReason.BadRequestUri)]
    [InlineData("OPTIONS c@d SIP/2.0\r\n" + Head + "\r\n", SipRejectReason.BadRequestUri)]
    [InlineData("OPTIONS sip:c@d\tx SIP/2.0\r\n" + Head + "\r\n", SipRejectReason.BadStartLine)]
    [InlineData(Line + " Via: x\r\n" + Head + "\r\n", SipRejectReason.BadHeader)]
    [InlineData(Line + "nonsense\r\n" + Head + "\r\n", SipRejectReason.BadHeader)]
    [InlineData(Line + "N\u00e4me: 1\r\n" + Head + "\r\n", SipRejectReason.BadHeader)]
    [InlineData(Line + ": 1\r\n" + Head + "\r\n", SipRejectReason.BadHeader)]
    [InlineData(Line + "X: 1\nY: 2\r\n" + Head + "\r\n", SipRejectReason.BadLineEnding)]
    [InlineData(Line + "X: 1\rY: 2\r\n" + Head + "\r\n", SipRejectReason.BadLineEnding)]
    [InlineData(Line + Head, SipRejectReason.HeadersCut)]
    [InlineData(Line + Head + "\r", SipRejectReason.HeadersCut)]
    [InlineData(Line + Head + "f: <sip:a@b>;tag=1\r\n\r\n", SipRejectReason.DuplicateHeader)]
    [InlineData(Line + Head + "t: <sip:a@b>\r\n\r\n", SipRejectReason.DuplicateHeader)]
    [InlineData(Line + Head + "Max-Forwards: 256\r\n\r\n", SipRejectReason.BadMaxForwards)]
    [InlineData(Line + Head + "Max-Forwards: -1\r\n\r\n", SipRejectReason.BadMaxForwards)]
    [InlineData(Line + Head + "Max-Forwards:\r\n\r\n", SipRejectReason.BadMaxForwards)]
    [InlineData(Line + Head + "Content-Length: 1x\r\n\r\n", SipRejectReason.BadContentLength)]
    [InlineData(Line + Head + "Content-Length: 99999999999999999999\r\n\r\n", SipRejectReason.BadContentLength)]
    [InlineData(Line + Head + "Content-Length: 5\r\n\r\nabcd", SipRejectReason.BodyCut)]
    [InlineData(Line + Head + "Contact: nobody\r\n\r\n", SipRejectReason.BadAddress)]
    [InlineData(Line + Head + "Route: <sip:a>, \r\n\r\n", SipRejectReason.BadAddress)]
    [InlineData(Line + Head + "Record-Route: <sip:a\r\n\r\n", SipRejectReason.BadAddress)]
    public void Refuses_with_the_reason(string text, SipRejectReason expected)
    {
        var result = SipParser.ParseDatagram(Encoding.Latin1.GetBytes(text));
        Assert.Equal((SipParseOutcome.Rejected, expected), (result.Outcome, result.Reason));
        Assert.Equal(text.Length, result.Consumed);
    }

    [Theory]
    [InlineData("Via: SIP/2.0/UDP 192.0.2.1", "Via: SIP/2.0/UDP", SipRejectReason.BadVia)]
    [InlineData("Via: SIP/2.0/UDP 192.0.2.1", "Via: SIP/2.0/UDP 192.0.2.1:99999", SipRejectReason.BadVia)]
    [InlineData("Via: SIP/2.0/UDP 192.0.2.1", "X: 1", SipRejectReason.MissingVia)]
    [InlineData("From: <sip:a@b>;tag=1", "From: <sip:a@b>;tag=", SipRejectReason.BadFrom)]
    [InlineData("From: <sip:a@b>;tag=1", "From: *", SipRejectReason.BadFrom)]
    [InlineData("From: <sip:a@b>;tag=1", "X: 1", SipRejectReason.MissingFrom)]
    [InlineData("To: <sip:c@d>", "To: <sip:c@d>, <sip:e@f>", SipRejectReason.BadTo)]
    [InlineData("To: <sip:c@d>", "To: ", SipRejectReason.BadTo)]
    [InlineData("To: <sip:c@d>", "X: 1", SipRejectReason.MissingTo)]
    [InlineData("Call-ID: x", "Call-ID:", SipRejectReason.BadCallId)]
    [InlineData("Call-ID: x", "Call-ID: x y", SipRejectReason.BadCallId)]
    [InlineData("Call-ID: x", "X: 1", SipRejectReason.MissingCallId)]
    [InlineData("CSeq: 1 OPTIONS", "CSeq: 2147483648 OPTIONS", SipRejectReason.BadCSeq)]
    [InlineData("CSeq: 1 OPTIONS", "CSeq: 1OPTIONS", SipRejectReason.BadCSeq)]
    [InlineData("CSeq: 1 OPTIONS", "CSeq: OPTIONS", SipRejectReason.BadCSeq)]
    [InlineData("CSeq: 1 OPTIONS", "CSeq: 1", SipRejectReason.BadCSeq)]
    [InlineData("CSeq: 1 OPTIONS", "CSeq: 1 OPTIONS x", SipRejectReason.BadCSeq)]
    [InlineData("CSeq: 1 OPTIONS", "CSeq: 1 options", SipRejectReason.CSeqMethodMismatch)]
    [InlineData("CSeq: 1 OPTIONS", "X: 1", SipRejectReason.MissingCSeq)]
    public void Refuses_a_broken_mandatory_header(string good, string bad, SipRejectReason expected)
    {
        var text = Line + Head + "\r\n";
        Assert.Contains(good, text);
        var result = SipParser.ParseDatagram(Bytes(text.Replace(good, bad, StringComparison.Ordinal)));
        Assert.Equal(expected, result.Reason);
    }

    [Fact]
    public void Takes_the_largest_CSeq_below_2_to_the_31()
    {
        var text = (Line + Head + "\r\n").Replace("CSeq: 1 ", "CSeq: 2147483647 ", StringComparison.Ordinal);
        Assert.Equal(2_147_483_647u, Parse(text).CSeqNumber);
    }

    [Fact]
    public void An_error_in_one_header_leaves_the_others_readable_for_the_answer()
    {
        var result = SipParser.ParseDatagram(Bytes(Line + "To: \"open <sip:c@d>\r\nbroken\r\n" + Head + "\r\n"));

        Assert.Equal(SipRejectReason.BadTo, result.Reason);
        Assert.Equal(400, result.StatusToAnswer);
        var message = result.Message!;
        Assert.Equal("\"open <sip:c@d>", Text(message.To));
        Assert.Equal(("x", "1", 1u), (Text(message.CallId), Text(message.FromTag), message.CSeqNumber));
        Assert.True(message.HeaderAt(1).NameText.IsEmpty);
        Assert.Equal("broken", Text(message.HeaderAt(1).Value));
    }

    [Theory]
    [InlineData("ACK")]
    [InlineData("SIP/2.0 200 OK")]
    public void ACK_and_responses_are_never_answered(string start)
    {
        var line = start == "ACK" ? "ACK sip:c@d SIP/2.0\r\n" : start + "\r\n";
        var head = Head.Replace("OPTIONS", "ACK", StringComparison.Ordinal);
        var result = SipParser.ParseDatagram(Bytes(line + head + "Contact: bad\r\n\r\n"));
        Assert.Equal((SipRejectReason.BadAddress, 0), (result.Reason, result.StatusToAnswer));
    }

    [Fact]
    public void Cuts_the_body_at_Content_Length_and_takes_the_rest_without_it()
    {
        Assert.Equal("ab", Text(Parse(Line + Head + "Content-Length: 2\r\n\r\nabcd").Body.Span));
        var cut = Parse(Line + Head + "Content-Length: 2\r\n\r\nabcd");
        Assert.EndsWith("\r\n\r\nab", Text(cut.Raw.Span));
        Assert.Equal("abcd", Text(Parse(Line + Head + "\r\nabcd").Body.Span));
        Assert.Equal(0, Parse(Line + Head + "\r\n").Body.Length);
    }

    [Fact]
    public void Skips_line_ends_before_the_start_line()
    {
        var message = Parse("\r\n\r\n" + Line + Head + "\r\n");
        Assert.Equal("OPTIONS", Text(message.MethodToken));
        Assert.StartsWith("OPTIONS", Text(message.Raw.Span));
    }

    [Fact]
    public void Reads_folds_and_long_gaps()
    {
        var gap = new string(' ', 300);
        var message = Parse(Line + Head + $"Subject:{gap}\r\n {gap}far \r\n\taway \r\n\r\n");
        Assert.True(message.TryGetHeader(SipHeaderName.Subject, out var subject));
        Assert.Equal("far \r\n\taway", Text(subject));

        var empty = Parse(Line + Head + "Subject: \r\n \r\nX:\r\n\r\n");
        Assert.True(empty.TryGetHeader("Subject"u8, out subject));
        Assert.True(subject.IsEmpty);
        Assert.True(empty.TryGetHeader("x"u8, out subject)); // x is Session-Expires in compact form.
        Assert.True(empty.HasHeader(SipHeaderName.SessionExpires));
    }

    [Fact]
    public void Keeps_more_headers_than_fit_inline_up_to_the_limit()
    {
        var limits = new SipLimits { MaxHeaders = 100 };
        string Many(int count) =>
            Line + Head + string.Concat(Enumerable.Range(0, count - 5).Select(i => $"X-{i}: {i}\r\n")) + "\r\n";

        var message = SipParser.ParseDatagram(Bytes(Many(100)), limits).Message!;
        Assert.Equal(100, message.HeaderCount);
        for (var i = 5; i < 100; i++)
        {
            var header = message.HeaderAt(i);
            Assert.Equal(($"X-{i - 5}", $"{i - 5}"), (Text(header.NameText), Text(header.Value)));
        }

        var result = SipParser.ParseDatagram(Bytes(Many(101)), limits);
        Assert.Equal((SipRejectReason.TooManyHeaders, 400), (result.Reason, result.StatusToAnswer));
        Assert.Equal(100, result.Message!.HeaderCount);
    }

    [Fact]
    public void Refuses_what_is_over_the_size_limits()
    {
        var limits = new SipLimits { MaxMessageBytes = 1_000, MaxHeaderBytes = 200 };
        string With(int headerBytes, int body) =>
            Line + Head + "X: ".PadRight(headerBytes - 2, 'x') + $"\r\nContent-Length: {body}\r\n\r\n"
            + new string('b', body);

        Assert.Equal(SipParseOutcome.Message, SipParser.ParseDatagram(Bytes(With(200, 500)), limits).Outcome);
        Assert.Equal(SipRejectReason.HeaderTooLong, SipParser.ParseDatagram(Bytes(With(201, 500)), limits).Reason);
        Assert.Equal(SipRejectReason.HeaderTooLong, SipParser.ParseStream(Bytes(With(201, 500)), limits).Reason);
        var large = SipParser.ParseDatagram(Bytes(With(100, 900)), limits);
        Assert.Equal((SipRejectReason.MessageTooLarge, 513), (large.Reason, large.StatusToAnswer));
        large = SipParser.ParseStream(Bytes(With(100, 900)), limits);
        Assert.Equal((SipRejectReason.MessageTooLarge, 0), (large.Reason, large.Consumed));

        var line = "OPTIONS sip:" + new string('c', 300);
        Assert.Equal(SipRejectReason.HeaderTooLong, SipParser.ParseDatagram(Bytes(line), limits).Reason);
        Assert.Equal(SipRejectReason.HeaderTooLong, SipParser.ParseStream(Bytes(line + " SIP/2.0\r\n"), limits).Reason);
        Assert.Equal(SipRejectReason.HeaderTooLong, SipParser.ParseStream(Bytes(Line + line), limits).Reason);
    }

    [Fact]
    public void Reads_the_largest_datagram()
    {
        var head = Line + Head + "Content-Length: ";
        var body = 65_535 - head.Length - 5 - 4;
        var text = head + body + "\r\n\r\n" + new string('b', body);
        Assert.Equal(65_535, text.Length);
        Assert.Equal(body, Parse(text).Body.Length);
        Assert.Equal(SipRejectReason.MessageTooLarge, SipParser.ParseDatagram(Bytes(text + "b")).Reason);
    }

    [Fact]
    public void Frames_a_stream_by_Content_Length()
    {
        var one = Line + Head + "Content-Length: 3\r\n\r\nabc";
        var stream = Bytes("\r\n" + one + one[..^1]);

        var first = SipParser.ParseStream(stream);
        Assert.Equal((SipParseOutcome.Message, one.Length + 2), (first.Outcome, first.Consumed));
        Assert.Equal("abc", Text(first.Message!.Body.Span));
        var second = SipParser.ParseStream(stream.AsMemory(first.Consumed));
        Assert.Equal((SipParseOutcome.NeedMore, 0), (second.Outcome, second.Consumed));
        Assert.Null(second.Message);
    }

    [Fact]
    public void A_refused_message_on_a_stream_is_consumed_when_its_end_is_known()
    {
        var bad = Line + Head + "Contact: bad\r\nContent-Length: 3\r\n\r\nabc";
        var known = SipParser.ParseStream(Bytes(bad + "OPTIONS"));
        Assert.Equal((SipRejectReason.BadAddress, bad.Length), (known.Reason, known.Consumed));

        var unknown = SipParser.ParseStream(Bytes(Line + Head + "\r\n"));
        Assert.Equal((SipRejectReason.MissingContentLength, 0), (unknown.Reason, unknown.Consumed));
        Assert.Equal(0, SipParser.ParseStream(Bytes("GET / HTTP/1.1\r\n\r\n")).Consumed);
    }

    [Fact]
    public void Detach_outlives_the_receive_buffer()
    {
        var buffer = Bytes(Invite);
        var message = SipParser.ParseDatagram(buffer).Message!;
        var kept = message.Detach();
        Array.Clear(buffer);

        Assert.Equal(Invite, Text(kept.Raw.Span));
        Assert.Equal("a84b4c76e66710-2f1@192.0.2.10", Text(kept.CallId));
        Assert.Equal("1928301774", Text(kept.FromTag));
        Assert.StartsWith("v=0", Text(kept.Body.Span));
        Assert.Equal(message.HeaderCount, kept.HeaderCount);
    }

    [Fact]
    public void Limits_beyond_the_hard_caps_are_a_bug()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SipLimits { MaxHeaders = 255 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SipLimits { MaxMessageBytes = 65_536 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SipLimits { MaxHeaderBytes = 0 });
    }

    [Fact]
    public void Every_reason_has_a_status_and_a_phrase()
    {
        foreach (var reason in Enum.GetValues<SipRejectReason>())
        {
            var status = reason.Status();
            Assert.True(status == 0 || status is >= 400 and <= 699, reason.ToString());
            if (status != 0) Assert.False(reason.ReasonPhrase().IsEmpty);
        }
    }
}
