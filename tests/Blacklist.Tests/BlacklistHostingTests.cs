using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Hosting;
using Akka.Remote.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Tandem.Shared;
using Tandem.Shared.Blacklist;
using Tandem.Shared.Cluster;
using Tandem.Shared.Configuration;
using Tandem.Shared.Storage;
using Cluster = Akka.Cluster.Cluster;

namespace Tandem.Blacklist.Tests;

/// <summary>Real one-node clusters on one table: what production wires, end to end.</summary>
public sealed class BlacklistHostingTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tandem-blacklist-");
    private readonly ConfigurationHolder _configuration = new();
    private readonly Database _database;

    public BlacklistHostingTests()
    {
        _database = new Database(new StorageOptions(
            StorageProvider.Sqlite, Path.Combine(_directory.FullName, "tandem.db")));
        Migrations.Apply(_database, BlacklistMigrations.All);
    }

    [Fact]
    public async Task Central_mode_blocks_everywhere_is_listed_removed_and_survives_a_restart()
    {
        _configuration.Set(Calls.Configuration(1, calleeLimit: 6));
        using (var host = await Start())
        {
            var node = host.Services.GetRequiredService<IRequiredActor<IBlacklistNode>>().ActorRef;
            for (var i = 0; i < 6; i++) node.Tell(CallNow("900"));
            for (var i = 0; i < 6; i++) node.Tell(CallNow("901"));
            await Until(() => Refuses(host, "900", Calls.Customer) && Refuses(host, "901", Calls.Vendor));
            var page = await node.Ask<BlacklistReplies.Entries>(new BlacklistQueries.List("90", 0, 10), Patience);
            Assert.Equal(["900", "901"], page.Items.Select(e => e.Number));
            var removed = await node.Ask<BlacklistReplies.Removed>(
                new BlacklistCommands.Remove("901", NumberRole.Callee, null, "test"), Patience);
            Assert.True(removed.Found);
            Assert.False(Refuses(host, "901", Calls.Customer));
            await host.StopAsync();
        }

        using var again = await Start();
        await Until(() => Refuses(again, "900", Calls.Customer));
        Assert.False(Refuses(again, "901", Calls.Customer));
        await again.StopAsync();
    }

    [Fact]
    public async Task Standalone_mode_blocks_only_at_the_ticked_gateway_and_a_change_of_mode_holds_at_once()
    {
        _configuration.Set(Calls.Configuration(1, calleeLimit: 6));
        using var host = await Start();
        var node = host.Services.GetRequiredService<IRequiredActor<IBlacklistNode>>().ActorRef;
        _configuration.Set(Calls.Configuration(2, calleeLimit: 6, mode: "standalone"));
        for (var i = 0; i < 6; i++) node.Tell(CallNow("900"));
        for (var i = 0; i < 6; i++) node.Tell(CallNow("901", Calls.OtherCustomer));
        await Until(() => Refuses(host, "900", Calls.Customer));
        Assert.False(Refuses(host, "900", Calls.OtherCustomer));
        Assert.False(Refuses(host, "900", Calls.Vendor));
        Assert.False(Refuses(host, "901", Calls.OtherCustomer));
        var removed = await node.Ask<BlacklistReplies.Removed>(
            new BlacklistCommands.Remove("900", NumberRole.Callee, Calls.Customer, "test"), Patience);
        Assert.True(removed.Found);
        Assert.False(Refuses(host, "900", Calls.Customer));
        await host.StopAsync();
    }

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _directory.Delete(true);
    }

    private static CallObserved CallNow(string callee, GatewayId? gateway = null) =>
        new(gateway ?? Calls.Customer, "100", callee, TimeProvider.System.GetUtcNow(), false);

    private static bool Refuses(IHost host, string callee, GatewayId gateway) => host.Services
        .GetRequiredService<IDynamicBlacklist>()
        .Find(callee, NumberRole.Callee, gateway, TimeProvider.System.GetUtcNow()) is not null;

    private static async Task Until(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition()) await Task.Delay(20, patience.Token);
    }

    private async Task<IHost> Start()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services
            .AddSingleton(TimeProvider.System)
            .AddSingleton<IConfigurationSource>(_configuration)
            .AddSingleton(_database)
            .AddBlacklist()
            .AddAkka("tandem", akka => akka
                .AddHocon(
                    """
                    akka.loglevel = WARNING
                    akka.cluster.sharding.distributed-data.durable.keys = []
                    """,
                    HoconAddMode.Prepend)
                .WithRemoting("127.0.0.1", 0)
                .WithClustering(new ClusterOptions { Roles = [Roles.Blacklist] })
                .AddStartup((system, _) => Cluster.Get(system).Join(Cluster.Get(system).SelfAddress))
                .WithBlacklist()
                .WithBlacklistNode(hasBlacklistRole: true));
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }
}
