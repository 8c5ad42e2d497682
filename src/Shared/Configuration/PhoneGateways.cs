namespace Tandem.Shared.Configuration;

/// <summary>
/// A phone as the gateways that its calls go through, so that lines, locks, money and SIP settings are one thing for trunks
/// and phones. Configured gateways have no colon in their names, so these never meet them.
/// </summary>
public static class PhoneGateways
{
    /// <summary>First part of the name of a phone's gateways.</summary>
    public const string Prefix = "phone:";

    /// <summary>Name of a phone's gateways.</summary>
    public static string NameOf(PhoneConfiguration phone) => Prefix + phone.E164;

    /// <summary>True for the name of a phone's gateway.</summary>
    public static bool IsPhone(string gateway) => gateway.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Where its calls come in.</summary>
    internal static MappingGatewayConfiguration Mapping(PhoneConfiguration phone) => new()
    {
        Name = NameOf(phone),
        Account = phone.Account,
        LockType = phone.LockType,
        CallLevel = phone.CallLevel,
        Capacity = phone.LineCapacity,
        Password = phone.Password,
        RegisterType = RegisterType.Dynamic,
        SipAuthenticationMethod = SourceAuthentication.Password,
        SipAuthenticationUser = phone.E164,
        SipTimer = phone.SipTimer,
        Sip100Rel = phone.Sip100Rel,
    };

    /// <summary>Where calls to it go out; it has no prefix, only <see cref="ConfigurationSnapshot.FindPhone"/> leads there.</summary>
    internal static RoutingGatewayConfiguration Routing(PhoneConfiguration phone) => new()
    {
        Name = NameOf(phone),
        LockType = phone.LockType,
        Capacity = phone.LineCapacity,
        Password = phone.Password,
        RegisterType = RegisterType.Dynamic,
        SipAuthenticationUser = phone.E164,
        SipTimer = phone.SipTimer,
        Sip100Rel = phone.Sip100Rel,
    };
}
