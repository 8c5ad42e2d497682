using System.Collections.Concurrent;
using Tandem.Shared;
using Tandem.Shared.Calls;

namespace Tandem.Routing.NodeCalls;

/// <summary>
/// The calls that run on this node, as operators see them. One per node; each call actor writes its own call, anybody reads.
/// </summary>
/// <remarks>Bounded by the number of calls that the node takes.</remarks>
public sealed class RunningCalls
{
    /// <summary>Most calls in one listing; a listing must fit into one message between nodes (1 MiB).</summary>
    public const int MaxListed = 1_000;

    private readonly ConcurrentDictionary<CallId, RunningCall> _calls = new();
    private readonly int[] _byPhase = new int[(int)CallPhase.Ending + 1];

    /// <summary>Calls in all; zero when the last one has been removed.</summary>
    public int Count
    {
        get
        {
            var sum = 0;
            for (var i = 0; i < _byPhase.Length; i++) sum += Volatile.Read(ref _byPhase[i]);
            return sum;
        }
    }

    /// <summary>Calls in one phase.</summary>
    public int CountOf(CallPhase phase) => Volatile.Read(ref _byPhase[(int)phase]);

    /// <summary>A call began or changed. One call is written by one actor only, never by two threads at once.</summary>
    public void Set(RunningCall call)
    {
        var known = _calls.TryGetValue(call.CallId, out var before);
        _calls[call.CallId] = call;
        if (known && before!.Phase == call.Phase) return;
        Interlocked.Increment(ref _byPhase[(int)call.Phase]);
        if (known) Interlocked.Decrement(ref _byPhase[(int)before!.Phase]);
    }

    /// <summary>A call is over; unknown ones are ignored.</summary>
    public void Remove(CallId callId)
    {
        if (_calls.TryRemove(callId, out var before)) Interlocked.Decrement(ref _byPhase[(int)before.Phase]);
    }

    /// <summary>The call, or null.</summary>
    public RunningCall? Find(CallId callId) => _calls.GetValueOrDefault(callId);

    /// <summary>At most <paramref name="limit"/> calls, and never more than <see cref="MaxListed"/>.</summary>
    public IReadOnlyList<RunningCall> List(int limit)
    {
        var items = new List<RunningCall>();
        limit = Math.Min(limit, MaxListed);
        if (limit <= 0) return items;
        foreach (var pair in _calls)
        {
            items.Add(pair.Value);
            if (items.Count == limit) break;
        }

        return items;
    }
}
