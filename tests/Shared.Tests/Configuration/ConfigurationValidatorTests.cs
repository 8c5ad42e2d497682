using System.Text;
using Tandem.Shared.Configuration;

namespace Tandem.Shared.Tests.Configuration;

public sealed class ConfigurationValidatorTests
{
    private const string Accounts =
        "accounts: [{account: cust, feeRateGroup: g}, {account: vend, type: clearing}]\nrateGroups: [{name: g}]\n";

    // Text → all errors, exactly, without lines.
    public static TheoryData<string, string[]> Rules => new()
    {
        { Accounts, [] },
        { "accounts: [{name: x}]", ["accounts[0].account: is missing; use 1 to 64 letters, digits, dots, dashes and underscores"] },
        { "accounts: [{account: a b}]", ["accounts[0].account: \"a b\" is not a name; use 1 to 64 letters, digits, dots, dashes and underscores"] },
        { "accounts: [{account: a}, {account: a}]", ["accounts[1].account: \"a\" is the name of accounts[0], too; give it another"] },
        { "accounts: [{account: a, currency: usd}]", ["accounts[0].currency: \"usd\" is not a currency; use three capital letters such as USD"] },
        {
            "accounts: [{account: a, openingBalance: 0.0000001}]",
            ["accounts[0].openingBalance: 0.0000001 is not allowed; use -1000000000000 to 1000000000000 with at most 6 decimals"]
        },
        {
            "accounts: [{account: a, limitMoney: -1}]",
            ["accounts[0].limitMoney: -1 is not allowed; use 0 to 1000000000000 with at most 6 decimals"]
        },
        {
            "accounts: [{account: a, feeRateGroup: retial}]\nrateGroups: [{name: retail}]",
            ["accounts[0].feeRateGroup: there is no rate group \"retial\"; did you mean \"retail\"?"]
        },
        { "accounts: [{account: a, memo: \"a\\u0000b\"}]", ["accounts[0].memo: has a control character; take it out"] },
        { "rateGroups: [{name: g}, {name: g}]", ["rateGroups[1].name: \"g\" is the name of rateGroups[0], too; give it another"] },
        { "rateGroups: [{name: g, rates: [{feePrefix: 4a}]}]", ["rateGroups[0].rates[0].feePrefix: \"4a\" is not a prefix; use digits, * # +"] },
        {
            "rateGroups: [{name: g, rates: [{feePrefix: 44}, {feePrefix: 44}]}]",
            ["rateGroups[0].rates[1].feePrefix: \"44\" stands in rates[0], too; keep one"]
        },
        {
            "rateGroups: [{name: g, rates: [{feePrefix: 123456789012345678901234567890123}]}]",
            ["rateGroups[0].rates[0].feePrefix: \"123456789012345678901234567890123\" is too long; use at most 32 digits"]
        },
        {
            "rateGroups: [{name: g, rates: [{fee: 0.000000001}]}]",
            ["rateGroups[0].rates[0].fee: 0.000000001 is not allowed; use 0 to 1000000 with at most 8 decimals"]
        },
        { "rateGroups: [{name: g, rates: [{fee: -1}]}]", ["rateGroups[0].rates[0].fee: -1 is not allowed; use 0 to 1000000 with at most 8 decimals"] },
        { "rateGroups: [{name: g, rates: [{fee: 0.010000000}]}]", [] },
        { "rateGroups: [{name: g, rates: [{period: 0}]}]", ["rateGroups[0].rates[0].period: 0 is not allowed; use 1 to 2592000 s"] },
        {
            "rateGroups: [{name: g, rates: [{type: 3}]}]",
            ["rateGroups[0].rates[0].type: 3 is not allowed; use 1 (net), 2 (local), 4 (domestic) or 5 (international)"]
        },
        {
            "rateGroups: [{name: g, rates: [{sections: [{fee: -1, time: 0}]}]}]",
            [
                "rateGroups[0].rates[0].sections[0].fee: -1 is not allowed; use 0 to 1000000 with at most 8 decimals",
                "rateGroups[0].rates[0].sections[0].time: 0 is not allowed; use 1 to 2592000 s",
            ]
        },
        { Accounts + "mappingGateways: [{name: m}]", ["mappingGateways[0].account: is missing; name the account that pays for the calls"] },
        {
            Accounts + "mappingGateways: [{name: m, account: cusd}]",
            ["mappingGateways[0].account: there is no account \"cusd\"; did you mean \"cust\"?"]
        },
        {
            Accounts + "mappingGateways: [{name: m, account: vend}]",
            ["mappingGateways[0].account: \"vend\" is a clearing account; name an account of type ordinary"]
        },
        { Accounts + "mappingGateways: [{name: m, account: cust, capacity: -1}]", ["mappingGateways[0].capacity: -1 is not allowed; use 0 to 10000000 lines"] },
        { Accounts + "mappingGateways: [{name: m, account: cust, maxCallRate: -1}]", ["mappingGateways[0].maxCallRate: -1 is not allowed; use 0 to 10000000 calls/s"] },
        { Accounts + "mappingGateways: [{name: m, account: cust, callLevel: 9}]", ["mappingGateways[0].callLevel: 9 is not allowed; use 1 (net), 2 (local), 4 (domestic) or 5 (international)"] },
        { Accounts + "mappingGateways: [{name: m, account: cust, maxCallDuration: -1}]", ["mappingGateways[0].maxCallDuration: -1 is not allowed; use 0 to 2592000 s"] },
        {
            Accounts + "mappingGateways: [{name: m, account: cust, remoteIps: [sip.example.com, 10.1, 010.0.0.1, 192.0.2.1:0, 192.0.2.1:70000, 0.0.0.0, 224.0.0.1]}]",
            [.. new[] { "sip.example.com", "10.1", "010.0.0.1", "192.0.2.1:0", "192.0.2.1:70000", "0.0.0.0", "224.0.0.1" }.Select((a, i) =>
                $"mappingGateways[0].remoteIps[{i}]: \"{a}\" is not an address; use IP or IP:port, such as 192.0.2.10 or 192.0.2.10:5060")]
        },
        { Accounts + "mappingGateways: [{name: m, account: cust, remoteIps: [192.0.2.1, '192.0.2.1:5060', '2001:db8::1', '[2001:db8::1]:5060']}]", [] },
        {
            Accounts + "mappingGateways: [{name: m, account: cust, remoteIps: [192.0.2.1, 192.0.2.1]}]",
            ["mappingGateways[0].remoteIps[1]: \"192.0.2.1\" stands twice; keep one"]
        },
        {
            Accounts + "mappingGateways: [{name: m, account: cust, remoteIps: [192.0.2.1]}, {name: n, account: cust, remoteIps: ['::ffff:192.0.2.1']}]",
            ["mappingGateways[1].remoteIps[0]: \"::ffff:192.0.2.1\" belongs to mapping gateway \"m\", too, with the same priority 0; give one of them another priority (the smaller wins)"]
        },
        { Accounts + "mappingGateways: [{name: m, account: cust, remoteIps: [192.0.2.1]}, {name: n, account: cust, priority: 1, remoteIps: [192.0.2.1]}]", [] },
        { Accounts + "mappingGateways: [{name: same, account: cust}]\nroutingGateways: [{name: same, remoteIp: 192.0.2.1}]", [] },
        { "routingGateways: [{name: v}]", ["routingGateways[0].remoteIp: is missing; give the address or host name of the vendor, such as 198.51.100.7"] },
        {
            "routingGateways: [{name: v, remoteIp: '192.0.2.1:5060'}]",
            ["routingGateways[0].remoteIp: \"192.0.2.1:5060\" is neither an IP address nor a host name, such as 198.51.100.7 or sip.example.com"]
        },
        { "routingGateways: [{name: v, remoteIp: sip.example.com, signalPort: 0, transport: auto, outboundProxy: 'p.example.com:5070;transport=tcp'}]", [] },
        { "routingGateways: [{name: v, remoteIp: 192.0.2.1, signalPort: 65536}]", ["routingGateways[0].signalPort: 65536 is not allowed; use 0 to 65535"] },
        { "routingGateways: [{name: v, registerType: registration}]", ["routingGateways[0].registration: is missing; name the registration that the gateway uses"] },
        {
            "registrations: [{name: r, username: u, serverIp: sip.example.com}]\nroutingGateways: [{name: v, registerType: registration, registration: q}]",
            ["routingGateways[0].registration: there is no registration \"q\"; did you mean \"r\"?"]
        },
        { "routingGateways: [{name: v, registerType: dynamic}]", ["routingGateways[0].password: is missing; a gateway that registers needs one"] },
        {
            "routingGateways: [{name: v, remoteIp: 192.0.2.1, sipInviteHeaders: ['X-A: 1', 'Via: x', 'no colon', 'X-B: a\\u000d\\u000ab']}]".Replace("'X-B: a\\u000d\\u000ab'", "\"X-B: a\\r\\nb\"", StringComparison.Ordinal),
            [
                "routingGateways[0].sipInviteHeaders[1]: \"Via\" is written by the switch itself; take it out",
                "routingGateways[0].sipInviteHeaders[2]: \"no colon\" is not a header; write it like \"X-Trunk: 7\"",
                "routingGateways[0].sipInviteHeaders[3]: has a control character; take it out",
            ]
        },
        {
            Accounts + "mappingGateways: [{name: m, account: cust, callFailedSipCode: ['486:603', '0:503', '486:404', '200:503', x]}]",
            [
                "mappingGateways[0].callFailedSipCode[2]: 486 stands twice; keep one",
                "mappingGateways[0].callFailedSipCode[3]: \"200:503\" is not orig:target with a SIP failure (300 to 699) or 0 on each side",
                "mappingGateways[0].callFailedSipCode[4]: \"x\" is not orig:target with a SIP failure (300 to 699) or 0 on each side",
            ]
        },
        { Accounts + "mappingGateways: [{name: m, account: cust, registerType: dynamic}]", ["mappingGateways[0].password: is missing; a gateway that authenticates by digest needs one"] },
        {
            Accounts + "phones: [{e164: 1001, account: cust, password: s3, dids: [441]}, {e164: 1002, account: vend, dids: [441, 1001]}]",
            [
                "phones[1].account: \"vend\" is a clearing account; name an account of type ordinary",
                "phones[1].password: is missing; a phone registers by digest",
                "phones[1].dids[0]: \"441\" rings phone \"1001\", too; keep one",
                "phones[1].dids[1]: \"1001\" rings phone \"1001\", too; keep one",
            ]
        },
        {
            Accounts + "phones: [{e164: 1001, account: cust, password: s3}]\nmappingGateways: [{name: m, account: cust, registerType: dynamic, password: x, sipAuthenticationUser: '1001'}]",
            ["mappingGateways[0].sipAuthenticationUser: \"1001\" is the user of phone \"1001\", too; give it another"]
        },
        { "routingGateways: [{name: v, remoteIp: 192.0.2.1, prefix: [1, 1]}]", ["routingGateways[0].prefix[1]: \"1\" stands twice; keep one"] },
        {
            "routingGateways: [{name: v, remoteIp: 192.0.2.1, timeoutInvite: 181, timeoutRinging: 600}]",
            ["routingGateways[0].timeoutInvite: 181 is not allowed; use 1 to 180 s, or 0 for SS_SIP_TIMEOUT_INVITE"]
        },
        {
            Accounts + "routingGateways: [{name: v, remoteIp: 192.0.2.1, clearingAccount: cust}]",
            ["routingGateways[0].clearingAccount: \"cust\" is a customer's account; name an account of type clearing"]
        },
        {
            Accounts + "routingGateways: [{name: v, remoteIp: 192.0.2.1, clearingAccount: vend, feerateRestrict: true}]",
            ["routingGateways[0].feerateRestrict: needs a clearingAccount that has a feeRateGroup, otherwise no call would ever use this gateway"]
        },
        {
            "routingGateways: [{name: v, remoteIp: 192.0.2.1, stopSwitchSipCodes: [299, 700, 404, 404]}]",
            [
                "routingGateways[0].stopSwitchSipCodes[0]: 299 is not a SIP failure; use codes from 300 to 699",
                "routingGateways[0].stopSwitchSipCodes[1]: 700 is not a SIP failure; use codes from 300 to 699",
                "routingGateways[0].stopSwitchSipCodes[3]: 404 stands twice; keep one",
            ]
        },
        { "systemParameters: {SS_MAX_CSP: 1}", ["systemParameters.SS_MAX_CSP: there is no such parameter; did you mean \"SS_MAX_CPS\"?"] },
        { "systemParameters: {SS_MAX_CPS: -1}", ["systemParameters.SS_MAX_CPS: \"-1\" is not allowed; use a whole number from 0 to 1000000 calls/s"] },
        { "systemParameters: {SERVER_BILLING_FEE_PRECISTION: 2}", [] },
        {
            "systemParameters: {SERVER_BILLING_FEE_PRECISTION: 2, SERVER_BILLING_FEE_PRECISION: 3}",
            ["systemParameters.SERVER_BILLING_FEE_PRECISTION: is another spelling of SERVER_BILLING_FEE_PRECISION, which is given, too; keep one"]
        },
        { "systemWhiteList: [112, '', 112, abc]", [
            "systemWhiteList[1]: \"\" is not a number; use digits, * # + (at most 32)",
            "systemWhiteList[2]: \"112\" stands twice; keep one",
            "systemWhiteList[3]: \"abc\" is not a number; use digits, * # + (at most 32)",
        ] },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void Each_rule_names_the_path_and_the_fix(string text, string[] expected)
    {
        var reading = ConfigurationReader.Read(Encoding.UTF8.GetBytes(text));

        Assert.Equal(expected, reading.Errors.Select(e => (e with { Line = 0 }).ToString()));
        if (expected.Length == 0) _ = new ConfigurationSnapshot(1, reading.Value!);
    }

    [Fact]
    public void Stops_at_the_cap_of_errors()
    {
        var configuration = new SwitchConfiguration
        {
            MappingGateways = [.. Enumerable.Range(0, 5000).Select(_ => new MappingGatewayConfiguration())],
        };

        Assert.Equal(ConfigurationLimits.Errors, ConfigurationValidator.Validate(configuration).Length);
    }

    [Fact]
    public void More_gateways_than_the_cap_are_refused()
    {
        var configuration = new SwitchConfiguration
        {
            RoutingGateways = [.. Enumerable.Range(0, ConfigurationLimits.Gateways + 1)
                .Select(i => new RoutingGatewayConfiguration { Name = "g" + i, RemoteIp = "192.0.2.1" })],
        };

        Assert.Equal(
            "routingGateways: there are 100001 routing gateways; at most 100000 are allowed",
            ConfigurationValidator.Validate(configuration).Single().ToString());
    }
}
