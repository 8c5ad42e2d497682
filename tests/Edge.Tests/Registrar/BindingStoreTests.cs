using Tandem.Edge.Registrar;
using Tandem.Shared;
using Tandem.Shared.Registrar;
using Tandem.Shared.Storage;
using Tandem.TestSupport;

namespace Tandem.Edge.Tests.Registrar;

public sealed class BindingStoreTests
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private static readonly GatewayId Phone = GatewayId.Routing("phone:1001");
    private static readonly GatewayId Other = GatewayId.Routing("phone:1002");

    [Theory]
    [InlineData(StorageProvider.Sqlite)]
    [InlineData(StorageProvider.PostgreSql)]
    public async Task What_is_written_is_read_again_until_it_expires(StorageProvider provider)
    {
        await using var db = await TestDatabase.CreateAsync(provider, RegistrarMigrations.All);
        var store = new BindingStore(db.Database, TimeProvider.System);
        var (a, b) = (Binding("sip:a@192.0.2.1", 100), Binding("sip:b@192.0.2.1", 200));
        await store.Write([new BindingSet(Phone, [a, b]), new BindingSet(Other, [a])]);
        Assert.Equal([a, b], await store.Load(Phone, Now));
        Assert.Equal([b], await store.Load(Phone, Now.AddSeconds(150)));

        await store.Write([new BindingSet(Phone, [b with { Q = null }])]);
        Assert.Equal([b with { Q = null }], await store.Load(Phone, Now));
        var (rows, total) = await store.List(null, 0, 10);
        Assert.Equal((2, 2), (rows.Count, total));
        Assert.Equal(Other, Assert.Single((await store.List(Other, 0, 10)).Rows).GatewayId);

        await store.Purge(Now.AddSeconds(150));
        Assert.Empty(await store.Load(Other, Now));
        Assert.Single(await store.Load(Phone, Now));
    }

    private static Binding Binding(string contact, int seconds) => new(
        contact, 500, At(Now.AddSeconds(seconds)), "<sip:p;lr>", "tcp:192.0.2.1:5060%1", "akka.tcp://tandem@10.0.0.1:4053",
        uint.MaxValue, "call", uint.MaxValue, "Ünit \"1\"", At(Now));

    private static DateTimeOffset At(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}
