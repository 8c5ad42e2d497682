using System.Text;

namespace Tandem.Sip.Authentication;

/// <summary>
/// Digest algorithms (RFC 7616 §3.3, RFC 8760 §2.1), weakest first. SHA-512-256 is left out: the run-time library does not
/// offer it, and no peer is known to need it.
/// </summary>
public enum DigestAlgorithm : byte
{
    /// <summary>MD5; also meant when a challenge names no algorithm.</summary>
    Md5,

    /// <summary>MD5 with a session key that client and server nonce go into.</summary>
    Md5Sess,

    /// <summary>SHA-256.</summary>
    Sha256,

    /// <summary>SHA-256 with a session key.</summary>
    Sha256Sess,
}

/// <summary>The one table between <see cref="DigestAlgorithm"/> and its spelling.</summary>
public static class DigestAlgorithms
{
    private static readonly DigestAlgorithm[] All = Enum.GetValues<DigestAlgorithm>();

    /// <summary>The wire spelling.</summary>
    public static ReadOnlySpan<byte> Token(this DigestAlgorithm algorithm) => algorithm switch
    {
        DigestAlgorithm.Md5 => "MD5"u8,
        DigestAlgorithm.Md5Sess => "MD5-sess"u8,
        DigestAlgorithm.Sha256 => "SHA-256"u8,
        DigestAlgorithm.Sha256Sess => "SHA-256-sess"u8,
    };

    /// <summary>Characters of a response: 32 or 64.</summary>
    public static int ResponseLength(this DigestAlgorithm algorithm) =>
        algorithm is DigestAlgorithm.Md5 or DigestAlgorithm.Md5Sess ? 32 : 64;

    /// <summary>Whether a session key is used.</summary>
    public static bool IsSession(this DigestAlgorithm algorithm) =>
        algorithm is DigestAlgorithm.Md5Sess or DigestAlgorithm.Sha256Sess;

    /// <summary>Reads a spelling, without case; empty is MD5 (RFC 7616 §3.3). False for one that is not supported.</summary>
    public static bool TryFind(ReadOnlySpan<byte> token, out DigestAlgorithm algorithm)
    {
        algorithm = DigestAlgorithm.Md5;
        if (token.IsEmpty) return true;
        foreach (var candidate in All)
        {
            if (!Ascii.EqualsIgnoreCase(candidate.Token(), token)) continue;
            algorithm = candidate;
            return true;
        }

        return false;
    }
}
