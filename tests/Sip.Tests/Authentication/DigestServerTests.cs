using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Tandem.Sip.Authentication;
using Tandem.Sip.Messages;
using Tandem.Sip.Transport;
using Tandem.Sip.Writing;
using static Tandem.Sip.Tests.Authentication.DigestFieldsTests;
using static Tandem.Sip.Tests.Parsing.TestMessages;

namespace Tandem.Sip.Tests.Authentication;

public sealed class DigestServerTests
{
    private static readonly byte[] Secret = [.. Enumerable.Range(1, DigestNonces.SecretBytes).Select(i => (byte)i)];
    private static readonly SipEndPoint Source = SipEndPoint.Parse("192.0.2.1:5060");

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(60));
    private readonly DigestServer _server;
    private DigestSettings _settings = new(TimeSpan.FromSeconds(300), DigestOffer.Both);

    public DigestServerTests()
    {
        _server = new DigestServer(Secret, _time);
    }

    private SipMessage Challenge(bool stale = false, DigestServer? server = null)
    {
        using var writer = new SipWriter();
        (server ?? _server).WriteChallenges(writer, SipHeaderName.WwwAuthenticate, "tan\"dem"u8, Source, _settings, stale);
        return Challenged(401, Text(writer.WrittenSpan).TrimEnd());
    }

    private static SipMessage Request(DigestClient client, string uri = "sip:1@h", string? digestUri = null, string body = "") => Parse(
        $"INVITE {uri} SIP/2.0\r\n{Rest}{Text(client.HeaderLines(SipMethod.Invite, Bytes(digestUri ?? uri), Bytes(body)))}"
        + $"Content-Length: {body.Length}\r\n\r\n{body}");

    private DigestVerdict Judge(SipMessage request, string password = "pw", SipEndPoint? source = null, DigestServer? server = null)
    {
        server ??= _server;
        Assert.True(server.TryFind(request, SipHeaderName.Authorization, out var credentials));
        return server.Verify(credentials, Bytes(password), request, source ?? Source, _settings);
    }

    private DigestClient Client(string password = "pw", DigestServer? server = null)
    {
        var client = new DigestClient("1001", password);
        Assert.Equal(DigestOutcome.Retry, client.Accept(Challenge(server: server)));
        return client;
    }

    [Theory]
    [Trait("RFC", "8760 §2.3")]
    [InlineData(DigestOffer.Both, "SHA-256", "MD5")]
    [InlineData(DigestOffer.Md5, "MD5")]
    [InlineData(DigestOffer.Sha256, "SHA-256")]
    public void Offers_the_algorithms_of_the_setting_strongest_first(DigestOffer offer, params string[] algorithms)
    {
        _settings = _settings with { Offer = offer };
        var challenges = DigestChallenge.ReadAll(Challenge());
        Assert.Equal(algorithms, challenges.Select(c => Text(c.Algorithm.Token())));
        Assert.All(challenges, c => Assert.Equal(DigestQop.Auth, c.Qop));
        Assert.All(challenges, c => Assert.False(c.IsStale));
        Assert.All(DigestChallenge.ReadAll(Challenge(stale: true)), c => Assert.True(c.IsStale));
    }

    [Fact]
    public void Accepts_the_right_password_again_and_again_with_rising_counts()
    {
        var client = Client();
        for (var i = 0; i < 5; i++) Assert.Equal(DigestVerdict.Accepted, Judge(Request(client)));
    }

    [Fact]
    public void Refuses_a_wrong_password_and_a_changed_body_under_auth_int()
    {
        Assert.Equal(DigestVerdict.Wrong, Judge(Request(Client("no"))));
        _settings = _settings with { WithIntegrity = true };
        var client = new DigestClient("1001", "pw", preferIntegrity: true);
        client.Accept(Challenge());
        var request = Request(client, body: "v=0");
        Assert.Equal(DigestVerdict.Wrong, Judge(Parse(request.ToString() + "v=1")));
        Assert.Equal(DigestVerdict.Accepted, Judge(request));
    }

    [Fact]
    [Trait("RFC", "7616 §3.4")]
    public void Calls_a_nonce_stale_after_its_life_but_a_wrong_password_stays_wrong()
    {
        var (client, wrong) = (Client(), Client("no"));
        _time.Advance(TimeSpan.FromSeconds(300));
        Assert.Equal(DigestVerdict.Accepted, Judge(Request(client)));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(DigestVerdict.Stale, Judge(Request(client)));
        Assert.Equal(DigestVerdict.Wrong, Judge(Request(wrong)));
    }

    [Fact]
    public void Calls_a_replay_stale()
    {
        var request = Request(Client());
        Assert.Equal(DigestVerdict.Accepted, Judge(request));
        Assert.Equal(DigestVerdict.Stale, Judge(request));
    }

    [Fact]
    public void Takes_the_nonce_of_another_node_with_the_same_secret_but_from_the_same_address_only()
    {
        var other = new DigestServer(Secret, _time);
        var client = Client(server: other);
        Assert.Equal(DigestVerdict.Stale, Judge(Request(client), source: SipEndPoint.Parse("192.0.2.2:5060")));
        Assert.Equal(DigestVerdict.Accepted, Judge(Request(client), source: SipEndPoint.Parse("192.0.2.1:9")));
        var foreign = new DigestServer(new byte[DigestNonces.SecretBytes], _time);
        Assert.Equal(DigestVerdict.Stale, Judge(Request(Client(server: foreign))));
    }

    [Fact]
    public void Lets_old_peers_without_qop_use_a_nonce_once()
    {
        var challenge = DigestChallenge.ReadAll(Challenge())[1];
        var client = new DigestClient("1001", "pw");
        client.Accept(Challenged(
            401, $"WWW-Authenticate: Digest realm=\"{Text(challenge.Realm.Span)}\", nonce=\"{Text(challenge.Nonce.Span)}\""));
        var request = Request(client);
        Assert.DoesNotContain("qop", request.ToString(), StringComparison.Ordinal);
        Assert.Equal(DigestVerdict.Accepted, Judge(request));
        Assert.Equal(DigestVerdict.Stale, Judge(Request(client, "sip:2@h")));
    }

    [Theory]
    [InlineData("sip:1@proxy:5070", DigestVerdict.Accepted)]
    [InlineData("sip:10.0.0.1:5060", DigestVerdict.Accepted)]
    [InlineData("sip:2@h", DigestVerdict.OtherUri)]
    [InlineData("/dir/index.html", DigestVerdict.OtherUri)]
    public void Holds_the_digest_uri_against_the_number_called(string digestUri, DigestVerdict verdict) =>
        Assert.Equal(verdict, Judge(Request(Client(), digestUri: digestUri)));

    [Fact]
    public void Refuses_an_algorithm_that_is_not_offered()
    {
        var client = Client();
        _settings = _settings with { Offer = DigestOffer.Md5 };
        Assert.Equal(DigestVerdict.NotOffered, Judge(Request(client)));
    }

    [Fact]
    public void Finds_its_own_credentials_among_those_for_others()
    {
        var client = Client();
        client.Accept(Challenged(401, "WWW-Authenticate: Digest realm=\"another\", nonce=\"n\""));
        var request = Request(client);
        Assert.Equal(2, Values(request, SipHeaderName.Authorization).Count);
        Assert.Equal(DigestVerdict.Accepted, Judge(request));
        Assert.False(_server.TryFind(Parse(Invite), SipHeaderName.Authorization, out _));
    }

    [Fact]
    public void Takes_no_nonce_that_may_have_been_used_before_this_server_started()
    {
        var client = Client();
        _time.Advance(TimeSpan.FromSeconds(1));
        var restarted = new DigestServer(Secret, _time);
        Assert.Equal(DigestVerdict.Stale, Judge(Request(client), server: restarted));
        Assert.Equal(DigestVerdict.Accepted, Judge(Request(Client(server: restarted)), server: restarted));
    }

    // Any byte of a nonce changed: never fresh.
    [Fact]
    public void Takes_no_nonce_that_was_changed()
    {
        var nonce = new byte[DigestNonces.Length];
        DigestNonces.Write(Secret, _time.GetUtcNow(), "r"u8, Source, nonce);
        Assert.Equal(NonceState.Fresh, State(nonce));
        Gen.Select(Gen.Int[0, nonce.Length - 1], Gen.Byte).Where((at, value) => value != nonce[at]).Sample((at, value) =>
        {
            var changed = nonce.ToArray();
            changed[at] = value;
            // The last character has two bits that mean nothing.
            Assert.True(State(changed) == NonceState.Foreign || at == nonce.Length - 1);
        });
        Assert.Equal(NonceState.Foreign, State([.. nonce, (byte)'A']));
        Assert.Equal(NonceState.Fresh, State(nonce, behindMs: 30_000));
        Assert.Equal(NonceState.Expired, State(nonce, behindMs: 30_001));

        NonceState State(ReadOnlySpan<byte> text, int behindMs = 0) => DigestNonces.Judge(
            Secret, text, "r"u8, Source, _time.GetUtcNow().AddMilliseconds(-behindMs), TimeSpan.FromSeconds(300), out _, out _);
    }
}
