using Microsoft.AspNetCore.Http;
using Tandem.Admin.Api;
using Tandem.Shared.Storage;

namespace Tandem.Admin.Security;

/// <summary>
/// Stands before every endpoint of <c>/api/v1</c>: no key 401, a reading key that wants to write 403. Puts who it is
/// into the request for endpoints and audit.
/// </summary>
internal static class ApiKeyGuard
{
    public const string Header = "X-Api-Key";

    private static readonly object Item = new();

    /// <summary>Who calls; the guard has run before every endpoint.</summary>
    public static ApiKey Caller(this HttpContext context) => (ApiKey)context.Items[Item]!;

    public static async Task RunAsync(HttpContext context, RequestDelegate next, ApiKeys keys)
    {
        if (TextOf(context.Request) is not { } text)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await Problems.Of(401, "NoApiKey", "Who are you?", $"Send your API key in the header {Header}.")
                .ExecuteAsync(context);
            return;
        }

        ApiKey? key;
        try
        {
            key = await keys.FindAsync(text, context.RequestAborted);
        }
        catch (Exception failure) when (Database.IsTransient(failure))
        {
            await Problems.Unavailable("The database does not answer, so the API key cannot be checked.")
                .ExecuteAsync(context);
            return;
        }

        if (key is null)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await Problems.Of(401, "WrongApiKey", "Who are you?", "There is no such API key.").ExecuteAsync(context);
        }
        else if (!key.CanWrite && !HttpMethods.IsGet(context.Request.Method)
            && !HttpMethods.IsHead(context.Request.Method))
        {
            await Problems.Of(403, "ReadOnlyApiKey", "Not allowed", $"The key {key.Name} may only read.")
                .ExecuteAsync(context);
        }
        else
        {
            context.Items[Item] = key;
            await next(context);
        }
    }

    private static string? TextOf(HttpRequest request)
    {
        if (request.Headers[Header] is [{ Length: > 0 } header]) return header;
        const string bearer = "Bearer ";
        return request.Headers.Authorization is [{ } authorization]
            && authorization.StartsWith(bearer, StringComparison.OrdinalIgnoreCase)
            && authorization.Length > bearer.Length
            ? authorization[bearer.Length..].Trim()
            : null;
    }
}
