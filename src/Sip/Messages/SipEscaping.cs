using System.Buffers;

namespace Tandem.Sip.Messages;

/// <summary>Percent escapes of URIs (RFC 3261 §19.1.2, RFC 3986 §2.1), and quoted-pairs of quoted strings.</summary>
public static class SipEscaping
{
    // unreserved and user-unreserved, RFC 3261 §25.1.
    private static readonly SearchValues<byte> UserSafe = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()&=+$,;?/"u8);

    /// <summary>
    /// Resolves %HH escapes into <paramref name="destination"/>, which must be at least as long as the text; a percent
    /// sign without two hex digits stays as it is.
    /// </summary>
    /// <returns>The bytes written: never more than the text has.</returns>
    public static int Unescape(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        var written = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var b = text[i];
            if (b == '%' && i + 2 < text.Length && char.IsAsciiHexDigit((char)text[i + 1])
                && char.IsAsciiHexDigit((char)text[i + 2]))
            {
                b = (byte)(Hex(text[i + 1]) << 4 | Hex(text[i + 2]));
                i += 2;
            }
            destination[written++] = b;
        }
        return written;
    }

    /// <summary>The most bytes that <see cref="EscapeUser"/> can write for a text of this length.</summary>
    public static int MaxEscapedLength(int length) => checked(length * 3);

    /// <summary>
    /// Escapes all bytes that may not stand in the user part of a SIP URI, such as '#', '@' and ':', into
    /// <paramref name="destination"/> of at least <see cref="MaxEscapedLength"/> bytes.
    /// </summary>
    /// <returns>The bytes written.</returns>
    public static int EscapeUser(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        var written = 0;
        foreach (var b in text)
        {
            if (UserSafe.Contains(b))
            {
                destination[written++] = b;
                continue;
            }
            destination[written++] = (byte)'%';
            destination[written++] = Digit(b >> 4);
            destination[written++] = Digit(b & 15);
        }
        return written;
    }

    /// <summary>
    /// Resolves the quoted-pairs of a quoted-string's inside into <paramref name="destination"/>, which must be at
    /// least as long as the text (RFC 3261 §25.1).
    /// </summary>
    /// <returns>The bytes written.</returns>
    public static int Unquote(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        var written = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length) i++;
            destination[written++] = text[i];
        }
        return written;
    }

    internal static int Hex(byte b) => b <= '9' ? b - '0' : (b | 0x20) - 'a' + 10;

    private static byte Digit(int value) => (byte)(value < 10 ? '0' + value : 'A' + value - 10);
}
