using Tandem.Billing.Cdr;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Shared.Cdr;
using Tandem.Shared.Storage;
using Tandem.TestSupport;

namespace Tandem.Billing.Tests.Cdr;

public sealed class CdrStoreTests
{
    private static readonly Currency Usd = new("USD");
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000);

    [Theory, ClassData(typeof(Providers))]
    public async Task Keeps_a_record_with_its_attempts_and_trace(StorageProvider provider)
    {
        await using var db = await TestDatabase.CreateAsync(provider, BillingMigrations.All);
        var store = new CdrStore(db.Database);
        var record = Full(1);
        store.Write([record, Record(2)]);

        var read = (await store.GetAsync(record.CallId))!;
        Assert.Equal(record.Attempts.AsEnumerable(), read.Attempts);
        Assert.Equal(record.Trace.AsEnumerable(), read.Trace);
        Assert.Equal(record with { Attempts = [], Trace = [] }, read with { Attempts = [], Trace = [] });
        Assert.Equal(Record(2), await store.GetAsync(Record(2).CallId));
        Assert.Null(await store.GetAsync(Record(3).CallId));
    }

    [Theory, ClassData(typeof(Providers))]
    public async Task A_second_write_of_a_call_changes_nothing(StorageProvider provider)
    {
        await using var db = await TestDatabase.CreateAsync(provider, BillingMigrations.All);
        var store = new CdrStore(db.Database);
        store.Write([Full(1)]);
        store.Write([Full(1) with { Caller = "other" }, Record(2)]);
        Assert.Equal(Full(1).Caller, (await store.GetAsync(Full(1).CallId))!.Caller);
        Assert.Equal(2, (await store.ListAsync(CdrFilter.All, null, 10)).Records.Count);
    }

    [Theory, ClassData(typeof(Providers))]
    public async Task Pages_hold_every_record_once_newest_first(StorageProvider provider)
    {
        await using var db = await TestDatabase.CreateAsync(provider, BillingMigrations.All);
        var store = new CdrStore(db.Database);
        // Many start in the same millisecond, so the call id decides their order.
        var all = Enumerable.Range(0, 25).Select(i => Record(i) with { StartedAt = Start.AddMilliseconds(i / 7) }).ToList();
        store.Write(all);
        List<CallRecord> read = [];
        CdrCursor? after = null;
        do
        {
            var page = await store.ListAsync(CdrFilter.All, after, 4);
            Assert.InRange(page.Records.Count, 1, 4);
            read.AddRange(page.Records);
            after = page.Next;
        }
        while (after is not null);

        Assert.Equal(
            all.OrderByDescending(r => r.StartedAt).ThenByDescending(r => r.CallId.ToString(), StringComparer.Ordinal),
            read);
    }

    [Theory, ClassData(typeof(Providers))]
    public async Task Filters_take_exactly_what_they_name(StorageProvider provider)
    {
        await using var db = await TestDatabase.CreateAsync(provider, BillingMigrations.All);
        var store = new CdrStore(db.Database);
        CallRecord[] all =
        [
            Record(1) with { Caller = "4930123", Callee = "100%", MappingGateway = "m1", Account = "alice" },
            Record(2) with { Caller = "4931", Callee = "1000", RoutingGateway = "r1", EndReason = EndReason.Busy },
            Record(3) with { Caller = "+4930", StartedAt = Start.AddHours(1) },
        ];
        store.Write(all);

        await Expect(new CdrFilter { CallerPrefix = "4930" }, 1);
        await Expect(new CdrFilter { CallerPrefix = "493" }, 2, 1);
        await Expect(new CdrFilter { CalleePrefix = "100%" }, 1);
        await Expect(new CdrFilter { CalleePrefix = "100" }, 2, 1);
        await Expect(new CdrFilter { MappingGateway = "m1" }, 1);
        await Expect(new CdrFilter { RoutingGateway = "r1" }, 2);
        await Expect(new CdrFilter { Account = "alice" }, 1);
        await Expect(new CdrFilter { EndReason = EndReason.Busy }, 2);
        await Expect(new CdrFilter { From = Start.AddHours(1) }, 3);
        await Expect(new CdrFilter { To = Start.AddHours(1) }, 2, 1);
        await Expect(new CdrFilter { CallerPrefix = "493", EndReason = EndReason.Busy, Account = "alice" });

        async Task Expect(CdrFilter filter, params int[] numbers) => Assert.Equal(
            numbers.Select(n => Record(n).CallId),
            (await store.ListAsync(filter, null, 10)).Records.Select(r => r.CallId));
    }

    [Theory, ClassData(typeof(Providers))]
    public async Task Csv_quotes_what_needs_it(StorageProvider provider)
    {
        await using var db = await TestDatabase.CreateAsync(provider, BillingMigrations.All);
        var store = new CdrStore(db.Database);
        store.Write([Full(1) with { SipReasonHeader = "Q.850;cause=16;text=\"bye, bye\"" }]);
        List<string> lines = [];
        await foreach (var line in store.CsvAsync(CdrFilter.All)) lines.Add(line);
        Assert.Equal(2, lines.Count);
        Assert.StartsWith("callId,callerAccess,", lines[0], StringComparison.Ordinal);
        Assert.Contains(",\"Q.850;cause=16;text=\"\"bye, bye\"\"\",", lines[1], StringComparison.Ordinal);
        Assert.Contains(",0.5,USD,0.25,USD,", lines[1], StringComparison.Ordinal);
    }

    internal static CallRecord Record(int number) => new()
    {
        CallId = new CallId(1, 2, (ulong)number),
        CallerAccess = "100",
        CalleeAccess = "200",
        Caller = "100",
        Callee = "200",
        MappingGateway = "customer",
        CallerAddress = "127.0.0.1:5060",
        RoutingGateway = "",
        Account = "a1",
        ClearingAccount = "",
        StartedAt = Start,
        EndedAt = Start.AddSeconds(3),
        EndDirection = EndDirection.Server,
        EndReason = EndReason.NoAvailableRouter,
        CallerSipStatus = 503,
        CallerSipCallId = "x@y",
        Node = "akka.tcp://tandem@127.0.0.1:4053",
        ConfigurationVersion = 9,
    };

    internal static CallRecord Full(int number) => Record(number) with
    {
        RoutingGateway = "vendor",
        ClearingAccount = "v1",
        RangAt = Start.AddSeconds(1),
        AnsweredAt = Start.AddSeconds(2),
        HoldTimeSeconds = 1,
        FeeTimeSeconds = 60,
        Fee = new Money(0.5m, Usd),
        Cost = new Money(0.25m, Usd),
        FeePrefix = "20",
        AreaName = "Area",
        EndDirection = EndDirection.Callee,
        EndReason = EndReason.Normal,
        CallerSipStatus = 200,
        SipReasonHeader = "Q.850;cause=16",
        Attempts =
        [
            new AttemptRecord(
                1, "busy", "127.0.0.1:1", "100", "200", Start, null, null, Start.AddSeconds(1), 503, EndReason.Busy, "", "b1"),
            new AttemptRecord(
                2, "vendor", "127.0.0.1:2", "100", "200", Start.AddSeconds(1), Start.AddSeconds(1), Start.AddSeconds(2),
                Start.AddSeconds(3), 200, EndReason.Normal, "", "b2"),
        ],
        Trace = ["gateway busy: 503, next", "gateway vendor: taken"],
    };
}
