using System.Text;
using Tandem.Sip.Parsing;

namespace Tandem.Sip.Messages;

/// <summary>One parameter of a header field or URI; names are compared without case.</summary>
public readonly ref struct SipParameter
{
    internal SipParameter(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Name = name;
        Value = value;
    }

    /// <summary>The name as written.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>The value as written, a quoted-string with its quotes; empty when there is no '='.</summary>
    public ReadOnlySpan<byte> Value { get; }
}

/// <summary>
/// A run of ";name=value" parameters: those behind an address or Via, or those inside a URI. Read in place, in order,
/// without allocating.
/// </summary>
public readonly ref struct SipParameters
{
    internal SipParameters(ReadOnlySpan<byte> raw) => Raw = raw;

    /// <summary>The bytes from the first semicolon to the end of the last value; empty when there are none.</summary>
    public ReadOnlySpan<byte> Raw { get; }

    /// <summary>Whether there is no parameter.</summary>
    public bool IsEmpty => Raw.IsEmpty;

    /// <summary>
    /// Finds a parameter by name, compared without case; the first one when it is repeated.
    /// </summary>
    /// <returns>False when absent. A present parameter without value gives an empty span.</returns>
    public bool TryGet(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        foreach (var parameter in this)
        {
            if (!Ascii.EqualsIgnoreCase(parameter.Name, name)) continue;
            value = parameter.Value;
            return true;
        }
        value = default;
        return false;
    }

    /// <summary>Whether a parameter of that name is present, with or without value.</summary>
    public bool Contains(ReadOnlySpan<byte> name) => TryGet(name, out _);

    /// <summary>For foreach.</summary>
    public Enumerator GetEnumerator() => new(Raw);

    /// <summary>Walks the parameters in order; ends early at a malformed one.</summary>
    public ref struct Enumerator
    {
        private readonly ReadOnlySpan<byte> _raw;
        private int _pos;

        internal Enumerator(ReadOnlySpan<byte> raw) => _raw = raw;

        /// <summary>The parameter reached.</summary>
        public SipParameter Current { get; private set; }

        /// <summary>Moves on; false at the end.</summary>
        public bool MoveNext()
        {
            _pos = SipGrammar.SkipSpace(_raw, _pos);
            if (_pos >= _raw.Length || _raw[_pos] != ';') return false;
            _pos++;
            if (!SipGrammar.ReadParameter(_raw, ref _pos, out var name, out var value)) return false;
            Current = new SipParameter(name, value);
            return true;
        }
    }
}
