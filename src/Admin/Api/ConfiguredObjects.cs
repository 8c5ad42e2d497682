using Tandem.Shared.Configuration;

namespace Tandem.Admin.Api;

/// <summary>The kinds of configured objects that have a URL of their own.</summary>
internal static class ConfiguredObjects
{
    public static readonly ConfiguredObject<MappingGatewayConfiguration> MappingGateways = new()
    {
        Route = "mapping-gateways",
        Singular = "mapping gateway",
        Plural = "mapping gateways (customers' trunks)",
        Path = "mappingGateways",
        NameKey = "name",
        Get = c => c.MappingGateways,
        Set = (c, all) => c with { MappingGateways = all },
        NameOf = g => g.Name,
        WithName = (g, name) => g with { Name = name },
        Read = ConfigurationReader.ReadMappingGateway,
        Write = ConfigurationWriter.Write,
        SecretOf = g => g.Password,
        WithSecret = (g, password) => g with { Password = password },
    };

    public static readonly ConfiguredObject<RoutingGatewayConfiguration> RoutingGateways = new()
    {
        Route = "routing-gateways",
        Singular = "routing gateway",
        Plural = "routing gateways (vendors' trunks)",
        Path = "routingGateways",
        NameKey = "name",
        Get = c => c.RoutingGateways,
        Set = (c, all) => c with { RoutingGateways = all },
        NameOf = g => g.Name,
        WithName = (g, name) => g with { Name = name },
        Read = ConfigurationReader.ReadRoutingGateway,
        Write = ConfigurationWriter.Write,
        SecretOf = g => g.Password,
        WithSecret = (g, password) => g with { Password = password },
    };

    public static readonly ConfiguredObject<PhoneConfiguration> Phones = new()
    {
        Route = "phones",
        Singular = "phone",
        Plural = "phones (registered endpoints)",
        Path = "phones",
        NameKey = "e164",
        Get = c => c.Phones,
        Set = (c, all) => c with { Phones = all },
        NameOf = p => p.E164,
        WithName = (p, name) => p with { E164 = name },
        Read = ConfigurationReader.ReadPhone,
        Write = ConfigurationWriter.Write,
        SecretOf = p => p.Password,
        WithSecret = (p, password) => p with { Password = password },
    };

    public static readonly ConfiguredObject<RegistrationConfiguration> Registrations = new()
    {
        Route = "registrations",
        Singular = "registration",
        Plural = "registrations of ours with others",
        Path = "registrations",
        NameKey = "name",
        Get = c => c.Registrations,
        Set = (c, all) => c with { Registrations = all },
        NameOf = r => r.Name,
        WithName = (r, name) => r with { Name = name },
        Read = ConfigurationReader.ReadRegistration,
        Write = ConfigurationWriter.Write,
        SecretOf = r => r.Password,
        WithSecret = (r, password) => r with { Password = password },
    };

    public static readonly ConfiguredObject<AccountConfiguration> Accounts = new()
    {
        Route = "accounts",
        Singular = "account",
        Plural = "accounts (customers and clearing accounts)",
        Path = "accounts",
        NameKey = "account",
        Get = c => c.Accounts,
        Set = (c, all) => c with { Accounts = all },
        NameOf = a => a.Account,
        WithName = (a, name) => a with { Account = name },
        Read = ConfigurationReader.ReadAccount,
        Write = ConfigurationWriter.Write,
        WriteMore = AccountEndpoints.WriteWithStateAsync,
    };

    public static readonly ConfiguredObject<RateGroupConfiguration> RateGroups = new()
    {
        Route = "rate-groups",
        Singular = "rate group",
        Plural = "rate groups, without their rates",
        Path = "rateGroups",
        NameKey = "name",
        Get = c => c.RateGroups,
        Set = (c, all) => c with { RateGroups = all },
        NameOf = g => g.Name,
        WithName = (g, name) => g with { Name = name },
        Read = ConfigurationReader.ReadRateGroup,
        Write = (json, group) =>
        {
            json.WriteStartObject();
            json.WriteString("name", group.Name);
            json.WriteString("memo", group.Memo);
            json.WriteNumber("rateCount", group.Rates.Length);
            json.WriteEndObject();
        },

        // A group is shown without its rates, so what is read and put back must not lose them.
        Keep = (existing, replacement) =>
            replacement.Rates.IsEmpty ? replacement with { Rates = existing.Rates } : replacement,
    };
}
