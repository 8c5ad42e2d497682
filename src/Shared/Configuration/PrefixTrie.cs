namespace Tandem.Shared.Configuration;

/// <summary>
/// Longest-prefix look-up of dialled numbers over digits, <c>*</c>, <c>#</c> and <c>+</c>. Built once per configuration
/// version, read by all calls; a look-up walks one array and allocates nothing.
/// </summary>
public sealed class PrefixTrie<T>
    where T : class
{
    private const int Fanout = 13;

    private readonly int[] _next;
    private readonly T?[] _values;

    /// <summary>Builds from prefixes (each at most once; the empty prefix matches every number).</summary>
    /// <exception cref="ArgumentException">A prefix has a character that no number has, or stands twice.</exception>
    public PrefixTrie(IEnumerable<KeyValuePair<string, T>> prefixes)
    {
        var next = new List<int>(Enumerable.Repeat(0, Fanout));
        var values = new List<T?> { null };
        foreach (var (prefix, value) in prefixes)
        {
            var node = 0;
            foreach (var symbol in prefix)
            {
                var slot = SlotOf(symbol);
                if (slot < 0) throw new ArgumentException($"'{prefix}' is no prefix: '{symbol}' is not a digit, *, # or +.");
                var child = next[(node * Fanout) + slot];
                if (child == 0)
                {
                    child = values.Count;
                    values.Add(null);
                    next.AddRange(Enumerable.Repeat(0, Fanout));
                    next[(node * Fanout) + slot] = child;
                }

                node = child;
            }

            if (values[node] is not null) throw new ArgumentException($"Prefix '{prefix}' stands twice.");
            values[node] = value;
            Count++;
        }

        _next = [.. next];
        _values = [.. values];
    }

    /// <summary>Number of prefixes.</summary>
    public int Count { get; }

    /// <summary>True when <paramref name="text"/> has only characters that numbers and prefixes have.</summary>
    public static bool IsPrefix(ReadOnlySpan<char> text)
    {
        foreach (var symbol in text)
            if (SlotOf(symbol) < 0) return false;
        return true;
    }

    /// <summary>The value of the longest prefix of <paramref name="number"/>, or null.</summary>
    public T? Longest(ReadOnlySpan<char> number)
    {
        var node = 0;
        var found = _values[0];
        foreach (var symbol in number)
        {
            var slot = SlotOf(symbol);
            if (slot < 0) break;
            node = _next[(node * Fanout) + slot];
            if (node == 0) break;
            found = _values[node] ?? found;
        }

        return found;
    }

    /// <summary>
    /// Writes the values of all prefixes of <paramref name="number"/> to <paramref name="levels"/>, longest first.
    /// </summary>
    public void AllLongestFirst(ReadOnlySpan<char> number, List<T> levels)
    {
        levels.Clear();
        var node = 0;
        if (_values[0] is { } any) levels.Add(any);
        foreach (var symbol in number)
        {
            var slot = SlotOf(symbol);
            if (slot < 0) break;
            node = _next[(node * Fanout) + slot];
            if (node == 0) break;
            if (_values[node] is { } value) levels.Add(value);
        }

        levels.Reverse();
    }

    private static int SlotOf(char symbol) => symbol switch
    {
        >= '0' and <= '9' => symbol - '0',
        '*' => 10,
        '#' => 11,
        '+' => 12,
        _ => -1,
    };
}
