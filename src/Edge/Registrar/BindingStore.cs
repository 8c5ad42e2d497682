using System.Data.Common;
using System.Globalization;
using System.Text;
using LinqToDB;
using LinqToDB.Data;
using Tandem.Shared;
using Tandem.Shared.Registrar;
using Tandem.Shared.Storage;

namespace Tandem.Edge.Registrar;

/// <summary>The table <c>sip_bindings</c>; one per process. Never used on a call's path once the owner of a phone is awake.</summary>
public sealed class BindingStore(Database database, TimeProvider time) : IBindingStore, IBindingQueries
{
    // 12 parameters a row; SQLite takes 32,766, PostgreSQL 65,535.
    private const int RowsPerStatement = 200;

    private const string Columns =
        "aor, contact, q, expires_at, path, source, node, node_id, sip_call_id, cseq, user_agent, registered_at";

    /// <inheritdoc />
    public async Task<IReadOnlyList<Binding>> Load(GatewayId gateway, DateTimeOffset now)
    {
        // SQLite has no asynchronous calls, and opening may block: never on an actor's thread.
        await Task.Yield();
        await using var connection = database.Open();
        var rows = await connection.QueryToListAsync(
            Read,
            $"SELECT {Columns} FROM sip_bindings WHERE aor = @aor AND expires_at > @now ORDER BY registered_at, contact",
            new DataParameter("aor", gateway.ToString(), DataType.Text),
            Now(now)).ConfigureAwait(false);
        return [.. rows.Select(r => r.Binding)];
    }

    /// <inheritdoc />
    public async Task Write(IReadOnlyList<BindingSet> sets)
    {
        await Task.Yield();
        await using var connection = database.Open();
        await using var transaction = await connection.BeginTransactionAsync().ConfigureAwait(false);

        // In one order everywhere, so that an owner and its successor cannot block each other.
        foreach (var chunk in sets.OrderBy(s => s.GatewayId.ToString(), StringComparer.Ordinal).Chunk(RowsPerStatement))
        {
            var parameters = chunk.Select((s, i) => Text($"a{i}", s.GatewayId.ToString())).ToArray();
            var names = string.Join(", ", Enumerable.Range(0, chunk.Length).Select(i => $"@a{i}"));
            await connection.ExecuteAsync($"DELETE FROM sip_bindings WHERE aor IN ({names})", parameters).ConfigureAwait(false);
        }

        var rows = sets.SelectMany(s => s.Items.Select(b => new BindingRow(s.GatewayId, b)));
        foreach (var chunk in rows.Chunk(RowsPerStatement))
        {
            var sql = new StringBuilder($"INSERT INTO sip_bindings ({Columns}) VALUES ");
            var parameters = new List<DataParameter>(chunk.Length * 6);
            for (var i = 0; i < chunk.Length; i++)
            {
                var b = chunk[i].Binding;
                sql.Append(i == 0 ? "" : ", ").Append(
                    CultureInfo.InvariantCulture,
                    $"(@a{i}, @c{i}, {(b.Q is { } q ? q.ToString(CultureInfo.InvariantCulture) : "NULL")}, ")
                    .Append(
                    CultureInfo.InvariantCulture,
                    $"{b.ExpiresAt.ToUnixTimeMilliseconds()}, @p{i}, @s{i}, @n{i}, {b.NodeId}, @i{i}, {b.CSeq}, @u{i}, ")
                    .Append(CultureInfo.InvariantCulture, $"{b.RegisteredAt.ToUnixTimeMilliseconds()})");
                parameters.AddRange([
                    Text($"a{i}", chunk[i].GatewayId.ToString()), Text($"c{i}", b.Contact), Text($"p{i}", b.Path),
                    Text($"s{i}", b.Source), Text($"n{i}", b.Node), Text($"i{i}", b.SipCallId), Text($"u{i}", b.UserAgent),
                ]);
            }

            // Two contacts of one text are one: the URIs were compared by the rules of SIP, this is the table's.
            sql.Append(" ON CONFLICT (aor, contact) DO NOTHING");
            await connection.ExecuteAsync(sql.ToString(), [.. parameters]).ConfigureAwait(false);
        }

        await transaction.CommitAsync().ConfigureAwait(false);
    }

    /// <inheritdoc />
    public async Task Purge(DateTimeOffset now)
    {
        await Task.Yield();
        await using var connection = database.Open();
        await connection.ExecuteAsync("DELETE FROM sip_bindings WHERE expires_at <= @now", Now(now)).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public async Task<(IReadOnlyList<BindingRow> Rows, int Total)> List(GatewayId? gateway, int offset, int limit)
    {
        await Task.Yield();
        await using var connection = database.Open();
        var where = gateway is null ? "expires_at > @now" : "expires_at > @now AND aor = @aor";
        var now = time.GetUtcNow();
        var aor = Text("aor", gateway?.ToString() ?? "");
        var total = await connection.ExecuteAsync<long>(
            $"SELECT COUNT(*) FROM sip_bindings WHERE {where}", Now(now), aor).ConfigureAwait(false);
        var rows = await connection.QueryToListAsync(
            Read,
            $"SELECT {Columns} FROM sip_bindings WHERE {where} ORDER BY aor, contact LIMIT @limit OFFSET @offset",
            Now(now),
            aor,
            new DataParameter("limit", Math.Clamp(limit, 0, IBindingQueries.MaxRows), DataType.Int32),
            new DataParameter("offset", Math.Max(0, offset), DataType.Int32)).ConfigureAwait(false);
        return (rows, (int)total);
    }

    private static DataParameter Now(DateTimeOffset now) => new("now", now.ToUnixTimeMilliseconds(), DataType.Int64);

    private static DataParameter Text(string name, string value) => new(name, value, DataType.Text);

    private static BindingRow Read(DbDataReader row) => new(
        GatewayId.TryParse(row.GetString(0), out var gateway)
            ? gateway
            : throw new InvalidOperationException($"sip_bindings holds {row.GetString(0)}, which is no gateway."),
        new Binding(
            row.GetString(1),
            row.IsDBNull(2) ? null : row.GetInt32(2),
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)),
            row.GetString(4),
            row.GetString(5),
            row.GetString(6),
            (uint)row.GetInt64(7),
            row.GetString(8),
            (uint)row.GetInt64(9),
            row.GetString(10),
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(11))));
}
