using System.Globalization;

namespace Tandem.Shared;

/// <summary>An ISO 4217 code; three upper-case letters.</summary>
public readonly record struct Currency(string Code)
{
    /// <inheritdoc />
    public override string ToString() => Code;
}

/// <summary>
/// An amount of money: a decimal of at most six places and its currency. Never a floating-point number.
/// </summary>
/// <remarks>
/// Stored and sent as whole micros (millionths of the unit), so sums in any database are exact. Adding two currencies is
/// a bug and throws. The only rounding is <see cref="Round"/>.
/// </remarks>
public readonly record struct Money(decimal Amount, Currency Currency) : IComparable<Money>
{
    /// <summary>Micros in one unit of a currency.</summary>
    public const decimal MicrosPerUnit = 1_000_000m;

    /// <summary>Nothing, in <paramref name="currency"/>.</summary>
    public static Money Zero(Currency currency) => new(0m, currency);

    /// <summary>From whole millionths.</summary>
    public static Money FromMicros(long micros, Currency currency) => new(micros / MicrosPerUnit, currency);

    /// <summary>Whole millionths; throws when the amount is finer than that (round first) or over ±9.2 · 10¹².</summary>
    public long Micros
    {
        get
        {
            var micros = Amount * MicrosPerUnit;
            if (micros != decimal.Truncate(micros))
                throw new InvalidOperationException($"{Amount} is finer than a millionth: round it first.");
            return decimal.ToInt64(micros);
        }
    }

    /// <summary>
    /// Rounds half up (away from zero) to <paramref name="decimals"/> places and then to a multiple of
    /// <paramref name="unit"/> when that is over zero: SERVER_BILLING_FEE_PRECISION and SERVER_BILLING_FEE_UNIT.
    /// </summary>
    public Money Round(int decimals, decimal unit = 0m)
    {
        var amount = decimal.Round(Amount, decimals, MidpointRounding.AwayFromZero);
        if (unit > 0m) amount = decimal.Round(amount / unit, 0, MidpointRounding.AwayFromZero) * unit;
        return this with { Amount = amount };
    }

    /// <summary>The sum; both must be of one currency.</summary>
    public static Money operator +(Money a, Money b) => a with { Amount = a.Amount + Same(a, b).Amount };

    /// <summary>The difference; both must be of one currency.</summary>
    public static Money operator -(Money a, Money b) => a with { Amount = a.Amount - Same(a, b).Amount };

    /// <summary>The opposite amount.</summary>
    public static Money operator -(Money a) => a with { Amount = -a.Amount };

    /// <summary>Compares amounts of one currency.</summary>
    public static bool operator <(Money a, Money b) => a.CompareTo(b) < 0;

    /// <summary>Compares amounts of one currency.</summary>
    public static bool operator >(Money a, Money b) => a.CompareTo(b) > 0;

    /// <summary>Compares amounts of one currency.</summary>
    public static bool operator <=(Money a, Money b) => a.CompareTo(b) <= 0;

    /// <summary>Compares amounts of one currency.</summary>
    public static bool operator >=(Money a, Money b) => a.CompareTo(b) >= 0;

    /// <inheritdoc />
    public int CompareTo(Money other) => Amount.CompareTo(Same(this, other).Amount);

    /// <inheritdoc />
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Amount:0.00####} {Currency.Code}");

    private static Money Same(Money a, Money b) => a.Currency == b.Currency
        ? b
        : throw new InvalidOperationException($"Cannot mix {a.Currency.Code} and {b.Currency.Code}.");
}
