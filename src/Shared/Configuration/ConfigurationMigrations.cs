using Tandem.Shared.Storage;

namespace Tandem.Shared.Configuration;

/// <summary>The tables of the configuration.</summary>
public static class ConfigurationMigrations
{
    /// <summary>All steps.</summary>
    public static readonly IReadOnlyList<Migration> All =
    [
        new(
            101,
            "configuration versions",
            """
            CREATE TABLE config_version (
              version INTEGER PRIMARY KEY,
              at_ms INTEGER NOT NULL,
              author TEXT NOT NULL,
              note TEXT NOT NULL,
              content TEXT NOT NULL)
            """,
            """
            CREATE TABLE config_version (
              version BIGINT PRIMARY KEY,
              at_ms BIGINT NOT NULL,
              author TEXT NOT NULL,
              note TEXT NOT NULL,
              content TEXT NOT NULL)
            """),
    ];
}
