using System.Text;
using Tandem.Sip.Messages;

namespace Tandem.Sip.Authentication;

/// <summary>
/// One Digest challenge of a 401 or 407 (RFC 7616 §3.3). Values stand as between their quotes, still escaped, so that they go
/// back as they came. Immutable.
/// </summary>
public sealed record DigestChallenge
{
    /// <summary>Challenges of one response that are read; more are not.</summary>
    public const int MaxPerResponse = 16;

    /// <summary>realm.</summary>
    public required ReadOnlyMemory<byte> Realm { get; init; }

    /// <summary>nonce.</summary>
    public required ReadOnlyMemory<byte> Nonce { get; init; }

    /// <summary>opaque; null when absent.</summary>
    public ReadOnlyMemory<byte>? Opaque { get; init; }

    /// <summary>The algorithm.</summary>
    public DigestAlgorithm Algorithm { get; init; }

    /// <summary>Whether the challenge names its algorithm; the answer repeats what it names.</summary>
    public bool NamesAlgorithm { get; init; }

    /// <summary>The qualities of protection offered; none for old peers.</summary>
    public DigestQop Qop { get; init; }

    /// <summary>The nonce that was used has expired; the password was right.</summary>
    public bool IsStale { get; init; }

    /// <summary>True for Proxy-Authenticate.</summary>
    public bool IsProxy { get; init; }

    /// <summary>
    /// All challenges of a response that this stack can answer, in order; those of other schemes, algorithms and qualities of
    /// protection, and malformed ones, are left out.
    /// </summary>
    public static IReadOnlyList<DigestChallenge> ReadAll(SipMessage response)
    {
        ArgumentNullException.ThrowIfNull(response);
        var found = new List<DigestChallenge>();
        foreach (var value in response.Values(SipHeaderName.WwwAuthenticate)) Read(value, isProxy: false, found);
        foreach (var value in response.Values(SipHeaderName.ProxyAuthenticate)) Read(value, isProxy: true, found);
        return found;
    }

    private static void Read(ReadOnlySpan<byte> value, bool isProxy, List<DigestChallenge> found)
    {
        var reader = new AuthParameterReader(value);
        while (found.Count < MaxPerResponse && reader.NextScheme())
        {
            ReadOnlySpan<byte> realm = default, nonce = default, opaque = default, algorithmToken = default, qopToken = default;
            bool hasRealm = false, hasOpaque = false, stale = false;
            while (reader.NextParameter())
            {
                hasRealm |= reader.Is("realm"u8);
                hasOpaque |= reader.Is("opaque"u8);
                if (reader.Is("realm"u8)) realm = reader.Value;
                else if (reader.Is("nonce"u8)) nonce = reader.Value;
                else if (reader.Is("opaque"u8)) opaque = reader.Value;
                else if (reader.Is("algorithm"u8)) algorithmToken = reader.Value;
                else if (reader.Is("qop"u8)) qopToken = reader.Value;
                else if (reader.Is("stale"u8)) stale = Ascii.EqualsIgnoreCase(reader.Value, "true"u8);
            }

            if (reader.IsMalformed) return;
            var qop = DigestQops.Read(qopToken);
            if (!reader.IsDigest || !hasRealm || nonce.IsEmpty) continue;
            if (!DigestAlgorithms.TryFind(algorithmToken, out var algorithm)) continue;
            if (!qopToken.IsEmpty && qop == DigestQop.None) continue;
            found.Add(new DigestChallenge
            {
                Realm = realm.ToArray(),
                Nonce = nonce.ToArray(),
                Opaque = hasOpaque ? (ReadOnlyMemory<byte>?)opaque.ToArray() : null,
                Algorithm = algorithm,
                NamesAlgorithm = !algorithmToken.IsEmpty,
                Qop = qop,
                IsStale = stale,
                IsProxy = isProxy,
            });
        }
    }
}
