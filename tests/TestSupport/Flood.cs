using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Tandem.TestSupport;

/// <summary>
/// Sends datagrams from one address as fast as it is told to, and counts the answers by status. Never answers anything. One for
/// each address that a flood comes from.
/// </summary>
public sealed class Flood : IAsyncDisposable
{
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(10);
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly ConcurrentDictionary<int, long> _statuses = new();
    private readonly CancellationTokenSource _end = new();
    private readonly IPEndPoint _target;
    private readonly Task _counting;

    /// <summary>Binds <paramref name="local"/>.</summary>
    public Flood(IPEndPoint local, IPEndPoint target)
    {
        (Local, _target) = (local, target);
        _socket.SendBufferSize = 1 << 20;
        _socket.ReceiveBufferSize = 4 << 20;
        _socket.Bind(local);
        _counting = CountAsync();
    }

    /// <summary>Its address.</summary>
    public IPEndPoint Local { get; }

    /// <summary>Datagrams that came, by SIP status; 0 are requests and what is no SIP.</summary>
    public IReadOnlyDictionary<int, long> Statuses => _statuses;

    /// <summary>Datagrams with this status so far.</summary>
    public long Count(int status) => _statuses.GetValueOrDefault(status);

    /// <summary>Sends <paramref name="count"/> datagrams made by number, about <paramref name="perSecond"/> a second.</summary>
    /// <returns>How long it took.</returns>
    public async Task<TimeSpan> SendAsync(int count, int perSecond, Func<int, ReadOnlyMemory<byte>> datagram)
    {
        var time = TimeProvider.System;
        var began = time.GetTimestamp();
        await Task.Yield();
        for (var sent = 0; sent < count;)
        {
            var due = Math.Min(count, (int)(time.GetElapsedTime(began).TotalSeconds * perSecond) + 1);
            for (; sent < due; sent++) _socket.SendTo(datagram(sent).Span, SocketFlags.None, _target);
            if (sent < count) await Task.Delay(Turn, time);
        }

        return time.GetElapsedTime(began);
    }

    /// <summary>A request outside a dialog; Call-ID, tag and branch are new for each number.</summary>
    /// <param name="method">Method.</param>
    /// <param name="user">User of Request-URI and To, and of From and Contact for REGISTER.</param>
    /// <param name="number">Makes it unique.</param>
    /// <param name="more">Headers with their line ends.</param>
    public byte[] Request(string method, string user, int number, string more = "")
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"{Local.Address}-{Local.Port}-{number}");
        var at = user.Length == 0 ? "" : user + "@";
        var from = method == "REGISTER" ? user : "493012345";
        return Encoding.Latin1.GetBytes(
            $"{method} sip:{(method == "REGISTER" ? "" : at)}{_target} SIP/2.0\r\nVia: SIP/2.0/UDP {Local};branch=z9hG4bK{id};rport\r\n"
            + $"Max-Forwards: 70\r\nFrom: <sip:{from}@{Local}>;tag={id}\r\nTo: <sip:{at}{_target}>\r\nCall-ID: {id}\r\n"
            + $"CSeq: 1 {method}\r\nContact: <sip:{from}@{Local}>\r\n{more}Content-Length: 0\r\n\r\n");
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _counting;
        _socket.Dispose();
        _end.Dispose();
    }

    private async Task CountAsync()
    {
        await Task.Yield();
        var buffer = new byte[65_536];
        while (true)
        {
            try
            {
                var length = await _socket.ReceiveAsync(buffer, SocketFlags.None, _end.Token);
                var isResponse = buffer.AsSpan(0, length).StartsWith("SIP/2.0 "u8) && length > 11;
                var status = isResponse ? int.Parse(buffer.AsSpan(8, 3), CultureInfo.InvariantCulture) : 0;
                _statuses.AddOrUpdate(status, 1, static (_, n) => n + 1);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // The target's port is closed for a moment: that is for the test to see, not for us.
            }
        }
    }
}
