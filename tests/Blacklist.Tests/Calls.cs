using System.Collections.Immutable;
using Tandem.Shared;
using Tandem.Shared.Blacklist;
using Tandem.Shared.Configuration;

namespace Tandem.Blacklist.Tests;

/// <summary>Short words for calls and configurations.</summary>
internal static class Calls
{
    public static readonly DateTimeOffset Start = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    public static readonly GatewayId Customer = GatewayId.Mapping("customer");
    public static readonly GatewayId OtherCustomer = GatewayId.Mapping("other");
    public static readonly GatewayId Vendor = GatewayId.Routing("vendor");

    public static DateTimeOffset At(double seconds) => Start + TimeSpan.FromSeconds(seconds);

    public static CallObserved Call(
        string caller, string callee, double seconds, bool refused = false, GatewayId? gateway = null) =>
        new(gateway ?? Customer, caller, callee, At(seconds), refused);

    public static ConfigurationSnapshot Configuration(
        long version = 1,
        int calleeLimit = 6,
        int callerLimit = 0,
        int window = 600,
        int expire = 3600,
        string mode = "global",
        bool ticked = true,
        params string[] whiteList) => new(version, new SwitchConfiguration
        {
            MappingGateways =
            [
                new MappingGatewayConfiguration { Name = "customer", DynamicBlackListInStandalone = ticked },
                new MappingGatewayConfiguration { Name = "other" },
            ],
            RoutingGateways =
            [
                new RoutingGatewayConfiguration { Name = "vendor", DynamicBlackListInStandalone = ticked },
            ],
            SystemWhiteList = [.. whiteList],
            SystemParameters = new Dictionary<string, string>
            {
                ["SS_BLACK_LIST_DYNAMIC_RUN_MODE"] = mode,
                ["SS_BLACK_LIST_MALICIOUS_CALL_LIMIT"] = $"{calleeLimit}",
                ["SS_BLACK_LIST_MALICIOUS_CALL_CHECK_INTERVAL"] = $"{window}",
                ["SS_BLACK_LIST_MALICIOUS_CALL_EXPIRE"] = $"{expire}",
                ["SS_BLACK_LIST_CALLER_MALICIOUS_CALL_LIMIT"] = $"{callerLimit}",
                ["SS_BLACK_LIST_CALLER_MALICIOUS_CALL_CHECK_INTERVAL"] = $"{window}",
                ["SS_BLACK_LIST_CALLER_MALICIOUS_CALL_EXPIRE"] = $"{expire}",
            }.ToImmutableSortedDictionary(),
        });

    public static BlacklistEntry Entry(
        string number,
        double expiresAt = 3600,
        NumberRole role = NumberRole.Callee,
        GatewayId? scope = null,
        double lastCallAt = 0,
        BlacklistCause cause = BlacklistCause.MaliciousCallee) =>
        new(number, role, scope, cause, At(0), At(lastCallAt), At(expiresAt), 6);
}
