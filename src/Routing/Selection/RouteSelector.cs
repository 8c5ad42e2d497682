using System.Runtime.InteropServices;
using Tandem.Shared;
using Tandem.Shared.Blacklist;
using Tandem.Shared.Configuration;
using Tandem.Shared.Gateways;

namespace Tandem.Routing.Selection;

/// <summary>
/// Which routing gateways a call may take, and in which order (vos3000.md §3.1–3.3): pure over one configuration version, the
/// node's view of the load and its replica of the black list.
/// </summary>
public static class RouteSelector
{
    private static readonly Comparison<RouteCandidate> ByOrder = CompareInLevel;

    /// <summary>Fills <paramref name="routes"/> anew; allocates only for gateways that are passed over.</summary>
    /// <param name="snapshot">The version that decides this call.</param>
    /// <param name="callee">The number that is routed.</param>
    /// <param name="caller">For the gateways' own black lists.</param>
    /// <param name="load">This node's view of the load.</param>
    /// <param name="blacklist">This node's replica of the dynamic black list.</param>
    /// <param name="now">For the expiry of entries.</param>
    /// <param name="routes">Where the result goes.</param>
    /// <param name="health">This node's view of the gateways' health; null: none is offline or in a pause.</param>
    /// <param name="forwarding">Who forwarded the call last; empty when nobody did.</param>
    public static void Select(
        ConfigurationSnapshot snapshot,
        string callee,
        string caller,
        GatewayLoad load,
        IDynamicBlacklist blacklist,
        DateTimeOffset now,
        RouteList routes,
        IGatewayHealth? health = null,
        string forwarding = "")
    {
        var candidates = routes.CandidateBuffer;
        candidates.Clear();
        routes.SkippedBuffer.Clear();
        routes.Seen.Clear();
        snapshot.Routes.AllLongestFirst(callee, routes.Levels);
        for (var level = 0; level < routes.Levels.Count; level++)
        {
            var first = candidates.Count;
            foreach (var gateway in routes.Levels[level].Gateways)
            {
                // A gateway with several prefixes of this number stands in several levels: it is tried once, in the first.
                if (routes.Levels.Count > 1 && !routes.Seen.Add(gateway.Name)) continue;
                var prefix = routes.Levels[level].Prefix;
                var (table, currency) = ClearingOf(snapshot, gateway);
                var rate = table?.Find(callee);
                if (WhyNot(snapshot, gateway, rate, callee, caller, blacklist, health, now, forwarding) is var (cause, why))
                {
                    routes.SkippedBuffer.Add(new SkippedRoute(gateway.Name, prefix, cause, why));
                    continue;
                }

                var (lines, total) = load.Read(gateway.Name);
                candidates.Add(new RouteCandidate(gateway, prefix, level, lines, total, table, rate, currency));
            }

            CollectionsMarshal.AsSpan(candidates)[first..].Sort(ByOrder);
        }
    }

    /// <summary>Priority, then current calls ÷ line limit, then calls so far, then name (vos3000.md §3.3).</summary>
    private static int CompareInLevel(RouteCandidate a, RouteCandidate b)
    {
        var order = a.Gateway.Priority.CompareTo(b.Gateway.Priority);
        if (order == 0) order = CompareLoad(a, b);
        if (order == 0) order = a.TotalCalls.CompareTo(b.TotalCalls);
        return order != 0 ? order : string.CompareOrdinal(a.Gateway.Name, b.Gateway.Name);
    }

    // a/b < c/d without division. A gateway without a line limit is never loaded: its quotient is 0.
    private static int CompareLoad(in RouteCandidate a, in RouteCandidate b)
    {
        var (limitA, limitB) = (a.Gateway.Capacity, b.Gateway.Capacity);
        long linesA = limitA == 0 ? 0 : a.LinesInUse, linesB = limitB == 0 ? 0 : b.LinesInUse;
        return (linesA * Math.Max(limitB, 1)).CompareTo(linesB * Math.Max(limitA, 1));
    }

    private static (RateTable? Table, Currency Currency) ClearingOf(
        ConfigurationSnapshot snapshot,
        RoutingGatewayConfiguration gateway)
    {
        if (gateway.ClearingAccount.Length == 0
            || !snapshot.Accounts.TryGetValue(gateway.ClearingAccount, out var account))
            return default;
        return (snapshot.RateGroups.GetValueOrDefault(account.FeeRateGroup), new Currency(account.Currency));
    }

    private static (SkipCause Cause, string Why)? WhyNot(
        ConfigurationSnapshot snapshot,
        RoutingGatewayConfiguration gateway,
        RateConfiguration? rate,
        string callee,
        string caller,
        IDynamicBlacklist blacklist,
        IGatewayHealth? health,
        DateTimeOffset now,
        string forwarding)
    {
        if (gateway.LockType == LockType.All)
            return (SkipCause.Locked, $"Routing gateway {gateway.Name} is locked.");
        if (health?.Find(gateway.Name)?.WhyNot(gateway, now) is { } unwell)
            return (SkipCause.Health, unwell);
        if (!TakesForwarded(gateway, forwarding))
            return (SkipCause.ForwardPrefix, $"Routing gateway {gateway.Name} takes no call that {forwarding} forwarded.");
        if (gateway.FeerateRestrict && (rate is null || rate.LockType == LockType.All))
            return (SkipCause.NoClearingRate, WhyNoRate(gateway, rate, callee));
        if (snapshot.Parameters.BlacklistMode != BlacklistMode.Standalone || !gateway.DynamicBlackListInStandalone)
            return null;
        var entry = Listed(callee, NumberRole.Callee) ?? Listed(caller, NumberRole.Caller);
        return entry is null
            ? null
            : (SkipCause.BlackList, $"{entry.Role} {entry.Number} is on the black list of routing gateway {gateway.Name}"
                + $" ({entry.Cause}) until {entry.ExpiresAt:u}.");

        BlacklistEntry? Listed(string number, NumberRole role) => snapshot.WhiteList.Contains(number)
            ? null
            : blacklist.Find(number, role, GatewayId.Routing(gateway.Name), now);
    }

    // callinForwardPrefixes: only these, or all but these; a call that nobody forwarded is no matter of theirs.
    private static bool TakesForwarded(RoutingGatewayConfiguration gateway, string forwarding)
    {
        if (gateway.CallinForwardPrefixes.IsEmpty || forwarding.Length == 0) return true;
        foreach (var prefix in gateway.CallinForwardPrefixes)
            if (forwarding.StartsWith(prefix, StringComparison.Ordinal)) return gateway.CallinForwardPrefixesAllow;
        return !gateway.CallinForwardPrefixesAllow;
    }

    private static string WhyNoRate(RoutingGatewayConfiguration gateway, RateConfiguration? rate, string callee)
    {
        if (gateway.ClearingAccount.Length == 0)
            return $"Routing gateway {gateway.Name} checks the rate and has no clearing account.";
        return rate is null
            ? $"Routing gateway {gateway.Name} checks the rate: clearing account {gateway.ClearingAccount} has none for {callee}."
            : $"Routing gateway {gateway.Name} checks the rate: rate {rate.FeePrefix} of clearing account"
                + $" {gateway.ClearingAccount} is locked.";
    }
}
