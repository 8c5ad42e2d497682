using System.Collections.Immutable;
using Tandem.Shared.Configuration;
using static Tandem.Shared.Cluster.Wire.Map;

namespace Tandem.Shared.Cluster.Wire;

/// <summary>Rows of configuration.proto: manifests that begin with f.</summary>
internal static class ConfigurationWire
{
    internal static readonly ImmutableArray<WireRow> Rows =
    [
        WireRow.Of<ConfigurationCommands.Apply, Proto.ConfigurationApply>(
            "fap",
            m => new()
            {
                ExpectedVersion = m.ExpectedVersion,
                Content = Bytes(m.Content),
                By = m.By,
                Comment = m.Comment,
            },
            p => new(p.ExpectedVersion, Bytes(p.Content), p.By, p.Comment)),
        WireRow.Of<ConfigurationCommands.Rollback, Proto.ConfigurationRollback>(
            "frb",
            m => new()
            {
                ExpectedVersion = m.ExpectedVersion,
                Version = m.Version,
                By = m.By,
                Comment = m.Comment,
            },
            p => new(p.ExpectedVersion, p.Version, p.By, p.Comment)),
        WireRow.Of<ConfigurationReplies.Applied, Proto.ConfigurationApplied>(
            "fra",
            m => new() { Version = m.Version },
            p => new(p.Version)),
        WireRow.Of<ConfigurationReplies.Refused, Proto.ConfigurationRefused>(
            "frr",
            m => new() { Errors = { m.Errors } },
            p => new([.. p.Errors])),
        WireRow.Of<ConfigurationReplies.Conflict, Proto.ConfigurationConflict>(
            "frc",
            m => new() { CurrentVersion = m.CurrentVersion },
            p => new(p.CurrentVersion)),
        WireRow.Of<ConfigurationReplies.Unavailable, Proto.ConfigurationUnavailable>(
            "fru",
            m => new() { Detail = m.Detail },
            p => new(p.Detail)),
        WireRow.Of<ConfigurationEvents.VersionStored, Proto.ConfigurationVersionStored>(
            "fev",
            m => new() { Version = m.Version },
            p => new(p.Version)),
    ];
}
