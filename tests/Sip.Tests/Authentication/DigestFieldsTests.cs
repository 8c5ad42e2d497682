using CsCheck;
using Tandem.Sip.Authentication;
using Tandem.Sip.Messages;
using static Tandem.Sip.Tests.Parsing.TestMessages;

namespace Tandem.Sip.Tests.Authentication;

public sealed class DigestFieldsTests
{
    internal const string Rest = "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n";

    private const string Full =
        "Digest username=\"10\\\"01\", realm=\"tandem\", nonce=\"abc\", uri=\"sip:1@h\", response=\"0123\", algorithm=SHA-256, "
        + "cnonce=\"c,n=\", qop=auth, nc=0000002A, opaque=\"\"";

    internal static SipMessage Challenged(int status, params string[] fields) =>
        Parse($"SIP/2.0 {status} Who\r\n{Rest}{string.Concat(fields.Select(f => f + "\r\n"))}Content-Length: 0\r\n\r\n");

    [Fact]
    [Trait("RFC", "3261 §20.7")]
    public void Reads_credentials()
    {
        Assert.True(DigestCredentials.TryParse(Bytes(Full), out var read));
        Assert.Equal("10\\\"01", Text(read.Username));
        Assert.Equal("tandem", Text(read.Realm));
        Assert.Equal("abc", Text(read.Nonce));
        Assert.Equal("sip:1@h", Text(read.Uri));
        Assert.Equal("0123", Text(read.Response));
        Assert.Equal("c,n=", Text(read.Cnonce));
        Assert.Equal((42u, DigestAlgorithm.Sha256, DigestQop.Auth), (read.Count, read.Algorithm, read.Qop));
    }

    [Fact]
    public void Reads_credentials_of_old_and_careless_peers()
    {
        Assert.True(DigestCredentials.TryParse(
            "digest  USERNAME = \"u\" ,,realm=\"\",\r\n nonce=n==,uri=\"sip:h\",response=\"00\",algorithm=\"md5\",qop=\"auth\",cnonce=c,nc=\"00000001\","u8,
            out var read));
        Assert.Equal(("u", "", "n==", "sip:h"), (Text(read.Username), Text(read.Realm), Text(read.Nonce), Text(read.Uri)));
        Assert.Equal((DigestAlgorithm.Md5, DigestQop.Auth), (read.Algorithm, read.Qop));
        Assert.True(DigestCredentials.TryParse(
            "Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:h\",response=\"00\""u8, out read));
        Assert.Equal((DigestAlgorithm.Md5, DigestQop.None, 0u), (read.Algorithm, read.Qop, read.Count));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Basic dTpw")]
    [InlineData("Digest")]
    [InlineData("Digest username=\"u\"")]
    [InlineData("Digest realm=\"r\",nonce=\"n\",uri=\"sip:h\",response=\"00\"")]
    [InlineData("Digest username=\"u\",nonce=\"n\",uri=\"sip:h\",response=\"00\"")]
    [InlineData("Digest username=\"u\",realm=\"r\",uri=\"sip:h\",response=\"00\"")]
    [InlineData("Digest username=\"u\",realm=\"r\",nonce=\"n\",response=\"00\"")]
    [InlineData("Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:h\"")]
    [InlineData("Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:h\",response=\"00\",algorithm=SHA-512-256")]
    [InlineData("Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:h\",response=\"00\",qop=auth,cnonce=\"c\"")]
    [InlineData("Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:h\",response=\"00\",qop=auth,nc=00000001")]
    [InlineData("Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:h\",response=\"00\",qop=auth,cnonce=\"c\",nc=00000000")]
    [InlineData("Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:h\",response=\"00\",qop=auth,cnonce=\"c\",nc=1")]
    [InlineData("Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:h\",response=\"00\",qop=auth,cnonce=\"c\",nc=-0000001")]
    [InlineData("Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:h\",response=\"00\",qop=other,cnonce=\"c\",nc=00000001")]
    [InlineData("Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:h\",response=\"00\",algorithm=MD5-sess")]
    [InlineData("Digest username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:h\",response=\"00")]
    [InlineData("Digest username=\"u\r\n v\",realm=\"r\",nonce=\"n\",uri=\"sip:h\",response=\"00\"")]
    public void Refuses_what_are_no_credentials(string value) => Assert.False(DigestCredentials.TryParse(Bytes(value), out _));

    // Every prefix, and every single byte changed to anything: no exception, and what is read lies inside.
    [Fact]
    public void Survives_any_credentials()
    {
        var whole = Bytes(Full);
        for (var length = 0; length < whole.Length; length++) DigestCredentials.TryParse(whole.AsSpan(0, length), out _);
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Byte).Sample((at, one, two) =>
        {
            var bytes = whole.ToArray();
            (bytes[at], bytes[^(1 + (at / 2))]) = (one, two);
            DigestCredentials.TryParse(bytes, out _);
        });
        Gen.Byte.Array[0, 200].Sample(bytes => { DigestCredentials.TryParse(bytes, out _); });
    }

    [Fact]
    [Trait("RFC", "3261 §20.44")]
    public void Reads_all_challenges_of_a_response_and_leaves_out_what_it_cannot_answer()
    {
        var read = DigestChallenge.ReadAll(Challenged(
            401,
            "WWW-Authenticate: Basic realm=\"b\"",
            "WWW-Authenticate: Digest realm=\"one\", nonce=\"n1\", algorithm=SHA-512-256, qop=\"auth\"",
            "WWW-Authenticate: Digest realm=\"two\", nonce=\"n2\", algorithm=SHA-256, qop=\"auth,auth-int\", opaque=\"o\", stale=TRUE",
            "WWW-Authenticate: Digest realm=\"q\", nonce=\"n\", qop=\"other\"",
            "WWW-Authenticate: Digest realm=\"broken, nonce=\"n\"",
            "WWW-Authenticate: Negotiate, Digest realm=\"three\", nonce=n3, Digest realm=\"four\", nonce=\"n4\", Basic realm=\"x\"",
            "Proxy-Authenticate: Digest realm=\"five\", nonce=\"n5\""));
        Assert.Equal(["two", "three", "four", "five"], read.Select(c => Text(c.Realm.Span)));
        Assert.Equal(["n2", "n3", "n4", "n5"], read.Select(c => Text(c.Nonce.Span)));
        Assert.Equal([true, false, false, false], read.Select(c => c.IsStale));
        Assert.Equal([false, false, false, true], read.Select(c => c.IsProxy));
        Assert.Equal((DigestAlgorithm.Sha256, DigestQop.Auth | DigestQop.AuthInt), (read[0].Algorithm, read[0].Qop));
        Assert.Equal("o", Text(read[0].Opaque!.Value.Span));
        Assert.Null(read[1].Opaque);
    }
}
