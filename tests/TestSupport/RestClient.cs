using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Tandem.TestSupport;

/// <summary>An answer of the REST interface that a test did not expect; holds the body.</summary>
public sealed class RestException(HttpStatusCode status, string body)
    : Exception($"HTTP {(int)status}: {body}")
{
    /// <summary>The status.</summary>
    public HttpStatusCode Status => status;

    /// <summary>The problem's text.</summary>
    public string Body => body;
}

/// <summary>
/// A thin client of <c>/api/v1</c>. Answers stay JSON, so that a test sees what a customer's script would see.
/// </summary>
public sealed class RestClient : IDisposable
{
    private const int PageSize = 500;
    private readonly HttpClient _http;

    /// <summary>For the interface at <paramref name="address"/>; an empty key sends none.</summary>
    public RestClient(Uri address, string apiKey)
    {
        _http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(20) };
        if (apiKey.Length > 0) _http.DefaultRequestHeaders.Add("X-Api-Key", apiKey);
    }

    /// <summary>GET of <c>/api/v1/</c><paramref name="path"/>.</summary>
    public Task<JsonElement> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    /// <summary>POST of a JSON text or of an object.</summary>
    public Task<JsonElement> PostAsync(string path, object body) => SendAsync(HttpMethod.Post, path, body);

    /// <summary>PUT of a JSON text or of an object.</summary>
    public Task<JsonElement> PutAsync(string path, object body, string? etag = null) =>
        SendAsync(HttpMethod.Put, path, body, etag);

    /// <summary>DELETE.</summary>
    public Task<JsonElement> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path);

    /// <summary>The raw answer, whatever its status: for tests of refusals and headers.</summary>
    public async Task<HttpResponseMessage> RawAsync(
        HttpMethod method, string path, object? body = null, string? etag = null)
    {
        using var request = new HttpRequestMessage(method, new Uri("api/v1/" + path, UriKind.Relative));
        if (body is string text) request.Content = new StringContent(text, Encoding.UTF8, "application/json");
        else if (body is not null) request.Content = JsonContent.Create(body);
        if (etag is not null) request.Headers.TryAddWithoutValidation("If-Match", etag);
        return await _http.SendAsync(request);
    }

    /// <summary>All records that <paramref name="query"/> (<c>name=value&amp;…</c>) selects, newest first.</summary>
    public Task<IReadOnlyList<JsonElement>> CdrsAsync(string query = "") => FollowAsync("cdrs", query, "next", "cursor");

    /// <summary>One record with its attempts and decision trace.</summary>
    public Task<JsonElement> CdrAsync(string callId) => GetAsync("cdrs/" + callId);

    /// <summary>Balance of an account now, as its owner knows it.</summary>
    public async Task<decimal> BalanceAsync(string account) => (await GetAsync($"accounts/{Uri.EscapeDataString(account)}"))
        .GetProperty("state").GetProperty("balance").GetDecimal();

    /// <summary>All ledger entries of an account, newest first.</summary>
    public Task<IReadOnlyList<JsonElement>> LedgerAsync(string account) =>
        FollowAsync($"accounts/{Uri.EscapeDataString(account)}/ledger", "", "before", "before");

    /// <summary>All items of a list that is paged by <c>skip</c> and <c>take</c>.</summary>
    public async Task<IReadOnlyList<JsonElement>> AllAsync(string path, string query = "")
    {
        var items = new List<JsonElement>();
        while (true)
        {
            var skip = items.Count.ToString(CultureInfo.InvariantCulture);
            var page = await GetAsync($"{path}?skip={skip}&take={PageSize}&{query}");
            var before = items.Count;
            items.AddRange(page.GetProperty("items").EnumerateArray());
            if (items.Count - before < PageSize) return items;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    // Lists that grow at their head are paged by a mark that the page before gives.
    private async Task<IReadOnlyList<JsonElement>> FollowAsync(string path, string query, string given, string asked)
    {
        var items = new List<JsonElement>();
        var mark = "";
        while (true)
        {
            var page = await GetAsync($"{path}?take={PageSize}&{query}{mark}");
            items.AddRange(page.GetProperty("items").EnumerateArray());
            if (!page.TryGetProperty(given, out var next) || next.ValueKind == JsonValueKind.Null) return items;
            mark = $"&{asked}={Uri.EscapeDataString(next.ToString())}";
        }
    }

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body = null, string? etag = null)
    {
        using var response = await RawAsync(method, path, body, etag);
        var text = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode) throw new RestException(response.StatusCode, text);
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement.Clone();
    }
}
