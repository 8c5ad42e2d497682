using System.Net;

namespace Tandem.TestSupport;

/// <summary>
/// Debian's Kamailio with the configuration that is shipped in <c>docker/kamailio</c>, only addresses put in; started by a test,
/// ended with it.
/// </summary>
public sealed class Kamailio : IAsyncDisposable
{
    private const int SigTerm = 15;
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(15);
    private readonly ChildProcess _process;
    private readonly string _directory;

    private Kamailio(ChildProcess process, IPEndPoint local, string directory) =>
        (_process, Local, _directory) = (process, local, directory);

    /// <summary>Its address, UDP and TCP.</summary>
    public IPEndPoint Local { get; }

    /// <summary>What it wrote so far.</summary>
    public string Output => _process.Output;

    /// <summary>The shipped configuration.</summary>
    public static string ConfigurationFile => Path.Combine(RepositoryRoot.Path, "docker", "kamailio", "kamailio.cfg");

    /// <summary>Starts it in front of these edges; it listens when this returns.</summary>
    /// <param name="local">Its own address.</param>
    /// <param name="edges">Lines of the list of edges are made of them.</param>
    /// <param name="defines">More switches of the configuration file, as <c>-A</c> takes them.</param>
    /// <param name="user">User of the edges' addresses; empty is none.</param>
    public static async Task<Kamailio> StartAsync(
        IPEndPoint local, IEnumerable<IPEndPoint> edges, string[]? defines = null, string user = "")
    {
        var directory = Directory.CreateTempSubdirectory("tandem-kamailio-").FullName;
        var list = Path.Combine(directory, "edges.list");
        await File.WriteAllLinesAsync(list, edges.Select(e => user.Length == 0 ? $"1 sip:{e}" : $"1 sip:{user}@{e}"));
        List<string> arguments =
        [
            "-f", ConfigurationFile, "-DD", "-E", "-x", "fm", "-X", "fm", "-m", "64", "-M", "8", "-Y", directory,
            "-A", $"LISTEN_UDP=udp:{local}", "-A", $"LISTEN_TCP=tcp:{local}", "-A", $"EDGES=\"{list}\"",
            "-A", $"CONTROL=\"unix:{Control(directory)}\"", "-A", "WORKERS=1",
        ];
        foreach (var define in defines ?? []) arguments.AddRange(["-A", define]);
        var kamailio = new Kamailio(ChildProcess.Start("kamailio", arguments, directory), local, directory);
        try
        {
            await Eventually.HoldsAsync(
                () => (Loopback.IsUdpBound(local) && File.Exists(Control(directory))) || kamailio._process.HasExited,
                StartTime,
                () => $"Kamailio does not listen on {local}:\n{kamailio.Output}");
            if (kamailio._process.HasExited) throw new InvalidOperationException($"Kamailio ended at once:\n{kamailio.Output}");
            return kamailio;
        }
        catch
        {
            await kamailio.DisposeAsync();
            throw;
        }
    }

    /// <summary>The edges that it sends calls to now.</summary>
    public async Task<IReadOnlyList<IPEndPoint>> ActiveEdgesAsync()
    {
        var list = await ControlAsync("dispatcher.list");
        List<IPEndPoint> active = [];
        var uri = "";
        foreach (var line in list.Split('\n').Select(l => l.Trim()))
        {
            if (line.StartsWith("URI: sip:", StringComparison.Ordinal)) uri = line["URI: sip:".Length..].Split(';')[0].Split('@')[^1];
            if (line.StartsWith("FLAGS: A", StringComparison.Ordinal)) active.Add(IPEndPoint.Parse(uri));
        }

        return active;
    }

    /// <summary>Until exactly these edges get calls.</summary>
    public async Task WaitActiveAsync(IEnumerable<IPEndPoint> edges, TimeSpan? limit = null)
    {
        var wanted = edges.Select(e => e.ToString()).Order(StringComparer.Ordinal).ToList();
        List<string> active = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                active = [.. (await ActiveEdgesAsync()).Select(e => e.ToString()).Order(StringComparer.Ordinal)];
                return active.SequenceEqual(wanted);
            },
            limit ?? TimeSpan.FromSeconds(15),
            () => $"active are {string.Join(", ", active)}, not {string.Join(", ", wanted)}:\n{Output}");
    }

    /// <summary>The answer to one command of its control socket, as <c>kamcmd</c> prints it.</summary>
    public async Task<string> ControlAsync(params string[] command)
    {
        await using var kamcmd = ChildProcess.Start("kamcmd", ["-s", "unix:" + Control(_directory), .. command], _directory);
        if (!await kamcmd.WaitForExitAsync(TimeSpan.FromSeconds(5))) throw new TimeoutException("kamcmd hangs.");
        return kamcmd.Output;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        // Its first process ends the others; a killed one would leave them.
        _process.Signal(SigTerm);
        await _process.WaitForExitAsync(TimeSpan.FromSeconds(10));
        await _process.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static string Control(string directory) => Path.Combine(directory, "ctl");
}
