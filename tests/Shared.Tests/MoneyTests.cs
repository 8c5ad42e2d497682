using System.Numerics;
using CsCheck;

namespace Tandem.Shared.Tests;

public sealed class MoneyTests
{
    private static readonly Currency Usd = new("USD");
    private static readonly Currency Eur = new("EUR");

    [Fact]
    public void Micros_come_back_as_they_went() =>
        Gen.Long.Sample(micros => Assert.Equal(micros, Money.FromMicros(micros, Usd).Micros));

    [Fact]
    public void An_amount_finer_than_a_micro_has_no_micros() =>
        Assert.Throws<InvalidOperationException>(() => new Money(0.0000005m, Usd).Micros);

    [Fact]
    public void An_amount_beyond_the_range_has_no_micros() =>
        Assert.Throws<OverflowException>(() => new Money(10_000_000_000_000m, Usd).Micros);

    [Fact]
    public void Rounding_is_that_of_whole_numbers() =>
        Gen.Select(Decimals.Small, Gen.Int[0, 6]).Sample((amount, decimals) => Assert.Equal(SlowRound(amount, decimals), new Money(amount, Usd).Round(decimals).Amount));

    [Theory]
    [InlineData("0.00005", 4, "0.0001")]
    [InlineData("-0.00005", 4, "-0.0001")]
    [InlineData("0.000049", 4, "0")]
    [InlineData("2.5", 0, "3")]
    [InlineData("3.5", 0, "4")]
    public void A_half_goes_away_from_zero(string amount, int decimals, string expected) =>
        Assert.Equal(Parse(expected), new Money(Parse(amount), Usd).Round(decimals).Amount);

    [Theory]
    [InlineData("0.074", 2, "0.05", "0.05")]
    [InlineData("0.075", 2, "0.05", "0.10")]
    [InlineData("0.12", 4, "0", "0.12")]
    [InlineData("12", 4, "5", "10")]
    [InlineData("12.5", 4, "5", "15")]
    public void A_unit_makes_multiples_of_itself(string amount, int decimals, string unit, string expected) =>
        Assert.Equal(Parse(expected), new Money(Parse(amount), Usd).Round(decimals, Parse(unit)).Amount);

    [Fact]
    public void A_rounded_amount_has_micros_and_stays_when_rounded_again() =>
        Gen.Select(Decimals.Small, Gen.Int[0, 6]).Sample((amount, decimals) =>
        {
            var once = new Money(amount, Usd).Round(decimals);
            Assert.Equal(once, once.Round(decimals));
            Assert.Equal(once.Amount, Money.FromMicros(once.Micros, Usd).Amount);
        });

    [Fact]
    public void Sums_are_those_of_the_micros() =>
        Gen.Select(Gen.Long[-1L << 60, 1L << 60], Gen.Long[-1L << 60, 1L << 60]).Sample((a, b) =>
        {
            var x = Money.FromMicros(a, Usd);
            var y = Money.FromMicros(b, Usd);
            Assert.Equal(a + b, (x + y).Micros);
            Assert.Equal(a - b, (x - y).Micros);
            Assert.Equal(-a, (-x).Micros);
            Assert.Equal(Math.Sign(a.CompareTo(b)), Math.Sign(x.CompareTo(y)));
            Assert.Equal(a < b, x < y);
            Assert.Equal(a > b, x > y);
            Assert.Equal(a <= b, x <= y);
            Assert.Equal(a >= b, x >= y);
        });

    [Fact]
    public void Two_currencies_never_mix()
    {
        Assert.Throws<InvalidOperationException>(() => Money.Zero(Usd) + Money.Zero(Eur));
        Assert.Throws<InvalidOperationException>(() => Money.Zero(Usd) - Money.Zero(Eur));
        Assert.Throws<InvalidOperationException>(() => Money.Zero(Usd) < Money.Zero(Eur));
        Assert.NotEqual(Money.Zero(Usd), Money.Zero(Eur));
    }

    [Fact]
    public void Shows_two_to_six_places()
    {
        Assert.Equal("1.50 USD", new Money(1.5m, Usd).ToString());
        Assert.Equal("0.000001 USD", new Money(0.000001m, Usd).ToString());
    }

    private static decimal Parse(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    // |amount| · 10^decimals, plus a half, cut: in whole numbers.
    private static decimal SlowRound(decimal amount, int decimals)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(amount, bits);
        var digits = ((BigInteger)(uint)bits[2] << 64) | ((BigInteger)(uint)bits[1] << 32) | (uint)bits[0];
        var scaled = ((2 * digits * BigInteger.Pow(10, decimals)) + BigInteger.Pow(10, amount.Scale))
            / (2 * BigInteger.Pow(10, amount.Scale));
        return (amount < 0 ? -1 : 1) * (decimal)scaled / (decimal)BigInteger.Pow(10, decimals);
    }
}
