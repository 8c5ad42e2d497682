using Tandem.Shared.Cluster.Wire;

namespace Tandem.Shared.Tests.Wire;

/// <summary>
/// Bytes that some version once wrote, one instance of each type, and what they say. Every later version must still read
/// them so; a type may have several entries, one for each form that it had.
/// </summary>
public sealed class GoldenBytesTests
{
    private const string Golden = "golden.txt";
    private const string FieldIndent = "  ";

    private readonly TandemSerializer _serializer = new(null!);

    public GoldenBytesTests()
    {
        if (SourceFile.Accepts) SourceFile.Append(Golden, Missing());
    }

    [Fact]
    public void All_bytes_ever_written_are_still_read_and_say_the_same()
    {
        foreach (var (manifest, bytes, fields) in Entries())
        {
            var read = Dump.Of(_serializer.FromBinary(bytes, manifest));
            var lost = fields.Except(read).ToArray();
            Assert.True(lost.Length == 0, $"'{manifest}' no longer says: {string.Join("; ", lost)}");
        }
    }

    [Fact]
    public void Every_type_has_its_golden_bytes()
    {
        var missing = Missing();
        Assert.True(
            missing.Length == 0,
            $"Add to {Golden} (TANDEM_ACCEPT=1 does it):\n{string.Join('\n', missing)}");
    }

    private static IEnumerable<(string Manifest, byte[] Bytes, List<string> Fields)> Entries()
    {
        (string Manifest, byte[] Bytes, List<string> Fields)? open = null;
        foreach (var line in SourceFile.Lines(Golden))
        {
            if (line.StartsWith(FieldIndent, StringComparison.Ordinal))
            {
                open!.Value.Fields.Add(line[FieldIndent.Length..]);
                continue;
            }

            if (open is { } done) yield return done;
            var parts = line.Split(' ');
            open = (parts[0], Convert.FromHexString(parts[1]), []);
        }

        if (open is { } last) yield return last;
    }

    private static string[] Missing()
    {
        var known = Entries().Select(e => e.Manifest).ToHashSet(StringComparer.Ordinal);
        return [.. WireTable.Rows.Where(r => !known.Contains(r.Manifest)).SelectMany(Entry)];
    }

    private static IEnumerable<string> Entry(WireRow row)
    {
        var message = Samples.Fixed(row.Type);
        yield return $"{row.Manifest} {Convert.ToHexStringLower(row.ToBytes(message))}";
        foreach (var field in Dump.Of(message)) yield return FieldIndent + field;
    }
}
