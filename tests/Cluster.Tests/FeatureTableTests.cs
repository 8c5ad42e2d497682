using System.Text.RegularExpressions;
using Tandem.TestSupport;

namespace Tandem.Cluster.Tests;

/// <summary>docs/features.md is true: all rows are there, and what it calls done is proven by a test that exists.</summary>
public sealed partial class FeatureTableTests
{
    private const int Features = 178;
    private static readonly string[] States = ["done", "partly", "in work", "planned"];
    private static readonly IReadOnlyList<Feature> Rows = ReadRows();
    private static readonly Lazy<HashSet<string>> Tests = new(FindTests);

    private sealed record Feature(int Number, string Name, string State, string Proof);

    [Fact]
    public void Table_has_each_row_from_1_to_178_once_and_in_order() =>
        Assert.Equal(Enumerable.Range(1, Features), Rows.Select(r => r.Number));

    [Fact]
    public void Every_row_has_a_name_and_a_known_state()
    {
        Assert.DoesNotContain(Rows, r => r.Name.Length == 0);
        Assert.Empty(Rows.Where(r => !States.Contains(r.State)).Select(r => $"{r.Number}: {r.State}"));
    }

    [Fact]
    public void Every_done_or_partly_done_row_names_a_test_that_exists()
    {
        var wrong =
            from row in Rows
            where row.State is "done" or "partly"
            let names = TestName().Matches(row.Proof).Select(m => m.Value).ToList()
            where names.Count == 0 || !names.All(Tests.Value.Contains)
            select $"{row.Number} ({row.State}): {(row.Proof.Length == 0 ? "no test" : row.Proof)}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_test_that_the_table_of_SIP_names_exists()
    {
        var text = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "sip.md"));
        var names = TestName().Matches(text).Select(m => m.Value).ToList();
        Assert.True(names.Count > 50, "docs/sip.md names hardly any test");
        Assert.Empty(names.Except(Tests.Value));
    }

    private static List<Feature> ReadRows()
    {
        var path = Path.Combine(RepositoryRoot.Path, "docs", "features.md");
        var rows = new List<Feature>();
        foreach (var line in File.ReadLines(path))
        {
            var match = Row().Match(line);
            if (!match.Success) continue;
            rows.Add(new Feature(
                int.Parse(match.Groups["n"].Value, System.Globalization.CultureInfo.InvariantCulture),
                match.Groups["name"].Value.Trim(),
                match.Groups["state"].Value.Trim(),
                match.Groups["proof"].Value.Trim()));
        }

        return rows;
    }

    // Every "Class.Method" under tests/: public methods of the class whose declaration comes before them in the file.
    private static HashSet<string> FindTests()
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var tests = Path.Combine(RepositoryRoot.Path, "tests");
        foreach (var file in Directory.EnumerateFiles(tests, "*.cs", SearchOption.AllDirectories))
        {
            if (file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
                continue;
            var type = "";
            foreach (var line in File.ReadLines(file))
            {
                if (TypeDeclaration().Match(line) is { Success: true } declared) type = declared.Groups["name"].Value;
                else if (Method().Match(line) is { Success: true } method) found.Add($"{type}.{method.Groups["name"].Value}");
            }
        }

        return found;
    }

    [GeneratedRegex(@"^\|\s*(?<n>\d+)\s*\|(?<name>[^|]*)\|(?<state>[^|]*)\|(?<proof>[^|]*)\|[^|]*\|\s*$")]
    private static partial Regex Row();

    [GeneratedRegex(@"\b[A-Z]\w*\.[A-Z]\w*\b")]
    private static partial Regex TestName();

    [GeneratedRegex(@"\bclass\s+(?<name>\w+)")]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(@"^\s*public\s+(?:static\s+|async\s+|override\s+)*(?:void|Task|ValueTask)\s+(?<name>\w+)\s*\(")]
    private static partial Regex Method();
}
