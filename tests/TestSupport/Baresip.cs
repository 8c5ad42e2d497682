using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Tandem.TestSupport;

/// <summary>
/// Debian's baresip without sound: a real user agent as phone, caller or callee. Told what to do over its control socket.
/// </summary>
public sealed class Baresip : IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(15);
    private readonly ConcurrentQueue<JsonElement> _events = new();
    private readonly ChildProcess _process;
    private readonly string _directory;
    private readonly TcpClient _control = new();
    private readonly CancellationTokenSource _end = new();
    private Task _reading = Task.CompletedTask;

    private Baresip(ChildProcess process, IPEndPoint local, string directory) =>
        (_process, Local, _directory) = (process, local, directory);

    /// <summary>Its address, UDP and TCP.</summary>
    public IPEndPoint Local { get; }

    /// <summary>What it wrote so far; with all SIP that it sent and got.</summary>
    public string Output => _process.Output;

    /// <summary>Types of the events so far, in order (<c>CALL_ESTABLISHED</c>, <c>REGISTER_OK</c> …).</summary>
    public IReadOnlyList<string> Events => [.. _events.Select(e => e.GetProperty("type").GetString()!)];

    /// <summary>Starts it; it is ready for calls when this returns.</summary>
    /// <param name="local">Its own address.</param>
    /// <param name="account">A line of its accounts file: URI in angle brackets and parameters.</param>
    /// <param name="more">More lines of its configuration file.</param>
    public static async Task<Baresip> StartAsync(IPEndPoint local, string account, params string[] more)
    {
        var directory = Directory.CreateTempSubdirectory("tandem-baresip-").FullName;
        var control = new IPEndPoint(local.Address, Loopback.FreeTcpPort(local.Address));
        await File.WriteAllLinesAsync(
            Path.Combine(directory, "config"),
            [
                $"sip_listen {local}", $"net_interface {local.Address}", "call_max_calls 16", "call_local_timeout 60",
                "audio_source ausine,440", "audio_player aufile,/dev/null", "audio_alert aufile,/dev/null", "rtp_ports 20000-20999",
                "module_path /usr/lib/baresip/modules", "module g711.so", "module ausine.so", "module aufile.so",
                "module_tmp account.so", "module_app menu.so", "module_app ctrl_tcp.so", $"ctrl_tcp_listen {control}", .. more,
            ]);
        await File.WriteAllTextAsync(Path.Combine(directory, "accounts"), account + "\n");
        await File.WriteAllTextAsync(Path.Combine(directory, "contacts"), "");
        var process = ChildProcess.Start("baresip", ["-f", directory, "-s", "-v"], directory);
        var phone = new Baresip(process, local, directory);
        try
        {
            await Eventually.HoldsAsync(
                () => process.Lines("baresip is ready").Count > 0 || process.HasExited,
                StartTime,
                () => $"baresip is not ready:\n{phone.Output}");
            if (process.HasExited) throw new InvalidOperationException($"baresip ended at once:\n{phone.Output}");
            await phone._control.ConnectAsync(control);
            phone._reading = phone.ReadAsync();
            return phone;
        }
        catch
        {
            await phone.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives a command of its menu, for example <c>dial</c> and a number, <c>hangup</c>, <c>hold</c>.</summary>
    public async Task CommandAsync(string command, string parameters = "")
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(new { command, @params = parameters, token = command });
        var head = Encoding.ASCII.GetBytes(json.Length.ToString(CultureInfo.InvariantCulture) + ":");
        await _control.GetStream().WriteAsync(new ReadOnlyMemory<byte>([.. head, .. json, (byte)',']));
    }

    /// <summary>Until it has told of <paramref name="count"/> events of this type.</summary>
    public Task WaitAsync(string type, int count = 1, TimeSpan? limit = null) => Eventually.HoldsAsync(
        () => Events.Count(e => e == type) >= count,
        limit ?? TimeSpan.FromSeconds(10),
        () => $"{count} {type}; baresip told {string.Join(", ", Events)}:\n{Output}");

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _reading;
        _control.Dispose();
        await _process.DisposeAsync();
        _end.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    // Netstrings of JSON: events, and the answers to commands, which nobody needs.
    private async Task ReadAsync()
    {
        var (stream, kept, buffer) = (_control.GetStream(), new List<byte>(), new byte[65_536]);
        while (true)
        {
            try
            {
                var length = await stream.ReadAsync(buffer, _end.Token);
                if (length == 0) return;
                kept.AddRange(buffer.AsSpan(0, length));
            }
            catch (Exception end) when (end is OperationCanceledException or IOException)
            {
                return;
            }

            while (kept.IndexOf((byte)':') is var colon and > 0)
            {
                var size = int.Parse(Encoding.ASCII.GetString([.. kept[..colon]]), CultureInfo.InvariantCulture);
                if (kept.Count < colon + size + 2) break;
                var text = kept.GetRange(colon + 1, size).ToArray();
                kept.RemoveRange(0, colon + size + 2);
                var json = JsonDocument.Parse(text).RootElement.Clone();
                if (json.TryGetProperty("event", out _)) _events.Enqueue(json);
            }
        }
    }
}
