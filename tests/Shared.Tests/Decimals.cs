using CsCheck;

namespace Tandem.Shared.Tests;

/// <summary>Decimals for property tests.</summary>
internal static class Decimals
{
    /// <summary>Over the whole range, scale and sign included, small prices often.</summary>
    public static readonly Gen<decimal> Any = Gen.OneOf<decimal>(
        Gen.Select(Gen.Int, Gen.Int, Gen.Int, Gen.Bool, Gen.Byte[0, 28])
            .Select(t => new decimal(t.Item1, t.Item2, t.Item3, t.Item4, t.Item5)),
        Gen.Select(Gen.Int[0, 1_000_000], Gen.Byte[0, 8])
            .Select(t => new decimal(t.Item1, 0, 0, false, t.Item2)),
        Gen.OneOf(0m, 0.00m, decimal.MaxValue, decimal.MinValue, -0.00000001m));

    /// <summary>Prices and balances: nine digits, up to ten places, halves often.</summary>
    public static readonly Gen<decimal> Small = Gen.OneOf<decimal>(
        Gen.Select(Gen.Int[0, 999_999_999], Gen.Bool, Gen.Byte[0, 10])
            .Select(t => new decimal(t.Item1, 0, 0, t.Item2, t.Item3)),
        Gen.Select(Gen.Int[0, 99_999], Gen.Bool, Gen.Byte[0, 7])
            .Select(t => new decimal((t.Item1 * 10) + 5, 0, 0, t.Item2, t.Item3)));
}
