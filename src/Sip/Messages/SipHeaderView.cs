using Tandem.Sip.Parsing;

namespace Tandem.Sip.Messages;

/// <summary>One header field of a message, read in place.</summary>
public readonly ref struct SipHeaderView
{
    internal SipHeaderView(
        SipHeaderName name, ReadOnlySpan<byte> raw, ReadOnlySpan<byte> nameText, ReadOnlySpan<byte> value)
    {
        Name = name;
        Raw = raw;
        NameText = nameText;
        Value = value;
    }

    /// <summary>The name, <see cref="SipHeaderName.Unknown"/> when this stack does not know it.</summary>
    public SipHeaderName Name { get; }

    /// <summary>The name as written, long or compact.</summary>
    public ReadOnlySpan<byte> NameText { get; }

    /// <summary>
    /// The value without white space around it. Where the field was folded its CR LF and white space are still inside
    /// (§7.3.1); the writer and the views read them as white space.
    /// </summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>The whole field with its name, colon, folds and closing CRLF, for copying it verbatim.</summary>
    public ReadOnlySpan<byte> Raw { get; }
}

/// <summary>Walks all header fields in the order of the message.</summary>
public ref struct SipHeaderEnumerator
{
    private readonly SipMessage _message;
    private int _index;

    internal SipHeaderEnumerator(SipMessage message) => (_message, _index) = (message, -1);

    /// <summary>The field reached.</summary>
    public readonly SipHeaderView Current => _message.HeaderAt(_index);

    /// <summary>Moves on; false at the end.</summary>
    public bool MoveNext() => ++_index < _message.HeaderCount;

    /// <summary>For foreach.</summary>
    public readonly SipHeaderEnumerator GetEnumerator() => this;
}

/// <summary>
/// Walks the values of all fields of one name in order. Fields of list names (<see cref="SipHeaderNames.IsList"/>) are
/// split at commas outside of quotes and angle brackets; empty elements are left out (§7.3.1).
/// </summary>
public ref struct SipValueEnumerator
{
    private readonly SipMessage _message;
    private readonly SipHeaderName _name;
    private readonly bool _list;
    private SipListSplitter _splitter;
    private int _index;

    internal SipValueEnumerator(SipMessage message, SipHeaderName name)
    {
        _message = message;
        _name = name;
        _list = name.IsList();
        _index = -1;
    }

    /// <summary>The value reached, without white space around it.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>The position of the field that holds the value: <see cref="SipMessage.HeaderAt"/>.</summary>
    public readonly int HeaderIndex => _index;

    /// <summary>Moves on; false at the end.</summary>
    public bool MoveNext()
    {
        while (true)
        {
            if (_list && _splitter.MoveNext())
            {
                Current = _splitter.Current;
                return true;
            }
            _index = _message.FindHeader(_name, _index + 1);
            if (_index < 0)
            {
                _index = _message.HeaderCount;
                return false;
            }
            if (_list) _splitter = new SipListSplitter(_message.ValueAt(_index));
            else
            {
                Current = _message.ValueAt(_index);
                return true;
            }
        }
    }

    /// <summary>For foreach.</summary>
    public readonly SipValueEnumerator GetEnumerator() => this;
}

/// <summary>
/// Splits one value at its commas, respecting quoted strings and angle brackets; leaves empty elements out. An unclosed
/// quote or bracket takes the rest.
/// </summary>
public ref struct SipListSplitter
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Splits this value.</summary>
    public SipListSplitter(ReadOnlySpan<byte> value) => _rest = value;

    /// <summary>The element reached, without white space around it.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>Moves on; false at the end.</summary>
    public bool MoveNext()
    {
        while (!_rest.IsEmpty)
        {
            var comma = IndexOfComma(_rest);
            Current = SipGrammar.TrimSpace(comma < 0 ? _rest : _rest[..comma]);
            _rest = comma < 0 ? default : _rest[(comma + 1)..];
            if (!Current.IsEmpty) return true;
        }
        return false;
    }

    /// <summary>For foreach.</summary>
    public readonly SipListSplitter GetEnumerator() => this;

    private static int IndexOfComma(ReadOnlySpan<byte> text)
    {
        var pos = 0;
        while (true)
        {
            var hit = text[pos..].IndexOfAny(SipGrammar.ListDelimiters);
            if (hit < 0) return -1;
            pos += hit;
            if (text[pos] == ',') return pos;
            if (text[pos] == '"')
            {
                pos = SipGrammar.SkipQuoted(text, pos);
                if (pos < 0) return -1;
                continue;
            }
            var close = text[pos..].IndexOf((byte)'>');
            if (close < 0) return -1;
            pos += close + 1;
        }
    }
}
