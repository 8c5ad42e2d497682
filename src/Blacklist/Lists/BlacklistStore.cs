using System.Globalization;
using System.Text;
using LinqToDB;
using LinqToDB.Data;
using Tandem.Shared;
using Tandem.Shared.Blacklist;
using Tandem.Shared.Storage;

namespace Tandem.Blacklist.Lists;

/// <summary>
/// The table <c>dynamic_blacklist</c>; one per process, used by the owners of lists, off the calls' path.
/// </summary>
public sealed class BlacklistStore(Database database) : IBlacklistStore
{
    // 8 parameters a row; SQLite takes 32,766, PostgreSQL 65,535.
    private const int RowsPerStatement = 200;

    private const string Columns = "scope, number, role, cause, listed_at, last_call_at, expires_at, calls";

    // A list that has a new owner may still get a late write of the old one: it must not bring an older state back.
    private const string Update =
        """
         ON CONFLICT (scope, role, number) DO UPDATE SET cause = excluded.cause, listed_at = excluded.listed_at,
         last_call_at = excluded.last_call_at, expires_at = excluded.expires_at, calls = excluded.calls
         WHERE excluded.last_call_at >= dynamic_blacklist.last_call_at
        """;

    /// <inheritdoc />
    public async Task<IReadOnlyList<BlacklistEntry>> Load(GatewayId? scope, DateTimeOffset now, int maxEntries)
    {
        // SQLite has no asynchronous calls, and opening may block: never on an actor's thread.
        await Task.Yield();
        await using var connection = database.Open();
        var nowMs = new DataParameter("now", now.ToUnixTimeMilliseconds(), DataType.Int64);

        // Also what gateways left behind that are no longer ticked: nobody else would remove it.
        await connection.ExecuteAsync("DELETE FROM dynamic_blacklist WHERE expires_at <= @now", nowMs)
            .ConfigureAwait(false);
        var rows = await connection.QueryToListAsync(
            ReadEntry,
            $"SELECT {Columns} FROM dynamic_blacklist WHERE scope = @scope ORDER BY expires_at DESC LIMIT @max",
            new DataParameter("scope", ScopeText(scope), DataType.Text),
            new DataParameter("max", maxEntries, DataType.Int32)).ConfigureAwait(false);
        return rows;
    }

    /// <inheritdoc />
    public async Task Write(GatewayId? scope, BlacklistChanges changes)
    {
        await Task.Yield();
        await using var connection = database.Open();
        await using var transaction = await connection.BeginTransactionAsync().ConfigureAwait(false);
        var scopeText = ScopeText(scope);
        foreach (var rows in changes.Removed.Chunk(RowsPerStatement))
        {
            var sql = new StringBuilder("DELETE FROM dynamic_blacklist WHERE scope = @scope AND (");
            var parameters = new List<DataParameter> { new("scope", scopeText, DataType.Text) };
            for (var i = 0; i < rows.Length; i++)
            {
                sql.Append(i == 0 ? "" : " OR ")
                    .Append(CultureInfo.InvariantCulture, $"(role = {(int)rows[i].Role} AND number = @n{i})");
                parameters.Add(new DataParameter($"n{i}", rows[i].Number, DataType.Text));
            }

            await connection.ExecuteAsync(sql.Append(')').ToString(), [.. parameters]).ConfigureAwait(false);
        }

        foreach (var rows in changes.Listed.Chunk(RowsPerStatement))
        {
            var sql = new StringBuilder($"INSERT INTO dynamic_blacklist ({Columns}) VALUES ");
            var parameters = new List<DataParameter> { new("scope", scopeText, DataType.Text) };
            for (var i = 0; i < rows.Length; i++)
            {
                var e = rows[i];
                sql.Append(i == 0 ? "" : ", ").Append(
                    CultureInfo.InvariantCulture,
                    $"(@scope, @n{i}, {(int)e.Role}, {(int)e.Cause}, {e.ListedAt.ToUnixTimeMilliseconds()}, ")
                    .Append(
                    CultureInfo.InvariantCulture,
                    $"{e.LastCallAt.ToUnixTimeMilliseconds()}, {e.ExpiresAt.ToUnixTimeMilliseconds()}, {e.CallsInWindow})");
                parameters.Add(new DataParameter($"n{i}", e.Number, DataType.Text));
            }

            await connection.ExecuteAsync(sql.Append(Update).ToString(), [.. parameters]).ConfigureAwait(false);
        }

        await transaction.CommitAsync().ConfigureAwait(false);
    }

    private static string ScopeText(GatewayId? scope) => scope?.ToString() ?? "";

    private static BlacklistEntry ReadEntry(System.Data.Common.DbDataReader row)
    {
        var scopeText = row.GetString(0);
        GatewayId? scope = null;
        if (scopeText.Length > 0)
        {
            if (!GatewayId.TryParse(scopeText, out var gateway))
                throw new InvalidOperationException(
                    $"dynamic_blacklist holds the scope {scopeText}, which is no gateway.");
            scope = gateway;
        }

        return new BlacklistEntry(
            row.GetString(1),
            (NumberRole)row.GetInt16(2),
            scope,
            (BlacklistCause)row.GetInt16(3),
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)),
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(5)),
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(6)),
            row.GetInt32(7));
    }
}
