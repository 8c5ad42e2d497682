using System.Collections;
using System.Globalization;
using System.Reflection;

namespace Tandem.Shared.Tests.Wire;

/// <summary>
/// A message as lines of <c>path=value</c>: compares by content where records compare lists and bytes by reference, and
/// stays readable beside the golden bytes.
/// </summary>
internal static class Dump
{
    public static IReadOnlyList<string> Of(object message)
    {
        var lines = new List<string>();
        Add("", message);
        return lines;

        void Add(string path, object? value)
        {
            switch (value)
            {
                case null:
                    lines.Add(path + "=(null)");
                    break;
                case string text:
                    lines.Add($"{path}='{text.Replace("\r", "\\r").Replace("\n", "\\n")}'");
                    break;
                case ReadOnlyMemory<byte> bytes:
                    lines.Add($"{path}={Convert.ToHexStringLower(bytes.Span)}");
                    break;
                case DateTimeOffset time:
                    lines.Add($"{path}={time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture)}");
                    break;
                case Enum:
                    lines.Add($"{path}={Convert.ToInt64(value, CultureInfo.InvariantCulture)}");
                    break;
                case IEnumerable items:
                    var count = 0;
                    foreach (var item in items) Add($"{path}[{count++}]", item);
                    lines.Add($"{path}.Count={count}");
                    break;
                case IFormattable plain when value.GetType().Namespace == "System":
                    lines.Add($"{path}={plain.ToString(null, CultureInfo.InvariantCulture)}");
                    break;
                case bool yes:
                    lines.Add($"{path}={(yes ? "true" : "false")}");
                    break;
                case Money money:
                    var amount = money.Amount.ToString("0.######", CultureInfo.InvariantCulture);
                    lines.Add($"{path}={amount} {money.Currency.Code}");
                    break;
                default:
                    foreach (var property in value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
                        if (property.GetIndexParameters().Length == 0)
                            Add(path.Length == 0 ? property.Name : $"{path}.{property.Name}", property.GetValue(value));
                    break;
            }
        }
    }
}
