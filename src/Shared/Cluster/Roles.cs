namespace Tandem.Shared.Cluster;

/// <summary>Cluster roles; one process with all of them is the default.</summary>
public static class Roles
{
    /// <summary>SIP sockets and transactions.</summary>
    public const string Edge = "edge";

    /// <summary>Call actors and gateway actors.</summary>
    public const string Call = "call";

    /// <summary>Account actors, ledger, CDRs.</summary>
    public const string Billing = "billing";

    /// <summary>The black list's singleton and its per-gateway actors.</summary>
    public const string Blacklist = "blacklist";

    /// <summary>REST API and console.</summary>
    public const string Admin = "admin";

    /// <summary>Every role, the default of a node.</summary>
    public static readonly IReadOnlyList<string> All = [Edge, Call, Billing, Blacklist, Admin];
}
