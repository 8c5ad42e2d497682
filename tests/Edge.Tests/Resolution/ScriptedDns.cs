using System.Collections.Immutable;
using System.Net;
using Tandem.Edge.Resolution;

namespace Tandem.Edge.Tests.Resolution;

/// <summary>A DNS without a network: what a test says, how often it was asked.</summary>
internal sealed class ScriptedDns : IDnsQueries
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string, DnsRecordKind), DnsAnswer> _answers = [];
    private readonly List<string> _questions = [];

    public Task? Gate { get; set; }

    public IReadOnlyList<string> Questions
    {
        get
        {
            lock (_gate) return [.. _questions];
        }
    }

    public ScriptedDns Address(string name, params string[] addresses) => Set(
        name, DnsRecordKind.A, [.. addresses.Select(IPAddress.Parse).Where(a => a.GetAddressBytes().Length == 4).Select(a => new AddressRecord(a))])
        .Set(name, DnsRecordKind.Aaaa, [.. addresses.Select(IPAddress.Parse).Where(a => a.GetAddressBytes().Length == 16).Select(a => new AddressRecord(a))]);

    public ScriptedDns Service(string name, params SrvRecord[] records) => Set(name, DnsRecordKind.Srv, records);

    public ScriptedDns Pointer(string name, params NaptrRecord[] records) => Set(name, DnsRecordKind.Naptr, records);

    public ScriptedDns Set(string name, DnsRecordKind kind, DnsRecord[] records, int seconds = 60) => Set(
        name, kind, records.Length == 0
            ? new DnsAnswer(DnsOutcome.NotThere, [], TimeSpan.FromSeconds(seconds))
            : new DnsAnswer(DnsOutcome.Found, [.. records], TimeSpan.FromSeconds(seconds)));

    public ScriptedDns Set(string name, DnsRecordKind kind, DnsAnswer answer)
    {
        lock (_gate) _answers[(name, kind)] = answer;
        return this;
    }

    public async Task<DnsAnswer> AskAsync(string name, DnsRecordKind kind)
    {
        lock (_gate) _questions.Add($"{kind} {name}");
        if (Gate is { } gate) await gate;
        lock (_gate) return _answers.GetValueOrDefault((name, kind)) ?? new DnsAnswer(DnsOutcome.NotThere, [], TimeSpan.FromMinutes(1));
    }
}
