using System.Net;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Writing;

namespace Tandem.Conformance;

/// <summary>
/// The outcome for each of the 49 messages: what the parser says, and for a request that parses, what a switch that is
/// no registrar answers. Where RFC 4475 leaves a choice, ours is beside it.
/// </summary>
public sealed class Rfc4475Tests
{
    private static readonly TortureMessage Messages = TortureMessage.Rfc4475;

    public static TheoryData<string, string, SipRejectReason, int> Outcomes => new()
    {
        // §3.1.1 valid messages
        { "3.1.1.1", "wsinv", SipRejectReason.None, 0 },
        { "3.1.1.2", "intmeth", SipRejectReason.MethodNotImplemented, 501 },
        { "3.1.1.3", "esc01", SipRejectReason.None, 0 },
        { "3.1.1.4", "escnull", SipRejectReason.MethodNotAllowed, 405 }, // Valid; we are no registrar.
        { "3.1.1.5", "esc02", SipRejectReason.MethodNotImplemented, 501 },
        { "3.1.1.6", "lwsdisp", SipRejectReason.None, 0 },
        { "3.1.1.7", "longreq", SipRejectReason.None, 0 },
        { "3.1.1.8", "dblreq", SipRejectReason.MethodNotAllowed, 405 }, // Valid; we are no registrar.
        { "3.1.1.9", "semiuri", SipRejectReason.None, 0 },
        { "3.1.1.10", "transports", SipRejectReason.None, 0 },
        { "3.1.1.11", "mpart01", SipRejectReason.MethodNotAllowed, 405 }, // Valid; MESSAGE is not offered.
        { "3.1.1.12", "unreason", SipRejectReason.None, 0 },
        { "3.1.1.13", "noreason", SipRejectReason.None, 0 },

        // §3.1.2 invalid messages
        { "3.1.2.1", "badinv01", SipRejectReason.BadVia, 400 },
        { "3.1.2.2", "clerr", SipRejectReason.BodyCut, 400 },
        { "3.1.2.3", "ncl", SipRejectReason.BadContentLength, 400 },
        { "3.1.2.4", "scalar02", SipRejectReason.BadCSeq, 400 },
        { "3.1.2.5", "scalarlg", SipRejectReason.BadCSeq, 0 }, // A response: dropped.
        { "3.1.2.6", "quotbal", SipRejectReason.BadTo, 400 },
        { "3.1.2.7", "ltgtruri", SipRejectReason.BadRequestUri, 400 }, // Choice: 400, no guess at what was meant.
        { "3.1.2.8", "lwsruri", SipRejectReason.BadStartLine, 400 },
        { "3.1.2.9", "lwsstart", SipRejectReason.BadStartLine, 400 }, // Choice: 400, no leniency.
        { "3.1.2.10", "trws", SipRejectReason.BadStartLine, 400 }, // Choice: 400, no leniency.
        { "3.1.2.11", "escruri", SipRejectReason.BadRequestUri, 400 }, // Choice: 400, headers are not ignored.
        { "3.1.2.12", "baddate", SipRejectReason.None, 0 }, // Choice: Date is not used, so its value is ignored.
        { "3.1.2.13", "regbadct", SipRejectReason.BadAddress, 400 }, // Choice: 400, brackets are not inferred.
        { "3.1.2.14", "badaspec", SipRejectReason.BadTo, 400 }, // Choice: 400, the spaces are not ignored.
        { "3.1.2.15", "baddn", SipRejectReason.BadFrom, 400 }, // Choice: 400, quotes are not inferred.
        { "3.1.2.16", "badvers", SipRejectReason.UnsupportedVersion, 505 },
        { "3.1.2.17", "mismatch01", SipRejectReason.CSeqMethodMismatch, 400 },
        { "3.1.2.18", "mismatch02", SipRejectReason.CSeqMethodMismatch, 400 }, // Choice: 400 rather than 501.
        { "3.1.2.19", "bigcode", SipRejectReason.BadStatusCode, 0 }, // A response: dropped.

        // §3.2 transaction layer
        { "3.2.1", "badbranch", SipRejectReason.None, 0 }, // Choice: matched as RFC 2543 has it, not refused.

        // §3.3 application layer
        { "3.3.1", "insuf", SipRejectReason.MissingFrom, 400 },
        { "3.3.2", "unkscm", SipRejectReason.UnsupportedUriScheme, 416 },
        { "3.3.3", "novelsc", SipRejectReason.UnsupportedUriScheme, 416 },
        { "3.3.4", "unksm2", SipRejectReason.MethodNotAllowed, 405 }, // We are no registrar; one would answer 400.
        { "3.3.5", "bext01", SipRejectReason.BadExtension, 420 },
        { "3.3.6", "invut", SipRejectReason.UnsupportedMediaType, 415 },
        { "3.3.7", "regaut01", SipRejectReason.MethodNotAllowed, 405 }, // Names 405 for who is no registrar.
        { "3.3.8", "multi01", SipRejectReason.DuplicateHeader, 400 },
        { "3.3.9", "mcl01", SipRejectReason.DuplicateHeader, 400 },
        { "3.3.10", "bcast", SipRejectReason.None, 0 }, // No transaction matches, so it is dropped there.
        { "3.3.11", "zeromf", SipRejectReason.None, 0 }, // OPTIONS ends here: an end point takes it at 0.
        { "3.3.12", "cparam01", SipRejectReason.MethodNotAllowed, 405 }, // Valid; we are no registrar.
        { "3.3.13", "cparam02", SipRejectReason.MethodNotAllowed, 405 }, // Valid; we are no registrar.
        { "3.3.14", "regescrt", SipRejectReason.MethodNotAllowed, 405 }, // Valid; we are no registrar.
        { "3.3.15", "sdp01", SipRejectReason.NotAcceptable, 406 },

        // §3.4 backward compatibility
        { "3.4.1", "inv2543", SipRejectReason.None, 0 },
    };

    [Theory]
    [MemberData(nameof(Outcomes))]
    public void Each_message_has_the_outcome_that_the_RFC_asks_for(
        string section, string name, SipRejectReason expected, int status)
    {
        Assert.StartsWith("3.", section);
        var result = Messages.Parse(name);

        var reason = result.Reason;
        if (result is { Outcome: SipParseOutcome.Message, Message.IsRequest: true })
            reason = RequestScreening.Screen(result.Message, PlainSwitch.Rules);

        Assert.NotEqual(SipParseOutcome.NeedMore, result.Outcome);
        Assert.Equal(expected, reason);
        Assert.Equal(status, reason.StatusToAnswer(result.Message));
    }

    [Fact]
    public void All_49_messages_are_here()
    {
        var tested = Outcomes.Select(row => (string)row[1]).Order(StringComparer.Ordinal);
        Assert.Equal(49, Messages.Names.Count());
        Assert.Equal(Messages.Names, tested);
    }

    [Theory]
    [MemberData(nameof(Outcomes))]
    public void Each_refusal_that_is_answered_can_be_composed_and_parses(
        string section, string name, SipRejectReason expected, int status)
    {
        Assert.StartsWith("3.", section);
        if (status == 0) return;
        var request = Messages.Parse(name).Message!;
        using var writer = new SipWriter();
        var source = new SipSource(IPAddress.Parse("203.0.113.5"), 5071);

        RequestScreening.WriteRefusal(writer, request, expected, PlainSwitch.Rules, "s1"u8, source);

        var answer = SipParser.ParseDatagram(writer.ToArray()).Message!;
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(TortureMessage.Text(request.CallId), TortureMessage.Text(answer.CallId));
        Assert.Equal(request.CSeqNumber, answer.CSeqNumber);
        if (expected != SipRejectReason.BadVia)
            Assert.Equal(
                TortureMessage.Values(request, SipHeaderName.Via).Count,
                TortureMessage.Values(answer, SipHeaderName.Via).Count);
        Assert.Equal("203.0.113.5", TortureMessage.Text(answer.TopVia.Received));
    }

    [Fact]
    public void Wsinv_reads_through_folds_and_white_space()
    {
        var message = Messages.ParseValid("wsinv");

        Assert.Equal(SipMethod.Invite, message.Method);
        Assert.True(message.TryGetRequestUri(out var uri));
        Assert.True(uri.Parameters.Contains("unknownparam"u8));
        Assert.Equal("1918181833n", TortureMessage.Text(message.ToTag));
        Assert.Equal("98asjd8", TortureMessage.Text(message.FromTag));
        Assert.True(message.TryGetFrom(out var from));
        Span<byte> name = stackalloc byte[64];
        Assert.Equal("J Rosenberg \\\"", TortureMessage.Text(name[..SipEscaping.Unquote(from.DisplayName, name)]));
        Assert.Equal(68, message.MaxForwards);
        Assert.Equal(9u, message.CSeqNumber);
        Assert.Equal(150, message.ContentLength);
        Assert.Equal(150, message.Body.Length);
        Assert.True(message.TryGetHeader(SipHeaderName.Subject, out var subject));
        Assert.True(subject.IsEmpty);
        Assert.True(message.TryGetHeader("UnknownHeaderWithUnusualValue"u8, out var odd));
        Assert.Equal(";;,,;;,;", TortureMessage.Text(odd));
        Assert.True(message.TryGetHeader("newfangledheader"u8, out var folded));
        Assert.Equal("newfangled value\r\n continued newfangled value", TortureMessage.Text(folded));

        var vias = new List<(ViaTransport, string, string)>();
        foreach (var value in message.Values(SipHeaderName.Via))
        {
            Assert.True(SipVia.TryParse(value, out var via));
            vias.Add((via.Transport, TortureMessage.Text(via.Host), TortureMessage.Text(via.Branch)));
        }
        Assert.Equal(
            [
                (ViaTransport.Udp, "192.0.2.2", "390skdjuw"),
                (ViaTransport.Tcp, "spindle.example.com", "z9hG4bK9ikj8"),
                (ViaTransport.Udp, "192.168.255.111", "z9hG4bK30239"),
            ],
            vias);
        Assert.False(message.TopVia.HasRfc3261Branch);

        Assert.True(message.TryGetContact(out var contact));
        Assert.True(contact.Parameters.TryGet("newparam"u8, out var newparam));
        Assert.Equal("newvalue", TortureMessage.Text(newparam));
        Assert.True(contact.Parameters.TryGet("secondparam"u8, out var second));
        Assert.True(second.IsEmpty);
        Assert.True(contact.Parameters.TryGet("q"u8, out var q));
        Assert.Equal("0.33", TortureMessage.Text(q));
        Assert.True(NameAddress.TryParse(ValueOf(message, SipHeaderName.Route), out var route));
        Assert.True(route.TryGetUri(out var routeUri));
        Assert.True(routeUri.IsLooseRouter);
    }

    [Fact]
    public void Intmeth_reads_the_wide_range_of_characters()
    {
        var message = Messages.ParseValid("intmeth");

        Assert.Equal(SipMethod.Unknown, message.Method);
        Assert.Equal("!interesting-Method0123456789_*+`.%indeed'~", TortureMessage.Text(message.MethodToken));
        Assert.True(message.TryGetRequestUri(out var uri));
        Assert.Equal("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*", TortureMessage.Text(uri.User));
        Assert.Equal("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)", TortureMessage.Text(uri.Password));
        Assert.Equal("example.com", TortureMessage.Text(uri.Host));
        Assert.Equal("intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{", TortureMessage.Text(message.CallId));
        Assert.Equal(139122385u, message.CSeqNumber);
        Assert.Equal(255, message.MaxForwards);
        Assert.Equal("z9hG4bK-.!%66*_+`'~", TortureMessage.Text(message.TopVia.Branch));
        Assert.Equal("_token~1'+`*%!-.", TortureMessage.Text(message.FromTag));
        Assert.True(message.TryGetFrom(out var from));
        Assert.Equal("token1~` token2'+_ token3*%!.-", TortureMessage.Text(from.DisplayName));
        Assert.True(from.Parameters.TryGet("fromParam''~+*_!.-%"u8, out var value));
        Assert.Equal("\"работающий\"", TortureMessage.Text(value));
        Assert.True(message.TryGetTo(out var to));
        Span<byte> name = stackalloc byte[64];
        Assert.Equal("BEL:\a NUL:\0 DEL:\x7F", TortureMessage.Text(name[..SipEscaping.Unquote(to.DisplayName, name)]));
        Assert.True(message.TryGetHeader("extensionHeader-!.%*+_`'~"u8, out var extension));
        Assert.Equal("\uFEFF大停電", TortureMessage.Text(extension));
    }

    [Fact]
    public void Esc01_keeps_escapes_apart_from_what_they_stand_for()
    {
        var message = Messages.ParseValid("esc01");

        Assert.True(message.TryGetRequestUri(out var uri));
        Assert.Equal((SipUriScheme.Sip, "example.net"), (uri.Scheme, TortureMessage.Text(uri.Host)));
        Assert.Equal("sips:user@example.com", Unescape(uri.User));
        Assert.True(message.TryGetTo(out var to));
        Assert.True(to.TryGetUri(out var toUri));
        Assert.True(SipUri.TryParse("sip:user@example.com"u8, out var plain));
        Assert.True(toUri.IsEquivalentTo(plain));
        Assert.True(message.TryGetFrom(out var from));
        Assert.True(from.TryGetUri(out var fromUri));
        Assert.Equal("I have spaces", Unescape(fromUri.User));
        Assert.True(message.TryGetContact(out var contact));
        Assert.True(contact.TryGetUri(out var contactUri));
        Assert.Equal("caller", Unescape(contactUri.User));
        var parameters = new List<(string, string)>();
        foreach (var parameter in contactUri.Parameters)
            parameters.Add((Unescape(parameter.Name), Unescape(parameter.Value)));
        Assert.Equal([("lr", ""), ("name", "value%41")], parameters);
        Assert.False(contactUri.IsLooseRouter);
    }

    [Fact]
    public void Escnull_keeps_one_and_two_NULs_apart()
    {
        var message = Messages.ParseValid("escnull");

        var users = new List<string>();
        foreach (var value in message.Values(SipHeaderName.Contact))
        {
            Assert.True(NameAddress.TryParse(value, out var contact));
            Assert.True(contact.TryGetUri(out var uri));
            users.Add(Unescape(uri.User));
        }
        Assert.Equal(["\0", "\0\0"], users);
        Assert.Equal(
            SipRejectReason.None,
            RequestScreening.Screen(message, PlainSwitch.Rules.WithMethod(SipMethod.Register)));
    }

    [Fact]
    public void Esc02_does_not_unescape_where_a_percent_sign_is_just_one()
    {
        var message = Messages.ParseValid("esc02");

        Assert.Equal(SipMethod.Unknown, message.Method);
        Assert.Equal("RE%47IST%45R", TortureMessage.Text(message.MethodToken));
        Assert.Equal(
            ["<sip:alias1@host1.example.com>", "<sip:alias3@host3.example.com>"],
            TortureMessage.Values(message, SipHeaderName.Contact));
        Assert.True(message.TryGetHeader("C%6Fntact"u8, out _));
        Assert.True(message.TryGetTo(out var to));
        Assert.Equal("%Z%45", TortureMessage.Text(to.DisplayName));
    }

    [Fact]
    public void Lwsdisp_needs_no_space_between_display_name_and_bracket()
    {
        Assert.True(Messages.ParseValid("lwsdisp").TryGetFrom(out var from));
        Assert.Equal(
            ("caller", "sip:caller@example.com", "323"),
            (TortureMessage.Text(from.DisplayName), TortureMessage.Text(from.Uri), TortureMessage.Text(from.Tag)));
    }

    [Fact]
    public void Longreq_is_read_in_full()
    {
        var message = Messages.ParseValid("longreq");

        Assert.Equal(34, TortureMessage.Values(message, SipHeaderName.Via).Count);
        Assert.Equal("sip33.example.com", TortureMessage.Text(message.TopVia.Host));
        Assert.True(message.TopVia.Branch.IsEmpty);
        Assert.Equal(150, message.Body.Length);
        Assert.Equal(155, message.FromTag.Length);
        Assert.StartsWith("longreq.onereallyreally", TortureMessage.Text(message.CallId));
        var unknown = "Unknown-" + string.Concat(Enumerable.Repeat("Long", 20)) + "-Name";
        Assert.True(message.TryGetHeader(System.Text.Encoding.ASCII.GetBytes(unknown), out var value));
        Assert.EndsWith("-parameter-value", TortureMessage.Text(value));
    }

    [Fact]
    public void Dblreq_in_a_datagram_is_the_first_request_only_and_on_a_stream_both()
    {
        var bytes = Messages.Load("dblreq");
        var first = SipParser.ParseDatagram(bytes);
        Assert.Equal(SipMethod.Register, first.Message!.Method);
        Assert.Equal(0, first.Message.Body.Length);
        Assert.Equal(bytes.Length, first.Consumed);

        var one = SipParser.ParseStream(bytes);
        var two = SipParser.ParseStream(bytes.AsMemory(one.Consumed));
        Assert.Equal(SipMethod.Register, one.Message!.Method);
        Assert.Equal((SipMethod.Invite, 150), (two.Message!.Method, two.Message.Body.Length));
    }

    [Fact]
    public void Semiuri_takes_the_semicolon_into_the_user_part()
    {
        var message = Messages.ParseValid("semiuri");

        Assert.True(message.TryGetRequestUri(out var uri));
        Assert.Equal("user;par=u@example.net", Unescape(uri.User));
        Assert.Equal("example.com", TortureMessage.Text(uri.Host));
        Assert.True(uri.Parameters.IsEmpty);
        Assert.Equal(6, TortureMessage.Values(message, SipHeaderName.Accept).Count);
    }

    [Fact]
    public void Transports_of_every_kind_are_read()
    {
        var transports = new List<ViaTransport>();
        foreach (var value in Messages.ParseValid("transports").Values(SipHeaderName.Via))
        {
            Assert.True(SipVia.TryParse(value, out var via));
            transports.Add(via.Transport);
        }
        Assert.Equal(
            [ViaTransport.Udp, ViaTransport.Sctp, ViaTransport.Tls, ViaTransport.Unknown, ViaTransport.Tcp],
            transports);
    }

    [Fact]
    public void Mpart01_keeps_every_byte_of_its_body()
    {
        var message = Messages.ParseValid("mpart01");

        Assert.Equal(SipMethod.Message, message.Method);
        Assert.Equal("multipart/mixed;boundary=7a9cbec02ceef655", TortureMessage.Text(message.ContentType));
        Assert.Equal(553, message.Body.Length);
        Assert.True(message.Body.Span.EndsWith("\r\n--7a9cbec02ceef655--\r\n"u8));
        Assert.True(message.Body.Span.Contains((byte)0));
    }

    [Fact]
    public void Unreason_and_noreason_differ_only_in_the_phrase()
    {
        var unusual = Messages.ParseValid("unreason");
        Assert.Equal(200, unusual.StatusCode);
        Assert.Equal("= 2**3 * 5**2 но сто девяносто девять - простое", TortureMessage.Text(unusual.ReasonPhrase));

        var none = Messages.ParseValid("noreason");
        Assert.Equal(100, none.StatusCode);
        Assert.True(none.ReasonPhrase.IsEmpty);
    }

    [Fact]
    public void Badbranch_falls_back_to_RFC_2543_matching()
    {
        var via = Messages.ParseValid("badbranch").TopVia;
        Assert.Equal("z9hG4bK", TortureMessage.Text(via.Branch));
        Assert.False(via.HasRfc3261Branch);
    }

    [Fact]
    public void Insuf_is_answered_with_what_it_had()
    {
        var result = Messages.Parse("insuf");
        using var writer = new SipWriter();
        writer.WriteShortResponse(result.Message!, result.StatusToAnswer, result.Reason.ReasonPhrase());
        Assert.Equal(
            "SIP/2.0 400 Missing From\r\nVia: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj.insuf\r\n"
            + "CSeq: 193942 INVITE\r\nContent-Length: 0\r\n\r\n",
            TortureMessage.Text(writer.WrittenSpan));
    }

    [Fact]
    public void Badvers_is_answered_505_with_its_own_Via()
    {
        var result = Messages.Parse("badvers");
        using var writer = new SipWriter();
        writer.WriteShortResponse(result.Message!, result.StatusToAnswer, source: new(IPAddress.Loopback, 5060));
        Assert.StartsWith(
            "SIP/2.0 505 Version Not Supported\r\n"
            + "Via: SIP/7.0/UDP c.example.com;branch=z9hG4bKkdjuw;received=127.0.0.1\r\n",
            TortureMessage.Text(writer.WrittenSpan));
    }

    [Theory]
    [InlineData("unksm2", SipRejectReason.BadTo)] // §3.3.4: a registrar answers 400, To is no SIP URI.
    [InlineData("regaut01", SipRejectReason.None)] // §3.3.7: goes on to authentication, which challenges it.
    [InlineData("cparam01", SipRejectReason.None)]
    [InlineData("cparam02", SipRejectReason.None)]
    [InlineData("regescrt", SipRejectReason.None)]
    [InlineData("dblreq", SipRejectReason.None)]
    public void A_registrar_screens_registrations(string name, SipRejectReason expected) =>
        Assert.Equal(
            expected,
            RequestScreening.Screen(
                Messages.ParseValid(name), PlainSwitch.Rules.WithMethod(SipMethod.Register)));

    [Fact]
    public void Bext01_lists_what_Require_named()
    {
        using var writer = new SipWriter();
        RequestScreening.WriteRefusal(
            writer, Messages.ParseValid("bext01"), SipRejectReason.BadExtension, PlainSwitch.Rules, "x"u8);
        Assert.Equal(
            ["nothingSupportsThis", "nothingSupportsThisEither"],
            TortureMessage.Values(SipParser.ParseDatagram(writer.ToArray()).Message!, SipHeaderName.Unsupported));
    }

    [Fact]
    public void Mcl01_breaks_the_framing_of_a_stream()
    {
        var result = SipParser.ParseStream(Messages.Load("mcl01"));
        Assert.Equal((SipParseOutcome.Rejected, 0), (result.Outcome, result.Consumed));
    }

    [Fact]
    public void Bcast_has_a_second_Via_that_says_it_is_not_for_us()
    {
        var message = Messages.ParseValid("bcast");
        Assert.Equal(2, TortureMessage.Values(message, SipHeaderName.Via).Count);
        Assert.Equal("192.0.2.198", TortureMessage.Text(message.TopVia.Host));
    }

    [Fact]
    public void Cparam01_has_a_header_parameter_and_cparam02_a_URI_parameter()
    {
        Assert.True(Messages.ParseValid("cparam01").TryGetContact(out var first));
        Assert.True(first.TryGetUri(out var firstUri));
        Assert.True(first.Parameters.Contains("unknownparam"u8));
        Assert.True(firstUri.Parameters.IsEmpty);

        Assert.True(Messages.ParseValid("cparam02").TryGetContact(out var second));
        Assert.True(second.TryGetUri(out var secondUri));
        Assert.True(second.Parameters.IsEmpty);
        Assert.True(secondUri.Parameters.Contains("unknownparam"u8));
    }

    [Fact]
    public void Regescrt_keeps_the_headers_of_its_Contact_URI()
    {
        Assert.True(Messages.ParseValid("regescrt").TryGetContact(out var contact));
        Assert.True(contact.TryGetUri(out var uri));
        Assert.Equal("Route=%3Csip:sip.example.com%3E", TortureMessage.Text(uri.Headers));
    }

    [Fact]
    public void Inv2543_is_taken_without_branch_tag_Max_Forwards_and_Content_Length()
    {
        var message = Messages.ParseValid("inv2543");

        Assert.True(message.FromTag.IsEmpty);
        Assert.True(message.TopVia.Branch.IsEmpty);
        Assert.Null(message.MaxForwards);
        Assert.Null(message.ContentLength);
        Assert.Equal(105, message.Body.Length);
        Assert.True(message.TryGetTo(out var to));
        Assert.Equal("sip:+16505552222@ss1.example.net", TortureMessage.Text(to.Uri));
        Assert.True(to.Parameters.Contains("user"u8));
    }

    private static ReadOnlySpan<byte> ValueOf(SipMessage message, SipHeaderName name) =>
        message.TryGetHeader(name, out var value) ? value : default;

    private static string Unescape(ReadOnlySpan<byte> text)
    {
        var buffer = new byte[text.Length];
        return TortureMessage.Text(buffer.AsSpan(0, SipEscaping.Unescape(text, buffer)));
    }
}
