using Tandem.Sip.Authentication;
using Tandem.Sip.Messages;
using static Tandem.Sip.Tests.Authentication.DigestFieldsTests;
using static Tandem.Sip.Tests.Parsing.TestMessages;

namespace Tandem.Sip.Tests.Authentication;

public sealed class DigestClientTests
{
    private const string Md5 = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"";
    private const string Sha256 = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n2\", algorithm=SHA-256, qop=\"auth\"";

    private readonly DigestClient _client = new("1001", "s3cret", newCnonce: () => "cn");

    private string Fields(string body = "") => Text(_client.HeaderLines(SipMethod.Invite, "sip:1@h"u8, Bytes(body)));

    [Fact]
    public void Sends_nothing_before_it_is_challenged()
    {
        Assert.False(_client.HasChallenge);
        Assert.Equal("", Fields());
        Assert.Equal(DigestOutcome.NotUnderstood, _client.Accept(Challenged(401)));
        Assert.Equal(DigestOutcome.NotUnderstood, _client.Accept(Challenged(401, "WWW-Authenticate: Basic realm=\"r\"")));
        Assert.Equal("", Fields());
    }

    [Fact]
    [Trait("RFC", "8760 §2.4")]
    public void Answers_the_strongest_algorithm_and_counts_the_uses_of_a_nonce()
    {
        Assert.Equal(DigestOutcome.Retry, _client.Accept(Challenged(401, Md5, Sha256)));
        var first = Fields();
        Assert.StartsWith(
            "Authorization: Digest username=\"1001\", realm=\"r\", nonce=\"n2\", uri=\"sip:1@h\", response=\"", first,
            StringComparison.Ordinal);
        Assert.EndsWith(", algorithm=SHA-256, cnonce=\"cn\", qop=auth, nc=00000001\r\n", first, StringComparison.Ordinal);
        Assert.EndsWith(", nc=00000002\r\n", Fields(), StringComparison.Ordinal);
    }

    [Fact]
    public void Answers_a_proxy_with_Proxy_Authorization_and_both_when_both_have_asked()
    {
        Assert.Equal(
            DigestOutcome.Retry, _client.Accept(Challenged(407, "Proxy-Authenticate: Digest realm=\"p\", nonce=\"n\", opaque=\"o\"")));
        Assert.StartsWith("Proxy-Authorization: Digest", Fields(), StringComparison.Ordinal);
        Assert.Contains(", opaque=\"o\"\r\n", Fields(), StringComparison.Ordinal);
        Assert.DoesNotContain("algorithm", Fields(), StringComparison.Ordinal);
        Assert.DoesNotContain("cnonce", Fields(), StringComparison.Ordinal);
        Assert.Equal(DigestOutcome.Retry, _client.Accept(Challenged(401, Md5)));
        Assert.Equal(2, Fields().Split("Digest ").Length - 1);
    }

    [Fact]
    [Trait("RFC", "3261 §22.1")]
    public void Takes_a_second_challenge_as_a_wrong_password_unless_it_is_stale()
    {
        _client.Accept(Challenged(401, Md5));
        Fields();
        Assert.Equal(DigestOutcome.Refused, _client.Accept(Challenged(401, Md5.Replace("n1", "n3", StringComparison.Ordinal))));
        Assert.Equal(DigestOutcome.Retry, _client.Accept(Challenged(401, Sha256 + ", stale=true")));
        Assert.Contains("nonce=\"n2\"", Fields(), StringComparison.Ordinal);
    }

    [Fact]
    public void Does_not_follow_a_server_that_calls_every_nonce_stale()
    {
        _client.Accept(Challenged(401, Md5));
        Fields();
        Assert.Equal(DigestOutcome.Retry, _client.Accept(Challenged(401, Md5 + ", stale=true")));
        Fields();
        Assert.Equal(DigestOutcome.Refused, _client.Accept(Challenged(401, Md5 + ", stale=true")));
    }

    [Fact]
    public void Takes_a_new_nonce_when_the_old_one_had_worked_before()
    {
        _client.Accept(Challenged(401, Md5));
        Fields();
        Fields(); // An hour later.
        Assert.Equal(DigestOutcome.Retry, _client.Accept(Challenged(401, Sha256)));
        Assert.EndsWith(", nc=00000001\r\n", Fields(), StringComparison.Ordinal);
        Assert.Equal(DigestOutcome.Refused, _client.Accept(Challenged(401, Sha256)));
    }

    [Theory]
    [InlineData(false, "auth,auth-int", "auth")]
    [InlineData(true, "auth,auth-int", "auth-int")]
    [InlineData(true, "auth", "auth")]
    [InlineData(false, "auth-int", "auth-int")]
    public void Protects_the_body_when_that_is_wanted_or_asked_for(bool prefer, string offered, string used)
    {
        var client = new DigestClient("u", "p", prefer);
        client.Accept(Challenged(401, $"WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"{offered}\""));
        var request = Parse(
            $"INVITE sip:1@h SIP/2.0\r\n{Rest}{Text(client.HeaderLines(SipMethod.Invite, "sip:1@h"u8, "v=0"u8))}Content-Length: 3\r\n\r\nv=0");
        Assert.True(request.TryGetHeader(SipHeaderName.Authorization, out var value));
        Assert.True(DigestCredentials.TryParse(value, out var credentials));
        Assert.Equal(used, Text(credentials.Qop.Token()));
        Assert.True(DigestResponse.Matches(credentials.Expect("p"u8, "INVITE"u8, "v=0"u8), credentials.Response));
        Assert.Equal(used == "auth", DigestResponse.Matches(credentials.Expect("p"u8, "INVITE"u8, "v=1"u8), credentials.Response));
    }

    [Fact]
    public void Escapes_a_name_and_gives_the_realm_back_as_it_came()
    {
        var client = new DigestClient("a\"b\\c", "p");
        client.Accept(Challenged(401, "WWW-Authenticate: Digest realm=\"r\\\"s\", nonce=\"n\""));
        var fields = Text(client.HeaderLines(SipMethod.Register, "sip:h"u8, default));
        Assert.Contains("username=\"a\\\"b\\\\c\", realm=\"r\\\"s\"", fields, StringComparison.Ordinal);
    }
}
