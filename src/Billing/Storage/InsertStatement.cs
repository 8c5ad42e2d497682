using System.Collections.Immutable;
using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;
using NpgsqlTypes;
using Tandem.Shared.Storage;

namespace Tandem.Billing.Storage;

/// <summary>A column of a table and how a row fills it; every column is text or a 64-bit number.</summary>
/// <param name="Name">Column name.</param>
/// <param name="IsText">Text, else BIGINT.</param>
/// <param name="Value">A string, a long, or null.</param>
internal sealed record Column<TRow>(string Name, bool IsText, Func<TRow, object?> Value);

/// <summary>
/// Inserts many rows at once, the fastest way of each database: PostgreSQL one statement over arrays, SQLite one
/// prepared statement run for each row. The caller owns the transaction.
/// </summary>
internal sealed class InsertStatement<TRow>
{
    private readonly ImmutableArray<Column<TRow>> _columns;
    private readonly string _postgreSql;
    private readonly string _sqlite;

    public InsertStatement(string table, ImmutableArray<Column<TRow>> columns, string tail)
    {
        _columns = columns;
        var names = string.Join(", ", columns.Select(c => c.Name));
        var arrays = string.Join(", ", columns.Select((c, i) => $"@p{i}"));
        _postgreSql = $"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}) {tail}";
        _sqlite = $"INSERT INTO {table} ({names}) VALUES ({arrays}) {tail}";
    }

    /// <summary>Inserts all rows in their order.</summary>
    public void Execute(DbConnection connection, DbTransaction transaction, IReadOnlyList<TRow> rows)
    {
        if (rows.Count == 0) return;
        if (connection is NpgsqlConnection npgsql) OverArrays(npgsql, (NpgsqlTransaction)transaction, rows);
        else RowByRow((SqliteConnection)connection, (SqliteTransaction)transaction, rows);
    }

    private void OverArrays(NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<TRow> rows)
    {
        using var command = new NpgsqlCommand(_postgreSql, connection, transaction);
        for (var i = 0; i < _columns.Length; i++)
        {
            var column = _columns[i];
            var name = string.Create(CultureInfo.InvariantCulture, $"p{i}");
            if (column.IsText)
            {
                var values = new string?[rows.Count];
                for (var row = 0; row < values.Length; row++) values[row] = Storable((string?)ValueOf(column, rows[row]));
                command.Parameters.Add(new NpgsqlParameter(name, NpgsqlDbType.Array | NpgsqlDbType.Text) { Value = values });
            }
            else
            {
                var values = new long?[rows.Count];
                for (var row = 0; row < values.Length; row++) values[row] = (long?)ValueOf(column, rows[row]);
                command.Parameters.Add(new NpgsqlParameter(name, NpgsqlDbType.Array | NpgsqlDbType.Bigint) { Value = values });
            }
        }

        command.ExecuteNonQuery();
    }

    private void RowByRow(SqliteConnection connection, SqliteTransaction transaction, IReadOnlyList<TRow> rows)
    {
        using var command = new SqliteCommand(_sqlite, connection, transaction);
        for (var i = 0; i < _columns.Length; i++)
        {
            command.Parameters.Add(
                string.Create(CultureInfo.InvariantCulture, $"@p{i}"),
                _columns[i].IsText ? SqliteType.Text : SqliteType.Integer);
        }

        command.Prepare();
        foreach (var row in rows)
        {
            for (var i = 0; i < _columns.Length; i++)
            {
                var value = ValueOf(_columns[i], row);
                command.Parameters[i].Value = (_columns[i].IsText ? Storable((string?)value) : value) ?? DBNull.Value;
            }

            command.ExecuteNonQuery();
        }
    }

    private static object? ValueOf(Column<TRow> column, TRow row)
    {
        try
        {
            return column.Value(row);
        }
        catch (Exception failure) when (failure is InvalidOperationException or OverflowException)
        {
            throw new BadRowException(column.Name, failure); // Money too fine or too large for micros.
        }
    }

    // Numbers and headers come from the network: PostgreSQL takes neither NUL nor half a surrogate pair, and one such
    // row would hold up all others for ever.
    private static string? Storable(string? text)
    {
        if (text is null) return null;
        foreach (var symbol in text)
        {
            if (symbol != '\0' && !char.IsSurrogate(symbol)) continue;
            return string.Create(text.Length, text, static (span, source) =>
            {
                for (var i = 0; i < span.Length; i++)
                {
                    var paired = (char.IsHighSurrogate(source[i]) && i + 1 < span.Length && char.IsLowSurrogate(source[i + 1]))
                        || (char.IsLowSurrogate(source[i]) && i > 0 && char.IsHighSurrogate(source[i - 1]));
                    span[i] = source[i] == '\0' || (char.IsSurrogate(source[i]) && !paired) ? '\uFFFD' : source[i];
                }
            });
        }

        return text;
    }
}
