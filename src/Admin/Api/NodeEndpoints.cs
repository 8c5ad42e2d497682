using Akka.Cluster;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tandem.Shared.Configuration;

namespace Tandem.Admin.Api;

/// <summary>A member of the cluster.</summary>
/// <param name="Address">Of its actor system.</param>
/// <param name="Status">Joining, Up, Leaving, …</param>
/// <param name="Roles">What it does.</param>
/// <param name="Reachable">False: the cluster suspects that it is gone.</param>
/// <param name="Leader">True for the cluster's leader.</param>
/// <param name="Self">True for the node that answers.</param>
public sealed record NodeView(
    string Address, string Status, IReadOnlyList<string> Roles, bool Reachable, bool Leader, bool Self);

/// <summary>The cluster as the answering node sees it.</summary>
/// <param name="Items">All members.</param>
/// <param name="ConfigurationVersion">In force on the answering node.</param>
public sealed record NodeList(IReadOnlyList<NodeView> Items, long ConfigurationVersion);

/// <summary>Members of the cluster.</summary>
internal static class NodeEndpoints
{
    public static void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/nodes", List).WithTags("nodes").WithSummary("List the nodes of the cluster").Produces<NodeList>();

    private static NodeList List(Actors actors, IConfigurationSource source)
    {
        if (actors.Cluster is not { } cluster)
            return new NodeList(
                [new NodeView(actors.System.Name, nameof(MemberStatus.Up), [], true, true, true)],
                source.Current.Version);
        var state = cluster.State;
        return new NodeList(
            [
                .. state.Members.OrderBy(m => m.Address.ToString(), StringComparer.Ordinal).Select(m => new NodeView(
                    m.Address.ToString(),
                    m.Status.ToString(),
                    [.. m.Roles.Order(StringComparer.Ordinal)],
                    !state.Unreachable.Contains(m),
                    m.Address == state.Leader,
                    m.UniqueAddress == cluster.SelfUniqueAddress)),
            ],
            source.Current.Version);
    }
}
