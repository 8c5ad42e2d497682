using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Tandem.Sip.Authentication;
using static Tandem.Sip.Tests.Parsing.TestMessages;

namespace Tandem.Sip.Tests.Authentication;

public sealed class DigestResponseTests
{
    private static readonly Gen<string> Word = Gen.Char["abcXYZ019 -_.@:/äß"].Array[0, 40].Select(c => new string(c));

    private static string Compute(in DigestInput input)
    {
        Span<byte> response = stackalloc byte[DigestResponse.MaxLength];
        return Text(response[..DigestResponse.Write(input, response)]);
    }

    [Theory]
    [Trait("RFC", "7616 §3.9.1")]
    [InlineData(DigestAlgorithm.Md5, "8ca523f5e9506fed4657c9700eebdbec")]
    [InlineData(DigestAlgorithm.Sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")]
    public void Computes_the_examples_of_RFC_7616(DigestAlgorithm algorithm, string response)
    {
        var input = new DigestInput
        {
            Algorithm = algorithm,
            Qop = DigestQop.Auth,
            Username = "Mufasa"u8,
            Realm = "http-auth@example.org"u8,
            Password = "Circle of Life"u8,
            Nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"u8,
            Cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"u8,
            NonceCount = "00000001"u8,
            Method = "GET"u8,
            Uri = "/dir/index.html"u8,
        };
        Assert.Equal(response, Compute(input));
        Assert.True(DigestResponse.Matches(input, Bytes(response)));
        Assert.True(DigestResponse.Matches(input, Bytes(response.ToUpperInvariant())));
        Assert.False(DigestResponse.Matches(input, Bytes(response[..^1] + "0")));
        Assert.False(DigestResponse.Matches(input, Bytes(response[..^1])));
    }

    [Theory]
    [Trait("RFC", "2617 §3.5")]
    [InlineData(DigestQop.Auth, "6629fae49393a05397450978507c4ef1")]
    [InlineData(DigestQop.None, "670fd8c2df070c60b045671b8b24ff02")]
    public void Computes_the_example_of_RFC_2617_with_and_without_qop(DigestQop qop, string response) =>
        Assert.Equal(
            response,
            Compute(new DigestInput
            {
                Qop = qop,
                Username = "Mufasa"u8,
                Realm = "testrealm@host.com"u8,
                Password = "Circle Of Life"u8,
                Nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093"u8,
                Cnonce = "0a4f113b"u8,
                NonceCount = "00000001"u8,
                Method = "GET"u8,
                Uri = "/dir/index.html"u8,
            }));

    [Theory]
    [Trait("RFC", "8760 §2.2")]
    [InlineData(DigestAlgorithm.Md5Sess, "453ea7484a4e7c867a533f6fdd055ab7")]
    [InlineData(DigestAlgorithm.Sha256Sess, "d884a97bfefe95e488b49403910ce57eb140da68b4fd56e3f634443d1fe88496")]
    public void Computes_session_keys_and_the_bodys_hash_as_another_implementation_does(
        DigestAlgorithm algorithm, string response) =>
        Assert.Equal(
            response,
            Compute(new DigestInput
            {
                Algorithm = algorithm,
                Qop = DigestQop.AuthInt,
                Username = "1001"u8,
                Realm = "tandem"u8,
                Password = "s3cret"u8,
                Nonce = "abc"u8,
                Cnonce = "xyz"u8,
                NonceCount = "0000000a"u8,
                Method = "INVITE"u8,
                Uri = "sip:1@h"u8,
                Body = "v=0"u8,
            }));

    // Against a slow and obvious reference of strings, with every combination of algorithm and qop.
    [Fact]
    public void Equals_the_formula_for_any_text() =>
        Gen.Select(
            Gen.Enum<DigestAlgorithm>(), Gen.Int[0, 2].Select(q => (DigestQop)q),
            Gen.Select(Word, Word, Word), Gen.Select(Word, Word), Gen.Select(Word, Word))
            .Sample((algorithm, qop, user, nonces, request) =>
            {
                var input = new DigestInput
                {
                    Algorithm = algorithm,
                    Qop = qop,
                    Username = Bytes(user.Item1),
                    Realm = Bytes(user.Item2),
                    Password = Bytes(user.Item3),
                    Nonce = Bytes(nonces.Item1),
                    Cnonce = Bytes(nonces.Item2),
                    NonceCount = "0000002a"u8,
                    Method = "INVITE"u8,
                    Uri = Bytes(request.Item1),
                    Body = Bytes(request.Item2),
                };
                Assert.Equal(Reference(algorithm, qop, user, nonces, request.Item1, request.Item2), Compute(input));
            });

    [Fact]
    [Trait("RFC", "7616 §3.4")]
    public void Takes_the_escapes_out_before_hashing()
    {
        var plain = new DigestInput { Username = "a\"b"u8, Realm = "c\\d"u8, Nonce = "n"u8, Uri = "u"u8, Method = "GET"u8 };
        var escaped = new DigestInput { Username = "a\\\"b"u8, Realm = "c\\\\d"u8, Nonce = "n"u8, Uri = "u"u8, Method = "GET"u8 };
        Assert.NotEqual(Compute(plain), Compute(escaped)); // In the first \d is read as an escaped d.
        Assert.Equal(
            Reference(DigestAlgorithm.Md5, DigestQop.None, ("a\"b", "c\\d", ""), ("n", ""), "u", "", "GET"), Compute(escaped));
    }

    [Fact]
    public void Holds_texts_of_any_length()
    {
        var user = new string('u', 5_000);
        Assert.Equal(
            Reference(DigestAlgorithm.Sha256, DigestQop.None, (user, user, user), (user, ""), user, "", "GET"),
            Compute(new DigestInput
            {
                Algorithm = DigestAlgorithm.Sha256,
                Username = Bytes(user),
                Realm = Bytes(user),
                Password = Bytes(user),
                Nonce = Bytes(user),
                Uri = Bytes(user),
                Method = "GET"u8,
            }));
    }

    private static string Reference(
        DigestAlgorithm algorithm, DigestQop qop, (string Name, string Realm, string Password) user,
        (string Server, string Client) nonce, string uri, string body, string method = "INVITE")
    {
        var key = Hash($"{user.Name}:{user.Realm}:{user.Password}");
        if (algorithm is DigestAlgorithm.Md5Sess or DigestAlgorithm.Sha256Sess) key = Hash($"{key}:{nonce.Server}:{nonce.Client}");
        return qop switch
        {
            DigestQop.None => Hash($"{key}:{nonce.Server}:{Hash($"{method}:{uri}")}"),
            DigestQop.Auth => Hash($"{key}:{nonce.Server}:0000002a:{nonce.Client}:auth:{Hash($"{method}:{uri}")}"),
            _ => Hash($"{key}:{nonce.Server}:0000002a:{nonce.Client}:auth-int:{Hash($"{method}:{uri}:{Hash(body)}")}"),
        };

        string Hash(string text) => Convert.ToHexStringLower(
            algorithm is DigestAlgorithm.Md5 or DigestAlgorithm.Md5Sess
                ? MD5.HashData(Encoding.UTF8.GetBytes(text))
                : SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
