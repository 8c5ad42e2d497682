using System.Buffers;
using System.Security.Cryptography;

namespace Tandem.Sip.Authentication;

/// <summary>
/// What a digest is computed of. Values of quoted-strings stand here as between their quotes: escapes are taken out before
/// hashing (unq() of RFC 7616 §3.4).
/// </summary>
public readonly ref struct DigestInput
{
    /// <summary>The algorithm.</summary>
    public DigestAlgorithm Algorithm { get; init; }

    /// <summary>The quality of protection; one, or none.</summary>
    public DigestQop Qop { get; init; }

    /// <summary>username.</summary>
    public ReadOnlySpan<byte> Username { get; init; }

    /// <summary>realm.</summary>
    public ReadOnlySpan<byte> Realm { get; init; }

    /// <summary>The password, UTF-8, not escaped.</summary>
    public ReadOnlySpan<byte> Password { get; init; }

    /// <summary>nonce.</summary>
    public ReadOnlySpan<byte> Nonce { get; init; }

    /// <summary>cnonce; used with a quality of protection or a session key.</summary>
    public ReadOnlySpan<byte> Cnonce { get; init; }

    /// <summary>nc as written: eight hexadecimal digits; used with a quality of protection.</summary>
    public ReadOnlySpan<byte> NonceCount { get; init; }

    /// <summary>The request's method.</summary>
    public ReadOnlySpan<byte> Method { get; init; }

    /// <summary>digest-uri.</summary>
    public ReadOnlySpan<byte> Uri { get; init; }

    /// <summary>The request's body; used with auth-int.</summary>
    public ReadOnlySpan<byte> Body { get; init; }
}

/// <summary>Computes and compares the response of RFC 7616 §3.4.1. Pure.</summary>
public static class DigestResponse
{
    /// <summary>Characters of the longest response.</summary>
    public const int MaxLength = 64;

    /// <summary>Writes the response as lower-case hexadecimal digits.</summary>
    /// <param name="input">What it is computed of.</param>
    /// <param name="destination">At least <see cref="DigestAlgorithms.ResponseLength"/> bytes.</param>
    /// <returns>The bytes written.</returns>
    public static int Write(in DigestInput input, Span<byte> destination)
    {
        var length = input.Algorithm.ResponseLength();
        var first = (stackalloc byte[MaxLength])[..length];
        var second = (stackalloc byte[MaxLength])[..length];
        var body = (stackalloc byte[MaxLength])[..length];
        using var text = new Text();

        text.AddUnescaped(input.Username);
        text.Colon();
        text.AddUnescaped(input.Realm);
        text.Colon();
        text.Add(input.Password);
        text.Hash(input.Algorithm, first);
        if (input.Algorithm.IsSession())
        {
            text.Add(first);
            text.Colon();
            text.AddUnescaped(input.Nonce);
            text.Colon();
            text.AddUnescaped(input.Cnonce);
            text.Hash(input.Algorithm, first);
        }

        text.Add(input.Method);
        text.Colon();
        text.AddUnescaped(input.Uri);
        if (input.Qop == DigestQop.AuthInt)
        {
            HashOf(input.Algorithm, input.Body, body);
            text.Colon();
            text.Add(body);
        }

        text.Hash(input.Algorithm, second);

        text.Add(first);
        text.Colon();
        text.AddUnescaped(input.Nonce);
        text.Colon();
        if (input.Qop != DigestQop.None)
        {
            text.Add(input.NonceCount);
            text.Colon();
            text.AddUnescaped(input.Cnonce);
            text.Colon();
            text.Add(input.Qop.Token());
            text.Colon();
        }

        text.Add(second);
        text.Hash(input.Algorithm, destination[..length]);
        return length;
    }

    /// <summary>
    /// Whether a response is the right one; the time it takes says nothing of how much of it is right. Upper-case digits are
    /// taken, too.
    /// </summary>
    public static bool Matches(in DigestInput input, ReadOnlySpan<byte> response)
    {
        var length = input.Algorithm.ResponseLength();
        if (response.Length != length) return false;
        var expected = (stackalloc byte[MaxLength])[..length];
        var given = (stackalloc byte[MaxLength])[..length];
        Write(input, expected);
        // Digits and lower-case letters have this bit set already, upper-case letters get it.
        for (var i = 0; i < given.Length; i++) given[i] = (byte)(response[i] | 0x20);
        return CryptographicOperations.FixedTimeEquals(expected, given);
    }

    private static void HashOf(DigestAlgorithm algorithm, ReadOnlySpan<byte> data, Span<byte> hex)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        // MD5 is what most SIP peers still speak; SHA-256 is offered first (RFC 8760 §2.1).
        var written = algorithm.ResponseLength() == 32 ? MD5.HashData(data, hash) : SHA256.HashData(data, hash);
        if (!Convert.TryToHexStringLower(hash[..written], hex, out _))
            throw new InvalidOperationException("The place for a hash is too small.");
    }

    /// <summary>Text to be hashed, in a rented buffer; cleared when given back, since passwords stand in it.</summary>
    private ref struct Text : IDisposable
    {
        private byte[] _buffer;
        private int _length;

        public Text() => _buffer = ArrayPool<byte>.Shared.Rent(512);

        public void Add(scoped ReadOnlySpan<byte> bytes)
        {
            Grow(bytes.Length);
            bytes.CopyTo(_buffer.AsSpan(_length));
            _length += bytes.Length;
        }

        public void AddUnescaped(scoped ReadOnlySpan<byte> quoted)
        {
            Grow(quoted.Length);
            for (var i = 0; i < quoted.Length; i++)
            {
                if (quoted[i] == '\\' && i + 1 < quoted.Length) i++;
                _buffer[_length++] = quoted[i];
            }
        }

        public void Colon() => Add(":"u8);

        public void Hash(DigestAlgorithm algorithm, scoped Span<byte> hex)
        {
            HashOf(algorithm, _buffer.AsSpan(0, _length), hex);
            _length = 0;
        }

        public void Dispose()
        {
            ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
            _buffer = [];
        }

        private void Grow(int more)
        {
            if (more <= _buffer.Length - _length) return;
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + more, _buffer.Length * 2));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
            _buffer = larger;
        }
    }
}
