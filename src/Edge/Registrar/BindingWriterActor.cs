using Akka.Actor;
using Akka.Event;

namespace Tandem.Edge.Registrar;

/// <summary>
/// Stores the contacts of this node's addresses of record: what comes while one transaction is under way goes into the next
/// together, so that a storm of registrations costs a few commits. One per node with the edge role, started by
/// <see cref="RegistrarHosting"/>; ends with the node.
/// </summary>
public sealed class BindingWriterActor : ReceiveActor, IWithTimers
{
    /// <summary>Name below <c>/user</c>.</summary>
    public const string Name = "binding-writer";

    /// <summary>Sets that wait for the transaction under way; more are refused at once.</summary>
    public const int MaxWaiting = 10_000;

    /// <summary>Sets in one transaction.</summary>
    public const int MaxBatch = 500;

    /// <summary>How often expired contacts that nobody asked for are freed.</summary>
    public static readonly TimeSpan PurgeInterval = TimeSpan.FromMinutes(10);

    private readonly IBindingStore _store;
    private readonly TimeProvider _time;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Queue<(Save Save, IActorRef From)> _waiting = new();
    private bool _busy;

    /// <summary>See <see cref="CreateProps"/>.</summary>
    public BindingWriterActor(IBindingStore store, TimeProvider time)
    {
        (_store, _time) = (store, time);
        Receive<Save>(OnSave);
        Receive<Done>(OnDone);
        Receive<PurgeNow>(_ => Purge());
        Receive<Status.Failure>(f => _log.Warning("Expired contacts could not be freed: {0}", f.Cause.Message));
        Receive<Akka.Done>(_ => { });
    }

    /// <summary>Store a set; exactly one <see cref="Saved"/> comes back.</summary>
    internal sealed record Save(BindingSet Set) : INoSerializationVerificationNeeded;

    /// <summary>The set is stored, or is not.</summary>
    internal sealed record Saved(bool Ok) : INoSerializationVerificationNeeded;

    private sealed record Done(IReadOnlyList<IActorRef> Askers, Exception? Failure) : INoSerializationVerificationNeeded;

    private sealed record PurgeNow : INoSerializationVerificationNeeded;

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>How it is started.</summary>
    public static Props CreateProps(IBindingStore store, TimeProvider time) =>
        Props.Create(() => new BindingWriterActor(store, time));

    /// <inheritdoc />
    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(PurgeNow), new PurgeNow(), PurgeInterval);

    private void OnSave(Save save)
    {
        if (_waiting.Count >= MaxWaiting)
        {
            Sender.Tell(new Saved(Ok: false));
            return;
        }

        _waiting.Enqueue((save, Sender));
        if (!_busy) WriteNext();
    }

    private void OnDone(Done done)
    {
        _busy = false;
        if (done.Failure is { } failure) _log.Warning("{0} registrations could not be stored: {1}", done.Askers.Count, failure.Message);
        foreach (var asker in done.Askers) asker.Tell(new Saved(done.Failure is null));
        if (_waiting.Count > 0) WriteNext();
    }

    private void WriteNext()
    {
        var count = Math.Min(_waiting.Count, MaxBatch);
        var (sets, askers) = (new List<BindingSet>(count), new List<IActorRef>(count));
        for (var i = 0; i < count; i++)
        {
            var (save, from) = _waiting.Dequeue();
            sets.Add(save.Set);
            askers.Add(from);
        }

        _busy = true;

        // Whatever the driver throws, the askers must hear of it, and the writer must go on.
        _store.Write(sets).PipeTo(Self, success: () => new Done(askers, null), failure: failure => new Done(askers, failure));
    }

    private void Purge() => _store.Purge(_time.GetUtcNow()).PipeTo(Self, success: () => Akka.Done.Instance);
}
