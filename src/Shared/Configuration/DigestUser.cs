namespace Tandem.Shared.Configuration;

/// <summary>Under which digest user name who is known (RFC 3261 §22): the configured one, else its own name.</summary>
public static class DigestUser
{
    /// <summary>Of a mapping gateway.</summary>
    public static string Of(MappingGatewayConfiguration gateway) => Of(gateway.SipAuthenticationUser, gateway.Name);

    /// <summary>Of a routing gateway, for its registration with us and for our answers to its challenges.</summary>
    public static string Of(RoutingGatewayConfiguration gateway) => Of(gateway.SipAuthenticationUser, gateway.Name);

    /// <summary>Ours at the registrar.</summary>
    public static string Of(RegistrationConfiguration registration) =>
        Of(registration.AuthenticationName, registration.Username);

    private static string Of(string configured, string name) => configured.Length > 0 ? configured : name;
}
