using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tandem.Sip.Parsing;

/// <summary>
/// Finds the CR and LF of a text one after the other, 32 bytes at a time: lines are short, and a search of its own for each
/// would look at many bytes twice.
/// </summary>
internal ref struct LineEndings(ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private int _block = -Vector256<byte>.Count; // Where the block begins that _found is about.
    private uint _found; // A bit for each byte of the block that is CR or LF.

    /// <summary>
    /// The index of the first CR or LF at or after a position, which must not be before that of the last call; -1 if there is
    /// none.
    /// </summary>
    public int NextFrom(int from)
    {
        var next = _block + Vector256<byte>.Count;
        if (from < next)
        {
            var rest = _found >> (from - _block);
            if (rest != 0) return from + BitOperations.TrailingZeroCount(rest);
        }
        else next = from;

        ref var start = ref MemoryMarshal.GetReference(_text);
        for (; next <= _text.Length - Vector256<byte>.Count; next += Vector256<byte>.Count)
        {
            var block = Vector256.LoadUnsafe(ref start, (nuint)next);
            var found = (Vector256.Equals(block, Vector256.Create((byte)'\r'))
                | Vector256.Equals(block, Vector256.Create((byte)'\n'))).ExtractMostSignificantBits();
            if (found == 0) continue;
            (_block, _found) = (next, found);
            return next + BitOperations.TrailingZeroCount(found);
        }

        var last = _text[next..].IndexOfAny((byte)'\r', (byte)'\n');
        return last < 0 ? -1 : next + last;
    }
}
