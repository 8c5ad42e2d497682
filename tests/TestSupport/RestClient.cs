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

    /// <summary>All records that <paramref name="query"/> (<c>name=value&amp;…</c>) selects, page after page.</summary>
    public async Task<IReadOnlyList<JsonElement>> CdrsAsync(string query = "") => await AllAsync("cdrs", query);

    /// <summary>How many records there are, as the interface counts them.</summary>
    public async Task<long> CdrCountAsync(string query = "")
    {
        var page = await GetAsync($"cdrs?page=1&pageSize=1&{query}");
        return page.GetProperty("total").GetInt64();
    }

    /// <summary>Balance of an account.</summary>
    public async Task<decimal> BalanceAsync(string account) =>
        (await GetAsync($"accounts/{Uri.EscapeDataString(account)}")).GetProperty("balance").GetDecimal();

    /// <summary>All ledger entries of an account.</summary>
    public Task<IReadOnlyList<JsonElement>> LedgerAsync(string account) =>
        AllAsync($"accounts/{Uri.EscapeDataString(account)}/ledger", "");

    /// <summary>All items of a paged list.</summary>
    public async Task<IReadOnlyList<JsonElement>> AllAsync(string path, string query)
    {
        var items = new List<JsonElement>();
        for (var page = 1; ; page++)
        {
            var number = page.ToString(CultureInfo.InvariantCulture);
            var answer = await GetAsync($"{path}?page={number}&pageSize={PageSize}&{query}");
            var before = items.Count;
            items.AddRange(answer.GetProperty("items").EnumerateArray());
            if (items.Count - before < PageSize) return items;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body = null, string? etag = null)
    {
        using var response = await RawAsync(method, path, body, etag);
        var text = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode) throw new RestException(response.StatusCode, text);
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement.Clone();
    }
}
