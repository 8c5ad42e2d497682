using System.Globalization;
using System.Net;

namespace Tandem.TestSupport;

/// <summary>What one sipp is to do.</summary>
public sealed record SippOptions
{
    /// <summary>Name of a file in <c>tests/Interop.Tests/scenarios</c>, without <c>.xml</c>.</summary>
    public required string Scenario { get; init; }

    /// <summary>Its own address.</summary>
    public required IPEndPoint Local { get; init; }

    /// <summary>Where a caller sends to; null for an answerer.</summary>
    public IPEndPoint? Remote { get; init; }

    /// <summary>Number called (<c>[service]</c>).</summary>
    public string Callee { get; init; } = "8613800138000";

    /// <summary>Caller's number.</summary>
    public string Caller { get; init; } = "493012345";

    /// <summary>Calls until it ends by itself; 0 is until it is stopped.</summary>
    public int Calls { get; init; } = 1;

    /// <summary>New calls per second of a caller.</summary>
    public int Rate { get; init; } = 10;

    /// <summary>Calls at once of a caller; 0 is sipp's own limit.</summary>
    public int Limit { get; init; }

    /// <summary>Length of the scenario's pause: talk time, ring time, delay of the ACK.</summary>
    public TimeSpan Hold { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Put for <c>__STATUS__</c> in the scenario.</summary>
    public int Status { get; init; }

    /// <summary>Lines <c>caller;callee</c> for <c>uac_call_csv</c>, used in order and again.</summary>
    public IReadOnlyList<(string Caller, string Callee)> Numbers { get; init; } = [];

    /// <summary>The process is ended after it, and the result says so.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Share of packets lost on purpose, both ways, in percent.</summary>
    public int LossPercent { get; init; }

    /// <summary>TCP on one connection instead of UDP.</summary>
    public bool Tcp { get; init; }

    /// <summary>Keeps each message whole for the failure text; costs disk, so not for load.</summary>
    public bool TraceMessages { get; init; } = true;

    /// <summary>More arguments, as sipp takes them.</summary>
    public IReadOnlyList<string> Extra { get; init; } = [];
}

/// <summary>One message as the peer saw it.</summary>
/// <param name="At">Seconds since 1970, with microseconds.</param>
/// <param name="Sent">True when the peer sent it.</param>
/// <param name="CallId">Call-ID of the leg.</param>
/// <param name="CSeq">For example <c>1 INVITE</c>.</param>
/// <param name="StartLine">Request line or status line.</param>
public sealed record SippMessage(decimal At, bool Sent, string CallId, string CSeq, string StartLine)
{
    /// <summary>Status code, 0 for a request.</summary>
    public int Status => StartLine.StartsWith("SIP/2.0 ", StringComparison.Ordinal) && StartLine.Length >= 11
        ? int.Parse(StartLine.AsSpan(8, 3), CultureInfo.InvariantCulture) : 0;

    /// <summary>Method of the transaction.</summary>
    public string Method => CSeq[(CSeq.IndexOf(' ', StringComparison.Ordinal) + 1)..];
}

/// <summary>What came of it.</summary>
/// <param name="Created">Calls begun.</param>
/// <param name="Successful">Calls that went through the whole scenario.</param>
/// <param name="Failed">Calls that did not.</param>
/// <param name="Retransmissions">Messages that this sipp sent again.</param>
/// <param name="ExitCode">0 all calls went well, 1 some failed, 97 time-out, others sipp's own errors.</param>
/// <param name="TimedOut">It had to be ended.</param>
/// <param name="Messages">Every message, in order.</param>
/// <param name="Log">Everything that helps to understand a failure.</param>
public sealed record SippResult(
    long Created,
    long Successful,
    long Failed,
    long Retransmissions,
    int ExitCode,
    bool TimedOut,
    IReadOnlyList<SippMessage> Messages,
    string Log)
{
    /// <summary>Final statuses received to the first INVITE of each call, in order.</summary>
    public IReadOnlyList<int> FinalStatuses =>
        [.. Messages.Where(m => !m.Sent && m.Method == "INVITE" && m.Status >= 200).DistinctBy(m => m.CallId).Select(m => m.Status)];

    /// <summary>Times of the first INVITE of each call that came in, in order.</summary>
    public IReadOnlyList<decimal> InvitesReceived =>
        [.. Messages.Where(m => !m.Sent && m.Status == 0 && m.Method == "INVITE").DistinctBy(m => m.CallId).Select(m => m.At)];

    /// <summary>
    /// Most calls that an answerer had at one instant: from the INVITE until the BYE, the CANCEL or its own refusal. It counts
    /// what is on the wire, so that the switch cannot hide an eleventh call from it.
    /// </summary>
    public int MostCallsAtOnce()
    {
        var open = new HashSet<string>(StringComparer.Ordinal);
        var ended = new HashSet<string>(StringComparer.Ordinal);
        var most = 0;
        foreach (var message in Messages)
        {
            var ends = message.Method is "BYE" or "CANCEL" || (message is { Sent: true, Status: >= 300, Method: "INVITE" });
            if (ends)
            {
                ended.Add(message.CallId);
                open.Remove(message.CallId);
            }
            else if (message is { Sent: false, Status: 0, Method: "INVITE" } && !ended.Contains(message.CallId))
            {
                open.Add(message.CallId);
                most = Math.Max(most, open.Count);
            }
        }

        return most;
    }

    /// <summary>Throws with the whole log unless exactly <paramref name="calls"/> calls went well and none failed.</summary>
    public SippResult ShouldAllSucceed(int calls)
    {
        if (TimedOut || Failed != 0 || Successful != calls)
        {
            throw new InvalidOperationException(
                $"sipp: {Successful} of {calls} calls went well, {Failed} failed, exit code {ExitCode}"
                + (TimedOut ? ", ended by its time-out" : "") + "\n" + Log);
        }

        return this;
    }
}

/// <summary>
/// A real SIP peer (Debian's sipp) on a loopback address, as caller or as answerer. Started by a test, ended with it.
/// </summary>
public sealed class Sipp : IAsyncDisposable
{
    private const int SigUsr1 = 10; // sipp's "finish the calls and quit".
    private const int LogLimit = 60_000;
    private readonly ChildProcess _process;
    private readonly SippOptions _options;
    private readonly string _directory;

    private Sipp(ChildProcess process, SippOptions options, string directory)
    {
        (_process, _options, _directory) = (process, options, directory);
        Completion = CompleteAsync();
    }

    /// <summary>Its result, when it has ended by itself, by <see cref="StopAsync"/> or by its time-out.</summary>
    public Task<SippResult> Completion { get; }

    /// <summary>Starts a caller and waits for its end.</summary>
    public static async Task<SippResult> CallAsync(SippOptions options)
    {
        await using var sipp = await StartAsync(options);
        return await sipp.Completion;
    }

    /// <summary>Starts it; an answerer is listening when this returns.</summary>
    public static async Task<Sipp> StartAsync(SippOptions options)
    {
        var directory = Directory.CreateTempSubdirectory("tandem-sipp-").FullName;
        var source = Path.Combine(ScenarioDirectory, options.Scenario + ".xml");
        var text = await File.ReadAllTextAsync(source);
        if (text.Contains("__STATUS__", StringComparison.Ordinal))
        {
            if (options.Status is < 300 or > 699) throw new ArgumentException($"{options.Scenario} needs a Status.");
            text = text.Replace("__STATUS__", options.Status.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        }

        var scenario = Path.Combine(directory, options.Scenario + ".xml");
        await File.WriteAllTextAsync(scenario, text);
        var process = ChildProcess.Start("sipp", Arguments(options, scenario, directory), directory);
        var sipp = new Sipp(process, options, directory);
        if (options.Remote is null)
        {
            await Eventually.HoldsAsync(
                () => (options.Tcp ? Loopback.IsTcpListening(options.Local) : Loopback.IsUdpBound(options.Local)) || process.HasExited,
                TimeSpan.FromSeconds(10),
                () => $"sipp does not listen on {options.Local}: {process.Output}");
            if (process.HasExited)
                throw new InvalidOperationException($"sipp ended at once on {options.Local}:\n{(await sipp.Completion).Log}");
        }

        return sipp;
    }

    /// <summary>Lets the calls in progress finish, then ends it; after 5 s in any case.</summary>
    public async Task<SippResult> StopAsync()
    {
        _process.Signal(SigUsr1);
        if (!await _process.WaitForExitAsync(TimeSpan.FromSeconds(5))) await _process.KillAsync();
        return await Completion;
    }

    /// <summary>As if the peer's machine lost its power.</summary>
    public async Task<SippResult> KillAsync()
    {
        await _process.KillAsync();
        return await Completion;
    }

    /// <summary>The messages so far, while it runs.</summary>
    public IReadOnlyList<SippMessage> MessagesSoFar() => ReadMessages();

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _process.KillAsync();
        await Completion; // It still reads the process and its files.
        await _process.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static string ScenarioDirectory =>
        Path.Combine(RepositoryRoot.Path, "tests", "Interop.Tests", "scenarios");

    private static List<string> Arguments(SippOptions options, string scenario, string directory)
    {
        List<string> arguments = [];
        if (options.Remote is { } remote) arguments.Add(remote.ToString());
        arguments.AddRange([
            "-sf", scenario, "-i", options.Local.Address.ToString(), "-p", Number(options.Local.Port), "-nostdin",
            "-d", Number((int)options.Hold.TotalMilliseconds), "-s", options.Callee, "-key", "caller", options.Caller,
            "-trace_stat", "-stf", Path.Combine(directory, "stat.csv"), "-fd", "1",
            "-trace_shortmsg", "-shortmessage_file", Path.Combine(directory, "short.log"),
            "-trace_err", "-error_file", Path.Combine(directory, "errors.log"),
        ]);
        if (options.Calls > 0) arguments.AddRange(["-m", Number(options.Calls)]);
        if (options.Remote is not null) arguments.AddRange(["-r", Number(options.Rate)]);
        if (options.Limit > 0) arguments.AddRange(["-l", Number(options.Limit)]);
        if (options.Tcp) arguments.AddRange(["-t", "t1"]);
        if (options.LossPercent > 0) arguments.AddRange(["-lost", Number(options.LossPercent)]);
        if (options.TraceMessages)
            arguments.AddRange(["-trace_msg", "-message_file", Path.Combine(directory, "messages.log")]);
        if (options.Numbers.Count > 0)
        {
            var file = Path.Combine(directory, "numbers.csv");
            File.WriteAllLines(file, ["SEQUENTIAL", .. options.Numbers.Select(n => $"{n.Caller};{n.Callee}")]);
            arguments.AddRange(["-inf", file]);
        }

        arguments.AddRange(options.Extra);
        return arguments;
    }

    private static string Number(int n) => n.ToString(CultureInfo.InvariantCulture);

    private async Task<SippResult> CompleteAsync()
    {
        await Task.Yield();
        var timedOut = !await _process.WaitForExitAsync(_options.Timeout);
        if (timedOut)
        {
            _process.Signal(SigUsr1);
            if (!await _process.WaitForExitAsync(TimeSpan.FromSeconds(3))) await _process.KillAsync();
        }

        var stat = ReadStat();
        long Count(string name) => stat.GetValueOrDefault(name);
        return new SippResult(
            Count("TotalCallCreated"),
            Count("SuccessfulCall(C)"),
            Count("FailedCall(C)"),
            Count("Retransmissions(C)"),
            _process.ExitCode,
            timedOut,
            ReadMessages(),
            FailureLog());
    }

    private Dictionary<string, long> ReadStat()
    {
        var lines = ReadLines("stat.csv").Where(l => l.Length > 0).ToList();
        if (lines.Count < 2) return [];
        var names = lines[0].Split(';');
        var values = lines[^1].Split(';');
        return names.Zip(values)
            .Where(p => long.TryParse(p.Second, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .DistinctBy(p => p.First)
            .ToDictionary(p => p.First, p => long.Parse(p.Second, CultureInfo.InvariantCulture), StringComparer.Ordinal);
    }

    // "date \t time \t seconds \t S|R \t Call-ID \t CSeq:n METHOD \t start line"; the last line may be half written.
    private List<SippMessage> ReadMessages()
    {
        var messages = new List<SippMessage>();
        foreach (var line in ReadLines("short.log"))
        {
            var fields = line.Split('\t');
            if (fields.Length < 7 || fields[6].Length < 8
                || !decimal.TryParse(fields[2], NumberStyles.Number, CultureInfo.InvariantCulture, out var at))
            {
                continue;
            }

            var cseq = fields[5].StartsWith("CSeq:", StringComparison.OrdinalIgnoreCase) ? fields[5][5..].Trim() : fields[5];
            messages.Add(new SippMessage(at, fields[3] == "S", fields[4], cseq, fields[6]));
        }

        return messages;
    }

    private IEnumerable<string> ReadLines(string name)
    {
        var path = Path.Combine(_directory, name);
        if (!File.Exists(path)) yield break;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        while (reader.ReadLine() is { } line) yield return line;
    }

    private string FailureLog()
    {
        string Tail(string name)
        {
            var text = string.Join('\n', ReadLines(name));
            return text.Length == 0 ? "" : $"--- {name}\n{(text.Length > LogLimit ? text[^LogLimit..] : text)}\n";
        }

        var screen = _process.Output;
        return $"--- {_options.Scenario} on {_options.Local}\n{Tail("errors.log")}{Tail("messages.log")}"
            + (screen.Length > 4_000 ? screen[^4_000..] : screen);
    }
}
