using System.Collections.Immutable;
using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Tandem.Billing.Storage;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Shared.Cdr;
using Tandem.Shared.Storage;

namespace Tandem.Billing.Cdr;

/// <summary>
/// The tables <c>cdr</c> and <c>cdr_attempt</c>. Made once per process; <see cref="Write"/> blocks on the database, so
/// it is called from the writer's tasks, never from an actor's thread.
/// </summary>
public sealed class CdrStore(Database database) : ICdrQueries
{
    private const string Columns =
        "call_id, caller_access, callee_access, caller, callee, mapping_gateway, caller_address, routing_gateway, account, "
        + "clearing_account, started_at, rang_at, answered_at, ended_at, hold_time, fee_time, fee_micros, fee_currency, "
        + "cost_micros, cost_currency, fee_prefix, area_name, end_direction, end_reason, caller_sip_status, "
        + "sip_reason_header, caller_sip_call_id, node, configuration_version";

    private const string AttemptColumns =
        "attempt, routing_gateway, remote, caller, callee, started_at, rang_at, answered_at, ended_at, sip_status, "
        + "end_reason, sip_reason_header, sip_call_id";

    // Above every character of a number or name, in the order of bytes.
    private const string AfterAll = "\U0010FFFF";

    private static readonly InsertStatement<CallRecord> InsertCall = new(
        "cdr",
        [
            new("call_id", true, r => r.CallId.ToString()),
            new("caller_access", true, r => r.CallerAccess),
            new("callee_access", true, r => r.CalleeAccess),
            new("caller", true, r => r.Caller),
            new("callee", true, r => r.Callee),
            new("mapping_gateway", true, r => r.MappingGateway),
            new("caller_address", true, r => r.CallerAddress),
            new("routing_gateway", true, r => r.RoutingGateway),
            new("account", true, r => r.Account),
            new("clearing_account", true, r => r.ClearingAccount),
            new("started_at", false, r => Ms(r.StartedAt)),
            new("rang_at", false, r => Ms(r.RangAt)),
            new("answered_at", false, r => Ms(r.AnsweredAt)),
            new("ended_at", false, r => Ms(r.EndedAt)),
            new("hold_time", false, r => (long)r.HoldTimeSeconds),
            new("fee_time", false, r => (long)r.FeeTimeSeconds),
            new("fee_micros", false, r => r.Fee?.Micros),
            new("fee_currency", true, r => r.Fee?.Currency.Code),
            new("cost_micros", false, r => r.Cost?.Micros),
            new("cost_currency", true, r => r.Cost?.Currency.Code),
            new("fee_prefix", true, r => r.FeePrefix),
            new("area_name", true, r => r.AreaName),
            new("end_direction", false, r => (long)r.EndDirection),
            new("end_reason", false, r => (long)r.EndReason),
            new("caller_sip_status", false, r => (long)r.CallerSipStatus),
            new("sip_reason_header", true, r => r.SipReasonHeader),
            new("caller_sip_call_id", true, r => r.CallerSipCallId),
            new("node", true, r => r.Node),
            new("configuration_version", false, r => r.ConfigurationVersion),
            new("trace", true, r => JoinLines(r.Trace)),
        ],
        "ON CONFLICT DO NOTHING");

    private static readonly InsertStatement<(CallId Call, AttemptRecord Attempt)> InsertAttempt = new(
        "cdr_attempt",
        [
            new("call_id", true, r => r.Call.ToString()),
            new("attempt", false, r => (long)r.Attempt.Attempt),
            new("routing_gateway", true, r => r.Attempt.RoutingGateway),
            new("remote", true, r => r.Attempt.Remote),
            new("caller", true, r => r.Attempt.Caller),
            new("callee", true, r => r.Attempt.Callee),
            new("started_at", false, r => Ms(r.Attempt.StartedAt)),
            new("rang_at", false, r => Ms(r.Attempt.RangAt)),
            new("answered_at", false, r => Ms(r.Attempt.AnsweredAt)),
            new("ended_at", false, r => Ms(r.Attempt.EndedAt)),
            new("sip_status", false, r => (long)r.Attempt.SipStatus),
            new("end_reason", false, r => (long)r.Attempt.Reason),
            new("sip_reason_header", true, r => r.Attempt.SipReasonHeader),
            new("sip_call_id", true, r => r.Attempt.SipCallId),
        ],
        "ON CONFLICT DO NOTHING");

    private static readonly (string Name, Func<CallRecord, string> Value)[] CsvColumns =
    [
        ("callId", r => r.CallId.ToString()),
        ("callerAccess", r => r.CallerAccess),
        ("calleeAccess", r => r.CalleeAccess),
        ("caller", r => r.Caller),
        ("callee", r => r.Callee),
        ("mappingGateway", r => r.MappingGateway),
        ("callerAddress", r => r.CallerAddress),
        ("routingGateway", r => r.RoutingGateway),
        ("account", r => r.Account),
        ("clearingAccount", r => r.ClearingAccount),
        ("startedAt", r => Moment(r.StartedAt)),
        ("rangAt", r => Moment(r.RangAt)),
        ("answeredAt", r => Moment(r.AnsweredAt)),
        ("endedAt", r => Moment(r.EndedAt)),
        ("holdTime", r => r.HoldTimeSeconds.ToString(CultureInfo.InvariantCulture)),
        ("feeTime", r => r.FeeTimeSeconds.ToString(CultureInfo.InvariantCulture)),
        ("fee", r => r.Fee?.Amount.ToString(CultureInfo.InvariantCulture) ?? ""),
        ("feeCurrency", r => r.Fee?.Currency.Code ?? ""),
        ("cost", r => r.Cost?.Amount.ToString(CultureInfo.InvariantCulture) ?? ""),
        ("costCurrency", r => r.Cost?.Currency.Code ?? ""),
        ("feePrefix", r => r.FeePrefix),
        ("areaName", r => r.AreaName),
        ("endDirection", r => r.EndDirection.ToString()),
        ("endReason", r => r.EndReason.Info().Name),
        ("callerSipStatus", r => r.CallerSipStatus.ToString(CultureInfo.InvariantCulture)),
        ("sipReasonHeader", r => r.SipReasonHeader),
        ("callerSipCallId", r => r.CallerSipCallId),
        ("node", r => r.Node),
        ("configurationVersion", r => r.ConfigurationVersion.ToString(CultureInfo.InvariantCulture)),
    ];

    /// <summary>
    /// Stores records and their attempts in one transaction; those that are there already change nothing.
    /// </summary>
    public void Write(IReadOnlyList<CallRecord> records)
    {
        using var connection = database.OpenRaw();
        using var transaction = connection.BeginTransaction();
        InsertCall.Execute(connection, transaction, records);
        InsertAttempt.Execute(
            connection,
            transaction,
            [.. records.SelectMany(r => r.Attempts, (record, attempt) => (record.CallId, attempt))]);
        transaction.Commit();
    }

    /// <inheritdoc />
    public Task<CdrPage> ListAsync(CdrFilter filter, CdrCursor? after, int limit, CancellationToken cancel = default) =>
        Task.Run(
            () =>
            {
                limit = Math.Clamp(limit, 1, ICdrQueries.MaxPage);
                using var connection = database.OpenRaw();
                using var command = connection.CreateCommand();
                var where = Conditions(filter, after, command);
                Add(command, "limit", limit + 1L);
                command.CommandText =
                    $"SELECT {Columns} FROM cdr {where} ORDER BY started_at DESC, call_id DESC LIMIT @limit";
                List<CallRecord> records = [];
                using var reader = command.ExecuteReader();
                while (reader.Read()) records.Add(ReadCall(reader));
                if (records.Count <= limit) return new CdrPage(records, null);
                records.RemoveAt(limit);
                return new CdrPage(records, new CdrCursor(records[^1].StartedAt, records[^1].CallId));
            },
            cancel);

    /// <inheritdoc />
    public Task<CallRecord?> GetAsync(CallId callId, CancellationToken cancel = default) => Task.Run(
        () =>
        {
            using var connection = database.OpenRaw();
            using var command = connection.CreateCommand();
            command.CommandText = $"SELECT {Columns}, trace FROM cdr WHERE call_id = @id";
            Add(command, "id", callId.ToString());
            CallRecord record;
            using (var reader = command.ExecuteReader())
            {
                if (!reader.Read()) return null;
                var trace = reader.GetString(29);
                record = ReadCall(reader) with { Trace = trace.Length == 0 ? [] : [.. trace.Split('\n')] };
            }

            using var attempts = connection.CreateCommand();
            attempts.CommandText = $"SELECT {AttemptColumns} FROM cdr_attempt WHERE call_id = @id ORDER BY attempt";
            Add(attempts, "id", callId.ToString());
            var list = ImmutableArray.CreateBuilder<AttemptRecord>();
            using (var reader = attempts.ExecuteReader()) while (reader.Read()) list.Add(ReadAttempt(reader));
            return record with { Attempts = list.ToImmutable() };
        },
        cancel);

    /// <inheritdoc />
    public async IAsyncEnumerable<string> CsvAsync(
        CdrFilter filter,
        [EnumeratorCancellation] CancellationToken cancel = default)
    {
        yield return string.Join(',', CsvColumns.Select(c => c.Name));
        CdrCursor? after = null;
        do
        {
            var page = await ListAsync(filter, after, ICdrQueries.MaxPage, cancel).ConfigureAwait(false);
            foreach (var record in page.Records) yield return CsvLine(record);
            after = page.Next;
        }
        while (after is not null);
    }

    /// <summary>One record as a line of CSV; also how a record that cannot be stored gets into the log.</summary>
    internal static string CsvLine(CallRecord record)
    {
        var line = new StringBuilder(400);
        for (var i = 0; i < CsvColumns.Length; i++)
        {
            if (i > 0) line.Append(',');
            var value = CsvColumns[i].Value(record);
            if (value.AsSpan().IndexOfAny(",\"\r\n") < 0) line.Append(value);
            else line.Append('"').Append(value.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
        }

        return line.ToString();
    }

    private static string Conditions(CdrFilter filter, CdrCursor? after, DbCommand command)
    {
        List<string> all = [];
        Prefix("caller", filter.CallerPrefix);
        Prefix("callee", filter.CalleePrefix);
        Equal("mapping_gateway", filter.MappingGateway);
        Equal("routing_gateway", filter.RoutingGateway);
        Equal("account", filter.Account);
        if (filter.EndReason is { } reason) Condition("end_reason = @reason", "reason", (long)reason);
        if (filter.From is { } from) Condition("started_at >= @from_ms", "from_ms", Ms(from));
        if (filter.To is { } to) Condition("started_at < @to_ms", "to_ms", Ms(to));
        if (after is { } cursor)
        {
            Condition("(started_at, call_id) < (@after_ms, @after_id)", "after_ms", Ms(cursor.StartedAt));
            Add(command, "after_id", cursor.CallId.ToString());
        }

        return all.Count == 0 ? "" : "WHERE " + string.Join(" AND ", all);

        void Condition(string words, string name, object value)
        {
            all.Add(words);
            Add(command, name, value);
        }

        void Equal(string column, string? value)
        {
            if (!string.IsNullOrEmpty(value)) Condition($"{column} = @{column}", column, value);
        }

        void Prefix(string column, string? value)
        {
            if (string.IsNullOrEmpty(value)) return;
            Condition($"{column} >= @{column} AND {column} < @{column}_end", column, value);
            Add(command, column + "_end", value + AfterAll);
        }
    }

    private static void Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
    }

    private static CallRecord ReadCall(DbDataReader reader) => new()
    {
        CallId = CallId.TryParse(reader.GetString(0), out var id) ? id : default,
        CallerAccess = reader.GetString(1),
        CalleeAccess = reader.GetString(2),
        Caller = reader.GetString(3),
        Callee = reader.GetString(4),
        MappingGateway = reader.GetString(5),
        CallerAddress = reader.GetString(6),
        RoutingGateway = reader.GetString(7),
        Account = reader.GetString(8),
        ClearingAccount = reader.GetString(9),
        StartedAt = At(reader, 10)!.Value,
        RangAt = At(reader, 11),
        AnsweredAt = At(reader, 12),
        EndedAt = At(reader, 13)!.Value,
        HoldTimeSeconds = (int)reader.GetInt64(14),
        FeeTimeSeconds = (int)reader.GetInt64(15),
        Fee = MoneyAt(reader, 16),
        Cost = MoneyAt(reader, 18),
        FeePrefix = reader.GetString(20),
        AreaName = reader.GetString(21),
        EndDirection = (EndDirection)reader.GetInt64(22),
        EndReason = (EndReason)reader.GetInt64(23),
        CallerSipStatus = (int)reader.GetInt64(24),
        SipReasonHeader = reader.GetString(25),
        CallerSipCallId = reader.GetString(26),
        Node = reader.GetString(27),
        ConfigurationVersion = reader.GetInt64(28),
    };

    private static AttemptRecord ReadAttempt(DbDataReader reader) => new(
        (int)reader.GetInt64(0),
        reader.GetString(1),
        reader.GetString(2),
        reader.GetString(3),
        reader.GetString(4),
        At(reader, 5)!.Value,
        At(reader, 6),
        At(reader, 7),
        At(reader, 8)!.Value,
        (int)reader.GetInt64(9),
        (EndReason)reader.GetInt64(10),
        reader.GetString(11),
        reader.GetString(12));

    private static DateTimeOffset? At(DbDataReader reader, int column) => reader.IsDBNull(column)
        ? null
        : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(column));

    private static Money? MoneyAt(DbDataReader reader, int column) => reader.IsDBNull(column)
        ? null
        : Money.FromMicros(reader.GetInt64(column), new Currency(reader.GetString(column + 1)));

    private static long Ms(DateTimeOffset moment) => moment.ToUnixTimeMilliseconds();

    private static long? Ms(DateTimeOffset? moment) => moment?.ToUnixTimeMilliseconds();

    private static string Moment(DateTimeOffset? moment) =>
        moment?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture) ?? "";

    private static string JoinLines(ImmutableArray<string> lines) =>
        string.Join('\n', lines.Select(l => l.ReplaceLineEndings(" ")));
}
