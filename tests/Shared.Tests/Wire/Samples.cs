using System.Collections.Immutable;
using System.Reflection;
using CsCheck;
using Tandem.Shared.Cluster;

namespace Tandem.Shared.Tests.Wire;

/// <summary>
/// Makes instances of any message from its constructor and its init properties: random ones for round trips, fixed ones
/// for the golden bytes. A kind of field that it does not know fails the test that asks for it.
/// </summary>
internal static class Samples
{
    private const int MaxItems = 4;

    // Moments that a database or a log could hold, to the last tick.
    private static readonly Gen<DateTimeOffset> Time =
        Gen.Long[DateTime.UnixEpoch.Ticks, new DateTime(2100, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks]
            .Select(ticks => new DateTimeOffset(ticks, TimeSpan.Zero));

    private static readonly Gen<string> Text = Gen.OneOf<string>(
        Gen.String[Gen.Char.AlphaNumeric, 0, 12],
        Gen.OneOf("", "Ünïcode ☎ 电话", "\"quoted\"\r\n", "+4930123456"));

    /// <summary>Every type marked as a message, in the product's assemblies.</summary>
    public static IReadOnlyList<Type> MarkedTypes { get; } =
    [
        .. typeof(IWireMessage).Assembly.GetTypes()
            .Where(t => t is { IsAbstract: false, IsInterface: false } && t.IsAssignableTo(typeof(IWireMessage)))
            .OrderBy(t => t.FullName, StringComparer.Ordinal),
    ];

    /// <summary>Random instances of <paramref name="type"/>.</summary>
    public static Gen<object?> Random(Type type)
    {
        if (type == typeof(string)) return Text.Select(x => (object?)x);
        if (type == typeof(bool)) return Gen.Bool.Select(x => (object?)x);
        if (type == typeof(byte)) return Gen.Byte.Select(x => (object?)x);
        if (type == typeof(int)) return Gen.Int.Select(x => (object?)x);
        if (type == typeof(uint)) return Gen.UInt.Select(x => (object?)x);
        if (type == typeof(long)) return Gen.Long.Select(x => (object?)x);
        if (type == typeof(ulong)) return Gen.ULong.Select(x => (object?)x);
        if (type == typeof(decimal)) return Decimals.Any.Select(x => (object?)x);
        if (type == typeof(TimeSpan)) return Gen.Long.Select(x => (object?)TimeSpan.FromTicks(x));
        if (type == typeof(DateTimeOffset)) return Time.Select(x => (object?)x);
        if (type == typeof(Money))
            return Gen.Long.Select(Gen.OneOf("USD", "EUR", "CNY"))
                .Select((micros, code) => (object?)Money.FromMicros(micros, new Currency(code)));
        if (type == typeof(ReadOnlyMemory<byte>))
            return Gen.Byte.Array[0, 40].Select(x => (object?)new ReadOnlyMemory<byte>(x));
        if (type.IsEnum) return Gen.OneOf<object?>([.. Enum.GetValues(type).Cast<object?>()]);
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return Gen.Bool.SelectMany(some => some ? Random(inner) : Gen.Const((object?)null));
        if (ItemOf(type) is { } item)
            return Random(item).Array[0, MaxItems].Select(items => (object?)ListOf(type, item, items));
        var shape = Shape.Of(type);
        var fields = shape.Types.Select(Random).ToArray();
        return fields.Aggregate(
                Gen.Const(ImmutableArray<object?>.Empty),
                (all, field) => all.SelectMany(values => field.Select(values.Add)))
            .Select(values => (object?)shape.Make([.. values]));
    }

    /// <summary>
    /// The one instance of <paramref name="type"/> for the golden bytes: every field set, no two alike, the same for ever.
    /// </summary>
    public static object Fixed(Type type)
    {
        var counter = 0;
        return Next(type)!;

        object? Next(Type t)
        {
            if (Nullable.GetUnderlyingType(t) is { } inner) return Next(inner);
            if (ItemOf(t) is { } item) return ListOf(t, item, [Next(item), Next(item)]);
            if (t.IsEnum)
            {
                var values = Enum.GetValues(t);
                return values.GetValue(1 + (counter++ % (values.Length - 1)));
            }

            var n = ++counter;
            if (t == typeof(string)) return "text" + n;
            if (t == typeof(bool)) return true;
            if (t == typeof(byte)) return (byte)n;
            if (t == typeof(int)) return 1000 + n;
            if (t == typeof(uint)) return 0xA0000000u + (uint)n;
            if (t == typeof(long)) return 10_000_000_000L + n;
            if (t == typeof(ulong)) return 0xF000000000000000ul + (ulong)n;
            if (t == typeof(decimal)) return -0.0125m - n;
            if (t == typeof(TimeSpan)) return TimeSpan.FromTicks(600_000_001L + n);
            if (t == typeof(DateTimeOffset)) return DateTimeOffset.UnixEpoch.AddTicks(17_000_000_000_000_001L + n);
            if (t == typeof(Money)) return Money.FromMicros(-1_000_000 - n, new Currency("EUR"));
            if (t == typeof(ReadOnlyMemory<byte>)) return new ReadOnlyMemory<byte>([0, 255, (byte)n]);
            var shape = Shape.Of(t);
            return shape.Make([.. shape.Types.Select(Next)]);
        }
    }

    private static Type? ItemOf(Type type) =>
        type.IsGenericType
        && (type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)
            || type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
            ? type.GetGenericArguments()[0]
            : null;

    private static object ListOf(Type type, Type item, object?[] items)
    {
        var array = Array.CreateInstance(item, items.Length);
        for (var i = 0; i < items.Length; i++) array.SetValue(items[i], i);
        return type.GetGenericTypeDefinition() == typeof(ImmutableArray<>)
            ? typeof(ImmutableArray)
                .GetMethods().Single(m => m.Name == nameof(ImmutableArray.Create)
                    && m.GetParameters() is [{ ParameterType.IsArray: true }])
                .MakeGenericMethod(item).Invoke(null, [array])!
            : array;
    }

    /// <summary>How a record is made: its longest constructor, then what only init can set.</summary>
    private sealed record Shape(ConstructorInfo Constructor, PropertyInfo[] Properties)
    {
        public IEnumerable<Type> Types =>
            Constructor.GetParameters().Select(p => p.ParameterType).Concat(Properties.Select(p => p.PropertyType));

        public static Shape Of(Type type)
        {
            if (type.Namespace?.StartsWith("Tandem.", StringComparison.Ordinal) != true)
                throw new NotSupportedException($"No generator for {type}: add one to Samples.");
            var constructor = type.GetConstructors().MaxBy(c => c.GetParameters().Length)!;
            var given = constructor.GetParameters().Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
            return new Shape(constructor, [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(p => p.CanWrite && !given.Contains(p.Name))]);
        }

        public object Make(object?[] values)
        {
            var parameters = Constructor.GetParameters().Length;
            var made = Constructor.Invoke(values[..parameters]);
            for (var i = 0; i < Properties.Length; i++) Properties[i].SetValue(made, values[parameters + i]);
            return made;
        }
    }
}
