using Tandem.Interop.Tests.Calls;
using Tandem.Shared.Configuration;

namespace Tandem.Interop.Tests.Dialogs;

/// <summary>What vendors do beside answering: challenges, redirections, forks, offers of their own. Played datagram by datagram.</summary>
[Collection(SharedSwitch.Name)]
public sealed class VendorTests(SwitchFixture @switch)
{
    private const string Sdp = "Content-Type: application/sdp\r\n";
    private static readonly byte[] Body = [.. "v=0\r\n"u8];

    [Fact]
    public async Task Challenge_of_a_vendor_is_answered_for_INVITE_and_BYE()
    {
        await using var call = await @switch.PrepareAsync(
            VendorPeer.Played with { Gateway = g => g with { Password = "secret", SipAuthenticationUser = "trunk" } });
        using var play = await Play.StartAsync(@switch, call);
        const string challenge = "WWW-Authenticate: Digest realm=\"v\", nonce=\"abc\", qop=\"auth\", algorithm=SHA-256\r\n";

        play.Vendor.Send(RawDialog.Response(play.Invite, "401 Unauthorized") + challenge);
        var again = await play.Vendor.ReceiveAsync("INVITE");
        Assert.StartsWith("Digest username=\"trunk\"", again.Header("Authorization"), StringComparison.Ordinal);
        Assert.Equal("2 INVITE", again.Header("CSeq"));
        Assert.Equal(play.Invite.Header("Call-ID"), again.Header("Call-ID"));
        await play.AnswerAsync(again);

        play.Caller.Send(play.Dialog.Request("BYE"));
        var bye = await play.Vendor.ReceiveAsync("BYE");
        Assert.Contains("nc=00000002", bye.Header("Authorization"), StringComparison.Ordinal);
        play.Vendor.Send(RawDialog.Response(bye, "200 OK"));
        (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
    }

    [Fact]
    public async Task Redirection_is_followed_to_the_contact_with_the_best_q()
    {
        await using var call = await @switch.PrepareAsync(
            VendorPeer.Played with { Gateway = g => g with { SipRedirect = RedirectMode.Follow } });
        using var play = await Play.StartAsync(@switch, call);

        play.Vendor.Send(
            RawDialog.Response(play.Invite, "302 Moved Temporarily")
                .Replace("Contact: <sip:far@192.0.2.99>", $"Contact: <sip:one@{play.Vendor.Local}>;q=0.2,<sip:two@{play.Vendor.Local}>;q=0.9",
                    StringComparison.Ordinal));
        var second = await play.Vendor.ReceiveAsync("INVITE");
        Assert.Equal($"INVITE sip:two@{play.Vendor.Local} SIP/2.0", second.StartLine);
        play.Vendor.Send(RawDialog.Response(second, "486 Busy Here"));
        var third = await play.Vendor.ReceiveAsync("INVITE");
        Assert.Equal($"INVITE sip:one@{play.Vendor.Local} SIP/2.0", third.StartLine);
        await play.AnswerAsync(third);
        await play.HangUpAsync();

        Assert.Single((await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200).Attempts);
    }

    [Fact]
    public async Task Two_branches_ring_reliably_both_answer_and_the_second_gets_ACK_and_BYE()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Played);
        using var play = await Play.StartAsync(@switch, call);

        foreach (var (branch, rseq) in (ReadOnlySpan<(string, int)>)[("b1", 3), ("b2", 70)])
            play.Vendor.Send(Of(play.Invite, "180 Ringing", branch) + $"Require: 100rel\r\nRSeq: {rseq}\r\n");
        var pracks = new[] { await play.Vendor.ReceiveAsync("PRACK"), await play.Vendor.ReceiveAsync("PRACK") };
        Assert.Equal(["3 1 INVITE", "70 1 INVITE"], pracks.Select(p => p.Header("RAck")).Order());
        foreach (var prack in pracks) play.Vendor.Send(RawDialog.Response(prack, "200 OK"));

        play.Vendor.Send(Of(play.Invite, "200 OK", "b2") + Sdp, Body);
        Assert.EndsWith("tag=b2", (await play.Vendor.ReceiveAsync("ACK")).Header("To"), StringComparison.Ordinal);
        play.Vendor.Send(Of(play.Invite, "200 OK", "b1") + Sdp, Body);
        Assert.EndsWith("tag=b1", (await play.Vendor.ReceiveAsync("ACK")).Header("To"), StringComparison.Ordinal);
        var bye = await play.Vendor.ReceiveAsync("BYE");
        Assert.EndsWith("tag=b1", bye.Header("To"), StringComparison.Ordinal);
        play.Vendor.Send(RawDialog.Response(bye, "200 OK"));

        play.Confirm(await play.Caller.ReceiveFinalAsync());
        var end = play.HangUpAsync();
        await end;
        (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
    }

    [Fact]
    public async Task Vendor_that_wants_a_longer_session_gets_the_INVITE_again_with_it()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Played);
        using var play = await Play.StartAsync(@switch, call);

        play.Vendor.Send(RawDialog.Response(play.Invite, "422 Session Interval Too Small") + "Min-SE: 1800\r\n");
        var again = await play.Vendor.ReceiveAsync("INVITE");
        Assert.Equal(("1800", "1800", "2 INVITE"), (again.Header("Session-Expires"), again.Header("Min-SE"), again.Header("CSeq")));
        await play.AnswerAsync(again);
        await play.HangUpAsync();

        Assert.Single((await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200).Attempts);
    }

    [Fact]
    public async Task MESSAGE_and_NOTIFY_are_carried_REFER_only_where_the_gateway_says_so()
    {
        await using var call = await @switch.PrepareAsync(
            VendorPeer.Played with { Gateway = g => g with { SipRefer = ReferMode.Carry } });
        using var play = await Play.StartAsync(@switch, call);
        await play.AnswerAsync(play.Invite);

        play.Caller.Send(play.Dialog.Request("MESSAGE") + "Content-Type: text/plain\r\n", [.. "hello"u8]);
        var message = await play.Vendor.ReceiveAsync("MESSAGE");
        Assert.Equal(("text/plain", "hello"), (message.Header("Content-Type"), System.Text.Encoding.ASCII.GetString(message.Body)));
        play.Vendor.Send(RawDialog.Response(message, "200 OK"));
        Assert.Equal(200, (await play.Caller.ReceiveFinalAsync()).Status);

        play.Caller.Send(play.Dialog.Request("REFER", "Refer-To: <sip:1@127.0.0.9>\r\n"));
        Assert.Equal(405, (await play.Caller.ReceiveFinalAsync()).Status);

        play.Vendor.Send(play.VendorRequest("REFER", 1) + "Refer-To: <sip:1@192.0.2.99>\r\n");
        var refer = await play.Caller.ReceiveAsync("REFER");
        Assert.DoesNotContain("192.0.2.99", refer.Head, StringComparison.Ordinal);
        play.Caller.Send(RawDialog.Response(refer, "202 Accepted"));
        Assert.Equal(202, (await play.Vendor.ReceiveFinalAsync()).Status);

        play.Caller.Send(
            play.Dialog.Request("NOTIFY", "Event: refer\r\nSubscription-State: active\r\n") + "Content-Type: message/sipfrag\r\n",
            [.. "SIP/2.0 100 Trying"u8]);
        var notify = await play.Vendor.ReceiveAsync("NOTIFY");
        Assert.Equal(("refer", "active"), (notify.Header("Event"), notify.Header("Subscription-State")));
        play.Vendor.Send(RawDialog.Response(notify, "200 OK"));
        Assert.Equal(200, (await play.Caller.ReceiveFinalAsync()).Status);

        await play.HangUpAsync();
        (await call.SettleOneAsync()).ShouldEnd("Normal", "caller", 200);
    }

    [Fact]
    public async Task UPDATE_is_carried_while_the_call_rings()
    {
        await using var call = await @switch.PrepareAsync(VendorPeer.Played);
        using var play = await Play.StartAsync(@switch, call, "Supported: 100rel\r\nAllow: INVITE, ACK, BYE, PRACK, UPDATE\r\n");

        play.Vendor.Send(
            RawDialog.Response(play.Invite, "183 Session Progress") + "Allow: INVITE, ACK, BYE, PRACK, UPDATE\r\nRequire: 100rel\r\nRSeq: 9\r\n"
            + Sdp, Body);
        var progress = await play.Caller.ReceiveAsync(m => m.Status == 183);
        Assert.Contains("100rel", progress.Header("Require"), StringComparison.Ordinal);
        play.Confirm(progress);
        play.Caller.Send(play.Dialog.Request("PRACK", $"RAck: {progress.Header("RSeq")} 1 INVITE\r\n"));
        play.Vendor.Send(RawDialog.Response(await play.Vendor.ReceiveAsync("PRACK"), "200 OK"));
        Assert.Equal(200, (await play.Caller.ReceiveFinalAsync()).Status);

        play.Caller.Send(play.Dialog.Request("UPDATE") + Sdp, Body);
        var update = await play.Vendor.ReceiveAsync("UPDATE");
        play.Vendor.Send(RawDialog.Response(update, "200 OK") + Sdp, Body);
        Assert.Equal("UPDATE", (await play.Caller.ReceiveFinalAsync()).Header("CSeq").Split(' ')[1]);

        play.Vendor.Send(RawDialog.Response(play.Invite, "486 Busy Here"));
        Assert.Equal(486, (await play.Caller.ReceiveFinalAsync()).Status);
        (await call.SettleOneAsync()).ShouldEnd("Sip486", "callee", 486);
    }

    private static string Of(RawMessage invite, string status, string tag) =>
        RawDialog.Response(invite, status).Replace(";tag=far", ";tag=" + tag, StringComparison.Ordinal);

    /// <summary>A call whose caller and vendor the test plays; its INVITE is at the vendor.</summary>
    private sealed class Play(RawPeer caller, RawPeer vendor, RawDialog dialog, RawMessage invite) : IDisposable
    {
        public RawPeer Caller => caller;

        public RawPeer Vendor => vendor;

        public RawDialog Dialog => dialog;

        public RawMessage Invite => invite;

        public static async Task<Play> StartAsync(SwitchFixture @switch, TestCall call, string headers = "")
        {
            var vendor = new RawPeer(call.Vendors[0].At);
            var caller = new RawPeer(call.Caller, @switch.Node.Sip);
            var dialog = new RawDialog(caller, call.Callee);
            caller.Send(dialog.Request("INVITE", headers) + Sdp, Body);
            return new Play(caller, vendor, dialog, await vendor.ReceiveAsync("INVITE"));
        }

        public async Task AnswerAsync(RawMessage request)
        {
            vendor.Send(RawDialog.Response(request, "200 OK") + Sdp, Body);
            var answer = await caller.ReceiveFinalAsync();
            Assert.Equal(200, answer.Status);
            dialog.Confirm(answer);
            caller.Send(dialog.Request("ACK"));
            await vendor.ReceiveAsync("ACK");
        }

        public void Confirm(RawMessage response)
        {
            dialog.Confirm(response);
            if (response.Status >= 200) caller.Send(dialog.Request("ACK"));
        }

        public async Task HangUpAsync()
        {
            caller.Send(dialog.Request("BYE"));
            vendor.Send(RawDialog.Response(await vendor.ReceiveAsync("BYE"), "200 OK"));
            await caller.ReceiveAsync(m => m.Status == 200 && m.Header("CSeq").EndsWith("BYE", StringComparison.Ordinal));
        }

        public string VendorRequest(string method, int cseq) =>
            $"{method} {invite.ContactUri} SIP/2.0\r\n"
            + $"Via: SIP/2.0/UDP {vendor.Local};branch=z9hG4bK{Guid.NewGuid():n}\r\nMax-Forwards: 70\r\n"
            + $"From: {invite.Header("To")};tag=far\r\nTo: {invite.Header("From")}\r\n"
            + $"Call-ID: {invite.Header("Call-ID")}\r\nCSeq: {cseq} {method}\r\nContact: <sip:far@192.0.2.99>\r\n";

        public void Dispose()
        {
            caller.Dispose();
            vendor.Dispose();
        }
    }
}
