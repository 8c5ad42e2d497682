using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Tandem.Shared.Configuration;

namespace Tandem.Admin.Api;

/// <summary>
/// Rates as CSV (RFC 4180): a header line with the columns in any order, <c>feePrefix</c> and <c>fee</c> needed,
/// sections as
/// <c>fee/seconds</c> parted by blanks. Pure; the validator judges the values.
/// </summary>
internal static class RateCsv
{
    /// <summary>Errors that are reported of one table.</summary>
    public const int MaxErrors = ConfigurationLimits.Errors;

    private static readonly string[] Columns =
        ["feePrefix", "areaName", "type", "fee", "period", "sections", "lockType"];

    public static async Task WriteAsync(ImmutableArray<RateConfiguration> rates, TextWriter csv)
    {
        await csv.WriteAsync(string.Join(',', Columns) + "\r\n");
        foreach (var rate in rates)
        {
            var sections = rate.Sections.IsDefaultOrEmpty
                ? ""
                : string.Join(
                    ' ', rate.Sections.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Fee}/{s.Time}")));
            await csv.WriteAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{rate.FeePrefix},{Quote(rate.AreaName)},{rate.Type},{rate.Fee},{rate.Period},{sections},{(rate.LockType == LockType.All ? "all" : "none")}\r\n"));
        }
    }

    public static (ImmutableArray<RateConfiguration> Rates, IReadOnlyList<FieldError> Errors) Read(string csv)
    {
        var errors = new List<FieldError>();
        var rates = ImmutableArray.CreateBuilder<RateConfiguration>();
        int[]? places = null;
        foreach (var (line, fields) in Records(csv.TrimStart('\uFEFF'), errors))
        {
            if (errors.Count >= MaxErrors) break;
            if (places is null)
            {
                places = Header(fields, errors);
                if (places is null) return ([], errors);
            }
            else if (fields.Count != places.Length)
            {
                errors.Add(new($"line {line}", $"has {fields.Count} fields, the header {places.Length}"));
            }
            else if (rates.Count >= ConfigurationLimits.Rates)
            {
                errors.Add(new($"line {line}", $"at most {ConfigurationLimits.Rates} rates are allowed"));
                break;
            }
            else
            {
                rates.Add(Rate(line, fields, places, errors));
            }
        }

        if (places is null && errors.Count == 0)
            errors.Add(new("line 1", "is missing; begin with " + string.Join(',', Columns)));
        return errors.Count > 0 ? ([], errors) : (rates.ToImmutable(), errors);
    }

    // places[field] = column.
    private static int[]? Header(List<string> fields, List<FieldError> errors)
    {
        var places =
            fields.Select(f => Array.FindIndex(Columns, c => c.Equals(f.Trim(), StringComparison.OrdinalIgnoreCase))).ToArray();
        for (var i = 0; i < places.Length; i++)
        {
            if (places[i] < 0)
                errors.Add(new("line 1", $"\"{fields[i]}\" is not a column; there are: {string.Join(", ", Columns)}"));
            else if (Array.IndexOf(places, places[i]) < i)
                errors.Add(new("line 1", $"\"{fields[i]}\" stands twice; keep one"));
        }

        foreach (var needed in new[] { 0, 3 })
            if (!places.Contains(needed)) errors.Add(new("line 1", $"the column {Columns[needed]} is missing"));
        return errors.Count > 0 ? null : places;
    }

    private static RateConfiguration Rate(int line, List<string> fields, int[] places, List<FieldError> errors)
    {
        var rate = new RateConfiguration();
        for (var i = 0; i < places.Length; i++)
        {
            var text = fields[i];
            var where = $"line {line}, {Columns[places[i]]}";
            switch (places[i])
            {
                case 0:
                    rate = rate with { FeePrefix = text.Trim() };
                    break;
                case 1:
                    rate = rate with { AreaName = text };
                    break;
                case 2:
                    rate = rate with { Type = text.Length == 0 ? rate.Type : Integer(text, where, errors) };
                    break;
                case 3:
                    rate = rate with { Fee = Amount(text, where, errors) };
                    break;
                case 4:
                    rate = rate with { Period = text.Length == 0 ? rate.Period : Integer(text, where, errors) };
                    break;
                case 5:
                    rate =
                        rate with { Sections = Sections(text, where, errors) };
                    break;
                default:
                    if (text is not ("" or "none" or "all"))
                        errors.Add(new(where, $"\"{text}\" is not one of: none, all"));
                    rate = rate with { LockType = text == "all" ? LockType.All : LockType.None };
                    break;
            }
        }

        return rate;
    }

    private static ImmutableArray<RateSectionConfiguration> Sections(string text, string where, List<FieldError> errors) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(s => Section(s, where, errors))];

    private static RateSectionConfiguration Section(string text, string where, List<FieldError> errors)
    {
        var parts = text.Split('/');
        if (parts.Length == 2)
            return new RateSectionConfiguration { Fee = Amount(parts[0], where, errors), Time = Integer(parts[1], where, errors) };
        errors.Add(new(where, $"\"{text}\" is not a section; write fee/seconds, such as 0.05/30"));
        return new RateSectionConfiguration();
    }

    private static int Integer(string text, string where, List<FieldError> errors)
    {
        if (int.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
            return value;
        errors.Add(new(where, $"\"{text}\" is not a whole number"));
        return 0;
    }

    private static decimal Amount(string text, string where, List<FieldError> errors)
    {
        const NumberStyles plain = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (text.Length <= 28 && decimal.TryParse(text.Trim(), plain, CultureInfo.InvariantCulture, out var value))
            return value;
        errors.Add(new(where, $"\"{text}\" is not a decimal number; write it like 0.0125"));
        return 0;
    }

    private static string Quote(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0
        ? text
        : "\"" + text.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    private static IEnumerable<(int Line, List<string> Fields)> Records(string csv, List<FieldError> errors)
    {
        var (i, line) = (0, 1);
        while (i < csv.Length)
        {
            var start = line;
            var fields = new List<string>();
            while (true)
            {
                var field = new StringBuilder();
                if (i < csv.Length && csv[i] == '"')
                {
                    i++;
                    while (i < csv.Length && (csv[i] != '"' || (i + 1 < csv.Length && csv[i + 1] == '"')))
                    {
                        if (csv[i] == '\n') line++;
                        if (csv[i] == '"') i++;
                        field.Append(csv[i++]);
                    }

                    if (i >= csv.Length)
                    {
                        errors.Add(new($"line {start}", "has a quotation mark that is never closed"));
                        yield break;
                    }

                    i++;
                }

                while (i < csv.Length && csv[i] is not (',' or '\r' or '\n')) field.Append(csv[i++]);
                fields.Add(field.ToString());
                if (i >= csv.Length || csv[i] != ',') break;
                i++;
            }

            if (i < csv.Length && csv[i] == '\r') i++;
            if (i < csv.Length && csv[i] == '\n') i++;
            line++;
            if (fields is [""]) continue; // An empty line.
            yield return (start, fields);
        }
    }
}
