using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LinqToDB.Data;
using Tandem.Shared.Configuration;

namespace Tandem.Admin.Tests.Api;

public sealed class ApiTests : IAsyncLifetime
{
    private const string Example = """
        accounts: [{account: a, feeRateGroup: retail}, {account: v, type: clearing}]
        rateGroups: [{name: retail, rates: [{feePrefix: 44, fee: 0.0125}, {feePrefix: 1, fee: 0.5}]}]
        mappingGateways: [{name: m, account: a, remoteIps: [192.0.2.1]}]
        routingGateways: [{name: r, prefix: [44], remoteIp: 198.51.100.7, clearingAccount: v}]
        """;

    private readonly ApiHost _host = new();

    public async Task InitializeAsync()
    {
        await _host.InitializeAsync();
        await _host.ConfigureAsync(Example);
    }

    public Task DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Without_a_key_nothing_is_shown()
    {
        using var stranger = _host.ClientOf(null);
        using var guesser = _host.ClientOf("tdm_guess");

        await AssertProblem(await stranger.GetAsync("/api/v1/accounts"), HttpStatusCode.Unauthorized, "NoApiKey");
        await AssertProblem(await guesser.GetAsync("/api/v1/accounts"), HttpStatusCode.Unauthorized, "WrongApiKey");
        await AssertProblem(await stranger.GetAsync("/api/v1/no-such-thing"), HttpStatusCode.Unauthorized, "NoApiKey");
    }

    [Fact]
    public async Task A_key_opens_as_bearer_token_too()
    {
        using var client = _host.ClientOf(null);
        client.DefaultRequestHeaders.Authorization = new("Bearer", _host.Key);

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/v1/accounts")).StatusCode);
    }

    [Fact]
    public async Task The_first_key_is_made_once_and_only_its_hash_is_stored()
    {
        Assert.Null(Security.ApiKeys.EnsureFirst(_host.Database, TimeProvider.System));
        using var connection = _host.Database.Open();
        var hash = connection.Query<string>("SELECT hash FROM api_key").Single();
        Assert.Equal(64, hash.Length);
        Assert.DoesNotContain(_host.Key, hash, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reading_key_reads_and_does_not_write()
    {
        var made = await _host.SendAsync(HttpMethod.Post, "/api/v1/api-keys", """{"name": "noc", "role": "read"}""");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        using var reader = _host.ClientOf((await Json(made)).GetProperty("key").GetString());

        Assert.Equal(HttpStatusCode.OK, (await reader.GetAsync("/api/v1/accounts")).StatusCode);
        await AssertProblem(await reader.DeleteAsync("/api/v1/accounts/a"), HttpStatusCode.Forbidden, "ReadOnlyApiKey");
        await AssertProblem(
            await _host.SendAsync(HttpMethod.Post, "/api/v1/api-keys", """{"name": "noc"}"""), HttpStatusCode.Conflict, "NameTaken");
        await AssertProblem(
            await _host.SendAsync(HttpMethod.Delete, "/api/v1/api-keys/admin"), HttpStatusCode.Conflict, "OwnApiKey");
        Assert.Equal(
            HttpStatusCode.NoContent, (await _host.SendAsync(HttpMethod.Delete, "/api/v1/api-keys/noc")).StatusCode);
        await AssertProblem(await reader.GetAsync("/api/v1/accounts"), HttpStatusCode.Unauthorized, "WrongApiKey");
    }

    [Fact]
    public async Task Lists_are_paged_with_a_cap()
    {
        var all = string.Concat(Enumerable.Range(0, 1200).Select(i => $"\n- {{name: g{i:0000}, remoteIp: 192.0.2.1}}"));
        await _host.ConfigureAsync("routingGateways:" + all);

        var page = await _host.GetAsync("/api/v1/routing-gateways?skip=10&take=5");
        Assert.Equal(
            ["g0010", "g0011", "g0012", "g0013", "g0014"],
            page.GetProperty("items").EnumerateArray().Select(g => g.GetProperty("name").GetString()!));
        Assert.Equal(1200, page.GetProperty("total").GetInt32());
        Assert.Equal(
            1000, (await _host.GetAsync("/api/v1/routing-gateways?take=5000")).GetProperty("items").GetArrayLength());
        Assert.Equal(
            0, (await _host.GetAsync("/api/v1/routing-gateways?skip=5000")).GetProperty("items").GetArrayLength());
        Assert.Equal(
            10, (await _host.GetAsync("/api/v1/routing-gateways?prefix=g001")).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Put_creates_then_replaces_and_get_shows_it()
    {
        var created = await _host.SendAsync(HttpMethod.Put, "/api/v1/mapping-gateways/new", """{"account": "a", "capacity": 10}""");
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal("\"2\"", created.Headers.ETag!.Tag);
        Assert.Equal(10, _host.Holder.Current.MappingGateways["new"].Capacity);

        var replaced = await _host.SendAsync(
            HttpMethod.Put, "/api/v1/mapping-gateways/new", "account: a\nmemo: x", "application/yaml");
        Assert.Equal(HttpStatusCode.OK, replaced.StatusCode);
        var shown = await _host.GetAsync("/api/v1/mapping-gateways/new");
        Assert.Equal((0, "x"), (shown.GetProperty("capacity").GetInt32(), shown.GetProperty("memo").GetString()));

        Assert.Equal(
            HttpStatusCode.NoContent,
            (await _host.SendAsync(HttpMethod.Delete, "/api/v1/mapping-gateways/new")).StatusCode);
        await AssertProblem(
            await _host.Client.GetAsync("/api/v1/mapping-gateways/new"), HttpStatusCode.NotFound, "NotFound");
        await AssertProblem(
            await _host.SendAsync(HttpMethod.Delete, "/api/v1/mapping-gateways/new"),
            HttpStatusCode.NotFound,
            "NotFound");
    }

    [Fact]
    public async Task A_lost_update_is_refused()
    {
        var read = await _host.Client.GetAsync("/api/v1/mapping-gateways/m");
        var tag = read.Headers.ETag!.Tag;

        var first = await _host.SendAsync(HttpMethod.Put, "/api/v1/mapping-gateways/m", """{"account": "a", "capacity": 1}""", ifMatch: tag);
        var second = await _host.SendAsync(HttpMethod.Put, "/api/v1/mapping-gateways/m", """{"account": "a", "capacity": 2}""", ifMatch: tag);

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        await AssertProblem(second, HttpStatusCode.PreconditionFailed, "VersionConflict");
        Assert.Equal(1, _host.Holder.Current.MappingGateways["m"].Capacity);
        await AssertProblem(
            await _host.SendAsync(HttpMethod.Put, "/api/v1/mapping-gateways/m", """{"account": "a"}""", ifMatch: "\"x\""),
            HttpStatusCode.BadRequest, "Validation");
    }

    [Fact]
    public async Task Parallel_changes_of_different_objects_are_all_kept()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 4).Select(i =>
            _host.SendAsync(HttpMethod.Put, $"/api/v1/mapping-gateways/p{i}", """{"account": "a"}""")));

        Assert.All(replies, r => Assert.Equal(HttpStatusCode.Created, r.StatusCode));
        Assert.Equal(4, _host.Holder.Current.MappingGateways.Keys.Count(k => k.StartsWith('p')));
    }

    [Fact]
    public async Task All_errors_of_a_body_are_listed_with_their_path()
    {
        var unreadable = await _host.SendAsync(HttpMethod.Put, "/api/v1/routing-gateways/x", """{"capacty": 1, "signalPort": "a"}""");
        var problem = await AssertProblem(unreadable, HttpStatusCode.BadRequest, "Validation");
        Assert.Equal(["capacty", "signalPort"], Paths(problem));
        Assert.Contains(
            "did you mean \"capacity\"?",
            problem.GetProperty("errors")[0].GetProperty("message").GetString(),
            StringComparison.Ordinal);

        var invalid = await _host.SendAsync(
            HttpMethod.Put, "/api/v1/routing-gateways/x", """{"remoteIp": "no host", "prefix": ["44", "4x"], "clearingAccount": "a"}""");
        problem = await AssertProblem(invalid, (HttpStatusCode)422, "Validation");
        Assert.Equal(["prefix[1]", "remoteIp", "clearingAccount"], Paths(problem));
        Assert.Equal(1, _host.Holder.Current.Version);

        await AssertProblem(
            await _host.SendAsync(HttpMethod.Put, "/api/v1/routing-gateways/x", """{"name": "y"}"""), HttpStatusCode.BadRequest, "Validation");
    }

    [Fact]
    public async Task What_others_refer_to_is_not_deleted()
    {
        var problem = await AssertProblem(
            await _host.SendAsync(HttpMethod.Delete, "/api/v1/accounts/a"), (HttpStatusCode)422, "Validation");

        Assert.Equal(["mappingGateways[0].account"], Paths(problem));
    }

    [Fact]
    public async Task Rates_come_and_go_as_csv()
    {
        var export = await _host.Client.GetStringAsync("/api/v1/rate-groups/retail/rates?format=csv");
        Assert.Equal(
            "feePrefix,areaName,type,fee,period,sections,lockType\r\n44,,5,0.0125,60,,none\r\n1,,5,0.5,60,,none\r\n", export);

        const string table =
            "fee,feePrefix,areaName,sections\n0.01,49,\"Germany, \"\"all\"\"\",0.02/30 0.01/30\n\n0.5,,Rest,\n";
        var import = await _host.SendAsync(HttpMethod.Put, "/api/v1/rate-groups/retail/rates", table, "text/csv");
        Assert.Equal(2, (await Json(import)).GetProperty("rateCount").GetInt32());
        var rates = (await _host.GetAsync("/api/v1/rate-groups/retail/rates")).GetProperty("items");
        Assert.Equal("Germany, \"all\"", rates[0].GetProperty("areaName").GetString());
        Assert.Equal(30, rates[0].GetProperty("sections")[1].GetProperty("time").GetInt32());

        // What was exported goes in again and is the same.
        export = await _host.Client.GetStringAsync("/api/v1/rate-groups/retail/rates?format=csv");
        await _host.SendAsync(HttpMethod.Put, "/api/v1/rate-groups/retail/rates", export, "text/csv");
        Assert.Equal(export, await _host.Client.GetStringAsync("/api/v1/rate-groups/retail/rates?format=csv"));
    }

    [Theory]
    [InlineData("feePrefix,fe\n44,1", 400, "line 1")]
    [InlineData("feePrefix,fee\n44,abc", 400, "line 2, fee")]
    [InlineData("feePrefix,fee\n44", 400, "line 2")]
    [InlineData("feePrefix,fee,sections\n44,1,2", 400, "line 2, sections")]
    [InlineData("feePrefix,fee\n\"44,1", 400, "line 2")]
    [InlineData("", 400, "line 1")]
    [InlineData("feePrefix,fee\n44,1\n44,2", 422, "rates[1].feePrefix")]
    public async Task A_bad_table_is_refused_as_a_whole(string csv, int status, string path)
    {
        var response = await _host.SendAsync(HttpMethod.Put, "/api/v1/rate-groups/retail/rates", csv, "text/csv");

        Assert.Equal(path, Paths(await AssertProblem(response, (HttpStatusCode)status, "Validation"))[0]);
        Assert.Equal(2, _host.Holder.Current.RateGroups["retail"].Group.Rates.Length);
    }

    [Fact]
    public async Task Replacing_a_rate_group_keeps_its_rates()
    {
        await _host.SendAsync(HttpMethod.Put, "/api/v1/rate-groups/retail", """{"memo": "new"}""");

        var group = _host.Holder.Current.RateGroups["retail"].Group;
        Assert.Equal(("new", 2), (group.Memo, group.Rates.Length));
    }

    [Fact]
    public async Task An_account_shows_its_money_and_takes_payments()
    {
        var state = (await _host.GetAsync("/api/v1/accounts/a")).GetProperty("state");
        Assert.Equal(
            (100.5m, 1.25m, 109.25m), (Amount(state, "balance"), Amount(state, "held"), Amount(state, "available")));

        var paid = await _host.SendAsync(HttpMethod.Post, "/api/v1/accounts/a/payments", """{"key": "k1", "amount": 12.5, "kind": "payment"}""");
        Assert.Equal(12.5m, Amount((await Json(paid)).GetProperty("balance"), "amount"));
        await _host.SendAsync(HttpMethod.Post, "/api/v1/accounts/a/payments", """{"key": "k1", "amount": 12.5, "kind": "payment"}""");
        var taken = await _host.SendAsync(HttpMethod.Post, "/api/v1/accounts/a/payments", """{"amount": 2.5, "kind": "deduction", "memo": "x"}""");
        Assert.Equal(10m, Amount((await Json(taken)).GetProperty("balance"), "amount"));

        await AssertProblem(
            await _host.SendAsync(HttpMethod.Post, "/api/v1/accounts/a/payments", """{"amount": 1, "memo": "refuse"}"""),
            HttpStatusCode.Conflict, "PostingRefused");
        await AssertProblem(
            await _host.SendAsync(HttpMethod.Post, "/api/v1/accounts/none/payments", """{"amount": 1}"""), HttpStatusCode.NotFound, "NotFound");
    }

    [Theory]
    [InlineData("""{"amount": 0}""", "amount")]
    [InlineData("""{"amount": -1}""", "amount")]
    [InlineData("""{"amount": 0.0000001}""", "amount")]
    [InlineData("""{"amount": "1"}""", "amount")]
    [InlineData("""{"amount": 1, "kind": "callCharge"}""", "kind")]
    [InlineData("""{"amount": 1, "kind": "gift"}""", "kind")]
    [InlineData("""{"amount": 1, "key": "a b"}""", "key")]
    [InlineData("""{"amount": 1, "by": "me"}""", "by")]
    public async Task A_bad_payment_names_the_field(string body, string path)
    {
        var response = await _host.SendAsync(HttpMethod.Post, "/api/v1/accounts/a/payments", body);

        Assert.Equal([path], Paths(await AssertProblem(response, HttpStatusCode.BadRequest, "Validation")));
    }

    [Fact]
    public async Task The_ledger_is_read_page_by_page()
    {
        var sequences = new List<long>();
        for (long? before = null; ;)
        {
            var page = await _host.GetAsync(
                "/api/v1/accounts/a/ledger?take=2" + (before is null ? "" : $"&before={before}"));
            sequences.AddRange(
                page.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("sequence").GetInt64()));
            if (page.GetProperty("before").ValueKind == JsonValueKind.Null) break;
            before = page.GetProperty("before").GetInt64();
        }

        Assert.Equal([5L, 4L, 3L, 2L, 1L], sequences);
    }

    [Fact]
    public async Task Gateways_show_their_counters()
    {
        Assert.Equal(
            3, (await _host.GetAsync("/api/v1/mapping-gateways/m/state")).GetProperty("linesInUse").GetInt32());
        Assert.Equal(
            "r:r", (await _host.GetAsync("/api/v1/routing-gateways/r/state")).GetProperty("gatewayId").GetString());
        await AssertProblem(
            await _host.Client.GetAsync("/api/v1/routing-gateways/none/state"), HttpStatusCode.NotFound, "NotFound");
    }

    [Fact]
    public async Task Calls_are_listed_and_cut()
    {
        var calls = await _host.GetAsync("/api/v1/calls");
        var id = calls.GetProperty("items")[0].GetProperty("callId").GetString();
        Assert.Equal(ApiHost.Running.ToString(), id);
        Assert.Equal("ringing", calls.GetProperty("items")[0].GetProperty("phase").GetString());
        Assert.Equal(0, (await _host.GetAsync("/api/v1/calls?account=other")).GetProperty("total").GetInt32());

        Assert.Equal(
            HttpStatusCode.Accepted, (await _host.SendAsync(HttpMethod.Delete, "/api/v1/calls/" + id)).StatusCode);
        await AssertProblem(
            await _host.SendAsync(HttpMethod.Delete, "/api/v1/calls/" + new string('0', 25)), HttpStatusCode.NotFound, "NotFound");
        await AssertProblem(
            await _host.SendAsync(HttpMethod.Delete, "/api/v1/calls/x"), HttpStatusCode.BadRequest, "Validation");
    }

    [Fact]
    public async Task Call_records_are_queried_shown_and_exported()
    {
        var page = await _host.GetAsync("/api/v1/cdrs?endReason=NoAvailableRouter");
        var record = page.GetProperty("items")[0];
        Assert.Equal("NoAvailableRouter", record.GetProperty("endReason").GetString());
        Assert.Equal(0.0125m, Amount(record.GetProperty("fee"), "amount"));
        var next = await _host.GetAsync("/api/v1/cdrs?cursor=" + page.GetProperty("next").GetString());
        Assert.Equal(
            (0, JsonValueKind.Null), (next.GetProperty("items").GetArrayLength(), next.GetProperty("next").ValueKind));
        Assert.Equal(0, (await _host.GetAsync("/api/v1/cdrs?endReason=503")).GetProperty("items").GetArrayLength());

        var one = await _host.GetAsync("/api/v1/cdrs/" + ApiHost.Running);
        Assert.Equal("no prefix matches", one.GetProperty("trace")[0].GetString());
        Assert.Equal("callId,fee\r\nx,0.01\r\n", await _host.Client.GetStringAsync("/api/v1/cdrs?format=csv"));

        await AssertProblem(
            await _host.Client.GetAsync("/api/v1/cdrs?endReason=Bored"), HttpStatusCode.BadRequest, "Validation");
        await AssertProblem(
            await _host.Client.GetAsync("/api/v1/cdrs?cursor=x"), HttpStatusCode.BadRequest, "Validation");
        await AssertProblem(
            await _host.Client.GetAsync("/api/v1/cdrs?account=database-away"), HttpStatusCode.ServiceUnavailable, "SystemUnavailable");
    }

    [Fact]
    public async Task The_dynamic_black_list_is_listed_and_a_number_taken_off()
    {
        var entry = (await _host.GetAsync("/api/v1/dynamic-blacklist")).GetProperty("items")[0];
        Assert.Equal(("4412", "r:v", "callee"), (
            entry.GetProperty("number").GetString(), entry.GetProperty("scope").GetString(), entry.GetProperty("role").GetString()));

        Assert.Equal(
            HttpStatusCode.NoContent,
            (await _host.SendAsync(HttpMethod.Delete, "/api/v1/dynamic-blacklist/callee/4412?scope=r:v")).StatusCode);
        await AssertProblem(
            await _host.SendAsync(HttpMethod.Delete, "/api/v1/dynamic-blacklist/callee/99"), HttpStatusCode.NotFound, "NotFound");
        await AssertProblem(
            await _host.SendAsync(HttpMethod.Delete, "/api/v1/dynamic-blacklist/both/99"), HttpStatusCode.BadRequest, "Validation");
    }

    [Fact]
    public async Task System_parameters_show_defaults_and_are_set_and_reset()
    {
        var all = await _host.GetAsync("/api/v1/system-parameters");
        Assert.Equal(SystemParameters.Definitions.Count, all.GetProperty("total").GetInt32());
        var set = await _host.SendAsync(HttpMethod.Put, "/api/v1/system-parameters/SS_MAX_CPS", """{"value": "50"}""");
        Assert.Equal(
            ("50", false),
            (
                (await Json(set)).GetProperty("value").GetString(),
                (await Json(set)).GetProperty("isDefault").GetBoolean()));
        Assert.Equal(50, _host.Holder.Current.Parameters.MaxCps);
        await AssertProblem(
            await _host.SendAsync(HttpMethod.Put, "/api/v1/system-parameters/SS_MAX_CPS", """{"value": "-1"}"""), HttpStatusCode.BadRequest, "Validation");
        await AssertProblem(
            await _host.SendAsync(HttpMethod.Put, "/api/v1/system-parameters/SS_NONE", """{"value": "1"}"""), HttpStatusCode.NotFound, "NotFound");
        await _host.SendAsync(HttpMethod.Delete, "/api/v1/system-parameters/SS_MAX_CPS");
        Assert.Equal(0, _host.Holder.Current.Parameters.MaxCps);
    }

    [Fact]
    public async Task The_white_list_takes_and_loses_numbers()
    {
        Assert.Equal(
            HttpStatusCode.NoContent,
            (await _host.SendAsync(HttpMethod.Put, "/api/v1/system-white-list/112")).StatusCode);
        Assert.Equal("112", (await _host.GetAsync("/api/v1/system-white-list")).GetProperty("items")[0].GetString());
        await AssertProblem(
            await _host.SendAsync(HttpMethod.Put, "/api/v1/system-white-list/abc"), (HttpStatusCode)422, "Validation");
        Assert.Equal(
            HttpStatusCode.NoContent,
            (await _host.SendAsync(HttpMethod.Delete, "/api/v1/system-white-list/112")).StatusCode);
        Assert.Empty(_host.Holder.Current.WhiteList);
    }

    [Fact]
    public async Task The_whole_configuration_is_exported_checked_and_rolled_back()
    {
        var yaml = await _host.Client.GetStringAsync("/api/v1/config?format=yaml");
        Assert.Empty(ConfigurationReader.Read(System.Text.Encoding.UTF8.GetBytes(yaml)).Errors);

        var check = await Json(
            await _host.SendAsync(HttpMethod.Post, "/api/v1/config/validate", "acounts: []", "application/yaml"));
        Assert.False(check.GetProperty("valid").GetBoolean());
        Assert.Equal("acounts", check.GetProperty("errors")[0].GetProperty("path").GetString());

        var problem = await AssertProblem(
            await _host.SendAsync(HttpMethod.Put, "/api/v1/config", "mappingGateways: [{name: m}]", "application/yaml"), HttpStatusCode.BadRequest, "Validation");
        Assert.Equal(["mappingGateways[0].account"], Paths(problem));
        await AssertProblem(
            await _host.SendAsync(HttpMethod.Put, "/api/v1/config", "{}", ifMatch: "\"99\""), HttpStatusCode.PreconditionFailed, "VersionConflict");

        await _host.ConfigureAsync("{}");
        Assert.Empty(_host.Holder.Current.MappingGateways);
        var back = await _host.SendAsync(HttpMethod.Post, "/api/v1/config/versions/1/rollback");
        Assert.Equal(3, (await Json(back)).GetProperty("version").GetInt64());
        Assert.Single(_host.Holder.Current.MappingGateways);
        var versions = await _host.GetAsync("/api/v1/config/versions?take=1");
        Assert.Equal((3, "admin", "rollback to version 1"), (
            versions.GetProperty("total").GetInt32(),
            versions.GetProperty("items")[0].GetProperty("by").GetString(),
            versions.GetProperty("items")[0].GetProperty("comment").GetString()));
        Assert.Equal(
            "m",
            (await _host.GetAsync("/api/v1/config/versions/1")).GetProperty("mappingGateways")[0].GetProperty("name").GetString());
        await AssertProblem(
            await _host.SendAsync(HttpMethod.Post, "/api/v1/config/versions/77/rollback"),
            HttpStatusCode.NotFound,
            "NotFound");
    }

    [Fact]
    public async Task Every_write_is_in_the_audit_with_before_and_after()
    {
        await _host.SendAsync(HttpMethod.Put, "/api/v1/mapping-gateways/m", """{"account": "a", "capacity": 5}""");

        var row = (await _host.GetAsync("/api/v1/audit")).GetProperty("items")[0];
        Assert.Equal(("admin", "PUT", "/api/v1/mapping-gateways/m"), (
            row.GetProperty("by").GetString(), row.GetProperty("method").GetString(), row.GetProperty("path").GetString()));
        Assert.Equal(
            0,
            JsonDocument.Parse(row.GetProperty("before").GetString()!).RootElement.GetProperty("capacity").GetInt32());
        Assert.Equal(
            5,
            JsonDocument.Parse(row.GetProperty("after").GetString()!).RootElement.GetProperty("capacity").GetInt32());
    }

    [Fact]
    public async Task The_nodes_are_listed() =>
        Assert.True((await _host.GetAsync("/api/v1/nodes")).GetProperty("items")[0].GetProperty("self").GetBoolean());

    // The route table is the reference: each route under /api/v1 is in the document, with a summary.
    [Fact]
    public async Task The_openapi_document_has_every_route()
    {
        using var stranger = _host.ClientOf(null);
        var document = await stranger.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        var documented = document.GetProperty("paths").EnumerateObject()
            .SelectMany(p => p.Value.EnumerateObject().Select(m => $"{m.Name.ToUpperInvariant()} {p.Name}"))
            .Order(StringComparer.Ordinal);

        Assert.Equal(_host.Routes(), documented);
        foreach (var path in document.GetProperty("paths").EnumerateObject())
            foreach (var method in path.Value.EnumerateObject())
                Assert.True(method.Value.TryGetProperty("summary", out _), $"{method.Name} {path.Name} has no summary");
    }

    [Fact]
    public async Task The_page_of_the_document_loads_nothing_from_elsewhere()
    {
        using var stranger = _host.ClientOf(null);
        var page = await stranger.GetStringAsync("/docs/");

        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
        Assert.True((await stranger.GetByteArrayAsync("/docs/scalar.js")).Length > 100_000);
    }

    private static decimal Amount(JsonElement element, string name) => element.GetProperty(name).GetDecimal();

    private static async Task<JsonElement> Json(HttpResponseMessage response) =>
        JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;

    private static List<string> Paths(JsonElement problem) =>
        [.. problem.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("path").GetString()!)];

    private static async Task<JsonElement> AssertProblem(
        HttpResponseMessage response, HttpStatusCode status, string code)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, $"{response.StatusCode} {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal(code, problem.GetProperty("code").GetString());
        return problem;
    }
}
