using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Tandem.Sip.Transport;

namespace Tandem.Sip.Authentication;

/// <summary>What a nonce is worth.</summary>
public enum NonceState : byte
{
    /// <summary>Made with our secret for this realm and source, and young enough.</summary>
    Fresh,

    /// <summary>Made with our secret for this realm and source, and too old.</summary>
    Expired,

    /// <summary>None of ours, or given to another source.</summary>
    Foreign,
}

/// <summary>
/// Nonces that every node with the same secret can verify, and none has to remember: time of making, random bits, and an
/// HMAC-SHA256 over both, the realm and the source's address (RFC 7616 §3.3). Pure but for the random bits.
/// </summary>
public static class DigestNonces
{
    /// <summary>Bytes of the shared secret.</summary>
    public const int SecretBytes = 32;

    /// <summary>Characters of a nonce.</summary>
    public const int Length = 43;

    /// <summary>How far another node's clock may be ahead.</summary>
    public static readonly TimeSpan MaxSkew = TimeSpan.FromSeconds(30);

    private const int IdBytes = 16;
    private const int MacBytes = 16;
    private const int MaxRealmBytes = 256;

    /// <summary>Writes a new nonce.</summary>
    /// <param name="secret">Shared by all nodes.</param>
    /// <param name="now">The present time.</param>
    /// <param name="realm">Goes into the HMAC; the first 256 bytes of it.</param>
    /// <param name="source">Who may use it: the address goes into the HMAC, the port does not.</param>
    /// <param name="destination">At least <see cref="Length"/> bytes.</param>
    public static void Write(
        ReadOnlySpan<byte> secret, DateTimeOffset now, ReadOnlySpan<byte> realm, SipEndPoint source, Span<byte> destination)
    {
        Span<byte> nonce = stackalloc byte[IdBytes + MacBytes];
        BinaryPrimitives.WriteInt64BigEndian(nonce, now.ToUnixTimeMilliseconds());
        RandomNumberGenerator.Fill(nonce[8..IdBytes]);
        Sign(secret, nonce[..IdBytes], realm, source, nonce[IdBytes..]);
        Base64Url.EncodeToUtf8(nonce, destination, out _, out _);
    }

    /// <summary>Judges a nonce.</summary>
    /// <param name="secret">Shared by all nodes.</param>
    /// <param name="nonce">As it came.</param>
    /// <param name="realm">As it came.</param>
    /// <param name="source">Who used it.</param>
    /// <param name="now">The present time.</param>
    /// <param name="life">How long a nonce is fresh.</param>
    /// <param name="id">Names the nonce; its upper half is <paramref name="madeAtMs"/>.</param>
    /// <param name="madeAtMs">When it was made, in milliseconds since 1970.</param>
    public static NonceState Judge(
        ReadOnlySpan<byte> secret, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> realm, SipEndPoint source,
        DateTimeOffset now, TimeSpan life, out UInt128 id, out long madeAtMs)
    {
        (id, madeAtMs) = (default, 0);
        if (nonce.Length != Length) return NonceState.Foreign;
        Span<byte> bytes = stackalloc byte[IdBytes + MacBytes];
        if (Base64Url.DecodeFromUtf8(nonce, bytes, out _, out var written) != System.Buffers.OperationStatus.Done
            || written != bytes.Length)
            return NonceState.Foreign;
        Span<byte> mac = stackalloc byte[MacBytes];
        Sign(secret, bytes[..IdBytes], realm, source, mac);
        if (!CryptographicOperations.FixedTimeEquals(mac, bytes[IdBytes..])) return NonceState.Foreign;
        id = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        madeAtMs = BinaryPrimitives.ReadInt64BigEndian(bytes);
        var ageMs = now.ToUnixTimeMilliseconds() - madeAtMs;
        return ageMs <= life.TotalMilliseconds && ageMs >= -MaxSkew.TotalMilliseconds ? NonceState.Fresh : NonceState.Expired;
    }

    private static void Sign(
        ReadOnlySpan<byte> secret, ReadOnlySpan<byte> id, ReadOnlySpan<byte> realm, SipEndPoint source, Span<byte> mac)
    {
        Span<byte> text = stackalloc byte[IdBytes + 16 + MaxRealmBytes];
        id.CopyTo(text);
        source.WriteV6(text[IdBytes..]);
        realm = realm[..Math.Min(realm.Length, MaxRealmBytes)];
        realm.CopyTo(text[(IdBytes + 16)..]);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret, text[..(IdBytes + 16 + realm.Length)], hash);
        hash[..MacBytes].CopyTo(mac);
    }
}
