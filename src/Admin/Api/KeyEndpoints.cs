using System.ComponentModel;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tandem.Admin.Auditing;
using Tandem.Admin.Security;
using Tandem.Shared.Configuration;

namespace Tandem.Admin.Api;

/// <summary>What an API key may do.</summary>
public enum ApiRole
{
    /// <summary>GET only.</summary>
    Read,

    /// <summary>Everything.</summary>
    Write,
}

/// <summary>A key as lists show it.</summary>
public sealed record ApiKeyView(string Name, ApiRole Role, DateTimeOffset CreatedAt);

/// <summary>A key to make.</summary>
/// <param name="Name">Unique; stands in the audit.</param>
/// <param name="Role">read when absent.</param>
public sealed record ApiKeyRequest(string? Name, ApiRole? Role);

/// <summary>A new key.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Key">The key itself: shown here and never again.</param>
public sealed record ApiKeyReply(string Name, ApiRole Role, string Key);

/// <summary>API keys, and the audit of what was done with them.</summary>
internal static class KeyEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/api-keys").WithTags("api-keys");
        group.MapGet("", List).WithSummary("List API keys, without the keys themselves").Produces<PageOf<ApiKeyView>>();
        group.MapPost("", Create).WithSummary("Make an API key")
            .WithDescription("The answer is the only time that the key is shown.")
            .Accepts<ApiKeyRequest>("application/json").Produces<ApiKeyReply>(201).ProducesProblem(400)
            .ProducesProblem(409);
        group.MapDelete("/{name}", Delete).WithSummary("Delete an API key")
            .WithDescription("Refused for the key that asks: so one that may write is always left. Other nodes may "
                + "accept it for "
                + "five more seconds.")
            .Produces(204).ProducesProblem(404).ProducesProblem(409);
        api.MapGet("/audit", Audit).WithTags("audit").WithSummary("List writes over this API, newest first")
            .Produces<PageOf<AuditEntry>>();
    }

    private static async Task<PageOf<ApiKeyView>> List(
        ApiKeys keys,
        [Description("Keys to leave out at the start; 0 when absent.")] int? skip,
        [Description("Keys wanted, 1 to 1000; 100 when absent.")] int? take,
        CancellationToken cancel)
    {
        var all = await keys.ListAsync(cancel);
        return Paging.Of(skip, take).Page(
            all.Select(k => new ApiKeyView(k.Name, k.CanWrite ? ApiRole.Write : ApiRole.Read, k.CreatedAt)), all.Count);
    }

    private static async Task<IResult> Create(HttpContext context, ApiKeys keys, AuditLog audit)
    {
        var (request, problem) = await Bodies.ReadJsonAsync<ApiKeyRequest>(context.Request, context.RequestAborted);
        if (request is null) return problem!;
        if (request.Name is not { } name || !ConfigurationValidator.IsName(name))
            return Problems.BadRequest("name", "use 1 to 64 letters, digits, dots, dashes and underscores");
        if ((await keys.ListAsync(context.RequestAborted)).Count >= ApiKeys.MaxKeys)
            return Problems.Of(
                409, "TooManyApiKeys", "Refused", $"At most {ApiKeys.MaxKeys} keys may exist; delete one.");
        var role = request.Role ?? ApiRole.Read;
        if (keys.TryCreate(name, role == ApiRole.Write) is not { } key)
            return Problems.Of(409, "NameTaken", "Refused", $"There is a key \"{name}\" already.");
        await audit.WriteAsync(
            context.Caller().Name,
            context.Request.Method,
            context.Request.Path,
            null,
            JsonSerializer.Serialize(new { name, role }, AdminJson.Strict));
        return Results.Json(new ApiKeyReply(name, role, key), statusCode: 201);
    }

    private static async Task<IResult> Delete(HttpContext context, ApiKeys keys, AuditLog audit, string name)
    {
        var by = context.Caller().Name;
        if (by == name) return Problems.Of(409, "OwnApiKey", "Refused", "A key cannot delete itself.");
        if (!await keys.DeleteAsync(name, context.RequestAborted))
            return Problems.NotFound($"There is no key \"{name}\".");
        await audit.WriteAsync(
            by, context.Request.Method, context.Request.Path, JsonSerializer.Serialize(new { name }), null);
        return Results.NoContent();
    }

    private static async Task<PageOf<AuditEntry>> Audit(
        AuditLog audit,
        [Description("Rows to leave out at the start; 0 when absent.")] int? skip,
        [Description("Rows wanted, 1 to 1000; 100 when absent.")] int? take,
        CancellationToken cancel)
    {
        var paging = Paging.Of(skip, take);
        var (items, total) = await audit.ListAsync(paging.Skip, paging.Take, cancel);
        return new PageOf<AuditEntry>(items, total, paging.Skip, paging.Take);
    }
}
