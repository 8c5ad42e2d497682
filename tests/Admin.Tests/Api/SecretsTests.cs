using System.Net;
using System.Text.Json;
using LinqToDB.Data;

namespace Tandem.Admin.Tests.Api;

public sealed class SecretsTests : IAsyncLifetime
{
    private const string Password = "tr0ub4dor-3";

    private const string Example = $$"""
        accounts: [{account: a}]
        phones: [{e164: '1001', account: a, password: {{Password}}}]
        registrations: [{name: up, username: u, serverIp: 192.0.2.9, password: {{Password}}}]
        """;

    private readonly ApiHost _host = new();

    public async Task InitializeAsync()
    {
        await _host.InitializeAsync();
        await _host.ConfigureAsync(Example);
    }

    public Task DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("/api/v1/phones")]
    [InlineData("/api/v1/phones/1001")]
    [InlineData("/api/v1/registrations/up")]
    [InlineData("/api/v1/config")]
    [InlineData("/api/v1/config?format=yaml")]
    [InlineData("/api/v1/config/versions/1")]
    public async Task Passwords_are_not_shown(string url)
    {
        var text = await (await _host.SendAsync(HttpMethod.Get, url)).Content.ReadAsStringAsync();
        Assert.Contains("********", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_may_write_can_export_them()
    {
        Assert.Contains(Password, await Text("/api/v1/config?secrets=true"), StringComparison.Ordinal);
        Assert.Contains(Password, await Text("/api/v1/config/versions/1?secrets=true"), StringComparison.Ordinal);

        var made = await _host.SendAsync(HttpMethod.Post, "/api/v1/api-keys", """{"name": "noc", "role": "read"}""");
        var key = JsonDocument.Parse(await made.Content.ReadAsStringAsync()).RootElement.GetProperty("key").GetString();
        using var reader = _host.ClientOf(key);
        Assert.DoesNotContain(Password, await reader.GetStringAsync("/api/v1/config?secrets=true"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_read_and_is_put_back_keeps_the_password()
    {
        var put = await _host.SendAsync(
            HttpMethod.Put, "/api/v1/phones/1001", """{"account": "a", "password": "********", "memo": "desk"}""");
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        var whole = await _host.SendAsync(HttpMethod.Put, "/api/v1/config", await Text("/api/v1/config"));
        Assert.Equal(HttpStatusCode.OK, whole.StatusCode);

        var stored = await Text("/api/v1/config?secrets=true");
        Assert.Contains("desk", stored, StringComparison.Ordinal);
        Assert.Equal(3, stored.Split(Password).Length);
        using var connection = _host.Database.Open();
        foreach (var entry in connection.Query<string>("SELECT COALESCE(before_json, '') || COALESCE(after_json, '') FROM audit"))
            Assert.DoesNotContain(Password, entry, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_there_is_none_nothing_can_be_kept()
    {
        var put = await _host.SendAsync(HttpMethod.Put, "/api/v1/phones/1002", """{"account": "a", "password": "********"}""");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, put.StatusCode);
        Assert.Contains("keeps the password", await put.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task<string> Text(string url) => await (await _host.SendAsync(HttpMethod.Get, url)).Content.ReadAsStringAsync();
}
