using System.Collections.Immutable;
using Tandem.Shared.Gateways;
using static Tandem.Shared.Cluster.Wire.Map;

namespace Tandem.Shared.Cluster.Wire;

/// <summary>Rows of health.proto: manifests that begin with h.</summary>
internal static class HealthWire
{
    internal static readonly ImmutableArray<WireRow> Rows =
    [
        WireRow.Of<GatewayHealthCommands.Suspend, Proto.GatewayHealthSuspend>(
            "hsp",
            m => new() { Gateway = m.Gateway, Since = Time(m.Since), Until = Time(m.Until), Cause = m.Cause },
            p => new(p.Gateway, Time(p.Since), Time(p.Until), p.Cause)),
        WireRow.Of<GatewayHealthEvents.Changed, Proto.GatewayHealthChanged>(
            "hch",
            m => new() { Incarnation = m.Incarnation, Version = m.Version, Gateways = { m.Gateways.Select(ToProto) } },
            p => new(p.Incarnation, p.Version, [.. p.Gateways.Select(FromProto)])),
        WireRow.Of<GatewayHealthQueries.GetAll, Proto.GatewayHealthGetAll>("hga", _ => new(), _ => new()),
        WireRow.Of<GatewayHealthQueries.WhatIsKnown, Proto.GatewayHealthWhatIsKnown>("hwk", _ => new(), _ => new()),
        WireRow.Of<GatewayHealthReplies.All, Proto.GatewayHealthAll>(
            "hal",
            m => new()
            {
                Incarnation = m.Incarnation,
                Version = m.Version,
                Part = m.Part,
                Parts = m.Parts,
                Gateways = { m.Gateways.Select(ToProto) },
            },
            p => new(p.Incarnation, p.Version, p.Part, p.Parts, [.. p.Gateways.Select(FromProto)])),
        WireRow.Of<GatewayHealthReplies.Known, Proto.GatewayHealthKnown>(
            "hkn",
            m => new() { Gateways = { m.Gateways.Select(ToProto) } },
            p => new([.. p.Gateways.Select(FromProto)])),
    ];

    private static Proto.GatewayHealth ToProto(GatewayHealth health) => new()
    {
        Gateway = health.Gateway,
        Checked = (int)health.Checked,
        Cause = health.Cause,
        Since = Time(health.Since),
        SuspendedSince = Time(health.SuspendedSince),
        SuspendedUntil = Time(health.SuspendedUntil),
        SuspensionCause = health.SuspensionCause,
    };

    private static GatewayHealth FromProto(Proto.GatewayHealth health) => new(
        health.Gateway,
        (GatewayHealthState)health.Checked,
        health.Cause,
        Time(health.Since),
        Time(health.SuspendedSince),
        Time(health.SuspendedUntil),
        health.SuspensionCause);
}
