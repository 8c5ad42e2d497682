using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tandem.Admin.Security;
using Tandem.Shared;
using Tandem.Shared.Accounts;
using Tandem.Shared.Blacklist;
using Tandem.Shared.Calls;
using Tandem.Shared.Cdr;
using Tandem.Shared.Cluster;
using Tandem.Shared.Configuration;
using Tandem.Shared.Gateways;
using Tandem.Shared.Storage;

namespace Tandem.Admin.Tests.Api;

/// <summary>
/// The API on a real Kestrel and a real SQLite file, with the configuration actor of production; other parts of the
/// switch
/// are scripted actors behind the registry's markers.
/// </summary>
public sealed class ApiHost : IAsyncLifetime, IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"tandem-test-{Guid.NewGuid():n}.db");
    private WebApplication _app = null!;

    public static readonly CallId Running = new(1, 2, 3);

    public ActorSystem System { get; } = ActorSystem.Create("tandem", "akka.loglevel = WARNING");

    public ConfigurationHolder Holder { get; } = new();

    public Database Database { get; private set; } = null!;

    public HttpClient Client { get; private set; } = null!;

    public string Key { get; private set; } = "";

    public Uri Address => Client.BaseAddress!;

    public async Task InitializeAsync()
    {
        Database = new Database(new StorageOptions(StorageProvider.Sqlite, _path));
        Migrations.Apply(Database, [.. ConfigurationMigrations.All, .. AdminMigrations.All]);
        Key = ApiKeys.EnsureFirst(Database, TimeProvider.System)!;
        var store = new ConfigurationStore(Database, TimeProvider.System);
        var registry = ActorRegistry.For(System);
        registry.Register<IConfigurationNode>(System.ActorOf(
            ConfigurationNodeActor.CreateProps(store, Holder), ConfigurationNodeActor.Name));
        registry.Register<IAccountRegion>(System.ActorOf(Props.Create(() => new ScriptedAccounts())));
        registry.Register<IGatewayRegion>(System.ActorOf(Props.Create(() => new ScriptedGateways())));
        registry.Register<ICallRegion>(System.ActorOf(Props.Create(() => new ScriptedCalls())));
        registry.Register<INodeCalls>(System.ActorOf(Props.Create(() => new ScriptedNodeCalls())));
        registry.Register<IBlacklistNode>(System.ActorOf(Props.Create(() => new ScriptedBlacklist())));

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(System);
        builder.Services.AddSingleton(Database);
        builder.Services.AddSingleton(store);
        builder.Services.AddSingleton<IConfigurationSource>(Holder);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IGatewayHealth>(NoGatewayHealth.Instance);
        builder.Services.AddSingleton<ILedgerQueries>(new ScriptedLedger());
        builder.Services.AddSingleton<ICdrQueries>(new ScriptedCdrs());
        builder.Services.AddTandemAdmin();
        _app = builder.Build();
        _app.MapTandemApi();
        await _app.StartAsync();
        var address =
            _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Client = ClientOf(Key, address);
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        await System.Terminate();
        Dispose();
    }

    public void Dispose()
    {
        Client?.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        foreach (var suffix in new[] { "", "-wal", "-shm" }) File.Delete(_path + suffix);
    }

    public HttpClient ClientOf(string? key, string? address = null)
    {
        var client = new HttpClient { BaseAddress = new Uri(address ?? Address.ToString()) };
        if (key is not null) client.DefaultRequestHeaders.Add("X-Api-Key", key);
        return client;
    }

    /// <summary>Brings a whole configuration into force.</summary>
    public async Task ConfigureAsync(string yaml)
    {
        var response = await SendAsync(HttpMethod.Put, "/api/v1/config", yaml, "application/yaml");
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
    }

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string? body = null, string type = "application/json", string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(type));
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return await Client.SendAsync(request);
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        var response = await Client.GetAsync(path);
        Assert.True(
            response.IsSuccessStatusCode, $"{response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>Method and path of every route under /api/v1, as the router has them.</summary>
    public IEnumerable<string> Routes() =>
        _app.Services.GetRequiredService<Microsoft.AspNetCore.Routing.EndpointDataSource>().Endpoints
        .OfType<Microsoft.AspNetCore.Routing.RouteEndpoint>()
        .Where(e => e.RoutePattern.RawText!.StartsWith("/api/v1", StringComparison.Ordinal))
        .SelectMany(e => e.Metadata.OfType<Microsoft.AspNetCore.Routing.HttpMethodMetadata>().Single().HttpMethods.Select(m =>
            $"{m} {e.RoutePattern.RawText!.TrimEnd('/').Replace(":long", "", StringComparison.Ordinal)
                .Replace("{**", "{", StringComparison.Ordinal)}"))
        .Order(StringComparer.Ordinal);

    private sealed class ScriptedAccounts : ReceiveActor
    {
        private static readonly Currency Usd = new("USD");

        private readonly Dictionary<string, decimal> _posted = [];

        public ScriptedAccounts()
        {
            Receive<AccountQueries.GetState>(q => Sender.Tell(new AccountState(
                q.AccountId, new Money(100.5m, Usd), new Money(1.25m, Usd), new Money(10m, Usd), 2, 7)));
            Receive<AccountCommands.Post>(p =>
            {
                if (p.Memo == "refuse")
                {
                    Sender.Tell(new AccountReplies.PostRefused(p.AccountId, p.Key, "no"));
                    return;
                }

                _posted[p.Key] = p.Amount.Amount;
                Sender.Tell(new AccountReplies.Posted(p.AccountId, p.Key, new Money(_posted.Values.Sum(), Usd)));
            });
        }
    }

    private sealed class ScriptedGateways : ReceiveActor
    {
        public ScriptedGateways() => Receive<GatewayQueries.GetState>(q => Sender.Tell(
            new GatewayState(q.GatewayId, 1, true, 3, 10, 2, 5, 100, 4, 0)));
    }

    private sealed class ScriptedCalls : ReceiveActor
    {
        public ScriptedCalls() => Receive<CallCommands.Hangup>(h => Sender.Tell(
            h.CallId == Running ? new CallReplies.HangupAccepted(h.CallId) : new CallReplies.NotFound(h.CallId)));
    }

    private sealed class ScriptedNodeCalls : ReceiveActor
    {
        public ScriptedNodeCalls() => Receive<NodeCallQueries.List>(_ => Sender.Tell(new NodeCallReplies.Calls(
            "node", 1, [new RunningCall(Running, CallPhase.Ringing, "1", "2", "m", "r", new AccountId("a"), DateTimeOffset.UnixEpoch, null, "node")])));
    }

    private sealed class ScriptedBlacklist : ReceiveActor
    {
        public ScriptedBlacklist()
        {
            Receive<BlacklistQueries.List>(_ => Sender.Tell(new BlacklistReplies.Entries(
                [
                    new BlacklistEntry(
                        "4412", NumberRole.Callee, GatewayId.Routing("v"), BlacklistCause.MaliciousCallee,
                        DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, 6),
                ],
                1)));
            Receive<BlacklistCommands.Remove>(
                r => Sender.Tell(new BlacklistReplies.Removed(r.Number, r.Number == "4412")));
        }
    }

    private sealed class ScriptedLedger : ILedgerQueries
    {
        public Task<IReadOnlyList<LedgerEntry>> PageAsync(
            AccountId account, long? before, int limit, CancellationToken cancel = default) =>
            Task.FromResult<IReadOnlyList<LedgerEntry>>(
            [
                .. Enumerable.Range(1, 5).Select(i => (long)i).Reverse().Where(i => before is null || i < before)
                .Take(limit)
                    .Select(i => new LedgerEntry(
                        account, i, "@cash", new Money(1, new Currency("USD")), new Money(i, new Currency("USD")), PostingKind.Payment,
                        "k" + i, null, 0, 0, "", "x", DateTimeOffset.UnixEpoch)),
            ]);

        public Task<IReadOnlyList<AccountBalance>> BalancesAsync(CancellationToken cancel = default) =>
            Task.FromResult<IReadOnlyList<AccountBalance>>([]);

        public Task<LedgerVerification> VerifyAsync(AccountId account, CancellationToken cancel = default) =>
            Task.FromResult(new LedgerVerification(account, 0, null, []));
    }

    private sealed class ScriptedCdrs : ICdrQueries
    {
        private static readonly CallRecord Record = new()
        {
            CallId = Running,
            CallerAccess = "1",
            CalleeAccess = "2",
            Caller = "1",
            Callee = "2",
            MappingGateway = "m",
            CallerAddress = "192.0.2.1:5060",
            RoutingGateway = "",
            Account = "a",
            ClearingAccount = "",
            StartedAt = DateTimeOffset.UnixEpoch,
            EndedAt = DateTimeOffset.UnixEpoch,
            Fee = new Money(0.0125m, new Currency("USD")),
            EndDirection = EndDirection.Server,
            EndReason = EndReason.NoAvailableRouter,
            CallerSipCallId = "x",
            Node = "node",
            ConfigurationVersion = 1,
            Trace = ["no prefix matches"],
        };

        public Task<CdrPage> ListAsync(CdrFilter filter, CdrCursor? after, int limit, CancellationToken cancel = default) =>
            filter.Account == "database-away"
                ? throw new TimeoutException("away")
                : Task.FromResult(after is null && filter.EndReason is null or EndReason.NoAvailableRouter
                    ? new CdrPage([Record with { Trace = [] }], new CdrCursor(Record.StartedAt, Record.CallId))
                    : new CdrPage([], null));

        public Task<CallRecord?> GetAsync(CallId callId, CancellationToken cancel = default) =>
            Task.FromResult(callId == Running ? Record : null);

        public async IAsyncEnumerable<string> CsvAsync(
            CdrFilter filter, [global::System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel =
                default)
        {
            yield return "callId,fee";
            await Task.Yield();
            yield return "x,0.01";
        }
    }
}
