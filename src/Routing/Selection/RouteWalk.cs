using Tandem.Shared.Configuration;

namespace Tandem.Routing.Selection;

/// <summary>
/// The way of one call along its routes: who is next, and why the rest is not tried (vos3000.md §3.2). Made by the call after
/// the selection; every candidate that it hands out counts as tried, whether it failed or refused the line.
/// </summary>
/// <remarks>
/// A gateway in terminate mode ends the search with its own level, the other gateways of its level are still tried; that also
/// holds when they are in continue mode.
/// </remarks>
public sealed class RouteWalk(RouteList routes)
{
    private int _next;
    private int _lastLevel = int.MaxValue;

    /// <summary>How many candidates were handed out.</summary>
    public int Tried => _next;

    /// <summary>
    /// After <see cref="TryNext"/> has given false: why shorter prefixes were left out, in words, or null when nothing was left.
    /// </summary>
    public string? WhyEnded { get; private set; }

    /// <summary>The next candidate; false at the end.</summary>
    public bool TryNext(out RouteCandidate candidate)
    {
        if (_next >= routes.CandidateBuffer.Count)
        {
            candidate = default;
            return false;
        }

        candidate = routes.CandidateBuffer[_next];
        if (candidate.Level > _lastLevel)
        {
            WhyEnded ??= Explain();
            candidate = default;
            return false;
        }

        _next++;
        if (candidate.Gateway.PrefixStyle == PrefixStyle.Terminate) _lastLevel = candidate.Level;
        return true;
    }

    private string Explain()
    {
        var terminator = routes.CandidateBuffer.FindLast(c =>
            c.Level == _lastLevel && c.Gateway.PrefixStyle == PrefixStyle.Terminate);
        return $"Routing gateway {terminator.Gateway.Name} ends the search at prefix '{terminator.Prefix}' (terminate):"
            + $" {routes.CandidateBuffer.Count - _next} gateways with shorter prefixes are not tried.";
    }
}
