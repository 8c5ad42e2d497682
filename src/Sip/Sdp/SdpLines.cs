namespace Tandem.Sip.Sdp;

/// <summary>One line of a session description (RFC 8866 §5), read in place.</summary>
public readonly ref struct SdpLine
{
    internal SdpLine(ReadOnlySpan<byte> raw, int valueEnd)
    {
        Raw = raw;
        Value = raw[2..valueEnd];
    }

    /// <summary>The letter before the '='.</summary>
    public byte Type => Raw[0];

    /// <summary>What is behind the '=', without the line's end.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>The whole line with its CR LF (or LF alone, which RFC 8866 §9 asks receivers to take).</summary>
    public ReadOnlySpan<byte> Raw { get; }

    /// <summary>True for <c>a=name:…</c> or <c>a=name</c>; gives what is behind the colon.</summary>
    public bool IsAttribute(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (Type != 'a' || !Value.StartsWith(name)) return false;
        if (Value.Length == name.Length) return true;
        if (Value[name.Length] != ':') return false;
        value = Value[(name.Length + 1)..];
        return true;
    }
}

/// <summary>Walks the lines of a session description in order.</summary>
public ref struct SdpLines
{
    private ReadOnlySpan<byte> _rest;
    private ReadOnlySpan<byte> _raw;
    private int _valueEnd;

    /// <summary>Walks this description.</summary>
    public SdpLines(ReadOnlySpan<byte> description) => _rest = description;

    /// <summary>The line reached.</summary>
    public readonly SdpLine Current => new(_raw, _valueEnd);

    /// <summary>True when the walk ended at a line that is not <c>letter=value</c>.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Moves on; false at the end, or at a malformed line.</summary>
    public bool MoveNext()
    {
        if (_rest.IsEmpty) return false;
        var feed = _rest.IndexOf((byte)'\n');
        _raw = feed < 0 ? _rest : _rest[..(feed + 1)];
        _valueEnd = feed < 0 ? _raw.Length : feed > 0 && _raw[feed - 1] == '\r' ? feed - 1 : feed;
        if (_valueEnd < 2 || _raw[1] != '=' || !char.IsAsciiLetterLower((char)_raw[0]))
        {
            IsMalformed = true;
            return false;
        }

        _rest = _rest[_raw.Length..];
        return true;
    }

    /// <summary>For foreach.</summary>
    public readonly SdpLines GetEnumerator() => this;
}
