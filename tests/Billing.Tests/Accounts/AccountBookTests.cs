using CsCheck;
using Tandem.Billing.Accounts;
using Tandem.Shared;
using Tandem.Shared.Accounts;
using Tandem.Shared.Calls;
using Tandem.Shared.Configuration;
using static Tandem.Billing.Tests.Accounts.Scene;

namespace Tandem.Billing.Tests.Accounts;

public sealed class AccountBookTests
{
    [Fact]
    public void A_call_holds_the_price_of_the_first_slice()
    {
        var reply = Granted(Rich(), Authorise(1), Configuration(), out var book);
        Assert.Equal(new AccountReplies.Authorised(Alice, Call(1), Quote(), Dollars(0.6m), 60, false), reply);
        Assert.Equal((0.6m, 100m), (book.Held, book.Balance));
    }

    [Fact]
    public void The_first_slice_covers_all_sections_and_one_period_when_that_is_longer()
    {
        var configuration = new ConfigurationSnapshot(1, Configuration().Source with
        {
            RateGroups =
            [
                new RateGroupConfiguration
                {
                    Name = "retail",
                    Rates =
                    [
                        new RateConfiguration
                        {
                            Fee = 1m, Period = 50, Sections = [new RateSectionConfiguration { Fee = 2m, Time = 40 }],
                        },
                    ],
                },
            ],
        });
        var reply = Granted(Rich(), Authorise(1), configuration, out _);
        Assert.Equal((Dollars(3m), 90), (reply.Held, reply.HeldSeconds));
    }

    [Fact]
    public void With_less_money_the_call_gets_the_whole_steps_that_it_buys()
    {
        var reply = Granted(Book(0.355m), Authorise(1, "1555"), Configuration(), out _);
        Assert.Equal((Dollars(0.35m), 35, true), (reply.Held, reply.HeldSeconds, reply.IsLast));
    }

    [Fact]
    public void A_repeat_gets_the_same_reply_and_holds_no_more()
    {
        var first = Granted(Rich(), Authorise(1), Configuration(), out var book);
        Assert.Equal(first, Granted(book, Authorise(1), Configuration(), out var again));
        Assert.Equal(book.Held, again.Held);
    }

    [Theory]
    [InlineData("777", EndReason.RateNotFound)]
    [InlineData("4915", EndReason.RateLocked)]
    [InlineData("4930", EndReason.CallLevelLimit)]
    public void The_rate_decides(string number, EndReason reason) =>
        Assert.Equal(reason, Refused(Rich(), Authorise(1, number, 4), Configuration()));

    [Fact]
    public void Lock_expiry_rate_group_and_absence_refuse()
    {
        Assert.Equal(
            EndReason.AccountLocked, Refused(Rich(), Authorise(1), Configuration(a => a with { LockType = LockType.All })));
        Assert.Equal(
            EndReason.AccountExpired, Refused(Rich(), Authorise(1), Configuration(a => a with { ValidTime = Now.AddTicks(-1) })));
        Assert.Equal(
            EndReason.RateNotFound, Refused(Rich(), Authorise(1), Configuration(a => a with { FeeRateGroup = "" })));
        Assert.Equal(
            EndReason.AccountLocked, Refused(Rich(), Authorise(1), Configuration(a => a with { Account = "other" })));
        Assert.Equal(
            EndReason.SystemUnavailable, Refused(Rich(), Authorise(1), Configuration(a => a with { Currency = "EUR" })));
    }

    [Fact]
    public void Money_under_the_first_step_refuses_and_credit_allows()
    {
        Assert.Equal(EndReason.InsufficientBalance, Refused(Book(0.59m), Authorise(1), Configuration()));
        Granted(Book(0.59m), Authorise(1), Configuration(a => a with { LimitMoney = 0.01m }), out _);
    }

    [Fact]
    public void A_free_number_is_allowed_to_an_account_in_debt() =>
        Assert.Equal(Dollars(0m), Granted(Book(-1m), Authorise(1, "8001"), Configuration(), out _).Held);

    [Fact]
    public void Anti_overdraft_counts_what_other_calls_hold_and_without_it_they_do_not_count()
    {
        Granted(Book(1m), Authorise(1), Configuration(), out var book);
        Assert.Equal(EndReason.InsufficientBalance, Refused(book, Authorise(2), Configuration()));
        Granted(book, Authorise(2), Configuration(a => a with { AntiOverdraft = false }), out _);
    }

    [Fact]
    public void Extending_rolls_the_hold_until_the_money_ends()
    {
        Granted(Book(1.5m), Authorise(1), Configuration(), out var book);
        book = Extended(book, 1, 120, out var reply);
        Assert.Equal((Dollars(1.2m), 120, false), (reply.Held, reply.HeldSeconds, reply.IsLast));
        book = Extended(book, 1, 180, out reply);
        Assert.Equal((Dollars(1.2m), 120, true), (reply.Held, reply.HeldSeconds, reply.IsLast));
        Assert.Equal(1.2m, book.Held);
        Extended(book, 1, 60, out reply); // A late repeat.
        Assert.Equal(120, reply.HeldSeconds);
    }

    [Fact]
    public void A_hold_known_only_by_its_amount_is_extended_too()
    {
        var book = Book(1m).Learned(Node, [new HeldLease(new LeaseKey(Call(1), 0), 600_000)]);
        Assert.Equal(0.6m, book.Held);
        book = Extended(book, 1, 120, out var reply);
        Assert.Equal((Dollars(0.6m), 60, true), (reply.Held, reply.HeldSeconds, reply.IsLast));
        Assert.Equal(0.6m, book.Held);
    }

    [Fact]
    public void The_charge_lets_the_hold_go_and_is_made_once()
    {
        Granted(Rich(), Authorise(1), Configuration(), out var book);
        var decision = book.Decide(Charge(1, Quote(), 61.2), Configuration(), Now);
        Assert.Equal(
            new AccountReplies.Charged(Alice, Call(1), ChargeKind.Customer, Dollars(1.2m), 62, 120, Dollars(98.8m)),
            decision.Reply);
        Assert.Equal(("@income", Dollars(-1.2m), 2L), (decision.Entry!.Contra, decision.Entry.Amount, decision.Entry.Sequence));
        Assert.Equal((0m, 98.8m), (decision.Book.Held, decision.Book.Balance));

        var repeat = decision.Book.Decide(Charge(1, Quote(), 61.2), Configuration(), Now);
        Assert.Null(repeat.Entry);
        Assert.Equal((decision.Reply, 2L), (repeat.Reply, repeat.StoredBy));
        Assert.Equal(EndReason.SystemUnavailable, Refused(decision.Book, Authorise(1), Configuration()));
    }

    [Fact]
    public void A_clearing_charge_goes_to_costs_and_needs_no_hold()
    {
        var decision = AccountBook.From(Vendor, null)
            .Decide(Charge(1, Quote(), 10, ChargeKind.Clearing), Configuration(), Now);
        Assert.Equal(("@cost", PostingKind.CallCost), (decision.Entry!.Contra, decision.Entry.Kind));
        Assert.Equal(-0.6m, decision.Book.Balance);
    }

    [Theory]
    [InlineData(PostingKind.Payment, "-1", "over 0")]
    [InlineData(PostingKind.Deduction, "1", "under 0")]
    [InlineData(PostingKind.CallCharge, "-1", "end posts")]
    [InlineData(PostingKind.Payment, "0", "is 0")]
    [InlineData(PostingKind.Payment, "0.0000001", "six decimals")]
    [InlineData(PostingKind.Correction, "1000000001", "is over")]
    public void Bad_postings_are_refused_with_the_reason(PostingKind kind, string amount, string words)
    {
        var money = Dollars(decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture));
        var decision = Rich().Decide(new AccountCommands.Post(Alice, "k", kind, money, "", ""), Configuration(), Now);
        Assert.Contains(words, Assert.IsType<AccountReplies.PostRefused>(decision.Reply).Detail, StringComparison.Ordinal);
        Assert.Null(decision.Entry);
    }

    [Fact]
    public void A_posting_is_made_once_and_its_key_serves_no_other()
    {
        var decision = Rich().Decide(Pay(5m, "k"), Configuration(), Now);
        Assert.Equal(new AccountReplies.Posted(Alice, "k", Dollars(105m)), decision.Reply);
        Assert.Equal(decision.Reply, decision.Book.Decide(Pay(5m, "k"), Configuration(), Now).Reply);
        Assert.IsType<AccountReplies.PostRefused>(decision.Book.Decide(Pay(6m, "k"), Configuration(), Now).Reply);
    }

    [Fact]
    public void The_opening_balance_is_due_once()
    {
        var configuration = Configuration(a => a with { OpeningBalance = 7m });
        var empty = AccountBook.From(Alice, null);
        var decision = empty.Decide(empty.OpeningDue(configuration)!, configuration, Now);
        Assert.Equal(7m, decision.Book.Balance);
        Assert.Null(decision.Book.OpeningDue(configuration));
        Assert.Null(empty.OpeningDue(Configuration()));
    }

    [Fact]
    public void A_hold_without_a_call_is_let_go_after_two_rounds_and_not_before()
    {
        Granted(Rich(), Authorise(1), Configuration(), out var book);
        Granted(book, Authorise(2), Configuration(), out book);
        var asked = new HashSet<CallId> { Call(1), Call(2) };
        (book, var drift) = book.Reconciled(asked, new HashSet<CallId> { Call(2) });
        Assert.Equal((0, 2), (drift, book.Holds.Count));
        (book, drift) = book.Reconciled(asked, new HashSet<CallId> { Call(1) });
        Assert.Equal((0, 2), (drift, book.Holds.Count)); // Seen again: call 1 starts anew, call 2 has its first miss.
        (book, drift) = book.Reconciled(asked, new HashSet<CallId> { Call(1) });
        Assert.Equal((1, 1, 0.6m), (drift, book.Holds.Count, book.Held));
    }

    [Fact]
    public void Holds_of_a_node_that_left_are_let_go()
    {
        Granted(Rich(), Authorise(1), Configuration(), out var book);
        Granted(book, Authorise(2) with { Node = "other" }, Configuration(), out book);
        (book, var released) = book.NodeGone("other");
        Assert.Equal((1, 0.6m), (released, book.Held));
    }

    // I5. Calls start, go on and end in any order, none talks longer than it was allowed; a list of plain facts is the
    // reference. After each step: what is charged and held fits what was paid in and the credit.
    [Fact]
    public void With_anti_overdraft_no_order_of_parallel_calls_spends_more_than_there_is()
    {
        var step = Gen.Select(Gen.Int[0, 5], Gen.Int[0, 11], Gen.Int[0, 400], Gen.Int[1, 3]);
        Gen.Select(Gen.Long[0, 5_000_000], Gen.Long[0, 1_000_000], Gen.Int[0, 20], step.Array[1, 120]).Sample(
            (balance, limit, free, steps) =>
            {
                var configuration = Configuration(
                    a => a with { LimitMoney = limit / 1_000_000m },
                    ("SERVER_BILLING_FREE_TIME", $"{free}"));
                var paidIn = balance / 1_000_000m;
                var book = Book(paidIn);
                var running = new Dictionary<int, (RateQuote Quote, int Until, decimal Held)>();
                var charged = 0m;
                foreach (var (what, call, seconds, extra) in steps)
                {
                    var isRunning = running.TryGetValue(call, out var now);
                    if (what <= 1)
                    {
                        var number = (extra switch { 1 => "4930", 2 => "1555", _ => "8000" });
                        var decision = book.Decide(Authorise(call, number), configuration, Now);
                        book = decision.Book;
                        if (decision.Reply is AccountReplies.Authorised granted)
                            running[call] = (granted.Quote, granted.HeldSeconds, granted.Held.Amount);
                    }
                    else if (what <= 3 && isRunning)
                    {
                        var decision = book.Decide(
                            new AccountCommands.Extend(Alice, Call(call), Node, now.Quote, now.Until + seconds), configuration);
                        book = decision.Book;
                        var extended = (AccountReplies.Extended)decision.Reply!;
                        if (extended.HeldSeconds < now.Until) return false; // A promise is kept.
                        running[call] = (now.Quote, extended.HeldSeconds, extended.Held.Amount);
                    }
                    else if (what == 4 && isRunning)
                    {
                        var talked = Math.Min(seconds, now.Until);
                        var decision = book.Decide(Charge(call, now.Quote, talked), configuration, Now);
                        book = decision.Book;
                        charged += ((AccountReplies.Charged)decision.Reply!).Fee.Amount;
                        running.Remove(call);
                    }
                    else if (what == 5)
                    {
                        book = book.Released(Call(call));
                        running.Remove(call);
                    }

                    var held = running.Values.Sum(c => c.Held);
                    if (book.Held != held || book.Balance != paidIn - charged) return false;
                    if (charged + held > paidIn + (limit / 1_000_000m)) return false;
                }

                return true;
            });
    }

    private static AccountBook Rich() => Book(100m);

    private static AccountBook Book(decimal balance) => AccountBook.From(
        Alice,
        LedgerStoreTests.Entry(Alice, 1, balance, balance, PostingKind.Opening, "opening"));

    private static AccountReplies.Authorised Granted(
        AccountBook book,
        AccountCommands.Authorise command,
        ConfigurationSnapshot configuration,
        out AccountBook after)
    {
        var decision = book.Decide(command, configuration, Now);
        after = decision.Book;
        return Assert.IsType<AccountReplies.Authorised>(decision.Reply);
    }

    private static EndReason Refused(
        AccountBook book,
        AccountCommands.Authorise command,
        ConfigurationSnapshot configuration)
    {
        var decision = book.Decide(command, configuration, Now);
        Assert.Same(book, decision.Book);
        return Assert.IsType<AccountReplies.Refused>(decision.Reply).Rejection.Reason;
    }

    private static AccountBook Extended(AccountBook book, int call, int until, out AccountReplies.Extended reply)
    {
        var decision = book.Decide(new AccountCommands.Extend(Alice, Call(call), Node, Quote(), until), Configuration());
        reply = Assert.IsType<AccountReplies.Extended>(decision.Reply);
        return decision.Book;
    }
}
