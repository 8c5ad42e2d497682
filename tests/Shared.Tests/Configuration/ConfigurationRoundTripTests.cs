using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using CsCheck;
using Tandem.Shared.Configuration;

namespace Tandem.Shared.Tests.Configuration;

public sealed class ConfigurationRoundTripTests
{
    private static readonly Gen<string> Name =
        Gen.OneOf("a", "on", "null", "007", "1.5", "true", "x-y_z.9", "~");

    private static readonly Gen<string> Words = Gen.OneOf(
        Gen.String[Gen.Char[' ', '~'], 0, 20],
        Gen.String[Gen.OneOf('"', '\\', '\n', '\t', ':', '#', ' ', '-', '{', 'é', '漢', '&', '*', '!', '\''), 0, 12]);

    private static readonly Gen<string> Number = Gen.String[Gen.OneOf('0', '1', '4', '9', '*', '#', '+'), 0, 6];

    private static readonly Gen<decimal> Fee =
        Gen.Select(Gen.Long[0, 99_999_999_999], Gen.Int[0, 8], (n, scale) => new decimal(
            (int)(n & 0xFFFF_FFFF), (int)(n >> 32), 0, false, (byte)scale));

    private static readonly Gen<RateConfiguration> Rate =
        from prefix in Number
        from area in Words
        from fee in Fee
        from period in Gen.Int[1, 100]
        from sections in Gen.Select(Fee, Gen.Int[1, 60], (f, t) => new RateSectionConfiguration { Fee = f, Time = t }).Array[0, 3]
        from missing in Gen.Bool
        from locked in Gen.Enum<LockType>()
        select new RateConfiguration
        {
            FeePrefix = prefix,
            AreaName = area,
            Fee = fee,
            Period = period,
            Sections = missing ? default : [.. sections],
            LockType = locked,
        };

    private static readonly Gen<SwitchConfiguration> Whole =
        from name in Name
        from memo in Words
        from money in Fee
        from valid in Gen.DateTime[new DateTime(2000, 1, 1), new DateTime(2100, 1, 1)]
        from offset in Gen.Int[-14, 14]
        from flags in Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool)
        from numbers in Number.Array[0, 4]
        from codes in Gen.Int[300, 699].Array[0, 4]
        from rates in Rate.Array[0, 4]
        select new SwitchConfiguration
        {
            Accounts =
            [
                new AccountConfiguration
                {
                    Account = name,
                    Memo = memo,
                    OpeningBalance = flags.Item1 ? money : -money,
                    AntiOverdraft = flags.Item2,
                    Type = flags.Item3 ? AccountType.Clearing : AccountType.Ordinary,
                    ValidTime = flags.Item1
                        ? new DateTimeOffset(DateTime.SpecifyKind(valid, DateTimeKind.Unspecified), TimeSpan.FromHours(offset))
                        : null,
                },
            ],
            RateGroups = [new RateGroupConfiguration { Name = name, Rates = [.. rates] }],
            MappingGateways = flags.Item2 ? default : [new MappingGatewayConfiguration { Name = name, RemoteIps = [.. numbers] }],
            RoutingGateways =
            [
                new RoutingGatewayConfiguration
                {
                    Name = memo,
                    Prefix = [.. numbers],
                    SwitchUntilConnect = flags.Item1 ? null : flags.Item2,
                    StopSwitchSipCodes = flags.Item3 ? null : [.. codes],
                },
            ],
            Phones = [new PhoneConfiguration { E164 = name, Dids = [.. numbers], Sip100Rel = flags.Item1, Password = memo }],
            Registrations = [new RegistrationConfiguration { Name = name, Transport = flags.Item1 ? RoutingTransport.Tls : default }],
            SystemParameters = ImmutableSortedDictionary<string, string>.Empty.Add("SS_MAX_CPS", memo),
            SystemWhiteList = [.. numbers],
        };

    // What is written reads back as the same configuration, in both languages, and its JSON is the same bytes.
    [Fact]
    public void What_is_written_reads_back() => Whole.Sample(
        configuration =>
        {
            var json = ConfigurationWriter.ToJson(configuration);
            var yaml = ConfigurationWriter.ToYaml(configuration);
            foreach (var text in new[] { json, Encoding.UTF8.GetBytes(yaml) })
            {
                var back = Reread(text);
                Assert.True(ConfigurationWriter.AreEqual(configuration, back), yaml);
                Assert.Equal(json, ConfigurationWriter.ToJson(back));
            }
        },
        iter: 500);

    // Reflection is the reference: each property of each record is a key of its object, in camelCase.
    [Fact]
    public void Every_property_has_a_key()
    {
        AssertKeys<SwitchConfiguration>(ConfigurationSchema.Whole.Names);
        AssertKeys<AccountConfiguration>(ConfigurationSchema.Account.Names);
        AssertKeys<RateGroupConfiguration>(ConfigurationSchema.RateGroup.Names);
        AssertKeys<RateConfiguration>(ConfigurationSchema.Rate.Names);
        AssertKeys<RateSectionConfiguration>(ConfigurationSchema.RateSection.Names);
        AssertKeys<MappingGatewayConfiguration>(ConfigurationSchema.MappingGateway.Names);
        AssertKeys<RoutingGatewayConfiguration>(ConfigurationSchema.RoutingGateway.Names);
        AssertKeys<PhoneConfiguration>(ConfigurationSchema.Phone.Names);
        AssertKeys<RegistrationConfiguration>(ConfigurationSchema.Registration.Names);
    }

    private static SwitchConfiguration Reread(byte[] text)
    {
        // Past the validator: the property is about the languages, also for values that no validator would pass.
        var errors = new ConfigurationErrors();
        var source = ConfigurationSource.Parse(text, null, errors);
        Assert.NotNull(source);
        Assert.True(
            ConfigurationSchema.Whole.TryRead(source.Root, ConfigurationPath.Root, new ReadContext(source, errors), out var back),
            string.Join('\n', errors.ToImmutable()));
        return back;
    }

    private static void AssertKeys<T>(IEnumerable<string> names) => Assert.Equal(
        typeof(T).GetProperties().Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name)).Order(StringComparer.Ordinal),
        names.Order(StringComparer.Ordinal));
}
