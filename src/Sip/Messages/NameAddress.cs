using Tandem.Sip.Parsing;

namespace Tandem.Sip.Messages;

/// <summary>
/// One name-addr or addr-spec with its parameters, read in place: From, To, Contact, Route, Record-Route, Refer-To,
/// P-Asserted-Identity (RFC 3261 §20.10, §25.1).
/// </summary>
public readonly ref struct NameAddress
{
    private NameAddress(ReadOnlySpan<byte> displayName, bool quoted, ReadOnlySpan<byte> uri, bool bracketed)
    {
        DisplayName = displayName;
        IsQuoted = quoted;
        Uri = uri;
        IsBracketed = bracketed;
    }

    private NameAddress(NameAddress head, SipParameters parameters)
    {
        this = head;
        Parameters = parameters;
    }

    /// <summary>
    /// The display name: inside of the quotes, its quoted-pairs as written (<see cref="SipEscaping.Unquote"/> resolves
    /// them), or the tokens; empty when absent.
    /// </summary>
    public ReadOnlySpan<byte> DisplayName { get; }

    /// <summary>Whether the display name was a quoted-string.</summary>
    public bool IsQuoted { get; }

    /// <summary>The URI as written, without angle brackets; "*" for a Contact that says so (§10.2.2).</summary>
    public ReadOnlySpan<byte> Uri { get; }

    /// <summary>Whether the URI stood in angle brackets. If not, the parameters are the header's (§20).</summary>
    public bool IsBracketed { get; }

    /// <summary>The header parameters behind the address, such as tag, q and expires.</summary>
    public SipParameters Parameters { get; }

    /// <summary>The tag parameter (§19.3); empty when absent.</summary>
    public ReadOnlySpan<byte> Tag => Parameters.TryGet("tag"u8, out var value) ? value : default;

    /// <summary>Whether this is the "*" of a Contact.</summary>
    public bool IsWildcard => !IsBracketed && Uri.Length == 1 && Uri[0] == '*';

    /// <summary>Reads the URI; false when it is malformed, which parsing the address does not check.</summary>
    public bool TryGetUri(out SipUri uri) => SipUri.TryParse(Uri, out uri);

    /// <summary>Reads one address that must fill the text.</summary>
    /// <returns>False when it does not follow the grammar.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out NameAddress address) =>
        TryParse(text, out address, out var used) && used == text.Length;

    /// <summary>
    /// Reads the first address of a list; <paramref name="used"/> is the index of the comma behind it, or the length.
    /// The URI is checked for a scheme and for bytes that no URI has, not for its parts.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out NameAddress address, out int used)
    {
        used = 0;
        if (!TryParseHead(text, out address, out var parameters)) return false;
        var pos = parameters;
        if (!SipGrammar.SkipParameters(text, ref pos) || (pos < text.Length && text[pos] != ','))
        {
            address = default;
            return false;
        }
        used = pos;
        address = new NameAddress(address, new SipParameters(text[parameters..pos]));
        return true;
    }

    /// <summary>
    /// Reads what stands before the parameters and leaves them empty; <paramref name="parameters"/> is where they begin.
    /// </summary>
    internal static bool TryParseHead(ReadOnlySpan<byte> text, out NameAddress address, out int parameters)
    {
        address = default;
        parameters = 0;
        var pos = SipGrammar.SkipSpace(text, 0);
        if (pos >= text.Length) return false;

        ReadOnlySpan<byte> display = default, uri;
        bool quoted = false, bracketed = true;
        if (text[pos] == '"')
        {
            var close = SipGrammar.SkipQuoted(text, pos);
            if (close < 0) return false;
            display = text[(pos + 1)..(close - 1)];
            quoted = true;
            pos = SipGrammar.SkipSpace(text, close);
            if (pos >= text.Length || text[pos] != '<') return false;
        }
        else if (text[pos] != '<')
        {
            // Display-name tokens run to a '<'. Peers put all kinds of bytes there without quotes; only those that
            // would change the structure are refused.
            var stop = text[pos..].IndexOfAny("<>\",;"u8);
            if (stop > 0 && text[pos + stop] == '<')
            {
                display = SipGrammar.TrimSpace(text.Slice(pos, stop));
                pos += stop;
            }
            else bracketed = false;
        }

        if (bracketed)
        {
            var close = text[(pos + 1)..].IndexOf((byte)'>');
            if (close < 0) return false;
            uri = text.Slice(pos + 1, close);
            pos += close + 2;
            if (!IsPlausibleUri(uri) || !SipGrammar.IsAll(uri, SipGrammar.Uri)) return false;
        }
        else
        {
            var length = SipGrammar.Span(text[pos..], SipGrammar.BareUri);
            uri = text.Slice(pos, length);
            pos += length;
            if (!IsPlausibleUri(uri) && !uri.SequenceEqual("*"u8)) return false;
        }

        parameters = SipGrammar.SkipSpace(text, pos);
        address = new NameAddress(display, quoted, uri, bracketed);
        return true;
    }

    private static bool IsPlausibleUri(ReadOnlySpan<byte> uri)
    {
        if (uri.StartsWith("sip:"u8)) return uri.Length > 4;
        var colon = uri.IndexOf((byte)':');
        return colon > 0 && colon < uri.Length - 1 && SipUri.IsScheme(uri[..colon]);
    }
}
