using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Writing;
using static Tandem.Sip.Tests.Parsing.TestMessages;

namespace Tandem.Sip.Tests.Parsing;

public sealed class RequestScreeningTests
{
    private static SipMessage With(
        string method = "INVITE", string headers = "", string body = "", string uri = "sip:c@d",
        string to = "<sip:c@d>") =>
        Parse(Request(
            $"""
            {method} {uri} SIP/2.0
            Via: SIP/2.0/UDP h;branch=z9hG4bK1
            From: <sip:a@b>;tag=1
            To: {to}
            Call-ID: x
            CSeq: 1 {method}
            {headers}
            """,
            body));

    private static SipRejectReason Screen(SipMessage request) =>
        RequestScreening.Screen(request, ScreeningRules.Default);

    [Fact]
    public void Lets_a_plain_call_pass() => Assert.Equal(SipRejectReason.None, Screen(Parse(Invite)));

    [Theory]
    [InlineData("FROB", SipRejectReason.MethodNotImplemented, 501)]
    [InlineData("invite", SipRejectReason.MethodNotImplemented, 501)]
    [InlineData("REGISTER", SipRejectReason.None, 0)]
    [InlineData("SUBSCRIBE", SipRejectReason.MethodNotAllowed, 405)]
    [InlineData("OPTIONS", SipRejectReason.None, 0)]
    [InlineData("CANCEL", SipRejectReason.None, 0)]
    public void Knows_the_methods(string method, SipRejectReason reason, int status)
    {
        var request = With(method);
        Assert.Equal((reason, status), (Screen(request), reason.StatusToAnswer(request)));
    }

    [Theory]
    [InlineData("sip:c@d", SipRejectReason.None)]
    [InlineData("tel:+49301", SipRejectReason.None)]
    [InlineData("sips:c@d", SipRejectReason.UnsupportedUriScheme)]
    [InlineData("http://d", SipRejectReason.UnsupportedUriScheme)]
    public void Knows_the_schemes(string uri, SipRejectReason reason) => Assert.Equal(reason, Screen(With(uri: uri)));

    [Theory]
    [Trait("RFC", "3261 §16.3")]
    [InlineData("INVITE", "<sip:c@d>", SipRejectReason.TooManyHops)]
    [InlineData("INVITE", "<sip:c@d>;tag=2", SipRejectReason.None)]
    [InlineData("BYE", "<sip:c@d>;tag=2", SipRejectReason.None)]
    [InlineData("OPTIONS", "<sip:c@d>", SipRejectReason.None)]
    [InlineData("CANCEL", "<sip:c@d>", SipRejectReason.None)]
    public void Refuses_a_new_call_at_zero_hops(string method, string to, SipRejectReason reason) =>
        Assert.Equal(reason, Screen(With(method, "Max-Forwards: 0", to: to)));

    [Fact]
    public void Refuses_required_options_it_lacks_and_names_them()
    {
        var rules = ScreeningRules.Default.WithOption("extra");
        var request = With(headers: "Require: Extra, replaces\nRequire: frob, Timer");
        Assert.Equal(SipRejectReason.BadExtension, RequestScreening.Screen(request, rules));
        Assert.Equal(SipRejectReason.None, RequestScreening.Screen(With(headers: "Require: 100rel, extra"), rules));
        Assert.Equal(SipRejectReason.None, Screen(With("CANCEL", "Require: frob")));
        Assert.Equal(SipRejectReason.None, Screen(With(headers: "Proxy-Require: frob")));

        using var writer = new SipWriter();
        RequestScreening.WriteRefusal(writer, request, SipRejectReason.BadExtension, rules, "t"u8);
        var answer = SipParser.ParseDatagram(writer.ToArray()).Message!;
        Assert.Equal(420, answer.StatusCode);
        Assert.Equal(["replaces", "frob"], Values(answer, SipHeaderName.Unsupported));
        Assert.Equal("t", Text(answer.ToTag));
    }

    [Theory]
    [InlineData("Content-Type: application/sdp", SipRejectReason.None)]
    [InlineData("Content-Type: Application/SDP ; charset=x", SipRejectReason.None)]
    [InlineData("Content-Type: text/plain", SipRejectReason.UnsupportedMediaType)]
    [InlineData("", SipRejectReason.MissingContentType)]
    [InlineData("c: application/sdp\ne: gzip", SipRejectReason.UnsupportedMediaType)]
    [InlineData("c: application/sdp\ne: identity", SipRejectReason.None)]
    [InlineData("c: text/plain\nContent-Disposition: render;handling=optional", SipRejectReason.None)]
    [InlineData("c: text/plain\nContent-Disposition: render", SipRejectReason.UnsupportedMediaType)]
    public void Looks_at_the_content_of_a_call(string headers, SipRejectReason reason) =>
        Assert.Equal(reason, Screen(With(headers: headers, body: "v=0\n")));

    [Fact]
    public void Carries_any_body_of_INFO() => Assert.Equal(SipRejectReason.None, Screen(With("INFO", "c: x/y", "1")));

    [Theory]
    [InlineData("Accept: application/sdp", SipRejectReason.None)]
    [InlineData("Accept: text/plain, application/*;q=0.1", SipRejectReason.None)]
    [InlineData("Accept: */*", SipRejectReason.None)]
    [InlineData("Accept: text/*\nAccept: message/sip", SipRejectReason.NotAcceptable)]
    [InlineData("Accept:", SipRejectReason.NotAcceptable)]
    public void Looks_at_what_the_caller_accepts(string headers, SipRejectReason reason) =>
        Assert.Equal(reason, Screen(With(headers: headers)));

    [Fact]
    public void Tells_what_it_allows()
    {
        using var writer = new SipWriter();
        RequestScreening.WriteRefusal(
            writer, With("SUBSCRIBE"), SipRejectReason.MethodNotAllowed, ScreeningRules.Default, "t"u8);
        Assert.Contains("\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, MESSAGE, NOTIFY, REFER, PUBLISH, REGISTER\r\n", Text(writer.WrittenSpan));

        writer.Reset();
        RequestScreening.WriteRefusal(
            writer, With(), SipRejectReason.UnsupportedMediaType, ScreeningRules.Default, "t"u8);
        Assert.Contains("\r\nAccept: application/sdp\r\nAccept-Encoding: identity\r\n", Text(writer.WrittenSpan));
    }

    [Fact]
    public void Screening_allocates_nothing()
    {
        var request = With(headers: "Require: frob\nAccept: */*\nc: application/sdp", body: "v=0\n");
        Screen(request);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Screen(request);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
