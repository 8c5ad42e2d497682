using System.Diagnostics;
using System.Text;
using Tandem.Sip.Messages;
using Tandem.Sip.Tests.Parsing;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;
using Xunit.Abstractions;

namespace Tandem.Sip.Tests.Transactions;

/// <summary>What transactions cost in managed memory; a gate against growth, with the figures in its output.</summary>
public sealed class TransactionCostTests(ITestOutputHelper output)
{
    private const int Rounds = 2_000;
    private static readonly SipEndPoint Remote = SipEndPoint.Parse("192.0.2.10:5060");

    [Fact]
    public void An_INVITE_server_transaction_of_100_180_200_and_ACK_allocates_less_than_5000_bytes()
    {
        var user = new QuietUser();
        var layer = NewLayer(user);
        var invites = Enumerable.Range(0, Rounds + 10).Select(i => Datagram("INVITE", i)).ToArray();
        var acks = Enumerable.Range(0, Rounds + 10).Select(i => Datagram("ACK", i, ";tag=mytag")).ToArray();
        var perCall = Measure(invites.Length, i =>
        {
            layer.OnDatagram(invites[i], Remote, i);
            layer.Respond(user.Last!, 180, default, "mytag"u8, "Contact: <sip:s@198.51.100.7>\r\n"u8);
            layer.Respond(user.Last!, 200, default, "mytag"u8, "Contact: <sip:s@198.51.100.7>\r\n"u8, new byte[300]);
            layer.OnDatagram(acks[i], Remote, i);
            Assert.True(user.Last!.IsAcked);
        });
        output.WriteLine($"INVITE of {invites[0].Length} bytes, 100, 180, 200, ACK: {perCall} bytes, {_micros:F1} µs");
        Assert.InRange(perCall, 1, 5_000);
    }

    [Fact]
    public void A_BYE_server_transaction_allocates_less_than_3000_bytes()
    {
        var user = new QuietUser();
        var layer = NewLayer(user);
        var byes = Enumerable.Range(0, Rounds + 10).Select(i => Datagram("BYE", i, ";tag=mytag")).ToArray();
        var perCall = Measure(byes.Length, i =>
        {
            layer.OnDatagram(byes[i], Remote, i);
            layer.Respond(user.Last!, 200);
        });
        output.WriteLine($"BYE of {byes[0].Length} bytes, 200: {perCall} bytes, {_micros:F1} µs");
        Assert.InRange(perCall, 1, 3_000);
    }

    [Fact]
    public void An_INVITE_client_transaction_of_100_180_200_and_ACK_allocates_less_than_3000_bytes()
    {
        var user = new QuietUser();
        var layer = NewLayer(user);
        var invite = Strip(Datagram("INVITE", 1));
        var ack = Strip(Datagram("ACK", 1, ";tag=tt"));
        var responses = new ReadOnlyMemory<byte>[3];
        var perCall = Measure(Rounds + 10, i =>
        {
            var tx = layer.SendRequest(Remote, invite)!;
            var before = GC.GetAllocatedBytesForCurrentThread();
            var text = Encoding.ASCII.GetString(tx.Request.Span);
            int[] statuses = [100, 180, 200];
            for (var j = 0; j < 3; j++)
                responses[j] = Encoding.ASCII.GetBytes(
                    LayerHarness.ResponseTo(text, statuses[j]).ReplaceLineEndings("\r\n"));
            _notCounted += GC.GetAllocatedBytesForCurrentThread() - before;
            foreach (var response in responses) layer.OnDatagram(response, Remote, i);
            layer.SendAck(Remote, ack);
            Assert.Equal(TransactionState.Accepted, tx.State);
        });
        output.WriteLine($"INVITE of {invite.Length} bytes sent, 100, 180, 200, ACK: {perCall} bytes");
        Assert.InRange(perCall, 1, 3_000);
    }

    [Fact]
    public void A_repeated_request_allocates_no_more_than_its_parsed_form()
    {
        var user = new QuietUser();
        var layer = NewLayer(user);
        var invite = Datagram("INVITE", 1);
        layer.OnDatagram(invite, Remote, 0);
        var perRepeat = Measure(Rounds + 10, i => layer.OnDatagram(invite, Remote, i));
        output.WriteLine($"a repeat: {perRepeat} bytes, {_micros:F1} µs");
        Assert.InRange(perRepeat, 1, 300);
        Assert.Equal(1, user.Requests);
    }

    private double _micros;
    private long _notCounted;

    private static TransactionLayer NewLayer(QuietUser user) =>
        new(new TransactionLayerOptions { SentBy = "198.51.100.7:5060" }, user, user, 1_000, now: 0);

    private static byte[] Datagram(string method, int number, string toTag = "") => TestMessages.Bytes(
        TestMessages.Invite
            .Replace("INVITE sip", $"{method} sip")
            .Replace("314159 INVITE", $"314159 {method}")
            .Replace("To: <sip:4930123456789@198.51.100.7>", $"To: <sip:4930123456789@198.51.100.7>{toTag}")
            .Replace("776asdhds8a7", $"{method}{number}")
            .Replace("a84b4c76e66710-2f1", $"{number}-2f1"));

    private static byte[] Strip(byte[] datagram)
    {
        var text = Encoding.ASCII.GetString(datagram);
        var via = text.IndexOf("Via:", StringComparison.Ordinal);
        return Encoding.ASCII.GetBytes(text.Remove(via, text.IndexOf('\n', via) + 1 - via));
    }

    private long Measure(int rounds, Action<int> one)
    {
        for (var i = 0; i < 10; i++) one(i); // Compiles the path and makes the tables.
        _notCounted = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.GetTimestamp();
        for (var i = 10; i < rounds; i++) one(i);
        _micros = Stopwatch.GetElapsedTime(clock).TotalMicroseconds / (rounds - 10);
        return (GC.GetAllocatedBytesForCurrentThread() - before - _notCounted) / (rounds - 10);
    }
}
