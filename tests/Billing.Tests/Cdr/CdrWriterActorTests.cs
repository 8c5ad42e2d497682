using Akka.Actor;
using Akka.TestKit.Xunit2;
using Microsoft.Data.Sqlite;
using Tandem.Billing.Cdr;
using Tandem.Shared;
using Tandem.Shared.Cdr;
using Tandem.Shared.Storage;
using Tandem.TestSupport;
using static Tandem.Billing.Tests.Cdr.CdrStoreTests;

namespace Tandem.Billing.Tests.Cdr;

public sealed class CdrWriterActorTests() : TestKit("akka.test.single-expect-default = 60s\nakka.loglevel = OFF")
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory, ClassData(typeof(Providers))]
    public async Task Every_accepted_record_is_written_once(StorageProvider provider)
    {
        const int calls = 2_000;
        await using var db = await TestDatabase.CreateAsync(provider, BillingMigrations.All);
        var store = new CdrStore(db.Database);
        var commits = 0;
        var writer = Start(records =>
        {
            Interlocked.Increment(ref commits);
            store.Write(records);
        });
        for (var call = 0; call < calls; call++) writer.Tell(new CdrCommands.Write(Full(call)), TestActor);
        for (var call = 0; call < calls; call += 3) writer.Tell(new CdrCommands.Write(Full(call)), TestActor); // Repeats.
        for (var reply = 0; reply < calls + ((calls + 2) / 3); reply++) await ExpectMsgAsync<CdrReplies.Accepted>();
        await FlushAsync(writer);
        Assert.Equal(calls, await CountAsync(store));
        Assert.InRange(commits, 1, calls / 10);
    }

    [Fact]
    public async Task A_full_queue_sends_records_back_and_takes_them_later()
    {
        using var gate = new ManualResetEventSlim();
        var written = 0;
        var writer = Start(
            records =>
            {
                gate.Wait(Patience);
                Interlocked.Add(ref written, records.Count);
            },
            new CdrWriterOptions(3, 2, TimeSpan.FromMilliseconds(1)));
        for (var call = 0; call < 3; call++) writer.Tell(new CdrCommands.Write(Record(call)), TestActor);
        for (var call = 0; call < 3; call++) await ExpectMsgAsync<CdrReplies.Accepted>();
        writer.Tell(new CdrCommands.Write(Record(3)), TestActor);
        var full = await ExpectMsgAsync<CdrReplies.QueueFull>();
        Assert.Equal(Record(3).CallId, full.CallId);
        Assert.True(full.RetryAfter > TimeSpan.Zero);

        gate.Set();
        await FlushAsync(writer);
        writer.Tell(new CdrCommands.Write(Record(3)), TestActor);
        await ExpectMsgAsync<CdrReplies.Accepted>();
        await FlushAsync(writer);
        Assert.Equal(4, written);
    }

    [Fact]
    public async Task Records_wait_while_the_database_fails()
    {
        await using var db = await TestDatabase.CreateAsync(StorageProvider.Sqlite, BillingMigrations.All);
        var store = new CdrStore(db.Database);
        var failures = 3;
        var writer = Start(records =>
        {
            if (Interlocked.Decrement(ref failures) >= 0) throw new SqliteException("busy", 5);
            store.Write(records);
        });
        for (var call = 0; call < 10; call++) writer.Tell(new CdrCommands.Write(Record(call)), TestActor);
        await FlushAsync(writer);
        Assert.Equal(10, await CountAsync(store));
    }

    [Fact]
    public async Task Records_wait_while_the_server_is_away()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = new Database(new StorageOptions(StorageProvider.PostgreSql, await server.CreateDatabaseAsync()));
        Migrations.Apply(database, BillingMigrations.All);
        var store = new CdrStore(database);
        var writer = Start(store.Write);
        writer.Tell(new CdrCommands.Write(Full(0)), TestActor);
        await FlushAsync(writer);

        await server.StopAsync();
        for (var call = 1; call < 700; call++) writer.Tell(new CdrCommands.Write(Full(call)), TestActor);
        for (var call = 0; call < 700; call++) await ExpectMsgAsync<CdrReplies.Accepted>();
        await server.StartAgainAsync();
        await FlushAsync(writer);
        Assert.Equal(700, await CountAsync(store));
    }

    [Fact]
    public async Task A_row_that_can_never_be_stored_holds_up_no_other()
    {
        await using var db = await TestDatabase.CreateAsync(StorageProvider.Sqlite, BillingMigrations.All);
        var store = new CdrStore(db.Database);
        var writer = Start(records =>
        {
            if (records.Any(r => r.CallId == Record(3).CallId)) throw new SqliteException("constraint", 19);
            store.Write(records);
        });
        for (var call = 0; call < 6; call++) writer.Tell(new CdrCommands.Write(Record(call)), TestActor);
        await FlushAsync(writer);
        Assert.Equal(5, await CountAsync(store));
    }

    [Fact]
    public async Task A_fee_that_no_column_can_hold_holds_up_no_other_record()
    {
        await using var db = await TestDatabase.CreateAsync(StorageProvider.Sqlite, BillingMigrations.All);
        var store = new CdrStore(db.Database);
        var writer = Start(store.Write);
        var tooFine = Full(3) with { Fee = new Money(0.0000001m, new Currency("USD")) };
        foreach (var record in new[] { Full(1), tooFine, Full(2) }) writer.Tell(new CdrCommands.Write(record), TestActor);
        await FlushAsync(writer);
        Assert.Equal(2, await CountAsync(store));
    }

    [Fact]
    public async Task A_bug_while_writing_loses_no_record()
    {
        var (failures, written) = (1, 0);
        var writer = Start(records =>
        {
            if (Interlocked.Decrement(ref failures) >= 0) throw new NotSupportedException("a bug");
            Interlocked.Add(ref written, records.Count);
        });
        for (var call = 0; call < 5; call++) writer.Tell(new CdrCommands.Write(Record(call)), TestActor);
        await AwaitConditionAsync(() => Task.FromResult(Volatile.Read(ref written) == 5), Patience);
    }

    private IActorRef Start(Action<IReadOnlyList<CallRecord>> write, CdrWriterOptions? options = null) =>
        Sys.ActorOf(CdrWriterActor.CreateProps(write, options ?? CdrWriterOptions.Default));

    private static Task FlushAsync(IActorRef writer) =>
        writer.Ask<CdrWriterActor.Flushed>(new CdrWriterActor.Flush(), Patience);

    private static async Task<int> CountAsync(CdrStore store)
    {
        var count = -1; // The header.
        await foreach (var _ in store.CsvAsync(CdrFilter.All)) count++;
        return count;
    }
}
