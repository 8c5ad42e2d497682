using Microsoft.Data.Sqlite;
using Tandem.Shared.Storage;

namespace Tandem.TestSupport;

/// <summary>An empty database for one test, with the schema that the test asks for.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly string? _directory;

    private TestDatabase(Database database, string? directory) => (Database, _directory) = (database, directory);

    /// <summary>The door to it.</summary>
    public Database Database { get; }

    /// <summary>The file of a SQLite database.</summary>
    public string SqlitePath => Path.Combine(_directory!, "tandem.db");

    /// <summary>A file in a temporary directory, or a new database of the shared PostgreSQL server.</summary>
    public static async Task<TestDatabase> CreateAsync(
        StorageProvider provider,
        IReadOnlyCollection<Migration> migrations)
    {
        string? directory = null;
        StorageOptions options;
        if (provider == StorageProvider.PostgreSql)
        {
            var server = await PostgresServer.SharedAsync().ConfigureAwait(false);
            options = new StorageOptions(provider, await server.CreateDatabaseAsync().ConfigureAwait(false));
        }
        else
        {
            directory = Directory.CreateTempSubdirectory("tandem-db-").FullName;
            options = new StorageOptions(provider, Path.Combine(directory, "tandem.db"));
        }

        var database = new Database(options);
        Migrations.Apply(database, migrations);
        return new TestDatabase(database, directory);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        if (_directory is null) return ValueTask.CompletedTask;
        SqliteConnection.ClearAllPools();
        Directory.Delete(_directory, true);
        return ValueTask.CompletedTask;
    }
}
