using Tandem.Shared;
using Tandem.Shared.Accounts;
using Tandem.Shared.Configuration;

namespace Tandem.Billing.Rating;

/// <summary>A price and what it is for.</summary>
/// <param name="Fee">0 or more, at most six decimals.</param>
/// <param name="FeeTimeSeconds">Seconds that the fee covers, at least the talk time after rounding.</param>
public readonly record struct Price(Money Fee, int FeeTimeSeconds);

/// <summary>
/// Rating of one call (vos3000.md §6.2, §6.3): pure, exact, the same for the hold before and the charge after the call.
/// </summary>
/// <remarks>
/// Talk seconds count from the answer. The free time is taken off before anything is priced, so the first
/// <c>SERVER_BILLING_FREE_TIME</c> seconds cost nothing. A fee never falls when the talk time grows, so the price of a
/// slice is enough for every call that ends inside it.
/// </remarks>
public static class Rating
{
    /// <summary>Talk time without end: more seconds than any call has.</summary>
    public const int UnlimitedSeconds = int.MaxValue;

    /// <summary>Decimals that storage keeps (<see cref="Money.MicrosPerUnit"/>).</summary>
    private const int StoredDecimals = 6;

    /// <summary>
    /// Talk time in whole seconds as rated: cut down to a multiple of the precision, rounded up to seconds, less the
    /// free time; never under 0.
    /// </summary>
    public static int HoldTime(TimeSpan talkTime, SystemParameters parameters)
    {
        if (talkTime <= TimeSpan.Zero) return 0;
        var ms = talkTime.Ticks / TimeSpan.TicksPerMillisecond;
        ms -= ms % parameters.HoldTimePrecisionMs;
        var seconds = (ms + 999) / 1000;
        return (int)Math.Clamp(seconds - parameters.FreeTimeSeconds, 0, UnlimitedSeconds);
    }

    /// <summary>
    /// The price of <paramref name="holdTimeSeconds"/>: sections in order, then whole periods, rounded half up once.
    /// </summary>
    public static Price Price(RateQuote quote, int holdTimeSeconds, SystemParameters parameters)
    {
        var fee = 0m;
        long feeTime = 0;
        long rest = holdTimeSeconds;
        foreach (var section in quote.Sections)
        {
            if (rest <= 0) break;
            fee += section.Fee;
            feeTime += section.Seconds;
            rest -= section.Seconds;
        }

        if (rest > 0)
        {
            var periods = (rest + quote.PeriodSeconds - 1) / quote.PeriodSeconds;
            fee += periods * quote.Fee;
            feeTime += periods * quote.PeriodSeconds;
        }

        return new Price(Rounded(fee, quote, parameters), (int)Math.Min(feeTime, UnlimitedSeconds));
    }

    /// <summary>
    /// The price of talking until <paramref name="untilSecond"/> after the answer: what a hold must cover.
    /// </summary>
    public static Price PriceOfSlice(RateQuote quote, int untilSecond, SystemParameters parameters)
    {
        var price = Price(quote, Math.Max(0, untilSecond - parameters.FreeTimeSeconds), parameters);
        // Whole steps are paid, so the hold lasts to the end of the step, which the free time comes before.
        return price with
        {
            FeeTimeSeconds = (int)Math.Min((long)price.FeeTimeSeconds + parameters.FreeTimeSeconds, UnlimitedSeconds),
        };
    }

    /// <summary>
    /// Longest talk time whose price is not over <paramref name="usable"/>, to the end of its last section or period;
    /// <see cref="UnlimitedSeconds"/> when no talk time costs more than that; 0 when the money does not buy the first
    /// step.
    /// </summary>
    public static int MaxTalkSeconds(RateQuote quote, Money usable, SystemParameters parameters)
    {
        var fee = 0m;
        long end = 0;
        foreach (var section in quote.Sections)
        {
            if (Rounded(fee + section.Fee, quote, parameters) > usable) return Talk(end, parameters);
            fee += section.Fee;
            end += section.Seconds;
        }

        // The fee grows with the periods: search the last one that the money buys.
        long bought = 0;
        var most = ((UnlimitedSeconds - Math.Min(end, UnlimitedSeconds)) / quote.PeriodSeconds) + 1;
        if (Rounded(fee + (most * quote.Fee), quote, parameters) <= usable) return UnlimitedSeconds;
        var tooMany = most;
        while (tooMany - bought > 1)
        {
            var middle = bought + ((tooMany - bought) / 2);
            if (Rounded(fee + (middle * quote.Fee), quote, parameters) <= usable) bought = middle;
            else tooMany = middle;
        }

        return Talk(end + (bought * quote.PeriodSeconds), parameters);
    }

    /// <summary>
    /// Seconds of all sections and one period, behind the free time: the least that a first hold covers.
    /// </summary>
    public static int FirstSteps(RateQuote quote, SystemParameters parameters)
    {
        long seconds = parameters.FreeTimeSeconds + (long)quote.PeriodSeconds;
        foreach (var section in quote.Sections) seconds += section.Seconds;
        return (int)Math.Min(seconds, UnlimitedSeconds);
    }

    private static int Talk(long holdSeconds, SystemParameters parameters) =>
        holdSeconds == 0 ? 0 : (int)Math.Min(holdSeconds + parameters.FreeTimeSeconds, UnlimitedSeconds);

    private static Money Rounded(decimal fee, RateQuote quote, SystemParameters parameters) =>
        new Money(fee, quote.Currency)
            .Round(parameters.FeePrecision, parameters.FeeUnit)
            .Round(StoredDecimals); // A unit may be finer than what is stored.
}
