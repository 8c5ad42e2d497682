using System.Text;
using LinqToDB;
using LinqToDB.Async;
using LinqToDB.Mapping;
using Microsoft.Data.Sqlite;
using Npgsql;
using Tandem.Shared.Storage;

namespace Tandem.Shared.Configuration;

/// <summary>Who made a version, when and why.</summary>
/// <param name="Version">1, 2, 3, …</param>
/// <param name="At">When it was stored.</param>
/// <param name="By">Name of the API key, or <c>file</c>.</param>
/// <param name="Comment">For people.</param>
public sealed record ConfigurationVersion(long Version, DateTimeOffset At, string By, string Comment);

/// <summary>A version with its content, UTF-8 JSON.</summary>
public sealed record StoredConfiguration(ConfigurationVersion Version, byte[] Content);

/// <summary>
/// The versions of the configuration in the database: only ever added, so that each CDR's version can be looked up. The
/// primary key is the fence between two writers: both store last + 1, and one of them is refused.
/// Methods throw the database's exception when it is away (<see cref="Database.IsTransient"/> tells).
/// </summary>
public sealed class ConfigurationStore(Database database, TimeProvider time)
{
    /// <summary>Most versions of one page; more are cut down to it.</summary>
    public const int MaxPage = 1_000;

    /// <summary>Number of the newest version; 0 when there is none.</summary>
    public async Task<long> NewestVersionAsync(CancellationToken cancel = default)
    {
        using var connection = database.Open();
        return await connection.GetTable<Row>().MaxAsync(r => (long?)r.Version, cancel).ConfigureAwait(false) ?? 0;
    }

    /// <summary>The newest version; null when there is none.</summary>
    public async Task<StoredConfiguration?> NewestAsync(CancellationToken cancel = default)
    {
        using var connection = database.Open();
        var row = await connection.GetTable<Row>().OrderByDescending(r => r.Version).FirstOrDefaultAsync(cancel)
            .ConfigureAwait(false);
        return row is null ? null : new StoredConfiguration(row.ToVersion(), Encoding.UTF8.GetBytes(row.Content));
    }

    /// <summary>One version; null when it does not exist.</summary>
    public async Task<StoredConfiguration?> GetAsync(long version, CancellationToken cancel = default)
    {
        using var connection = database.Open();
        var row = await connection.GetTable<Row>().FirstOrDefaultAsync(r => r.Version == version, cancel)
            .ConfigureAwait(false);
        return row is null ? null : new StoredConfiguration(row.ToVersion(), Encoding.UTF8.GetBytes(row.Content));
    }

    /// <summary>Versions without content, newest first, and how many there are in all.</summary>
    public async Task<(IReadOnlyList<ConfigurationVersion> Items, int Total)> ListAsync(
        int skip,
        int take,
        CancellationToken cancel = default)
    {
        using var connection = database.Open();
        var rows = await connection.GetTable<Row>()
            .OrderByDescending(r => r.Version)
            .Skip(skip)
            .Take(Math.Min(take, MaxPage))
            .Select(r => new Row { Version = r.Version, AtMs = r.AtMs, Author = r.Author, Note = r.Note })
            .ToListAsync(cancel).ConfigureAwait(false);
        var total = await connection.GetTable<Row>().CountAsync(cancel).ConfigureAwait(false);
        return ([.. rows.Select(r => r.ToVersion())], total);
    }

    /// <summary>
    /// Stores <paramref name="version"/>, which must be the newest + 1; false when another writer has stored it before.
    /// </summary>
    public async Task<bool> TryInsertAsync(
        long version,
        ReadOnlyMemory<byte> content,
        string by,
        string comment,
        CancellationToken cancel = default)
    {
        using var connection = database.Open();
        try
        {
            await connection.InsertAsync(
                new Row
                {
                    Version = version,
                    AtMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
                    Author = by,
                    Note = comment,
                    Content = Encoding.UTF8.GetString(content.Span),
                },
                token: cancel).ConfigureAwait(false);
            return true;
        }
        catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return false;
        }
        catch (SqliteException failure) when (failure.SqliteErrorCode == 19) // CONSTRAINT
        {
            return false;
        }
    }

    [Table("config_version")]
    private sealed class Row
    {
        [PrimaryKey, Column("version")]
        public long Version { get; init; }

        [Column("at_ms")]
        public long AtMs { get; init; }

        [Column("author"), NotNull]
        public string Author { get; init; } = "";

        [Column("note"), NotNull]
        public string Note { get; init; } = "";

        [Column("content"), NotNull]
        public string Content { get; init; } = "";

        public ConfigurationVersion ToVersion() =>
            new(Version, DateTimeOffset.FromUnixTimeMilliseconds(AtMs), Author, Note);
    }
}
