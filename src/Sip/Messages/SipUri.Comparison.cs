using System.Net;
using System.Text;

namespace Tandem.Sip.Messages;

public readonly ref partial struct SipUri
{
    /// <summary>
    /// Whether two URIs are equal: sip and sips by RFC 3261 §19.1.4, tel by RFC 3966 §4, others byte by byte with the
    /// scheme compared without case. Not transitive, as the RFC has it: a parameter that only one side has may be
    /// ignored.
    /// </summary>
    public bool IsEquivalentTo(SipUri other)
    {
        // A parameter written twice (which §19.1.1 forbids) would differ from itself below.
        if (Raw.SequenceEqual(other.Raw)) return true;
        if (Scheme != other.Scheme) return false;
        return Scheme switch
        {
            SipUriScheme.Sip or SipUriScheme.Sips => IsSameSip(this, other),
            SipUriScheme.Tel => IsSameNumber(User, other.User) && HasAll(this, other) && HasAll(other, this),
            _ => Ascii.EqualsIgnoreCase(SchemeToken, other.SchemeToken) && Opaque.SequenceEqual(other.Opaque),
        };
    }

    private static bool IsSameSip(SipUri a, SipUri b) =>
        a.HasUser == b.HasUser && IsSame(a.User, b.User, ignoreCase: false)
        && IsSame(a.Password, b.Password, ignoreCase: false)
        && IsSameHost(a.Host, b.Host) && a.Port == b.Port
        && AreParametersCompatible(a, b) && AreParametersCompatible(b, a)
        && HaveHeaders(a.Headers, b.Headers) && HaveHeaders(b.Headers, a.Headers);

    private static bool IsSameHost(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        if (Ascii.EqualsIgnoreCase(a, b)) return true;
        return a.Length > 2 && b.Length > 2 && a[0] == '[' && b[0] == '['
            && IPAddress.TryParse(a[1..^1], out var left) && IPAddress.TryParse(b[1..^1], out var right)
            && left.Equals(right);
    }

    // A parameter of both must be equal; one of only one side matters if it changes where the request goes.
    private static bool AreParametersCompatible(SipUri a, SipUri b)
    {
        foreach (var parameter in a.Parameters)
        {
            if (b.Parameters.TryGet(parameter.Name, out var value))
            {
                var method = Ascii.EqualsIgnoreCase(parameter.Name, "method"u8);
                if (!IsSame(parameter.Value, value, ignoreCase: !method)) return false;
            }
            else if (MustBeOnBothSides(parameter.Name)) return false;
        }
        return true;
    }

    private static bool MustBeOnBothSides(ReadOnlySpan<byte> name) =>
        Ascii.EqualsIgnoreCase(name, "user"u8) || Ascii.EqualsIgnoreCase(name, "ttl"u8)
        || Ascii.EqualsIgnoreCase(name, "method"u8) || Ascii.EqualsIgnoreCase(name, "maddr"u8)
        || Ascii.EqualsIgnoreCase(name, "transport"u8);

    private static bool HaveHeaders(ReadOnlySpan<byte> wanted, ReadOnlySpan<byte> present)
    {
        foreach (var range in wanted.Split((byte)'&'))
        {
            if (wanted[range].IsEmpty) continue;
            SplitHeader(wanted[range], out var name, out var value);
            var found = false;
            foreach (var other in present.Split((byte)'&'))
            {
                SplitHeader(present[other], out var otherName, out var otherValue);
                found |= IsSame(name, otherName, ignoreCase: true) && IsSame(value, otherValue, ignoreCase: false);
            }
            if (!found) return false;
        }
        return true;
    }

    private static void SplitHeader(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var equals = text.IndexOf((byte)'=');
        name = equals < 0 ? text : text[..equals];
        value = equals < 0 ? default : text[(equals + 1)..];
    }

    private static bool HasAll(SipUri wanted, SipUri present)
    {
        foreach (var parameter in wanted.Parameters)
            if (!present.Parameters.TryGet(parameter.Name, out var value)
                || !Ascii.EqualsIgnoreCase(parameter.Value, value)) return false;
        return true;
    }

    private static bool IsSameNumber(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        int i = 0, j = 0;
        while (true)
        {
            while (i < a.Length && IsVisualSeparator(a[i])) i++;
            while (j < b.Length && IsVisualSeparator(b[j])) j++;
            if (i == a.Length || j == b.Length) return i == a.Length && j == b.Length;
            if (Lower(a[i++]) != Lower(b[j++])) return false;
        }
    }

    private static bool IsVisualSeparator(byte b) => b is (byte)'-' or (byte)'.' or (byte)'(' or (byte)')';

    /// <summary>
    /// Compares with escapes resolved. An escaped reserved character is not the same as a bare one (§19.1.4).
    /// </summary>
    private static bool IsSame(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, bool ignoreCase)
    {
        if (a.SequenceEqual(b)) return true;
        int i = 0, j = 0;
        while (i < a.Length && j < b.Length)
        {
            int left = Next(a, ref i), right = Next(b, ref j);
            if (ignoreCase) (left, right) = (Lower(left), Lower(right));
            if (left != right) return false;
        }
        return i == a.Length && j == b.Length;
    }

    private static int Next(ReadOnlySpan<byte> text, ref int pos)
    {
        var b = text[pos++];
        if (b != '%' || pos + 1 >= text.Length || !char.IsAsciiHexDigit((char)text[pos])
            || !char.IsAsciiHexDigit((char)text[pos + 1])) return b;
        var value = SipEscaping.Hex(text[pos]) << 4 | SipEscaping.Hex(text[pos + 1]);
        pos += 2;
        return ";/?:@&=+$,"u8.Contains((byte)value) ? value | 0x100 : value;
    }

    private static int Lower(int value) => value is >= 'A' and <= 'Z' ? value | 0x20 : value;
}
