using System.Diagnostics;
using System.Net;
using Tandem.Sip.Transport;

namespace Tandem.Sip.Tests.Transport;

public sealed class PollerTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    [Fact]
    public void A_wake_before_the_wait_is_not_lost()
    {
        using var poller = new Poller();
        poller.Wake();
        AssertReturnsEarly(poller);
    }

    [Fact]
    public void A_wake_from_another_thread_ends_the_wait()
    {
        using var poller = new Poller();
        const int Rounds = 2_000;
        var (queued, done) = (0, 0);
        var loop = new Thread(() =>
        {
            while (Volatile.Read(ref done) < Rounds)
            {
                poller.Wait(Long);
                Volatile.Write(ref done, Volatile.Read(ref queued));
            }
        });
        loop.Start();
        for (var i = 1; i <= Rounds; i++)
        {
            // Now and then late enough for the loop to be asleep, else somewhere on its way there.
            if (i % 10 == 0) SpinWait.SpinUntil(() => false, millisecondsTimeout: 1);
            Volatile.Write(ref queued, i);
            poller.Wake();
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref done) == i, Long / 2), $"wake-up {i} was lost");
        }

        Assert.True(loop.Join(TimeSpan.FromSeconds(10)), "a wake-up was lost");
    }

    [Fact]
    public void The_timeout_ends_the_wait()
    {
        using var socket = UdpSocket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var poller = new Poller(socket);
        Assert.False(poller.Wait(TimeSpan.FromMilliseconds(5)));
        Assert.False(poller.Wait(TimeSpan.Zero));
        Assert.False(poller.Wait(TimeSpan.FromSeconds(-1)));
    }

    [Fact]
    public void A_datagram_ends_the_wait()
    {
        using var socket = UdpSocket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var poller = new Poller(socket);
        using var send = new SendBatch(socket);
        send.Add(SipEndPoint.From(socket.LocalEndPoint), "x"u8);
        send.Flush();
        Assert.True(poller.Wait(Long));
    }

    private static void AssertReturnsEarly(Poller poller)
    {
        var clock = Stopwatch.StartNew();
        poller.Wait(Long);
        Assert.True(clock.Elapsed < Long / 2, "slept through it");
    }
}
