using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Tandem.Shared.Calls;
using Tandem.Shared.Configuration;

namespace Tandem.Routing.Headers;

/// <summary>
/// What a mapping gateway's customer is told in place of a failure (VOS3000 callFailedSipCode, callFailedQ931CauseValue):
/// immutable, read once per configuration version and gateway.
/// </summary>
public sealed class FailureReplacements
{
    private static readonly ConditionalWeakTable<MappingGatewayConfiguration, FailureReplacements> Cache = [];
    private static readonly FailureReplacements Nothing = new([], []);

    private readonly FrozenDictionary<int, int> _statuses;
    private readonly FrozenDictionary<int, int> _causes;

    private FailureReplacements(ImmutableArray<string> statuses, ImmutableArray<string> causes) =>
        (_statuses, _causes) = (Read(statuses), Read(causes));

    /// <summary>The replacements of a gateway.</summary>
    public static FailureReplacements Of(MappingGatewayConfiguration gateway) =>
        gateway.CallFailedSipCode.IsEmpty && gateway.CallFailedQ931CauseValue.IsEmpty
            ? Nothing
            : Cache.GetValue(gateway, g => new FailureReplacements(g.CallFailedSipCode, g.CallFailedQ931CauseValue));

    /// <summary>
    /// Replaces a final status and its cause. When only one of the two has a rule the other follows it (RFC 3398), so that
    /// both tell one story.
    /// </summary>
    public (int Status, int Cause) Apply(int status, int cause)
    {
        var (newStatus, newCause) = (Find(_statuses, status), Find(_causes, cause));
        return (newStatus, newCause) switch
        {
            (null, null) => (status, cause),
            ({ } s, null) => (s, s == status ? cause : Q850.OfSip(s)),
            (null, { } c) => (c == cause ? status : Q850.ToSip(c), c),
            ({ } s, { } c) => (s, c),
        };
    }

    // orig 0 is any that has no rule of its own; target 0 keeps it. Null: there is no rule.
    private static int? Find(FrozenDictionary<int, int> rules, int code)
    {
        if (!rules.TryGetValue(code, out var target) && !rules.TryGetValue(0, out target)) return null;
        return target == 0 ? code : target;
    }

    private static FrozenDictionary<int, int> Read(ImmutableArray<string> rules)
    {
        var map = new Dictionary<int, int>();
        foreach (var rule in rules)
            if (ConfigurationValidator.TryReadReplacement(rule, out var original, out var target)) map[original] = target;
        return map.ToFrozenDictionary();
    }
}
