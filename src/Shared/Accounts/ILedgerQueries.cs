namespace Tandem.Shared.Accounts;

/// <summary>
/// One row of the ledger: a balanced transfer between an account and a contra account. Rows are never changed or deleted;
/// a correction is a new row.
/// </summary>
/// <param name="AccountId">The account.</param>
/// <param name="Sequence">1, 2, 3, … of this account, without gaps.</param>
/// <param name="Contra">
/// The other side, which changes by −<paramref name="Amount"/>: <c>@income</c>, <c>@cost</c>, <c>@cash</c>,
/// <c>@opening</c>, <c>@correction</c>.
/// </param>
/// <param name="Amount">Effect on the account: positive adds.</param>
/// <param name="Balance">Of the account, after this row.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Key">With account and kind the idempotency key: a call's id, or what the poster gave.</param>
/// <param name="CallId">The call that it is for; null for postings.</param>
/// <param name="HoldTimeSeconds">A call's talk time after rounding; 0 for postings.</param>
/// <param name="FeeTimeSeconds">A call's billable duration; 0 for postings.</param>
/// <param name="Memo">For people.</param>
/// <param name="By">Who posted it; <c>call</c> for charges.</param>
/// <param name="At">When it was decided; to the millisecond.</param>
public sealed record LedgerEntry(
    AccountId AccountId,
    long Sequence,
    string Contra,
    Money Amount,
    Money Balance,
    PostingKind Kind,
    string Key,
    CallId? CallId,
    int HoldTimeSeconds,
    int FeeTimeSeconds,
    string Memo,
    string By,
    DateTimeOffset At);

/// <summary>What an account has and how many rows say so.</summary>
public sealed record AccountBalance(AccountId AccountId, Money Balance, long LastSequence);

/// <summary>Whether the rows of an account agree with each other (invariant I4).</summary>
/// <param name="AccountId">The account.</param>
/// <param name="Entries">Rows read.</param>
/// <param name="Balance">Balance of the last row; null when there is no row.</param>
/// <param name="Faults">Each disagreement in words, at most 100; empty when all is well.</param>
public sealed record LedgerVerification(
    AccountId AccountId,
    long Entries,
    Money? Balance,
    IReadOnlyList<string> Faults)
{
    /// <summary>True when the rows agree.</summary>
    public bool IsSound => Faults.Count == 0;
}

/// <summary>
/// Reads the ledger; off the call's path. Methods throw the database's exception when it is away
/// (<see cref="Storage.Database.IsTransient"/> tells).
/// </summary>
public interface ILedgerQueries
{
    /// <summary>Most rows of one page; more are cut down to it.</summary>
    const int MaxPage = 1_000;

    /// <summary>
    /// Rows of an account, newest first, with a sequence under <paramref name="before"/> (null: from the newest);
    /// <paramref name="limit"/> is 1 to <see cref="MaxPage"/>. The last row's sequence is the next page's
    /// <paramref name="before"/>; a row of sequence 1 is the last there is.
    /// </summary>
    Task<IReadOnlyList<LedgerEntry>> PageAsync(
        AccountId account,
        long? before,
        int limit,
        CancellationToken cancel = default);

    /// <summary>Balances of all accounts that have a row, by account. What is held by running calls is not in it.</summary>
    Task<IReadOnlyList<AccountBalance>> BalancesAsync(CancellationToken cancel = default);

    /// <summary>
    /// Reads all rows of an account and checks that sequences have no gaps, that each balance is the one before plus the
    /// amount, that the balance is the sum of the amounts, and that the currency is one.
    /// </summary>
    Task<LedgerVerification> VerifyAsync(AccountId account, CancellationToken cancel = default);
}
