using Tandem.Billing.Accounts;
using Tandem.Shared;
using Tandem.Shared.Accounts;
using Tandem.Shared.Storage;
using Tandem.TestSupport;

namespace Tandem.Billing.Tests.Accounts;

public sealed class LedgerStoreTests
{
    private static readonly Currency Usd = new("USD");
    private static readonly AccountId Alice = new("alice");
    private static readonly CallId Call = new(7, 3, 0xabc);

    [Theory, ClassData(typeof(Providers))]
    public async Task Keeps_rows_as_they_were_given(StorageProvider provider)
    {
        await using var db = await TestDatabase.CreateAsync(provider, BillingMigrations.All);
        var store = new LedgerStore(db.Database);
        var payment = Entry(Alice, 1, 10m, 10m, PostingKind.Payment, "p1");
        var charge = Entry(Alice, 2, -0.123456m, 9.876544m, PostingKind.CallCharge, Call.ToString()) with
        {
            CallId = Call,
            HoldTimeSeconds = 59,
            FeeTimeSeconds = 60,
        };
        store.Append([payment, charge]);

        Assert.Equal([charge, payment], await store.PageAsync(Alice, null, 10));
        Assert.Equal([payment], await store.PageAsync(Alice, 2, 10));
        Assert.Equal([charge], await store.PageAsync(Alice, null, 1));
        Assert.Equal(charge, store.Read(Alice).Last);
        Assert.Equal([payment], store.Read(Alice, null, [(PostingKind.Payment, "p1"), (PostingKind.Payment, "x")]).Found);
        Assert.Equal([charge], store.Read(Alice, 1).After);
        Assert.Equal([new AccountBalance(Alice, new Money(9.876544m, Usd), 2)], await store.BalancesAsync());
        Assert.Empty(await store.PageAsync(new AccountId("bob"), null, 10));
    }

    [Theory, ClassData(typeof(Providers))]
    public async Task A_second_owner_cannot_write_the_same_sequence(StorageProvider provider)
    {
        await using var db = await TestDatabase.CreateAsync(provider, BillingMigrations.All);
        var store = new LedgerStore(db.Database);
        store.Append([Entry(Alice, 1, 1m, 1m, PostingKind.Payment, "p1")]);
        Assert.Throws<LedgerConflictException>(
            () => store.Append([Entry(Alice, 1, 2m, 2m, PostingKind.Payment, "p2")]));
    }

    [Theory, ClassData(typeof(Providers))]
    public async Task A_key_is_stored_once_and_nothing_of_its_batch_is(StorageProvider provider)
    {
        await using var db = await TestDatabase.CreateAsync(provider, BillingMigrations.All);
        var store = new LedgerStore(db.Database);
        store.Append([Entry(Alice, 1, 1m, 1m, PostingKind.Payment, "p1")]);
        Assert.Throws<LedgerConflictException>(() => store.Append(
        [
            Entry(new AccountId("bob"), 1, 1m, 1m, PostingKind.Payment, "p1"),
            Entry(Alice, 2, 1m, 2m, PostingKind.Payment, "p1"),
        ]));
        Assert.Equal([Alice], (await store.BalancesAsync()).Select(b => b.AccountId));
    }

    [Theory, ClassData(typeof(Providers))]
    public async Task Verification_finds_gaps_and_broken_chains(StorageProvider provider)
    {
        await using var db = await TestDatabase.CreateAsync(provider, BillingMigrations.All);
        var store = new LedgerStore(db.Database);
        store.Append([Entry(Alice, 1, 5m, 5m, PostingKind.Payment, "a"), Entry(Alice, 2, -2m, 3m, PostingKind.Deduction, "b")]);
        var sound = await store.VerifyAsync(Alice);
        Assert.True(sound.IsSound);
        Assert.Equal((2, new Money(3m, Usd)), (sound.Entries, sound.Balance!.Value));

        store.Append([Entry(Alice, 4, 1m, 5m, PostingKind.Payment, "c")]);
        var broken = await store.VerifyAsync(Alice);
        Assert.Equal(3, broken.Faults.Count); // The gap, the chain, the sum.
        Assert.True((await store.VerifyAsync(new AccountId("nobody"))).IsSound);
    }

    [Theory, ClassData(typeof(Providers))]
    public async Task Stores_what_PostgreSQL_calls_no_text(StorageProvider provider)
    {
        await using var db = await TestDatabase.CreateAsync(provider, BillingMigrations.All);
        var store = new LedgerStore(db.Database);
        store.Append([Entry(Alice, 1, 1m, 1m, PostingKind.Payment, "p1") with { Memo = "a\0b\ud800c\U0001F600" }]);
        Assert.Equal("a\uFFFDb\uFFFDc\U0001F600", store.Read(Alice).Last!.Memo);
    }

    internal static LedgerEntry Entry(
        AccountId account,
        long sequence,
        decimal amount,
        decimal balance,
        PostingKind kind,
        string key) => new(
        account,
        sequence,
        "@cash",
        new Money(amount, Usd),
        new Money(balance, Usd),
        kind,
        key,
        null,
        0,
        0,
        "memo",
        "test",
        DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123));
}
