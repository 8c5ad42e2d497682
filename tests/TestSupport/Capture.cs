using System.Globalization;

namespace Tandem.TestSupport;

/// <summary>One packet as tshark decoded it.</summary>
/// <param name="Number">In the capture, from 1.</param>
/// <param name="Protocols">For example <c>eth:ethertype:ip:udp:sip:sdp</c>.</param>
/// <param name="IsMalformed">A dissector gave up.</param>
/// <param name="Severity">Highest expert severity; <see cref="Capture.Error"/> and <see cref="Capture.Warning"/> compare.</param>
/// <param name="Expert">What the experts say.</param>
/// <param name="Source">IP address.</param>
/// <param name="Target">IP address.</param>
/// <param name="Method">Of a SIP request; empty for a response.</param>
/// <param name="Status">Of a SIP response; 0 for a request.</param>
/// <param name="CallId">Call-ID.</param>
/// <param name="CSeq">For example <c>1 INVITE</c>.</param>
/// <param name="Branch">Of the topmost Via.</param>
/// <param name="FromTag">Tag of From.</param>
/// <param name="ToTag">Tag of To.</param>
/// <param name="Reason">Reason header.</param>
public sealed record CapturedPacket(
    int Number,
    string Protocols,
    bool IsMalformed,
    int Severity,
    string Expert,
    string Source,
    string Target,
    string Method,
    int Status,
    string CallId,
    string CSeq,
    string Branch,
    string FromTag,
    string ToTag,
    string Reason)
{
    /// <summary>True when it holds a SIP message.</summary>
    public bool IsSip => Protocols.Split(':').Contains("sip");
}

/// <summary>
/// What passes over loopback, captured and decoded by Debian's tshark: the judge of what is on the wire. Needs root.
/// </summary>
public sealed class Capture : IAsyncDisposable
{
    /// <summary>tshark's <c>PI_ERROR</c>.</summary>
    public const int Error = 0x0080_0000;

    /// <summary>tshark's <c>PI_WARN</c>.</summary>
    public const int Warning = 0x0060_0000;

    private const int SigInt = 2;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static readonly string[] Fields =
    [
        "frame.number", "frame.protocols", "_ws.malformed", "_ws.expert.severity", "_ws.expert.message", "ip.src", "ip.dst",
        "sip.Method", "sip.Status-Code", "sip.Call-ID", "sip.CSeq", "sip.Via.branch", "sip.from.tag", "sip.to.tag", "sip.Reason",
    ];

    private readonly ChildProcess _process;
    private readonly string _directory;

    private Capture(ChildProcess process, string directory) => (_process, _directory) = (process, directory);

    private string CaptureFile => Path.Combine(_directory, "capture.pcapng");

    /// <summary>Starts; what passes from now on is seen.</summary>
    /// <param name="filter">As libpcap takes it.</param>
    public static async Task<Capture> StartAsync(string filter)
    {
        var directory = Directory.CreateTempSubdirectory("tandem-capture-").FullName;
        var file = Path.Combine(directory, "capture.pcapng");
        var capture = new Capture(
            ChildProcess.Start("tshark", ["-n", "-q", "-l", "-i", "lo", "-f", filter, "-w", file], directory), directory);
        await Eventually.HoldsAsync(
            () => capture._process.Lines("Capture started").Count > 0 || capture._process.HasExited,
            Limit,
            () => $"tshark does not capture:\n{capture._process.Output}");
        if (capture._process.HasExited) throw new InvalidOperationException($"tshark ended at once:\n{capture._process.Output}");
        return capture;
    }

    /// <summary>Ends the capture when it holds <paramref name="atLeast"/> SIP messages, and decodes it.</summary>
    public async Task<IReadOnlyList<CapturedPacket>> StopAsync(int atLeast = 1)
    {
        IReadOnlyList<CapturedPacket> packets = [];
        await Eventually.HoldsAsync(
            async () => (packets = await DecodeAsync()).Count(p => p.IsSip) >= atLeast, // The kernel gives them in blocks.
            Limit,
            () => $"{packets.Count} packets:\n{string.Join('\n', packets)}");
        _process.Signal(SigInt);
        await _process.WaitForExitAsync(Limit);
        return await DecodeAsync();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _process.Signal(SigInt); // It ends the process that captures for it.
        await _process.WaitForExitAsync(TimeSpan.FromSeconds(5));
        await _process.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task<IReadOnlyList<CapturedPacket>> DecodeAsync()
    {
        if (!File.Exists(CaptureFile)) return [];
        await using var tshark = ChildProcess.Start(
            "tshark",
            ["-n", "-r", CaptureFile, "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=\u0001",
                .. Fields.SelectMany(f => (string[])["-e", f])],
            _directory);
        if (!await tshark.WaitForExitAsync(Limit)) throw new TimeoutException("tshark hangs.");
        return
        [
            .. tshark.Output.Split('\n').Select(l => l.Split('\t')).Where(f => f.Length == Fields.Length).Select(f => new CapturedPacket(
                Number(f[0]), f[1], f[2].Length > 0, f[3].Split('\u0001').Max(Number), f[4].Replace('\u0001', ';'), f[5], f[6],
                f[7], Number(f[8]), f[9], f[10], f[11].Split('\u0001')[0], f[12], f[13], f[14])),
        ];
    }

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0;
}
