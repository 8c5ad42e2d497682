using System.Collections.Immutable;
using Tandem.Shared.Calls;
using Tandem.Shared.Cluster;

namespace Tandem.Shared.Accounts;

/// <summary>One step of a rate's first period: <paramref name="Fee"/> for up to <paramref name="Seconds"/>.</summary>
public sealed record RateSection(decimal Fee, int Seconds);

/// <summary>
/// The price that a call was promised when it was authorised, copied out of the rate group so that a later change of rates
/// does not touch a running call.
/// </summary>
/// <param name="RateGroup">The group's name.</param>
/// <param name="Prefix">The prefix that matched (CDR feePrefix); empty is the catch-all.</param>
/// <param name="AreaName">Destination label.</param>
/// <param name="Fee">Price of one period after the sections.</param>
/// <param name="PeriodSeconds">The period, over 0.</param>
/// <param name="Sections">First-period steps, in order; may be empty.</param>
/// <param name="Currency">Of the account.</param>
public sealed record RateQuote(
    string RateGroup,
    string Prefix,
    string AreaName,
    decimal Fee,
    int PeriodSeconds,
    ImmutableArray<RateSection> Sections,
    Currency Currency)
{
    /// <inheritdoc />
    public bool Equals(RateQuote? other) => other is not null
        && RateGroup == other.RateGroup && Prefix == other.Prefix && AreaName == other.AreaName && Fee == other.Fee
        && PeriodSeconds == other.PeriodSeconds && Currency == other.Currency && Sections.SequenceEqual(other.Sections);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(RateGroup, Prefix, Fee, PeriodSeconds, Currency, Sections.Length);
}

/// <summary>Which side of a call a charge is for; with the call's id it is the charge's idempotency key.</summary>
public enum ChargeKind : byte
{
    /// <summary>The customer pays for the call.</summary>
    Customer,

    /// <summary>The clearing account pays the vendor's price.</summary>
    Clearing,
}

/// <summary>What a payment or correction is (VOS3000 payment history).</summary>
public enum PostingKind : byte
{
    /// <summary>Opening balance.</summary>
    Opening,

    /// <summary>The customer paid.</summary>
    Payment,

    /// <summary>Taken off by an operator.</summary>
    Deduction,

    /// <summary>A call's charge.</summary>
    CallCharge,

    /// <summary>A vendor's price of a call.</summary>
    CallCost,

    /// <summary>Reverses or corrects an earlier entry.</summary>
    Correction,
}

/// <summary>What is asked of an account. Every command has a key; a repeat gets the same reply and changes nothing.</summary>
public static class AccountCommands
{
    /// <summary>
    /// May this call start? Finds the rate of <paramref name="BilledNumber"/>, checks lock, expiry and money, and holds the
    /// price of the first slice of talk time. Key: the call.
    /// </summary>
    /// <param name="AccountId">The payer.</param>
    /// <param name="CallId">The call.</param>
    /// <param name="Node">Address of the node on which the call lives.</param>
    /// <param name="BilledNumber">The callee number that is rated.</param>
    /// <param name="CallLevel">Highest rate type that the caller may call; 0 is any.</param>
    /// <param name="Deadline">After this moment the answer is of no use.</param>
    public sealed record Authorise(
        AccountId AccountId,
        CallId CallId,
        string Node,
        string BilledNumber,
        int CallLevel,
        DateTimeOffset Deadline) : IWithAccountId, IWireMessage;

    /// <summary>
    /// Hold the price of talk time up to <paramref name="UntilSecond"/> since answer. Key: the call and the second.
    /// </summary>
    public sealed record Extend(AccountId AccountId, CallId CallId, string Node, RateQuote Quote, int UntilSecond)
        : IWithAccountId, IWireMessage;

    /// <summary>Let the hold of a call go: it was never answered. Not answered; idempotent.</summary>
    public sealed record Release(AccountId AccountId, CallId CallId) : IWithAccountId, IWireMessage;

    /// <summary>
    /// The call ended: compute the price once, write it to the ledger once, let the hold go. Key: the call and the kind.
    /// Answered only after the entry is stored; no answer means unknown: repeat with the same key.
    /// </summary>
    /// <param name="AccountId">Who pays.</param>
    /// <param name="CallId">The call.</param>
    /// <param name="Kind">Customer or clearing account.</param>
    /// <param name="Quote">The price promised.</param>
    /// <param name="TalkTime">Stop minus answer, unrounded.</param>
    /// <param name="BilledNumber">For the ledger's memo.</param>
    /// <param name="EndedAt">When the call ended.</param>
    public sealed record Charge(
        AccountId AccountId,
        CallId CallId,
        ChargeKind Kind,
        RateQuote Quote,
        TimeSpan TalkTime,
        string BilledNumber,
        DateTimeOffset EndedAt) : IWithAccountId, IWireMessage;

    /// <summary>A payment, deduction, opening balance or correction. Key: <paramref name="Key"/>.</summary>
    /// <param name="AccountId">The account.</param>
    /// <param name="Key">Given by the caller; a repeat with the same key is the same posting.</param>
    /// <param name="Kind">What it is.</param>
    /// <param name="Amount">Effect on the balance: positive adds.</param>
    /// <param name="Memo">For people.</param>
    /// <param name="By">Who posted it.</param>
    public sealed record Post(AccountId AccountId, string Key, PostingKind Kind, Money Amount, string Memo, string By)
        : IWithAccountId, IWireMessage;
}

/// <summary>What an account answers.</summary>
public static class AccountReplies
{
    /// <summary>The call may start.</summary>
    /// <param name="AccountId">The payer.</param>
    /// <param name="CallId">The call.</param>
    /// <param name="Quote">The price.</param>
    /// <param name="Held">Money held now.</param>
    /// <param name="HeldSeconds">Talk seconds that the hold covers; ask to extend before they are over.</param>
    /// <param name="IsLast">True when the money ends there: the call is cut at that second.</param>
    public sealed record Authorised(
        AccountId AccountId,
        CallId CallId,
        RateQuote Quote,
        Money Held,
        int HeldSeconds,
        bool IsLast) : IWithAccountId, IWireMessage;

    /// <summary>The hold covers more now (or as much as there is).</summary>
    public sealed record Extended(AccountId AccountId, CallId CallId, Money Held, int HeldSeconds, bool IsLast)
        : IWithAccountId, IWireMessage;

    /// <summary>The call may not start, or the posting was refused.</summary>
    public sealed record Refused(AccountId AccountId, CallId CallId, CallRejection Rejection)
        : IWithAccountId, IWireMessage;

    /// <summary>The charge is in the ledger.</summary>
    /// <param name="AccountId">Who paid.</param>
    /// <param name="CallId">The call.</param>
    /// <param name="Kind">Customer or clearing account.</param>
    /// <param name="Fee">The price, 0 or more.</param>
    /// <param name="HoldTimeSeconds">Talk time after rounding (vos3000.md §6.2).</param>
    /// <param name="FeeTimeSeconds">Seconds charged, at least the talk time (billable duration).</param>
    /// <param name="Balance">After the charge.</param>
    public sealed record Charged(
        AccountId AccountId,
        CallId CallId,
        ChargeKind Kind,
        Money Fee,
        int HoldTimeSeconds,
        int FeeTimeSeconds,
        Money Balance) : IWithAccountId, IWireMessage;

    /// <summary>The posting is in the ledger (now, or since an earlier try with the same key).</summary>
    public sealed record Posted(AccountId AccountId, string Key, Money Balance) : IWithAccountId, IWireMessage;

    /// <summary>The posting was refused.</summary>
    public sealed record PostRefused(AccountId AccountId, string Key, string Detail) : IWithAccountId, IWireMessage;
}

/// <summary>Questions about an account.</summary>
public static class AccountQueries
{
    /// <summary>Balance and holds now.</summary>
    public sealed record GetState(AccountId AccountId) : IWithAccountId, IWireMessage;
}

/// <summary>An account's money now.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="Balance">Sum of its ledger entries.</param>
/// <param name="Held">Sum of the holds: what is at risk.</param>
/// <param name="CreditLimit">How far under zero it may go.</param>
/// <param name="Holds">Calls that hold money.</param>
/// <param name="LastSequence">Number of its last ledger entry.</param>
public sealed record AccountState(
    AccountId AccountId,
    Money Balance,
    Money Held,
    Money CreditLimit,
    int Holds,
    long LastSequence) : IWithAccountId, IWireMessage;
