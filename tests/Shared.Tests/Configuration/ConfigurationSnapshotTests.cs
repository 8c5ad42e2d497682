using System.Net;
using Tandem.Shared.Configuration;

namespace Tandem.Shared.Tests.Configuration;

public sealed class ConfigurationSnapshotTests
{
    [Fact]
    public void An_entry_with_the_port_goes_before_one_without()
    {
        var snapshot = Of(Gateway("any", 0, "192.0.2.1"), Gateway("port", 9, "192.0.2.1:5070"));
        Assert.Equal("port", Match(snapshot, "192.0.2.1:5070"));
        Assert.Equal("any", Match(snapshot, "192.0.2.1:5060"));
    }

    [Fact]
    public void Of_two_at_one_address_the_smaller_priority_wins() => Assert.Equal(
        "first",
        Match(Of(Gateway("a", 2, "192.0.2.1"), Gateway("first", 1, "192.0.2.1")), "192.0.2.1:5060"));

    [Fact]
    public void Of_two_at_one_priority_the_name_decides() =>
        Assert.Equal("a", Match(Of(Gateway("b", 1, "192.0.2.1"), Gateway("a", 1, "192.0.2.1")), "192.0.2.1:5060"));

    [Fact]
    public void An_unknown_address_has_no_gateway() =>
        Assert.Null(Match(Of(Gateway("a", 1, "192.0.2.1:5060")), "192.0.2.1:5061"));

    [Fact]
    public void A_gateway_is_found_at_each_of_its_addresses()
    {
        var snapshot = Of(Gateway("a", 1, "192.0.2.1", "198.51.100.7:5080", "2001:db8::1", "[2001:db8::2]:5060"));
        Assert.Equal("a", Match(snapshot, "192.0.2.1:1"));
        Assert.Equal("a", Match(snapshot, "198.51.100.7:5080"));
        Assert.Equal("a", Match(snapshot, "[2001:db8::1]:9"));
        Assert.Equal("a", Match(snapshot, "[2001:db8::2]:5060"));
        Assert.Null(Match(snapshot, "[2001:db8::2]:5061"));
    }

    [Fact]
    public void An_IPv4_address_mapped_into_IPv6_is_the_same_source() =>
        Assert.Equal("a", Match(Of(Gateway("a", 1, "192.0.2.1")), "[::ffff:192.0.2.1]:5060"));

    [Theory]
    [InlineData("")]
    [InlineData("example.com")]
    [InlineData("192.0.2.1:x")]
    [InlineData("192.0.2.1:70000")]
    [InlineData("192.0.2.1:0")]
    [InlineData("192.0.2")]
    public void What_is_no_address_is_null(string text)
    {
        // "192.0.2" is an address to old resolvers (192.0.0.2); whatever it reads as, it must not throw.
        var source = ConfigurationSnapshot.ParseSource(text);
        if (text != "192.0.2") Assert.Null(source);
    }

    [Fact]
    public void A_phone_is_found_by_its_numbers_and_is_a_gateway_each_way()
    {
        var phone = new PhoneConfiguration { E164 = "1001", Account = "a", Password = "p", LineCapacity = 2, Dids = ["441"] };
        var snapshot = new ConfigurationSnapshot(1, new SwitchConfiguration { Phones = [phone] });
        Assert.Same(phone, snapshot.FindPhone("1001"));
        Assert.Same(phone, snapshot.FindPhone("441"));
        Assert.Null(snapshot.FindPhone("442"));
        var mapping = snapshot.MappingGateways["phone:1001"];
        Assert.Equal(("a", 2, RegisterType.Dynamic), (mapping.Account, mapping.Capacity, mapping.RegisterType));
        Assert.Equal(2, snapshot.RoutingGateways["phone:1001"].Capacity);
        Assert.Null(snapshot.Routes.Longest("1001")); // No route leads to it.
    }

    [Fact]
    public void Gateways_of_one_prefix_are_ordered_by_priority_then_name()
    {
        var snapshot = new ConfigurationSnapshot(1, new SwitchConfiguration
        {
            RoutingGateways =
            [
                Vendor("c", 1, "49"), Vendor("b", 2, "49"), Vendor("a", 2, "49", "4930"), Vendor("any", 0),
            ],
        });
        var levels = new List<RouteLevel>();
        snapshot.Routes.AllLongestFirst("493012345", levels);
        Assert.Equal(["4930:a", "49:c,a,b", ":any"], levels.Select(l =>
            $"{l.Prefix}:{string.Join(',', l.Gateways.Select(g => g.Name))}"));
    }

    [Fact]
    public void Only_a_newer_version_comes_into_force()
    {
        var holder = new ConfigurationHolder();
        var seen = new List<long>();
        holder.Changed += snapshot => seen.Add(snapshot.Version);
        Assert.True(holder.Set(new ConfigurationSnapshot(2, new SwitchConfiguration())));
        Assert.False(holder.Set(new ConfigurationSnapshot(2, new SwitchConfiguration())));
        Assert.False(holder.Set(new ConfigurationSnapshot(1, new SwitchConfiguration())));
        Assert.Equal(2, holder.Current.Version);
        Assert.Equal([2], seen);
    }

    private static ConfigurationSnapshot Of(params MappingGatewayConfiguration[] gateways) =>
        new(1, new SwitchConfiguration { MappingGateways = [.. gateways] });

    private static MappingGatewayConfiguration Gateway(string name, int priority, params string[] addresses) =>
        new() { Name = name, Priority = priority, RemoteIps = [.. addresses] };

    private static RoutingGatewayConfiguration Vendor(string name, int priority, params string[] prefixes) =>
        new() { Name = name, Priority = priority, Prefix = [.. prefixes] };

    private static string? Match(ConfigurationSnapshot snapshot, string endPoint)
    {
        var source = IPEndPoint.Parse(endPoint);
        return snapshot.MatchSource(SourceKey.Of(source.Address, source.Port))?.Name;
    }
}
