using Tandem.Edge.Registrar;
using Tandem.Shared.Registrar;

namespace Tandem.Edge.Tests.Registrar;

public sealed class FlowTargetsTests
{
    [Theory]
    [InlineData("sip:1001@192.168.1.7:5062", "198.51.100.1:40000", "", "198.51.100.1:40000")] // NAT: the way back
    [InlineData("sip:1001@192.168.1.7:5062", "198.51.100.1:40000%2", "", "198.51.100.1:40000%2")]
    [InlineData("sip:1001@198.51.100.1:5062", "198.51.100.1:40000", "", "198.51.100.1:5062")] // no NAT: its own port
    [InlineData("sip:1001@198.51.100.1", "198.51.100.1:5060%1", "", "198.51.100.1:5060%1")]
    [InlineData("sip:1001@phone.example.com", "198.51.100.1:40000", "", "198.51.100.1:40000")]
    [InlineData("sip:1001@198.51.100.1:5062;transport=tcp", "tcp:198.51.100.1:40000", "", "tcp:198.51.100.1:40000")] // its connection
    [InlineData("sip:1001@198.51.100.1:5062", "198.51.100.9:5060", "<sip:198.51.100.9;lr>", "198.51.100.9:5060")]
    public void While_its_node_lives_a_contact_is_reached_the_way_it_came(string contact, string source, string path, string remote)
    {
        var target = FlowTargets.Of(Binding(contact, source, path), flowAlive: true);
        Assert.Equal(new ContactTarget(contact, path, remote, "akka.tcp://tandem@10.0.0.1:4053"), target);
    }

    [Theory]
    [InlineData("sip:1001@192.168.1.7:5062", "198.51.100.1:40000%2", "", "198.51.100.1:40000")]
    [InlineData("sip:1001@198.51.100.1:5062", "198.51.100.1:40000%2", "", "198.51.100.1:5062")]
    [InlineData("sip:1001@198.51.100.1:5062;transport=tcp", "tcp:198.51.100.1:40000", "", "tcp:198.51.100.1:5062")]
    [InlineData("sip:1001@198.51.100.1;transport=tls", "tls:198.51.100.1:40000", "", "tls:198.51.100.1:5061")]
    [InlineData("sip:1001@phone.example.com;transport=tcp", "tcp:198.51.100.1:40000", "", "tcp:phone.example.com")]
    [InlineData("sip:1001@192.168.1.7", "198.51.100.9:5060", "<sip:a.example.com;lr>, <sip:b.example.com;lr>", "udp:a.example.com")]
    public void Without_its_node_any_edge_finds_another_way(string contact, string source, string path, string remote)
    {
        var target = FlowTargets.Of(Binding(contact, source, path), flowAlive: false);
        Assert.Equal(new ContactTarget(contact, path, remote, ""), target);
    }

    private static Binding Binding(string contact, string source, string path) => new(
        contact, null, default, path, source, "akka.tcp://tandem@10.0.0.1:4053", 7, "c", 1, "", default);
}
