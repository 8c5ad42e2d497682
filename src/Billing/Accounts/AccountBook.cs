using System.Collections.Immutable;
using System.Globalization;
using Tandem.Billing.Rating;
using Tandem.Shared;
using Tandem.Shared.Accounts;
using Tandem.Shared.Calls;
using Tandem.Shared.Configuration;

namespace Tandem.Billing.Accounts;

/// <summary>What one call holds of an account.</summary>
/// <param name="Node">Address of the node on which the call lives.</param>
/// <param name="Amount">Money held, in the currency of the account.</param>
/// <param name="UntilSecond">Talk seconds that it covers; 0 when only the amount is known (learned from the call's
/// node).</param>
/// <param name="IsLast">The money ended there.</param>
/// <param name="Quote">The price; null when only the amount is known.</param>
/// <param name="Misses">Rounds in a row in which no node listed the call.</param>
public sealed record Hold(string Node, decimal Amount, int UntilSecond, bool IsLast, RateQuote? Quote, int Misses = 0);

/// <summary>What a command leads to.</summary>
/// <param name="Book">The state after it.</param>
/// <param name="Reply">What is answered; null when the command is not answered.</param>
/// <param name="Entry">The row to store; null when nothing is.</param>
/// <param name="StoredBy">The reply may go out when the ledger is stored up to this sequence; 0 is at once.</param>
public readonly record struct Decision(AccountBook Book, object? Reply, LedgerEntry? Entry = null, long StoredBy = 0);

/// <summary>
/// The rules of one account's money: pure and immutable. The balance already includes rows that are still being stored,
/// so no decision is made on money that is gone (style.md §3).
/// </summary>
/// <remarks>
/// Invariant I5, when the account has anti-overdraft on: charged + held ≤ balance + limitMoney. A hold is only given
/// when it fits beside all other holds, and the charge of a call that ended inside its hold is never over the hold,
/// since both are the same price function and that function never falls.
/// </remarks>
public sealed record AccountBook
{
    /// <summary>
    /// Ledger entries that are remembered for repeats; older ones are found by the table's UNIQUE key.
    /// </summary>
    public const int MaxRecent = 16_384;

    /// <summary>
    /// Largest posting in either direction, in units of the currency: far inside what 64-bit micros hold.
    /// </summary>
    public const decimal MaxPosting = 1_000_000_000m;

    /// <summary>The key of the posting of the configured opening balance.</summary>
    public const string OpeningKey = "opening";

    private const string BySwitch = "call";

    private AccountBook(AccountId id) => Id = id;

    /// <summary>The account.</summary>
    public AccountId Id { get; }

    /// <summary>Of the ledger's rows; null while there is none.</summary>
    public Currency? Currency { get; private init; }

    /// <summary>Sum of all rows, stored or being stored.</summary>
    public decimal Balance { get; private init; }

    /// <summary>Number of the last row, stored or being stored.</summary>
    public long Sequence { get; private init; }

    /// <summary>Sum of the holds.</summary>
    public decimal Held { get; private init; }

    /// <summary>By call.</summary>
    public ImmutableDictionary<CallId, Hold> Holds { get; private init; } = ImmutableDictionary<CallId, Hold>.Empty;

    private ImmutableDictionary<(PostingKind Kind, string Key), LedgerEntry> Recent { get; init; } =
        ImmutableDictionary<(PostingKind Kind, string Key), LedgerEntry>.Empty;

    private ImmutableQueue<(PostingKind Kind, string Key)> RecentOrder { get; init; } =
        ImmutableQueue<(PostingKind Kind, string Key)>.Empty;

    /// <summary>The book of an account whose newest stored row is <paramref name="last"/> (null: none).</summary>
    public static AccountBook From(AccountId id, LedgerEntry? last) => last is null
        ? new AccountBook(id)
        : new AccountBook(id)
        {
            Currency = last.Amount.Currency,
            Balance = last.Balance.Amount,
            Sequence = last.Sequence,
        };

    /// <summary>
    /// The book after the table turned out to be other than assumed: money as stored, rows behind it forgotten,
    /// <paramref name="known"/> remembered for repeats, holds kept. The rows that were not stored are decided anew.
    /// </summary>
    public AccountBook Rebased(LedgerEntry? last, IEnumerable<LedgerEntry> known)
    {
        var book = From(Id, last) with { Held = Held, Holds = Holds };
        foreach (var key in RecentOrder)
            if (Recent.TryGetValue(key, out var entry) && entry.Sequence <= book.Sequence) book = book.Remember(entry);
        foreach (var entry in known) book = book.Remember(entry);
        return book;
    }

    /// <summary>The opening balance of the configuration when it is still to be posted, else null.</summary>
    public AccountCommands.Post? OpeningDue(ConfigurationSnapshot configuration)
    {
        if (Sequence > 0 || !configuration.Accounts.TryGetValue(Id.Value, out var account)) return null;
        return account.OpeningBalance == 0m
            ? null
            : new AccountCommands.Post(
                Id,
                OpeningKey,
                PostingKind.Opening,
                new Money(account.OpeningBalance, new Currency(account.Currency)),
                "Opening balance of the configuration",
                "configuration");
    }

    /// <summary>May a call start (vos3000.md §6.6)?</summary>
    public Decision Decide(AccountCommands.Authorise command, ConfigurationSnapshot configuration, DateTimeOffset now)
    {
        if (Holds.TryGetValue(command.CallId, out var held) && held.Quote is { } promised)
        {
            return new Decision(this, new AccountReplies.Authorised(
                Id,
                command.CallId,
                promised,
                new Money(held.Amount, promised.Currency),
                held.UntilSecond,
                held.IsLast));
        }

        if (IsCharged(command.CallId))
            return Refuse(command.CallId, EndReason.SystemUnavailable, $"Call {command.CallId} is charged already.");
        if (!configuration.Accounts.TryGetValue(Id.Value, out var account))
        {
            return Refuse(
                command.CallId,
                EndReason.AccountLocked,
                $"Account {Id} does not exist in configuration version {configuration.Version}.");
        }

        if (account.LockType != LockType.None)
            return Refuse(command.CallId, EndReason.AccountLocked, $"Account {Id} is locked.");
        if (account.ValidTime is { } valid && now > valid)
            return Refuse(command.CallId, EndReason.AccountExpired, $"Account {Id} was valid until {valid:u}.");
        var currency = new Currency(account.Currency);
        if (Currency is { } stored && stored != currency)
        {
            return Refuse(
                command.CallId,
                EndReason.SystemUnavailable,
                $"The ledger of account {Id} is in {stored}, its configuration says {currency}.");
        }

        if (!configuration.RateGroups.TryGetValue(account.FeeRateGroup, out var table))
        {
            return Refuse(
                command.CallId,
                EndReason.RateNotFound,
                account.FeeRateGroup.Length == 0
                    ? $"Account {Id} has no rate group."
                    : $"Rate group {account.FeeRateGroup} of account {Id} does not exist.");
        }

        var rate = table.Find(command.BilledNumber);
        if (rate is null)
        {
            return Refuse(
                command.CallId,
                EndReason.RateNotFound,
                $"Rate group {table.Group.Name} has no rate for {command.BilledNumber}.");
        }

        if (rate.LockType != LockType.None)
        {
            return Refuse(
                command.CallId,
                EndReason.RateLocked,
                $"Prefix '{rate.FeePrefix}' of rate group {table.Group.Name} is locked.");
        }

        if (command.CallLevel != 0 && rate.Type > command.CallLevel)
        {
            return Refuse(
                command.CallId,
                EndReason.CallLevelLimit,
                $"Prefix '{rate.FeePrefix}' has type {rate.Type}, the caller may call up to {command.CallLevel}.");
        }

        var quote = table.Quote(rate, currency);
        var parameters = configuration.Parameters;
        var slice = Math.Max(Rating.Rating.FirstSteps(quote, parameters), parameters.AdvanceTimeSeconds);
        var usable = Usable(account, currency, command.CallId);
        if (Offer(command.Node, quote, slice, usable, parameters) is not { } hold)
        {
            return Refuse(
                command.CallId,
                EndReason.InsufficientBalance,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Account {Id} can use {usable} (balance {Balance}, limit {account.LimitMoney}, held by calls {Held}), ")
                + $"which does not buy the first step of prefix '{rate.FeePrefix}'.");
        }

        return new Decision(
            WithHold(command.CallId, hold),
            new AccountReplies.Authorised(
                Id, command.CallId, quote, new Money(hold.Amount, currency), hold.UntilSecond, hold.IsLast));
    }

    /// <summary>Rolls a hold on, as far as there is money.</summary>
    public Decision Decide(AccountCommands.Extend command, ConfigurationSnapshot configuration)
    {
        if (IsCharged(command.CallId))
            return Refuse(command.CallId, EndReason.SystemUnavailable, $"Call {command.CallId} is charged already.");
        var currency = command.Quote.Currency;
        if (Currency is { } stored && stored != currency)
        {
            return Refuse(
                command.CallId,
                EndReason.SystemUnavailable,
                $"The ledger of account {Id} is in {stored}, the call's price in {currency}.");
        }

        var own = Holds.GetValueOrDefault(command.CallId);
        if (own is { Quote: not null } && own.UntilSecond >= command.UntilSecond) return Extended(this, own);

        // An account that left the configuration while it has calls keeps no credit, and overdraws no further.
        var account = configuration.Accounts.GetValueOrDefault(Id.Value) ?? new AccountConfiguration();
        var parameters = configuration.Parameters;
        var usable = Usable(account, currency, command.CallId);

        // A deduction takes no hold away.
        if (own is not null && own.Amount > usable.Amount) usable = new Money(own.Amount, currency);
        var hold = Offer(command.Node, command.Quote, command.UntilSecond, usable, parameters);
        if (hold is null || (own is not null && hold.UntilSecond < own.UntilSecond))
        {
            hold = (own ?? new Hold(command.Node, 0m, 0, true, command.Quote)) with
            {
                IsLast = true,
                Quote = command.Quote,
            };
        }

        // The call goes on until its hold ends, so what it held stays held although a new price might be less.
        if (own is not null && own.Amount > hold.Amount) hold = hold with { Amount = own.Amount };
        return Extended(own is null && hold.UntilSecond == 0 ? this : WithHold(command.CallId, hold), hold);

        Decision Extended(AccountBook book, Hold now) => new(
            book,
            new AccountReplies.Extended(
                Id, command.CallId, new Money(now.Amount, currency), now.UntilSecond, now.IsLast));
    }

    /// <summary>Lets the hold of a call go.</summary>
    public AccountBook Released(CallId call) => Holds.TryGetValue(call, out var hold)
        ? this with { Holds = Holds.Remove(call), Held = Held - hold.Amount }
        : this;

    /// <summary>The price of a call that ended, once.</summary>
    public Decision Decide(AccountCommands.Charge command, ConfigurationSnapshot configuration, DateTimeOffset now)
    {
        var kind = EntryKindOf(command.Kind);
        var key = command.CallId.ToString();
        if (Recent.TryGetValue((kind, key), out var earlier))
            return new Decision(this, ReplyOf(earlier), StoredBy: earlier.Sequence);
        var currency = command.Quote.Currency;
        if (Currency is { } stored && stored != currency)
        {
            return Refuse(
                command.CallId,
                EndReason.SystemUnavailable,
                $"The ledger of account {Id} is in {stored}, the call's price in {currency}.");
        }

        var holdTime = Rating.Rating.HoldTime(command.TalkTime, configuration.Parameters);
        var price = Rating.Rating.Price(command.Quote, holdTime, configuration.Parameters);
        var entry = NextEntry(
            command.Kind == ChargeKind.Customer ? "@income" : "@cost",
            -price.Fee,
            kind,
            key,
            command.CallId,
            holdTime,
            price.FeeTimeSeconds,
            $"{command.BilledNumber} {command.Quote.AreaName}".TrimEnd(),
            BySwitch,
            now);
        var book = Posted(entry);
        return new Decision(
            command.Kind == ChargeKind.Customer ? book.Released(command.CallId) : book,
            ReplyOf(entry),
            entry,
            entry.Sequence);
    }

    /// <summary>A payment, deduction, opening balance or correction, once.</summary>
    public Decision Decide(AccountCommands.Post command, ConfigurationSnapshot configuration, DateTimeOffset now)
    {
        if (Recent.TryGetValue((command.Kind, command.Key), out var earlier))
        {
            return earlier.Amount == command.Amount
                ? new Decision(this, ReplyOf(earlier), StoredBy: earlier.Sequence)
                : Refused($"Key {command.Key} was used for {earlier.Amount}: take another key for another posting.");
        }

        if (command.Key.Length == 0) return Refused("A posting needs a key.");
        var amount = command.Amount;
        if (amount.Amount == 0m) return Refused("The amount is 0.");
        if (Math.Abs(amount.Amount) > MaxPosting) return Refused($"The amount is over {MaxPosting}.");
        if (amount != amount.Round(6)) return Refused("The amount has more than six decimals.");
        var contra = command.Kind switch
        {
            PostingKind.Opening => "@opening",
            PostingKind.Payment => "@cash",
            PostingKind.Deduction => "@cash",
            PostingKind.Correction => "@correction",
            PostingKind.CallCharge or PostingKind.CallCost => null,
        };
        if (contra is null) return Refused("Only a call's end posts its charge.");
        if (command.Kind == PostingKind.Payment && amount.Amount < 0m) return Refused("A payment is over 0.");
        if (command.Kind == PostingKind.Deduction && amount.Amount > 0m) return Refused("A deduction is under 0.");
        var currency = Currency ?? (configuration.Accounts.TryGetValue(Id.Value, out var account)
            ? new Currency(account.Currency)
            : null);
        if (currency is null) return Refused($"Account {Id} does not exist.");
        if (currency != amount.Currency) return Refused($"Account {Id} is in {currency}, the amount in {amount.Currency}.");

        var entry = NextEntry(contra, amount, command.Kind, command.Key, null, 0, 0, command.Memo, command.By, now);
        return new Decision(Posted(entry), ReplyOf(entry), entry, entry.Sequence);

        Decision Refused(string detail) => new(this, new AccountReplies.PostRefused(Id, command.Key, detail));
    }

    /// <summary>
    /// Takes over what a node says its calls hold; holds that are known in more detail stay as they are.
    /// </summary>
    public AccountBook Learned(string node, IEnumerable<HeldLease> leases)
    {
        var book = this;
        foreach (var lease in leases)
        {
            if (book.Holds.ContainsKey(lease.Key.CallId) || book.IsCharged(lease.Key.CallId)) continue;
            var amount = Math.Max(0, lease.AmountMicros) / Money.MicrosPerUnit;
            book = book.WithHold(lease.Key.CallId, new Hold(node, amount, 0, false, null));
        }

        return book;
    }

    /// <summary>
    /// Compares the holds of <paramref name="asked"/> (those that stood before the nodes were asked) with the calls
    /// that the nodes <paramref name="listed"/>; one that was missed in two rounds in a row is drift and let go.
    /// </summary>
    public (AccountBook Book, int Drift) Reconciled(IReadOnlySet<CallId> asked, IReadOnlySet<CallId> listed)
    {
        var (book, drift) = (this, 0);
        foreach (var (call, hold) in Holds)
        {
            if (!asked.Contains(call)) continue;
            if (listed.Contains(call))
            {
                if (hold.Misses > 0) book = book with { Holds = book.Holds.SetItem(call, hold with { Misses = 0 }) };
            }
            else if (hold.Misses == 0)
            {
                book = book with { Holds = book.Holds.SetItem(call, hold with { Misses = 1 }) };
            }
            else
            {
                book = book.Released(call);
                drift++;
            }
        }

        return (book, drift);
    }

    /// <summary>Lets go what calls of a node held that left the cluster.</summary>
    public (AccountBook Book, int Released) NodeGone(string node)
    {
        var (book, released) = (this, 0);
        foreach (var (call, hold) in Holds)
        {
            if (hold.Node != node) continue;
            book = book.Released(call);
            released++;
        }

        return (book, released);
    }

    /// <summary>What operators see.</summary>
    public AccountState State(ConfigurationSnapshot configuration)
    {
        var account = configuration.Accounts.GetValueOrDefault(Id.Value) ?? new AccountConfiguration();
        var currency = Currency ?? new Currency(account.Currency);
        return new AccountState(
            Id,
            new Money(Balance, currency),
            new Money(Held, currency),
            new Money(account.LimitMoney, currency),
            Holds.Count,
            Sequence);
    }

    /// <summary>The ledger's word for a charge.</summary>
    public static PostingKind EntryKindOf(ChargeKind kind) => kind switch
    {
        ChargeKind.Customer => PostingKind.CallCharge,
        ChargeKind.Clearing => PostingKind.CallCost,
    };

    // The answer to the command that a row was written for; the same when the row comes from the table.
    private static object ReplyOf(LedgerEntry entry) => entry.Kind switch
    {
        PostingKind.CallCharge or PostingKind.CallCost => new AccountReplies.Charged(
            entry.AccountId,
            entry.CallId!.Value,
            entry.Kind == PostingKind.CallCharge ? ChargeKind.Customer : ChargeKind.Clearing,
            -entry.Amount,
            entry.HoldTimeSeconds,
            entry.FeeTimeSeconds,
            entry.Balance),
        PostingKind.Opening or PostingKind.Payment or PostingKind.Deduction or PostingKind.Correction =>
            new AccountReplies.Posted(entry.AccountId, entry.Key, entry.Balance),
    };

    // The hold for talking until a second, or for as long as the money lasts; null when it does not buy the first step.
    private static Hold? Offer(string node, RateQuote quote, int untilSecond, Money usable, SystemParameters parameters)
    {
        var price = Rating.Rating.PriceOfSlice(quote, untilSecond, parameters);
        // What costs nothing is allowed to an account in debt, too.
        if (price.Fee <= usable || price.Fee.Amount == 0m)
            return new Hold(node, price.Fee.Amount, price.FeeTimeSeconds, false, quote);
        var talk = Rating.Rating.MaxTalkSeconds(quote, usable, parameters);
        return talk == 0
            ? null
            : new Hold(node, Rating.Rating.PriceOfSlice(quote, talk, parameters).Fee.Amount, talk, true, quote);
    }

    private Money Usable(AccountConfiguration account, Currency currency, CallId call)
    {
        var usable = Balance + account.LimitMoney;
        if (account.AntiOverdraft) usable -= Held - (Holds.GetValueOrDefault(call)?.Amount ?? 0m);
        return new Money(usable, currency);
    }

    private Decision Refuse(CallId call, EndReason reason, string detail) =>
        new(this, new AccountReplies.Refused(Id, call, new CallRejection(reason, detail)));

    private bool IsCharged(CallId call) => Recent.ContainsKey((PostingKind.CallCharge, call.ToString()));

    private AccountBook WithHold(CallId call, Hold hold) => this with
    {
        Held = Held - (Holds.GetValueOrDefault(call)?.Amount ?? 0m) + hold.Amount,
        Holds = Holds.SetItem(call, hold),
    };

    private LedgerEntry NextEntry(
        string contra,
        Money amount,
        PostingKind kind,
        string key,
        CallId? call,
        int holdTime,
        int feeTime,
        string memo,
        string by,
        DateTimeOffset now) => new(
        Id,
        Sequence + 1,
        contra,
        amount,
        new Money(Balance + amount.Amount, amount.Currency),
        kind,
        key,
        call,
        holdTime,
        feeTime,
        memo,
        by,
        DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds()));

    private AccountBook Posted(LedgerEntry entry) => Remember(entry) with
    {
        Currency = entry.Amount.Currency,
        Balance = entry.Balance.Amount,
        Sequence = entry.Sequence,
    };

    private AccountBook Remember(LedgerEntry entry)
    {
        var key = (entry.Kind, entry.Key);
        if (Recent.ContainsKey(key)) return this with { Recent = Recent.SetItem(key, entry) };
        var (recent, order) = (Recent.SetItem(key, entry), RecentOrder.Enqueue(key));
        if (recent.Count > MaxRecent)
        {
            order = order.Dequeue(out var oldest);
            recent = recent.Remove(oldest);
        }

        return this with { Recent = recent, RecentOrder = order };
    }
}
