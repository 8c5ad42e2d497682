using System.Collections.Immutable;

namespace Tandem.Shared.Configuration;

/// <summary>A registered endpoint (vos3000.md §2.3).</summary>
public sealed record PhoneConfiguration
{
    /// <summary>Unique number; also its user name and, with "phone:" before it, the name of its gateways.</summary>
    public string E164 { get; init; } = "";

    /// <summary>The account that pays for its calls.</summary>
    public string Account { get; init; } = "";

    /// <summary>Digest password.</summary>
    public string Password { get; init; } = "";

    /// <summary>The caller's number in its calls; empty is e164.</summary>
    public string DisplayNumber { get; init; } = "";

    /// <summary>A locked phone neither registers nor calls nor is called.</summary>
    public LockType LockType { get; init; }

    /// <summary>Highest rate type that it may call: 1, 2, 4 or 5.</summary>
    public int CallLevel { get; init; } = 5;

    /// <summary>Calls at once, each way; 0 is no limit.</summary>
    public int LineCapacity { get; init; }

    /// <summary>Further numbers that ring it.</summary>
    public ImmutableArray<string> Dids { get; init; } = [];

    /// <summary>Contacts at once; 0 is SS_SIP_MAX_CONTACTS.</summary>
    public int MaxContacts { get; init; }

    /// <summary>Session timer (RFC 4028).</summary>
    public bool SipTimer { get; init; } = true;

    /// <summary>Reliable provisional responses (RFC 3262).</summary>
    public bool Sip100Rel { get; init; } = true;

    /// <summary>For people.</summary>
    public string Memo { get; init; } = "";
}
