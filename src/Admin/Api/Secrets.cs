using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Tandem.Admin.Security;
using Tandem.Shared.Configuration;

namespace Tandem.Admin.Api;

/// <summary>
/// Digest passwords in the configuration are written, not read: what is shown has <see cref="Hidden"/> in their place, and
/// what is sent back with that keeps the password that is there. The audit holds none.
/// </summary>
internal static class Secrets
{
    /// <summary>Stands where a password is.</summary>
    public const string Hidden = "********";

    /// <summary>How a refused <see cref="Hidden"/> is explained.</summary>
    public const string NothingToKeep = "\"********\" keeps the password that is there, and there is none; write the password";

    /// <summary>What is shown of a password.</summary>
    public static string Hide(string password) => password.Length == 0 ? "" : Hidden;

    /// <summary>The whole without passwords.</summary>
    public static SwitchConfiguration Hide(SwitchConfiguration configuration) => configuration with
    {
        MappingGateways = [.. configuration.MappingGateways.Select(ConfiguredObjects.MappingGateways.Hide)],
        RoutingGateways = [.. configuration.RoutingGateways.Select(ConfiguredObjects.RoutingGateways.Hide)],
        Phones = [.. configuration.Phones.Select(ConfiguredObjects.Phones.Hide)],
        Registrations = [.. configuration.Registrations.Select(ConfiguredObjects.Registrations.Hide)],
    };

    /// <summary>True when the caller asks for passwords and may have them: it could overwrite them as well.</summary>
    public static bool Wanted(HttpContext context, bool? secrets) => secrets == true && context.Caller().CanWrite;

    /// <summary>Puts the passwords of <paramref name="current"/> in where <paramref name="next"/> has <see cref="Hidden"/>.</summary>
    public static (SwitchConfiguration Next, IReadOnlyList<FieldError> Errors) Restore(
        SwitchConfiguration next, SwitchConfiguration current)
    {
        var errors = new List<FieldError>();
        var restored = next with
        {
            MappingGateways = All(ConfiguredObjects.MappingGateways),
            RoutingGateways = All(ConfiguredObjects.RoutingGateways),
            Phones = All(ConfiguredObjects.Phones),
            Registrations = All(ConfiguredObjects.Registrations),
        };
        return (restored, errors);

        ImmutableArray<T> All<T>(ConfiguredObject<T> kind)
            where T : class
        {
            var items = kind.Get(next);
            if (!items.Any(i => kind.SecretOf(i) == Hidden)) return items;
            var known = kind.Get(current).ToDictionary(kind.NameOf, kind.SecretOf, StringComparer.Ordinal);
            var all = items.ToBuilder();
            for (var i = 0; i < all.Count; i++)
            {
                if (kind.SecretOf(all[i]) != Hidden) continue;
                if (known.TryGetValue(kind.NameOf(all[i]), out var password) && password.Length > 0)
                    all[i] = kind.WithSecret(all[i], password);
                else errors.Add(new FieldError($"{kind.Path}[{i}].password", NothingToKeep));
            }

            return all.MoveToImmutable();
        }
    }
}
