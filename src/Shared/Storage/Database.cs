using System.Data.Common;
using LinqToDB;
using LinqToDB.Data;
using LinqToDB.DataProvider.PostgreSQL;
using LinqToDB.DataProvider.SQLite;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Tandem.Shared.Storage;

/// <summary>Which database (configuration <c>Storage:Provider</c>).</summary>
public enum StorageProvider : byte
{
    /// <summary>One file under the data directory; one node only.</summary>
    Sqlite,

    /// <summary>A PostgreSQL server; needed by a cluster.</summary>
    PostgreSql,
}

/// <summary>Where the database is.</summary>
/// <param name="Provider">Which kind.</param>
/// <param name="ConnectionString">
/// PostgreSQL: an Npgsql connection string. SQLite: the path of the file.
/// </param>
public sealed record StorageOptions(StorageProvider Provider, string ConnectionString);

/// <summary>
/// The door to the tables of the switch: configuration versions, ledger, CDRs, black list. One per process; opens
/// short-lived pooled connections. Time-outs are short so that nobody waits long for a dead server
/// (akka.md §2.6: stock values turned 10 s of outage into 51 s).
/// </summary>
public sealed class Database
{
    /// <summary>Seconds until an attempt to connect fails.</summary>
    public const int ConnectTimeoutSeconds = 3;

    /// <summary>Seconds until a command fails.</summary>
    public const int CommandTimeoutSeconds = 5;

    // SQLite's own wait for a busy file backs off by milliseconds; the driver's sleeps 150 ms at a time.
    private const int SqliteBusyTimeoutMs = 1_000;

    private readonly DataOptions _options;
    private readonly string _connectionString;

    /// <summary>Prepares connections; does not connect yet.</summary>
    public Database(StorageOptions options)
    {
        Provider = options.Provider;
        _connectionString = options.Provider switch
        {
            StorageProvider.PostgreSql => new NpgsqlConnectionStringBuilder(options.ConnectionString)
            {
                Timeout = ConnectTimeoutSeconds,
                CommandTimeout = CommandTimeoutSeconds,
            }.ConnectionString,
            StorageProvider.Sqlite => new SqliteConnectionStringBuilder
            {
                DataSource = options.ConnectionString,
                DefaultTimeout = CommandTimeoutSeconds,
                Pooling = true,
            }.ConnectionString,
        };
        _options = options.Provider switch
        {
            StorageProvider.PostgreSql => new DataOptions().UsePostgreSQL(_connectionString, PostgreSQLVersion.v15),
            StorageProvider.Sqlite => new DataOptions().UseSQLite(_connectionString, SQLiteProvider.Microsoft),
        };
    }

    /// <summary>Which kind it is.</summary>
    public StorageProvider Provider { get; }

    /// <summary>A connection from the pool; dispose it soon. Connects at the first command.</summary>
    public DataConnection Open() => new(_options);

    /// <summary>
    /// A pooled connection of the driver itself, already open, for writers that insert in bulk; dispose it soon. Throws the
    /// driver's exception when the database is away. Blocks: not for actor threads.
    /// </summary>
    public DbConnection OpenRaw()
    {
        DbConnection connection = Provider switch
        {
            StorageProvider.PostgreSql => new NpgsqlConnection(_connectionString),
            StorageProvider.Sqlite => new SqliteConnection(_connectionString),
        };
        try
        {
            connection.Open();
            if (Provider == StorageProvider.Sqlite)
            {
                using var command = connection.CreateCommand();
                command.CommandText = $"PRAGMA busy_timeout={SqliteBusyTimeoutMs}";
                command.ExecuteNonQuery();
            }

            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// True for failures that may go away by themselves (server away, busy file, time-out): keep the work and try again.
    /// </summary>
    public static bool IsTransient(Exception failure) => failure switch
    {
        NpgsqlException npgsql => npgsql.IsTransient || npgsql.InnerException is IOException or TimeoutException
            || npgsql is PostgresException { SqlState: "53100" or "53200" or "53300" or "57P01" or "57P02" or "57P03" },
        SqliteException sqlite => sqlite.SqliteErrorCode is 5 or 6 or 10 or 13, // BUSY, LOCKED, IOERR, FULL
        DbException or TimeoutException or IOException => true,
        _ => failure.InnerException is { } inner && IsTransient(inner),
    };
}
