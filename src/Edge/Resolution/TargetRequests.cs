using Tandem.Sip.Messages;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;

namespace Tandem.Edge.Resolution;

/// <summary>What the hosts of an edge's requests need; shared by its workers.</summary>
/// <param name="Resolver">Finds the addresses.</param>
/// <param name="Dead">Which of them did not answer.</param>
public sealed record TargetServices(SipResolver Resolver, DeadTargets Dead)
{
    /// <summary>Those of an edge with these options.</summary>
    public static TargetServices Of(EdgeOptions options, TimeProvider time)
    {
        // An address that no listener reaches is of no use.
        var families = options.AllListeners.Select(l => l.Bind.AddressFamily).ToHashSet();
        var v6 = families.Contains(System.Net.Sockets.AddressFamily.InterNetworkV6);
        var v4 = families.Contains(System.Net.Sockets.AddressFamily.InterNetwork);
        var cache = new DnsCache(new DnsClientQueries(options.NameServers), new DnsCacheOptions(), time);
        return new TargetServices(
            new SipResolver(cache, new SipResolverOptions { V4 = v4, V6 = v6 }, time), new DeadTargets(time));
    }
}

/// <summary>How a worker sends for <see cref="TargetRequests"/>.</summary>
internal interface ITargetSender
{
    /// <summary>Sends; null when it can't, see <see cref="TransactionLayer.SendRequest"/>.</summary>
    ClientTransaction? Send(SipEndPoint remote, string local, string gateway, ReadOnlySpan<byte> request, object context);

    /// <summary>CANCEL of an INVITE, with further header lines.</summary>
    void Cancel(ClientTransaction transaction, ReadOnlyMemory<byte> headers);

    /// <summary>No more repeats; a late provisional response gets CANCEL.</summary>
    void Abandon(ClientTransaction transaction);

    /// <summary>Queues a command of the worker's.</summary>
    void Enqueue(object command);

    /// <summary>The walk ends without a response: its owner is to be told.</summary>
    void Failed(TargetWalk walk, string why);
}

/// <summary>
/// Requests to hosts (RFC 3263): resolved off the worker's thread, then tried at one address after the other until one
/// answers something else than 503 (§4.3). Its owner sees one request. Made by the worker, used on its thread only.
/// </summary>
internal sealed class TargetRequests(ITargetSender sender, TargetServices services, TimeProvider time)
{
    /// <summary>Requests to hosts under way in one worker; more fail.</summary>
    public const int MaxWalks = 20_000;

    private int _running;

    /// <summary>Requests under way.</summary>
    public int Count => _running;

    /// <summary>Takes a request; whatever comes of it comes later, through the worker's queue.</summary>
    public void Start(TargetWalk walk)
    {
        walk.StartedAt = time.GetTimestamp();
        _running++;
        if (_running > MaxWalks)
        {
            Fail(walk, "Too many requests to hosts are under way.");
            return;
        }

        if (!SipTarget.TryParse(walk.Remote, out var target))
        {
            Fail(walk, $"'{walk.Remote}' is neither an address nor a host.");
            return;
        }

        var resolving = services.Resolver.ResolveAsync(target);
        if (resolving.IsCompletedSuccessfully) Resolved(walk, resolving.Result);
        else _ = EnqueueAsync(walk, resolving.AsTask());
    }

    /// <summary>The addresses are known.</summary>
    public void Resolved(TargetWalk walk, SipResolution resolution)
    {
        if (walk.IsOver) return;
        walk.Targets = services.Dead.LiveFirst(resolution.EndPoints);
        TryNext(walk, resolution.Why);
    }

    /// <summary>An address was silent for its share of the time.</summary>
    public void ShareOver(TargetShareOver over)
    {
        var (walk, transaction) = over;
        if (walk.IsOver || walk.Stopped || walk.Responded || !ReferenceEquals(walk.Current, transaction)) return;
        services.Dead.Add(transaction.Remote);
        sender.Abandon(transaction);
        TryNext(walk, OutOfCallFailure.NoAnswer);
    }

    /// <summary>
    /// A response to one of the walk's transactions. False when its owner must not see it: another address is tried.
    /// </summary>
    public bool Passes(TargetWalk walk, ClientTransaction transaction, SipMessage response)
    {
        var status = response.StatusCode;
        if (status != 503) services.Dead.Remove(transaction.Remote);
        if (!ReferenceEquals(walk.Current, transaction))
        {
            // An address that was left for its silence: only that it took the call after all is news.
            if (status is < 200 or >= 300) return false;
            if (walk is { IsOver: false, Current: { } other }) sender.Cancel(other, default);
            End(walk);
            return true;
        }

        walk.Responded = true;
        EndShare(walk);
        if (status < 200 || walk.IsOver) return true;
        if (status == 503) services.Dead.Add(transaction.Remote);
        if (status == 503 && walk is { Stopped: false, HasMore: true })
        {
            TryNext(walk, "503");
            return false;
        }

        End(walk);
        return true;
    }

    /// <summary>
    /// One of the walk's transactions ended without a final response. False when the owner is to be told.
    /// </summary>
    public bool Absorbs(TargetWalk walk, ClientTransaction transaction, string why)
    {
        if (walk.IsOver || !ReferenceEquals(walk.Current, transaction)) return true;
        services.Dead.Add(transaction.Remote);
        if (walk is { Stopped: false, Responded: false, HasMore: true })
        {
            TryNext(walk, why);
            return true;
        }

        End(walk);
        return false;
    }

    /// <summary>Its owner cancels an INVITE.</summary>
    public void Cancel(TargetWalk walk, ReadOnlyMemory<byte> headers)
    {
        if (Stop(walk)) sender.Cancel(walk.Current!, headers);
    }

    /// <summary>Its owner gives it up.</summary>
    public void Abandon(TargetWalk walk)
    {
        if (!Stop(walk)) return;
        if (!walk.Responded) services.Dead.Add(walk.Current!.Remote);
        sender.Abandon(walk.Current!);
        if (!walk.Current!.IsInvite) End(walk); // Nothing more comes of it.
    }

    private bool Stop(TargetWalk walk)
    {
        if (walk.IsOver) return false;
        walk.Stopped = true;
        EndShare(walk);
        if (walk.Current is not null) return true;
        Fail(walk, "Given up before its host was resolved.");
        return false;
    }

    private void TryNext(TargetWalk walk, string why)
    {
        EndShare(walk);
        if (!walk.HasMore)
        {
            Fail(walk, why);
            return;
        }

        var target = walk.Targets[walk.Tried];
        var left = walk.Targets.Length - walk.Tried;
        walk.Tried++;
        walk.Responded = false;
        walk.Current = sender.Send(target, walk.Local, walk.Gateway, walk.Request.Span, walk);
        if (walk.Current is not { } transaction)
        {
            Fail(walk, OutOfCallFailure.Refused);
            return;
        }

        if (left == 1 || walk.Patience <= TimeSpan.Zero) return;
        var rest = walk.Patience - time.GetElapsedTime(walk.StartedAt);
        var share = rest > TimeSpan.Zero ? rest / left : TimeSpan.Zero;
        walk.Share = time.CreateTimer(
            _ => sender.Enqueue(new TargetShareOver(walk, transaction)), null, share, Timeout.InfiniteTimeSpan);
    }

    private async Task EnqueueAsync(TargetWalk walk, Task<SipResolution> resolving)
    {
        SipResolution resolution;
        try
        {
            resolution = await resolving.ConfigureAwait(false);
        }
        catch (Exception bug) // Shown as what it is; this request fails, the worker goes on.
        {
            resolution = new SipResolution([], $"The resolver failed: {bug}");
        }

        sender.Enqueue(new TargetResolved(walk, resolution));
    }

    private void Fail(TargetWalk walk, string why)
    {
        if (walk.IsOver) return;
        End(walk);
        sender.Failed(walk, why);
    }

    private void End(TargetWalk walk)
    {
        if (walk.IsOver) return;
        walk.IsOver = true;
        EndShare(walk);
        _running--;
    }

    private static void EndShare(TargetWalk walk)
    {
        walk.Share?.Dispose();
        walk.Share = null;
    }
}
