using Tandem.Blacklist.Lists;
using Tandem.Shared.Blacklist;
using Tandem.Shared.Storage;
using static Tandem.Blacklist.Tests.Calls;

namespace Tandem.Blacklist.Tests.Lists;

public sealed class BlacklistStoreTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tandem-blacklist-");
    private readonly BlacklistStore _store;

    public BlacklistStoreTests()
    {
        var database = new Database(
            new StorageOptions(StorageProvider.Sqlite, Path.Combine(_directory.FullName, "tandem.db")));
        Migrations.Apply(database, BlacklistMigrations.All);
        _store = new BlacklistStore(database);
    }

    [Fact]
    public async Task Gives_back_what_was_written_by_scope()
    {
        BlacklistEntry[] central =
        [
            Entry("900"),
            Entry("900", role: NumberRole.Caller, cause: BlacklistCause.MaliciousCaller),
        ];
        await _store.Write(null, new BlacklistChanges(central, []));
        await _store.Write(Customer, new BlacklistChanges([Entry("900", scope: Customer)], []));
        Assert.Equal(central, (await _store.Load(null, At(0), 10)).OrderByDescending(e => e.Role));
        Assert.Equal([Entry("900", scope: Customer)], await _store.Load(Customer, At(0), 10));
        Assert.Empty(await _store.Load(Vendor, At(0), 10));
    }

    [Fact]
    public async Task Updates_and_deletes()
    {
        await _store.Write(null, new BlacklistChanges([Entry("900"), Entry("901"), Entry("902")], []));
        await _store.Write(null, new BlacklistChanges(
            [Entry("901", expiresAt: 4000, lastCallAt: 400)],
            [new BlacklistNumber("900", NumberRole.Callee), new BlacklistNumber("902", NumberRole.Caller)]));
        Assert.Equal(
            [("901", At(4000)), ("902", At(3600))],
            (await _store.Load(null, At(0), 10)).Select(e => (e.Number, e.ExpiresAt)));
    }

    [Fact]
    public async Task A_late_write_of_an_older_state_changes_nothing()
    {
        await _store.Write(null, new BlacklistChanges([Entry("900", expiresAt: 4000, lastCallAt: 400)], []));
        await _store.Write(null, new BlacklistChanges([Entry("900")], []));
        Assert.Equal(At(400), Assert.Single(await _store.Load(null, At(0), 10)).LastCallAt);
    }

    [Fact]
    public async Task Loads_the_latest_to_expire_within_the_cap_and_forgets_what_is_over()
    {
        var entries = Enumerable.Range(1, 1500).Select(i => Entry($"{i}", expiresAt: i)).ToArray();
        await _store.Write(null, new BlacklistChanges(entries, []));
        Assert.Equal(
            Enumerable.Range(1401, 100).Select(i => $"{i}").Reverse(),
            (await _store.Load(null, At(500), 100)).Select(e => e.Number));
        Assert.Equal(1000, (await _store.Load(null, At(0), 10_000)).Count);
    }

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _directory.Delete(true);
    }
}
