using Tandem.Routing.NodeCalls;
using Tandem.Shared;
using Tandem.Shared.Calls;

namespace Tandem.Routing.Tests.NodeCalls;

public sealed class RunningCallsTests
{
    [Fact]
    public void Counts_calls_by_phase_as_they_move()
    {
        var calls = new RunningCalls();
        calls.Set(Call(1, CallPhase.Routing));
        calls.Set(Call(2, CallPhase.Routing));
        calls.Set(Call(1, CallPhase.Answered));
        calls.Set(Call(1, CallPhase.Answered));
        Assert.Equal((2, 1, 1), (calls.Count, calls.CountOf(CallPhase.Routing), calls.CountOf(CallPhase.Answered)));
        Assert.Equal(CallPhase.Answered, calls.Find(Id(1))!.Phase);
        calls.Remove(Id(1));
        calls.Remove(Id(1));
        calls.Remove(Id(2));
        Assert.Equal(0, calls.Count);
        Assert.Null(calls.Find(Id(1)));
    }

    [Fact]
    public void A_listing_is_capped_by_the_question_and_by_the_size_of_a_message()
    {
        var calls = new RunningCalls();
        for (var i = 0; i < RunningCalls.MaxListed + 10; i++) calls.Set(Call(i, CallPhase.Trying));
        Assert.Equal(3, calls.List(3).Count);
        Assert.Equal(RunningCalls.MaxListed, calls.List(int.MaxValue).Count);
        Assert.Empty(calls.List(0));
        Assert.Empty(calls.List(-1));
    }

    [Fact]
    public void Counts_stay_true_when_many_calls_change_at_once()
    {
        var calls = new RunningCalls();
        Parallel.For(0, 2_000, i =>
        {
            foreach (var phase in Enum.GetValues<CallPhase>()) calls.Set(Call(i, phase));
            if (i % 2 == 0) calls.Remove(Id(i));
        });
        Assert.Equal((1_000, 1_000), (calls.Count, calls.CountOf(CallPhase.Ending)));
    }

    internal static RunningCall Call(int number, CallPhase phase) => new(
        Id(number), phase, "100", "200", "customer-1", "vendor-1", new AccountId("1"), DateTimeOffset.UnixEpoch, null, "node");

    internal static CallId Id(int number) => new(1, 0, (ulong)number);
}
