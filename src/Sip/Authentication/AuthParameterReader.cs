using System.Text;
using Tandem.Sip.Parsing;

namespace Tandem.Sip.Authentication;

/// <summary>
/// Walks the parameters of a challenge or of credentials: a scheme, then <c>name=value</c> separated by commas
/// (RFC 7235 §2.1, RFC 3261 §25.1). Stops at the next scheme, since some peers put several challenges into one field.
/// Never throws, never allocates.
/// </summary>
internal ref struct AuthParameterReader(ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private int _pos;

    /// <summary>The scheme, as written.</summary>
    public ReadOnlySpan<byte> Scheme { get; private set; }

    /// <summary>The parameter's name, as written.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>Its value; of a quoted-string what is between the quotes, still escaped.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>True when the walk ended at something that is no parameter.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Whether the scheme is Digest.</summary>
    public readonly bool IsDigest => Ascii.EqualsIgnoreCase(Scheme, "Digest"u8);

    /// <summary>Whether the name is this one.</summary>
    public readonly bool Is(ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(Name, name);

    /// <summary>Reads the next scheme; false at the end or where there is none.</summary>
    public bool NextScheme()
    {
        SkipSeparators();
        var length = SipGrammar.Span(_text[_pos..], SipGrammar.Token);
        Scheme = _text.Slice(_pos, length);
        _pos += length;
        return length > 0 && !IsMalformed;
    }

    /// <summary>Reads the next parameter of this scheme; false at its end, or with <see cref="IsMalformed"/>.</summary>
    public bool NextParameter()
    {
        SkipSeparators();
        if (_pos >= _text.Length || IsMalformed) return false;
        var nameEnd = _pos + SipGrammar.Span(_text[_pos..], SipGrammar.Token);
        var at = SipGrammar.SkipSpace(_text, nameEnd);
        if (nameEnd == _pos) return Fail();
        if (at >= _text.Length || _text[at] != '=')
        {
            // Another scheme begins here, alone or with parameters of its own.
            var isScheme = at >= _text.Length || at > nameEnd || _text[at] == ',';
            return !isScheme && Fail();
        }

        Name = _text[_pos..nameEnd];
        at = SipGrammar.SkipSpace(_text, at + 1);
        if (at >= _text.Length) return Fail();
        if (_text[at] != '"')
        {
            var length = SipGrammar.Span(_text[at..], SipGrammar.ParameterValue);
            if (length == 0) return Fail();
            Value = _text.Slice(at, length);
            _pos = at + length;
            return true;
        }

        var end = SipGrammar.SkipQuoted(_text, at);
        if (end < 0) return Fail();
        Value = _text[(at + 1)..(end - 1)];
        _pos = end;
        // A fold inside of a value would be hashed differently by each side.
        return Value.IndexOfAny((byte)'\r', (byte)'\n') < 0 || Fail();
    }

    private void SkipSeparators()
    {
        while (_pos < _text.Length && (_text[_pos] == ',' || SipGrammar.IsSpace(_text[_pos]))) _pos++;
    }

    private bool Fail()
    {
        IsMalformed = true;
        return false;
    }
}
