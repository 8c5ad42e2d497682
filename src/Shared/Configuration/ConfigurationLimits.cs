namespace Tandem.Shared.Configuration;

/// <summary>How big a configuration may be; the validator refuses more.</summary>
public static class ConfigurationLimits
{
    /// <summary>Errors that one check reports; more are not looked for.</summary>
    public const int Errors = 100;

    /// <summary>Bytes of one configuration as text.</summary>
    public const int ContentBytes = 512 * 1024 * 1024;

    /// <summary>Objects inside objects in a text.</summary>
    public const int Depth = 16;

    /// <summary>Mapping gateways, and routing gateways.</summary>
    public const int Gateways = 100_000;

    /// <summary>Phones.</summary>
    public const int Phones = 1_000_000;

    /// <summary>Registrations of ours with others.</summary>
    public const int Registrations = 10_000;

    /// <summary>Entries of a gateway's SIP lists: codecs, headers, replacements, certificate names.</summary>
    public const int SipListEntries = 64;

    /// <summary>Further numbers of one phone.</summary>
    public const int DidsPerPhone = 1_000;

    /// <summary>Accounts.</summary>
    public const int Accounts = 1_000_000;

    /// <summary>Rate groups.</summary>
    public const int RateGroups = 100_000;

    /// <summary>Rates of all groups together.</summary>
    public const int Rates = 5_000_000;

    /// <summary>First-period steps of one rate.</summary>
    public const int Sections = 16;

    /// <summary>Numbers on the system's white list.</summary>
    public const int WhiteList = 1_000_000;

    /// <summary>Addresses of one mapping gateway.</summary>
    public const int AddressesPerGateway = 256;

    /// <summary>Callee prefixes of one routing gateway.</summary>
    public const int PrefixesPerGateway = 10_000;

    /// <summary>Characters of a name.</summary>
    public const int NameLength = 64;

    /// <summary>Characters of a prefix or number.</summary>
    public const int NumberLength = 32;

    /// <summary>Characters of a memo, display name or label.</summary>
    public const int TextLength = 1024;

    /// <summary>Lines, calls per second.</summary>
    public const int Count = 10_000_000;

    /// <summary>Seconds of any duration: 30 days.</summary>
    public const int Seconds = 2_592_000;

    /// <summary>Units of money, either sign: whole micros of it fit into 64 bits.</summary>
    public const decimal Money = 1_000_000_000_000m;

    /// <summary>Decimals of a balance.</summary>
    public const int MoneyDecimals = 6;

    /// <summary>Decimals of a fee.</summary>
    public const int FeeDecimals = 8;
}
