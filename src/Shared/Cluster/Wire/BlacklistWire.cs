using System.Collections.Immutable;
using Tandem.Shared.Blacklist;
using static Tandem.Shared.Cluster.Wire.Map;

namespace Tandem.Shared.Cluster.Wire;

/// <summary>Rows of blacklist.proto: manifests that begin with b.</summary>
internal static class BlacklistWire
{
    internal static readonly ImmutableArray<WireRow> Rows =
    [
        WireRow.Of<CallObserved, Proto.CallObserved>(
            "bob",
            m => new()
            {
                GatewayId = ToProto(m.GatewayId),
                Caller = m.Caller,
                Callee = m.Callee,
                At = Time(m.At),
                Refused = m.Refused,
            },
            p => new(FromProto(p.GatewayId), p.Caller, p.Callee, Time(p.At), p.Refused)),
        WireRow.Of<BlacklistCommands.Remove, Proto.BlacklistRemove>(
            "brm",
            m => new() { Number = m.Number, Role = (int)m.Role, Scope = ToProto(m.Scope), By = m.By },
            p => new(p.Number, checked((NumberRole)p.Role), FromProtoOrNull(p.Scope), p.By)),
        WireRow.Of<BlacklistQueries.List, Proto.BlacklistList>(
            "bql",
            m => new() { NumberPrefix = m.NumberPrefix, Skip = m.Skip, Take = m.Take },
            p => new(p.NumberPrefix, p.Skip, p.Take)),
        WireRow.Of<BlacklistReplies.Entries, Proto.BlacklistEntries>(
            "bre",
            m => new() { Items = { m.Items.Select(Entry) }, Total = m.Total },
            p => new([.. p.Items.Select(Entry)], p.Total)),
        WireRow.Of<BlacklistReplies.Removed, Proto.BlacklistRemoved>(
            "brr",
            m => new() { Number = m.Number, Found = m.Found },
            p => new(p.Number, p.Found)),
    ];

    private static Proto.BlacklistEntry Entry(BlacklistEntry entry) => new()
    {
        Number = entry.Number,
        Role = (int)entry.Role,
        Scope = ToProto(entry.Scope),
        Cause = (int)entry.Cause,
        ListedAt = Time(entry.ListedAt),
        LastCallAt = Time(entry.LastCallAt),
        ExpiresAt = Time(entry.ExpiresAt),
        CallsInWindow = entry.CallsInWindow,
    };

    private static BlacklistEntry Entry(Proto.BlacklistEntry p) => new(
        p.Number,
        checked((NumberRole)p.Role),
        FromProtoOrNull(p.Scope),
        checked((BlacklistCause)p.Cause),
        Time(p.ListedAt),
        Time(p.LastCallAt),
        Time(p.ExpiresAt),
        p.CallsInWindow);
}
