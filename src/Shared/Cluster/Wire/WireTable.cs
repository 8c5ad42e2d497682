using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Reflection;

namespace Tandem.Shared.Cluster.Wire;

/// <summary>
/// Every message that may travel between nodes, in one table. A new marked type gets a row in the class of its area; a
/// manifest is never changed and never used again (tests/Shared.Tests/Wire/manifests.txt remembers them all).
/// </summary>
internal static class WireTable
{
    private const int MinManifestLength = 2;
    private const int MaxManifestLength = 4;

    /// <summary>All rows.</summary>
    internal static readonly ImmutableArray<WireRow> Rows =
    [
        .. CallWire.Rows,
        .. AccountWire.Rows,
        .. GatewayWire.Rows,
        .. HealthWire.Rows,
        .. EdgeWire.Rows,
        .. GuardWire.Rows,
        .. BlacklistWire.Rows,
        .. CdrWire.Rows,
        .. ConfigurationWire.Rows,
        .. RegistrarWire.Rows,
    ];

    /// <summary>Rows by type, for writing.</summary>
    internal static readonly FrozenDictionary<Type, WireRow> ByType = Rows.ToFrozenDictionary(r => r.Type);

    /// <summary>Rows by manifest, for reading.</summary>
    internal static readonly FrozenDictionary<string, WireRow> ByManifest =
        Rows.ToFrozenDictionary(r => r.Manifest, StringComparer.Ordinal);

    /// <summary>
    /// Throws unless every marked type among <paramref name="types"/> has a row and every manifest and type stands
    /// once.
    /// </summary>
    /// <exception cref="InvalidOperationException">Names each type and manifest that is wrong.</exception>
    internal static void Check(IReadOnlyCollection<WireRow> rows, IEnumerable<Type> types)
    {
        var mapped = rows.Select(r => r.Type).ToHashSet();
        string[] faults =
        [
            .. types.Where(IsMessage).Where(t => !mapped.Contains(t))
                .Select(t => $"{t.FullName} is marked IWireMessage and has no row in the manifest table."),
            .. rows.GroupBy(r => r.Manifest, StringComparer.Ordinal).Where(g => g.Count() > 1)
                .Select(g => $"Manifest '{g.Key}' stands for {string.Join(" and ", g.Select(r => r.Type.FullName))}."),
            .. rows.GroupBy(r => r.Type).Where(g => g.Count() > 1)
                .Select(g => $"{g.Key.FullName} has more manifests: {string.Join(", ", g.Select(r => r.Manifest))}."),
            .. rows.Where(r => !IsManifest(r.Manifest))
                .Select(r => $"Manifest '{r.Manifest}' of {r.Type.FullName} is not 2–4 lower-case letters."),
        ];
        if (faults.Length > 0) throw new InvalidOperationException(string.Join(Environment.NewLine, faults));
    }

    /// <summary>The types of all of Tandem's assemblies that are loaded, and of those that they refer to.</summary>
    internal static IEnumerable<Type> TypesOfTandem()
    {
        var found = new Dictionary<string, Assembly>(StringComparer.Ordinal);
        var open = new Stack<Assembly>(AppDomain.CurrentDomain.GetAssemblies().Where(a => IsOurs(a.GetName())));
        while (open.TryPop(out var assembly))
        {
            if (!found.TryAdd(assembly.GetName().Name!, assembly)) continue;
            foreach (var name in assembly.GetReferencedAssemblies())
                if (IsOurs(name) && !found.ContainsKey(name.Name!)) open.Push(Assembly.Load(name));
        }

        return found.Values.SelectMany(a => a.GetTypes());
    }

    private static bool IsMessage(Type type) =>
        type is { IsInterface: false, IsAbstract: false } && type.IsAssignableTo(typeof(IWireMessage));

    private static bool IsOurs(AssemblyName name) => name.Name?.StartsWith("Tandem.", StringComparison.Ordinal) == true;

    private static bool IsManifest(string manifest) =>
        manifest.Length is >= MinManifestLength and <= MaxManifestLength && manifest.All(char.IsAsciiLetterLower);
}
