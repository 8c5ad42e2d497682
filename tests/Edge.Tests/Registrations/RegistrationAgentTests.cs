using System.Globalization;
using System.Text;
using Tandem.Edge.Registrations;
using Tandem.Shared.Configuration;
using Tandem.Shared.Registrar;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;

namespace Tandem.Edge.Tests.Registrations;

public sealed class RegistrationAgentTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly RegistrationTimes Times = new(600, TimeSpan.FromSeconds(60), TimeSpan.FromHours(1));

    private static readonly RegistrationConfiguration Configuration = new()
    {
        Name = "carrier",
        Username = "trunk7",
        Password = "secret",
        AuthenticationName = "auth7",
        ServerIp = "192.0.2.9",
        HostName = "carrier.example.com",
    };

    private readonly RegistrationAgent _agent = new(Configuration, "198.51.100.5:5060", "node-1", "call-1", () => 0, Start);

    [Fact]
    public void Registers_its_user_with_our_contact_and_the_time_wanted()
    {
        var request = Parse(_agent.Register(Times, Start));
        Assert.Equal("sip:carrier.example.com", Text(request.RequestUri));
        Assert.StartsWith("<sip:trunk7@carrier.example.com>", Text(request.To), StringComparison.Ordinal);
        Assert.True(request.TryGetHeader(SipHeaderName.Contact, out var contact));
        Assert.Equal("<sip:trunk7@198.51.100.5:5060>;expires=600", Text(contact));
        Assert.Equal("udp:192.0.2.9:5060", _agent.Remote);
        Assert.True(_agent.IsWaiting);
    }

    [Fact]
    public void Refreshes_at_a_part_of_the_time_granted_with_the_same_Call_ID_and_a_higher_CSeq()
    {
        var first = Parse(_agent.Register(Times, Start));
        Answer(first, 200, "Contact: <sip:other@192.0.2.77>;expires=5, <sip:trunk7@198.51.100.5:5060>;expires=100");
        Assert.Equal(
            (RegistrationStatus.Registered, Start.AddSeconds(100), Start.AddSeconds(80)),
            (_agent.State.Status, _agent.State.ExpiresAt!.Value, _agent.State.NextAt!.Value));
        var second = Parse(_agent.Register(Times, Start.AddSeconds(80)));
        Assert.Equal(Text(first.CallId), Text(second.CallId));
        Assert.Equal(first.CSeqNumber + 1, second.CSeqNumber);
        Assert.Equal(RegistrationStatus.Registered, _agent.State.Status);
    }

    [Fact]
    public void Answers_a_challenge_once_and_sends_credentials_from_then_on()
    {
        var again = Answer(Parse(_agent.Register(Times, Start)), 401, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n1\", qop=\"auth\"");
        Assert.True(again!.TryGetHeader(SipHeaderName.Authorization, out var credentials));
        Assert.Contains("username=\"auth7\"", Text(credentials), StringComparison.Ordinal);
        Assert.Null(Answer(again, 200, "Expires: 100"));
        Assert.Equal(Start.AddSeconds(100), _agent.State.ExpiresAt);
        Assert.True(Parse(_agent.Register(Times, Start.AddSeconds(80))).HasHeader(SipHeaderName.Authorization));
    }

    [Fact]
    public void Refused_credentials_are_tried_again_after_the_delay_only()
    {
        var again = Answer(Parse(_agent.Register(Times, Start)), 401, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n1\", qop=\"auth\"");
        Assert.Null(Answer(again!, 401, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n2\", qop=\"auth\""));
        Assert.Equal(
            (RegistrationStatus.Failed, 401, Start.AddSeconds(60)),
            (_agent.State.Status, _agent.State.SipStatus, _agent.State.NextAt!.Value));
        Assert.Contains("credentials", _agent.State.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void Takes_the_registrars_shortest_interval()
    {
        var again = Answer(Parse(_agent.Register(Times, Start)), 423, "Min-Expires: 1800");
        Assert.True(again!.TryGetHeader(SipHeaderName.Expires, out var expires));
        Assert.Equal("1800", Text(expires));
        Answer(again, 200);
        Assert.Equal(Start.AddSeconds(1800), _agent.State.ExpiresAt);
        Assert.True(Parse(_agent.Register(Times, Start)).TryGetHeader(SipHeaderName.Expires, out expires));
        Assert.Equal("1800", Text(expires));
    }

    [Fact]
    public void Silence_while_registered_keeps_the_registration_until_it_expires()
    {
        Answer(Parse(_agent.Register(Times, Start)), 200, "Expires: 100");
        _agent.Register(Times, Start.AddSeconds(80));
        _agent.Unanswered("no answer", Times, Start.AddSeconds(90));
        Assert.Equal((RegistrationStatus.Registered, Start.AddSeconds(95)), (_agent.State.Status, _agent.State.NextAt!.Value));
        _agent.Register(Times, Start.AddSeconds(100));
        Assert.Equal(RegistrationStatus.Failed, _agent.State.Status);
    }

    [Fact]
    public void A_refusal_ends_the_registration_at_once_and_Retry_After_is_honoured()
    {
        Answer(Parse(_agent.Register(Times, Start)), 200, "Expires: 100");
        Answer(Parse(_agent.Register(Times, Start.AddSeconds(80))), 403, "Retry-After: 300 (later);duration=5");
        Assert.Equal((RegistrationStatus.Failed, Start.AddSeconds(300)), (_agent.State.Status, _agent.State.NextAt!.Value));
    }

    [Fact]
    public void Unregistering_asks_for_no_time_and_answers_a_challenge()
    {
        Answer(Parse(_agent.Register(Times, Start)), 200, "Expires: 100");
        var request = Parse(_agent.Unregister());
        Assert.True(request.TryGetHeader(SipHeaderName.Contact, out var contact));
        Assert.EndsWith(";expires=0", Text(contact), StringComparison.Ordinal);
        var again = Answer(request, 401, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n1\", qop=\"auth\"");
        Assert.True(again!.TryGetHeader(SipHeaderName.Expires, out var expires));
        Assert.Equal("0", Text(expires));
        Assert.Null(Answer(again, 200));
    }

    [Theory]
    [InlineData("proxy.example.com:5070;transport=tls", RoutingTransport.Udp, "tls:proxy.example.com:5070")]
    [InlineData("proxy.example.com", RoutingTransport.Tcp, "tcp:proxy.example.com")]
    [InlineData("", RoutingTransport.Auto, "192.0.2.9:5060")]
    public void An_outbound_proxy_gets_the_requests(string proxy, RoutingTransport transport, string remote) =>
        Assert.Equal(remote, RegistrationAddress.RemoteOf(Configuration with { OutboundProxy = proxy, Transport = transport }));

    private SipMessage? Answer(SipMessage request, int status, params string[] lines)
    {
        var text = string.Create(CultureInfo.InvariantCulture,
            $"SIP/2.0 {status} Whatever\r\nVia: SIP/2.0/UDP 198.51.100.5;branch=z9hG4bKx\r\nFrom: {Text(request.From)}\r\n"
            + $"To: {Text(request.To)};tag=reg\r\nCall-ID: {Text(request.CallId)}\r\nCSeq: {request.CSeqNumber} REGISTER\r\n"
            + $"{string.Concat(lines.Select(l => l + "\r\n"))}Content-Length: 0\r\n\r\n");
        var again = _agent.Answered(SipParser.ParseDatagram(Encoding.ASCII.GetBytes(text)).Message!, Times, Start);
        return again is null ? null : Parse(again);
    }

    private static SipMessage Parse(byte[] request)
    {
        // The edge adds the Via.
        var text = Encoding.ASCII.GetString(request);
        var line = text.IndexOf("\r\n", StringComparison.Ordinal) + 2;
        return SipParser.ParseDatagram(Encoding.ASCII.GetBytes(
            text.Insert(line, "Via: SIP/2.0/UDP 198.51.100.5;branch=z9hG4bKx\r\n"))).Message!;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.ASCII.GetString(bytes);
}
