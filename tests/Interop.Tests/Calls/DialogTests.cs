using System.Text.Json;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Calls;

/// <summary>The two dialogs of a call in situations that sipp is too correct, or too quick, for.</summary>
[Collection(SharedSwitch.Name)]
public sealed class DialogTests(SwitchFixture @switch)
{
    // RFC 3261 §12.1: each side's own proxies, in its own dialog and nowhere else.
    [Fact]
    public async Task Route_sets_of_both_sides_are_kept_apart()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Played);
        using var talk = await TalkAsync(
            call, "Record-Route: <sip:near.invalid;lr>\r\n", "Record-Route: <sip:far.invalid;lr>\r\n");

        Assert.DoesNotContain("near.invalid", talk.Invite.Head, StringComparison.Ordinal);
        Assert.DoesNotContain("far.invalid", talk.Answer.Head, StringComparison.Ordinal);
        Assert.Equal("<sip:near.invalid;lr>", talk.Answer.Header("Record-Route"));
        Assert.Equal("<sip:far.invalid;lr>", talk.Ack.Header("Route"));
        Assert.Equal("ACK sip:far@192.0.2.99 SIP/2.0", talk.Ack.StartLine);

        talk.Vendor.Send(talk.VendorRequest("BYE", 1));
        var bye = await talk.Caller.ReceiveAsync("BYE");
        talk.Caller.Send(RawDialog.Response(bye, "200 OK"));

        Assert.Equal(200, (await talk.Vendor.ReceiveFinalAsync()).Status);
        Assert.Equal($"BYE sip:493012345@{call.Caller} SIP/2.0", bye.StartLine);
        Assert.Equal("<sip:near.invalid;lr>", bye.Header("Route"));
        Assert.DoesNotContain("far.invalid", bye.Head, StringComparison.Ordinal);
        Assert.DoesNotContain("192.0.2.99", bye.Head, StringComparison.Ordinal);
        (await call.SettleOneAsync()).ShouldEnd("Normal", "callee", 200);
    }

    [Fact]
    public async Task Offers_of_both_sides_at_once_get_491_for_the_second()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Played);
        using var talk = await TalkAsync(call);
        talk.Caller.Send(talk.Dialog.Request("INVITE") + "Content-Type: application/sdp\r\n", [.. "v=0\r\n"u8]);
        var offer = await talk.Vendor.ReceiveAsync("INVITE");

        talk.Vendor.Send(talk.VendorRequest("INVITE", 1) + "Content-Type: application/sdp\r\n", [.. "v=0\r\n"u8]);
        Assert.Equal(491, (await talk.Vendor.ReceiveFinalAsync()).Status);

        talk.Vendor.Send(RawDialog.Response(offer, "200 OK") + "Content-Type: application/sdp\r\n", [.. "v=0\r\n"u8]);
        Assert.Equal(200, (await talk.Caller.ReceiveFinalAsync()).Status);
        talk.Caller.Send(talk.Dialog.Request("ACK"));
        await talk.Vendor.ReceiveAsync("ACK");
        await HangUpAsync(talk);
        (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
    }

    [Fact]
    public async Task BYE_ends_a_reINVITE_that_is_under_way_with_487()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Played);
        using var talk = await TalkAsync(call);
        talk.Caller.Send(talk.Dialog.Request("INVITE") + "Content-Type: application/sdp\r\n", [.. "v=0\r\n"u8]);
        var pending = await talk.Vendor.ReceiveAsync("INVITE");

        talk.Vendor.Send(talk.VendorRequest("BYE", 1));

        Assert.Equal(200, (await talk.Vendor.ReceiveFinalAsync()).Status);
        Assert.Equal(487, (await talk.Caller.ReceiveFinalAsync()).Status);
        talk.Caller.Send(RawDialog.Response(await talk.Caller.ReceiveAsync("BYE"), "200 OK"));
        talk.Vendor.Send(RawDialog.Response(pending, "487 Request Terminated"));
        await talk.Vendor.ReceiveAsync("ACK");
        (await call.SettleOneAsync()).ShouldEnd("Normal", "callee", 200);
    }

    [Fact]
    public async Task Answer_of_a_reINVITE_is_acknowledged_when_the_caller_hangs_up_instead()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Played);
        using var talk = await TalkAsync(call);
        talk.Caller.Send(talk.Dialog.Request("INVITE") + "Content-Type: application/sdp\r\n", [.. "v=0\r\n"u8]);
        var offer = await talk.Vendor.ReceiveAsync("INVITE");
        talk.Vendor.Send(RawDialog.Response(offer, "200 OK") + "Content-Type: application/sdp\r\n", [.. "v=0\r\n"u8]);
        Assert.Equal(200, (await talk.Caller.ReceiveFinalAsync()).Status);

        talk.Caller.Send(talk.Dialog.Request("BYE"));

        var ack = await talk.Vendor.ReceiveAsync("ACK");
        Assert.Equal(offer.Header("CSeq").Split(' ')[0], ack.Header("CSeq").Split(' ')[0]);
        talk.Vendor.Send(RawDialog.Response(await talk.Vendor.ReceiveAsync("BYE"), "200 OK"));
        (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
    }

    [Fact]
    public async Task INVITE_that_comes_again_is_one_call_and_one_that_came_two_ways_gets_482()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Played);
        using var vendor = new RawPeer(call.Vendors[0].At);
        using var caller = new RawPeer(call.Caller, @switch.Node.Sip);
        var dialog = new RawDialog(caller, call.Callee);
        var request = dialog.Request("INVITE");
        for (var i = 0; i < 3; i++) caller.Send(request);
        var invite = await vendor.ReceiveAsync("INVITE");

        caller.Send(request.Replace("branch=z9hG4bK", "branch=z9hG4bKother", StringComparison.Ordinal));
        Assert.Equal(482, (await caller.ReceiveFinalAsync()).Status);

        vendor.Send(RawDialog.Response(invite, "486 Busy Here"));
        await vendor.ReceiveAsync("ACK");
        Assert.Equal(486, (await caller.ReceiveFinalAsync()).Status);
        (await call.SettleOneAsync()).ShouldEnd("Sip486", "callee", 486);
    }

    [Fact]
    public async Task Request_with_an_old_CSeq_gets_500_and_the_call_goes_on()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Played);
        using var talk = await TalkAsync(call);

        talk.Vendor.Send(talk.VendorRequest("OPTIONS", 7));
        Assert.Equal(200, (await talk.Vendor.ReceiveFinalAsync()).Status);
        talk.Vendor.Send(talk.VendorRequest("BYE", 6));
        Assert.Equal(500, (await talk.Vendor.ReceiveFinalAsync()).Status);

        await HangUpAsync(talk);
        (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
    }

    // A caller behind NAT, as the many: what its Contact says leads nowhere.
    [Fact]
    public async Task Requests_go_to_where_the_caller_really_is()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Played);
        using var talk = await TalkAsync(call, contact: "<sip:493012345@10.255.255.1:9>");

        talk.Vendor.Send(talk.VendorRequest("BYE", 1));

        var bye = await talk.Caller.ReceiveAsync("BYE");
        Assert.Equal("BYE sip:493012345@10.255.255.1:9 SIP/2.0", bye.StartLine);
        talk.Caller.Send(RawDialog.Response(bye, "200 OK"));
        (await call.SettleOneAsync()).ShouldEnd("Normal", "callee", 200);
    }

    [Fact]
    public async Task Operator_cuts_a_call_and_both_sides_get_BYE()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Answering);
        var calling = call.CallAsync("uac_wait_bye");
        JsonElement running = default;
        await Eventually.HoldsAsync(
            async () =>
            {
                var calls = await @switch.Rest.AllAsync("calls", "mappingGateway=" + call.Name);
                if (calls.Count == 1) running = calls[0];
                return calls.Count == 1 && running.GetProperty("phase").GetString() == "answered";
            },
            TimeSpan.FromSeconds(10),
            () => "the call is not answered");

        await @switch.Rest.DeleteAsync("calls/" + running.GetProperty("callId").GetString());

        var caller = await calling;
        (await call.SettleOneAsync()).ShouldEnd("OperatorDisconnect", "server", 200);
        Assert.Equal(["BYE"], caller.Requests());
        Assert.Equal(["INVITE", "ACK", "BYE"], call.VendorResults[0].Requests());
    }

    private async Task<RawTalk> TalkAsync(
        TestCall call, string callerHeaders = "", string vendorHeaders = "", string? contact = null)
    {
        var vendor = new RawPeer(call.Vendors[0].At);
        var caller = new RawPeer(call.Caller, @switch.Node.Sip);
        var dialog = new RawDialog(caller, call.Callee) { Contact = contact };
        const string sdp = "Content-Type: application/sdp\r\n";
        caller.Send(dialog.Request("INVITE", callerHeaders) + sdp, [.. "v=0\r\n"u8]);
        var invite = await vendor.ReceiveAsync("INVITE");
        vendor.Send(RawDialog.Response(invite, "200 OK") + vendorHeaders + sdp, [.. "v=0\r\n"u8]);
        var answer = await caller.ReceiveFinalAsync();
        Assert.Equal(200, answer.Status);
        caller.Send(dialog.Confirm(answer).Request("ACK"));
        return new RawTalk(caller, vendor, dialog, invite, answer, await vendor.ReceiveAsync("ACK"));
    }

    private static async Task HangUpAsync(RawTalk talk)
    {
        talk.Caller.Send(talk.Dialog.Request("BYE"));
        talk.Vendor.Send(RawDialog.Response(await talk.Vendor.ReceiveAsync("BYE"), "200 OK"));
        Assert.Equal(200, (await talk.Caller.ReceiveFinalAsync()).Status);
    }

    private sealed record RawTalk(
        RawPeer Caller,
        RawPeer Vendor,
        RawDialog Dialog,
        RawMessage Invite,
        RawMessage Answer,
        RawMessage Ack) : IDisposable
    {
        public string VendorRequest(string method, int cseq) =>
            $"{method} {Invite.ContactUri} SIP/2.0\r\n"
            + $"Via: SIP/2.0/UDP {Vendor.Local};branch=z9hG4bK{Guid.NewGuid():n}\r\nMax-Forwards: 70\r\n"
            + $"From: {Invite.Header("To")};tag=far\r\nTo: {Invite.Header("From")}\r\n"
            + $"Call-ID: {Invite.Header("Call-ID")}\r\nCSeq: {cseq} {method}\r\nContact: <sip:far@192.0.2.99>\r\n";

        public void Dispose()
        {
            Caller.Dispose();
            Vendor.Dispose();
        }
    }
}
