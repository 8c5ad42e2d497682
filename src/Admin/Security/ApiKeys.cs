using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using LinqToDB;
using LinqToDB.Async;
using LinqToDB.Mapping;
using Microsoft.Data.Sqlite;
using Npgsql;
using Tandem.Shared.Storage;

namespace Tandem.Admin.Security;

/// <summary>Who calls, and whether it may change anything.</summary>
/// <param name="Name">Unique; stands in the audit and as author of configuration versions.</param>
/// <param name="CanWrite">False: GET only.</param>
/// <param name="CreatedAt">When the key was made.</param>
public sealed record ApiKey(string Name, bool CanWrite, DateTimeOffset CreatedAt);

/// <summary>
/// The keys of the REST API. Only their SHA-256 hashes are stored: a key is 256 random bits, so a fast hash is enough,
/// and nobody can read a key out of the database. Started by the admin role; lives as long as the process.
/// </summary>
public sealed class ApiKeys(Database database, TimeProvider time)
{
    /// <summary>Name of the key that the first start makes.</summary>
    public const string FirstName = "admin";

    /// <summary>Keys that may exist.</summary>
    public const int MaxKeys = 1_000;

    /// <summary>How long a key that was found is trusted without asking the database again.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, (ApiKey Key, long At)> _known = new(StringComparer.Ordinal);

    /// <summary>
    /// Makes the first key when there is none at all. The text comes back once, to be printed; null when keys exist.
    /// </summary>
    /// <param name="database">Where keys are kept.</param>
    /// <param name="time">For the day of making.</param>
    /// <param name="given">The text that the operator wants as the key (for automation); null or empty: a random one.</param>
    public static string? EnsureFirst(Database database, TimeProvider time, string? given = null)
    {
        using (var connection = database.Open())
            if (connection.GetTable<Row>().Any()) return null;
        return new ApiKeys(database, time).TryCreate(FirstName, canWrite: true, given);
    }

    /// <summary>Makes a key and gives its text, which is never shown again; null when the name is taken.</summary>
    public string? TryCreate(string name, bool canWrite, string? given = null)
    {
        var text = string.IsNullOrEmpty(given) ? "tdm_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)) : given;
        using var connection = database.Open();
        try
        {
            connection.Insert(new Row
            {
                Hash = HashOf(text),
                Name = name,
                CanWrite = canWrite,
                CreatedMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
            });
            return text;
        }
        catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return null;
        }
        catch (SqliteException failure) when (failure.SqliteErrorCode == 19) // CONSTRAINT
        {
            return null;
        }
    }

    /// <summary>
    /// The key with this text, or null. With the database away, a key that was seen before still opens: operators need
    /// the API most when something is broken.
    /// </summary>
    public async Task<ApiKey?> FindAsync(string text, CancellationToken cancel)
    {
        var hash = HashOf(text);
        var seen = _known.TryGetValue(hash, out var known);
        if (seen && time.GetElapsedTime(known.At) < Freshness) return known.Key;
        try
        {
            using var connection = database.Open();
            var row = await connection.GetTable<Row>().FirstOrDefaultAsync(r => r.Hash == hash, cancel)
                .ConfigureAwait(false);
            if (row is null)
            {
                _known.TryRemove(hash, out _);
                return null;
            }

            // Bounded by the number of keys that exist: unknown texts are not kept.
            _known[hash] = (row.ToKey(), time.GetTimestamp());
            return row.ToKey();
        }
        catch (Exception failure) when (seen && Database.IsTransient(failure))
        {
            return known.Key;
        }
    }

    /// <summary>All keys by name, without their text.</summary>
    public async Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancel)
    {
        using var connection = database.Open();
        var rows = await connection.GetTable<Row>().OrderBy(r => r.Name).Take(MaxKeys).ToListAsync(cancel)
            .ConfigureAwait(false);
        return [.. rows.Select(r => r.ToKey())];
    }

    /// <summary>Deletes a key; false when there is none of that name.</summary>
    public async Task<bool> DeleteAsync(string name, CancellationToken cancel)
    {
        using var connection = database.Open();
        var deleted = await connection.GetTable<Row>().Where(r => r.Name == name).DeleteAsync(cancel)
            .ConfigureAwait(false);
        foreach (var (hash, known) in _known)
            if (known.Key.Name == name) _known.TryRemove(hash, out _);
        return deleted > 0;
    }

    private static string HashOf(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    [Table("api_key")]
    private sealed class Row
    {
        [PrimaryKey, Column("hash")]
        public string Hash { get; init; } = "";

        [Column("name"), NotNull]
        public string Name { get; init; } = "";

        [Column("can_write")]
        public bool CanWrite { get; init; }

        [Column("created_ms")]
        public long CreatedMs { get; init; }

        public ApiKey ToKey() => new(Name, CanWrite, DateTimeOffset.FromUnixTimeMilliseconds(CreatedMs));
    }
}
