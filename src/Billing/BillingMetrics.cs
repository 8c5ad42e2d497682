using System.Diagnostics.Metrics;
using Tandem.Shared.Calls;

namespace Tandem.Billing;

/// <summary>What Billing counts; read by the node's metrics exporter under the meter's name.</summary>
public static class BillingMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Tandem.Billing";

    private static readonly Meter Meter = new(MeterName);

    internal static readonly Counter<long> Drift = Meter.CreateCounter<long>(
        "tandem_account_hold_drift", description: "Holds let go because no node had their call; stays 0.");

    internal static readonly Counter<long> Abandoned = Meter.CreateCounter<long>(
        "tandem_account_holds_abandoned", description: "Holds let go because the node of their call left the cluster.");

    internal static readonly Counter<long> OverHold = Meter.CreateCounter<long>(
        "tandem_account_charged_over_hold", description: "Charges over what the call held: it talked longer than it was allowed.");

    internal static readonly Counter<long> Conflicts = Meter.CreateCounter<long>(
        "tandem_ledger_conflicts", description: "Rows refused since their key or sequence was stored already.");

    internal static readonly Counter<long> ForeignRows = Meter.CreateCounter<long>(
        "tandem_ledger_second_owner", description: "Account actors that stopped because another owner had written; stays 0.");

    internal static readonly Counter<long> LedgerRows = Meter.CreateCounter<long>(
        "tandem_ledger_rows", description: "Rows stored.");

    internal static readonly Counter<long> LedgerFailures = Meter.CreateCounter<long>(
        "tandem_ledger_write_failures", description: "Commits that failed and are tried again.");

    internal static readonly Counter<long> CdrsWritten = Meter.CreateCounter<long>(
        "tandem_cdr_written", description: "Call records stored.");

    internal static readonly Counter<long> CdrsRefused = Meter.CreateCounter<long>(
        "tandem_cdr_queue_full", description: "Call records sent back since the queue was full.");

    internal static readonly Counter<long> CdrsRejected = Meter.CreateCounter<long>(
        "tandem_cdr_rejected", description: "Call records that the database can never take; they are in the log.");

    internal static readonly Counter<long> CdrFailures = Meter.CreateCounter<long>(
        "tandem_cdr_write_failures", description: "Commits that failed and are tried again.");

    private static readonly Counter<long> Refusals = Meter.CreateCounter<long>(
        "tandem_account_refused", description: "Calls refused by an account, by reason.");

    internal static void Refused(EndReason reason) =>
        Refusals.Add(1, new KeyValuePair<string, object?>("reason", reason.Info().Name));
}
