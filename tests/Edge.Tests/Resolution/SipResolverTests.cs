using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Tandem.Edge.Resolution;
using Tandem.Sip.Transport;

namespace Tandem.Edge.Tests.Resolution;

/// <summary>RFC 3263 §4 against a scripted DNS: what is asked, and what comes of it.</summary>
public sealed class SipResolverTests
{
    private static readonly SipResolverOptions All = new()
    {
        Transports = [SipTransport.Udp, SipTransport.Tcp, SipTransport.Tls],
        V6 = true,
    };

    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedDns _dns = new();

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1:5060")]
    [InlineData("tls:192.0.2.1", "tls:192.0.2.1:5061")]
    [InlineData("sips:192.0.2.1:5099", "tls:192.0.2.1:5099")]
    [InlineData("tcp:[2001:db8::1]", "tcp:[2001:db8::1]:5060")]
    public async Task Asks_nothing_for_an_address(string target, string expected)
    {
        Assert.Equal([expected], await Resolve(target));
        Assert.Empty(_dns.Questions);
    }

    [Fact]
    public async Task Asks_for_addresses_only_when_the_port_is_given()
    {
        _dns.Address("vendor.test", "192.0.2.1", "192.0.2.2", "2001:db8::1")
            .Service("_sip._udp.vendor.test", new SrvRecord(1, 1, 9, "other.test"));
        Assert.Equal(["192.0.2.1:5080", "192.0.2.2:5080", "[2001:db8::1]:5080"], await Resolve("vendor.test:5080"));
        Assert.Equal(["A vendor.test", "Aaaa vendor.test"], _dns.Questions.Order());
    }

    [Fact]
    public async Task Follows_NAPTR_by_order_and_preference_to_SRV_to_addresses()
    {
        _dns.Pointer(
                "vendor.test",
                new NaptrRecord(20, 1, "s", "SIP+D2U", "_sip._udp.vendor.test"),
                new NaptrRecord(10, 2, "S", "SIP+D2T", "_sip._tcp.elsewhere.test"),
                new NaptrRecord(10, 1, "s", "SIPS+D2T", "_sips._tcp.vendor.test"),
                new NaptrRecord(1, 1, "s", "SIP+D2S", "_sip._sctp.vendor.test"),
                new NaptrRecord(1, 1, "u", "E2U+sip", "."))
            .Service("_sip._udp.vendor.test", new SrvRecord(1, 1, 5070, "a.test"))
            .Service("_sip._tcp.elsewhere.test", new SrvRecord(1, 1, 5071, "a.test"))
            .Service("_sips._tcp.vendor.test", new SrvRecord(1, 1, 5072, "b.test"))
            .Address("a.test", "192.0.2.1").Address("b.test", "192.0.2.2");
        Assert.Equal(["tls:192.0.2.2:5072", "tcp:192.0.2.1:5071", "192.0.2.1:5070"], await Resolve("vendor.test"));
    }

    [Fact]
    public async Task Leaves_out_transports_that_the_node_does_not_have()
    {
        _dns.Pointer(
                "vendor.test",
                new NaptrRecord(1, 1, "s", "SIPS+D2T", "_sips._tcp.vendor.test"),
                new NaptrRecord(2, 1, "s", "SIP+D2U", "_sip._udp.vendor.test"))
            .Service("_sip._udp.vendor.test", new SrvRecord(1, 1, 5070, "a.test"))
            .Service("_sips._tcp.vendor.test", new SrvRecord(1, 1, 5072, "a.test"))
            .Address("a.test", "192.0.2.1", "2001:db8::1");
        Assert.Equal(["192.0.2.1:5070"], await Resolve("vendor.test", new SipResolverOptions()));
        Assert.DoesNotContain(_dns.Questions, q => q.StartsWith("Aaaa", StringComparison.Ordinal));
        var refused = await Resolver(new SipResolverOptions()).ResolveAsync(new SipTarget("vendor.test", 0, SipTransport.Tls));
        Assert.Equal((0, "This node has no TLS socket."), (refused.EndPoints.Length, refused.Why));
    }

    [Fact]
    public async Task Asks_for_the_SRV_of_each_transport_when_there_is_no_NAPTR()
    {
        _dns.Service("_sip._tcp.vendor.test", new SrvRecord(1, 1, 5070, "a.test")).Address("a.test", "192.0.2.1");
        Assert.Equal(["tcp:192.0.2.1:5070"], await Resolve("vendor.test"));
    }

    [Fact]
    public async Task Asks_no_NAPTR_when_the_transport_is_given()
    {
        _dns.Service("_sips._tcp.vendor.test", new SrvRecord(1, 1, 5070, "a.test")).Address("a.test", "192.0.2.1");
        Assert.Equal(["tls:192.0.2.1:5070"], await Resolve("tls:vendor.test"));
        Assert.DoesNotContain("Naptr vendor.test", _dns.Questions);
    }

    [Fact]
    public async Task Takes_the_hosts_own_address_and_the_standard_port_when_there_is_neither_NAPTR_nor_SRV()
    {
        _dns.Address("vendor.test", "192.0.2.1");
        Assert.Equal(["192.0.2.1:5060"], await Resolve("vendor.test"));
        Assert.Equal(["tls:192.0.2.1:5061"], await Resolve("sips:vendor.test"));
    }

    [Fact]
    public async Task Does_not_guess_an_address_when_the_DNS_fails_for_SRV()
    {
        _dns.Set("_sip._udp.vendor.test", DnsRecordKind.Srv, DnsAnswer.Failed("SERVFAIL")).Address("vendor.test", "192.0.2.1");
        var resolution = await Resolver().ResolveAsync(new SipTarget("vendor.test", 0, SipTransport.Udp));
        Assert.Empty(resolution.EndPoints);
        Assert.Contains("SERVFAIL", resolution.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Takes_a_target_of_dot_as_no_service()
    {
        _dns.Service("_sip._udp.vendor.test", new SrvRecord(0, 0, 0, ".")).Address("vendor.test", "192.0.2.1");
        var resolution = await Resolver().ResolveAsync(new SipTarget("vendor.test", 0, SipTransport.Udp));
        Assert.Equal((0, "The DNS says that vendor.test has no SIP service."), (resolution.EndPoints.Length, resolution.Why));
    }

    [Fact]
    public async Task Gives_up_after_its_time()
    {
        _dns.Gate = new TaskCompletionSource().Task;
        var resolving = Resolver().ResolveAsync(new SipTarget("vendor.test")).AsTask();
        Assert.False(resolving.IsCompleted);
        _time.Advance(All.Timeout);
        Assert.Contains("did not resolve", (await resolving).Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Never_returns_more_than_16_addresses()
    {
        _dns.Service("_sip._udp.vendor.test", [.. Enumerable.Range(0, 40).Select(i => new SrvRecord(i, 1, 5060, $"h{i}.test"))]);
        for (var i = 0; i < 40; i++) _dns.Address($"h{i}.test", $"192.0.2.{i}", $"198.51.100.{i}");
        Assert.Equal(SipResolver.MaxEndPoints, (await Resolve("udp:vendor.test")).Count);
    }

    // Against the words of RFC 2782 written down slowly: for each chance of the dice, who is first.
    [Fact]
    public void Chooses_by_weight_within_a_priority_as_RFC_2782_says() => Gen.Int[0, 9].Array[1, 6].Sample(weights =>
    {
        var sum = weights.Sum();
        var first = new int[weights.Length];
        for (var chance = 0; chance <= sum; chance++)
        {
            var dns = new ScriptedDns().Service(
                "_sip._udp.v", [.. weights.Select((w, i) => new SrvRecord(5, w, 6_000 + i, "h")), new SrvRecord(1, 0, 9, "h")]).Address("h", "192.0.2.1");
            var chosen = chance;
            var resolver = new SipResolver(new DnsCache(dns, new(), _time), All, _time, below =>
            {
                if (below == 1) return 0; // The only one of priority 1.
                var now = chosen;
                chosen = 0;
                return Math.Min(now, below - 1);
            });
            var order = resolver.ResolveAsync(new SipTarget("v", 0, SipTransport.Udp)).AsTask().GetAwaiter().GetResult().EndPoints;
            Assert.Equal(weights.Length + 1, order.Length);
            Assert.Equal(9, order[0].Port); // Whatever the weights: priority 1 before 5.
            first[order[1].Port - 6_000]++;
        }

        var zeros = weights.Count(w => w == 0);
        if (sum == 0) Assert.Equal(1, first.Sum());
        else if (zeros > 0) Assert.Equal(1, first.Where((_, i) => weights[i] == 0).Sum()); // One chance in sum + 1.
        var firstWeighted = Array.FindIndex(weights, w => w > 0);
        for (var i = 0; i < weights.Length; i++)
            if (weights[i] > 0) Assert.Equal(weights[i] + (zeros == 0 && i == firstWeighted ? 1 : 0), first[i]);
    }, iter: 60);

    private SipResolver Resolver(SipResolverOptions? options = null) => new(new DnsCache(_dns, new(), _time), options ?? All, _time);

    private async Task<IReadOnlyList<string>> Resolve(string text, SipResolverOptions? options = null)
    {
        Assert.True(SipTarget.TryParse(text, out var target));
        return [.. (await Resolver(options).ResolveAsync(target)).EndPoints.Select(e => e.ToString())];
    }
}
