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

    /// <summary>Registered endpoints of customers.</summary>
    public ImmutableArray<PhoneConfiguration> Phones { get; init; } = [];

    /// <summary>Our registrations with others (VOS3000 UserAgent).</summary>
    public ImmutableArray<RegistrationConfiguration> Registrations { get; init; } = [];

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
