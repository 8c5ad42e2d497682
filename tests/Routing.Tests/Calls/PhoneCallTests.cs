using Tandem.Shared.Accounts;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Shared.Configuration;
using Tandem.Shared.Registrar;

namespace Tandem.Routing.Tests.Calls;

/// <summary>Calls to registered phones and dynamic gateways.</summary>
public sealed class PhoneCallTests
{
    private static readonly GatewayId Phone = GatewayId.Routing("phone:1001");

    private readonly CallScene _scene = new(c => c with
    {
        Phones = [new PhoneConfiguration { E164 = "1001", Account = "alpha", Password = "x", Dids = ["442071234567"], LineCapacity = 1 }],
        RoutingGateways =
        [
            .. c.RoutingGateways,
            new() { Name = "pbx", Prefix = ["49"], Priority = 1, RegisterType = RegisterType.Dynamic, Password = "x" },
            new() { Name = "second", Prefix = ["49"], Priority = 2, RemoteIp = "10.1.0.9" },
            new() { Name = "carrier", Prefix = ["33"], RegisterType = RegisterType.Registration, Registration = "trunk" },
        ],
        Registrations = [new() { Name = "trunk", Username = "tel1", Password = "p", ServerIp = "10.1.0.7", HostName = "carrier.example.com" }],
    });

    [Fact]
    public void A_phone_gets_the_INVITE_at_its_contact_the_way_its_REGISTER_came()
    {
        _scene.StartAndAuthorise("1001");
        Assert.Equal(Phone, Assert.Single(_scene.Located));
        Locate(new ContactTarget("sip:1001@192.168.1.7:5062;line=x", "", "198.51.100.1:40000", "akka.tcp://tandem@other:1"));
        _scene.Grant(Phone, 1);
        var invite = Assert.Single(_scene.Sent);
        Assert.Equal("sip:1001@192.168.1.7:5062;line=x", CallScene.Ascii(invite.Message.RequestUri));
        Assert.Equal("198.51.100.1:40000", invite.Remote);
        Assert.Equal((new LegId(1), "akka.tcp://tandem@other:1"), Assert.Single(_scene.Edges));
        Assert.Contains("sip:1001@192.0.2.1", CallScene.Ascii(invite.Message.To), StringComparison.Ordinal);
    }

    [Fact]
    public void The_Path_of_the_registration_is_the_route()
    {
        _scene.StartAndAuthorise("1001");
        Locate(new ContactTarget("sip:1001@192.168.1.7", "<sip:proxy.example.com;lr>", "198.51.100.1:5060", ""));
        _scene.Grant(Phone, 1);
        Assert.True(Assert.Single(_scene.Sent).Message.TryGetHeader(Tandem.Sip.Messages.SipHeaderName.Route, out var route));
        Assert.Equal("<sip:proxy.example.com;lr>", CallScene.Ascii(route));
    }

    [Fact]
    public void A_DID_leads_to_its_phone_and_not_to_a_vendor()
    {
        _scene.StartAndAuthorise("442071234567");
        Assert.Equal(Phone, Assert.Single(_scene.Located));
    }

    [Fact]
    public void A_phone_that_is_not_registered_ends_the_call_with_CalleeNotOnline()
    {
        _scene.StartAndAuthorise("1001");
        Locate();
        Assert.Equal(480, _scene.CallerStatuses[^1]);
        Assert.Equal(EndReason.CalleeNotOnline, _scene.Record.EndReason);
        Assert.False(_scene.MoneyHeld);
        Assert.Empty(_scene.Lines);
    }

    [Fact]
    public void A_phone_without_a_free_line_is_busy()
    {
        _scene.StartAndAuthorise("1001");
        Locate(Contact("a"));
        _scene.Refuse(Phone, 1, EndReason.AllGatewayBusy);
        Assert.Equal((486, EndReason.Busy), (_scene.CallerStatuses[^1], _scene.Record.EndReason));
    }

    [Fact]
    public void A_silent_registrar_is_asked_twice_and_is_not_taken_for_an_offline_phone()
    {
        _scene.StartAndAuthorise("1001");
        _scene.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([Phone, Phone], _scene.Located);
        Assert.Equal(EndReason.SystemUnavailable, _scene.Record.EndReason);
    }

    [Fact]
    public void Contacts_are_tried_in_order_until_one_answers()
    {
        _scene.StartAndAuthorise("1001");
        Locate(Contact("a"), Contact("b"), Contact("c"));
        _scene.Grant(Phone, 1);
        _scene.VendorResponds(1, 486);
        _scene.Grant(Phone, 2);
        _scene.VendorResponds(2, 404);
        _scene.Grant(Phone, 3);
        Assert.Equal(
            ["sip:a@10.9.0.1", "sip:b@10.9.0.1", "sip:c@10.9.0.1"],
            _scene.Sent.Select(s => CallScene.Ascii(s.Message.RequestUri)));
        _scene.VendorResponds(3, 200, body: CallScene.Sdp);
        Assert.Equal(200, _scene.CallerStatuses[^1]);
    }

    [Fact]
    public void A_decline_speaks_for_all_contacts()
    {
        _scene.StartAndAuthorise("1001");
        Locate(Contact("a"), Contact("b"));
        _scene.Grant(Phone, 1);
        _scene.VendorResponds(1, 603);
        Assert.Equal(603, _scene.CallerStatuses[^1]);
        Assert.Single(_scene.Sent);
    }

    [Fact]
    public void A_call_to_a_phone_is_charged_to_the_caller_and_nothing_is_cleared()
    {
        _scene.StartAndAuthorise("1001");
        Locate(Contact("a"));
        _scene.Grant(Phone, 1);
        _scene.VendorResponds(1, 200, body: CallScene.Sdp);
        _scene.CallerAcks();
        _scene.Advance(TimeSpan.FromSeconds(30));
        _scene.CallerSends("BYE");
        var charge = Assert.Single(_scene.Charges);
        Assert.Equal((ChargeKind.Customer, "alpha", 30.0), (charge.Kind, charge.AccountId.Value, charge.TalkTime.TotalSeconds));
    }

    [Fact]
    public void A_dynamic_gateway_that_is_not_registered_is_passed_over()
    {
        _scene.StartAndAuthorise("4930123456");
        Assert.Equal(GatewayId.Routing("pbx"), Assert.Single(_scene.Located));
        _scene.Machine.Located(new RegistrarReplies.Located(GatewayId.Routing("pbx"), _scene.Id, []), _scene.Now);
        _scene.GrantVendor("second", 1);
        Assert.Equal("10.1.0.9:5060", Assert.Single(_scene.Sent).Remote);
        Assert.Contains(_scene.Asked, a => a.Gateway == GatewayId.Routing("second"));
    }

    [Fact]
    public void A_gateway_behind_a_registration_gets_calls_from_the_registrations_user_at_its_server()
    {
        _scene.StartAndAuthorise("33123456789");
        _scene.GrantVendor("carrier", 1);
        var invite = Assert.Single(_scene.Sent);
        Assert.Equal("10.1.0.7:5060", invite.Remote);
        Assert.Equal("sip:33123456789@carrier.example.com", CallScene.Ascii(invite.Message.RequestUri));
        Assert.Contains("<sip:tel1@carrier.example.com>", CallScene.Ascii(invite.Message.From), StringComparison.Ordinal);
    }

    [Fact]
    public void A_gateway_whose_registration_does_not_hold_gets_no_call_and_the_trace_says_why()
    {
        (_scene.Registrations.Status, _scene.Registrations.Cause) = (RegistrationStatus.Failed, "403 Forbidden");
        _scene.StartAndAuthorise("33123456789");
        Assert.Empty(_scene.Sent);
        Assert.Equal(503, _scene.CallerStatuses[^1]);
        Assert.Contains(_scene.Record.Trace, line => line.Contains("403 Forbidden", StringComparison.Ordinal));
    }

    private static ContactTarget Contact(string user) => new($"sip:{user}@10.9.0.1", "", "10.9.0.1:5060", "");

    private void Locate(params ContactTarget[] targets) =>
        _scene.Machine.Located(new RegistrarReplies.Located(Phone, _scene.Id, targets), _scene.Now);
}
