using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Tandem.Shared.Configuration;

namespace Tandem.Admin.Api;

/// <summary>A page of a list.</summary>
/// <param name="Items">At most <paramref name="Take"/>.</param>
/// <param name="Total">How many there are in all.</param>
/// <param name="Skip">How many came before these.</param>
/// <param name="Take">How many were asked for, after the cap.</param>
public sealed record PageOf<T>(IReadOnlyList<T> Items, int Total, int Skip, int Take);

/// <summary>Which part of a list is wanted; out-of-range values are cut to the nearest allowed one.</summary>
internal readonly record struct Paging(int Skip, int Take)
{
    public const int DefaultTake = 100;
    public const int MaxTake = 1_000;

    public static Paging Of(int? skip, int? take) =>
        new(Math.Max(skip ?? 0, 0), Math.Clamp(take ?? DefaultTake, 1, MaxTake));

    public PageOf<T> Page<T>(IEnumerable<T> all, int total) => new([.. all.Skip(Skip).Take(Take)], total, Skip, Take);
}

/// <summary>JSON that was written by hand, with the configuration version as ETag.</summary>
internal sealed class JsonText(ReadOnlyMemory<byte> content, long? version, int status = 200) : IResult
{
    public static JsonText Write(Action<Utf8JsonWriter> write, long? version, int status = 200)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, ConfigurationWriter.Options(indented: false))) write(json);
        return new JsonText(buffer.WrittenMemory, version, status);
    }

    public static string Text(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, ConfigurationWriter.Options(indented: false))) write(json);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public Task ExecuteAsync(HttpContext context)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        if (version is { } tag) ETags.Set(context.Response, tag);
        return context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
    }
}

/// <summary>The configuration version as entity tag: whoever changes an object says which version it was read
/// from.</summary>
internal static class ETags
{
    public static void Set(HttpResponse response, long version) => response.Headers.ETag = $"\"{version}\"";

    /// <summary>The version in If-Match; null when there is none or it is <c>*</c>. False: not one of ours.</summary>
    public static bool TryRead(HttpRequest request, out long? version)
    {
        version = null;
        var values = request.GetTypedHeaders().IfMatch;
        if (request.Headers.IfMatch.Count == 0) return true;
        if (values is not [{ } tag]) return false;
        if (tag == EntityTagHeaderValue.Any) return true;
        if (!long.TryParse(tag.Tag.AsSpan().Trim('"'), out var read)) return false;
        version = read;
        return true;
    }
}

/// <summary>Reads request bodies within a bound.</summary>
internal static class Bodies
{
    /// <summary>Bytes of a whole configuration or a rate table.</summary>
    public const int MaxBytes = 256 * 1024 * 1024;

    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        if (request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is
            { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = MaxBytes;
        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, cancel).ConfigureAwait(false);
        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }

    /// <summary>Reads a small JSON object; the problem when it is not one.</summary>
    public static async Task<(T? Value, IResult? Problem)> ReadJsonAsync<T>(
        HttpRequest request, CancellationToken cancel)
        where T : class
    {
        try
        {
            var value = await JsonSerializer.DeserializeAsync<T>(request.Body, AdminJson.Strict, cancel)
                .ConfigureAwait(false);
            return value is null ? (null, Problems.BadRequest("", "is empty")) : (value, null);
        }
        catch (JsonException failure)
        {
            var message = failure.Message;
            var cut = message.IndexOf(" Path:", StringComparison.Ordinal);
            return (
                null,
                Problems.BadRequest((failure.Path ?? "").TrimStart('$', '.'), cut < 0 ? message : message[..cut]));
        }
    }

    /// <summary>JSON unless the Content-Type says YAML; null when neither is said.</summary>
    public static ConfigurationFormat? FormatOf(HttpRequest request) => request.ContentType switch
    {
        { } type when type.Contains("yaml", StringComparison.OrdinalIgnoreCase) => ConfigurationFormat.Yaml,
        { } type when type.Contains("json", StringComparison.OrdinalIgnoreCase) => ConfigurationFormat.Json,
        _ => null,
    };

    /// <summary>True when the client asks for that media type before JSON.</summary>
    public static bool Wants(HttpRequest request, string word) =>
        request.Headers.Accept.ToString().Contains(word, StringComparison.OrdinalIgnoreCase)
        || string.Equals(request.Query["format"], word, StringComparison.OrdinalIgnoreCase);
}
