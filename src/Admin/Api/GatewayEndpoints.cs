using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tandem.Shared;
using Tandem.Shared.Cluster;
using Tandem.Shared.Configuration;
using Tandem.Shared.Gateways;

namespace Tandem.Admin.Api;

/// <summary>The live counters of gateways. Their settings are configured objects.</summary>
internal static class GatewayEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/mapping-gateways/{name}/state", MappingState).WithTags(ConfiguredObjects.MappingGateways.Route)
            .WithSummary("Show lines in use and call rate of a mapping gateway")
            .Produces<GatewayState>().ProducesProblem(404).ProducesProblem(503).ProducesProblem(504);
        api.MapGet("/routing-gateways/{name}/state", RoutingState).WithTags(ConfiguredObjects.RoutingGateways.Route)
            .WithSummary("Show lines in use and call rate of a routing gateway")
            .Produces<GatewayState>().ProducesProblem(404).ProducesProblem(503).ProducesProblem(504);
    }

    private static Task<IResult> MappingState(
        HttpContext context, IConfigurationSource source, Actors actors, string name) =>
        source.Current.MappingGateways.ContainsKey(name)
            ? StateAsync(context, actors, GatewayId.Mapping(name))
            : Task.FromResult(ConfiguredObjects.MappingGateways.Missing(name));

    private static Task<IResult> RoutingState(
        HttpContext context, IConfigurationSource source, Actors actors, string name) =>
        source.Current.RoutingGateways.ContainsKey(name)
            ? StateAsync(context, actors, GatewayId.Routing(name))
            : Task.FromResult(ConfiguredObjects.RoutingGateways.Missing(name));

    private static async Task<IResult> StateAsync(HttpContext context, Actors actors, GatewayId id)
    {
        var (reply, failure) =
            await actors.AskAsync<IGatewayRegion>(new GatewayQueries.GetState(id), context.RequestAborted);
        return failure ?? (reply is GatewayState state ? Results.Ok(state) : throw Actors.Unexpected(reply));
    }
}
