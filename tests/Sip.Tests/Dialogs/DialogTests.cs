using System.Text;
using Tandem.Sip.Dialogs;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Transport;
using Tandem.Sip.Writing;

namespace Tandem.Sip.Tests.Dialogs;

[Trait("RFC", "3261 §12")]
public sealed class DialogTests
{
    private const string Invite =
        """
        INVITE sip:100@switch.example SIP/2.0
        Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa
        Record-Route: <sip:p2.example;lr>, <sip:p1.example;lr>
        From: "Alice" <sip:alice@a.example>;tag=ft
        To: <sip:100@switch.example>
        Call-ID: c1
        CSeq: 314 INVITE
        Contact: <sip:alice@192.0.2.1:5062>
        Max-Forwards: 70
        Content-Length: 0


        """;

    private static SipMessage Parse(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n"));
        var result = SipParser.ParseDatagram(bytes);
        Assert.Equal(SipParseOutcome.Message, result.Outcome);
        return result.Message!;
    }

    private static SipMessage Response(
        string status, string routes = "", string contact = "Contact: <sip:bob@198.51.100.1>\n",
        string cseq = "7 INVITE", string toTag = ";tag=tt") => Parse(
        $"SIP/2.0 {status}\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKb\n{routes}From: <sip:us@s.example>;tag=ours\n"
        + $"To: <sip:bob@b.example>{toTag}\nCall-ID: c2\nCSeq: {cseq}\n{contact}Content-Length: 0\n\n");

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    private static string Write(Dialog dialog, SipMethod method)
    {
        using var writer = new SipWriter();
        dialog.WriteRequest(writer, method, dialog.LocalCSeq!.Value);
        writer.Finish();
        return Encoding.UTF8.GetString(writer.WrittenSpan).ReplaceLineEndings("\n");
    }

    [Fact]
    [Trait("RFC", "3261 §12.1.1")]
    public void As_UAS_takes_everything_from_the_request_and_keeps_the_order_of_Record_Route()
    {
        var dialog = Dialog.OfUas(Parse(Invite), "lt"u8, early: true)!;
        Assert.Equal("c1", Text(dialog.CallId));
        Assert.Equal("lt", Text(dialog.LocalTag));
        Assert.Equal("ft", Text(dialog.RemoteTag));
        Assert.Equal("sip:100@switch.example", Text(dialog.LocalUri));
        Assert.Equal("sip:alice@a.example", Text(dialog.RemoteUri));
        Assert.Equal("sip:alice@192.0.2.1:5062", Text(dialog.RemoteTarget));
        Assert.Equal(["<sip:p2.example;lr>", "<sip:p1.example;lr>"], dialog.RouteSet.Select(Text));
        Assert.Equal(314u, dialog.RemoteCSeq);
        Assert.Null(dialog.LocalCSeq);
        Assert.False(dialog.IsSecure);
        Assert.True(dialog.IsEarly);
        Assert.False(dialog.Confirm().IsEarly);
    }

    [Fact]
    public void As_UAS_makes_no_dialog_without_a_Contact()
    {
        Assert.Null(Dialog.OfUas(Parse(Invite.Replace("Contact: <sip:alice@192.0.2.1:5062>\n", "")), "lt"u8));
        Assert.Null(Dialog.OfUas(Parse(Invite.Replace("<sip:alice@192.0.2.1:5062>", "*")), "lt"u8));
    }

    [Fact]
    public void Is_secure_only_over_TLS_and_for_a_SIPS_URI()
    {
        var sips = Invite.Replace("INVITE sip:", "INVITE sips:");
        Assert.True(Dialog.OfUas(Parse(sips), "lt"u8, SipTransport.Tls)!.IsSecure);
        Assert.False(Dialog.OfUas(Parse(sips), "lt"u8, SipTransport.Tcp)!.IsSecure);
        Assert.False(Dialog.OfUas(Parse(Invite), "lt"u8, SipTransport.Tls)!.IsSecure);
        Assert.True(Dialog.OfUac(Response("200 OK"), "sips:b@b.example"u8, SipTransport.Tls)!.IsSecure);
    }

    [Fact]
    [Trait("RFC", "3261 §12.1.2")]
    public void As_UAC_takes_everything_from_the_response_and_reverses_Record_Route()
    {
        const string Routes = "Record-Route: <sip:p2.example;lr>\nRecord-Route: <sip:p1.example;lr>\n";
        var response = Response("180 Ringing", Routes);
        var dialog = Dialog.OfUac(response, "sip:bob@b.example"u8)!;
        Assert.Equal("c2", Text(dialog.CallId));
        Assert.Equal("ours", Text(dialog.LocalTag));
        Assert.Equal("tt", Text(dialog.RemoteTag));
        Assert.Equal("sip:us@s.example", Text(dialog.LocalUri));
        Assert.Equal("sip:bob@b.example", Text(dialog.RemoteUri));
        Assert.Equal("sip:bob@198.51.100.1", Text(dialog.RemoteTarget));
        Assert.Equal(["<sip:p1.example;lr>", "<sip:p2.example;lr>"], dialog.RouteSet.Select(Text));
        Assert.Equal(7u, dialog.LocalCSeq);
        Assert.Null(dialog.RemoteCSeq);
        Assert.True(dialog.IsEarly);
    }

    [Fact]
    public void As_UAC_goes_on_with_the_Request_URI_when_the_response_has_no_Contact()
    {
        var dialog = Dialog.OfUac(Response("200 OK", contact: ""), "sip:bob@203.0.113.5"u8)!;
        Assert.Equal("sip:bob@203.0.113.5", Text(dialog.RemoteTarget));
    }

    [Theory]
    [InlineData("100 Trying", ";tag=tt")]
    [InlineData("180 Ringing", "")]
    [InlineData("302 Moved", ";tag=tt")]
    [InlineData("486 Busy Here", ";tag=tt")]
    public void As_UAC_makes_no_dialog_of(string status, string toTag) =>
        Assert.Null(Dialog.OfUac(Response(status, toTag: toTag), "sip:b@b.example"u8));

    [Fact]
    [Trait("RFC", "3261 §13.2.2.4")]
    public void The_2xx_confirms_an_early_dialog_and_brings_the_final_route_set_and_target()
    {
        var progress = Response("183 Progress", "Record-Route: <sip:old.example;lr>\n");
        var early = Dialog.OfUac(progress, "sip:b@b.example"u8)!;
        var answer = Response("200 OK", "Record-Route: <sip:new.example;lr>\n", "Contact: <sip:bob@198.51.100.7>\n");
        Assert.True(early.IsOfResponse(answer));
        var confirmed = early.ReceiveResponse(answer);
        Assert.False(confirmed.IsEarly);
        Assert.Equal(["<sip:new.example;lr>"], confirmed.RouteSet.Select(Text));
        Assert.Equal("sip:bob@198.51.100.7", Text(confirmed.RemoteTarget));
        // A later re-INVITE may move the target, but never the route set (§12.2.1.2).
        var again = confirmed.ReceiveResponse(Response("200 OK", "Record-Route: <sip:x.example;lr>\n"));
        Assert.Equal(["<sip:new.example;lr>"], again.RouteSet.Select(Text));
        Assert.Equal("sip:bob@198.51.100.1", Text(again.RemoteTarget));
    }

    [Fact]
    [Trait("RFC", "3261 §12.2.1.1")]
    public void A_request_through_loose_routers_has_the_target_as_Request_URI()
    {
        var dialog = Dialog.OfUas(Parse(Invite), "lt"u8)!.NextRequest();
        Assert.Equal(
            """
            BYE sip:alice@192.0.2.1:5062 SIP/2.0
            Route: <sip:p2.example;lr>
            Route: <sip:p1.example;lr>
            Max-Forwards: 70
            From: <sip:100@switch.example>;tag=lt
            To: <sip:alice@a.example>;tag=ft
            Call-ID: c1
            CSeq: 1 BYE
            Content-Length: 0


            """,
            Write(dialog, SipMethod.Bye));
        Assert.Equal("sip:p2.example;lr"u8, dialog.NextHop);
        Assert.Equal(2u, dialog.NextRequest().LocalCSeq);
    }

    [Fact]
    [Trait("RFC", "3261 §12.2.1.1")]
    public void A_request_through_a_strict_router_has_it_as_Request_URI_and_the_target_as_last_Route()
    {
        var dialog = Dialog.OfUas(Parse(Invite.Replace("p2.example;lr", "p2.example?x=y")), "lt"u8)!.NextRequest();
        var text = Write(dialog, SipMethod.Bye);
        Assert.StartsWith(
            """
            BYE sip:p2.example SIP/2.0
            Route: <sip:p1.example;lr>
            Route: <sip:alice@192.0.2.1:5062>
            Max-Forwards: 70
            """,
            text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_without_routes_goes_to_the_target()
    {
        var dialog = Dialog.OfUac(Response("200 OK"), "sip:b@b.example"u8)!.NextRequest();
        Assert.Equal("sip:bob@198.51.100.1"u8, dialog.NextHop);
        Assert.StartsWith(
            "BYE sip:bob@198.51.100.1 SIP/2.0\nMax-Forwards: 70\nFrom: <sip:us@s.example>;tag=ours\n"
            + "To: <sip:bob@b.example>;tag=tt\nCall-ID: c2\nCSeq: 8 BYE\n",
            Write(dialog, SipMethod.Bye),
            StringComparison.Ordinal);
    }

    private static SipMessage InDialog(string method, int cseq, string more = "") => Parse(
        $"{method} sip:us@192.0.2.9 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKc\n"
        + $"From: <sip:alice@a.example>;tag=ft\nTo: <sip:100@switch.example>;tag=lt\n"
        + $"Call-ID: c1\nCSeq: {cseq} {method}\n{more}Content-Length: 0\n\n");

    [Fact]
    [Trait("RFC", "3261 §12.2.2")]
    public void A_request_with_a_lower_CSeq_is_refused_and_a_higher_one_is_remembered()
    {
        var dialog = Dialog.OfUas(Parse(Invite), "lt"u8)!;
        Assert.Null(dialog.Receive(InDialog("BYE", 313)));
        Assert.Equal(400u, dialog.Receive(InDialog("INFO", 400))!.RemoteCSeq);
        Assert.Null(dialog.Receive(InDialog("INFO", 400))!.Receive(InDialog("BYE", 399)));
        Assert.Same(dialog, dialog.Receive(InDialog("ACK", 314)));
        var ofUac = Dialog.OfUac(Response("200 OK"), "sip:b@b.example"u8)!;
        Assert.Equal(1u, ofUac.Receive(InDialog("BYE", 1))!.RemoteCSeq);
    }

    [Theory]
    [InlineData("INVITE", true)]
    [InlineData("UPDATE", true)]
    [InlineData("INFO", false)]
    public void Only_a_target_refresh_moves_the_remote_target(string method, bool moves)
    {
        var dialog = Dialog.OfUas(Parse(Invite), "lt"u8)!;
        var after = dialog.Receive(InDialog(method, 315, "Contact: <sip:alice@203.0.113.9>\n"))!;
        Assert.Equal(moves ? "sip:alice@203.0.113.9" : "sip:alice@192.0.2.1:5062", Text(after.RemoteTarget));
    }

    [Fact]
    public void Recognises_its_requests_by_Call_ID_and_both_tags()
    {
        var dialog = Dialog.OfUas(Parse(Invite), "lt"u8)!;
        Assert.True(dialog.IsOfRequest(InDialog("BYE", 315)));
        Assert.False((dialog with { LocalTag = "x"u8.ToArray() }).IsOfRequest(InDialog("BYE", 315)));
        Assert.False((dialog with { RemoteTag = "x"u8.ToArray() }).IsOfRequest(InDialog("BYE", 315)));
        Assert.False((dialog with { CallId = "x"u8.ToArray() }).IsOfRequest(InDialog("BYE", 315)));
    }
}
