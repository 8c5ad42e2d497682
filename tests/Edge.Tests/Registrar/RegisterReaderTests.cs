using System.Text;
using Tandem.Edge.Registrar;
using Tandem.Shared;
using Tandem.Shared.Configuration;
using Tandem.Shared.Registrar;
using Tandem.Sip.Parsing;

namespace Tandem.Edge.Tests.Registrar;

public sealed class RegisterReaderTests
{
    private static readonly ConfigurationSnapshot Configuration = new(1, new SwitchConfiguration
    {
        Phones = [new PhoneConfiguration { E164 = "1001", Account = "a", Password = "x", Dids = ["442071234567"] }],
    });

    [Fact]
    public void Reads_contacts_with_their_parameters_Expires_Path_and_User_Agent()
    {
        var (command, _) = Read(
            "Contact: <sip:1001@192.0.2.1;transport=tcp>;q=0.5;expires=120, <sip:1001@192.0.2.2>;q=2", "Expires: 300",
            "Path: <sip:p1.example.com;lr>", "Path: <sip:p2.example.com;lr>", "User-Agent: Phone/1", "Contact: sip:1001@192.0.2.3;q=0.25");
        Assert.Equal(
            [
                new ContactOffer("sip:1001@192.0.2.1;transport=tcp", 500, 120), new ContactOffer("sip:1001@192.0.2.2", null, null),
                new ContactOffer("sip:1001@192.0.2.3", 250, null),
            ],
            command!.Contacts);
        Assert.Equal((300, "<sip:p1.example.com;lr>, <sip:p2.example.com;lr>", "Phone/1"), (command.Expires, command.Path, command.UserAgent));
        Assert.Equal(("198.51.100.1:5060", "reg-1", 3u), (command.Source, command.SipCallId, command.CSeq));
    }

    [Theory]
    [InlineData("abc", null)]
    [InlineData("99999999999", int.MaxValue)]
    [InlineData("0", 0)]
    public void A_malformed_Expires_is_as_good_as_none_and_a_large_one_is_clamped(string text, int? expires) =>
        Assert.Equal(expires, Read("Contact: <sip:1001@192.0.2.1>", "Expires: " + text).Command!.Expires);

    [Fact]
    public void The_wildcard_is_no_contact()
    {
        var (command, _) = Read("Contact: *", "Expires: 0");
        Assert.True(command!.RemoveAll);
        Assert.Empty(command.Contacts);
    }

    [Theory]
    [InlineData("1001", true)]
    [InlineData("442071234567", true)]
    [InlineData("1002", false)]
    public void A_phone_registers_itself_and_nobody_else(string user, bool taken)
    {
        var (command, refusal) = RegisterReader.Read(
            Parse(user, "Contact: <sip:1001@192.0.2.1>"), GatewayId.Routing("phone:1001"), "198.51.100.1:5060", Configuration);
        Assert.Equal(taken ? null : 403, refusal?.Status);
        Assert.Equal(taken, command is not null);
    }

    [Fact]
    public void Too_many_or_too_long_contacts_are_refused()
    {
        var many = string.Join(", ", Enumerable.Range(0, 40).Select(i => $"<sip:{i}@192.0.2.1>"));
        Assert.Equal(403, Read("Contact: " + many).Refusal!.Status);
        Assert.Equal(400, Read($"Contact: <sip:{new string('x', 600)}@192.0.2.1>").Refusal!.Status);
    }

    [Fact]
    public void A_200_lists_every_contact_with_what_is_left_of_its_time()
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var binding = new Binding("sip:1001@192.0.2.1", 500, now.AddSeconds(99.5), "", "", "", 0, "c", 1, "", now);
        Assert.Equal(
            "Contact: <sip:1001@192.0.2.1>;expires=100;q=0.5\r\nContact: <sip:x@192.0.2.2>;expires=10\r\n"
            + "Path: <sip:p;lr>\r\nSupported: path\r\n",
            Encoding.ASCII.GetString(RegisterAnswer.Headers(
                [binding, binding with { Contact = "sip:x@192.0.2.2", Q = null, ExpiresAt = now.AddSeconds(10) }], "<sip:p;lr>", now)));
        Assert.Equal("Min-Expires: 60\r\n", Encoding.ASCII.GetString(RegisterAnswer.Headers(423, 60)));
    }

    internal static Sip.Messages.SipMessage Parse(string user, params string[] lines) => SipParser.ParseDatagram(Encoding.ASCII.GetBytes(
        $"REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
        + $"From: <sip:{user}@example.com>;tag=f\r\nTo: <sip:{user}@example.com>\r\nCall-ID: reg-1\r\nCSeq: 3 REGISTER\r\n"
        + string.Concat(lines.Select(l => l + "\r\n")) + "Content-Length: 0\r\n\r\n")).Message!;

    private static (RegistrarCommands.Register? Command, RegisterRefusal? Refusal) Read(params string[] lines) =>
        RegisterReader.Read(Parse("1001", lines), GatewayId.Routing("phone:1001"), "198.51.100.1:5060", Configuration);
}
