using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Tandem.TestSupport;

/// <summary>A process of a test's own: its output kept, ended by its own handle and by nothing else.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    /// <summary>Lines kept of the output; the oldest go first.</summary>
    public const int MaxLines = 20_000;

    private const int SigKill = 9;
    private readonly Process _process;
    private readonly Queue<string> _lines = new();
    private readonly Lock _gate = new();

    private ChildProcess(Process process) => _process = process;

    /// <summary>Its number.</summary>
    public int Id => _process.Id;

    /// <summary>True when it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Only after it has ended; 128 + number when a signal ended it.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>What it wrote to both streams so far.</summary>
    public string Output
    {
        get
        {
            lock (_gate) return string.Join('\n', _lines);
        }
    }

    /// <summary>Starts <paramref name="file"/>.</summary>
    public static ChildProcess Start(
        string file,
        IEnumerable<string> arguments,
        string? directory = null,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = directory ?? Path.GetTempPath(),
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        var child = new ChildProcess(new Process { StartInfo = start });
        child._process.OutputDataReceived += (_, e) => child.Keep(e.Data);
        child._process.ErrorDataReceived += (_, e) => child.Keep(e.Data);
        child._process.Start();
        child._process.StandardInput.Close();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>The lines so far that hold <paramref name="text"/>.</summary>
    public IReadOnlyList<string> Lines(string text)
    {
        lock (_gate) return [.. _lines.Where(l => l.Contains(text, StringComparison.Ordinal))];
    }

    /// <summary>Sends a signal; nothing when it has ended.</summary>
    public void Signal(int signal)
    {
        if (!_process.HasExited) _ = SendSignal(_process.Id, signal);
    }

    /// <summary>True when it ended within <paramref name="limit"/>; all its output has then been read.</summary>
    public async Task<bool> WaitForExitAsync(TimeSpan limit)
    {
        using var source = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(source.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>SIGKILL, as a machine that loses its power: nothing is written, no peer is told.</summary>
    public async Task KillAsync()
    {
        Signal(SigKill);
        if (!await WaitForExitAsync(TimeSpan.FromSeconds(10)))
            throw new InvalidOperationException($"Process {Id} survived SIGKILL.");
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_gate)
        {
            if (_lines.Count == MaxLines) _lines.Dequeue();
            _lines.Enqueue(line);
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int process, int signal);
}
