using System.Net;
using Tandem.Edge.Resolution;
using Tandem.TestSupport;

namespace Tandem.Edge.Tests.Resolution;

/// <summary>Real packets to a name server on loopback.</summary>
public sealed class DnsClientQueriesTests : IDisposable
{
    private readonly DnsServer _server = new();

    private DnsClientQueries Queries => new([_server.EndPoint]);

    [Fact]
    public async Task Reads_addresses_with_the_smallest_time_to_live()
    {
        _server.Address("a.test", "192.0.2.1", ttl: 70).Address("a.test", "192.0.2.2", ttl: 50).Address("a.test", "2001:db8::1");
        var v4 = await Queries.AskAsync("a.test", DnsRecordKind.A);
        Assert.Equal((DnsOutcome.Found, TimeSpan.FromSeconds(50)), (v4.Outcome, v4.TimeToLive));
        Assert.Equal(["192.0.2.1", "192.0.2.2"], v4.Records.Cast<AddressRecord>().Select(r => r.Address.ToString()));
        var v6 = await Queries.AskAsync("a.test", DnsRecordKind.Aaaa);
        Assert.Equal(IPAddress.Parse("2001:db8::1"), Assert.IsType<AddressRecord>(Assert.Single(v6.Records)).Address);
    }

    [Fact]
    public async Task Reads_SRV_and_NAPTR()
    {
        _server.Service("_sip._udp.v.test", 10, 20, 5070, "a.test").Service("_sip._udp.v.test", 0, 0, 0, ".")
            .Pointer("v.test", 1, 2, "SIP+D2U", "_sip._udp.v.test");
        var services = await Queries.AskAsync("_sip._udp.v.test", DnsRecordKind.Srv);
        Assert.Equal([new SrvRecord(10, 20, 5070, "a.test"), new SrvRecord(0, 0, 0, ".")], services.Records.Cast<SrvRecord>());
        var pointers = await Queries.AskAsync("v.test", DnsRecordKind.Naptr);
        Assert.Equal(new NaptrRecord(1, 2, "s", "SIP+D2U", "_sip._udp.v.test"), Assert.Single(pointers.Records));
    }

    [Fact]
    public async Task Tells_a_name_that_is_not_there_and_for_how_long()
    {
        _server.NegativeTtl = 17;
        _server.Address("a.test", "192.0.2.1");
        foreach (var name in (string[])["a.test", "b.test"])
        {
            var answer = await Queries.AskAsync(name, DnsRecordKind.Srv);
            Assert.Equal((DnsOutcome.NotThere, TimeSpan.FromSeconds(17)), (answer.Outcome, answer.TimeToLive));
        }
    }

    [Fact]
    public async Task Tells_a_failure_as_a_value()
    {
        _server.Fails = true;
        Assert.Equal(DnsOutcome.Failed, (await Queries.AskAsync("a.test", DnsRecordKind.A)).Outcome);
        Assert.Equal(DnsOutcome.Failed, (await Queries.AskAsync(new string('a', 70) + ".test", DnsRecordKind.A)).Outcome);
    }

    [Fact]
    public async Task Fails_when_nobody_listens()
    {
        var nobody = Loopback.NextEndPoint();
        Assert.Equal(DnsOutcome.Failed, (await new DnsClientQueries([nobody]).AskAsync("a.test", DnsRecordKind.A)).Outcome);
    }

    public void Dispose() => _server.Dispose();
}
