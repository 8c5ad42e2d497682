using System.Collections.Immutable;
using System.Data.Common;
using System.Globalization;
using Tandem.Billing.Storage;
using Tandem.Shared;
using Tandem.Shared.Accounts;
using Tandem.Shared.Storage;

namespace Tandem.Billing.Accounts;

/// <summary>What an account has in the table, as its actor reads it at start.</summary>
/// <param name="Last">Its newest row; null when it has none.</param>
/// <param name="Found">Rows of the keys that were asked for.</param>
/// <param name="After">Rows behind the sequence that was asked for, in order.</param>
public sealed record StoredLedger(
    LedgerEntry? Last,
    IReadOnlyList<LedgerEntry> Found,
    IReadOnlyList<LedgerEntry> After);

/// <summary>A row was refused: its sequence or its key is in the table already.</summary>
public sealed class LedgerConflictException(Exception inner)
    : Exception("A ledger row with this sequence or key is stored already.", inner);

/// <summary>
/// The table <c>ledger</c>: the journal of all money. Rows are only added. Made once per process; methods block on the
/// database, so they are called from the writer's tasks, never from an actor's thread.
/// </summary>
public sealed class LedgerStore(Database database) : ILedgerQueries
{
    private const int MaxFaults = 100;
    private const int VerifyPage = 5_000;

    private const string Columns =
        "account, seq, contra, amount_micros, balance_micros, currency, kind, entry_key, call_id, hold_time, fee_time, "
        + "memo, posted_by, at_ms";

    private static readonly InsertStatement<LedgerEntry> Insert = new(
        "ledger",
        [
            new("account", true, e => e.AccountId.Value),
            new("seq", false, e => e.Sequence),
            new("contra", true, e => e.Contra),
            new("amount_micros", false, e => e.Amount.Micros),
            new("balance_micros", false, e => e.Balance.Micros),
            new("currency", true, e => e.Amount.Currency.Code),
            new("kind", false, e => (long)e.Kind),
            new("entry_key", true, e => e.Key),
            new("call_id", true, e => e.CallId?.ToString()),
            new("hold_time", false, e => (long)e.HoldTimeSeconds),
            new("fee_time", false, e => (long)e.FeeTimeSeconds),
            new("memo", true, e => e.Memo),
            new("posted_by", true, e => e.By),
            new("at_ms", false, e => e.At.ToUnixTimeMilliseconds()),
        ],
        "");

    /// <summary>Stores rows of any accounts, all or none.</summary>
    /// <exception cref="LedgerConflictException">One of them is there already; nothing was stored.</exception>
    public void Append(IReadOnlyList<LedgerEntry> entries)
    {
        using var connection = database.OpenRaw();
        using var transaction = connection.BeginTransaction();
        try
        {
            Insert.Execute(connection, transaction, entries);
            transaction.Commit();
        }
        catch (DbException failure) when (DbFailures.IsUniqueViolation(failure))
        {
            throw new LedgerConflictException(failure);
        }
    }

    /// <summary>
    /// The newest row of an account; with <paramref name="after"/> also the rows behind that sequence, and with
    /// <paramref name="keys"/> the rows that have those keys.
    /// </summary>
    public StoredLedger Read(
        AccountId account,
        long? after = null,
        IReadOnlyCollection<(PostingKind Kind, string Key)>? keys = null)
    {
        using var connection = database.OpenRaw();
        var last = Query(connection, "WHERE account = @a ORDER BY seq DESC LIMIT 1", ("a", account.Value));
        List<LedgerEntry> found = [];
        foreach (var (kind, key) in keys ?? [])
        {
            found.AddRange(Query(
                connection,
                "WHERE account = @a AND kind = @k AND entry_key = @e",
                ("a", account.Value), ("k", (long)kind), ("e", key)));
        }

        IReadOnlyList<LedgerEntry> behind = after is { } sequence
            ? Query(connection, "WHERE account = @a AND seq > @s ORDER BY seq", ("a", account.Value), ("s", sequence))
            : [];
        return new StoredLedger(last.Count == 0 ? null : last[0], found, behind);
    }

    /// <inheritdoc />
    public Task<IReadOnlyList<LedgerEntry>> PageAsync(
        AccountId account,
        long? before,
        int limit,
        CancellationToken cancel = default) => Task.Run<IReadOnlyList<LedgerEntry>>(
        () =>
        {
            using var connection = database.OpenRaw();
            return Query(
                connection,
                "WHERE account = @a AND seq < @s ORDER BY seq DESC LIMIT @n",
                ("a", account.Value),
                ("s", before ?? long.MaxValue),
                ("n", (long)Math.Clamp(limit, 1, ILedgerQueries.MaxPage)));
        },
        cancel);

    /// <inheritdoc />
    public Task<IReadOnlyList<AccountBalance>> BalancesAsync(CancellationToken cancel = default) =>
        Task.Run<IReadOnlyList<AccountBalance>>(
            () =>
            {
                using var connection = database.OpenRaw();
                var last = Query(
                    connection,
                    "WHERE (account, seq) IN (SELECT account, max(seq) FROM ledger GROUP BY account) ORDER BY account");
                return [.. last.Select(e => new AccountBalance(e.AccountId, e.Balance, e.Sequence))];
            },
            cancel);

    /// <inheritdoc />
    public Task<LedgerVerification> VerifyAsync(AccountId account, CancellationToken cancel = default) =>
        Task.Run(() => Verify(account, cancel), cancel);

    private LedgerVerification Verify(AccountId account, CancellationToken cancel)
    {
        List<string> faults = [];
        LedgerEntry? previous = null;
        var sum = 0m;
        long count = 0;
        using var connection = database.OpenRaw();
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            var page = Query(
                connection,
                "WHERE account = @a AND seq > @s ORDER BY seq LIMIT @n",
                ("a", account.Value),
                ("s", previous?.Sequence ?? long.MinValue),
                ("n", (long)VerifyPage));
            foreach (var entry in page)
            {
                count++;
                sum += entry.Amount.Amount;
                if (entry.Sequence != (previous?.Sequence ?? 0) + 1)
                    Fault($"row {entry.Sequence} follows row {previous?.Sequence ?? 0}");
                if (previous is not null && previous.Amount.Currency != entry.Amount.Currency)
                    Fault($"row {entry.Sequence} is in {entry.Amount.Currency}, not {previous.Amount.Currency}");
                var before = previous?.Balance.Amount ?? 0m;
                if (entry.Balance.Amount != before + entry.Amount.Amount)
                    Fault($"row {entry.Sequence}: balance {entry.Balance} is not {before} + {entry.Amount}");
                previous = entry;
            }

            if (page.Count < VerifyPage) break;
        }

        if (previous is not null && previous.Balance.Amount != sum)
            Fault($"the balance is {previous.Balance}, the sum of the rows {sum}");
        return new LedgerVerification(account, count, previous?.Balance, faults);

        void Fault(string words)
        {
            if (faults.Count < MaxFaults) faults.Add(string.Create(CultureInfo.InvariantCulture, $"{account}: {words}"));
        }
    }

    private static List<LedgerEntry> Query(
        DbConnection connection,
        string tail,
        params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT {Columns} FROM ledger {tail}";
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        List<LedgerEntry> rows = [];
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var currency = new Currency(reader.GetString(5));
            rows.Add(new LedgerEntry(
                new AccountId(reader.GetString(0)),
                reader.GetInt64(1),
                reader.GetString(2),
                Money.FromMicros(reader.GetInt64(3), currency),
                Money.FromMicros(reader.GetInt64(4), currency),
                (PostingKind)reader.GetInt64(6),
                reader.GetString(7),
                !reader.IsDBNull(8) && CallId.TryParse(reader.GetString(8), out var id) ? id : null,
                (int)reader.GetInt64(9),
                (int)reader.GetInt64(10),
                reader.GetString(11),
                reader.GetString(12),
                DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(13))));
        }

        return rows;
    }
}
