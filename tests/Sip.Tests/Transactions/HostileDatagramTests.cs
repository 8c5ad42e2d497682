using System.Text;
using CsCheck;
using Tandem.Sip.Messages;
using Tandem.Sip.Tests.Parsing;
using Tandem.Sip.Timers;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;

namespace Tandem.Sip.Tests.Transactions;

/// <summary>
/// Whatever arrives, nothing is thrown and, when time has passed, nothing is left. Method of proof: datagrams of a real
/// call with bytes changed, removed, repeated and swapped between messages, in any order.
/// </summary>
public sealed class HostileDatagramTests
{
    private static readonly SipEndPoint Remote = SipEndPoint.Parse("192.0.2.10:5060");

    private static readonly string[] Templates =
    [
        TestMessages.Invite,
        Retarget("ACK"),
        Retarget("CANCEL"),
        Retarget("BYE"),
        TestMessages.Invite.Replace(";branch=z9hG4bK776asdhds8a7", ""),
    ];

    private static readonly Gen<Change> Changes = Gen.Select(
        Gen.Int[0, 3], Gen.Int[0, 10_000], Gen.Byte, Gen.Int[1, 40], (kind, at, value, length) =>
            new Change(kind, at, value, length));

    private static readonly Gen<(int Template, Change[] Changes, int Delay)[]> Floods =
        Gen.Select(Gen.Int[0, 8], Changes.Array[0, 4], Gen.Int[0, 20_000]).Array[1, 20];

    private sealed record Change(int Kind, int At, byte Value, int Length);

    [Fact]
    public void Nothing_that_arrives_throws_or_stays() =>
        Floods.Sample(
            flood =>
            {
                TransactionLayer? layer = null;
                var user = new QuietUser { OnRequestDo = tx => layer!.Respond(tx, tx.IsInvite ? 486 : 200) };
                layer = new TransactionLayer(
                    new TransactionLayerOptions { SentBy = "198.51.100.7:5060" }, user, user, 1_000, 0);
                var now = 0L;
                foreach (var (template, changes, delay) in flood)
                {
                    layer.OnDatagram(Apply(Template(layer, template), changes), Remote, now);
                    layer.Advance(now += delay);
                }

                // A transaction passes through three timers at most, and each starts when the one before is noticed.
                for (var hour = 0; hour < 3; hour++) layer.Advance(now += 3_600_000);
                Assert.Equal(0, layer.Statistics.ActiveServerTransactions);
                Assert.Equal(0, layer.Statistics.ActiveClientTransactions);
                Assert.Equal(TimerWheel.Never, layer.NextDue);
            },
            iter: 1_000);

    private static string Retarget(string method) =>
        TestMessages.Invite.Replace("INVITE sip", $"{method} sip").Replace("314159 INVITE", $"314159 {method}");

    // The templates past the requests are responses to a request that the layer sends for the purpose.
    private static byte[] Template(TransactionLayer layer, int number)
    {
        if (number < Templates.Length) return TestMessages.Bytes(Templates[number]);
        var text = TestMessages.Invite;
        var via = text.IndexOf("Via:", StringComparison.Ordinal);
        var request = text.Remove(via, text.IndexOf('\n', via) + 1 - via);
        var tx = layer.SendRequest(Remote, TestMessages.Bytes(request))!;
        if (number % 2 == 0) layer.CancelInvite(tx);
        int[] statuses = [180, 200, 486, 100];
        var response = LayerHarness.ResponseTo(
            Encoding.UTF8.GetString(tx.Request.Span), statuses[number - Templates.Length]);
        return TestMessages.Bytes(TestMessages.Crlf(response));
    }

    private static byte[] Apply(byte[] datagram, Change[] changes)
    {
        var bytes = datagram.ToList();
        foreach (var (kind, where, value, length) in changes)
        {
            if (bytes.Count == 0) break;
            var at = where % bytes.Count;
            var count = Math.Min(length, bytes.Count - at);
            switch (kind)
            {
                case 0: bytes[at] = value; break;
                case 1: bytes.RemoveRange(at, count); break;
                case 2: bytes.InsertRange(at, bytes.GetRange(at, count)); break;
                default: bytes.Insert(at, value); break;
            }
        }

        return [.. bytes];
    }
}
