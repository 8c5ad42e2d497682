using System.Net;
using System.Text;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Transport;
using Tandem.Sip.Writing;

namespace Tandem.Conformance;

/// <summary>
/// The outcome for each of the twelve messages of RFC 5118 (IPv6): what the parser says, and for a request that parses, what
/// a registrar and switch answers. Where the RFC leaves a choice, ours is beside it.
/// </summary>
public sealed class Rfc5118Tests
{
    private static readonly TortureMessage Messages = TortureMessage.Rfc5118;
    private static readonly ScreeningRules Rules = PlainSwitch.Rules.WithMethod(SipMethod.Register);

    public static TheoryData<string, string, SipRejectReason, int> Outcomes => new()
    {
        { "4.1", "ipv6-good", SipRejectReason.None, 0 },
        { "4.2", "ipv6-bad", SipRejectReason.BadRequestUri, 400 },
        { "4.3", "port-ambiguous", SipRejectReason.None, 0 }, // Valid: the colons leave no port, the address is longer.
        { "4.4", "port-unambiguous", SipRejectReason.None, 0 },
        { "4.5", "via-received-param-with-delim", SipRejectReason.None, 0 }, // Asked for: be liberal.
        { "4.5", "via-received-param-no-delim", SipRejectReason.None, 0 },
        { "4.6", "ipv6-in-sdp", SipRejectReason.BodyCut, 400 }, // As printed: 268 promised, 251 there. See below.
        { "4.7", "mult-ip-in-header", SipRejectReason.None, 0 },
        { "4.8", "mult-ip-in-sdp", SipRejectReason.None, 0 }, // As printed: the last 8 bytes are beyond the body.
        { "4.9", "ipv4-mapped-ipv6", SipRejectReason.None, 0 }, // As printed: the last 9 bytes are beyond the body.
        { "4.10", "ipv6-bug-abnf-3-colons", SipRejectReason.BadRequestUri, 400 }, // Choice: 400, the colon is not ignored.
        { "4.10", "ipv6-correct-abnf-2-colons", SipRejectReason.None, 0 },
    };

    [Theory]
    [MemberData(nameof(Outcomes))]
    public void Each_message_has_the_outcome_that_the_RFC_asks_for(
        string section, string name, SipRejectReason expected, int status)
    {
        Assert.StartsWith("4.", section);
        var result = Messages.Parse(name);

        var reason = result.Reason;
        if (result.Outcome == SipParseOutcome.Message) reason = RequestScreening.Screen(result.Message!, Rules);

        Assert.Equal(expected, reason);
        Assert.Equal(status, reason.StatusToAnswer(result.Message));
    }

    [Fact]
    public void All_twelve_messages_are_here()
    {
        var tested = Outcomes.Select(row => (string)row[1]).Order(StringComparer.Ordinal);
        Assert.Equal(12, Messages.Names.Count());
        Assert.Equal(Messages.Names, tested);
    }

    [Theory]
    [MemberData(nameof(Outcomes))]
    public void Each_message_can_be_answered_over_IPv6(
        string section, string name, SipRejectReason expected, int status)
    {
        Assert.StartsWith("4.", section);
        var request = Messages.Parse(name).Message!;
        var source = new SipSource(IPAddress.Parse("2001:db8::dead"), 5071);
        using var writer = new SipWriter();

        writer.WriteShortResponse(request, status == 0 ? 200 : status, expected.ReasonPhrase(), "s1"u8, source);

        var answer = TortureMessage.Valid(writer.ToArray());
        Assert.Equal(TortureMessage.Text(request.CallId), TortureMessage.Text(answer.CallId));
        Assert.Equal("2001:db8::dead", TortureMessage.Text(answer.TopVia.Received));
        Assert.Equal(TortureMessage.Text(request.TopVia.SentBy), TortureMessage.Text(answer.TopVia.SentBy));
        Assert.Equal(
            TortureMessage.Values(request, SipHeaderName.Via).Count,
            TortureMessage.Values(answer, SipHeaderName.Via).Count);
    }

    [Fact]
    public void Ipv6_good_has_references_in_URI_Via_and_Contact()
    {
        var message = Messages.ParseValid("ipv6-good");

        Assert.True(message.TryGetRequestUri(out var uri));
        Assert.Equal((SipHostKind.IPv6, -1), (uri.HostKind, uri.Port));
        AssertAddress("2001:db8::10", uri);
        Assert.Equal("[2001:db8::9:1]", TortureMessage.Text(message.TopVia.Host));
        Assert.Equal(-1, message.TopVia.Port);
        Assert.True(message.TryGetContact(out var contact));
        Assert.Equal("Caller", TortureMessage.Text(contact.DisplayName));
        Assert.True(contact.TryGetUri(out var target));
        Assert.Equal("caller", TortureMessage.Text(target.User));
        AssertAddress("2001:db8::1", target);
    }

    [Fact]
    public void Port_ambiguous_has_no_port_and_port_unambiguous_has_one()
    {
        Assert.True(Messages.ParseValid("port-ambiguous").TryGetRequestUri(out var inside));
        AssertAddress("2001:db8::10:5070", inside);
        Assert.Equal(-1, inside.Port);

        Assert.True(Messages.ParseValid("port-unambiguous").TryGetRequestUri(out var outside));
        AssertAddress("2001:db8::10", outside);
        Assert.Equal(5070, outside.Port);
    }

    [Theory]
    [InlineData("via-received-param-with-delim", "[2001:db8::9:255]")]
    [InlineData("via-received-param-no-delim", "2001:db8::9:255")]
    public void Received_is_an_address_with_and_without_brackets(string name, string written)
    {
        var received = Messages.ParseValid(name).TopVia.Received;
        Assert.Equal(written, TortureMessage.Text(received));
        Assert.True(SipEndPoint.TryParseAddress(received, 5060, SipTransport.Udp, out var address));
        Assert.Equal(IPAddress.Parse("2001:db8::9:255"), address.ToIPAddress());
    }

    [Fact]
    public void Mult_ip_in_header_keeps_three_Vias_of_two_families_apart()
    {
        var vias = new List<(ViaTransport, string, int, string)>();
        foreach (var value in Messages.ParseValid("mult-ip-in-header").Values(SipHeaderName.Via))
        {
            Assert.True(SipVia.TryParse(value, out var via));
            vias.Add((via.Transport, TortureMessage.Text(via.Host), via.Port, TortureMessage.Text(via.Received)));
        }

        Assert.Equal(
            [
                (ViaTransport.Udp, "[2001:db8::9:1]", 6050, ""),
                (ViaTransport.Udp, "192.0.2.1", -1, ""),
                (ViaTransport.Tcp, "[2001:db8::9:255]", -1, "192.0.2.200"),
            ],
            vias);
    }

    [Theory]
    [InlineData("ipv6-in-sdp", 251, "c=IN IP6 2001:db8::20\r\n")]
    [InlineData("mult-ip-in-sdp", 189, "c=IN IP4 192.0.2.1\r\nm=video 6024 RTP/AVP 107\r\nc=IN IP6 2001:db8::1\r\n")]
    [InlineData("ipv4-mapped-ipv6", 245, "c=IN IP6 ::ffff:192.0.2.2\r\n")]
    public void Session_descriptions_are_kept_byte_for_byte_once_their_length_is_right(string name, int length, string line)
    {
        var printed = TortureMessage.Text(Messages.Load(name));
        var from = printed.IndexOf("Content-Length: ", StringComparison.Ordinal);
        var to = printed.IndexOf("\r\n", from, StringComparison.Ordinal);
        var message = TortureMessage.Valid(Encoding.ASCII.GetBytes($"{printed[..from]}Content-Length: {length}{printed[to..]}"));

        Assert.Equal(SipRejectReason.None, RequestScreening.Screen(message, Rules));
        var body = TortureMessage.Text(message.Body.Span);
        Assert.Equal(length, body.Length);
        Assert.EndsWith(body, printed, StringComparison.Ordinal);
        Assert.Contains(line, body, StringComparison.Ordinal);
    }

    [Fact]
    public void Ipv4_mapped_ipv6_is_read_in_Via_and_Contact()
    {
        var message = Messages.ParseValid("ipv4-mapped-ipv6");

        Assert.Equal(("[::ffff:192.0.2.10]", 19823), (TortureMessage.Text(message.TopVia.Host), message.TopVia.Port));
        Assert.True(message.TryGetContact(out var contact));
        Assert.Equal("T. desk phone", TortureMessage.Text(contact.DisplayName));
        Assert.True(contact.TryGetUri(out var uri));
        AssertAddress("::ffff:192.0.2.2", uri);
    }

    [Fact]
    public void Two_colons_before_an_IPv4_part_are_one_address_and_three_are_none()
    {
        Assert.True(Messages.ParseValid("ipv6-correct-abnf-2-colons").TryGetRequestUri(out var uri));
        AssertAddress("2001:db8::192.0.2.1", uri);
        Assert.False(SipUri.TryParse("sip:user@[2001:db8:::192.0.2.1]"u8, out _));
    }

    private static void AssertAddress(string expected, SipUri uri)
    {
        Assert.True(uri.TryGetAddress(out var address));
        Assert.Equal(IPAddress.Parse(expected), address);
    }
}
