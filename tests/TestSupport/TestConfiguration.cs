using System.Globalization;
using System.Net;
using Tandem.Shared.Configuration;

namespace Tandem.TestSupport;

/// <summary>
/// Builds the configuration of a test in its own words: customers by address, vendors by address, one price. Immutable;
/// every call gives a new one. <see cref="NodeOptions.Configuration"/> takes <see cref="Build"/>.
/// </summary>
public sealed record TestConfiguration
{
    /// <summary>Rate group of customers that name no other.</summary>
    public const string RetailRates = "retail";

    /// <summary>Rate group of vendors that name no other.</summary>
    public const string WholesaleRates = "wholesale";

    private SwitchConfiguration Whole { get; init; } = new();

    /// <summary>
    /// With both rate groups: a customer pays <paramref name="fee"/> and a vendor gets <paramref name="cost"/> for each begun
    /// period of <paramref name="period"/> seconds, whatever the number.
    /// </summary>
    public static TestConfiguration WithPrices(decimal fee = 0.06m, decimal cost = 0.04m, int period = 60) =>
        new TestConfiguration()
            .RateGroup(RetailRates, new RateConfiguration { AreaName = "World", Fee = fee, Period = period })
            .RateGroup(WholesaleRates, new RateConfiguration { AreaName = "World", Fee = cost, Period = period });

    /// <summary>Adds a price table.</summary>
    public TestConfiguration RateGroup(string name, params ReadOnlySpan<RateConfiguration> rates) =>
        With(Whole with
        {
            RateGroups = Whole.RateGroups.Add(new RateGroupConfiguration { Name = name, Rates = [.. rates] }),
        });

    /// <summary>
    /// Adds a customer: an account <paramref name="name"/> and a mapping gateway of the same name, known by
    /// <paramref name="address"/> (any port when its port is 0).
    /// </summary>
    public TestConfiguration Customer(
        string name,
        IPEndPoint address,
        decimal balance = 1_000m,
        Func<MappingGatewayConfiguration, MappingGatewayConfiguration>? gateway = null,
        Func<AccountConfiguration, AccountConfiguration>? account = null)
    {
        var money = new AccountConfiguration
        {
            Account = name,
            Name = name,
            OpeningBalance = balance,
            FeeRateGroup = RetailRates,
        };
        var trunk = new MappingGatewayConfiguration { Name = name, Account = name, RemoteIps = [Text(address)] };
        return With(Whole with
        {
            Accounts = Whole.Accounts.Add(account?.Invoke(money) ?? money),
            MappingGateways = Whole.MappingGateways.Add(gateway?.Invoke(trunk) ?? trunk),
        });
    }

    /// <summary>
    /// Adds a vendor: a clearing account <paramref name="name"/> and a routing gateway of the same name that takes any number.
    /// </summary>
    public TestConfiguration Vendor(
        string name,
        IPEndPoint address,
        int priority = 0,
        Func<RoutingGatewayConfiguration, RoutingGatewayConfiguration>? gateway = null,
        Func<AccountConfiguration, AccountConfiguration>? account = null)
    {
        var money = new AccountConfiguration
        {
            Account = name,
            Name = name,
            Type = AccountType.Clearing,
            FeeRateGroup = WholesaleRates,
            LimitMoney = 1_000_000m,
        };
        var trunk = new RoutingGatewayConfiguration
        {
            Name = name,
            Priority = priority,
            RemoteIp = address.Address.ToString(),
            SignalPort = address.Port,
            ClearingAccount = name,
        };
        return With(Whole with
        {
            Accounts = Whole.Accounts.Add(account?.Invoke(money) ?? money),
            RoutingGateways = Whole.RoutingGateways.Add(gateway?.Invoke(trunk) ?? trunk),
        });
    }

    /// <summary>Sets a system parameter by its VOS3000 name.</summary>
    public TestConfiguration Parameter(string name, string value) =>
        With(Whole with { SystemParameters = Whole.SystemParameters.SetItem(name, value) });

    /// <summary>Sets a system parameter that is a number.</summary>
    public TestConfiguration Parameter(string name, int value) =>
        Parameter(name, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Any other change.</summary>
    public TestConfiguration Change(Func<SwitchConfiguration, SwitchConfiguration> change) => With(change(Whole));

    /// <summary>The whole.</summary>
    public SwitchConfiguration Build() => Whole;

    private static string Text(IPEndPoint address) => address.Port == 0 ? address.Address.ToString() : address.ToString();

    private TestConfiguration With(SwitchConfiguration whole) => this with { Whole = whole };
}
