using System.Collections.Immutable;

namespace Tandem.Shared.Configuration;

// The configuration as operators write it: one file in YAML or JSON, or the same objects over REST. Names are those of
// VOS3000 in camelCase. Immutable; a change makes a new whole, which is validated as a whole and gets a new version.

/// <summary>Everything that an operator configures, except money.</summary>
public sealed record SwitchConfiguration
{
    /// <summary>Customers and clearing accounts.</summary>
    public ImmutableArray<AccountConfiguration> Accounts { get; init; } = [];

    /// <summary>Price tables.</summary>
    public ImmutableArray<RateGroupConfiguration> RateGroups { get; init; } = [];

    /// <summary>Customers' trunks.</summary>
    public ImmutableArray<MappingGatewayConfiguration> MappingGateways { get; init; } = [];

    /// <summary>Vendors' trunks.</summary>
    public ImmutableArray<RoutingGatewayConfiguration> RoutingGateways { get; init; } = [];

    /// <summary>VOS3000 parameter names and values; what is absent has its default (<see cref="SystemParameters"/>).</summary>
    public ImmutableSortedDictionary<string, string> SystemParameters { get; init; } =
        ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Numbers that no black list ever refuses.</summary>
    public ImmutableArray<string> SystemWhiteList { get; init; } = [];
}

/// <summary>What kind of account (VOS3000 type).</summary>
public enum AccountType : byte
{
    /// <summary>A customer.</summary>
    Ordinary,

    /// <summary>A vendor's account.</summary>
    Clearing,
}

/// <summary>Whether an object is refused (VOS3000 lockType 0 and 3).</summary>
public enum LockType : byte
{
    /// <summary>Open.</summary>
    None,

    /// <summary>Refused.</summary>
    All,
}

/// <summary>An account's settings (vos3000.md §2.4). Its balance lives in the ledger.</summary>
public sealed record AccountConfiguration
{
    /// <summary>Unique number of the account.</summary>
    public string Account { get; init; } = "";

    /// <summary>Display name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Customer or clearing account.</summary>
    public AccountType Type { get; init; }

    /// <summary>ISO 4217 code.</summary>
    public string Currency { get; init; } = "USD";

    /// <summary>Posted once, when the account is first seen; later changes go through payments.</summary>
    public decimal OpeningBalance { get; init; }

    /// <summary>Overdraft limit (limitMoney): how far under zero the balance may go; 0 or more.</summary>
    public decimal LimitMoney { get; init; }

    /// <summary>Name of the rate group; none means that its calls cannot be rated.</summary>
    public string FeeRateGroup { get; init; } = "";

    /// <summary>A locked account's calls are refused.</summary>
    public LockType LockType { get; init; }

    /// <summary>Calls are refused after this moment; null is never.</summary>
    public DateTimeOffset? ValidTime { get; init; }

    /// <summary>
    /// On: charged + held never exceeds balance + limitMoney, with any number of parallel calls (invariant I5). Off: each
    /// call is checked against the whole balance alone, as VOS3000 does without it.
    /// </summary>
    public bool AntiOverdraft { get; init; } = true;

    /// <summary>For people.</summary>
    public string Memo { get; init; } = "";
}

/// <summary>A price table.</summary>
public sealed record RateGroupConfiguration
{
    /// <summary>Unique.</summary>
    public string Name { get; init; } = "";

    /// <summary>Prefixes and prices.</summary>
    public ImmutableArray<RateConfiguration> Rates { get; init; } = [];

    /// <summary>For people.</summary>
    public string Memo { get; init; } = "";
}

/// <summary>A price (vos3000.md §6.1).</summary>
public sealed record RateConfiguration
{
    /// <summary>Longest match on the billed callee; empty is the catch-all.</summary>
    public string FeePrefix { get; init; } = "";

    /// <summary>Destination label for records and reports.</summary>
    public string AreaName { get; init; } = "";

    /// <summary>1 net, 2 local, 4 domestic, 5 international.</summary>
    public int Type { get; init; } = 5;

    /// <summary>Price of one period; at most 8 decimals, 0 or more.</summary>
    public decimal Fee { get; init; }

    /// <summary>Seconds of one period, 1 or more.</summary>
    public int Period { get; init; } = 60;

    /// <summary>First-period steps, in order.</summary>
    public ImmutableArray<RateSectionConfiguration> Sections { get; init; } = [];

    /// <summary>Calls to this prefix are refused.</summary>
    public LockType LockType { get; init; }
}

/// <summary>One first-period step.</summary>
public sealed record RateSectionConfiguration
{
    /// <summary>Price of the step.</summary>
    public decimal Fee { get; init; }

    /// <summary>Seconds that it covers, 1 or more.</summary>
    public int Time { get; init; }
}

/// <summary>A customer's trunk (vos3000.md §2.1).</summary>
public sealed record MappingGatewayConfiguration
{
    /// <summary>Unique among mapping gateways.</summary>
    public string Name { get; init; } = "";

    /// <summary>The account that pays.</summary>
    public string Account { get; init; } = "";

    /// <summary>A locked gateway's calls are refused.</summary>
    public LockType LockType { get; init; }

    /// <summary>Highest rate type that it may call: 1, 2, 4 or 5.</summary>
    public int CallLevel { get; init; } = 5;

    /// <summary>Line limit: calls at once; 0 is no limit.</summary>
    public int Capacity { get; init; }

    /// <summary>When several gateways share an address the smaller number wins.</summary>
    public int Priority { get; init; }

    /// <summary>Addresses of the customer: <c>IP</c> or <c>IP:port</c>.</summary>
    public ImmutableArray<string> RemoteIps { get; init; } = [];

    /// <summary>Rate limit: new calls in any one second; 0 is no limit.</summary>
    public int MaxCallRate { get; init; }

    /// <summary>Longest talk time in seconds; 0 is none.</summary>
    public int MaxCallDuration { get; init; }

    /// <summary>Feeds and applies its own dynamic black list in standalone mode.</summary>
    public bool DynamicBlackListInStandalone { get; init; }

    /// <summary>For people.</summary>
    public string Memo { get; init; } = "";
}

/// <summary>What follows when all gateways of a prefix have failed (vos3000.md §3.2).</summary>
public enum PrefixStyle : byte
{
    /// <summary>Stop: shorter prefixes are not tried.</summary>
    Terminate,

    /// <summary>Shorter prefixes are tried, too.</summary>
    Continue,
}

/// <summary>A vendor's trunk (vos3000.md §2.2).</summary>
public sealed record RoutingGatewayConfiguration
{
    /// <summary>Unique among routing gateways.</summary>
    public string Name { get; init; } = "";

    /// <summary>Callee prefixes that it takes; an empty list is any.</summary>
    public ImmutableArray<string> Prefix { get; init; } = [];

    /// <summary>Whether shorter prefixes follow after it.</summary>
    public PrefixStyle PrefixStyle { get; init; }

    /// <summary>Line limit: calls at once; 0 is no limit.</summary>
    public int Capacity { get; init; }

    /// <summary>A locked gateway gets no calls.</summary>
    public LockType LockType { get; init; }

    /// <summary>The smaller number is tried first.</summary>
    public int Priority { get; init; }

    /// <summary>The vendor's address.</summary>
    public string RemoteIp { get; init; } = "";

    /// <summary>The vendor's port.</summary>
    public int SignalPort { get; init; } = 5060;

    /// <summary>The vendor's account; none means that nothing is cleared.</summary>
    public string ClearingAccount { get; init; } = "";

    /// <summary>Rate limit: new calls in any one second; 0 is no limit.</summary>
    public int MaxCallRate { get; init; }

    /// <summary>Seconds to wait for the first response; 0 is SS_SIP_TIMEOUT_INVITE.</summary>
    public int TimeoutInvite { get; init; }

    /// <summary>Seconds to wait after 100; 0 is SS_SIP_TIMEOUT_TRYING.</summary>
    public int TimeoutTrying { get; init; }

    /// <summary>Seconds to wait after 18x without SDP; 0 is SS_SIP_TIMEOUT_SESSION_PROGRESS.</summary>
    public int TimeoutSessionProgress { get; init; }

    /// <summary>Seconds to wait after 183 with SDP; 0 is SS_SIP_TIMEOUT_SESSION_PROGRESS_SDP.</summary>
    public int TimeoutSessionProgressSdp { get; init; }

    /// <summary>Seconds to wait after 180; 0 is SS_SIP_TIMEOUT_RINGING.</summary>
    public int TimeoutRinging { get; init; }

    /// <summary>"Switch gateway until connect": null is SS_GATEWAY_SWITCH_UNTIL_CONNECT.</summary>
    public bool? SwitchUntilConnect { get; init; }

    /// <summary>
    /// "Stop switching response code": a final status in this list ends the call at once. Null is the default list: 400–499
    /// without 408 and 480 (vos3000.md §3.7).
    /// </summary>
    public ImmutableArray<int>? StopSwitchSipCodes { get; init; }

    /// <summary>"Check rate": only used when its clearing account has a rate for the number.</summary>
    public bool FeerateRestrict { get; init; }

    /// <summary>Feeds and applies its own dynamic black list in standalone mode.</summary>
    public bool DynamicBlackListInStandalone { get; init; }

    /// <summary>For people.</summary>
    public string Memo { get; init; } = "";
}
