using System.Collections.Immutable;
using System.Globalization;
using Limits = Tandem.Shared.Configuration.ConfigurationLimits;

namespace Tandem.Shared.Configuration;

// SIP settings of gateways, phones and registrations.
public static partial class ConfigurationValidator
{
    // What the switch itself writes; a configured or carried header of that name would stand twice or break the message.
    private static readonly HashSet<string> OwnHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Via", "v", "From", "f", "To", "t", "Call-ID", "i", "CSeq", "Contact", "m", "Max-Forwards", "Route", "Record-Route",
        "Content-Length", "l", "Content-Type", "c", "Content-Encoding", "e", "Content-Disposition", "Authorization",
        "Proxy-Authorization", "WWW-Authenticate", "Proxy-Authenticate", "Require", "Proxy-Require", "Supported", "k",
        "RSeq", "RAck", "Session-Expires", "x", "Min-SE", "Allow", "Path", "Service-Route", "Expires", "Min-Expires",
    };

    private sealed partial class Check
    {
        private void MappingSip(MappingGatewayConfiguration gateway, ConfigurationPath path)
        {
            if (gateway.RegisterType == RegisterType.Registration)
                Add(path["registerType"], "\"registration\" is for routing gateways; use static or dynamic");
            if (gateway.RegisterType == RegisterType.Dynamic && gateway.RemoteIps.Length > 0)
                Add(path["remoteIps"], "a dynamic gateway has no fixed addresses; take them out, or use registerType static");
            var byPassword = gateway.RegisterType == RegisterType.Dynamic
                || gateway.SipAuthenticationMethod == SourceAuthentication.Password;
            if (byPassword && gateway.Password.Length == 0)
                Add(path["password"], "is missing; a gateway that authenticates by digest needs one");
            Credentials(gateway.Password, gateway.SipAuthenticationUser, path);
            Local(gateway.LocalIp, gateway.SignalPortLocal, path);
            Names(gateway.TlsPeerNames, path["tlsPeerNames"]);
            Replacements(gateway.CallFailedSipCode, 300, 699, "SIP failure", path["callFailedSipCode"]);
            Replacements(gateway.CallFailedQ931CauseValue, 1, 127, "Q.850 cause", path["callFailedQ931CauseValue"]);
            Names(gateway.SipCodecs, path["sipCodecs"]);
        }

        private void RoutingSip(RoutingGatewayConfiguration gateway, ConfigurationPath path)
        {
            if (gateway.RegisterType == RegisterType.Static)
            {
                if (gateway.RemoteIp.Length == 0)
                    Add(path["remoteIp"], "is missing; give the address or host name of the vendor, such as 198.51.100.7");
                else Host(gateway.RemoteIp, path["remoteIp"]);
            }
            else if (gateway.RemoteIp.Length > 0)
            {
                Add(path["remoteIp"], "its address comes from its registration; take it out, or use registerType static");
            }

            if (gateway.RegisterType == RegisterType.Dynamic && gateway.Password.Length == 0)
                Add(path["password"], "is missing; a gateway that registers needs one");
            if (gateway.RegisterType == RegisterType.Registration && gateway.Registration.Length == 0)
                Add(path["registration"], "is missing; name the registration that the gateway uses");
            if (gateway.Registration.Length > 0 && !_registrations.Contains(gateway.Registration))
                Add(
                    path["registration"],
                    $"there is no registration {Quote(gateway.Registration)}; {Near(gateway.Registration, _registrations)}");
            Range(gateway.SignalPort, 0, ushort.MaxValue, path["signalPort"], "");
            Credentials(gateway.Password, gateway.SipAuthenticationUser, path);
            Proxy(gateway.OutboundProxy, path["outboundProxy"]);
            Local(gateway.LocalIp, gateway.SignalPortLocal, path);
            Word(gateway.TlsServerName, path["tlsServerName"]);
            Word(gateway.TlsCertificate, path["tlsCertificate"]);
            Size(gateway.CallinForwardPrefixes.Length, Limits.PrefixesPerGateway, path["callinForwardPrefixes"], "prefixes");
            for (var i = 0; i < gateway.CallinForwardPrefixes.Length && !_errors.IsFull; i++)
                if (!IsNumber(gateway.CallinForwardPrefixes[i]))
                    Add(path["callinForwardPrefixes"][i], NotPrefix(gateway.CallinForwardPrefixes[i]));
            Names(gateway.SipCodecs, path["sipCodecs"]);
            Names(gateway.SipExtraHeaderNames, path["sipExtraHeaderNames"]);
            for (var i = 0; i < gateway.SipExtraHeaderNames.Length && !_errors.IsFull; i++)
                HeaderName(gateway.SipExtraHeaderNames[i], path["sipExtraHeaderNames"][i]);
            Size(gateway.SipInviteHeaders.Length, Limits.SipListEntries, path["sipInviteHeaders"], "headers");
            for (var i = 0; i < gateway.SipInviteHeaders.Length && !_errors.IsFull; i++)
            {
                var (line, place) = (gateway.SipInviteHeaders[i], path["sipInviteHeaders"][i]);
                var colon = line.IndexOf(':');
                if (colon <= 0) Add(place, $"{Quote(line)} is not a header; write it like \"X-Trunk: 7\"");
                else HeaderName(line[..colon].TrimEnd(), place);
                if (line.Any(char.IsControl)) Add(place, "has a control character; take it out");
            }
        }

        private void Phone(PhoneConfiguration phone, ConfigurationPath path)
        {
            Text(phone.Memo, path["memo"]);
            if (!IsNumber(phone.E164)) Add(path["e164"], $"{Quote(phone.E164)} is not a number; use digits, * # +");
            PayingAccount(phone.Account, AccountType.Ordinary, path["account"]);
            if (phone.Password.Length == 0) Add(path["password"], "is missing; a phone registers by digest");
            Credentials(phone.Password, "", path);
            if (phone.DisplayNumber.Length > 0 && !IsNumber(phone.DisplayNumber))
                Add(path["displayNumber"], $"{Quote(phone.DisplayNumber)} is not a number; use digits, * # +");
            if (phone.CallLevel is not (1 or 2 or 4 or 5)) Add(path["callLevel"], NotLevel(phone.CallLevel));
            Range(phone.LineCapacity, 0, Limits.Count, path["lineCapacity"], "lines");
            Range(phone.MaxContacts, 0, 100, path["maxContacts"], "contacts");
            Size(phone.Dids.Length, Limits.DidsPerPhone, path["dids"], "numbers");
        }

        private void PhoneNumbers(ConfigurationPath path)
        {
            var owners = new Dictionary<string, string>(StringComparer.Ordinal);
            for (var i = 0; i < configuration.Phones.Length && !_errors.IsFull; i++) owners.TryAdd(configuration.Phones[i].E164, configuration.Phones[i].E164);
            for (var i = 0; i < configuration.Phones.Length && !_errors.IsFull; i++)
            {
                var phone = configuration.Phones[i];
                for (var j = 0; j < phone.Dids.Length; j++)
                {
                    var (number, place) = (phone.Dids[j], path[i]["dids"][j]);
                    if (number.Length == 0 || !IsNumber(number)) Add(place, $"{Quote(number)} is not a number; use digits, * # +");
                    else if (!owners.TryAdd(number, phone.E164))
                        Add(place, $"{Quote(number)} rings phone {Quote(owners[number])}, too; keep one");
                }
            }
        }

        // A digest user name leads to one gateway or phone only when nothing else tells them apart.
        private void Users(ConfigurationPath root)
        {
            var owners = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var phone in configuration.Phones) owners.TryAdd(phone.E164, $"phone {Quote(phone.E164)}");
            for (var i = 0; i < configuration.MappingGateways.Length && !_errors.IsFull; i++)
            {
                var gateway = configuration.MappingGateways[i];
                if (gateway.RegisterType == RegisterType.Dynamic)
                    User(DigestUser.Of(gateway), gateway.Name, "mapping gateway", root["mappingGateways"][i]);
            }

            for (var i = 0; i < configuration.RoutingGateways.Length && !_errors.IsFull; i++)
            {
                var gateway = configuration.RoutingGateways[i];
                if (gateway.RegisterType == RegisterType.Dynamic)
                    User(DigestUser.Of(gateway), gateway.Name, "routing gateway", root["routingGateways"][i]);
            }

            void User(string user, string name, string what, ConfigurationPath path)
            {
                if (!owners.TryAdd(user, $"{what} {Quote(name)}"))
                    Add(path["sipAuthenticationUser"], $"{Quote(user)} is the user of {owners[user]}, too; give it another");
            }
        }

        private void Registration(RegistrationConfiguration registration, ConfigurationPath path)
        {
            Text(registration.Memo, path["memo"]);
            Word(registration.Username, path["username"]);
            if (registration.Username.Length == 0) Add(path["username"], "is missing; give the user of the address of record");
            Credentials(registration.Password, registration.AuthenticationName, path);
            if (registration.ServerIp.Length == 0) Add(path["serverIp"], "is missing; give the registrar's address or host name");
            else Host(registration.ServerIp, path["serverIp"]);
            if (registration.HostName.Length > 0) Host(registration.HostName, path["hostName"]);
            Proxy(registration.OutboundProxy, path["outboundProxy"]);
            Local(registration.LocalIp, registration.SignalPortLocal, path);
            Range(registration.SignalPort, 0, ushort.MaxValue, path["signalPort"], "");
            if (registration.Expire is not 0 and (< 20 or > 7200))
                Add(path["expire"], $"{registration.Expire} is not allowed; use 20 to 7200 s, or 0 for SS_SIP_USER_AGENT_EXPIRE");
        }

        private void Credentials(string password, string user, ConfigurationPath path)
        {
            if (password.Length > Limits.TextLength || password.Any(char.IsControl))
                Add(path["password"], $"must have at most {Limits.TextLength} characters, none of them a control character");
            Word(user, path["sipAuthenticationUser"]);
        }

        private void Local(string address, int port, ConfigurationPath path)
        {
            if (address.Length > 0 && !IsBareAddress(address))
                Add(path["localIp"], $"{Quote(address)} is not an IP address of this switch, such as 192.0.2.1");
            Range(port, 0, ushort.MaxValue, path["signalPortLocal"], "");
        }

        private void Names(ImmutableArray<string> names, ConfigurationPath path)
        {
            Size(names.Length, Limits.SipListEntries, path, "entries");
            for (var i = 0; i < names.Length && !_errors.IsFull; i++)
            {
                if (names[i].Length == 0) Add(path[i], "is empty; take it out");
                else Word(names[i], path[i]);
            }
        }

        private void Replacements(ImmutableArray<string> list, int low, int high, string what, ConfigurationPath path)
        {
            Size(list.Length, Limits.SipListEntries, path, "replacements");
            var seen = new HashSet<int>();
            for (var i = 0; i < list.Length && !_errors.IsFull; i++)
            {
                if (!TryReadReplacement(list[i], out var from, out var to) || !Is(from) || !Is(to))
                    Add(path[i], $"{Quote(list[i])} is not orig:target with a {what} ({low} to {high}) or 0 on each side");
                else if (!seen.Add(from)) Add(path[i], $"{from} stands twice; keep one");
            }

            bool Is(int code) => code == 0 || (code >= low && code <= high);
        }

        private void HeaderName(string name, ConfigurationPath path)
        {
            if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || "-.!%*_+`'~".Contains(c)))
                Add(path, $"{Quote(name)} is not a header name");
            else if (OwnHeaders.Contains(name)) Add(path, $"{Quote(name)} is written by the switch itself; take it out");
        }

        private void Proxy(string text, ConfigurationPath path)
        {
            if (text.Length == 0) return;
            var host = text.Split(';')[0];
            if (host.LastIndexOf(':') is > 0 and var colon && host.IndexOf(':') == colon || host.Contains("]:", StringComparison.Ordinal))
                host = host[..host.LastIndexOf(':')];
            Host(host.Trim('[', ']'), path);
        }

        private void Host(string text, ConfigurationPath path)
        {
            if (IsBareAddress(text) || IsHostName(text)) return;
            Add(path, $"{Quote(text)} is neither an IP address nor a host name, such as 198.51.100.7 or sip.example.com");
        }

        private void Word(string text, ConfigurationPath path)
        {
            if (text.Length > 255 || text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || c is '"' or '<' or '>'))
                Add(path, $"{Quote(text)} is not allowed; use at most 255 characters without blanks and quotes");
        }

        private static bool IsHostName(string text) => text.Length is > 0 and <= 253
            && text.Split('.').All(label => label.Length is > 0 and <= 63 && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            && !text.All(c => char.IsAsciiDigit(c) || c == '.');
    }

    /// <summary>Reads <c>orig:target</c> of the failed-reason replacement lists.</summary>
    public static bool TryReadReplacement(string text, out int original, out int target)
    {
        (original, target) = (0, 0);
        var colon = text.IndexOf(':');
        return colon > 0
            && int.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out original)
            && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out target);
    }
}
