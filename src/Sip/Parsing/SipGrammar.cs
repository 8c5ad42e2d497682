using System.Buffers;

namespace Tandem.Sip.Parsing;

/// <summary>Character classes and small scanners of RFC 3261 §25.1 that all views share. Never throws.</summary>
internal static class SipGrammar
{
    private const string Alphanum = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    /// <summary>token, RFC 3261 §25.1.</summary>
    public static readonly SearchValues<byte> Token = Set(Alphanum + "-.!%*_+`'~");

    // One byte for each of the 256, not 0 where it is a token's.
    private static readonly byte[] TokenTable =
        [.. Enumerable.Range(0, 256).Select(b => (byte)(Token.Contains((byte)b) ? 1 : 0))];

    /// <summary>
    /// What a parameter value without quotes may hold. Wider than token / host: peers send '=', '/', '@' and ':' in
    /// tags and branches, and none of these can end the value. White space, separators and controls are out.
    /// </summary>
    public static readonly SearchValues<byte> ParameterValue = Visible(except: ",;\"<>");

    /// <summary>A host name or IPv4 address; '_' is not in the RFC but in many private DNS zones.</summary>
    public static readonly SearchValues<byte> Host = Set(Alphanum + "-._");

    /// <summary>Inside the square brackets of an IPv6 reference.</summary>
    public static readonly SearchValues<byte> Ipv6 = Set("0123456789abcdefABCDEF:.");

    /// <summary>
    /// A URI as a whole, RFC 3261 §25.1 and RFC 3986: visible ASCII without the delimiters. '#' , '|' and the like are
    /// let through because dial strings carry them unescaped.
    /// </summary>
    public static readonly SearchValues<byte> Uri = Visible(except: "<>\"");

    /// <summary>An addr-spec outside of angle brackets: comma, question mark and semicolon end it (§20).</summary>
    public static readonly SearchValues<byte> BareUri = Visible(except: "<>\",;?");

    /// <summary>Call-ID: word ["@" word], RFC 3261 §25.1. Word allows nearly all visible characters.</summary>
    public static readonly SearchValues<byte> CallId = Visible(except: ",;");

    /// <summary>What can open or end something in a comma-separated list.</summary>
    public static readonly SearchValues<byte> ListDelimiters = Set(",\"<");

    public static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    public static bool IsDigit(byte b) => (uint)(b - '0') <= 9;

    /// <summary>
    /// The index of the first byte at or after <paramref name="pos"/> that is not white space. Inside a header value CR
    /// LF is white space too: the line splitter left them there only where they fold (§7.3.1).
    /// </summary>
    public static int SkipSpace(ReadOnlySpan<byte> text, int pos)
    {
        while ((uint)pos < (uint)text.Length && IsSpace(text[pos])) pos++;
        return pos;
    }

    public static ReadOnlySpan<byte> TrimSpace(ReadOnlySpan<byte> text)
    {
        int start = SkipSpace(text, 0), end = text.Length;
        while (end > start && IsSpace(text[end - 1])) end--;
        return text[start..end];
    }

    /// <summary>
    /// The index of the first byte at or after <paramref name="pos"/> that no token has. Tokens are short: a step at a time is
    /// faster than setting up a search.
    /// </summary>
    public static int SkipToken(ReadOnlySpan<byte> text, int pos)
    {
        var table = TokenTable;
        while ((uint)pos < (uint)text.Length && table[text[pos]] != 0) pos++;
        return pos;
    }

    /// <summary>How many bytes from the start of <paramref name="text"/> are in the class.</summary>
    public static int Span(ReadOnlySpan<byte> text, SearchValues<byte> allowed)
    {
        var end = text.IndexOfAnyExcept(allowed);
        return end < 0 ? text.Length : end;
    }

    public static bool IsAll(ReadOnlySpan<byte> text, SearchValues<byte> allowed) =>
        text.IndexOfAnyExcept(allowed) < 0;

    /// <summary>
    /// The index after the closing quote of the quoted-string that opens at <paramref name="pos"/>; -1 if unclosed.
    /// </summary>
    public static int SkipQuoted(ReadOnlySpan<byte> text, int pos)
    {
        pos++;
        while (true)
        {
            var hit = text[pos..].IndexOfAny((byte)'"', (byte)'\\');
            if (hit < 0) return -1;
            pos += hit;
            if (text[pos] == '"') return pos + 1;
            pos += 2; // quoted-pair
            if (pos > text.Length) return -1;
        }
    }

    /// <summary>
    /// Moves <paramref name="pos"/> over *( SEMI generic-param ) and the white space after it. False when a parameter
    /// has no name, an '=' no value, or a quoted string no end.
    /// </summary>
    public static bool SkipParameters(ReadOnlySpan<byte> text, scoped ref int pos)
    {
        pos = SkipSpace(text, pos);
        while (pos < text.Length && text[pos] == ';')
        {
            pos++;
            if (!ReadParameter(text, ref pos, out _, out _)) return false;
        }
        return true;
    }

    /// <summary>
    /// Reads one parameter, with <paramref name="pos"/> after its semicolon, and moves over the white space behind.
    /// A quoted value keeps its quotes. A parameter without '=' gives an empty value.
    /// </summary>
    public static bool ReadParameter(
        ReadOnlySpan<byte> text, scoped ref int pos, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        pos = SkipSpace(text, pos);
        var end = SkipToken(text, pos);
        name = text[pos..end];
        if (end == pos) return false;
        pos = SkipSpace(text, end);
        if (pos >= text.Length || text[pos] != '=') return true;
        pos = SkipSpace(text, pos + 1);
        if (pos >= text.Length) return false;
        var start = pos;
        if (text[pos] == '"')
        {
            pos = SkipQuoted(text, pos);
            if (pos < 0) { pos = text.Length; return false; }
        }
        else
        {
            pos += Span(text[pos..], ParameterValue);
            if (pos == start) return false;
        }
        value = text[start..pos];
        pos = SkipSpace(text, pos);
        return true;
    }

    /// <summary>A decimal number without sign; false when empty, not all digits, or above the maximum.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> text, ulong max, out ulong number)
    {
        number = 0;
        if (text.IsEmpty) return false;
        foreach (var b in text)
        {
            if (!IsDigit(b)) return false;
            number = number * 10 + (ulong)(b - '0');
            if (number > max) return false; // max is far below ulong.MaxValue / 10, so this cannot wrap.
        }
        return true;
    }

    private static SearchValues<byte> Set(string characters) =>
        SearchValues.Create([.. characters.Select(c => (byte)c)]);

    private static SearchValues<byte> Visible(string except) =>
        Set(string.Concat(Enumerable.Range('!', '~' - '!' + 1).Select(c => (char)c).Where(c => !except.Contains(c))));
}
