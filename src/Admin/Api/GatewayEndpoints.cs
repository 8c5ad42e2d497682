using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tandem.Shared;
using Tandem.Shared.Cluster;
using Tandem.Shared.Configuration;
using Tandem.Shared.Gateways;

namespace Tandem.Admin.Api;

/// <summary>Health of a routing gateway as operators see it.</summary>
/// <param name="State">unchecked, online, offline or suspended.</param>
/// <param name="Cause">Why, in words.</param>
/// <param name="Since">Since when; null when nothing is known.</param>
/// <param name="RetryAfterMs">What is left of the pause that the vendor asked for; 0 without one.</param>
internal sealed record GatewayHealthView(GatewayHealthState State, string Cause, DateTimeOffset? Since, long RetryAfterMs)
{
    /// <summary>Of what this node knows.</summary>
    public static GatewayHealthView Of(GatewayHealth? health, DateTimeOffset now) => health is null
        ? new(GatewayHealthState.Unchecked, GatewayHealth.NotChecked, null, 0)
        : new(health.StateAt(now), health.CauseAt(now), health.SinceAt(now), (long)Math.Ceiling(health.RetryAfterAt(now).TotalMilliseconds));
}

/// <summary>A routing gateway's counters and health.</summary>
internal sealed record RoutingGatewayStateView(
    GatewayId GatewayId,
    long Epoch,
    bool Ready,
    int LinesInUse,
    int LineLimit,
    int CallsInLastSecond,
    int RateLimit,
    long TotalGranted,
    long TotalRefused,
    long Drift,
    GatewayHealthView Health);

/// <summary>The live counters of gateways. Their settings are configured objects.</summary>
internal static class GatewayEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/mapping-gateways/{name}/state", MappingState).WithTags(ConfiguredObjects.MappingGateways.Route)
            .WithSummary("Show lines in use and call rate of a mapping gateway")
            .Produces<GatewayState>().ProducesProblem(404).ProducesProblem(503).ProducesProblem(504);
        api.MapGet("/routing-gateways/{name}/state", RoutingState).WithTags(ConfiguredObjects.RoutingGateways.Route)
            .WithSummary("Show lines in use, call rate and health of a routing gateway")
            .Produces<RoutingGatewayStateView>().ProducesProblem(404).ProducesProblem(503).ProducesProblem(504);
    }

    private static Task<IResult> MappingState(
        HttpContext context, IConfigurationSource source, Actors actors, string name) =>
        source.Current.MappingGateways.ContainsKey(name)
            ? StateAsync(context, actors, GatewayId.Mapping(name))
            : Task.FromResult(ConfiguredObjects.MappingGateways.Missing(name));

    private static async Task<IResult> RoutingState(
        HttpContext context, IConfigurationSource source, Actors actors, IGatewayHealth health, TimeProvider time, string name)
    {
        if (!source.Current.RoutingGateways.ContainsKey(name)) return ConfiguredObjects.RoutingGateways.Missing(name);
        var (state, failure) = await AskAsync(context, actors, GatewayId.Routing(name));
        return failure ?? Results.Ok(new RoutingGatewayStateView(
            state!.GatewayId,
            state.Epoch,
            state.Ready,
            state.LinesInUse,
            state.LineLimit,
            state.CallsInLastSecond,
            state.RateLimit,
            state.TotalGranted,
            state.TotalRefused,
            state.Drift,
            GatewayHealthView.Of(health.Find(name), time.GetUtcNow())));
    }

    private static async Task<IResult> StateAsync(HttpContext context, Actors actors, GatewayId id)
    {
        var (state, failure) = await AskAsync(context, actors, id);
        return failure ?? Results.Ok(state);
    }

    private static async Task<(GatewayState? State, IResult? Failure)> AskAsync(HttpContext context, Actors actors, GatewayId id)
    {
        var (reply, failure) =
            await actors.AskAsync<IGatewayRegion>(new GatewayQueries.GetState(id), context.RequestAborted);
        return failure is null ? (reply as GatewayState ?? throw Actors.Unexpected(reply), null) : (null, failure);
    }
}
