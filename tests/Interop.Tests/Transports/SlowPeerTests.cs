using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Transports;

/// <summary>Connections that send half a message and wait.</summary>
[Collection(SharedTransportSwitch.Name)]
public sealed class SlowPeerTests(TransportSwitch @switch)
{
    private const int SlowPeers = 300;

    [Fact]
    public async Task Three_hundred_half_messages_stop_no_call_and_are_closed()
    {
        var slow = new List<StreamPeer>();
        try
        {
            var from = Loopback.NextAddress();
            for (var i = 0; i < SlowPeers; i++)
            {
                slow.Add(await StreamPeer.ConnectAsync(from, @switch.V4));
                await slow[^1].SendRawAsync("INVITE sip:1@switch.invalid SIP/2.0\r\nVia: SIP/2.0/TCP ");
            }

            await using var vendor = await Sipp.StartAsync(
                new SippOptions { Scenario = "uas_answer", Local = @switch.Vendor, Tcp = true, Calls = 0 });
            var caller = await Sipp.CallAsync(new SippOptions
            {
                Scenario = "uac_call",
                Local = @switch.NextCaller(),
                Remote = @switch.V4,
                Tcp = true,
                Callee = TransportSwitch.ToTcp + "0009",
                Calls = 20,
                Hold = TimeSpan.FromMilliseconds(50),
                Timeout = TimeSpan.FromSeconds(20),
            });

            caller.ShouldAllSucceed(20);
            var ends = await Task.WhenAll(slow.Select(s => s.TryReceiveAsync(TimeSpan.FromSeconds(25))));
            Assert.All(ends, Assert.Null); // Closed, without an answer: nobody knows to whom.
        }
        finally
        {
            foreach (var peer in slow) peer.Dispose();
        }
    }
}
