using Akka.Actor;
using Tandem.Shared.Edge;

namespace Tandem.Edge;

/// <summary>
/// A node's edge as calls see it: takes their commands, from this node or another, and queues them at the worker that has the
/// transaction. Started by the node with the edge role, once; ends with the node.
/// </summary>
public sealed class EdgeActor : ReceiveActor
{
    /// <summary>Its name under /user.</summary>
    public const string Name = Shared.Edge.EdgePath.Name;

    /// <summary>Use <see cref="CreateProps"/>.</summary>
    public EdgeActor(IReadOnlyList<EdgeWorker> workers)
    {
        var turn = 0;
        Receive<EdgeCommands.Respond>(c => workers[c.Transaction.Worker % workers.Count].Enqueue(c));
        Receive<EdgeCommands.PassAck>(c => workers[c.Transaction.Worker % workers.Count].Enqueue(c));
        Receive<EdgeCommands.SendRequest>(c => WorkerOf(c.CallId).Enqueue(c));
        Receive<EdgeCommands.SendAck>(c => WorkerOf(c.CallId).Enqueue(c));
        Receive<EdgeCommands.CancelRequest>(c => WorkerOf(c.CallId).Enqueue(c));
        Receive<EdgeCommands.AbandonRequest>(c => WorkerOf(c.CallId).Enqueue(c));
        Receive<OutOfCall.Send>(c => workers[(int)((uint)turn++ % (uint)workers.Count)].Enqueue(new OutOfCallRequest(c, Sender)));

        Receive<Registrar.KeepAliveActor.Datagrams>(workers[0].Enqueue);

        // Requests of one call go through one worker, so that CANCEL finds its INVITE.
        EdgeWorker WorkerOf(Shared.CallId callId) => workers[(int)(callId.Unique % (ulong)workers.Count)];
    }

    /// <summary>Props of a node's edge.</summary>
    public static Props CreateProps(IReadOnlyList<EdgeWorker> workers) => Props.Create(() => new EdgeActor(workers));
}
