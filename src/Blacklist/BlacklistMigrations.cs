using Tandem.Shared.Storage;

namespace Tandem.Blacklist;

/// <summary>The tables of the black list (3xx).</summary>
public static class BlacklistMigrations
{
    // Times are Unix milliseconds; scope is the text form of the gateway, empty for the central list.
    private const string DynamicBlacklist =
        """
        CREATE TABLE dynamic_blacklist (
            scope        TEXT     NOT NULL,
            number       TEXT     NOT NULL,
            role         SMALLINT NOT NULL,
            cause        SMALLINT NOT NULL,
            listed_at    BIGINT   NOT NULL,
            last_call_at BIGINT   NOT NULL,
            expires_at   BIGINT   NOT NULL,
            calls        INTEGER  NOT NULL,
            PRIMARY KEY (scope, role, number)
        );
        CREATE INDEX dynamic_blacklist_expiry ON dynamic_blacklist (scope, expires_at);
        """;

    /// <summary>In order; Node joins them with those of the other areas.</summary>
    public static readonly IReadOnlyList<Migration> All =
        [new Migration(301, "dynamic black list", DynamicBlacklist, DynamicBlacklist)];
}
