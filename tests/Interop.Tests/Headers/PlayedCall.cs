using System.Text;
using Tandem.Interop.Tests.Calls;
using Tandem.Shared.Configuration;

namespace Tandem.Interop.Tests.Headers;

/// <summary>
/// One call with a caller and vendors that are sockets of the test: what the one says, and what the other sees.
/// </summary>
internal sealed class PlayedCall : IDisposable
{
    /// <summary>Content-Type of a session description.</summary>
    public const string Sdp = "Content-Type: application/sdp\r\n";

    private readonly string _id = Guid.NewGuid().ToString("n");
    private readonly TestCall _call;
    private CallerInvite _invite = new();
    private RawMessage? _seen;
    private string _target = "";
    private string _to = "";
    private int _cseq = 1;

    private PlayedCall(TestCall call, SwitchFixture @switch)
    {
        _call = call;
        Caller = new RawPeer(call.Caller, @switch.Node.Sip);
        Vendors = [.. call.Vendors.Select(v => new RawPeer(v.At))];
    }

    /// <summary>A number that the vendors take.</summary>
    public string Callee => _call.Callee;

    /// <summary>The customer.</summary>
    public RawPeer Caller { get; }

    /// <summary>In the order of trying.</summary>
    public IReadOnlyList<RawPeer> Vendors { get; }

    /// <summary>The first of them.</summary>
    public RawPeer Vendor => Vendors[0];

    /// <summary>A call with one vendor, before its INVITE.</summary>
    public static Task<PlayedCall> PrepareAsync(
        SwitchFixture @switch,
        Func<RoutingGatewayConfiguration, RoutingGatewayConfiguration>? vendor = null,
        Func<MappingGatewayConfiguration, MappingGatewayConfiguration>? caller = null) =>
        PrepareManyAsync(@switch, caller ?? (g => g), vendor ?? (g => g));

    /// <summary>A call with several vendors, before its INVITE.</summary>
    public static async Task<PlayedCall> PrepareManyAsync(
        SwitchFixture @switch,
        Func<MappingGatewayConfiguration, MappingGatewayConfiguration> caller,
        params Func<RoutingGatewayConfiguration, RoutingGatewayConfiguration>[] vendors) =>
        new(await @switch.PrepareAsync(caller, [.. vendors.Select(v => VendorPeer.Played with { Gateway = v })]), @switch);

    /// <summary>A whole call: the caller's INVITE as the vendor sees it; the vendor is busy.</summary>
    public static async Task<RawMessage> SeenByVendorAsync(
        SwitchFixture @switch,
        CallerInvite invite,
        Func<RoutingGatewayConfiguration, RoutingGatewayConfiguration>? vendor = null,
        Func<MappingGatewayConfiguration, MappingGatewayConfiguration>? caller = null)
    {
        using var call = await PrepareAsync(@switch, vendor, caller);
        var seen = await call.InviteAsync(invite);
        await call.RefuseAsync();
        return seen;
    }

    /// <summary>The host that the switch tells of itself in a message.</summary>
    public static string HostIn(RawMessage message) => message.ContactUri.Split('@')[1];

    /// <summary>Sends the INVITE.</summary>
    public void Send(CallerInvite invite)
    {
        _invite = invite;
        _target = $"sip:{invite.Number ?? Callee}@switch.invalid";
        _to = $"<sip:{Callee}@switch.invalid>";
        Caller.Send(Request("INVITE") + Sdp, Encoding.Latin1.GetBytes(invite.Offer));
    }

    /// <summary>Sends the INVITE and gives what a vendor gets.</summary>
    public async Task<RawMessage> InviteAsync(CallerInvite invite, int vendor = 0)
    {
        Send(invite);
        return await SeenAsync(vendor);
    }

    /// <summary>The INVITE as a vendor gets it.</summary>
    public async Task<RawMessage> SeenAsync(int vendor = 0) => _seen = await Vendors[vendor].ReceiveAsync("INVITE");

    /// <summary>A response of a vendor to its INVITE.</summary>
    public void Respond(string status, string headers = "", string body = "", int vendor = 0) =>
        Vendors[vendor].Send(
            RawDialog.Response(_seen!, status) + headers + (body.Length > 0 ? Sdp : ""), Encoding.Latin1.GetBytes(body));

    /// <summary>A vendor refuses; gives what the caller gets.</summary>
    public async Task<RawMessage> RefuseAsync(string status = "486 Busy Here", string headers = "", int vendor = 0)
    {
        Respond(status, headers, vendor: vendor);
        var final = await FinalAsync();
        await Vendors[vendor].ReceiveAsync("ACK");
        return final;
    }

    /// <summary>A failure as the caller gets it, acknowledged.</summary>
    public async Task<RawMessage> FinalAsync(RawPeer? at = null)
    {
        var final = await (at ?? Caller).ReceiveFinalAsync();
        _to = final.Header("To");
        Caller.Send(Request("ACK"));
        return final;
    }

    /// <summary>The vendor answers; gives the answer as the caller gets it. The ACK is sent and not waited for.</summary>
    public async Task<RawMessage> AnswerAsync(string body = "v=0\r\n", string? contact = null)
    {
        var response = RawDialog.Response(_seen!, "200 OK") + Sdp;
        if (contact is not null) response = response.Replace("192.0.2.99", contact, StringComparison.Ordinal);
        Vendor.Send(response, Encoding.Latin1.GetBytes(body));
        var answer = await Caller.ReceiveFinalAsync();
        Assert.Equal(200, answer.Status);
        (_target, _to) = (answer.ContactUri, answer.Header("To"));
        Caller.Send(Request("ACK", branch: "answer"));
        return answer;
    }

    /// <summary>The caller ends; gives what the vendor gets at <paramref name="at"/>, and answers it there.</summary>
    public async Task<RawMessage> HangUpAsync(string headers = "", RawPeer? at = null)
    {
        _cseq++;
        Caller.Send(Request("BYE", headers, "bye"));
        var bye = await (at ?? Vendor).ReceiveAsync("BYE");
        (at ?? Vendor).Send(RawDialog.Response(bye, "200 OK"));
        Assert.Equal(200, (await Caller.ReceiveFinalAsync()).Status);
        return bye;
    }

    /// <summary>The vendor ends; gives what the caller gets at <paramref name="at"/>, and answers it there.</summary>
    public async Task<RawMessage> VendorHangsUpAsync(string headers = "", RawPeer? at = null)
    {
        Vendor.Send(
            $"BYE {_seen!.ContactUri} SIP/2.0\r\nVia: SIP/2.0/UDP {Vendor.Local};branch=z9hG4bK{_id}\r\nMax-Forwards: 70\r\n"
            + $"From: {_seen.Header("To")};tag=far\r\nTo: {_seen.Header("From")}\r\n"
            + $"Call-ID: {_seen.Header("Call-ID")}\r\nCSeq: 1 BYE\r\n{headers}");
        var bye = await (at ?? Caller).ReceiveAsync("BYE");
        (at ?? Caller).Send(RawDialog.Response(bye, "200 OK"));
        Assert.Equal(200, (await Vendor.ReceiveFinalAsync()).Status);
        return bye;
    }

    /// <summary>The caller cancels; gives what the vendor gets, and lets the call end.</summary>
    public async Task<RawMessage> CancelAsync(string headers)
    {
        Caller.Send(Request("CANCEL", headers));
        var cancel = await Vendor.ReceiveAsync("CANCEL");
        Vendor.Send(RawDialog.Response(cancel, "200 OK"));
        Respond("487 Request Terminated");
        await Caller.ReceiveAsync(m => m.Status == 487);
        Caller.Send(Request("ACK"));
        return cancel;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Caller.Dispose();
        foreach (var vendor in Vendors) vendor.Dispose();
    }

    private string Request(string method, string headers = "", string branch = "") =>
        $"{method} {_target} SIP/2.0\r\n"
        + $"Via: SIP/2.0/UDP {_invite.SentBy ?? Caller.Local.ToString()};branch=z9hG4bK{_id}{branch};rport\r\n"
        + $"Max-Forwards: 70\r\nFrom: {_invite.From};tag=raw\r\nTo: {_to}\r\nCall-ID: {_id}\r\nCSeq: {_cseq} {method}\r\n"
        + $"Contact: <sip:caller@{_invite.Contact ?? Caller.Local.ToString()}>\r\n"
        + (method == "INVITE" ? _invite.Headers : headers);
}
