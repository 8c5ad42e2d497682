using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Tandem.Sip.Transport;

namespace Tandem.Edge.Resolution;

/// <summary>What a node can reach.</summary>
public sealed record SipResolverOptions
{
    /// <summary>Transports that the node sends by; a target's others are left out.</summary>
    public ImmutableArray<SipTransport> Transports { get; init; } = [SipTransport.Udp];

    /// <summary>The node has an IPv4 socket.</summary>
    public bool V4 { get; init; } = true;

    /// <summary>The node has an IPv6 socket.</summary>
    public bool V6 { get; init; }

    /// <summary>All questions of one resolution together.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(8);
}

/// <summary>Where a target is, in the order of trying.</summary>
/// <param name="EndPoints">Empty when it cannot be reached.</param>
/// <param name="Why">Why it is empty, in words.</param>
public sealed record SipResolution(ImmutableArray<SipEndPoint> EndPoints, string Why = "");

/// <summary>
/// RFC 3263 §4: the transport, addresses and ports of a target by NAPTR, SRV and A or AAAA, as far as the target itself does
/// not say them. Holds nothing but the cache; shared by the workers of an edge, used from any thread.
/// </summary>
/// <param name="cache">The DNS.</param>
/// <param name="options">What the node can reach.</param>
/// <param name="time">For the time-out.</param>
/// <param name="below">A random number of 0 to below its argument; for tests.</param>
public sealed class SipResolver(DnsCache cache, SipResolverOptions options, TimeProvider time, Func<int, int>? below = null)
{
    /// <summary>Addresses of one target; the ones that would be tried last are left out.</summary>
    public const int MaxEndPoints = 16;

    // SRV names asked for one target: two services of each transport at most.
    private const int MaxServices = 6;

    private static readonly Task<DnsAnswer> NotAsked =
        Task.FromResult(new DnsAnswer(DnsOutcome.NotThere, [], TimeSpan.Zero));

    private readonly Func<int, int> _below = below ?? RandomNumberGenerator.GetInt32;

    private sealed record Service(string Name, SipTransport Transport);

    private sealed record Server(string Host, int Port, SipTransport Transport);

    /// <summary>Resolves; at once for an IP address and for what is in the cache. Never throws for what the DNS does.</summary>
    public ValueTask<SipResolution> ResolveAsync(SipTarget target)
    {
        if (SipTarget.TryReadAddress(target.Host, out var address)) return new(OfAddress(target, address));
        var resolving = ResolveNameAsync(target);
        return resolving.IsCompleted ? resolving : WithinTimeAsync(target, resolving.AsTask());
    }

    private async ValueTask<SipResolution> WithinTimeAsync(SipTarget target, Task<SipResolution> resolving)
    {
        try
        {
            return await resolving.WaitAsync(options.Timeout, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return new SipResolution([], $"The DNS did not resolve {target.Host} in {options.Timeout.TotalSeconds:0.#} s.");
        }
    }

    private SipResolution OfAddress(SipTarget target, IPAddress address)
    {
        var transport = target.TransportOrDefault;
        return options.Transports.Contains(transport)
            ? new SipResolution([SipEndPoint.From(address, target.PortOrDefault(transport), transport)])
            : new SipResolution([], NotSpoken(transport));
    }

    private async ValueTask<SipResolution> ResolveNameAsync(SipTarget target)
    {
        if (target.Transport is { } asked && !options.Transports.Contains(asked)) return new SipResolution([], NotSpoken(asked));

        // With a port neither NAPTR nor SRV is asked (RFC 3263 §4.1, §4.2).
        if (target.Port > 0) return await OfHostAsync(target).ConfigureAwait(false);
        var services = await ServicesAsync(target).ConfigureAwait(false);
        var servers = new List<Server>();
        string? failure = null;
        var refused = false;
        foreach (var service in services)
        {
            var answer = await cache.GetAsync(service.Name, DnsRecordKind.Srv).ConfigureAwait(false);
            if (answer.Outcome == DnsOutcome.Failed) failure ??= answer.Detail;
            foreach (var record in InOrder(answer.Records.OfType<SrvRecord>()))
            {
                if (record.Target is "." or "") refused = true; // RFC 2782: decidedly not available at this domain.
                else servers.Add(new Server(record.Target, record.Port, service.Transport));
            }
        }

        if (servers.Count > 0) return await OfServersAsync(target, servers).ConfigureAwait(false);
        if (refused) return new SipResolution([], $"The DNS says that {target.Host} has no SIP service.");

        // Not known is not the same as not there: the host's own address with the standard port would be a guess.
        return failure is null
            ? await OfHostAsync(target).ConfigureAwait(false)
            : new SipResolution([], $"The DNS failed for {target.Host}: {failure}");
    }

    // Which SRV names lead to the target, in the order of the domain's choice or of ours (RFC 3263 §4.1).
    private async ValueTask<List<Service>> ServicesAsync(SipTarget target)
    {
        if (target.Transport is { } asked) return [new Service(SrvNameOf(asked, target.Host), asked)];
        var answer = await cache.GetAsync(target.Host, DnsRecordKind.Naptr).ConfigureAwait(false);
        var services = new List<Service>();
        foreach (var record in answer.Records.OfType<NaptrRecord>().OrderBy(r => r.Order).ThenBy(r => r.Preference))
        {
            if (!record.Flags.Equals("s", StringComparison.OrdinalIgnoreCase) || record.Replacement is "." or "") continue;
            if (TransportOf(record.Service) is not { } transport || !options.Transports.Contains(transport)) continue;
            if (services.Count < MaxServices) services.Add(new Service(record.Replacement, transport));
        }

        if (services.Count == 0)
            services.AddRange(options.Transports.Select(t => new Service(SrvNameOf(t, target.Host), t)));
        return services;
    }

    private async ValueTask<SipResolution> OfServersAsync(SipTarget target, List<Server> servers)
    {
        var endPoints = ImmutableArray.CreateBuilder<SipEndPoint>();
        var why = "";
        foreach (var server in servers)
        {
            if (endPoints.Count >= MaxEndPoints) break;
            var (addresses, detail) = await AddressesAsync(server.Host).ConfigureAwait(false);
            if (addresses.IsEmpty) why = detail;
            foreach (var address in addresses) Add(endPoints, SipEndPoint.From(address, server.Port, server.Transport));
        }

        return endPoints.Count > 0
            ? new SipResolution(endPoints.ToImmutable())
            : new SipResolution([], $"No server of {target.Host} has an address: {why}");
    }

    private async ValueTask<SipResolution> OfHostAsync(SipTarget target)
    {
        var transport = target.TransportOrDefault;
        if (!options.Transports.Contains(transport)) return new SipResolution([], NotSpoken(transport));
        var (addresses, why) = await AddressesAsync(target.Host).ConfigureAwait(false);
        var endPoints = ImmutableArray.CreateBuilder<SipEndPoint>();
        foreach (var address in addresses) Add(endPoints, SipEndPoint.From(address, target.PortOrDefault(transport), transport));
        return new SipResolution(endPoints.ToImmutable(), why);
    }

    private async ValueTask<(ImmutableArray<IPAddress> Addresses, string Why)> AddressesAsync(string host)
    {
        if (SipTarget.TryReadAddress(host, out var itself)) return ([itself], "");
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) // RFC 6761 §6.3: never asked.
            return ([.. options.V4 ? [IPAddress.Loopback] : Array.Empty<IPAddress>(), .. options.V6 ? [IPAddress.IPv6Loopback] : Array.Empty<IPAddress>()], "");
        var v4 = options.V4 ? cache.GetAsync(host, DnsRecordKind.A).AsTask() : NotAsked;
        var v6 = options.V6 ? cache.GetAsync(host, DnsRecordKind.Aaaa).AsTask() : NotAsked;
        var (a, aaaa) = (await v4.ConfigureAwait(false), await v6.ConfigureAwait(false));
        ImmutableArray<IPAddress> addresses =
        [
            .. a.Records.OfType<AddressRecord>().Select(r => r.Address).Where(r => r.AddressFamily == AddressFamily.InterNetwork),
            .. aaaa.Records.OfType<AddressRecord>().Select(r => r.Address).Where(r => r.AddressFamily == AddressFamily.InterNetworkV6),
        ];
        if (!addresses.IsEmpty) return (addresses, "");
        var failed = a.Outcome == DnsOutcome.Failed ? a : aaaa;
        return failed.Outcome == DnsOutcome.Failed
            ? ([], $"The DNS failed for {host}: {failed.Detail}")
            : ([], $"The DNS has no address of {host}.");
    }

    // RFC 2782: by priority; within one, weights decide by chance, those of weight 0 with a very small one.
    private List<SrvRecord> InOrder(IEnumerable<SrvRecord> records)
    {
        var ordered = new List<SrvRecord>();
        foreach (var level in records.GroupBy(r => r.Priority).OrderBy(g => g.Key))
        {
            var rest = level.OrderBy(r => r.Weight == 0 ? 0 : 1).Take(MaxEndPoints).ToList();
            while (rest.Count > 0)
            {
                var chosen = _below(rest.Sum(r => r.Weight) + 1);
                var (index, sum) = (0, rest[0].Weight);
                while (sum < chosen) sum += rest[++index].Weight;
                ordered.Add(rest[index]);
                rest.RemoveAt(index);
            }
        }

        return ordered;
    }

    private static void Add(ImmutableArray<SipEndPoint>.Builder endPoints, SipEndPoint endPoint)
    {
        if (endPoints.Count < MaxEndPoints && !endPoints.Contains(endPoint)) endPoints.Add(endPoint);
    }

    private static SipTransport? TransportOf(string service) => service.ToUpperInvariant() switch
    {
        "SIP+D2U" => SipTransport.Udp,
        "SIP+D2T" => SipTransport.Tcp,
        "SIPS+D2T" => SipTransport.Tls,
        _ => null,
    };

    private static string SrvNameOf(SipTransport transport, string host) => transport switch
    {
        SipTransport.Udp => $"_sip._udp.{host}",
        SipTransport.Tcp => $"_sip._tcp.{host}",
        SipTransport.Tls => $"_sips._tcp.{host}",
    };

    private static string NotSpoken(SipTransport transport) =>
        $"This node has no {transport switch { SipTransport.Udp => "UDP", SipTransport.Tcp => "TCP", SipTransport.Tls => "TLS" }} socket.";
}
