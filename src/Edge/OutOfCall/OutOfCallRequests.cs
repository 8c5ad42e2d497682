using Akka.Actor;
using Tandem.Edge.Resolution;
using Tandem.Sip.Messages;
using Tandem.Sip.Transactions;

namespace Tandem.Edge;

/// <summary>A request outside calls as its worker knows it.</summary>
/// <param name="command">What was asked.</param>
/// <param name="asker">Who gets the answer.</param>
internal sealed class OutOfCallRequest(OutOfCall.Send command, IActorRef asker)
{
    public OutOfCall.Send Command { get; } = command;

    public IActorRef Asker { get; } = asker;

    /// <summary>Its transaction; null when it goes to a host.</summary>
    public ClientTransaction? Transaction { get; set; }

    /// <summary>Its way over the addresses of a host; null when it goes to an address.</summary>
    public TargetWalk? Walk { get; set; }

    /// <summary>Ends the waiting; null without <see cref="OutOfCall.Send.Patience"/>.</summary>
    public ITimer? Timer { get; set; }

    /// <summary>True when the asker has its answer.</summary>
    public bool IsOver { get; set; }
}

/// <summary>Queued by the timer of a request: its patience is over.</summary>
internal sealed record OutOfCallPatienceOver(OutOfCallRequest Request);

/// <summary>
/// The requests outside calls of one worker, from the command to the answer. Made by the worker, used on its thread only.
/// </summary>
/// <param name="send">Sends; null when it can't, see <see cref="TransactionLayer.SendRequest"/>.</param>
/// <param name="abandon">Gives a request up, whether it is sent or still looks for its target.</param>
/// <param name="enqueue">Queues a command of this worker's.</param>
/// <param name="edge">The sender of answers.</param>
/// <param name="time">For patience.</param>
internal sealed class OutOfCallRequests(
    Action<OutOfCallRequest> send,
    Action<OutOfCallRequest> abandon,
    Action<object> enqueue,
    Func<IActorRef> edge,
    TimeProvider time)
{
    /// <summary>Requests under way in one worker; more are refused.</summary>
    public const int MaxRequests = 5_000;

    private readonly HashSet<OutOfCallRequest> _running = [];

    /// <summary>Requests under way.</summary>
    public int Count => _running.Count;

    /// <summary>Takes a request.</summary>
    public void Start(OutOfCallRequest request)
    {
        if (_running.Count >= MaxRequests)
        {
            Answer(request, new OutOfCall.Failed(request.Command.Token, "Too many requests outside calls are under way."));
            return;
        }

        _running.Add(request);
        if (request.Command.Patience > TimeSpan.Zero)
        {
            request.Timer = time.CreateTimer(
                _ => enqueue(new OutOfCallPatienceOver(request)), null, request.Command.Patience, Timeout.InfiniteTimeSpan);
        }

        send(request);
    }

    /// <summary>A response.</summary>
    public void Responded(OutOfCallRequest request, string source, SipMessage response)
    {
        if (response.StatusCode < 200) return;
        Answer(request, new OutOfCall.Answered(request.Command.Token, source, response.Detach().Raw));
    }

    /// <summary>No answer will come.</summary>
    public void Failed(OutOfCallRequest request, string why) =>
        Answer(request, new OutOfCall.Failed(request.Command.Token, why));

    /// <summary>The asker's patience is over.</summary>
    public void PatienceOver(OutOfCallPatienceOver over)
    {
        if (over.Request.IsOver) return;
        Failed(over.Request, OutOfCallFailure.NoAnswer);
        abandon(over.Request);
    }

    private void Answer(OutOfCallRequest request, object answer)
    {
        if (request.IsOver) return;
        request.IsOver = true;
        request.Timer?.Dispose();
        _running.Remove(request);
        request.Asker.Tell(answer, edge());
    }
}

/// <summary>The words of <see cref="OutOfCall.Failed"/> that are not a resolver's.</summary>
internal static class OutOfCallFailure
{
    public const string NoAnswer = "no answer";

    public const string CannotSend = "cannot be sent";

    public const string Refused = "too many or too long requests";
}
