using System.Net;
using Akka.Actor;
using Akka.Hosting;
using Serilog;
using Serilog.Events;
using Tandem.Admin;
using Tandem.Admin.Security;
using Tandem.Billing;
using Tandem.Billing.Accounts;
using Tandem.Billing.Cdr;
using Tandem.Blacklist;
using Tandem.Edge;
using Tandem.Edge.Authentication;
using Tandem.Edge.Health;
using Tandem.Edge.Registrar;
using Tandem.Edge.Registrations;
using Tandem.Routing.Calls;
using Tandem.Routing.Gateways;
using Tandem.Routing.NodeCalls;
using Tandem.Routing.Selection;
using Tandem.Shared.Accounts;
using Tandem.Shared.Blacklist;
using Tandem.Shared.Cdr;
using Tandem.Shared.Cluster;
using Tandem.Shared.Configuration;
using Tandem.Shared.Edge;
using Tandem.Shared.Gateways;
using Tandem.Shared.Leases;
using Tandem.Shared.Registrar;
using Tandem.Shared.Storage;
using Tandem.Sip.Transport;
using IConfigurationSource = Tandem.Shared.Configuration.IConfigurationSource;

namespace Tandem.Node;

/// <summary>The node cannot start as asked; the message says why and what to do.</summary>
public sealed class StartException(int exitCode, string message) : Exception(message)
{
    /// <summary>Bad command line or configuration.</summary>
    public const int BadUsage = 2;

    /// <summary>The database cannot be used.</summary>
    public const int NoDatabase = 3;

    /// <summary>The cluster did not take the node in.</summary>
    public const int NoCluster = 4;

    /// <summary>What the process answers.</summary>
    public int ExitCode { get; } = exitCode;
}

/// <summary>
/// One node of the switch: puts the rooms together by role and brings them into service in order: database, configuration,
/// sockets, cluster, and only then SIP.
/// </summary>
public sealed class SwitchNode : IAsyncDisposable
{
    private static readonly TimeSpan JoinTimeout = TimeSpan.FromSeconds(60);

    private readonly NodeOptions _options;
    private readonly WebApplication _host;
    private readonly EdgeService? _edge;
    private volatile bool _inService;

    private SwitchNode(NodeOptions options, WebApplication host, EdgeService? edge) =>
        (_options, _host, _edge) = (options, host, edge);

    /// <summary>The API key made at this start; null when there was one before.</summary>
    public string? NewApiKey { get; private init; }

    /// <summary>What became of the configuration file.</summary>
    public required ConfigurationStart Configuration { get; init; }

    /// <summary>Where SIP is received; null without the edge role.</summary>
    public IPEndPoint? Sip => _edge?.Workers[0].LocalEndPoint;

    /// <summary>Where HTTP is served.</summary>
    public string Http => _host.Urls.First();

    /// <summary>The services of the node.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>Starts a node; it is in service when this returns.</summary>
    /// <exception cref="StartException">It cannot start.</exception>
    public static async Task<SwitchNode> StartAsync(NodeOptions options)
    {
        if (options.Check() is { } wrong) throw new StartException(StartException.BadUsage, wrong);
        var time = TimeProvider.System;
        var file = ReadConfiguration(options.ConfigurationFile);
        Directory.CreateDirectory(options.DataDirectory);
        var database = new Database(new StorageOptions(
            options.Storage,
            options.Database ?? Path.Combine(options.DataDirectory, "tandem.db")));
        var holder = new ConfigurationHolder();
        var store = new ConfigurationStore(database, time);
        ConfigurationStart start;
        string? newKey;
        byte[] digestSecret;
        try
        {
            Migrations.Apply(
                database,
                [.. ConfigurationMigrations.All, .. BillingMigrations.All, .. BlacklistMigrations.All, .. AdminMigrations.All,
                    .. AuthenticationMigrations.All, .. RegistrarMigrations.All]);
            start = await ConfigurationBootstrap.StartAsync(store, holder, file);
            newKey = ApiKeys.EnsureFirst(database, time, Environment.GetEnvironmentVariable("TANDEM_API_KEY"));
            digestSecret = DigestSecret.Ensure(database);
        }
        catch (SchemaException failure)
        {
            throw new StartException(StartException.NoDatabase, failure.Message);
        }

        if (start.Errors.Length > 0)
            throw new StartException(StartException.BadUsage, Lines("The stored configuration is refused:", start.Errors));

        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(options.Http));
        builder.Host.UseSerilog((_, logger) => logger
            .MinimumLevel.Is(options.Quiet ? LogEventLevel.Warning : LogEventLevel.Information)
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("Akka", LogEventLevel.Warning)
            .WriteTo.Console(
                outputTemplate: "{Timestamp:HH:mm:ss.fff} {Level:u3} {SourceContext} {Message:lj}{NewLine}{Exception}",
                standardErrorFromLevel: LogEventLevel.Verbose));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(60));
        AddRooms(builder.Services, time, database, holder, store);

        var guard = new AuthenticationGuard(holder, time);
        builder.Services.AddSingleton(guard);
        EdgeService? edge = null;
        if (options.Has(Roles.Edge))
        {
            edge = Bind(options, holder, time, guard, digestSecret);
            builder.Services.AddSingleton<ISipStatistics>(edge.Statistics);
        }

        var listeners = edge?.Listeners
            ?? new ListenerTable([.. options.AllListeners.Select(l => new Listener(l.Bind, l.Transports, l.SentBy ?? l.Bind.ToString()))]);
        builder.Services.AddAkka(ClusterBootstrap.SystemName, (akka, services) =>
            Compose(akka, services, options, edge, listeners));
        var host = builder.Build();
        var node = new SwitchNode(options, host, edge) { NewApiKey = newKey, Configuration = start };
        if (options.Has(Roles.Admin)) host.MapTandemApi();
        host.MapGet("/alive", () => Results.Text("OK"));
        host.MapGet("/ready", () => node._inService ? Results.Text("OK") : Results.Text("Not in service", statusCode: 503));
        try
        {
            await host.StartAsync();
            await node.EnterServiceAsync();
            host.Lifetime.ApplicationStopping.Register(() => node._inService = false);
        }
        catch (Exception failure) when (IsAddressTaken(failure))
        {
            await node.DisposeAsync();
            throw new StartException(
                StartException.BadUsage,
                $"An address cannot be had: {failure.GetBaseException().Message}. Is --http {options.Http} or --akka {options.Akka} "
                + "in use by another process, or not an address of this machine?");
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }

        return node;
    }

    /// <summary>Returns when the process is told to end, and everything has ended in order.</summary>
    public Task WaitForShutdownAsync() => _host.WaitForShutdownAsync();

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _inService = false;
        await _host.StopAsync();
        await _host.DisposeAsync();
        _edge?.Dispose();
    }

    private static bool IsAddressTaken(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
            if (cause is System.Net.Sockets.SocketException) return true;
        return failure is AggregateException many && many.InnerExceptions.Any(IsAddressTaken);
    }

    private static SwitchConfiguration? ReadConfiguration(string? path)
    {
        if (path is null) return null;
        var reading = ConfigurationReader.ReadFile(path);
        return reading.Errors.Length == 0
            ? reading.Value
            : throw new StartException(StartException.BadUsage, Lines($"{path} is refused as a whole:", reading.Errors));
    }

    private static string Lines(string head, IEnumerable<ConfigurationError> errors) =>
        string.Join(Environment.NewLine, errors.Select(e => "  " + e).Prepend(head));

    private static EdgeService Bind(
        NodeOptions options, ConfigurationHolder holder, TimeProvider time, AuthenticationGuard guard, byte[] digestSecret)
    {
        var listeners = options.AllListeners;
        try
        {
            return new EdgeService(
                new EdgeOptions
                {
                    Bind = listeners[0].Bind,
                    SentBy = listeners[0].SentBy ?? listeners[0].Bind.ToString(),
                    Listeners = listeners,
                    Certificates = TlsCertificates.Load(options.TlsCertificates, options.TlsAuthorities),
                    DigestSecret = digestSecret,
                    Workers = options.Workers,
                    NameServers = options.NameServers,
                },
                holder,
                time,
                new Serilog.Extensions.Logging.SerilogLoggerFactory(),
                guard);
        }
        catch (Exception failure) when (failure is SocketBindException or CertificateException)
        {
            throw new StartException(StartException.BadUsage, failure.Message);
        }
    }

    private static void AddRooms(
        IServiceCollection services,
        TimeProvider time,
        Database database,
        ConfigurationHolder holder,
        ConfigurationStore store)
    {
        services.AddSingleton(time);
        services.AddSingleton(database);
        services.AddSingleton(holder);
        services.AddSingleton<IConfigurationSource>(holder);
        services.AddSingleton(store);
        services.AddSingleton<HeldLeases>();
        services.AddSingleton<RunningCalls>();
        services.AddSingleton<GatewayLoad>();
        services.AddSingleton<GatewayMetrics>();
        services.AddBlacklist();
        services.AddGatewayHealth();
        services.AddSingleton<BindingStore>();
        services.AddSingleton<RegistrationStates>();
        services.AddSingleton<IRegistrationStates>(provider => provider.GetRequiredService<RegistrationStates>());
        services.AddSingleton<IBindingQueries>(provider => provider.GetRequiredService<BindingStore>());
        services.AddSingleton<ILedgerQueries>(new LedgerStore(database));
        services.AddSingleton<ICdrQueries>(new CdrStore(database));
        services.AddTandemAdmin();
    }

    private static void Compose(
        AkkaConfigurationBuilder akka,
        IServiceProvider services,
        NodeOptions options,
        EdgeService? edge,
        ListenerTable listeners)
    {
        var time = services.GetRequiredService<TimeProvider>();
        var database = services.GetRequiredService<Database>();
        var configuration = services.GetRequiredService<IConfigurationSource>();
        var (leases, running) = (services.GetRequiredService<HeldLeases>(), services.GetRequiredService<RunningCalls>());
        akka.ConfigureLoggers(loggers =>
            {
                loggers.ClearLoggers();
                loggers.AddLoggerFactory();
            })
            .WithTandemCluster(new ClusterMembership(
                options.Akka.Address.ToString(), options.Akka.Port, options.Seeds, options.Roles, options.Profile))
            .WithConfiguration(services.GetRequiredService<ConfigurationStore>(), services.GetRequiredService<ConfigurationHolder>());

        if (options.Has(Roles.Blacklist)) akka.WithBlacklist();
        akka.WithBlacklistNode(options.Has(Roles.Blacklist));

        if (options.Has(Roles.Billing)) akka.WithAccountActors(database, configuration, time).WithCdrWriter(database);
        else akka.WithAccountProxy().WithCdrWriterProxy();

        akka.WithAuthenticationGuard(services.GetRequiredService<AuthenticationGuard>());
        if (edge is not null)
        {
            akka.WithEdge(edge)
                .WithGatewayHealth(remote => listeners.HostPort(remote))
                .WithRegistrar(services.GetRequiredService<BindingStore>(), configuration, time)
                .WithRegistrationKeeper(configuration, listeners, time);
        }
        else
        {
            akka.WithRegistrarProxy().WithRegistrationProxy();
        }

        akka.WithRegistrationStates(services.GetRequiredService<RegistrationStates>());
        akka.WithGatewayHealthNode(edge is not null);
        if (!options.Has(Roles.Call))
        {
            akka.WithGatewayProxy().WithCallProxy();
            return;
        }

        akka.WithNodeCalls(running, leases)
            .WithGatewayActors(configuration, services.GetRequiredService<GatewayMetrics>(), time)
            .WithCallActors(
                system => new CallEnvironment(
                    configuration,
                    services.GetRequiredService<IDynamicBlacklist>(),
                    services.GetRequiredService<GatewayLoad>(),
                    Akka.Cluster.Cluster.Get(system).SelfAddress.ToString(),
                    listeners)
                {
                    Health = services.GetRequiredService<IGatewayHealth>(),
                    Registrations = services.GetRequiredService<IRegistrationStates>(),
                },
                (_, registry) => new CallCollaborators(
                    registry.Get<IGatewayRegion>(),
                    registry.Get<IAccountRegion>(),
                    registry.Get<ICdrWriter>(),
                    registry.Get<IBlacklistNode>(),
                    registry.TryGet<IEdge>(out var local) ? local : null,
                    leases,
                    running,
                    time)
                {
                    Registrar = registry.Get<IRegistrarRegion>(),
                })
            .WithCallDrain(running);
    }

    private async Task EnterServiceAsync()
    {
        var system = _host.Services.GetRequiredService<ActorSystem>();
        if (!await ClusterBootstrap.WaitUntilUp(system, JoinTimeout))
        {
            throw new StartException(
                StartException.NoCluster,
                $"The cluster did not take this node in within {JoinTimeout.TotalSeconds:0} s. Are the seeds "
                + $"{string.Join(", ", _options.Seeds)} up, and is --akka {_options.Akka} reachable from them?");
        }

        var registry = ActorRegistry.For(system);
        if (_edge is not null)
        {
            var cluster = Akka.Cluster.Cluster.Get(system);
            _edge.Start(new EdgeCollaborators(
                registry.Get<IEdge>(),
                registry.Get<ICallRegion>(),
                registry.Get<ICdrWriter>(),
                CallNodes.Choose(cluster, _options.Has(Roles.Call)))
            {
                RegisterDesk = registry.Get<IRegisterDesk>(),
            });
        }

        _inService = true;
    }
}
