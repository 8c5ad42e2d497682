using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Limits = Tandem.Shared.Configuration.ConfigurationLimits;

namespace Tandem.Shared.Configuration;

/// <summary>
/// Judges a configuration as a whole (invariant I9): names, references, addresses, prefixes, numbers, parameters. A
/// pure function; what it accepts, <see cref="ConfigurationSnapshot"/> compiles without failing.
/// </summary>
public static partial class ConfigurationValidator
{
    /// <summary>All that is wrong, at most <see cref="ConfigurationLimits.Errors"/>; empty when all is well.</summary>
    public static ImmutableArray<ConfigurationError> Validate(SwitchConfiguration configuration)
    {
        var check = new Check(configuration);
        check.Whole();
        return check.Errors;
    }

    /// <summary>True for 1 to 64 letters, digits, dots, underscores and dashes.</summary>
    public static bool IsName(string text) => text.Length is > 0 and <= Limits.NameLength
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private sealed partial class Check(SwitchConfiguration configuration)
    {
        private const string NameRule = "use 1 to 64 letters, digits, dots, dashes and underscores";

        private static readonly decimal MaxFee = 1_000_000m;

        private readonly ConfigurationErrors _errors = new();
        private readonly Dictionary<string, AccountConfiguration> _accounts = new(StringComparer.Ordinal);
        private readonly HashSet<string> _rateGroups = new(StringComparer.Ordinal);
        private readonly HashSet<string> _registrations = new(StringComparer.Ordinal);

        public ImmutableArray<ConfigurationError> Errors => _errors.ToImmutable();

        public void Whole()
        {
            var root = ConfigurationPath.Root;
            Size(configuration.Accounts.Length, Limits.Accounts, root["accounts"], "accounts");
            Size(configuration.RateGroups.Length, Limits.RateGroups, root["rateGroups"], "rate groups");
            Size(
                configuration.RateGroups.Sum(g => (long)g.Rates.Length),
                Limits.Rates,
                root["rateGroups"],
                "rates in all");
            Size(configuration.MappingGateways.Length, Limits.Gateways, root["mappingGateways"], "mapping gateways");
            Size(configuration.RoutingGateways.Length, Limits.Gateways, root["routingGateways"], "routing gateways");
            Size(configuration.Phones.Length, Limits.Phones, root["phones"], "phones");
            Size(configuration.Registrations.Length, Limits.Registrations, root["registrations"], "registrations");
            Size(configuration.SystemWhiteList.Length, Limits.WhiteList, root["systemWhiteList"], "numbers");

            // References are checked against these, so they come first.
            foreach (var group in configuration.RateGroups) _rateGroups.Add(group.Name);
            foreach (var account in configuration.Accounts) _accounts.TryAdd(account.Account, account);
            foreach (var registration in configuration.Registrations) _registrations.Add(registration.Name);

            Each(configuration.Accounts, root["accounts"], a => a.Account, "account", Account);
            Each(configuration.RateGroups, root["rateGroups"], g => g.Name, "name", RateGroup);
            Each(configuration.MappingGateways, root["mappingGateways"], g => g.Name, "name", MappingGateway);
            Addresses(root["mappingGateways"]);
            Each(configuration.Registrations, root["registrations"], r => r.Name, "name", Registration);
            Each(configuration.Phones, root["phones"], p => p.E164, "e164", Phone);
            PhoneNumbers(root["phones"]);
            Users(root);
            Each(configuration.RoutingGateways, root["routingGateways"], g => g.Name, "name", RoutingGateway);
            Parameters(root["systemParameters"]);
            WhiteList(root["systemWhiteList"]);
        }

        private void Account(AccountConfiguration account, ConfigurationPath path)
        {
            Text(account.Name, path["name"]);
            Text(account.Memo, path["memo"]);
            if (account.Currency.Length != 3 || !account.Currency.All(char.IsAsciiLetterUpper))
                Add(
                    path["currency"],
                    $"{Quote(account.Currency)} is not a currency; use three capital letters such as USD");
            Amount(account.OpeningBalance, -Limits.Money, Limits.Money, Limits.MoneyDecimals, path["openingBalance"]);
            Amount(account.LimitMoney, 0, Limits.Money, Limits.MoneyDecimals, path["limitMoney"]);
            if (account.FeeRateGroup.Length > 0 && !_rateGroups.Contains(account.FeeRateGroup))
                Add(
                    path["feeRateGroup"],
                    $"there is no rate group {Quote(account.FeeRateGroup)}; {Near(account.FeeRateGroup, _rateGroups)}");
        }

        private void RateGroup(RateGroupConfiguration group, ConfigurationPath path)
        {
            Text(group.Memo, path["memo"]);
            var seen = new Dictionary<string, int>(group.Rates.Length, StringComparer.Ordinal);
            for (var i = 0; i < group.Rates.Length && !_errors.IsFull; i++)
            {
                var rate = group.Rates[i];
                if (!IsNumber(rate.FeePrefix)) Add(path["rates"][i]["feePrefix"], NotPrefix(rate.FeePrefix));
                else if (!seen.TryAdd(rate.FeePrefix, i))
                    Add(
                        path["rates"][i]["feePrefix"],
                        $"{Quote(rate.FeePrefix)} stands in rates[{seen[rate.FeePrefix]}], too; keep one");
                if (rate.AreaName.Length > 0) Text(rate.AreaName, path["rates"][i]["areaName"]);
                if (rate.Type is not (1 or 2 or 4 or 5)) Add(path["rates"][i]["type"], NotLevel(rate.Type));
                if (!IsAmount(rate.Fee, 0, MaxFee, Limits.FeeDecimals))
                    Amount(rate.Fee, 0, MaxFee, Limits.FeeDecimals, path["rates"][i]["fee"]);
                if (rate.Period is < 1 or > Limits.Seconds)
                    Range(rate.Period, 1, Limits.Seconds, path["rates"][i]["period"], "s");
                if (rate.Sections.IsDefaultOrEmpty) continue;
                Size(rate.Sections.Length, Limits.Sections, path["rates"][i]["sections"], "sections");
                for (var s = 0; s < rate.Sections.Length; s++)
                {
                    var section = path["rates"][i]["sections"][s];
                    Amount(rate.Sections[s].Fee, 0, MaxFee, Limits.FeeDecimals, section["fee"]);
                    Range(rate.Sections[s].Time, 1, Limits.Seconds, section["time"], "s");
                }
            }
        }

        private void MappingGateway(MappingGatewayConfiguration gateway, ConfigurationPath path)
        {
            Text(gateway.Memo, path["memo"]);
            PayingAccount(gateway.Account, AccountType.Ordinary, path["account"]);
            if (gateway.CallLevel is not (1 or 2 or 4 or 5)) Add(path["callLevel"], NotLevel(gateway.CallLevel));
            Range(gateway.Capacity, 0, Limits.Count, path["capacity"], "lines");
            Range(gateway.Priority, 0, Limits.Count, path["priority"], "");
            Range(gateway.MaxCallRate, 0, Limits.Count, path["maxCallRate"], "calls/s");
            Range(gateway.MaxCallDuration, 0, Limits.Seconds, path["maxCallDuration"], "s");
            Size(gateway.RemoteIps.Length, Limits.AddressesPerGateway, path["remoteIps"], "addresses");
            MappingSip(gateway, path);
        }

        private void Addresses(ConfigurationPath path)
        {
            var owners = new Dictionary<(SourceKey Key, int Priority), int>();
            for (var i = 0; i < configuration.MappingGateways.Length && !_errors.IsFull; i++)
            {
                var gateway = configuration.MappingGateways[i];
                for (var j = 0; j < gateway.RemoteIps.Length; j++)
                {
                    var text = gateway.RemoteIps[j];
                    var place = path[i]["remoteIps"][j];
                    if (ConfigurationSnapshot.ParseSource(text) is not { } key || !IsAddress(text))
                    {
                        Add(
                            place,
                            $"{Quote(text)} is not an address; use IP or IP:port, such as 192.0.2.10 or 192.0.2.10:5060");
                    }
                    else if (!owners.TryAdd((key, gateway.Priority), i))
                    {
                        var other = owners[(key, gateway.Priority)];
                        Add(place, other == i
                            ? $"{Quote(text)} stands twice; keep one"
                            : $"{Quote(text)} belongs to mapping gateway {Quote(configuration.MappingGateways[other].Name)}, too, "
                                + $"with the same priority {gateway.Priority}; give one of them another priority (the smaller wins)");
                    }
                }
            }
        }

        private void RoutingGateway(RoutingGatewayConfiguration gateway, ConfigurationPath path)
        {
            Text(gateway.Memo, path["memo"]);
            Size(gateway.Prefix.Length, Limits.PrefixesPerGateway, path["prefix"], "prefixes");
            var prefixes = new HashSet<string>(StringComparer.Ordinal);
            for (var i = 0; i < gateway.Prefix.Length; i++)
            {
                if (!IsNumber(gateway.Prefix[i])) Add(path["prefix"][i], NotPrefix(gateway.Prefix[i]));
                else if (!prefixes.Add(gateway.Prefix[i]))
                    Add(path["prefix"][i], $"{Quote(gateway.Prefix[i])} stands twice; keep one");
            }

            RoutingSip(gateway, path);
            Range(gateway.Capacity, 0, Limits.Count, path["capacity"], "lines");
            Range(gateway.Priority, 0, Limits.Count, path["priority"], "");
            Range(gateway.MaxCallRate, 0, Limits.Count, path["maxCallRate"], "calls/s");
            Timeout(gateway.TimeoutInvite, "SS_SIP_TIMEOUT_INVITE", path["timeoutInvite"]);
            Timeout(gateway.TimeoutTrying, "SS_SIP_TIMEOUT_TRYING", path["timeoutTrying"]);
            Timeout(gateway.TimeoutSessionProgress, "SS_SIP_TIMEOUT_SESSION_PROGRESS", path["timeoutSessionProgress"]);
            Timeout(
                gateway.TimeoutSessionProgressSdp,
                "SS_SIP_TIMEOUT_SESSION_PROGRESS_SDP",
                path["timeoutSessionProgressSdp"]);
            Timeout(gateway.TimeoutRinging, "SS_SIP_TIMEOUT_RINGING", path["timeoutRinging"]);
            if (gateway.ClearingAccount.Length > 0)
                PayingAccount(gateway.ClearingAccount, AccountType.Clearing, path["clearingAccount"]);
            if (gateway.FeerateRestrict
                && (!_accounts.TryGetValue(gateway.ClearingAccount, out var vendor) || vendor.FeeRateGroup.Length == 0))
                Add(
                    path["feerateRestrict"],
                    "needs a clearingAccount that has a feeRateGroup, otherwise no call would ever use this gateway");
            StopCodes(gateway.StopSwitchSipCodes ?? [], path["stopSwitchSipCodes"]);
        }

        private void StopCodes(ImmutableArray<int> codes, ConfigurationPath path)
        {
            var seen = new HashSet<int>();
            for (var i = 0; i < (codes.IsDefault ? 0 : codes.Length) && !_errors.IsFull; i++)
            {
                if (codes[i] is < 300 or > 699)
                    Add(path[i], $"{codes[i]} is not a SIP failure; use codes from 300 to 699");
                else if (!seen.Add(codes[i])) Add(path[i], $"{codes[i]} stands twice; keep one");
            }
        }

        private void Parameters(ConfigurationPath path)
        {
            foreach (var (name, value) in configuration.SystemParameters)
            {
                var known = SystemParameters.Aliases.GetValueOrDefault(name, name);
                if (!SystemParameters.Definitions.TryGetValue(known, out var definition))
                    Add(path[name], $"there is no such parameter; {Near(name, SystemParameters.Definitions.Keys)}");
                else if (known != name && configuration.SystemParameters.ContainsKey(known))
                    Add(path[name], $"is another spelling of {known}, which is given, too; keep one");
                else if (definition.Check(value) is { } allowed)
                    Add(path[name], $"{Quote(value)} is not allowed; use {allowed}");
            }
        }

        private void WhiteList(ConfigurationPath path)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            for (var i = 0; i < configuration.SystemWhiteList.Length && !_errors.IsFull; i++)
            {
                var number = configuration.SystemWhiteList[i];
                if (number.Length == 0 || !IsNumber(number))
                    Add(path[i], $"{Quote(number)} is not a number; use digits, * # + (at most {Limits.NumberLength})");
                else if (!seen.Add(number)) Add(path[i], $"{Quote(number)} stands twice; keep one");
            }
        }

        private void PayingAccount(string name, AccountType type, ConfigurationPath path)
        {
            if (name.Length == 0) Add(path, "is missing; name the account that pays for the calls");
            else if (!_accounts.TryGetValue(name, out var account))
                Add(path, $"there is no account {Quote(name)}; {Near(name, _accounts.Keys)}");
            else if (account.Type != type)
            {
                Add(path, type == AccountType.Ordinary
                    ? $"{Quote(name)} is a clearing account; name an account of type ordinary"
                    : $"{Quote(name)} is a customer's account; name an account of type clearing");
            }
        }

        private void Timeout(int seconds, string parameter, ConfigurationPath path)
        {
            var maximum = (int)SystemParameters.Definitions[parameter].Maximum;
            if (seconds < 0 || seconds > maximum)
                Add(path, $"{seconds} is not allowed; use 1 to {maximum} s, or 0 for {parameter}");
        }

        private void Each<T>(
            ImmutableArray<T> items,
            ConfigurationPath path,
            Func<T, string> name,
            string key,
            Action<T, ConfigurationPath> check)
        {
            var seen = new Dictionary<string, int>(items.Length, StringComparer.Ordinal);
            for (var i = 0; i < items.Length && !_errors.IsFull; i++)
            {
                var text = name(items[i]);
                if (text.Length == 0) Add(path[i][key], $"is missing; {NameRule}");
                else if (!IsName(text)) Add(path[i][key], $"{Quote(text)} is not a name; {NameRule}");
                else if (!seen.TryAdd(text, i))
                    Add(path[i][key], $"{Quote(text)} is the name of {path}[{seen[text]}], too; give it another");
                check(items[i], path[i]);
            }
        }

        private void Range(int value, int minimum, int maximum, ConfigurationPath path, string unit)
        {
            if (value < minimum || value > maximum)
                Add(path, $"{value} is not allowed; use {minimum} to {maximum}{(unit.Length > 0 ? " " + unit : "")}");
        }

        private void Amount(decimal value, decimal minimum, decimal maximum, int decimals, ConfigurationPath path)
        {
            if (IsAmount(value, minimum, maximum, decimals)) return;
            Add(path, string.Create(
                CultureInfo.InvariantCulture,
                $"{value} is not allowed; use {minimum} to {maximum} with at most {decimals} decimals"));
        }

        private void Text(string text, ConfigurationPath path)
        {
            if (text.Length > Limits.TextLength)
                Add(path, $"has {text.Length} characters; use at most {Limits.TextLength}");
            else if (text.Any(c => char.IsControl(c) && c is not '\n' and not '\t'))
                Add(path, "has a control character; take it out");
        }

        private void Size(long count, int maximum, ConfigurationPath path, string what)
        {
            if (count > maximum) Add(path, $"there are {count} {what}; at most {maximum} are allowed");
        }

        private void Add(ConfigurationPath path, string message) => _errors.Add(path, message);

        private static bool IsAmount(decimal value, decimal minimum, decimal maximum, int decimals) =>
            value >= minimum && value <= maximum && decimal.Round(value, decimals) == value;

        private static bool IsNumber(string text) =>
            text.Length <= Limits.NumberLength && PrefixTrie<string>.IsPrefix(text);

        private static bool IsAddress(string text)
        {
            if (IsBareAddress(text)) return true;
            var colon = text.LastIndexOf(':');
            if (colon <= 0) return false;
            var host = text[..colon];
            return IsBareAddress(host.StartsWith('[') && host.EndsWith(']') ? host[1..^1] : host);
        }

        // "010.1" and "0x7f000001" are addresses for the runtime, but surely not what the operator meant.
        private static bool IsBareAddress(string text) => IPAddress.TryParse(text, out var address)
            && !text.Contains('%') && !text.StartsWith('[')
            && (address.AddressFamily != AddressFamily.InterNetwork || address.ToString() == text)
            && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any) && !address.Equals(IPAddress.Broadcast)
            && !address.IsIPv6Multicast
            && (address.AddressFamily != AddressFamily.InterNetwork || address.GetAddressBytes()[0] is < 224 or > 239);

        private static string NotPrefix(string text) => text.Length > Limits.NumberLength
            ? $"{Quote(text)} is too long; use at most {Limits.NumberLength} digits"
            : $"{Quote(text)} is not a prefix; use digits, * # +";

        private static string NotLevel(int level) =>
            $"{level} is not allowed; use 1 (net), 2 (local), 4 (domestic) or 5 (international)";

        private static string Near(string word, IEnumerable<string> known) => Suggestion.Of(word, known.Take(10_000));

        private static string Quote(string text) => "\"" + (text.Length > 64 ? text[..64] + "…" : text) + "\"";
    }
}
