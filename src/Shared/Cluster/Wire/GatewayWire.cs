using System.Collections.Immutable;
using Tandem.Shared.Gateways;
using static Tandem.Shared.Cluster.Wire.Map;

namespace Tandem.Shared.Cluster.Wire;

/// <summary>Rows of gateways.proto: manifests that begin with g.</summary>
internal static class GatewayWire
{
    internal static readonly ImmutableArray<WireRow> Rows =
    [
        WireRow.Of<GatewayCommands.Acquire, Proto.GatewayAcquire>(
            "gac",
            m => new()
            {
                GatewayId = ToProto(m.GatewayId),
                Lease = ToProto(m.Lease),
                Node = m.Node,
                DeadlineAt = Time(m.Deadline),
            },
            p => new(FromProto(p.GatewayId), FromProto(p.Lease), p.Node, Time(p.DeadlineAt))),
        WireRow.Of<GatewayCommands.Release, Proto.GatewayRelease>(
            "grl",
            m => new() { GatewayId = ToProto(m.GatewayId), Lease = ToProto(m.Lease) },
            p => new(FromProto(p.GatewayId), FromProto(p.Lease))),
        WireRow.Of<GatewayReplies.Granted, Proto.GatewayGranted>(
            "grg",
            m => new()
            {
                GatewayId = ToProto(m.GatewayId),
                Lease = ToProto(m.Lease),
                Epoch = m.Epoch,
                LinesInUse = m.LinesInUse,
                TotalCalls = m.TotalCalls,
            },
            p => new(FromProto(p.GatewayId), FromProto(p.Lease), p.Epoch, p.LinesInUse, p.TotalCalls)),
        WireRow.Of<GatewayReplies.Refused, Proto.GatewayRefused>(
            "grr",
            m => new()
            {
                GatewayId = ToProto(m.GatewayId),
                Lease = ToProto(m.Lease),
                Rejection = ToProto(m.Rejection),
                LinesInUse = m.LinesInUse,
            },
            p => new(FromProto(p.GatewayId), FromProto(p.Lease), FromProto(p.Rejection), p.LinesInUse)),
        WireRow.Of<GatewayQueries.GetState, Proto.GatewayGetState>(
            "gqs",
            m => new() { GatewayId = ToProto(m.GatewayId) },
            p => new(FromProto(p.GatewayId))),
        WireRow.Of<GatewayState, Proto.GatewayState>(
            "gst",
            m => new()
            {
                GatewayId = ToProto(m.GatewayId),
                Epoch = m.Epoch,
                Ready = m.Ready,
                LinesInUse = m.LinesInUse,
                LineLimit = m.LineLimit,
                CallsInLastSecond = m.CallsInLastSecond,
                RateLimit = m.RateLimit,
                TotalGranted = m.TotalGranted,
                TotalRefused = m.TotalRefused,
                Drift = m.Drift,
            },
            p => new(
                FromProto(p.GatewayId),
                p.Epoch,
                p.Ready,
                p.LinesInUse,
                p.LineLimit,
                p.CallsInLastSecond,
                p.RateLimit,
                p.TotalGranted,
                p.TotalRefused,
                p.Drift)),
    ];
}
