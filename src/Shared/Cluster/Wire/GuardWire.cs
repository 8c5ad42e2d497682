using System.Collections.Immutable;
using Tandem.Shared.Edge;

namespace Tandem.Shared.Cluster.Wire;

/// <summary>Rows of guard.proto: manifests that begin with s.</summary>
internal static class GuardWire
{
    internal static readonly ImmutableArray<WireRow> Rows =
    [
        WireRow.Of<GuardEvents.Changed, Proto.GuardChanged>(
            "sch",
            m => new()
            {
                Failures = { m.Failures.Select(f => new Proto.GuardFailures { Key = f.Key, Count = f.Count }) },
                Suspended =
                {
                    m.Suspended.Select(s => new Proto.GuardSuspension { Key = s.Key, Remaining = s.Remaining.Ticks }),
                },
                Lifted = { m.Lifted },
            },
            p => new(
                [.. p.Failures.Select(f => new GuardFailures(f.Key, f.Count))],
                [.. p.Suspended.Select(s => new GuardSuspension(s.Key, TimeSpan.FromTicks(s.Remaining)))],
                [.. p.Lifted])),
        WireRow.Of<GuardQueries.GetSuspensions, Proto.GuardGetSuspensions>("sgs", _ => new(), _ => new()),
    ];
}
