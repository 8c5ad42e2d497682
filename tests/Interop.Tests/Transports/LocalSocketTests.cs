using System.Net.Sockets;
using Tandem.Interop.Tests.Calls;

namespace Tandem.Interop.Tests.Transports;

/// <summary>From which socket, with which traffic class and by which transport a vendor is reached.</summary>
[Collection(SharedTransportSwitch.Name)]
public sealed class LocalSocketTests(TransportSwitch @switch)
{
    private const string Sdp = "Content-Type: application/sdp\r\n";
    private const string Body = "v=0\r\n";

    [Fact]
    public async Task Vendor_that_pins_the_second_socket_gets_INVITE_ACK_and_BYE_from_it()
    {
        using var vendor = new ObservedSocket(@switch.PinnedVendor);
        using var caller = new RawPeer(@switch.NextCaller(), @switch.V4);
        var dialog = new RawDialog(caller, TransportSwitch.ToPinned + "0001");

        caller.Send(dialog.Request("INVITE") + Sdp, [.. "v=0\r\n"u8]);
        var invite = await vendor.ReceiveAsync("INVITE");
        vendor.Send(RawDialog.Response(invite.Message, "200 OK") + Sdp, Body, invite.From);
        var answer = await caller.ReceiveFinalAsync();
        caller.Send(dialog.Confirm(answer).Request("ACK"));
        var ack = await vendor.ReceiveAsync("ACK");
        caller.Send(dialog.Request("BYE"));
        var bye = await vendor.ReceiveAsync("BYE");
        vendor.Send(RawDialog.Response(bye.Message, "200 OK"), "", bye.From);

        Assert.Equal((@switch.Second, @switch.Second, @switch.Second), (invite.From, ack.From, bye.From));
        Assert.All(
            [invite.Message, ack.Message, bye.Message],
            m => Assert.StartsWith($"SIP/2.0/UDP {@switch.Second};branch=", m.Header("Via"), StringComparison.Ordinal));
        Assert.EndsWith($"@{@switch.Second}", invite.Message.ContactUri, StringComparison.Ordinal);
        Assert.EndsWith($"@{@switch.V4}", answer.ContactUri, StringComparison.Ordinal); // The caller's own socket.
        Assert.Equal(200, (await caller.ReceiveFinalAsync()).Status);
    }

    [Fact]
    public async Task Datagrams_have_the_traffic_class_of_SS_QOS_SIGNAL_at_once()
    {
        Assert.Equal(TransportSwitch.DefaultTrafficClass, await TrafficClassOfInviteAsync("0002"));
        await @switch.SetAsync("SS_QOS_SIGNAL", 0);
        Assert.Equal(0, await TrafficClassOfInviteAsync("0003"));
        await @switch.SetAsync("SS_QOS_SIGNAL", TransportSwitch.DefaultTrafficClass);
        Assert.Equal(TransportSwitch.DefaultTrafficClass, await TrafficClassOfInviteAsync("0004"));
    }

    [Theory]
    [InlineData(10, false)]
    [InlineData(1_300, true)]
    public async Task Large_request_to_an_auto_vendor_goes_by_TCP_and_a_small_one_by_UDP(int extra, bool byTcp)
    {
        using var datagrams = new ObservedSocket(@switch.AutoVendor);
        using var listener = new TcpListener(@switch.AutoVendor);
        listener.Start();
        using var caller = new RawPeer(@switch.NextCaller(), @switch.V4);
        var dialog = new RawDialog(caller, TransportSwitch.ToAuto + (byTcp ? "0001" : "0002"));

        var body = "v=0\r\ns=" + new string('x', extra) + "\r\n";
        caller.Send(dialog.Request("INVITE") + Sdp, System.Text.Encoding.ASCII.GetBytes(body));

        if (byTcp)
        {
            using var vendor = await StreamPeer.AcceptAsync(listener);
            var invite = await vendor.ReceiveAsync("INVITE");
            Assert.StartsWith($"SIP/2.0/TCP {@switch.V4};branch=", invite.Header("Via"), StringComparison.Ordinal);
            await vendor.SendAsync(RawDialog.Response(invite, "486 Busy Here"));
            await vendor.ReceiveAsync("ACK");
        }
        else
        {
            var invite = await datagrams.ReceiveAsync("INVITE");
            datagrams.Send(RawDialog.Response(invite.Message, "486 Busy Here"), "", invite.From);
            await datagrams.ReceiveAsync("ACK");
        }

        Assert.Equal(486, (await caller.ReceiveFinalAsync()).Status);
    }

    private async Task<int> TrafficClassOfInviteAsync(string number)
    {
        using var vendor = new ObservedSocket(@switch.PinnedVendor);
        using var caller = new RawPeer(@switch.NextCaller(), @switch.V4);
        var dialog = new RawDialog(caller, TransportSwitch.ToPinned + number);
        caller.Send(dialog.Request("INVITE") + Sdp, [.. "v=0\r\n"u8]);
        var invite = await vendor.ReceiveAsync("INVITE");
        vendor.Send(RawDialog.Response(invite.Message, "486 Busy Here"), "", invite.From);
        await vendor.ReceiveAsync("ACK");
        return invite.TrafficClass;
    }
}
