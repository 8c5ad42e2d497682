using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Tandem.Billing.Storage;

/// <summary>A row has a value that its column cannot hold.</summary>
internal sealed class BadRowException(string column, Exception inner)
    : Exception($"Column {column} cannot hold the value: {inner.Message}", inner);

/// <summary>What the databases' failures mean to a writer.</summary>
internal static class DbFailures
{
    private const int SqliteTooBig = 18;
    private const int SqliteConstraint = 19;
    private const int SqliteMismatch = 20;
    private const int SqliteConstraintPrimaryKey = 1555;
    private const int SqliteConstraintUnique = 2067;

    /// <summary>True when a UNIQUE or PRIMARY KEY constraint refused a row.</summary>
    public static bool IsUniqueViolation(Exception failure) => failure switch
    {
        PostgresException postgres => postgres.SqlState == PostgresErrorCodes.UniqueViolation,
        SqliteException sqlite => sqlite.SqliteExtendedErrorCode
            is SqliteConstraintPrimaryKey or SqliteConstraintUnique,
        _ => false,
    };

    /// <summary>
    /// True when the row itself can never be stored (SQLSTATE classes 22 and 23): trying again is of no use, and the
    /// rows beside it must not suffer.
    /// </summary>
    public static bool IsBadRow(Exception failure) => failure switch
    {
        BadRowException => true,
        PostgresException postgres => postgres.SqlState.StartsWith("22", StringComparison.Ordinal)
            || postgres.SqlState.StartsWith("23", StringComparison.Ordinal),
        SqliteException sqlite => sqlite.SqliteErrorCode is SqliteTooBig or SqliteConstraint or SqliteMismatch,
        _ => false,
    };

    /// <summary>
    /// True for whatever a database, its driver or the way to it can fail with; anything else is a bug of ours.
    /// </summary>
    public static bool IsOfDatabase(Exception failure) => failure is DbException or TimeoutException or IOException;
}
