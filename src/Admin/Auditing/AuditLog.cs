using LinqToDB;
using LinqToDB.Async;
using LinqToDB.Mapping;
using Microsoft.Extensions.Logging;
using Tandem.Shared.Storage;

namespace Tandem.Admin.Auditing;

/// <summary>One write over REST.</summary>
/// <param name="Id">Grows.</param>
/// <param name="At">When.</param>
/// <param name="By">Name of the API key.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">HTTP path.</param>
/// <param name="Before">JSON of the object before; null when there was none.</param>
/// <param name="After">JSON of the object after; null when it is gone.</param>
public sealed record AuditEntry(
    long Id,
    DateTimeOffset At,
    string By,
    string Method,
    string Path,
    string? Before,
    string? After);

/// <summary>Writes down who changed what over REST, in the table <c>audit</c>; rows are only ever added.</summary>
public sealed partial class AuditLog(Database database, TimeProvider time, ILogger<AuditLog> log)
{
    /// <summary>Characters kept of an object; whole configurations are kept by their versions.</summary>
    public const int MaxText = 65_536;

    /// <summary>
    /// Adds a row. The write itself is done by then, so a database that is away does not undo it: the row goes to the
    /// log.
    /// </summary>
    public async Task WriteAsync(string by, string method, string path, string? before, string? after)
    {
        (before, after) = (Cut(before), Cut(after));
        try
        {
            using var connection = database.Open();
            await connection.InsertAsync(new Row
            {
                AtMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
                KeyName = by,
                Method = method,
                Path = path,
                BeforeJson = before,
                AfterJson = after,
            }).ConfigureAwait(false);
        }
        catch (Exception failure) when (Database.IsTransient(failure))
        {
            NotStored(log, failure, by, method, path, before, after);
        }
    }

    /// <summary>Rows, newest first, and how many there are.</summary>
    public async Task<(IReadOnlyList<AuditEntry> Items, int Total)> ListAsync(int skip, int take, CancellationToken cancel)
    {
        using var connection = database.Open();
        var rows =
            await connection.GetTable<Row>().OrderByDescending(r => r.Id).Skip(skip).Take(take).ToListAsync(cancel)
            .ConfigureAwait(false);
        var total = await connection.GetTable<Row>().CountAsync(cancel).ConfigureAwait(false);
        return (
            [.. rows.Select(r => new AuditEntry(
                r.Id, DateTimeOffset.FromUnixTimeMilliseconds(r.AtMs), r.KeyName, r.Method, r.Path, r.BeforeJson, r.AfterJson))],
            total);
    }

    private static string? Cut(string? text) => text?.Length > MaxText ? text[..MaxText] + "…" : text;

    [LoggerMessage(LogLevel.Error, "Audit row not stored: {By} {Method} {Path} before {Before} after {After}")]
    private static partial void NotStored(
        ILogger log, Exception failure, string by, string method, string path, string? before, string? after);

    [Table("audit")]
    private sealed class Row
    {
        [PrimaryKey, Identity, Column("id")]
        public long Id { get; init; }

        [Column("at_ms")]
        public long AtMs { get; init; }

        [Column("key_name"), NotNull]
        public string KeyName { get; init; } = "";

        [Column("method"), NotNull]
        public string Method { get; init; } = "";

        [Column("path"), NotNull]
        public string Path { get; init; } = "";

        [Column("before_json")]
        public string? BeforeJson { get; init; }

        [Column("after_json")]
        public string? AfterJson { get; init; }
    }
}
