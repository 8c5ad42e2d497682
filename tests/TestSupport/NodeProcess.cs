using System.Net;
using Tandem.Shared.Configuration;

namespace Tandem.TestSupport;

/// <summary>How a node is started; what is absent has a value of its own on a fresh loopback address.</summary>
public sealed record NodeOptions
{
    /// <summary>Name in messages.</summary>
    public string Name { get; init; } = "node";

    /// <summary>SIP address.</summary>
    public IPEndPoint Sip { get; init; } = Loopback.NextEndPoint();

    /// <summary>HTTP address; null is port 8080 of the SIP address.</summary>
    public IPEndPoint? Http { get; init; }

    /// <summary>Akka address; null is port 4053 of the SIP address.</summary>
    public IPEndPoint? Akka { get; init; }

    /// <summary>Akka addresses of the seed nodes; empty is a cluster of its own.</summary>
    public IReadOnlyList<IPEndPoint> Seeds { get; init; } = [];

    /// <summary>The configuration of the first start; null is none.</summary>
    public SwitchConfiguration? Configuration { get; init; }

    /// <summary>A configuration file as it stands, for bad ones; goes before <see cref="Configuration"/>.</summary>
    public string? ConfigurationText { get; init; }

    /// <summary>Npgsql connection string; null is SQLite in the data directory.</summary>
    public string? PostgreSql { get; init; }

    /// <summary>Data directory of an earlier node; null is a new one, deleted at the end.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Comma-separated roles; null is all.</summary>
    public string? Roles { get; init; }

    /// <summary>More arguments.</summary>
    public IReadOnlyList<string> Extra { get; init; } = [];

    /// <summary>Until it must be ready.</summary>
    public TimeSpan ReadyTimeout { get; init; } = TimeSpan.FromSeconds(90);
}

/// <summary>The built <c>tandem serve</c> as a process of its own; ended with the test.</summary>
public sealed class NodeProcess : IAsyncDisposable
{
    /// <summary>The API key of every node that a test starts.</summary>
    public const string ApiKey = "test-key-0123456789abcdef0123456789abcdef";

    private const int SigTerm = 15;
    private const int SigStop = 19;
    private const int SigCont = 18;
    private readonly ChildProcess _process;
    private readonly string _workDirectory;

    private NodeProcess(ChildProcess process, NodeOptions options, string workDirectory, string dataDirectory)
    {
        (_process, Options, _workDirectory, DataDirectory) = (process, options, workDirectory, dataDirectory);
        Http = options.Http ?? new IPEndPoint(options.Sip.Address, 8080);
        Akka = options.Akka ?? new IPEndPoint(options.Sip.Address, 4053);
    }

    /// <summary>How it was started.</summary>
    public NodeOptions Options { get; }

    /// <summary>SIP address.</summary>
    public IPEndPoint Sip => Options.Sip;

    /// <summary>HTTP address.</summary>
    public IPEndPoint Http { get; }

    /// <summary>Akka address, for seeds.</summary>
    public IPEndPoint Akka { get; }

    /// <summary>Its data directory.</summary>
    public string DataDirectory { get; }

    /// <summary>Process number.</summary>
    public int ProcessId => _process.Id;

    /// <summary>What it wrote so far.</summary>
    public string Output => _process.Output;

    /// <summary>True when it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Starts it and waits for the line <c>tandem: ready</c> and for <c>/ready</c>.</summary>
    public static async Task<NodeProcess> StartAsync(NodeOptions options)
    {
        var node = Launch(options);
        try
        {
            await node.WaitReadyAsync();
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it and waits for nothing: for nodes that must fail, and for several at once.</summary>
    public static NodeProcess Launch(NodeOptions options)
    {
        var work = Directory.CreateTempSubdirectory("tandem-node-").FullName;
        var data = options.DataDirectory ?? Path.Combine(work, "data");
        List<string> arguments =
        [
            "serve", "--data", data, "--sip", options.Sip.ToString(),
            "--http", (options.Http ?? new IPEndPoint(options.Sip.Address, 8080)).ToString(),
            "--akka", (options.Akka ?? new IPEndPoint(options.Sip.Address, 4053)).ToString(),
        ];
        if (options.Seeds.Count > 0) arguments.AddRange(["--seeds", string.Join(',', options.Seeds)]);
        if (options.Roles is { } roles) arguments.AddRange(["--roles", roles]);
        arguments.AddRange(options.PostgreSql is { } database
            ? ["--storage", "postgresql", "--database", database] : ["--storage", "sqlite"]);
        var text = options.ConfigurationText
            ?? (options.Configuration is { } whole ? ConfigurationWriter.ToYaml(whole) : null);
        if (text is not null)
        {
            var file = Path.Combine(work, "tandem.yaml");
            File.WriteAllText(file, text);
            arguments.AddRange(["--config", file]);
        }

        arguments.AddRange(options.Extra);
        var process = ChildProcess.Start(
            Executable, arguments, work, new Dictionary<string, string> { ["TANDEM_API_KEY"] = ApiKey });
        return new NodeProcess(process, options, work, data);
    }

    /// <summary>Until it is in service; throws with its output when it ends or takes too long.</summary>
    public async Task WaitReadyAsync()
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        await Eventually.HoldsAsync(
            async () =>
            {
                if (_process.HasExited)
                {
                    await _process.WaitForExitAsync(TimeSpan.FromSeconds(5));
                    throw new InvalidOperationException(
                        $"{Options.Name} ended with exit code {_process.ExitCode} before it was ready:\n{Output}");
                }

                return _process.Lines("tandem: ready").Count > 0 && await AnswersReadyAsync(http);
            },
            Options.ReadyTimeout,
            () => $"{Options.Name} is not ready:\n{Output}");
    }

    /// <summary>A client of its REST interface, with the API key.</summary>
    public RestClient CreateRestClient() => new(new Uri($"http://{Http}/"), ApiKey);

    /// <summary>SIGTERM and the exit code; throws with its output when it does not end in time.</summary>
    public async Task<int> StopAsync(TimeSpan? limit = null)
    {
        _process.Signal(SigTerm);
        return await ExitCodeAsync(limit ?? TimeSpan.FromSeconds(60));
    }

    /// <summary>Waits for it to end by itself.</summary>
    public async Task<int> ExitCodeAsync(TimeSpan limit)
    {
        if (!await _process.WaitForExitAsync(limit))
            throw new TimeoutException($"{Options.Name} did not end within {limit}:\n{Output}");
        return _process.ExitCode;
    }

    /// <summary>SIGTERM without waiting.</summary>
    public void Terminate() => _process.Signal(SigTerm);

    /// <summary>SIGKILL: it writes nothing more and tells nobody.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>SIGSTOP: a long pause, as a machine that hangs.</summary>
    public void Freeze() => _process.Signal(SigStop);

    /// <summary>SIGCONT.</summary>
    public void Thaw() => _process.Signal(SigCont);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Signal(SigCont);
            _process.Signal(SigTerm);
            await _process.WaitForExitAsync(TimeSpan.FromSeconds(20));
        }

        await _process.DisposeAsync();
        Directory.Delete(_workDirectory, recursive: true);
    }

    private static string Executable
    {
        get
        {
            // Beside the test when its project references Node; else what was built last.
            var here = Path.Combine(AppContext.BaseDirectory, "tandem");
            if (File.Exists(here)) return here;
            return new[] { "Release", "Debug" }
                .Select(c => Path.Combine(RepositoryRoot.Path, "src", "Node", "bin", c, "net10.0", "tandem"))
                .FirstOrDefault(File.Exists)
                ?? throw new InvalidOperationException("The switch is not built: dotnet build src/Node");
        }
    }

    private async Task<bool> AnswersReadyAsync(HttpClient http)
    {
        try
        {
            using var response = await http.GetAsync(new Uri($"http://{Http}/ready"));
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }
}
