using System.ComponentModel;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tandem.Admin.Auditing;
using Tandem.Admin.Security;
using Tandem.Shared;
using Tandem.Shared.Blacklist;
using Tandem.Shared.Cluster;

namespace Tandem.Admin.Api;

/// <summary>The dynamic black list: what is on it, and taking a number off.</summary>
internal static class BlacklistEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/dynamic-blacklist").WithTags("dynamic-blacklist");
        group.MapGet("", List).WithSummary("List numbers on the dynamic black list")
            .WithDescription(
                "By number. An entry without scope holds everywhere, one with a scope only at that gateway.")
            .Produces<PageOf<BlacklistEntry>>().ProducesProblem(503).ProducesProblem(504);
        group.MapDelete("/{role}/{number}", Remove).WithSummary("Take a number off the dynamic black list")
            .Produces(204).ProducesProblem(400).ProducesProblem(404).ProducesProblem(503).ProducesProblem(504);
    }

    private static async Task<IResult> List(
        HttpContext context,
        Actors actors,
        [Description("Only numbers that start with it.")] string? prefix,
        [Description("Entries to leave out at the start; 0 when absent.")] int? skip,
        [Description("Entries wanted, 1 to 1000; 100 when absent.")] int? take)
    {
        var paging = Paging.Of(skip, take);
        var (reply, failure) = await actors.AskAsync<IBlacklistNode>(
            new BlacklistQueries.List(prefix ?? "", paging.Skip, paging.Take), context.RequestAborted);
        if (failure is not null) return failure;
        return reply is BlacklistReplies.Entries entries
            ? Results.Ok(new PageOf<BlacklistEntry>(entries.Items, entries.Total, paging.Skip, paging.Take))
            : throw Actors.Unexpected(reply);
    }

    private static async Task<IResult> Remove(
        HttpContext context,
        Actors actors,
        AuditLog audit,
        [Description("caller or callee.")] string role,
        [Description("The full number.")] string number,
        [Description("m:NAME or r:NAME for an entry of one gateway; absent for one that holds everywhere.")]
        string? scope)
    {
        NumberRole? side = role switch { "caller" => NumberRole.Caller, "callee" => NumberRole.Callee, _ => null };
        if (side is null) return Problems.BadRequest("role", "use caller or callee");
        GatewayId? gateway = null;
        if (scope is not null)
        {
            if (!GatewayId.TryParse(scope, out var id)) return Problems.BadRequest("scope", "use m:NAME or r:NAME");
            gateway = id;
        }

        var by = context.Caller().Name;
        var (reply, failure) = await actors.AskAsync<IBlacklistNode>(
            new BlacklistCommands.Remove(number, side.Value, gateway, by), context.RequestAborted);
        if (failure is not null) return failure;
        if (reply is not BlacklistReplies.Removed removed) throw Actors.Unexpected(reply);
        if (!removed.Found) return Problems.NotFound($"{number} is not on the list as {role}.");
        await audit.WriteAsync(
            by,
            context.Request.Method,
            context.Request.Path + context.Request.QueryString,
            JsonSerializer.Serialize(new { number, role, scope }),
            null);
        return Results.NoContent();
    }
}
