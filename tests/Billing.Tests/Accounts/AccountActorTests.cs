using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.TestKit.Xunit2;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using Tandem.Billing.Accounts;
using Tandem.Shared;
using Tandem.Shared.Accounts;
using Tandem.Shared.Calls;
using Tandem.Shared.Configuration;
using Tandem.Shared.Storage;
using Tandem.TestSupport;
using static Tandem.Billing.Tests.Accounts.Scene;

namespace Tandem.Billing.Tests.Accounts;

// The real actor and the real writer over a real database; only other nodes are played by the test.
public sealed class AccountActorTests() : TestKit("akka.test.single-expect-default = 60s\nakka.loglevel = ERROR")
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider _time = new(Scene.Now);
    private readonly ConfigurationHolder _configuration = new();
    private readonly FakeCallNodes _nodes = new();

    [Theory, ClassData(typeof(Providers))]
    public async Task A_call_is_authorised_charged_once_and_its_money_is_in_the_ledger(StorageProvider provider)
    {
        await using var db = await TestDatabase.CreateAsync(provider, BillingMigrations.All);
        var store = new LedgerStore(db.Database);
        Use(a => a with { OpeningBalance = 10m });
        var account = Start(store);

        var granted = await AskAsync<AccountReplies.Authorised>(account, Authorise(1));
        var charged = await AskAsync<AccountReplies.Charged>(account, Charge(1, granted.Quote, 61));
        Assert.Equal((Dollars(1.2m), Dollars(8.8m)), (charged.Fee, charged.Balance));
        Assert.Equal(charged, await AskAsync<AccountReplies.Charged>(account, Charge(1, granted.Quote, 61)));
        var posted = await AskAsync<AccountReplies.Posted>(account, Pay(5m, "p1"));
        Assert.Equal(Dollars(13.8m), posted.Balance);
        Assert.Equal(posted, await AskAsync<AccountReplies.Posted>(account, Pay(5m, "p1")));

        var state = await AskAsync<AccountState>(account, new AccountQueries.GetState(Alice));
        Assert.Equal(new AccountState(Alice, Dollars(13.8m), Dollars(0m), Dollars(0m), 0, 3), state);
        var sound = await store.VerifyAsync(Alice);
        Assert.Empty(sound.Faults);
        Assert.Equal((3L, Dollars(13.8m)), (sound.Entries, sound.Balance!.Value));
    }

    [Theory, ClassData(typeof(Providers))]
    public async Task A_repeat_after_a_restart_is_answered_from_the_table(StorageProvider provider)
    {
        await using var db = await TestDatabase.CreateAsync(provider, BillingMigrations.All);
        var store = new LedgerStore(db.Database);
        Use(a => a with { OpeningBalance = 10m });
        var first = Start(store);
        var charged = await AskAsync<AccountReplies.Charged>(first, Charge(1, Quote(), 30));
        await StopAsync(first);

        var second = Start(store);
        // A new charge and a posting beside the repeat: they are decided again on what is stored.
        second.Tell(Charge(2, Quote(), 30), TestActor);
        second.Tell(Charge(1, Quote(), 30), TestActor);
        second.Tell(Pay(1m, "p1"), TestActor);
        var replies = new[] { await ExpectMsgAsync<object>(), await ExpectMsgAsync<object>(), await ExpectMsgAsync<object>() };
        Assert.Contains(charged, replies);
        Assert.Contains(new AccountReplies.Posted(Alice, "p1", Dollars(9.8m)), replies);
        var sound = await store.VerifyAsync(Alice);
        Assert.Empty(sound.Faults);
        Assert.Equal((4L, Dollars(9.8m)), (sound.Entries, sound.Balance!.Value));
    }

    [Fact]
    public async Task A_charge_that_was_stored_before_the_actor_died_is_not_made_again()
    {
        await using var db = await TestDatabase.CreateAsync(StorageProvider.Sqlite, BillingMigrations.All);
        var store = new LedgerStore(db.Database);
        Use(a => a with { OpeningBalance = 10m });
        var writer = CreateTestProbe();
        var first = Start(store, writer);
        first.Tell(Charge(1, Quote(), 30), TestActor);
        store.Append((await writer.ExpectMsgAsync<LedgerWriterMessages.Append>()).Entries); // The opening balance.
        first.Tell(new LedgerWriterMessages.Appended(1));
        store.Append((await writer.ExpectMsgAsync<LedgerWriterMessages.Append>()).Entries);
        await StopNowAsync(first); // It never hears of it, and neither does the caller.

        var charged = await AskAsync<AccountReplies.Charged>(Start(store), Charge(1, Quote(), 30));
        Assert.Equal(Dollars(9.4m), charged.Balance);
        Assert.Equal(2, (await store.VerifyAsync(Alice)).Entries);
    }

    [Fact]
    public async Task A_commit_whose_answer_got_lost_is_recognised_as_its_own()
    {
        await using var db = await TestDatabase.CreateAsync(StorageProvider.Sqlite, BillingMigrations.All);
        var store = new LedgerStore(db.Database);
        Use(a => a);
        var writer = CreateTestProbe();
        var account = Start(store, writer);
        account.Tell(Pay(5m, "p1"), TestActor);
        store.Append((await writer.ExpectMsgAsync<LedgerWriterMessages.Append>()).Entries);
        account.Tell(new LedgerWriterMessages.Busy());
        var again = await writer.ExpectMsgAsync<LedgerWriterMessages.Append>();
        Assert.Throws<LedgerConflictException>(() => store.Append(again.Entries));
        account.Tell(new LedgerWriterMessages.Conflict());
        Assert.Equal(Dollars(5m), (await ExpectMsgAsync<AccountReplies.Posted>()).Balance);
        Assert.Equal(1, (await store.VerifyAsync(Alice)).Entries);
    }

    [Fact]
    public async Task An_owner_that_finds_rows_of_another_one_stops()
    {
        await using var db = await TestDatabase.CreateAsync(StorageProvider.Sqlite, BillingMigrations.All);
        var store = new LedgerStore(db.Database);
        Use(a => a);
        var (zombie, owner) = (Start(store), Start(store));
        await AskAsync<AccountState>(zombie, new AccountQueries.GetState(Alice));
        await AskAsync<AccountReplies.Posted>(owner, Pay(5m, "p1"));
        await WatchAsync(zombie);
        zombie.Tell(Pay(7m, "p2"), TestActor);
        await ExpectTerminatedAsync(zombie);
        Assert.Equal(Dollars(5m), (await store.VerifyAsync(Alice)).Balance);
        Assert.Equal(Dollars(12m), (await AskAsync<AccountReplies.Posted>(Start(store), Pay(7m, "p2"))).Balance);
    }

    [Fact]
    public async Task Nothing_is_granted_before_every_node_has_said_what_its_calls_hold()
    {
        await using var db = await TestDatabase.CreateAsync(StorageProvider.Sqlite, BillingMigrations.All);
        Use(a => a with { OpeningBalance = 1m });
        var (one, two) = (_nodes.Add("one", CreateTestProbe()), _nodes.Add("two", CreateTestProbe()));
        var account = Start(new LedgerStore(db.Database));
        account.Tell(Authorise(2), TestActor);
        await one.ExpectMsgAsync(new NodeCallQueries.HeldLeases("a:alice"));
        await two.ExpectMsgAsync(new NodeCallQueries.HeldLeases("a:alice"));
        account.Tell(Leases("one", 1));
        // Money moves meanwhile: it needs no holds.
        account.Tell(Charge(9, Quote(), 0), TestActor);
        await ExpectMsgAsync<AccountReplies.Charged>();
        account.Tell(Leases("two"));
        Assert.Equal(EndReason.InsufficientBalance, (await ExpectMsgAsync<AccountReplies.Refused>()).Rejection.Reason);
        var state = await AskAsync<AccountState>(account, new AccountQueries.GetState(Alice));
        Assert.Equal((1, Dollars(0.6m)), (state.Holds, state.Held));
    }

    [Fact]
    public async Task A_node_that_left_is_not_waited_for()
    {
        await using var db = await TestDatabase.CreateAsync(StorageProvider.Sqlite, BillingMigrations.All);
        Use(a => a with { OpeningBalance = 1m });
        _nodes.Add("gone", CreateTestProbe());
        var account = Start(new LedgerStore(db.Database));
        account.Tell(Authorise(1), TestActor);
        account.Tell(new AccountActor.NodeGone("gone"));
        await ExpectMsgAsync<AccountReplies.Authorised>();
    }

    [Fact]
    public async Task Callers_do_not_wait_for_a_silent_node_for_ever()
    {
        await using var db = await TestDatabase.CreateAsync(StorageProvider.Sqlite, BillingMigrations.All);
        Use(a => a with { OpeningBalance = 1m });
        _nodes.Add("silent", CreateTestProbe());
        var account = Start(new LedgerStore(db.Database));
        await AskAsync<AccountReplies.Charged>(account, Charge(9, Quote(), 0)); // The ledger is read.
        account.Tell(Authorise(1), TestActor);
        account.Tell(new AccountActor.LearnTimeout());
        var refused = await ExpectMsgAsync<AccountReplies.Refused>();
        Assert.Equal(EndReason.SystemUnavailable, refused.Rejection.Reason);
        Assert.Contains("learning", refused.Rejection.Detail, StringComparison.Ordinal);
        account.Tell(Leases("silent"));
        await AskAsync<AccountReplies.Authorised>(account, Authorise(1));
    }

    [Fact]
    public async Task A_request_after_its_deadline_is_refused()
    {
        await using var db = await TestDatabase.CreateAsync(StorageProvider.Sqlite, BillingMigrations.All);
        Use(a => a with { OpeningBalance = 1m });
        _time.Advance(TimeSpan.FromSeconds(6));
        var refused = await AskAsync<AccountReplies.Refused>(Start(new LedgerStore(db.Database)), Authorise(1));
        Assert.Contains("deadline", refused.Rejection.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hold_that_no_node_knows_is_let_go_after_two_rounds()
    {
        await using var db = await TestDatabase.CreateAsync(StorageProvider.Sqlite, BillingMigrations.All);
        Use(a => a with { OpeningBalance = 10m });
        var node = _nodes.Add(Node, CreateTestProbe());
        var account = Start(new LedgerStore(db.Database));
        await node.ExpectMsgAsync<NodeCallQueries.HeldLeases>();
        account.Tell(Leases(Node));
        await AskAsync<AccountReplies.Authorised>(account, Authorise(1));
        await AskAsync<AccountReplies.Authorised>(account, Authorise(2));

        foreach (var holds in new[] { 2, 1 })
        {
            account.Tell(new AccountActor.Reconcile());
            await node.FishForMessageAsync(m => m is NodeCallQueries.HeldLeases);
            account.Tell(Leases(Node, 2));
            Assert.Equal(holds, (await AskAsync<AccountState>(account, new AccountQueries.GetState(Alice))).Holds);
        }

        account.Tell(new AccountActor.NodeGone(Node));
        Assert.Equal(0, (await AskAsync<AccountState>(account, new AccountQueries.GetState(Alice))).Holds);
    }

    [Fact]
    public async Task While_the_ledger_cannot_be_written_answers_wait_and_money_stays_held()
    {
        await using var db = await TestDatabase.CreateAsync(StorageProvider.Sqlite, BillingMigrations.All);
        var store = new LedgerStore(db.Database);
        Use(a => a with { OpeningBalance = 1m });
        var (tries, isAway) = (0, true);
        var writer = Sys.ActorOf(LedgerWriterActor.CreateProps(entries =>
        {
            Interlocked.Increment(ref tries);
            if (Volatile.Read(ref isAway)) throw new SqliteException("away", 5);
            store.Append(entries);
        }));
        var account = Start(store, writer);
        account.Tell(Authorise(1), TestActor);
        var granted = await ExpectMsgAsync<AccountReplies.Authorised>(); // On the balance that is being written.
        account.Tell(Charge(1, granted.Quote, 60), TestActor);
        await AwaitConditionAsync(() => Task.FromResult(Volatile.Read(ref tries) >= 3), Patience);
        var state = await AskAsync<AccountState>(account, new AccountQueries.GetState(Alice));
        Assert.Equal(Dollars(0.4m), state.Balance);
        Assert.Equal(
            EndReason.InsufficientBalance,
            (await AskAsync<AccountReplies.Refused>(account, Authorise(2))).Rejection.Reason);
        Assert.False(HasMessages); // Not charged: it is not stored.

        Volatile.Write(ref isAway, false);
        await ExpectMsgAsync<AccountReplies.Charged>();
        Assert.Equal(2, (await store.VerifyAsync(Alice)).Entries);
    }

    [Fact]
    public async Task A_database_that_goes_away_and_comes_back_loses_no_charge()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = new Database(new StorageOptions(StorageProvider.PostgreSql, await server.CreateDatabaseAsync()));
        Migrations.Apply(database, BillingMigrations.All);
        var store = new LedgerStore(database);
        Use(a => a with { OpeningBalance = 100m });
        var account = Start(store);
        await AskAsync<AccountReplies.Charged>(account, Charge(0, Quote(), 10));

        await server.StopAsync();
        for (var call = 1; call <= 20; call++) account.Tell(Charge(call, Quote(), 10), TestActor);
        await server.StartAgainAsync();
        for (var call = 1; call <= 20; call++) await ExpectMsgAsync<AccountReplies.Charged>();
        var sound = await store.VerifyAsync(Alice);
        Assert.Empty(sound.Faults);
        Assert.Equal((22L, Dollars(87.4m)), (sound.Entries, sound.Balance!.Value));
    }

    [Fact]
    public async Task Only_an_account_without_holds_passivates_and_a_stop_waits_for_what_is_unstored()
    {
        await using var db = await TestDatabase.CreateAsync(StorageProvider.Sqlite, BillingMigrations.All);
        var store = new LedgerStore(db.Database);
        Use(a => a);
        var (parent, writer) = (CreateTestProbe(), CreateTestProbe());
        var account = parent.ChildActorOf(AccountActor.CreateProps(Alice, With(store, writer)));
        account.Tell(Authorise(1, "8001"), TestActor);
        await ExpectMsgAsync<AccountReplies.Authorised>();
        account.Tell(ReceiveTimeout.Instance);
        account.Tell(new AccountCommands.Release(Alice, Call(1)));
        await AskAsync<AccountState>(account, new AccountQueries.GetState(Alice));
        Assert.False(parent.HasMessages);
        account.Tell(ReceiveTimeout.Instance);
        Assert.IsType<AccountActor.Stop>((await parent.ExpectMsgAsync<Passivate>()).StopMessage);

        await WatchAsync(account);
        account.Tell(Pay(1m, "p1"), TestActor);
        await writer.ExpectMsgAsync<LedgerWriterMessages.Append>();
        account.Tell(new AccountActor.Stop());
        account.Tell(new LedgerWriterMessages.Appended(1));
        await ExpectMsgAsync<AccountReplies.Posted>();
        await ExpectTerminatedAsync(account);
    }

    [Theory, ClassData(typeof(Providers))]
    public async Task Many_calls_at_once_are_stored_in_few_commits_and_add_up(StorageProvider provider)
    {
        const int calls = 2_000;
        await using var db = await TestDatabase.CreateAsync(provider, BillingMigrations.All);
        var store = new LedgerStore(db.Database);
        Use(a => a with { OpeningBalance = 5_000m });
        var commits = 0;
        var writer = Sys.ActorOf(LedgerWriterActor.CreateProps(entries =>
        {
            Interlocked.Increment(ref commits);
            store.Append(entries);
        }));
        var account = Start(store, writer);
        var vendor = Sys.ActorOf(AccountActor.CreateProps(Vendor, With(store, writer)));
        for (var call = 0; call < calls; call++)
        {
            account.Tell(Charge(call, Quote(), 60), TestActor);
            vendor.Tell(Charge(call, Quote("1"), 40, ChargeKind.Clearing), TestActor);
        }

        for (var reply = 0; reply < 2 * calls; reply++) await ExpectMsgAsync<AccountReplies.Charged>();
        Assert.Equal(Dollars(5_000m - (calls * 0.6m)), (await store.VerifyAsync(Alice)).Balance);
        Assert.Equal(Dollars(-calls * 0.4m), (await store.VerifyAsync(Vendor)).Balance);
        Assert.True((await store.VerifyAsync(Alice)).IsSound);
        Assert.InRange(commits, 1, calls / 4);
    }

    private void Use(Func<AccountConfiguration, AccountConfiguration> change) => _configuration.Set(Configuration(change));

    private AccountDependencies With(LedgerStore store, IActorRef? writer) => new(
        store.Read,
        writer ?? Sys.ActorOf(LedgerWriterActor.CreateProps(store.Append)),
        _configuration,
        _nodes,
        _time);

    private IActorRef Start(LedgerStore store, IActorRef? writer = null) =>
        Sys.ActorOf(AccountActor.CreateProps(Alice, With(store, writer)));

    private static async Task<T> AskAsync<T>(IActorRef account, object command) =>
        await account.Ask<T>(command, Patience);

    private async Task StopAsync(IActorRef account)
    {
        await WatchAsync(account);
        account.Tell(new AccountActor.Stop());
        await ExpectTerminatedAsync(account);
    }

    private async Task StopNowAsync(IActorRef account)
    {
        await WatchAsync(account);
        Sys.Stop(account);
        await ExpectTerminatedAsync(account);
    }

    private static NodeCallReplies.HeldLeases Leases(string node, params int[] calls) => new(
        "a:alice",
        node,
        [.. calls.Select(c => new HeldLease(new LeaseKey(Call(c), 0), 600_000))]);

    private sealed class FakeCallNodes : ICallNodes
    {
        private readonly List<CallNode> _nodes = [];

        public string Self => Node;

        public Akka.TestKit.TestProbe Add(string address, Akka.TestKit.TestProbe calls)
        {
            _nodes.Add(new CallNode(address, calls));
            return calls;
        }

        public IReadOnlyList<CallNode> Current() => _nodes;

        public void Subscribe(IActorRef account)
        {
            // The test tells the actor itself.
        }

        public void Unsubscribe(IActorRef account)
        {
            // As above.
        }
    }
}
