using Tandem.Shared.Configuration;

namespace Tandem.Shared.Registrar;

/// <summary>What a routing gateway's challenge (401, 407) is answered with.</summary>
/// <param name="User">Digest user name.</param>
/// <param name="Password">Its password.</param>
public sealed record GatewayCredentials(string User, string Password)
{
    /// <summary>
    /// Those of the gateway's registration, or the gateway's own; null when it has none. The password of a gateway that
    /// registers with us is for us to check, not for us to give.
    /// </summary>
    public static GatewayCredentials? Of(ConfigurationSnapshot configuration, RoutingGatewayConfiguration gateway)
    {
        if (gateway.RegisterType == RegisterType.Registration)
        {
            return configuration.Registrations.TryGetValue(gateway.Registration, out var registration)
                ? new GatewayCredentials(RegistrationAddress.UserOf(registration), registration.Password)
                : null;
        }

        return gateway.RegisterType == RegisterType.Dynamic || gateway.Password.Length == 0
            ? null
            : new GatewayCredentials(
                gateway.SipAuthenticationUser.Length > 0 ? gateway.SipAuthenticationUser : gateway.Name, gateway.Password);
    }
}
