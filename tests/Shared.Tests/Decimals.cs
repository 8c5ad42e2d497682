using CsCheck;

namespace Tandem.Shared.Tests;

/// <summary>Decimals over their whole range, scale and sign included, with small prices often.</summary>
internal static class Decimals
{
    public static readonly Gen<decimal> Any = Gen.OneOf<decimal>(
        Gen.Select(Gen.Int, Gen.Int, Gen.Int, Gen.Bool, Gen.Byte[0, 28])
            .Select(t => new decimal(t.Item1, t.Item2, t.Item3, t.Item4, t.Item5)),
        Gen.Select(Gen.Int[0, 1_000_000], Gen.Byte[0, 8])
            .Select(t => new decimal(t.Item1, 0, 0, false, t.Item2)),
        Gen.OneOf(0m, 0.00m, decimal.MaxValue, decimal.MinValue, -0.00000001m));
}
