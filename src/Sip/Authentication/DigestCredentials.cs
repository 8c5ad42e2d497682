using System.Globalization;

namespace Tandem.Sip.Authentication;

/// <summary>
/// The value of an Authorization or Proxy-Authorization field (RFC 7616 §3.4), read in place. Values of quoted-strings stand
/// as between their quotes, still escaped.
/// </summary>
public readonly ref struct DigestCredentials
{
    /// <summary>username.</summary>
    public ReadOnlySpan<byte> Username { get; private init; }

    /// <summary>realm.</summary>
    public ReadOnlySpan<byte> Realm { get; private init; }

    /// <summary>nonce.</summary>
    public ReadOnlySpan<byte> Nonce { get; private init; }

    /// <summary>digest-uri.</summary>
    public ReadOnlySpan<byte> Uri { get; private init; }

    /// <summary>response.</summary>
    public ReadOnlySpan<byte> Response { get; private init; }

    /// <summary>cnonce; empty without qop.</summary>
    public ReadOnlySpan<byte> Cnonce { get; private init; }

    /// <summary>nc as written; empty without qop.</summary>
    public ReadOnlySpan<byte> NonceCount { get; private init; }

    /// <summary>nc as a number; 0 without qop.</summary>
    public uint Count { get; private init; }

    /// <summary>The algorithm.</summary>
    public DigestAlgorithm Algorithm { get; private init; }

    /// <summary>The quality of protection; none for old peers.</summary>
    public DigestQop Qop { get; private init; }

    /// <summary>
    /// Reads a value. False when it is not Digest, an algorithm or qop is unknown, something that must be there is missing,
    /// or it is malformed (RFC 7616 §3.4: such a request is refused).
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> value, out DigestCredentials credentials)
    {
        credentials = default;
        var reader = new AuthParameterReader(value);
        if (!reader.NextScheme() || !reader.IsDigest) return false;
        ReadOnlySpan<byte> username = default, realm = default, nonce = default, uri = default, response = default;
        ReadOnlySpan<byte> cnonce = default, count = default, algorithmToken = default, qopToken = default;
        var hasRealm = false;
        while (reader.NextParameter())
        {
            hasRealm |= reader.Is("realm"u8);
            if (reader.Is("username"u8)) username = reader.Value;
            else if (reader.Is("realm"u8)) realm = reader.Value;
            else if (reader.Is("nonce"u8)) nonce = reader.Value;
            else if (reader.Is("uri"u8)) uri = reader.Value;
            else if (reader.Is("response"u8)) response = reader.Value;
            else if (reader.Is("cnonce"u8)) cnonce = reader.Value;
            else if (reader.Is("nc"u8)) count = reader.Value;
            else if (reader.Is("algorithm"u8)) algorithmToken = reader.Value;
            else if (reader.Is("qop"u8)) qopToken = reader.Value;
        }

        if (reader.IsMalformed || !hasRealm || username.IsEmpty || nonce.IsEmpty || uri.IsEmpty || response.IsEmpty) return false;
        if (!DigestAlgorithms.TryFind(algorithmToken, out var algorithm)) return false;
        var qop = DigestQops.Read(qopToken);
        var number = 0u;
        if (qopToken.IsEmpty)
        {
            if (algorithm.IsSession() && cnonce.IsEmpty) return false;
        }
        else if (qop is not (DigestQop.Auth or DigestQop.AuthInt) || cnonce.IsEmpty || count.Length != 8
            || !uint.TryParse(count, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number) || number == 0)
        {
            return false;
        }

        credentials = new DigestCredentials
        {
            Username = username,
            Realm = realm,
            Nonce = nonce,
            Uri = uri,
            Response = response,
            Cnonce = cnonce,
            NonceCount = count,
            Count = number,
            Algorithm = algorithm,
            Qop = qop,
        };
        return true;
    }

    /// <summary>What the response must have been computed of if the client knows the password.</summary>
    /// <param name="password">UTF-8.</param>
    /// <param name="method">The request's method.</param>
    /// <param name="body">The request's body.</param>
    public DigestInput Expect(ReadOnlySpan<byte> password, ReadOnlySpan<byte> method, ReadOnlySpan<byte> body) => new()
    {
        Algorithm = Algorithm,
        Qop = Qop,
        Username = Username,
        Realm = Realm,
        Password = password,
        Nonce = Nonce,
        Cnonce = Cnonce,
        NonceCount = NonceCount,
        Method = method,
        Uri = Uri,
        Body = body,
    };
}
