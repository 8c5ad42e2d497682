using Tandem.Shared.Storage;

namespace Tandem.Admin;

/// <summary>The tables of the REST API: keys and the audit of writes.</summary>
public static class AdminMigrations
{
    /// <summary>All steps.</summary>
    public static readonly IReadOnlyList<Migration> All =
    [
        new(
            401,
            "API keys",
            """
            CREATE TABLE api_key (
              hash TEXT PRIMARY KEY,
              name TEXT NOT NULL UNIQUE,
              can_write INTEGER NOT NULL,
              created_ms INTEGER NOT NULL)
            """,
            """
            CREATE TABLE api_key (
              hash TEXT PRIMARY KEY,
              name TEXT NOT NULL UNIQUE,
              can_write BOOLEAN NOT NULL,
              created_ms BIGINT NOT NULL)
            """),
        new(
            402,
            "audit of writes",
            """
            CREATE TABLE audit (
              id INTEGER PRIMARY KEY AUTOINCREMENT,
              at_ms INTEGER NOT NULL,
              key_name TEXT NOT NULL,
              method TEXT NOT NULL,
              path TEXT NOT NULL,
              before_json TEXT,
              after_json TEXT)
            """,
            """
            CREATE TABLE audit (
              id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              at_ms BIGINT NOT NULL,
              key_name TEXT NOT NULL,
              method TEXT NOT NULL,
              path TEXT NOT NULL,
              before_json TEXT,
              after_json TEXT)
            """),
    ];
}
