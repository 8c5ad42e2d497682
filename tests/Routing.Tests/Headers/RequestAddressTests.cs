using System.Text;
using Tandem.Routing.Headers;
using Tandem.Shared.Configuration;
using Tandem.Sip.Dialogs;

namespace Tandem.Routing.Tests.Headers;

[Trait("RFC", "3261 §12.2.1.1")]
public sealed class RequestAddressTests
{
    [Theory]
    [InlineData(RequestAddressMethod.Socket, "10.0.0.1:5061", "", "10.0.0.1:5061")]
    [InlineData(RequestAddressMethod.ContactPort, "10.0.0.1:5061", "", "10.0.0.1:5080")]
    [InlineData(RequestAddressMethod.ContactPort, "tcp:[2001:db8::1]:5061%2", "", "tcp:[2001:db8::1]:5080%2")]
    [InlineData(RequestAddressMethod.Contact, "10.0.0.1:5061", "", "10.0.0.9:5080")]
    [InlineData(RequestAddressMethod.Contact, "10.0.0.1:5061%1", "Record-Route: <sip:10.0.0.7;lr>\r\n", "10.0.0.7:5060%1")]
    [InlineData(RequestAddressMethod.Contact, "10.0.0.1:5061", "Record-Route: <sip:p.example;lr;transport=TLS>\r\n", "tls:p.example:5061")]
    [InlineData(RequestAddressMethod.ContactPort, "10.0.0.1:5061", "Record-Route: <sip:10.0.0.7:5099;lr>\r\n", "10.0.0.1:5080")]
    public void Requests_go_to_the_socket_or_the_Contacts_port_or_by_the_route_set(
        RequestAddressMethod method, string socket, string headers, string address)
    {
        var invite = Invites.Of(headers.Length == 0 ? "X: 1\r\n" : headers);
        var dialog = Dialog.OfUas(invite, "t"u8)! with { RemoteTarget = Encoding.ASCII.GetBytes("sip:ann@10.0.0.9:5080") };

        Assert.Equal(address, RequestAddress.Of(method, socket, dialog));
        Assert.Equal(socket, RequestAddress.Of(method, socket, null));
    }
}
