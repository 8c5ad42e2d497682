using System.Net;
using System.Net.Sockets;
using System.Text;
using Tandem.Sip.Parsing;
using Tandem.Sip.Transport;
using static Tandem.Sip.Tests.Transport.StreamHarness;

namespace Tandem.Sip.Tests.Transport;

public sealed class StreamTransportTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void Brings_messages_and_answers_by_the_same_connection(string address)
    {
        using var harness = new StreamHarness(address: address);
        using var peer = harness.Connect();
        Write(peer, Message("one") + Message("two", body: "hello"));
        var (id, remote) = harness.Next();
        Assert.Equal(("one", SipEndPoint.From((IPEndPoint)peer.LocalEndPoint!, SipTransport.Tcp)), (id, remote));
        Assert.Equal("two", harness.Next().Id);
        harness.Send(remote, "answer");
        Assert.Equal("answer", Read(peer, 6));
        Assert.Equal((1L, 0L, 2L), (harness.Transport.Statistics.Accepted, harness.Transport.Statistics.Opened, harness.Transport.Statistics.Received));
    }

    [Fact]
    public void Opens_one_connection_for_all_that_goes_to_a_peer_and_hears_what_the_peer_sends_by_it()
    {
        using var harness = new StreamHarness();
        using var vendor = Listen();
        var remote = SipEndPoint.From((IPEndPoint)vendor.LocalEndPoint!, SipTransport.Tcp);
        for (var i = 0; i < 20; i++) harness.Send(remote, $"message {i:00};");
        using var accepted = Accept(vendor);
        var all = Read(accepted, 20 * 11);
        Assert.Equal(string.Concat(Enumerable.Range(0, 20).Select(i => $"message {i:00};")), all);
        Write(accepted, Message("back"));
        Assert.Equal(("back", remote), harness.Next());
        Assert.Equal(1, harness.Transport.Statistics.Opened);
    }

    [Fact]
    public void Opens_a_new_connection_to_the_port_of_the_Via_when_that_of_the_request_is_gone()
    {
        using var harness = new StreamHarness();
        using var listener = Listen();
        SipEndPoint remote;
        using (var peer = harness.Connect())
        {
            Write(peer, Message("one", via: listener.LocalEndPoint!.ToString()!));
            remote = harness.Next().Remote;
        }

        Until(() => harness.Transport.Connections == 0);
        harness.Send(remote, "answer");
        using var again = Accept(listener);
        Assert.Equal("answer", Read(again, 6));
    }

    [Fact]
    public void Reports_what_cannot_be_sent()
    {
        using var harness = new StreamHarness();
        SipEndPoint nobody;
        using (var gone = Listen()) nobody = SipEndPoint.From((IPEndPoint)gone.LocalEndPoint!, SipTransport.Tcp);
        harness.Send(nobody, "lost");
        Assert.Equal((nobody, "lost"), harness.NextUnsent());
        Until(() => harness.Transport.Statistics.Ended(StreamEnd.ConnectFailed) == 1);
        Assert.Equal(0, harness.Transport.Connections);
    }

    [Fact]
    public void Answers_a_ping_with_one_line_end()
    {
        using var harness = new StreamHarness();
        using var peer = harness.Connect();
        Write(peer, "\r\n\r\n");
        Assert.Equal("\r\n", Read(peer, 2));
        Write(peer, Message("one"));
        Assert.Equal("one", harness.Next().Id);
        Assert.Equal(1, harness.Transport.Statistics.Pings);
    }

    [Fact]
    public void Passes_on_what_has_no_Content_Length_so_that_it_is_answered_and_then_closes()
    {
        using var harness = new StreamHarness();
        using var peer = harness.Connect();
        Write(peer, Message("one").Replace("Content-Length: 0\r\n", "", StringComparison.Ordinal));
        var (reason, remote) = harness.NextRefused();
        Assert.Equal(SipRejectReason.MissingContentLength, reason);
        harness.Send(remote, "400");
        Assert.Equal("400", Read(peer, 3));
        Advance(harness, StreamOptions.DefaultLinger);
        AssertClosed(peer, harness, StreamEnd.FramingLost);
    }

    [Fact]
    public void Closes_a_connection_whose_message_is_not_whole_in_time()
    {
        using var harness = new StreamHarness();
        using var peer = harness.Connect();
        Write(peer, Message("whole") + "INVITE sip:a@b SI");
        harness.Next();
        for (var i = 0; i < 9; i++)
        {
            Advance(harness, TimeSpan.FromSeconds(1));
            Write(peer, "P"); // Each byte in time, the whole never.
        }

        Assert.Equal(1, harness.Transport.Connections);
        Advance(harness, TimeSpan.FromSeconds(1.5));
        AssertClosed(peer, harness, StreamEnd.MessageTimeout);
    }

    [Fact]
    public void Closes_a_silent_connection_early_and_an_idle_one_late()
    {
        using var harness = new StreamHarness();
        using var silent = harness.Connect();
        using var used = harness.Connect();
        Write(used, Message("one"));
        harness.Next();
        Until(() => harness.Transport.Connections == 2);
        Advance(harness, StreamOptions.DefaultFirstMessageTimeout + TimeSpan.FromSeconds(1));
        AssertClosed(silent, harness, StreamEnd.NoMessage);
        Assert.Equal(1, harness.Transport.Connections);
        Advance(harness, StreamOptions.DefaultIdleTimeout);
        AssertClosed(used, harness, StreamEnd.Idle);
    }

    [Fact]
    public void Refuses_more_connections_than_one_source_may_have_and_takes_others_when_some_end()
    {
        using var harness = new StreamHarness(new StreamOptions { MaxAcceptedPerSource = 2 });
        using var first = harness.Connect();
        using var second = harness.Connect();
        Until(() => harness.Transport.Connections == 2);
        using var third = harness.Connect();
        Assert.Equal(0, third.Receive(new byte[1]));
        Until(() => harness.Transport.Statistics.Ended(StreamEnd.TooManyOfSource) == 1);
        first.Dispose();
        Until(() => harness.Transport.Connections == 1);
        using var fourth = harness.Connect();
        Write(fourth, Message("in"));
        Assert.Equal("in", harness.Next().Id);
    }

    [Fact]
    public void Refuses_more_connections_than_there_may_be_at_all_and_still_opens_its_own()
    {
        using var harness = new StreamHarness(new StreamOptions { MaxAccepted = 1 });
        using var first = harness.Connect();
        Until(() => harness.Transport.Connections == 1);
        using var second = harness.Connect();
        Assert.Equal(0, second.Receive(new byte[1]));
        Assert.Equal(1, harness.Transport.Statistics.Ended(StreamEnd.TooMany));
        using var vendor = Listen();
        harness.Send(SipEndPoint.From((IPEndPoint)vendor.LocalEndPoint!, SipTransport.Tcp), "out");
        using var accepted = Accept(vendor);
        Assert.Equal("out", Read(accepted, 3));
    }

    [Fact]
    public void Bounds_what_waits_for_a_peer_that_does_not_read()
    {
        using var harness = new StreamHarness(new StreamOptions { MaxQueuedBytes = 100_000 });
        using var peer = harness.Connect();
        Write(peer, Message("one"));
        var remote = harness.Next().Remote;
        var message = new string('x', 50_000);
        var sent = -1L;
        while (sent != harness.Transport.Statistics.Sent)
        {
            // The kernel takes some megabytes before it is full; then what is sent stays the same.
            sent = harness.Transport.Statistics.Sent;
            for (var i = 0; i < 10; i++) harness.Send(remote, message);
            SpinWait.SpinUntil(() => sent != harness.Transport.Statistics.Sent, TimeSpan.FromMilliseconds(300));
        }

        Assert.True(harness.Transport.Statistics.Overflows > 0);

        // The kernel may have had room after all, so more is sent until it has none and the time-out runs through.
        Until(() =>
        {
            harness.Send(remote, message);
            Advance(harness, TimeSpan.FromMilliseconds(100));
            return harness.Transport.Statistics.Ended(StreamEnd.SendTimeout) == 1;
        });
    }

    [Fact]
    public void Reads_no_more_from_a_peer_while_its_user_is_late_and_does_not_hold_it_against_the_peer()
    {
        using var harness = new StreamHarness { Gate = new TaskCompletionSource() };
        using var peer = harness.Connect();
        Write(peer, Message("one") + Message("two"));
        Assert.Equal("one", harness.Next().Id);
        Advance(harness, TimeSpan.FromHours(1));
        Assert.Equal(1, harness.Transport.Statistics.Received);
        harness.Gate.SetResult();
        Assert.Equal("two", harness.Next().Id);
    }

    [Fact]
    public void Says_which_address_is_taken()
    {
        using var harness = new StreamHarness();
        var failure = Assert.Throws<SocketBindException>(() => new StreamTransport(
            [new StreamListener(0, harness.Here.ToIPEndPoint(), SipTransport.Tcp)], new Dictionary<byte, IPEndPoint>(),
            TlsCertificates.None, harness, harness.Time));
        Assert.Contains("tcp " + harness.Here.ToIPEndPoint(), failure.Message, StringComparison.Ordinal);
    }

    private static void Advance(StreamHarness harness, TimeSpan time) => harness.Time.Advance(time);

    // The transport may arm its timer a moment after the test has moved the clock, so the clock creeps on while it waits.
    private static void AssertClosed(Socket peer, StreamHarness harness, StreamEnd end)
    {
        Until(() =>
        {
            if (harness.Transport.Statistics.Ended(end) == 1) return true;
            Advance(harness, TimeSpan.FromMilliseconds(50));
            return false;
        });
        try
        {
            while (peer.Receive(new byte[256]) > 0)
            {
            }
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // What the peer had sent and nobody read makes a reset of the end.
        }
    }

    private static Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return socket;
    }

    private static Socket Accept(Socket listener)
    {
        Assert.True(listener.Poll(StreamHarness.Patience, SelectMode.SelectRead), "nobody connected");
        var accepted = listener.Accept();
        accepted.ReceiveTimeout = (int)StreamHarness.Patience.TotalMilliseconds;
        return accepted;
    }

    private static void Write(Socket socket, string text) => socket.Send(Encoding.ASCII.GetBytes(text));

    private static string Read(Socket socket, int length)
    {
        var (buffer, read) = (new byte[length], 0);
        while (read < length && socket.Receive(buffer.AsSpan(read)) is > 0 and var more) read += more;
        return Encoding.ASCII.GetString(buffer, 0, read);
    }
}
