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
            Observed,
            Observed),
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
        WireRow.Of<BlacklistCommands.RemoveAtGateway, Proto.BlacklistRemoveAtGateway>(
            "brg",
            m => new() { GatewayId = ToProto(m.GatewayId), Number = m.Number, Role = (int)m.Role, By = m.By },
            p => new(FromProto(p.GatewayId), p.Number, checked((NumberRole)p.Role), p.By)),
        WireRow.Of<BlacklistEvents.CallsObserved, Proto.BlacklistCallsObserved>(
            "bco",
            m => new() { Calls = { m.Calls.Select(Observed) } },
            p => new([.. p.Calls.Select(Observed)])),
        WireRow.Of<BlacklistEvents.GatewayCallsObserved, Proto.BlacklistGatewayCallsObserved>(
            "bgo",
            m => new() { GatewayId = ToProto(m.GatewayId), Calls = { m.Calls.Select(Observed) } },
            p => new(FromProto(p.GatewayId), [.. p.Calls.Select(Observed)])),
        WireRow.Of<BlacklistEvents.Changed, Proto.BlacklistChanged>(
            "bch",
            m => new()
            {
                Scope = ToProto(m.Scope),
                Incarnation = m.Incarnation,
                Version = m.Version,
                Listed = { m.Listed.Select(Entry) },
                Removed = { m.Removed.Select(Number) },
            },
            p => new(
                FromProtoOrNull(p.Scope),
                p.Incarnation,
                p.Version,
                [.. p.Listed.Select(Entry)],
                [.. p.Removed.Select(Number)])),
        WireRow.Of<BlacklistQueries.GetFullList, Proto.BlacklistGetFullList>(
            "bqf",
            _ => new(),
            _ => new()),
        WireRow.Of<BlacklistQueries.GetGatewayFullList, Proto.BlacklistGetGatewayFullList>(
            "bqg",
            m => new() { GatewayId = ToProto(m.GatewayId) },
            p => new(FromProto(p.GatewayId))),
        WireRow.Of<BlacklistReplies.FullList, Proto.BlacklistFullList>(
            "brf",
            m => new()
            {
                Scope = ToProto(m.Scope),
                Incarnation = m.Incarnation,
                Version = m.Version,
                Part = m.Part,
                Parts = m.Parts,
                Items = { m.Items.Select(Entry) },
            },
            p => new(
                FromProtoOrNull(p.Scope),
                p.Incarnation,
                p.Version,
                p.Part,
                p.Parts,
                [.. p.Items.Select(Entry)])),
    ];

    private static Proto.BlacklistNumber Number(BlacklistNumber number) =>
        new() { Number = number.Number, Role = (int)number.Role };

    private static BlacklistNumber Number(Proto.BlacklistNumber p) => new(p.Number, checked((NumberRole)p.Role));

    private static Proto.CallObserved Observed(CallObserved call) => new()
    {
        GatewayId = ToProto(call.GatewayId),
        Caller = call.Caller,
        Callee = call.Callee,
        At = Time(call.At),
        Refused = call.Refused,
    };

    private static CallObserved Observed(Proto.CallObserved p) =>
        new(FromProto(p.GatewayId), p.Caller, p.Callee, Time(p.At), p.Refused);

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
