using System.Net;
using Microsoft.Extensions.Time.Testing;
using Tandem.Edge.Resolution;

namespace Tandem.Edge.Tests.Resolution;

public sealed class DnsCacheTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedDns _dns = new();

    private DnsCache Cache(DnsCacheOptions? options = null) => new(_dns, options ?? new DnsCacheOptions(), _time);

    [Fact]
    public async Task Asks_once_for_the_time_that_the_answer_says()
    {
        _dns.Set("a.test", DnsRecordKind.A, [Record("192.0.2.1")], seconds: 30);
        var cache = Cache();
        await cache.GetAsync("a.test", DnsRecordKind.A);
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.True(cache.GetAsync("A.TEST", DnsRecordKind.A).IsCompletedSuccessfully);
        Assert.Single(_dns.Questions);
        _time.Advance(TimeSpan.FromSeconds(2));
        await cache.GetAsync("a.test", DnsRecordKind.A);
        Assert.Equal(2, _dns.Questions.Count);
    }

    [Theory]
    [InlineData(0, 5)] // A floor: 0 must not mean a question per call.
    [InlineData(1_000_000, 3_600)]
    public async Task Keeps_no_answer_shorter_or_longer_than_its_bounds(int seconds, int life)
    {
        _dns.Set("a.test", DnsRecordKind.A, [Record("192.0.2.1")], seconds);
        var cache = Cache();
        await cache.GetAsync("a.test", DnsRecordKind.A);
        _time.Advance(TimeSpan.FromSeconds(life - 1));
        await cache.GetAsync("a.test", DnsRecordKind.A);
        Assert.Single(_dns.Questions);
        _time.Advance(TimeSpan.FromSeconds(2));
        await cache.GetAsync("a.test", DnsRecordKind.A);
        Assert.Equal(2, _dns.Questions.Count);
    }

    [Fact]
    public async Task Remembers_that_a_name_is_not_there_but_for_a_minute_at_most()
    {
        _dns.Set("a.test", DnsRecordKind.Srv, [], seconds: 9_999);
        var cache = Cache();
        Assert.Equal(DnsOutcome.NotThere, (await cache.GetAsync("a.test", DnsRecordKind.Srv)).Outcome);
        _time.Advance(TimeSpan.FromSeconds(59));
        await cache.GetAsync("a.test", DnsRecordKind.Srv);
        Assert.Single(_dns.Questions);
        _time.Advance(TimeSpan.FromSeconds(2));
        await cache.GetAsync("a.test", DnsRecordKind.Srv);
        Assert.Equal(2, _dns.Questions.Count);
    }

    [Fact]
    public async Task Answers_with_what_it_knew_while_the_DNS_fails_for_a_day()
    {
        _dns.Set("a.test", DnsRecordKind.A, [Record("192.0.2.1")], seconds: 30);
        var cache = Cache();
        await cache.GetAsync("a.test", DnsRecordKind.A);
        _dns.Set("a.test", DnsRecordKind.A, DnsAnswer.Failed("down"));
        _time.Advance(TimeSpan.FromHours(23));
        Assert.Equal(DnsOutcome.Found, (await cache.GetAsync("a.test", DnsRecordKind.A)).Outcome);
        Assert.Equal(1, cache.StaleAnswers);

        // Not one question per call to servers that are down.
        Assert.True(cache.GetAsync("a.test", DnsRecordKind.A).IsCompletedSuccessfully);
        Assert.Equal(2, _dns.Questions.Count);
        _time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(DnsOutcome.Failed, (await cache.GetAsync("a.test", DnsRecordKind.A)).Outcome);
    }

    [Fact]
    public async Task Believes_a_failure_for_5_seconds()
    {
        _dns.Set("a.test", DnsRecordKind.A, DnsAnswer.Failed("down"));
        var cache = Cache();
        await cache.GetAsync("a.test", DnsRecordKind.A);
        await cache.GetAsync("a.test", DnsRecordKind.A);
        Assert.Single(_dns.Questions);
        _dns.Address("a.test", "192.0.2.1");
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(DnsOutcome.Found, (await cache.GetAsync("a.test", DnsRecordKind.A)).Outcome);
    }

    [Fact]
    public async Task Has_one_question_under_way_for_a_name_however_many_ask()
    {
        var answered = new TaskCompletionSource();
        _dns.Address("a.test", "192.0.2.1").Gate = answered.Task;
        var cache = Cache();
        var all = Enumerable.Range(0, 100).Select(_ => cache.GetAsync("a.test", DnsRecordKind.A).AsTask()).ToList();
        Assert.DoesNotContain(all, t => t.IsCompleted);
        answered.SetResult();
        Assert.All(await Task.WhenAll(all), a => Assert.Equal(DnsOutcome.Found, a.Outcome));
        Assert.Single(_dns.Questions);
    }

    [Fact]
    public async Task Fails_at_once_when_too_many_questions_are_under_way()
    {
        var answered = new TaskCompletionSource();
        _dns.Gate = answered.Task;
        var cache = Cache(new DnsCacheOptions { MaxInFlight = 2 });
        var waiting = new[] { cache.GetAsync("a", DnsRecordKind.A).AsTask(), cache.GetAsync("b", DnsRecordKind.A).AsTask() };
        var third = cache.GetAsync("c", DnsRecordKind.A);
        Assert.True(third.IsCompletedSuccessfully);
        Assert.Equal(DnsOutcome.Failed, (await third).Outcome);
        answered.SetResult();
        await Task.WhenAll(waiting);
        Assert.Equal(DnsOutcome.NotThere, (await cache.GetAsync("c", DnsRecordKind.A)).Outcome);
    }

    [Fact]
    public async Task Never_remembers_more_than_its_cap()
    {
        var cache = Cache(new DnsCacheOptions { MaxEntries = 20 });
        for (var i = 0; i < 500; i++)
        {
            await cache.GetAsync($"n{i}", DnsRecordKind.A);
            Assert.InRange(cache.Count, 1, 20);
        }
    }

    private static AddressRecord Record(string address) => new(IPAddress.Parse(address));
}
