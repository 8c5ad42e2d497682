using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Tandem.Interop.Tests.Calls;

/// <summary>A datagram as it came, read as far as a test needs.</summary>
/// <param name="Bytes">All of it.</param>
internal sealed record RawMessage(byte[] Bytes)
{
    /// <summary>Start line and headers; Latin-1, so that each byte is one character.</summary>
    public string Head => Encoding.Latin1.GetString(Bytes, 0, HeadLength);

    /// <summary>The body.</summary>
    public byte[] Body => Bytes[Math.Min(Bytes.Length, HeadLength + 4)..];

    /// <summary>Request line or status line.</summary>
    public string StartLine => Head.Split("\r\n")[0];

    /// <summary>Status code, 0 for a request.</summary>
    public int Status => StartLine.StartsWith("SIP/2.0 ", StringComparison.Ordinal)
        ? int.Parse(StartLine.AsSpan(8, 3), CultureInfo.InvariantCulture) : 0;

    /// <summary>All lines of a header, each with its name.</summary>
    public string Lines(string name) => string.Concat(
        Head.Split("\r\n")
            .Where(l => l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(l => l + "\r\n"));

    /// <summary>Value of a header's first line; empty when there is none.</summary>
    public string Header(string name) =>
        Lines(name).Split("\r\n")[0] is { Length: > 0 } line ? line[(name.Length + 1)..].Trim() : "";

    /// <summary>URI of the Contact.</summary>
    public string ContactUri => Header("Contact").Split('<', '>')[1];

    private int HeadLength => Bytes.AsSpan().IndexOf("\r\n\r\n"u8) is var end and >= 0 ? end : Bytes.Length;
}

/// <summary>A UDP socket that a test plays a SIP peer with, datagram by datagram: sipp is too correct.</summary>
internal sealed class RawPeer : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly byte[] _buffer = new byte[65_536];

    public RawPeer(IPEndPoint local, IPEndPoint? remote = null)
    {
        Local = local;
        _socket.Bind(local);
        if (remote is not null) _socket.Connect(remote);
    }

    /// <summary>Its address.</summary>
    public IPEndPoint Local { get; }

    /// <summary>Sends to the peer that it is connected to.</summary>
    public void Send(byte[] datagram) => _socket.Send(datagram);

    /// <summary>Sends a message made of a head with CR LF ends and a body; Content-Length is added.</summary>
    public void Send(string head, byte[]? body = null) =>
        Send([.. Encoding.Latin1.GetBytes($"{head}Content-Length: {body?.Length ?? 0}\r\n\r\n"), .. body ?? []]);

    /// <summary>The next datagram, or null when none comes in time.</summary>
    public async Task<RawMessage?> TryReceiveAsync(TimeSpan limit)
    {
        using var source = new CancellationTokenSource(limit);
        try
        {
            var from = new IPEndPoint(IPAddress.Any, 0);
            var received = await _socket.ReceiveFromAsync(_buffer, SocketFlags.None, from, source.Token);
            if (!_socket.Connected) await _socket.ConnectAsync(received.RemoteEndPoint);
            return new RawMessage(_buffer[..received.ReceivedBytes]);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>The next message that is wanted; others are passed over.</summary>
    public async Task<RawMessage> ReceiveAsync(Func<RawMessage, bool> wanted)
    {
        var passed = "";
        while (await TryReceiveAsync(Patience) is { } message)
        {
            if (wanted(message)) return message;
            passed += message.StartLine + "\n";
        }

        throw new TimeoutException($"{Local} waited for a message in vain; it got:\n{passed}");
    }

    /// <summary>The next request of this method.</summary>
    public Task<RawMessage> ReceiveAsync(string method) =>
        ReceiveAsync(m => m.StartLine.StartsWith(method + " ", StringComparison.Ordinal));

    /// <summary>The next final response.</summary>
    public Task<RawMessage> ReceiveFinalAsync() => ReceiveAsync(m => m.Status >= 200);

    /// <inheritdoc />
    public void Dispose() => _socket.Dispose();
}
