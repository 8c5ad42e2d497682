using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Tandem.Sip.Transport;

namespace Tandem.Sip.Tests.Transport;

/// <summary>Real sockets on loopback; waiting is bounded and always for a condition.</summary>
public sealed class UdpSocketTests
{
    private static readonly IPEndPoint AnyPort = new(IPAddress.Loopback, 0);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public void Two_sockets_that_share_a_port_receive_each_of_1000_datagrams_once()
    {
        using var first = UdpSocket.Bind(AnyPort);
        using var second = UdpSocket.Bind(first.LocalEndPoint);
        using var poller = new Poller(first, second);
        using var batch = new ReceiveBatch();
        var senders = Enumerable.Range(0, 16).Select(_ => UdpSocket.Bind(AnyPort)).ToList();
        var sends = senders.Select(s => new SendBatch(s)).ToList();
        var remote = SipEndPoint.From(first.LocalEndPoint);
        var payload = new byte[900];
        for (var i = 0; i < 1_000; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(payload, i);
            Assert.True(sends[i % sends.Count].Add(remote, payload));
        }

        foreach (var send in sends) send.Flush();
        Assert.Equal(1_000, sends.Sum(s => s.Sent));

        var seen = new HashSet<int>();
        var ports = senders.Select(s => (ushort)s.LocalEndPoint.Port).ToArray();
        for (var clock = Stopwatch.StartNew(); seen.Count < 1_000 && clock.Elapsed < Patience;)
        {
            poller.Wait(TimeSpan.FromSeconds(1));
            foreach (var socket in new[] { first, second })
            {
                while (socket.Receive(batch) > 0)
                {
                    for (var i = 0; i < batch.Count; i++)
                    {
                        var (bytes, from) = batch[i];
                        Assert.Equal(900, bytes.Length);
                        var number = BinaryPrimitives.ReadInt32LittleEndian(bytes.Span);
                        Assert.Equal(SipEndPoint.FromV4(0x7F000001, ports[number % ports.Length]), from);
                        Assert.True(seen.Add(number), $"{number} twice");
                    }
                }
            }
        }

        Assert.Equal(1_000, seen.Count);
        Assert.Equal(1_000, first.Received + second.Received);
        Assert.True(first.Received > 0 && second.Received > 0, "the kernel spreads 16 senders over both");
        foreach (var send in sends) send.Dispose();
        foreach (var sender in senders) sender.Dispose();
    }

    [Fact]
    public void Moving_datagrams_allocates_nothing()
    {
        using var server = UdpSocket.Bind(AnyPort);
        using var client = UdpSocket.Bind(AnyPort);
        using var received = new ReceiveBatch();
        using var requests = new SendBatch(client);
        using var poller = new Poller(server);
        var remote = SipEndPoint.From(server.LocalEndPoint);
        var payload = new byte[900];
        Round(10); // Compiles the path.
        var before = GC.GetAllocatedBytesForCurrentThread();
        var moved = Round(50);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(50 * 20, moved);
        Assert.Equal(0, allocated);

        int Round(int rounds)
        {
            var count = 0;
            for (var i = 0; i < rounds; i++)
            {
                for (var j = 0; j < 20; j++) requests.Add(remote, payload);
                requests.Flush();
                for (var left = 20; left > 0;)
                {
                    if (!poller.Wait(Patience)) break;
                    var got = server.Receive(received);
                    for (var j = 0; j < got; j++) count += received[j].Bytes.Length == 900 ? 1 : 0;
                    left -= got;
                }
            }

            return count;
        }
    }

    [Fact]
    public void Receive_from_an_empty_socket_returns_at_once()
    {
        using var socket = UdpSocket.Bind(AnyPort);
        using var batch = new ReceiveBatch();
        Assert.Equal(0, socket.Receive(batch));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch[0]);
    }

    [Fact]
    public void A_datagram_longer_than_the_buffer_is_dropped_and_counted()
    {
        using var server = UdpSocket.Bind(AnyPort);
        using var client = UdpSocket.Bind(AnyPort);
        using var poller = new Poller(server);
        using var batch = new ReceiveBatch(4, 100);
        using var send = new SendBatch(client);
        var remote = SipEndPoint.From(server.LocalEndPoint);
        send.Add(remote, new byte[101]);
        send.Add(remote, new byte[100]);
        Assert.Equal(2, send.Flush());
        Assert.True(poller.Wait(Patience));
        Assert.Equal(1, server.Receive(batch));
        Assert.Equal(100, batch[0].Bytes.Length);
        Assert.Equal(1, server.Truncated);
    }

    [Fact]
    public void The_kernels_drops_can_be_read()
    {
        using var server = UdpSocket.Bind(AnyPort, new UdpSocketOptions { ReceiveBufferBytes = 4096 });
        using var client = UdpSocket.Bind(AnyPort);
        using var send = new SendBatch(client);
        Assert.Equal(0u, server.KernelDrops);
        for (var i = 0; i < 200; i++) send.Add(SipEndPoint.From(server.LocalEndPoint), new byte[1000]);
        send.Flush();
        Assert.InRange(server.KernelDrops, 100u, 200u);
    }

    [Fact]
    public void A_full_batch_flushes_itself()
    {
        using var server = UdpSocket.Bind(AnyPort);
        using var client = UdpSocket.Bind(AnyPort);
        using var send = new SendBatch(client, capacity: 2);
        for (var i = 0; i < 5; i++) send.Add(SipEndPoint.From(server.LocalEndPoint), "x"u8);
        Assert.Equal(4, send.Sent);
        Assert.Equal(1, send.Count);
    }

    [Fact]
    public void A_datagram_that_the_kernel_refuses_is_reported_and_the_others_are_sent()
    {
        using var server = UdpSocket.Bind(AnyPort);
        using var client = UdpSocket.Bind(AnyPort);
        using var send = new SendBatch(client);
        var failures = new List<(SipEndPoint Remote, int Length)>();
        send.OnFailure = (remote, datagram, _) => failures.Add((remote, datagram.Length));
        var good = SipEndPoint.From(server.LocalEndPoint);
        // A socket bound to loopback can't send elsewhere; broadcast is forbidden without its option.
        var bad = SipEndPoint.Parse("255.255.255.255:5060");
        send.Add(good, new byte[1]);
        send.Add(bad, new byte[2]);
        send.Add(good, new byte[3]);
        Assert.Equal(2, send.Flush());
        Assert.Equal([(bad, 2)], failures);
        Assert.Equal(1, send.Failed);
        Assert.False(send.Add(good, new byte[SendBatch.MaxDatagramBytes + 1]));
        Assert.False(send.Add(SipEndPoint.Parse("[2001:db8::1]:5060"), "x"u8));
        Assert.Equal(3, send.Failed);
    }

    [Fact]
    public void Names_the_fix_when_the_address_is_in_use()
    {
        using var holder = UdpSocket.Bind(AnyPort, new UdpSocketOptions { ReusePort = false });
        var error = Assert.Throws<SocketBindException>(() => UdpSocket.Bind(holder.LocalEndPoint));
        Assert.Equal(SocketError.AddressAlreadyInUse, error.Error);
        Assert.Contains($"ss -ulpn sport = :{holder.LocalEndPoint.Port}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_the_fix_when_no_interface_has_the_address()
    {
        var error = Assert.Throws<SocketBindException>(() => UdpSocket.Bind(IPEndPoint.Parse("192.0.2.77:5060")));
        Assert.Equal(SocketError.AddressNotAvailable, error.Error);
        Assert.Contains("192.0.2.77", error.Message, StringComparison.Ordinal);
        Assert.Contains("0.0.0.0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Takes_IPv6_as_well()
    {
        if (!Socket.OSSupportsIPv6) return; // The machine has it switched off: nothing to prove here.
        using var server = UdpSocket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        using var poller = new Poller(server);
        using var send = new SendBatch(server);
        using var batch = new ReceiveBatch(2, 100);
        send.Add(SipEndPoint.From(server.LocalEndPoint), "x"u8);
        Assert.Equal(1, send.Flush());
        Assert.True(poller.Wait(Patience));
        Assert.Equal(1, server.Receive(batch));
        Assert.Equal(SipEndPoint.From(server.LocalEndPoint), batch[0].Remote);
    }
}
