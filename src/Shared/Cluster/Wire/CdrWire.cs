using System.Collections.Immutable;
using Tandem.Shared.Calls;
using Tandem.Shared.Cdr;
using static Tandem.Shared.Cluster.Wire.Map;

namespace Tandem.Shared.Cluster.Wire;

/// <summary>Rows of cdr.proto: manifests that begin with d.</summary>
internal static class CdrWire
{
    internal static readonly ImmutableArray<WireRow> Rows =
    [
        WireRow.Of<CdrCommands.Write, Proto.CdrWrite>(
            "dwr",
            m => new() { Record = Record(m.Record) },
            p => new(Record(p.Record))),
        WireRow.Of<CdrReplies.Accepted, Proto.CdrAccepted>(
            "dra",
            m => new() { CallId = ToProto(m.CallId) },
            p => new(FromProto(p.CallId))),
        WireRow.Of<CdrReplies.QueueFull, Proto.CdrQueueFull>(
            "drf",
            m => new() { CallId = ToProto(m.CallId), RetryAfterTicks = m.RetryAfter.Ticks },
            p => new(FromProto(p.CallId), TimeSpan.FromTicks(p.RetryAfterTicks))),
    ];

    private static Proto.CdrRecord Record(CallRecord record)
    {
        var p = new Proto.CdrRecord
        {
            CallId = ToProto(record.CallId),
            CallerAccess = record.CallerAccess,
            CalleeAccess = record.CalleeAccess,
            Caller = record.Caller,
            Callee = record.Callee,
            MappingGateway = record.MappingGateway,
            CallerAddress = record.CallerAddress,
            RoutingGateway = record.RoutingGateway,
            Account = record.Account,
            ClearingAccount = record.ClearingAccount,
            StartedAt = Time(record.StartedAt),
            EndedAt = Time(record.EndedAt),
            HoldTimeSeconds = record.HoldTimeSeconds,
            FeeTimeSeconds = record.FeeTimeSeconds,
            Fee = ToProto(record.Fee),
            Cost = ToProto(record.Cost),
            FeePrefix = record.FeePrefix,
            AreaName = record.AreaName,
            EndDirection = (int)record.EndDirection,
            EndReason = (int)record.EndReason,
            CallerSipStatus = record.CallerSipStatus,
            SipReasonHeader = record.SipReasonHeader,
            CallerSipCallId = record.CallerSipCallId,
            Node = record.Node,
            ConfigurationVersion = record.ConfigurationVersion,
        };
        if (record.RangAt is { } rangAt) p.RangAt = Time(rangAt);
        if (record.AnsweredAt is { } answeredAt) p.AnsweredAt = Time(answeredAt);
        if (!record.Attempts.IsDefaultOrEmpty)
            foreach (var attempt in record.Attempts) p.Attempts.Add(Attempt(attempt));
        if (!record.Trace.IsDefaultOrEmpty) p.Trace.AddRange(record.Trace);
        return p;
    }

    private static CallRecord Record(Proto.CdrRecord? p) => new()
    {
        CallId = FromProto(Needed(p).CallId),
        CallerAccess = p.CallerAccess,
        CalleeAccess = p.CalleeAccess,
        Caller = p.Caller,
        Callee = p.Callee,
        MappingGateway = p.MappingGateway,
        CallerAddress = p.CallerAddress,
        RoutingGateway = p.RoutingGateway,
        Account = p.Account,
        ClearingAccount = p.ClearingAccount,
        StartedAt = Time(p.StartedAt),
        RangAt = p.HasRangAt ? Time(p.RangAt) : null,
        AnsweredAt = p.HasAnsweredAt ? Time(p.AnsweredAt) : null,
        EndedAt = Time(p.EndedAt),
        HoldTimeSeconds = p.HoldTimeSeconds,
        FeeTimeSeconds = p.FeeTimeSeconds,
        Fee = FromProtoOrNull(p.Fee),
        Cost = FromProtoOrNull(p.Cost),
        FeePrefix = p.FeePrefix,
        AreaName = p.AreaName,
        EndDirection = checked((EndDirection)p.EndDirection),
        EndReason = (EndReason)p.EndReason,
        CallerSipStatus = p.CallerSipStatus,
        SipReasonHeader = p.SipReasonHeader,
        CallerSipCallId = p.CallerSipCallId,
        Node = p.Node,
        ConfigurationVersion = p.ConfigurationVersion,
        Attempts = [.. p.Attempts.Select(Attempt)],
        Trace = [.. p.Trace],
    };

    private static Proto.CdrAttempt Attempt(AttemptRecord attempt)
    {
        var p = new Proto.CdrAttempt
        {
            Attempt = attempt.Attempt,
            RoutingGateway = attempt.RoutingGateway,
            Remote = attempt.Remote,
            Caller = attempt.Caller,
            Callee = attempt.Callee,
            StartedAt = Time(attempt.StartedAt),
            EndedAt = Time(attempt.EndedAt),
            SipStatus = attempt.SipStatus,
            Reason = (int)attempt.Reason,
            SipReasonHeader = attempt.SipReasonHeader,
            SipCallId = attempt.SipCallId,
        };
        if (attempt.RangAt is { } rangAt) p.RangAt = Time(rangAt);
        if (attempt.AnsweredAt is { } answeredAt) p.AnsweredAt = Time(answeredAt);
        return p;
    }

    private static AttemptRecord Attempt(Proto.CdrAttempt p) => new(
        p.Attempt,
        p.RoutingGateway,
        p.Remote,
        p.Caller,
        p.Callee,
        Time(p.StartedAt),
        p.HasRangAt ? Time(p.RangAt) : null,
        p.HasAnsweredAt ? Time(p.AnsweredAt) : null,
        Time(p.EndedAt),
        p.SipStatus,
        (EndReason)p.Reason,
        p.SipReasonHeader,
        p.SipCallId);
}
