using Akka.Actor;
using Akka.Cluster;
using Akka.Hosting;
using Microsoft.AspNetCore.Http;

namespace Tandem.Admin.Api;

/// <summary>Asks the actors behind the registry's markers, with a time-out; the only place where HTTP meets
/// actors.</summary>
internal sealed class Actors(ActorSystem system)
{
    /// <summary>Wait for an actor's answer.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>Wait for a configuration to be validated, stored and compiled; a million rates take seconds.</summary>
    public static readonly TimeSpan ChangeTimeout = TimeSpan.FromSeconds(60);

    public ActorSystem System => system;

    /// <summary>Null on a system without a cluster (tests).</summary>
    public Cluster? Cluster { get; } = ((ExtendedActorSystem)system).Provider is IClusterActorRefProvider
        ? Akka.Cluster.Cluster.Get(system)
        : null;

    /// <summary>The reply, or the problem to answer with.</summary>
    public async Task<(object? Reply, IResult? Problem)> AskAsync<TMarker>(
        object message,
        CancellationToken cancel,
        TimeSpan? timeout = null)
    {
        if (!ActorRegistry.For(system).TryGet<TMarker>(out var actor))
            return (
                null, Problems.Unavailable($"This node has no {typeof(TMarker).Name[1..]}: ask a node with its role."));
        return await AskAsync(actor, message, cancel, timeout).ConfigureAwait(false);
    }

    public static async Task<(object? Reply, IResult? Problem)> AskAsync(
        ICanTell actor,
        object message,
        CancellationToken cancel,
        TimeSpan? timeout = null)
    {
        try
        {
            return (await actor.Ask<object>(message, timeout ?? Timeout, cancel).ConfigureAwait(false), null);
        }
        catch (AskTimeoutException)
        {
            return (
                null,
                Problems.NoAnswer($"No answer within {(timeout ?? Timeout).TotalSeconds:0} s. What became of the request is unknown."));
        }
    }

    /// <summary>An answer that nobody planned for is a bug of ours.</summary>
    public static Exception Unexpected(object? reply) =>
        new InvalidOperationException($"Unexpected reply {reply?.GetType().FullName ?? "null"}.");
}
