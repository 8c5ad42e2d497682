using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Tandem.TestSupport;

/// <summary>
/// A private PostgreSQL cluster in a temporary directory on a free loopback port, for tests: nothing survives it, and
/// it does not wait for disks. One per test process is enough (<see cref="SharedAsync"/>); each test takes its own
/// database.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Root = "/usr/lib/postgresql";
    private const string User = "postgres";
    private static readonly TimeSpan CommandTime = TimeSpan.FromSeconds(60);

    private static readonly Lazy<Task<PostgresServer>> Shared = new(static async () =>
    {
        var server = await StartAsync().ConfigureAwait(false);
        // The process ends without a word to us; the server must not outlive it.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.StopWithoutWaiting();
        return server;
    });

    private readonly string _bin;
    private readonly string _directory;
    private readonly int _port;
    private int _databases;
    private bool _isStopped = true;

    private PostgresServer(string bin, string directory, int port) =>
        (_bin, _directory, _port) = (bin, directory, port);

    /// <summary>
    /// The one server of this test process; started at the first call, stopped when the process ends.
    /// </summary>
    public static Task<PostgresServer> SharedAsync() => Shared.Value;

    /// <summary>Starts a server of its own, for tests that stop it; dispose it.</summary>
    /// <exception cref="InvalidOperationException">PostgreSQL is not installed, or did not start; the text says
    /// why.</exception>
    public static async Task<PostgresServer> StartAsync()
    {
        var bin = Directory.Exists(Root)
            ? Directory.GetDirectories(Root)
                .OrderByDescending(d => int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var n) ? n : 0)
                .Select(d => Path.Combine(d, "bin"))
                .FirstOrDefault(d => File.Exists(Path.Combine(d, "initdb")))
            : null;
        if (bin is null)
        {
            throw new InvalidOperationException(
                $"PostgreSQL is not under {Root}: install the Debian package postgresql (test.sh does).");
        }

        var directory = Directory.CreateTempSubdirectory("tandem-pg-").FullName;
        var server = new PostgresServer(bin, directory, FreePort());
        if (IsRoot) await RunAsync("chown", [$"{User}:", directory]).ConfigureAwait(false);
        await server.AsOwnerAsync("initdb", "-D", server.Data, "-U", User, "-A", "trust", "-E", "UTF8", "--no-sync")
            .ConfigureAwait(false);
        await server.StartAgainAsync().ConfigureAwait(false);
        return server;
    }

    /// <summary>Creates an empty database and gives its connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"test_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}");
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync().ConfigureAwait(false);
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
        return ConnectionString(name);
    }

    /// <summary>Starts the server after <see cref="StopAsync"/>, on the same port with the same data.</summary>
    public async Task StartAgainAsync()
    {
        // A commit reaches the operating system before it is acknowledged, so it survives StopAsync, if not a power
        // cut.
        var options = $"-p {_port} -k {_directory} -c listen_addresses=127.0.0.1 -c fsync=off "
            + "-c full_page_writes=off -c max_connections=200 -c autovacuum=off";
        var log = Path.Combine(_directory, "log");
        await AsOwnerAsync("pg_ctl", "start", "-w", "-t", "30", "-D", Data, "-l", log, "-o", options).ConfigureAwait(false);
        _isStopped = false;
    }

    /// <summary>Takes the server away at once, as a crash of its machine would: connections break.</summary>
    public async Task StopAsync()
    {
        if (_isStopped) return;
        _isStopped = true;
        await AsOwnerAsync("pg_ctl", "stop", "-w", "-m", "immediate", "-D", Data).ConfigureAwait(false);
        NpgsqlConnection.ClearAllPools();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        if (Directory.Exists(_directory)) Directory.Delete(_directory, true);
    }

    // A test host gives its exit handlers little time: a shell of its own stops the server and cleans up.
    private void StopWithoutWaiting()
    {
        if (_isStopped) return;
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = "/" };
        var asOwner = IsRoot ? $"runuser -u {User} -- " : "";
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(
            $"exec </dev/null >/dev/null 2>&1; {asOwner}'{_bin}/pg_ctl' stop -m immediate -D '{Data}'; rm -rf '{_directory}'");
        Process.Start(start)?.Dispose();
    }

    private static bool IsRoot => Environment.UserName == "root";

    private string Data => Path.Combine(_directory, "data");

    private string ConnectionString(string database) => string.Create(
        CultureInfo.InvariantCulture,
        $"Host=127.0.0.1;Port={_port};Username={User};Database={database};Include Error Detail=true");

    // PostgreSQL refuses to run as root.
    private Task AsOwnerAsync(string program, params string[] arguments)
    {
        var path = Path.Combine(_bin, program);
        return IsRoot ? RunAsync("runuser", ["-u", User, "--", path, .. arguments]) : RunAsync(path, arguments);
    }

    private static async Task RunAsync(string program, IReadOnlyList<string> arguments)
    {
        // No pipes: the server would inherit them, and reading to their end would wait for its end.
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = "/" };
        var output = Path.GetTempFileName();
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("out=$1; shift; exec \"$@\" >>\"$out\" 2>&1 </dev/null");
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add(output);
        start.ArgumentList.Add(program);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        try
        {
            using var process = Process.Start(start)!;
            using var limit = new CancellationTokenSource(CommandTime);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            if (process.ExitCode == 0) return;
            throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {File.ReadAllText(output)}");
        }
        catch (Win32Exception failure)
        {
            throw new InvalidOperationException($"{program} cannot be run: {failure.Message}", failure);
        }
        finally
        {
            File.Delete(output);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
