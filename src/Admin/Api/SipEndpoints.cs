using System.ComponentModel;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Tandem.Admin.Auditing;
using Tandem.Admin.Security;
using Tandem.Shared.Cluster;
using Tandem.Shared.Edge;

namespace Tandem.Admin.Api;

/// <summary>What the edge of one node has counted since its process started.</summary>
/// <param name="Calls">Calls handed to call actors.</param>
/// <param name="LateAnswers">Answers of calls that came too late.</param>
/// <param name="Refused">Requests refused or dropped, by cause.</param>
public sealed record SipStatisticsView(long Calls, long LateAnswers, IReadOnlyDictionary<string, long> Refused);

/// <summary>A suspended source or user.</summary>
/// <param name="Source">An address, an IPv6 network, or user:NAME.</param>
/// <param name="Until">When it is free again.</param>
public sealed record SuspendedSourceView(string Source, DateTimeOffset Until);

/// <summary>What the edge refuses: counters of the answering node, and the suspended sources of the whole switch.</summary>
internal static class SipEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/sip/statistics", Statistics).WithTags("sip")
            .WithSummary("Count what the answering node's edge took and refused, by cause")
            .Produces<SipStatisticsView>().ProducesProblem(503);
        var group = api.MapGroup("/suspended-sources").WithTags("suspended-sources");
        group.MapGet("", List).WithSummary("List sources and users that are suspended for digest failures")
            .Produces<PageOf<SuspendedSourceView>>().ProducesProblem(503).ProducesProblem(504);
        group.MapDelete("/{**source}", Lift).WithSummary("Set a suspended source or user free, on all nodes")
            .Produces(204).ProducesProblem(404).ProducesProblem(503).ProducesProblem(504);
    }

    private static IResult Statistics(HttpContext context) =>
        context.RequestServices.GetService<ISipStatistics>() is { } edge
            ? Results.Ok(new SipStatisticsView(edge.Calls, edge.LateAnswers, edge.Refused))
            : Problems.Unavailable("This node has no edge: ask a node with its role.");

    private static async Task<IResult> List(
        HttpContext context,
        Actors actors,
        [Description("Entries to leave out at the start; 0 when absent.")] int? skip,
        [Description("Entries wanted, 1 to 1000; 100 when absent.")] int? take)
    {
        var paging = Paging.Of(skip, take);
        var (reply, failure) = await actors.AskAsync<IAuthenticationGuard>(
            new GuardQueries.List(paging.Skip, paging.Take), context.RequestAborted);
        if (failure is not null) return failure;
        if (reply is not GuardReplies.Entries entries) throw Actors.Unexpected(reply);
        return Results.Ok(new PageOf<SuspendedSourceView>(
            [.. entries.Items.Select(e => new SuspendedSourceView(e.Key, e.Until))], entries.Total, paging.Skip, paging.Take));
    }

    private static async Task<IResult> Lift(
        HttpContext context,
        Actors actors,
        AuditLog audit,
        [Description("As the list shows it: an address, an IPv6 network, or user:NAME.")] string source)
    {
        var by = context.Caller().Name;
        var (reply, failure) = await actors.AskAsync<IAuthenticationGuard>(
            new GuardCommands.Lift(source, by), context.RequestAborted);
        if (failure is not null) return failure;
        if (reply is not GuardReplies.Lifted lifted) throw Actors.Unexpected(reply);
        if (!lifted.Found) return Problems.NotFound($"{source} is not suspended.");
        await audit.WriteAsync(
            by, context.Request.Method, context.Request.Path + context.Request.QueryString,
            JsonSerializer.Serialize(new { source }), null);
        return Results.NoContent();
    }
}
