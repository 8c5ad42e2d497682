using System.Collections.Immutable;
using Tandem.Shared;
using Tandem.Shared.Accounts;
using Tandem.Shared.Configuration;

namespace Tandem.Billing.Tests.Accounts;

/// <summary>A small configuration and commands for it.</summary>
internal static class Scene
{
    public const string Node = "akka.tcp://tandem@127.0.0.1:4053";

    public static readonly Currency Usd = new("USD");
    public static readonly AccountId Alice = new("alice");
    public static readonly AccountId Vendor = new("vendor");
    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// 49 costs 0.01 a second in steps of 60; 491 is locked; 1 is domestic at 0.6 a minute by the second after 30 s.
    /// </summary>
    public static readonly RateGroupConfiguration Rates = new()
    {
        Name = "retail",
        Rates =
        [
            new RateConfiguration { FeePrefix = "49", AreaName = "Germany", Fee = 0.6m, Period = 60 },
            new RateConfiguration { FeePrefix = "491", Fee = 1m, Period = 60, LockType = LockType.All },
            new RateConfiguration
            {
                FeePrefix = "1", Type = 4, Fee = 0.01m, Period = 1,
                Sections = [new RateSectionConfiguration { Fee = 0.3m, Time = 30 }],
            },
            new RateConfiguration { FeePrefix = "800", Fee = 0m, Period = 60 },
        ],
    };

    public static ConfigurationSnapshot Configuration(
        Func<AccountConfiguration, AccountConfiguration>? change = null,
        params (string Name, string Value)[] parameters)
    {
        var alice = new AccountConfiguration { Account = Alice.Value, FeeRateGroup = "retail" };
        return new ConfigurationSnapshot(1, new SwitchConfiguration
        {
            Accounts =
            [
                change is null ? alice : change(alice),
                new AccountConfiguration { Account = Vendor.Value, Type = AccountType.Clearing, FeeRateGroup = "retail" },
            ],
            RateGroups = [Rates],
            SystemParameters = parameters.ToImmutableSortedDictionary(p => p.Name, p => p.Value),
        });
    }

    public static CallId Call(int number) => new(1, (byte)(number % 16), (ulong)number);

    public static AccountCommands.Authorise Authorise(int call, string number = "4930", int level = 0) =>
        new(Alice, Call(call), Node, number, level, Now.AddSeconds(5));

    public static AccountCommands.Charge Charge(
        int call,
        RateQuote quote,
        double seconds,
        ChargeKind kind = ChargeKind.Customer) => new(
        kind == ChargeKind.Customer ? Alice : Vendor,
        Call(call),
        kind,
        quote,
        TimeSpan.FromMilliseconds((long)(seconds * 1000)),
        "4930",
        Now);

    public static AccountCommands.Post Pay(decimal amount, string key) =>
        new(Alice, key, PostingKind.Payment, new Money(amount, Usd), "", "test");

    public static RateQuote Quote(string prefix = "49")
    {
        var rate = Rates.Rates.Single(r => r.FeePrefix == prefix);
        return new RateTable(Rates).Quote(rate, Usd);
    }

    public static Money Dollars(decimal amount) => new(amount, Usd);
}
