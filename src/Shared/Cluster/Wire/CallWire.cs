using System.Collections.Immutable;
using Tandem.Shared.Calls;
using static Tandem.Shared.Cluster.Wire.Map;

namespace Tandem.Shared.Cluster.Wire;

/// <summary>Rows of calls.proto: manifests that begin with c (a call) and n (a node's calls).</summary>
internal static class CallWire
{
    internal static readonly ImmutableArray<WireRow> Rows =
    [
        WireRow.Of<CallCommands.Start, Proto.CallStart>(
            "cst",
            m => new()
            {
                CallId = ToProto(m.CallId),
                Transaction = ToProto(m.Transaction),
                Source = m.Source,
                MappingGateway = m.MappingGateway,
                ConfigurationVersion = m.ConfigurationVersion,
                ReceivedAt = Time(m.ReceivedAt),
                Request = Bytes(m.Request),
            },
            p => new(
                FromProto(p.CallId),
                FromProto(p.Transaction),
                p.Source,
                p.MappingGateway,
                p.ConfigurationVersion,
                Time(p.ReceivedAt),
                Bytes(p.Request))),
        WireRow.Of<CallCommands.InDialog, Proto.CallInDialog>(
            "cid",
            m => new()
            {
                CallId = ToProto(m.CallId),
                Leg = m.Leg.Attempt,
                Transaction = ToProto(m.Transaction),
                Source = m.Source,
                Request = Bytes(m.Request),
            },
            p => new(FromProto(p.CallId), Leg(p.Leg), FromProto(p.Transaction), p.Source, Bytes(p.Request))),
        WireRow.Of<CallCommands.Ack, Proto.CallAck>(
            "cak",
            m => new()
            {
                CallId = ToProto(m.CallId),
                Leg = m.Leg.Attempt,
                Source = m.Source,
                Matched = m.Matched,
                Request = Bytes(m.Request),
            },
            p => new(FromProto(p.CallId), Leg(p.Leg), p.Source, p.Matched, Bytes(p.Request))),
        WireRow.Of<CallCommands.Cancel, Proto.CallCancel>(
            "ccn",
            m => new() { CallId = ToProto(m.CallId), Transaction = ToProto(m.Transaction), Reason = m.Reason },
            p => new(FromProto(p.CallId), FromProto(p.Transaction), p.Reason)),
        WireRow.Of<CallCommands.Response, Proto.CallResponse>(
            "crs",
            m => new()
            {
                CallId = ToProto(m.CallId),
                RequestKey = m.RequestKey,
                Source = m.Source,
                Message = Bytes(m.Message),
            },
            p => new(FromProto(p.CallId), p.RequestKey, p.Source, Bytes(p.Message))),
        WireRow.Of<CallCommands.RequestTimeout, Proto.CallRequestTimeout>(
            "crt",
            m => new() { CallId = ToProto(m.CallId), RequestKey = m.RequestKey, Cause = m.Cause },
            p => new(FromProto(p.CallId), p.RequestKey, p.Cause)),
        WireRow.Of<CallCommands.AckTimeout, Proto.CallAckTimeout>(
            "cat",
            m => new()
            {
                CallId = ToProto(m.CallId),
                Leg = m.Leg.Attempt,
                Transaction = ToProto(m.Transaction),
            },
            p => new(FromProto(p.CallId), Leg(p.Leg), FromProto(p.Transaction))),
        WireRow.Of<CallCommands.Hangup, Proto.CallHangup>(
            "chu",
            m => new() { CallId = ToProto(m.CallId), Reason = (int)m.Reason, By = m.By },
            p => new(FromProto(p.CallId), (EndReason)p.Reason, p.By)),
        WireRow.Of<CallReplies.HangupAccepted, Proto.CallHangupAccepted>(
            "cha",
            m => new() { CallId = ToProto(m.CallId) },
            p => new(FromProto(p.CallId))),
        WireRow.Of<CallReplies.NotFound, Proto.CallNotFound>(
            "cnf",
            m => new() { CallId = ToProto(m.CallId) },
            p => new(FromProto(p.CallId))),
        WireRow.Of<NodeCallQueries.List, Proto.NodeCallList>(
            "nql",
            m => new() { Limit = m.Limit },
            p => new(p.Limit)),
        WireRow.Of<NodeCallQueries.HeldLeases, Proto.NodeHeldLeasesQuery>(
            "nqh",
            m => new() { Resource = m.Resource },
            p => new(p.Resource)),
        WireRow.Of<NodeCallReplies.Calls, Proto.NodeCalls>(
            "nrl",
            m => new() { Node = m.Node, Total = m.Total, Items = { m.Items.Select(Call) } },
            p => new(p.Node, p.Total, [.. p.Items.Select(Call)])),
        WireRow.Of<NodeCallReplies.HeldLeases, Proto.NodeHeldLeases>(
            "nrh",
            m => new() { Resource = m.Resource, Node = m.Node, Leases = { m.Leases.Select(Lease) } },
            p => new(p.Resource, p.Node, [.. p.Leases.Select(Lease)])),
    ];

    private static Proto.RunningCall Call(RunningCall call)
    {
        var p = new Proto.RunningCall
        {
            CallId = ToProto(call.CallId),
            Phase = (int)call.Phase,
            Caller = call.Caller,
            Callee = call.Callee,
            MappingGateway = call.MappingGateway,
            RoutingGateway = call.RoutingGateway,
            Account = ToProto(call.Account),
            StartedAt = Time(call.StartedAt),
            Node = call.Node,
        };
        if (call.AnsweredAt is { } answeredAt) p.AnsweredAt = Time(answeredAt);
        return p;
    }

    private static RunningCall Call(Proto.RunningCall p) => new(
        FromProto(p.CallId),
        checked((CallPhase)p.Phase),
        p.Caller,
        p.Callee,
        p.MappingGateway,
        p.RoutingGateway,
        Account(p.Account),
        Time(p.StartedAt),
        p.HasAnsweredAt ? Time(p.AnsweredAt) : null,
        p.Node);

    private static Proto.HeldLease Lease(HeldLease lease) =>
        new() { Key = ToProto(lease.Key), AmountMicros = lease.AmountMicros };

    private static HeldLease Lease(Proto.HeldLease p) => new(FromProto(p.Key), p.AmountMicros);
}
