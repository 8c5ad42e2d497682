using Tandem.Shared.Calls;
using Tandem.Shared.Configuration;

namespace Tandem.Routing.Selection;

/// <summary>What came of one candidate: it refused the line, or was tried and failed.</summary>
/// <param name="Gateway">Its name.</param>
/// <param name="Refusal">Why it got no INVITE; null when it was tried.</param>
/// <param name="Attempt">How the attempt ended, when there was one.</param>
public readonly record struct CandidateResult(string Gateway, CallRejection? Refusal, AttemptOutcome Attempt)
{
    /// <summary>The gateway (or the switch itself) refused the line.</summary>
    public static CandidateResult Refused(string gateway, CallRejection refusal) => new(gateway, refusal, default);

    /// <summary>The gateway was tried.</summary>
    public static CandidateResult Failed(string gateway, AttemptOutcome attempt) => new(gateway, null, attempt);
}

/// <summary>
/// The end reason of a call that no vendor took (vos3000.md §3.9, §5.2): pure, from what came of all candidates.
/// </summary>
public static class FinalReason
{
    /// <summary>Decides; the detail names the gateways.</summary>
    /// <param name="callee">The number that was routed.</param>
    /// <param name="routes">The selection.</param>
    /// <param name="results">In the order of trying.</param>
    public static CallRejection Of(string callee, RouteList routes, ReadOnlySpan<CandidateResult> results)
    {
        for (var i = results.Length - 1; i >= 0; i--)
            if (results[i].Refusal is null)
                return OfAttempt(results[i].Gateway, results[i].Attempt);
        return results.IsEmpty ? OfSelection(callee, routes) : OfRefusals(callee, results);
    }

    /// <summary>The end reason that one failed attempt stands for, in its own record, too.</summary>
    public static CallRejection OfAttempt(string gateway, in AttemptOutcome attempt) => attempt.End switch
    {
        AttemptEnd.Status => new((EndReason)attempt.Status, $"Routing gateway {gateway} answered {attempt.Status}."),
        AttemptEnd.InviteTimeout => new(EndReason.GatewayTimeout, $"Routing gateway {gateway} did not answer the INVITE in time."),
        AttemptEnd.TryingTimeout => new(EndReason.GatewayTimeout, $"Routing gateway {gateway} was silent after 100."),
        AttemptEnd.SessionProgressTimeout => new(EndReason.NoAnswer, $"Routing gateway {gateway} was silent after 18x."),
        AttemptEnd.RingingTimeout => new(EndReason.NoAnswer, $"Routing gateway {gateway} rang too long."),
        AttemptEnd.CallerCancelled => new(EndReason.CallerCancelled, "The caller gave up."),
    };

    private static CallRejection OfSelection(string callee, RouteList routes)
    {
        var skipped = routes.SkippedBuffer;
        if (skipped.Count == 0)
            return new(EndReason.NoAvailableRouter, $"No routing gateway has a prefix of {callee}.");
        var why = string.Join(' ', skipped.Select(s => s.Why));
        return new(skipped.TrueForAll(s => s.Cause == SkipCause.BlackList) ? EndReason.BlackList : EndReason.NoAvailableRouter, why);
    }

    private static CallRejection OfRefusals(string callee, ReadOnlySpan<CandidateResult> results)
    {
        if (results.Length == 1 && PhoneGateways.IsPhone(results[0].Gateway)) return results[0].Refusal!;
        var (busy, unavailable) = (false, false);
        var why = new List<string>(results.Length);
        foreach (var result in results)
        {
            busy |= result.Refusal!.Reason is EndReason.AllGatewayBusy or EndReason.GatewayRateLimit;
            unavailable |= result.Refusal.Reason == EndReason.SystemUnavailable;
            why.Add(result.Refusal.Detail);
        }

        // A gateway that could not be asked might have had a line: that is our failure, not a full house.
        if (Array.TrueForAll(results.ToArray(), r => r.Refusal!.Reason == EndReason.CodecMismatch))
            return new(EndReason.CodecMismatch, string.Join(' ', why));
        var reason = unavailable ? EndReason.SystemUnavailable : busy ? EndReason.AllGatewayBusy : EndReason.NoAvailableRouter;
        return new(reason, $"No gateway took {callee}: {string.Join(' ', why)}");
    }
}
