using LinqToDB;
using LinqToDB.Data;

namespace Tandem.Shared.Storage;

/// <summary>
/// One step of the schema. Numbers are never reused and steps never changed once released; each area lists its own and
/// Node joins them.
/// </summary>
/// <param name="Number">Unique over all areas: 1xx Shared, 2xx Billing, 3xx Blacklist, 4xx Admin.</param>
/// <param name="Name">For people.</param>
/// <param name="Sqlite">Statements for SQLite.</param>
/// <param name="PostgreSql">Statements for PostgreSQL.</param>
public sealed record Migration(int Number, string Name, string Sqlite, string PostgreSql);

/// <summary>The database cannot be used as it is; the message says why and what to do.</summary>
public sealed class SchemaException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Brings the schema to the state that this build needs, once at start, before anything else uses it.</summary>
public static class Migrations
{
    // Any fixed number: all nodes of all clusters on one database take the same lock.
    private const long PostgreSqlLock = 0x54_41_4e_44_45_4d;

    /// <summary>Applies what is missing, in order, each step in its own transaction.</summary>
    /// <exception cref="SchemaException">
    /// The database holds a step that this build does not know (it is newer), or it cannot be reached.
    /// </exception>
    public static void Apply(Database database, IReadOnlyCollection<Migration> migrations)
    {
        var known = migrations.OrderBy(m => m.Number).ToList();
        if (known.Select(m => m.Number).Distinct().Count() != known.Count)
            throw new InvalidOperationException("Two migrations share a number.");
        try
        {
            using var connection = database.Open();
            if (database.Provider == StorageProvider.Sqlite) connection.Execute("PRAGMA journal_mode=WAL");
            else connection.Execute($"SELECT pg_advisory_lock({PostgreSqlLock})");
            try
            {
                connection.Execute(
                    "CREATE TABLE IF NOT EXISTS schema_version (number INTEGER PRIMARY KEY, name TEXT NOT NULL)");
                var applied = connection.Query<int>("SELECT number FROM schema_version").ToHashSet();
                var unknown = applied.Except(known.Select(m => m.Number)).Order().ToList();
                if (unknown.Count > 0)
                {
                    throw new SchemaException(
                        $"The database has schema step {unknown[0]}, which this version of Tandem does not know: it was used "
                        + "by a newer one. Start that version, or give this one another database.");
                }

                foreach (var step in known.Where(m => !applied.Contains(m.Number)))
                {
                    using var transaction = connection.BeginTransaction();
                    connection.Execute(database.Provider == StorageProvider.Sqlite ? step.Sqlite : step.PostgreSql);
                    connection.Execute(
                        "INSERT INTO schema_version (number, name) VALUES (@number, @name)",
                        new DataParameter("number", step.Number, DataType.Int32),
                        new DataParameter("name", step.Name, DataType.Text));
                    transaction.Commit();
                }
            }
            finally
            {
                if (database.Provider == StorageProvider.PostgreSql)
                    connection.Execute($"SELECT pg_advisory_unlock({PostgreSqlLock})");
            }
        }
        catch (Exception failure) when (failure is not SchemaException && IsOfDatabase(failure))
        {
            // A wrong password or database name is not transient, and as much the operator's to mend as a server that is down.
            throw new SchemaException(
                $"The database cannot be reached or used: {Cause(failure)}. Check --database (or --data for SQLite) and that the "
                + "server runs.",
                failure);
        }
    }

    private static bool IsOfDatabase(Exception failure) => Database.IsTransient(failure)
        || failure is System.Data.Common.DbException
        || failure.InnerException is System.Data.Common.DbException;

    private static string Cause(Exception failure) => (failure.InnerException ?? failure).Message.TrimEnd('.');
}
