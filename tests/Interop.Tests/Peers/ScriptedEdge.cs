using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Tandem.Interop.Tests.Calls;

namespace Tandem.Interop.Tests.Peers;

/// <summary>
/// What a load balancer sees of an edge, played by a socket: answers what the test tells it to, and keeps the requests. Each
/// test starts its own.
/// </summary>
internal sealed class ScriptedEdge : IAsyncDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentQueue<RawMessage> _requests = new();
    private readonly ConcurrentQueue<IPEndPoint> _sources = new();
    private readonly Task _loop;

    public ScriptedEdge(IPEndPoint local)
    {
        Local = local;
        _socket.Bind(local);
        _loop = AnswerAsync();
    }

    public IPEndPoint Local { get; }

    /// <summary>Status line after <c>SIP/2.0</c> for OPTIONS; empty is silence.</summary>
    public string Ping { get; set; } = "200 OK";

    /// <summary>Status line for all other requests, and headers with their line ends; empty is silence.</summary>
    public string Answer { get; set; } = "200 OK\r\n";

    /// <summary>All requests but the balancer's own OPTIONS, in order, repeats too.</summary>
    public IReadOnlyList<RawMessage> Requests => [.. _requests];

    /// <summary>Where they came from, each once.</summary>
    public IReadOnlyList<IPEndPoint> Sources => [.. _sources.Distinct()];

    public int Count(string method) => Requests
        .Where(r => r.StartLine.StartsWith(method + " ", StringComparison.Ordinal)).DistinctBy(r => r.Header("Via")).Count();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _loop;
        _socket.Dispose();
        _end.Dispose();
    }

    private async Task AnswerAsync()
    {
        var buffer = new byte[65_536];
        while (true)
        {
            SocketReceiveFromResult received;
            try
            {
                received = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), _end.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            var request = new RawMessage(buffer[..received.ReceivedBytes]);
            if (request.Status > 0) continue;
            var isPing = request.Lines("From").Contains("balancer.invalid", StringComparison.Ordinal);
            if (!isPing)
            {
                _requests.Enqueue(request);
                _sources.Enqueue((IPEndPoint)received.RemoteEndPoint);
            }

            var status = isPing ? Ping + "\r\n" : Answer;
            if (status.Length <= 2 || request.StartLine.StartsWith("ACK ", StringComparison.Ordinal)) continue;
            var to = request.Lines("To");
            if (!to.Contains(";tag=", StringComparison.Ordinal)) to = $"{to.TrimEnd()};tag={Local.Port}\r\n";
            var response = $"SIP/2.0 {status.Split("\r\n", 2)[0]}\r\n{request.Lines("Via")}{request.Lines("Record-Route")}"
                + $"{request.Lines("From")}{to}{request.Lines("Call-ID")}{request.Lines("CSeq")}"
                + $"Contact: <sip:edge@{Local}>\r\n{status.Split("\r\n", 2)[1]}Content-Length: 0\r\n\r\n";
            await _socket.SendToAsync(Encoding.Latin1.GetBytes(response), SocketFlags.None, received.RemoteEndPoint);
        }
    }
}
