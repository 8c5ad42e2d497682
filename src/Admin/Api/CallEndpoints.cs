using System.ComponentModel;
using System.Text.Json;
using Akka.Actor;
using Akka.Cluster;
using Akka.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tandem.Admin.Auditing;
using Tandem.Admin.Security;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Shared.Cluster;

namespace Tandem.Admin.Api;

/// <summary>Running calls of the whole cluster.</summary>
/// <param name="Items">Oldest first.</param>
/// <param name="Total">Running calls on the nodes that answered.</param>
/// <param name="Skip">Calls left out at the start.</param>
/// <param name="Take">Calls asked for, after the cap.</param>
/// <param name="Unanswered">Nodes that did not answer in time: their calls are missing here.</param>
public sealed record CallPage(
    IReadOnlyList<RunningCall> Items, int Total, int Skip, int Take, IReadOnlyList<string> Unanswered);

/// <summary>Running calls: list and cut.</summary>
internal static class CallEndpoints
{
    /// <summary>Calls that one node lists.</summary>
    private const int MaxPerNode = 10_000;

    public static void Map(IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/calls").WithTags("calls");
        group.MapGet("", List).WithSummary("List running calls of all nodes").Produces<CallPage>();
        group.MapDelete("/{callId}", Hangup).WithSummary("Cut a running call")
            .WithDescription("Both sides get a BYE or final answer; the record says OperatorDisconnect.")
            .Produces(202).ProducesProblem(404).ProducesProblem(503).ProducesProblem(504);
    }

    private static async Task<CallPage> List(
        HttpContext context,
        Actors actors,
        [Description("Calls to leave out at the start; 0 when absent.")] int? skip,
        [Description("Calls wanted, 1 to 1000; 100 when absent.")] int? take,
        [Description("Only calls of this mapping gateway.")] string? mappingGateway,
        [Description("Only calls at this routing gateway.")] string? routingGateway,
        [Description("Only calls paid by this account.")] string? account)
    {
        var paging = Paging.Of(skip, take);
        var question = new NodeCallQueries.List(MaxPerNode);
        var answers = await Task.WhenAll(Nodes(actors).Select(async node =>
            (node.Name, (await Actors.AskAsync(node.Actor, question, context.RequestAborted)).Reply as NodeCallReplies.Calls)));
        var filtered = mappingGateway is not null || routingGateway is not null || account is not null;
        var calls = answers.SelectMany(a => a.Item2?.Items ?? [])
            .Where(c => (mappingGateway is null || c.MappingGateway == mappingGateway)
                && (routingGateway is null || c.RoutingGateway == routingGateway)
                && (account is null || c.Account.Value == account))
            .OrderBy(c => c.StartedAt).ThenBy(c => c.CallId.Unique)
            .ToList();
        return new CallPage(
            [.. calls.Skip(paging.Skip).Take(paging.Take)],
            filtered ? calls.Count : answers.Sum(a => a.Item2?.Total ?? 0),
            paging.Skip,
            paging.Take,
            [.. answers.Where(a => a.Item2 is null).Select(a => a.Name)]);
    }

    private static async Task<IResult> Hangup(HttpContext context, Actors actors, AuditLog audit, string callId)
    {
        if (!CallId.TryParse(callId, out var id))
            return Problems.BadRequest("callId", "is not a call id: 25 hexadecimal digits");
        var by = context.Caller().Name;
        var (reply, failure) = await actors.AskAsync<ICallRegion>(
            new CallCommands.Hangup(id, EndReason.OperatorDisconnect, by), context.RequestAborted);
        if (failure is not null) return failure;
        switch (reply)
        {
            case CallReplies.HangupAccepted:
                await audit.WriteAsync(
                    by, context.Request.Method, context.Request.Path, JsonSerializer.Serialize(callId), null);
                return Results.Accepted();
            case CallReplies.NotFound:
                return Problems.NotFound($"There is no running call {callId}.");
            default:
                throw Actors.Unexpected(reply);
        }
    }

    private static IReadOnlyList<(string Name, ICanTell Actor)> Nodes(Actors actors)
    {
        if (actors.Cluster is not { } cluster)
        {
            return ActorRegistry.For(actors.System).TryGet<INodeCalls>(out var local)
                ? [(local.Path.Address.ToString(), local)]
                : [];
        }

        return
        [
            .. cluster.State.Members
                .Where(m => m.Status == MemberStatus.Up && m.HasRole(Roles.Call))
                .Select(m => (
                    m.Address.ToString(),
                    (ICanTell)actors.System.ActorSelection(new RootActorPath(m.Address) / "user" / "node-calls"))),
        ];
    }
}
