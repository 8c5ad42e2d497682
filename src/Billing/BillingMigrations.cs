using Tandem.Shared.Storage;

namespace Tandem.Billing;

/// <summary>
/// The tables of Billing: ledger and call records. Amounts are whole micros, moments Unix milliseconds.
/// </summary>
public static class BillingMigrations
{
    private static readonly Migration Ledger = Both(
        201,
        "ledger",
        """
        CREATE TABLE ledger (
            account TEXT{C} NOT NULL,
            seq BIGINT NOT NULL,
            contra TEXT NOT NULL,
            amount_micros BIGINT NOT NULL,
            balance_micros BIGINT NOT NULL,
            currency TEXT NOT NULL,
            kind BIGINT NOT NULL,
            entry_key TEXT{C} NOT NULL,
            call_id TEXT{C},
            hold_time BIGINT NOT NULL,
            fee_time BIGINT NOT NULL,
            memo TEXT NOT NULL,
            posted_by TEXT NOT NULL,
            at_ms BIGINT NOT NULL,
            PRIMARY KEY (account, seq),
            UNIQUE (account, kind, entry_key)
        );
        """);

    private static readonly Migration Cdr = Both(
        202,
        "cdr",
        """
        CREATE TABLE cdr (
            call_id TEXT{C} PRIMARY KEY,
            caller_access TEXT NOT NULL,
            callee_access TEXT NOT NULL,
            caller TEXT{C} NOT NULL,
            callee TEXT{C} NOT NULL,
            mapping_gateway TEXT NOT NULL,
            caller_address TEXT NOT NULL,
            routing_gateway TEXT NOT NULL,
            account TEXT{C} NOT NULL,
            clearing_account TEXT NOT NULL,
            started_at BIGINT NOT NULL,
            rang_at BIGINT,
            answered_at BIGINT,
            ended_at BIGINT NOT NULL,
            hold_time BIGINT NOT NULL,
            fee_time BIGINT NOT NULL,
            fee_micros BIGINT,
            fee_currency TEXT,
            cost_micros BIGINT,
            cost_currency TEXT,
            fee_prefix TEXT NOT NULL,
            area_name TEXT NOT NULL,
            end_direction BIGINT NOT NULL,
            end_reason BIGINT NOT NULL,
            caller_sip_status BIGINT NOT NULL,
            sip_reason_header TEXT NOT NULL,
            caller_sip_call_id TEXT NOT NULL,
            node TEXT NOT NULL,
            configuration_version BIGINT NOT NULL,
            trace TEXT NOT NULL
        );
        CREATE INDEX cdr_started ON cdr (started_at, call_id);
        CREATE INDEX cdr_account ON cdr (account, started_at);
        CREATE INDEX cdr_caller ON cdr (caller, started_at);
        CREATE INDEX cdr_callee ON cdr (callee, started_at);
        CREATE TABLE cdr_attempt (
            call_id TEXT{C} NOT NULL,
            attempt BIGINT NOT NULL,
            routing_gateway TEXT NOT NULL,
            remote TEXT NOT NULL,
            caller TEXT NOT NULL,
            callee TEXT NOT NULL,
            started_at BIGINT NOT NULL,
            rang_at BIGINT,
            answered_at BIGINT,
            ended_at BIGINT NOT NULL,
            sip_status BIGINT NOT NULL,
            end_reason BIGINT NOT NULL,
            sip_reason_header TEXT NOT NULL,
            sip_call_id TEXT NOT NULL,
            PRIMARY KEY (call_id, attempt)
        );
        """);

    /// <summary>In order; Node joins them with those of the other areas.</summary>
    public static IReadOnlyList<Migration> All { get; } = [Ledger, Cdr];

    // PostgreSQL sorts text by language unless told; keys and prefixes are compared by bytes on both.
    private static Migration Both(int number, string name, string statements) => new(
        number,
        name,
        statements.Replace("{C}", "", StringComparison.Ordinal),
        statements.Replace("{C}", " COLLATE \"C\"", StringComparison.Ordinal));
}
