using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using DnsClient;

namespace Tandem.Edge.Resolution;

/// <summary>
/// Questions to real name servers by the DnsClient library, of which neither cache nor exceptions are used. Made by the
/// edge, lives as long.
/// </summary>
/// <param name="nameServers">Whom to ask; none: those of the system, read at the first question.</param>
public sealed class DnsClientQueries(IReadOnlyList<IPEndPoint> nameServers) : IDnsQueries
{
    /// <summary>Wait for one server's answer.</summary>
    public static readonly TimeSpan ServerTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Repeats after the first try, at each server.</summary>
    public const int Retries = 1;

    private readonly Lazy<LookupClient> _client = new(() => new LookupClient(Options(nameServers)));

    /// <inheritdoc />
    public async Task<DnsAnswer> AskAsync(string name, DnsRecordKind kind)
    {
        try
        {
            var response = await _client.Value.QueryAsync(name, TypeOf(kind)).ConfigureAwait(false);
            return AnswerOf(response, kind);
        }
        catch (Exception failure) when (failure is DnsResponseException or SocketException or OperationCanceledException
            or InvalidOperationException or ArgumentException)
        {
            // An argument: a label that is too long, or a character that no name has. A failure of the network otherwise.
            return DnsAnswer.Failed(failure.Message);
        }
    }

    private static LookupClientOptions Options(IReadOnlyList<IPEndPoint> nameServers)
    {
        var options = nameServers.Count > 0 ? new LookupClientOptions([.. nameServers]) : new LookupClientOptions();
        options.UseCache = false;
        options.ThrowDnsErrors = false;
        options.ContinueOnEmptyResponse = false;
        options.Timeout = ServerTimeout;
        options.Retries = Retries;
        return options;
    }

    private static QueryType TypeOf(DnsRecordKind kind) => kind switch
    {
        DnsRecordKind.Naptr => QueryType.NAPTR,
        DnsRecordKind.Srv => QueryType.SRV,
        DnsRecordKind.A => QueryType.A,
        DnsRecordKind.Aaaa => QueryType.AAAA,
    };

    private static DnsAnswer AnswerOf(IDnsQueryResponse response, DnsRecordKind kind)
    {
        var code = response.Header.ResponseCode;
        if (code is not (DnsHeaderResponseCode.NoError or DnsHeaderResponseCode.NotExistentDomain))
            return DnsAnswer.Failed($"The name server {response.NameServer} answered {code}.");
        ImmutableArray<DnsRecord> records = kind switch
        {
            DnsRecordKind.Naptr => [.. response.Answers.NAPtrRecords().Select(r =>
                new NaptrRecord(r.Order, r.Preference, r.Flags, r.Services, NameOf(r.Replacement)))],
            DnsRecordKind.Srv => [.. response.Answers.SrvRecords().Select(r =>
                new SrvRecord(r.Priority, r.Weight, r.Port, NameOf(r.Target)))],
            DnsRecordKind.A => [.. response.Answers.ARecords().Select(r => new AddressRecord(r.Address))],
            DnsRecordKind.Aaaa => [.. response.Answers.AaaaRecords().Select(r => new AddressRecord(r.Address))],
        };
        return records.IsEmpty
            ? new DnsAnswer(DnsOutcome.NotThere, [], NegativeTimeToLive(response))
            : new DnsAnswer(
                DnsOutcome.Found, records, TimeSpan.FromSeconds(response.Answers.Min(r => r.InitialTimeToLive)));
    }

    // RFC 2308 §5: the smaller of the SOA's own time to live and its minimum.
    private static TimeSpan NegativeTimeToLive(IDnsQueryResponse response) =>
        response.Authorities.SoaRecords().FirstOrDefault() is { } soa
            ? TimeSpan.FromSeconds(Math.Min(soa.InitialTimeToLive, soa.Minimum))
            : TimeSpan.Zero;

    // The root alone is ".", and stays so: it has a meaning in SRV. All others lose the dot at the end.
    private static string NameOf(DnsString name) => name.Value.Length > 1 ? name.Value.TrimEnd('.') : name.Value;
}
