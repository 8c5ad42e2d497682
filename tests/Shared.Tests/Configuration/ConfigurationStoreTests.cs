using System.Text;
using Microsoft.Extensions.Time.Testing;
using Tandem.Shared.Configuration;
using Tandem.Shared.Storage;
using Tandem.TestSupport;

namespace Tandem.Shared.Tests.Configuration;

/// <summary>A database in a file of its own, gone after the test.</summary>
internal sealed class TemporaryDatabase : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"tandem-test-{Guid.NewGuid():n}.db");

    public TemporaryDatabase()
    {
        Database = new Database(new StorageOptions(StorageProvider.Sqlite, _path));
        Migrations.Apply(Database, ConfigurationMigrations.All);
    }

    public Database Database { get; }

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        foreach (var suffix in new[] { "", "-wal", "-shm" }) File.Delete(_path + suffix);
    }
}

public sealed class ConfigurationStoreTests
{
    private readonly FakeTimeProvider _time = new();

    public static TheoryData<StorageProvider> Providers => [StorageProvider.Sqlite, StorageProvider.PostgreSql];

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Keeps_every_version_with_author_and_comment(StorageProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider, ConfigurationMigrations.All);
        var store = new ConfigurationStore(database.Database, _time);
        Assert.Equal(0, await store.NewestVersionAsync());
        Assert.Null(await store.NewestAsync());

        Assert.True(await store.TryInsertAsync(1, "{}"u8.ToArray(), "file", "first"));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(await store.TryInsertAsync(2, "{\"memo\": \"ü\"}"u8.ToArray(), "key", "second"));

        var newest = await store.NewestAsync();
        Assert.Equal(new ConfigurationVersion(2, _time.GetUtcNow(), "key", "second"), newest!.Version);
        Assert.Equal("{\"memo\": \"ü\"}", Encoding.UTF8.GetString(newest.Content));
        Assert.Equal("{}", Encoding.UTF8.GetString((await store.GetAsync(1))!.Content));
        Assert.Null(await store.GetAsync(3));
        var (items, total) = await store.ListAsync(0, 1);
        Assert.Equal((2, 2L), (total, items.Single().Version));
        Assert.Equal(1, (await store.ListAsync(1, 10)).Items.Single().Version);
    }

    // The fence: of many writers of the same next number exactly one gets it.
    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Of_two_writers_of_one_version_one_is_refused(StorageProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider, ConfigurationMigrations.All);
        var store = new ConfigurationStore(database.Database, _time);
        for (var version = 1; version <= 10; version++)
        {
            var taken = version;
            var wins = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
                Task.Run(() => store.TryInsertAsync(taken, "{}"u8.ToArray(), "writer" + i, ""))));
            Assert.Single(wins, won => won);
        }

        Assert.Equal(10, await store.NewestVersionAsync());
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task First_startstores_the_file_and_the_second_leaves_it_alone(StorageProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider, ConfigurationMigrations.All);
        var store = new ConfigurationStore(database.Database, _time);
        var file = new SwitchConfiguration { SystemWhiteList = ["112"] };
        var holder = new ConfigurationHolder();

        var first = await ConfigurationBootstrap.StartAsync(store, holder, file);

        Assert.Equal((1, true, false), (first.Version, first.FileApplied, first.FileIgnored));
        Assert.Equal(1, holder.Current.Version);
        var again = await ConfigurationBootstrap.StartAsync(store, new ConfigurationHolder(), file);
        Assert.Equal((1, false, false), (again.Version, again.FileApplied, again.FileIgnored));
        var other = await ConfigurationBootstrap.StartAsync(store, new ConfigurationHolder(), new SwitchConfiguration());
        Assert.Equal((1, false, true), (other.Version, other.FileApplied, other.FileIgnored));
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Start_without_file_and_without_versions_is_version_0(StorageProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider, ConfigurationMigrations.All);
        var store = new ConfigurationStore(database.Database, _time);
        var start = await ConfigurationBootstrap.StartAsync(store, new ConfigurationHolder(), null);

        Assert.Equal(0, start.Version);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Astored_version_that_this_build_cannot_use_stops_the_start(StorageProvider provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider, ConfigurationMigrations.All);
        var store = new ConfigurationStore(database.Database, _time);
        await store.TryInsertAsync(1, "{\"fromTheFuture\": 1}"u8.ToArray(), "x", "");

        var start = await ConfigurationBootstrap.StartAsync(store, new ConfigurationHolder(), null);

        Assert.Equal("fromTheFuture", start.Errors.Single().Path);
    }
}
