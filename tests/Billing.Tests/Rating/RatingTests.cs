using System.Collections.Immutable;
using CsCheck;
using Tandem.Shared;
using Tandem.Shared.Accounts;
using Tandem.Shared.Configuration;
using Subject = Tandem.Billing.Rating.Rating;

namespace Tandem.Billing.Tests.Rating;

// Proof: the vendor's own examples, and a reference that counts one second at a time.
public sealed class RatingTests
{
    private static readonly Currency Usd = new("USD");

    private static readonly string[] Units = ["0", "0.01", "0.05", "0.0000015", "3"];

    private static readonly Gen<SystemParameters> GenParameters =
        from precision in Gen.Int[0, 6]
        from unit in Gen.Int[0, 4].Select(i => Units[i])
        from holdPrecision in Gen.Int[1, 1000]
        from free in Gen.OneOf(Gen.Const(0), Gen.Int[0, 90])
        select Parameters(precision, unit, holdPrecision, free);

    private static readonly Gen<decimal> GenFee = Gen.Frequency(
        (1, Gen.Const(0m)),
        (6, from units in Gen.Long[0, 500_000_000] select units / 100_000_000m));

    private static readonly Gen<RateQuote> GenQuote =
        from fee in GenFee
        from period in Gen.Int[1, 90]
        from sections in (from f in GenFee from s in Gen.Int[1, 60] select new RateSection(f, s)).Array[0, 3]
        select Quote(fee, period, sections);

    [Theory]
    [InlineData(1000, 2)]
    [InlineData(1, 3)]
    [InlineData(50, 2)]
    public void Hold_time_follows_the_vendors_example_of_2010_ms(int precisionMs, int seconds) =>
        Assert.Equal(seconds, Subject.HoldTime(TimeSpan.FromMilliseconds(2010), Parameters(4, "0", precisionMs, 0)));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-5, 0)]
    [InlineData(49, 0)]
    [InlineData(50, 1)]
    [InlineData(1000, 1)]
    [InlineData(1049, 1)]
    [InlineData(1050, 2)]
    public void Hold_time_of_the_default_precision_forgives_under_50_ms(int ms, int seconds) =>
        Assert.Equal(seconds, Subject.HoldTime(TimeSpan.FromMilliseconds(ms), SystemParameters.Defaults));

    [Fact]
    public void Free_time_is_taken_off_and_never_gives_less_than_nothing()
    {
        var parameters = Parameters(4, "0", 50, 10);
        Assert.Equal(0, Subject.HoldTime(TimeSpan.FromSeconds(4), parameters));
        Assert.Equal(5, Subject.HoldTime(TimeSpan.FromSeconds(15), parameters));
    }

    [Theory]
    [InlineData(0, "0", 0)]
    [InlineData(1, "0.5", 30)]
    [InlineData(30, "0.5", 30)]
    [InlineData(31, "0.6", 36)]
    [InlineData(36, "0.6", 36)]
    [InlineData(60, "1.0", 60)]
    [InlineData(61, "1.1", 66)]
    public void A_first_section_is_the_least_charge_and_whole_periods_follow(int holdTime, string fee, int feeTime)
    {
        var price = Subject.Price(Quote(0.1m, 6, new RateSection(0.5m, 30)), holdTime, SystemParameters.Defaults);
        Assert.Equal(decimal.Parse(fee, System.Globalization.CultureInfo.InvariantCulture), price.Fee.Amount);
        Assert.Equal(feeTime, price.FeeTimeSeconds);
    }

    [Fact]
    public void Fees_are_rounded_half_up_once_for_the_whole_call()
    {
        // Three periods of 0.00005 are 0.00015: 0.0002 rounded once, 0.0003 rounded each.
        var price = Subject.Price(Quote(0.00005m, 1), 3, SystemParameters.Defaults);
        Assert.Equal(0.0002m, price.Fee.Amount);
    }

    [Fact]
    public void Fees_are_multiples_of_the_fee_unit() =>
        Assert.Equal(0.15m, Subject.Price(Quote(0.025m, 1), 5, Parameters(4, "0.05", 50, 0)).Fee.Amount);

    [Fact]
    public void Hold_time_equals_the_reference() =>
        Gen.Select(Gen.Long[-1000, 4_000_000], GenParameters).Sample((tenthMs, parameters) =>
        {
            var talk = TimeSpan.FromTicks(tenthMs * (TimeSpan.TicksPerMillisecond / 10));
            return Subject.HoldTime(talk, parameters) == ReferenceHoldTime(talk, parameters);
        });

    [Fact]
    public void Price_equals_the_reference_that_counts_second_by_second() =>
        Gen.Select(GenQuote, Gen.Int[0, 900], GenParameters).Sample((quote, holdTime, parameters) =>
        {
            var price = Subject.Price(quote, holdTime, parameters);
            var (fee, feeTime) = ReferencePrice(quote, holdTime, parameters);
            return price.Fee.Amount == fee && price.FeeTimeSeconds == feeTime && feeTime >= holdTime;
        });

    [Fact]
    public void The_price_of_a_slice_is_enough_for_every_call_that_ends_in_it() =>
        Gen.Select(GenQuote, Gen.Int[0, 600], Gen.Int[0, 600], GenParameters).Sample((quote, until, talk, parameters) =>
        {
            var slice = Subject.PriceOfSlice(quote, until, parameters);
            // It covers at least what was asked for, and to the end of what it says that it covers.
            if (slice.FeeTimeSeconds < until) return false;
            var talked = TimeSpan.FromSeconds(Math.Min(talk, slice.FeeTimeSeconds));
            var price = Subject.Price(quote, Subject.HoldTime(talked, parameters), parameters);
            return price.Fee <= slice.Fee;
        });

    [Fact]
    public void Max_talk_time_is_the_last_second_that_the_money_buys() =>
        Gen.Select(GenQuote, Gen.Long[-1_000_000, 60_000_000], GenParameters).Sample((quote, micros, parameters) =>
        {
            const int horizon = 2_000;
            var usable = Money.FromMicros(micros, Usd);
            var talk = Subject.MaxTalkSeconds(quote, usable, parameters);
            var reference = 0;
            for (var second = 1; second <= horizon; second++)
            {
                if (ReferencePrice(quote, second, parameters).Fee > usable.Amount) break;
                reference = second;
            }

            if (reference == 0) return talk == 0;
            if (reference == horizon) return talk >= horizon;
            return talk == reference + parameters.FreeTimeSeconds;
        });

    [Fact]
    public void A_free_rate_gives_talk_time_without_end() =>
        Assert.Equal(
            Subject.UnlimitedSeconds,
            Subject.MaxTalkSeconds(Quote(0m, 60, new RateSection(0m, 30)), Money.Zero(Usd), SystemParameters.Defaults));

    [Fact]
    public void Money_under_the_first_step_buys_nothing() =>
        Assert.Equal(
            0,
            Subject.MaxTalkSeconds(
                Quote(0.1m, 6, new RateSection(0.5m, 30)), new Money(0.49m, Usd), SystemParameters.Defaults));

    private static SystemParameters Parameters(int precision, string unit, int holdPrecisionMs, int free) =>
        new(new Dictionary<string, string>
        {
            ["SERVER_BILLING_FEE_PRECISION"] = $"{precision}",
            ["SERVER_BILLING_FEE_UNIT"] = unit,
            ["SERVER_BILLING_HOLD_TIME_PRECISION"] = $"{holdPrecisionMs}",
            ["SERVER_BILLING_FREE_TIME"] = $"{free}",
        });

    private static RateQuote Quote(decimal fee, int period, params RateSection[] sections) =>
        new("group", "1", "somewhere", fee, period, [.. sections], Usd);

    private static int ReferenceHoldTime(TimeSpan talk, SystemParameters parameters)
    {
        var ms = 0L;
        var whole = (long)Math.Floor(Math.Max(0, talk.Ticks) / 10_000m);
        ms = whole / parameters.HoldTimePrecisionMs * parameters.HoldTimePrecisionMs;
        return (int)Math.Max(0, Math.Ceiling(ms / 1000m) - parameters.FreeTimeSeconds);
    }

    // Walks through the call: at each second that begins a step, its fee is added.
    private static (decimal Fee, int FeeTime) ReferencePrice(RateQuote quote, int holdTime, SystemParameters parameters)
    {
        var (fee, paidUntil, section) = (0m, 0, 0);
        for (var second = 0; second < holdTime; second++)
        {
            if (second < paidUntil) continue;
            if (section < quote.Sections.Length)
            {
                fee += quote.Sections[section].Fee;
                paidUntil += quote.Sections[section++].Seconds;
            }
            else
            {
                fee += quote.Fee;
                paidUntil += quote.PeriodSeconds;
            }
        }

        fee = decimal.Floor((fee * Pow10(parameters.FeePrecision)) + 0.5m) / Pow10(parameters.FeePrecision);
        if (parameters.FeeUnit > 0m) fee = decimal.Floor((fee / parameters.FeeUnit) + 0.5m) * parameters.FeeUnit;
        fee = decimal.Floor((fee * 1_000_000m) + 0.5m) / 1_000_000m;
        return (fee, paidUntil);
    }

    private static decimal Pow10(int digits)
    {
        var result = 1m;
        for (var i = 0; i < digits; i++) result *= 10m;
        return result;
    }
}
