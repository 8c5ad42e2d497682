namespace Tandem.Shared.Configuration;

/// <summary>Finds what somebody may have meant.</summary>
internal static class Suggestion
{
    /// <summary><c>did you mean "x"?</c> when one is near, else the list of what there is (the first twelve).</summary>
    public static string Of(string word, IEnumerable<string> known)
    {
        var candidates = known.Order(StringComparer.Ordinal).ToList();
        var near = word.Length <= ConfigurationLimits.NameLength
            ? candidates.Select(c => (Word: c, Distance: Distance(word, c))).OrderBy(p => p.Distance).FirstOrDefault()
            : default;
        if (near.Word is not null && near.Distance <= Math.Max(2, word.Length / 4))
            return $"did you mean \"{near.Word}\"?";
        return candidates.Count is > 0 and <= 24
            ? "there are: " + string.Join(", ", candidates)
            : "take it out, or correct the name";
    }

    private static int Distance(string a, string b)
    {
        Span<int> row = stackalloc int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1;
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + cost));
            }
        }

        return row[b.Length];
    }
}
