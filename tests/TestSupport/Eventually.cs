namespace Tandem.TestSupport;

/// <summary>Bounded waiting for something that another process does; nothing else in a test may wait.</summary>
public static class Eventually
{
    /// <summary>Between two looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);

    /// <summary>Looks until <paramref name="condition"/> holds; throws with <paramref name="what"/> when time is over.</summary>
    public static async Task HoldsAsync(Func<bool> condition, TimeSpan limit, Func<string> what) =>
        await HoldsAsync(() => Task.FromResult(condition()), limit, what);

    /// <inheritdoc cref="HoldsAsync(Func{bool}, TimeSpan, Func{string})"/>
    public static async Task HoldsAsync(Func<Task<bool>> condition, TimeSpan limit, Func<string> what)
    {
        var time = TimeProvider.System;
        var began = time.GetTimestamp();
        while (!await condition())
        {
            if (time.GetElapsedTime(began) > limit) throw new TimeoutException($"Not after {limit}: {what()}");
            await Task.Delay(Interval, time);
        }
    }
}
