using System.Text;
using Tandem.Shared.Configuration;

namespace Tandem.Shared.Tests.Configuration;

public sealed class ConfigurationReaderTests
{
    private const string Example = """
        # Two customers, one vendor.
        accounts:
          - account: 1001
            name: Acme
            openingBalance: 100.50
            feeRateGroup: retail
            validTime: 2030-01-01T00:00:00Z
          - {account: v1, type: clearing, currency: EUR}
        rateGroups:
          - name: retail
            rates:
              - {feePrefix: 44, areaName: UK, fee: 0.01250000, period: 60, sections: [{fee: 0.02, time: 30}]}
              - {feePrefix: "", fee: 1, period: 1, lockType: all}
        mappingGateways:
          - name: acme-in
            account: 1001
            capacity: 10
            remoteIps: [192.0.2.1, "192.0.2.2:5070"]
        routingGateways:
          - name: v1-out
            prefix: ["44", '1']
            prefixStyle: continue
            remoteIp: 198.51.100.7
            signalPort: 5061
            clearingAccount: v1
            switchUntilConnect: true
            stopSwitchSipCodes: [404, 486]
        systemParameters:
          SS_MAX_CPS: 100
          SS_GATEWAY_SWITCH_UNTIL_CONNECT: on
        systemWhiteList: ["112"]
        """;

    [Fact]
    public void Reads_yaml()
    {
        var reading = ConfigurationReader.Read(Encoding.UTF8.GetBytes(Example));

        Assert.Empty(reading.Errors);
        var configuration = reading.Value!;
        Assert.Equal(["1001", "v1"], configuration.Accounts.Select(a => a.Account));
        Assert.Equal(100.50m, configuration.Accounts[0].OpeningBalance);
        Assert.Equal(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero), configuration.Accounts[0].ValidTime);
        Assert.Equal(AccountType.Clearing, configuration.Accounts[1].Type);
        Assert.Equal("44", configuration.RateGroups[0].Rates[0].FeePrefix);
        Assert.Equal(new RateSectionConfiguration { Fee = 0.02m, Time = 30 }, configuration.RateGroups[0].Rates[0].Sections.Single());
        Assert.Equal(LockType.All, configuration.RateGroups[0].Rates[1].LockType);
        Assert.Equal("192.0.2.1 192.0.2.2:5070", string.Join(' ', configuration.MappingGateways[0].RemoteIps));
        var vendor = configuration.RoutingGateways[0];
        Assert.Equal((PrefixStyle.Continue, 5061, true), (vendor.PrefixStyle, vendor.SignalPort, vendor.SwitchUntilConnect));
        Assert.Equal("404 486", string.Join(' ', vendor.StopSwitchSipCodes!.Value));
        Assert.Equal("on", configuration.SystemParameters["SS_GATEWAY_SWITCH_UNTIL_CONNECT"]);
        _ = new ConfigurationSnapshot(1, configuration);
    }

    [Fact]
    public void Json_and_yaml_say_the_same()
    {
        var fromYaml = ConfigurationReader.Read(Encoding.UTF8.GetBytes(Example)).Value!;

        var json = ConfigurationWriter.ToJson(fromYaml, indented: true);

        Assert.True(ConfigurationWriter.AreEqual(fromYaml, ConfigurationReader.Read(json).Value!));
        Assert.Contains("\"fee\": 0.01250000,", Encoding.UTF8.GetString(json), StringComparison.Ordinal);
    }

    // Text → the first error, exactly.
    public static TheoryData<string, string> Wrong => new()
    {
        { "", "configuration: is empty; write at least {} or one key such as accounts" },
        { "# nothing", "configuration: is empty; write at least {} or one key such as accounts" },
        { "[]", "configuration: must be an object (the configuration), not a list (line 1)" },
        { "acounts: []", "acounts: is not a key of the configuration; did you mean \"accounts\"? (line 1)" },
        { "{\"accounts\": [],\n\"accounts\": []}", "accounts: stands twice; keep one (line 2)" },
        { "accounts:\n- account: a\n  account: b", "accounts[0].account: stands twice; keep one (line 3)" },
        { "accounts: x", "accounts: must be a list of accounts, not \"x\" (line 1)" },
        { "{\"accounts\": [{\"account\": 1}]}", "accounts[0].account: must be text; put 1 in quotes (line 1)" },
        { "{\"accounts\": [{\"account\": {}}]}", "accounts[0].account: must be text, not an object (line 1)" },
        {
            "routingGateways:\n- name: v\n  remoteIp: 192.0.2.1\n  capacity: ten",
            "routingGateways[0].capacity: \"ten\" is not a whole number of at most nine digits (line 4)"
        },
        {
            "{\"routingGateways\": [{\"capacity\": \"10\"}]}",
            "routingGateways[0].capacity: must be a whole number without quotes, not \"10\" (line 1)"
        },
        {
            "routingGateways:\n- name: v\n  remoteIp: 192.0.2.1\n  capacity:",
            "routingGateways[0].capacity: has no value; write one, or take the key out for the default (line 4)"
        },
        {
            "accounts: [{account: a, openingBalance: 1e3}]",
            "accounts[0].openingBalance: \"1e3\" is not a decimal number; write it like 0.0125 (line 1)"
        },
        {
            "accounts: [{account: a, openingBalance: 0.00000000000000000000000000001}]",
            "accounts[0].openingBalance: \"0.00000000000000000000000000001\" is not a decimal number; write it like 0.0125 (line 1)"
        },
        { "accounts: [{account: a, type: agent}]", "accounts[0].type: \"agent\" is not one of: ordinary, clearing (line 1)" },
        {
            "accounts: [{account: a, antiOverdraft: on}]",
            "accounts[0].antiOverdraft: must be true or false without quotes, not \"on\" (line 1)"
        },
        {
            "accounts: [{account: a, validTime: 2026-12-31}]",
            "accounts[0].validTime: \"2026-12-31\" is not a moment; write it like 2026-12-31T23:59:59Z (line 1)"
        },
        {
            "accounts: [{account: a, validTime: \"2026-12-31T00:00:00\"}]",
            "accounts[0].validTime: \"2026-12-31T00:00:00\" is not a moment; write it like 2026-12-31T23:59:59Z (line 1)"
        },
        { "systemParameters: [1]", "systemParameters: must be an object of parameter names and values, not a list (line 1)" },
        { "systemParameters: {SS_MAX_CPS: [1]}", "systemParameters.SS_MAX_CPS: must be a number, a word, on or off, not a list (line 1)" },
        { "{\"systemParameters\": {\"SS_MAX_CPS\": true}}", "systemParameters.SS_MAX_CPS: must be a number, a word, on or off, not \"true\" (line 1)" },
        { "a: &x 1", "configuration: has an anchor or alias (& or *); write the values out, or quote the text (line 1)" },
        { "a: *x", "configuration: has an anchor or alias (& or *); write the values out, or quote the text (line 1)" },
        { "a: !!str 1", "configuration: has a tag (!); take it out, or quote the text (line 1)" },
        { "accounts: []\n---\naccounts: []", "configuration: has a second document; keep one (line 2)" },
        { "accounts:\n- account: a\n\tname: b", "configuration: is not YAML: " },
        { "{\"accounts\": [}", "configuration: is not JSON: " },
        { "{\"accounts\": []} x", "configuration: is not JSON: " },
        {
            "routingGateways:\n- {name: a, remoteIp: 192.0.2.1}\n- {name: b, remoteIp: 192.0.2.1}\n- name: c\n  remoteIp: 192.0.2.1\n  prefix:\n  - 44x",
            "routingGateways[2].prefix[0]: \"44x\" is not a prefix; use digits, * # + (line 7)"
        },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Names_the_path_and_the_fix(string text, string expected)
    {
        var reading = ConfigurationReader.Read(Encoding.UTF8.GetBytes(text));

        Assert.Null(reading.Value);
        var first = reading.Errors[0].ToString();
        if (expected.EndsWith(": ", StringComparison.Ordinal)) Assert.StartsWith(expected, first, StringComparison.Ordinal);
        else Assert.Equal(expected, first);
    }

    [Fact]
    public void Reports_all_errors_of_a_text_at_once()
    {
        var reading = ConfigurationReader.Read("accounts: [{acount: a, type: x}]\nrateGroups: 1"u8.ToArray());

        Assert.Equal(["accounts[0].acount", "accounts[0].type", "rateGroups"], reading.Errors.Select(e => e.Path));
    }

    [Fact]
    public void Stops_at_the_cap_of_errors()
    {
        var text = "accounts:\n" + string.Concat(Enumerable.Repeat("- {type: x}\n", 1000));

        Assert.Equal(ConfigurationLimits.Errors, ConfigurationReader.Read(Encoding.UTF8.GetBytes(text)).Errors.Length);
    }

    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    public void Deep_nesting_is_an_error_and_not_a_crash(char open)
    {
        var text = open == '[' ? new string('[', 100_000) : string.Concat(Enumerable.Repeat("{a: ", 10_000));

        Assert.NotEmpty(ConfigurationReader.Read(Encoding.UTF8.GetBytes(text), ConfigurationFormat.Json).Errors);
        Assert.NotEmpty(ConfigurationReader.Read(Encoding.UTF8.GetBytes(text), ConfigurationFormat.Yaml).Errors);
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_an_error()
    {
        Assert.Equal(
            "configuration: is not UTF-8; save the file as UTF-8",
            ConfigurationReader.Read(new byte[] { (byte)'a', (byte)':', 0xFF, 0xFE }).Errors.Single().ToString());
        Assert.NotEmpty(ConfigurationReader.Read("{\"accounts\": \""u8.ToArray().Append<byte>(0xFF).Concat("\"}"u8.ToArray()).ToArray()).Errors);
    }

    [Fact]
    public void A_file_that_is_not_there_is_an_error()
    {
        var error = ConfigurationReader.ReadFile("/nowhere/tandem.yaml").Errors.Single();

        Assert.Contains("/nowhere/tandem.yaml cannot be read", error.Message, StringComparison.Ordinal);
    }
}
