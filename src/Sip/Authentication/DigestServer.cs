using Tandem.Sip.Messages;
using Tandem.Sip.Transport;
using Tandem.Sip.Writing;

namespace Tandem.Sip.Authentication;

/// <summary>Which algorithms a server offers (SS_SIP_DIGEST_ALGORITHM).</summary>
public enum DigestOffer : byte
{
    /// <summary>SHA-256 first, then MD5 (RFC 8760 §2.3).</summary>
    Both,

    /// <summary>MD5 alone.</summary>
    Md5,

    /// <summary>SHA-256 alone.</summary>
    Sha256,
}

/// <summary>How a server challenges; may change from request to request.</summary>
/// <param name="NonceLife">How long a nonce is taken.</param>
/// <param name="Offer">Algorithms offered. Credentials of another are refused.</param>
/// <param name="WithIntegrity">Offer auth-int besides auth.</param>
public readonly record struct DigestSettings(TimeSpan NonceLife, DigestOffer Offer, bool WithIntegrity = false);

/// <summary>What credentials are worth.</summary>
public enum DigestVerdict : byte
{
    /// <summary>The client knows the password, and the nonce was not used this way before.</summary>
    Accepted,

    /// <summary>
    /// The client knows the password, but the nonce has expired, was given to another address, or its count was used before:
    /// challenge again with stale=true. No failure of the client.
    /// </summary>
    Stale,

    /// <summary>The response is wrong: a failure.</summary>
    Wrong,

    /// <summary>The credentials are for another resource than the Request-URI (RFC 7616 §3.4): a failure.</summary>
    OtherUri,

    /// <summary>An algorithm that is not offered: challenge again.</summary>
    NotOffered,
}

/// <summary>
/// The server's side of digest (RFC 3261 §22.4, RFC 7616, RFC 8760). Any server with the same secret takes nonces of any
/// other; counts are watched per server, so a captured request can be replayed once at each other node, from the same
/// address, to the same callee, within the life of its nonce. Safe for threads.
/// </summary>
public sealed class DigestServer
{
    private readonly byte[] _secret;
    private readonly TimeProvider _time;
    private readonly NonceCounts _counts;

    /// <summary>Makes a server.</summary>
    /// <param name="secret"><see cref="DigestNonces.SecretBytes"/> random bytes that all nodes share.</param>
    /// <param name="time">The clock.</param>
    /// <param name="maxNonces">How many used nonces are remembered.</param>
    public DigestServer(ReadOnlySpan<byte> secret, TimeProvider time, int maxNonces = NonceCounts.DefaultMaxNonces)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(secret.Length, DigestNonces.SecretBytes);
        ArgumentNullException.ThrowIfNull(time);
        (_secret, _time) = (secret.ToArray(), time);
        _counts = new NonceCounts(time.GetUtcNow().ToUnixTimeMilliseconds(), maxNonces);
    }

    /// <summary>Writes the challenges of one refusal: a field for each algorithm offered, the strongest first.</summary>
    /// <param name="writer">In the middle of a message's header fields.</param>
    /// <param name="name">WWW-Authenticate (with 401) or Proxy-Authenticate (with 407).</param>
    /// <param name="realm">What users know the switch by; up to 256 bytes are protected.</param>
    /// <param name="source">Who is challenged.</param>
    /// <param name="settings">Life, algorithms, qop.</param>
    /// <param name="isStale">After <see cref="DigestVerdict.Stale"/>.</param>
    public void WriteChallenges(
        SipWriter writer, SipHeaderName name, ReadOnlySpan<byte> realm, SipEndPoint source, DigestSettings settings, bool isStale)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Span<byte> nonce = stackalloc byte[DigestNonces.Length];
        using var quoted = new SipWriter(128);
        quoted.AppendQuoted(realm);
        DigestNonces.Write(_secret, _time.GetUtcNow(), quoted.WrittenSpan[1..^1], source, nonce);
        if (settings.Offer != DigestOffer.Md5) Write(DigestAlgorithm.Sha256, quoted.WrittenSpan, nonce);
        if (settings.Offer != DigestOffer.Sha256) Write(DigestAlgorithm.Md5, quoted.WrittenSpan, nonce);

        void Write(DigestAlgorithm algorithm, ReadOnlySpan<byte> quotedRealm, ReadOnlySpan<byte> text)
        {
            writer.BeginHeader(name);
            writer.Raw("Digest realm="u8);
            writer.Raw(quotedRealm);
            writer.Raw(settings.WithIntegrity ? ", qop=\"auth,auth-int\""u8 : ", qop=\"auth\""u8);
            writer.Raw(", nonce=\""u8);
            writer.Raw(text);
            writer.Raw("\", algorithm="u8);
            writer.Raw(algorithm.Token());
            if (isStale) writer.Raw(", stale=true"u8);
            writer.EndHeader();
        }
    }

    /// <summary>
    /// Reads the first credentials of a request that answer a challenge of ours; false when there are none, only malformed
    /// ones, or only ones that another server is meant by.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="name">Authorization or Proxy-Authorization.</param>
    /// <param name="credentials">What was found.</param>
    /// <remarks>
    /// The realm is not compared: it is part of what the nonce is signed for, so a nonce of ours says that the realm is ours.
    /// Credentials with a foreign nonce come out, too, when there are no better ones: a client that reuses old ones is told
    /// by a challenge, and guessing is counted.
    /// </remarks>
    public bool TryFind(SipMessage request, SipHeaderName name, out DigestCredentials credentials)
    {
        ArgumentNullException.ThrowIfNull(request);
        credentials = default;
        var found = false;
        foreach (var value in request.Values(name))
        {
            if (!DigestCredentials.TryParse(value, out var candidate)) continue;
            if (candidate.Nonce.Length == DigestNonces.Length)
            {
                credentials = candidate;
                return true;
            }

            if (!found) credentials = candidate;
            found = true;
        }

        return found;
    }

    /// <summary>Judges credentials; accepted ones use up their nonce count.</summary>
    /// <param name="credentials">What the request carries.</param>
    /// <param name="password">Of the user that they name, UTF-8.</param>
    /// <param name="request">The request.</param>
    /// <param name="source">Who sent it.</param>
    /// <param name="settings">Life, algorithms, qop.</param>
    public DigestVerdict Verify(
        in DigestCredentials credentials, ReadOnlySpan<byte> password, SipMessage request, SipEndPoint source,
        DigestSettings settings)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!IsOffered(credentials.Algorithm, settings.Offer)) return DigestVerdict.NotOffered;
        if (!IsForUri(credentials.Uri, request)) return DigestVerdict.OtherUri;
        if (!DigestResponse.Matches(
            credentials.Expect(password, request.MethodToken, request.Body.Span), credentials.Response))
            return DigestVerdict.Wrong;
        var now = _time.GetUtcNow();
        var state = DigestNonces.Judge(
            _secret, credentials.Nonce, credentials.Realm, source, now, settings.NonceLife, out var id, out var madeAtMs);
        if (state != NonceState.Fresh) return DigestVerdict.Stale;
        var count = credentials.Qop == DigestQop.None ? 1 : credentials.Count;
        var isNew = _counts.TryUse(
            id, madeAtMs, count, now.ToUnixTimeMilliseconds(), (long)settings.NonceLife.TotalMilliseconds);
        return isNew ? DigestVerdict.Accepted : DigestVerdict.Stale;
    }

    private static bool IsOffered(DigestAlgorithm algorithm, DigestOffer offer) => algorithm switch
    {
        DigestAlgorithm.Md5 or DigestAlgorithm.Md5Sess => offer != DigestOffer.Sha256,
        DigestAlgorithm.Sha256 or DigestAlgorithm.Sha256Sess => offer != DigestOffer.Md5,
    };

    // Proxies rewrite host and parameters of the Request-URI, and some peers write a digest-uri without user: so a user that
    // is there must be the one called, which keeps captured credentials from calling other numbers.
    private static bool IsForUri(ReadOnlySpan<byte> digestUri, SipMessage request)
    {
        if (digestUri.SequenceEqual(request.RequestUri)) return true;
        if (!SipUri.TryParse(digestUri, out var named) || !request.TryGetRequestUri(out var wanted)) return false;
        return named.User.IsEmpty || named.User.SequenceEqual(wanted.User);
    }
}
