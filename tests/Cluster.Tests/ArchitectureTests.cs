using System.Xml.Linq;
using Tandem.TestSupport;

namespace Tandem.Cluster.Tests;

/// <summary>
/// References between the rooms point one way (docs/architecture.md). Proof: the project files themselves are read.
/// </summary>
public sealed class ArchitectureTests
{
    // A room that is not here may not exist; a new one is added with what it may reference.
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Sip"] = [],
        ["Shared"] = [],
        ["Edge"] = ["Sip", "Shared"],
        ["Routing"] = ["Sip", "Shared"],
        ["Billing"] = ["Shared"],
        ["Blacklist"] = ["Shared"],
        ["Media"] = ["Shared"],
        ["Admin"] = ["Shared"],
        ["Pbm"] = ["Shared"],
        ["Node"] = ["Sip", "Shared", "Edge", "Routing", "Billing", "Blacklist", "Media", "Admin", "Pbm"],
    };

    private static readonly Dictionary<string, XDocument> Rooms = Projects("src");

    public static TheoryData<string> RoomNames => [.. Rooms.Keys.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(RoomNames))]
    public void Room_references_only_what_it_may(string room)
    {
        Assert.True(Allowed.ContainsKey(room), $"src/{room} is not in the table of rooms.");
        var references = Items(Rooms[room], "ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Replace('\\', '/')));
        Assert.Empty(references.Except(Allowed[room]));
    }

    [Theory]
    [MemberData(nameof(RoomNames))]
    public void Room_with_actors_has_the_Akka_analyzers_and_Sip_has_no_Akka(string room)
    {
        var packages = Items(Rooms[room], "PackageReference").ToList();
        if (room == "Sip") Assert.DoesNotContain(packages, p => p.StartsWith("Akka", StringComparison.OrdinalIgnoreCase));
        else Assert.Contains("Akka.Analyzers", packages);
    }

    [Fact]
    public void Nothing_in_src_references_the_tests()
    {
        var references = Rooms.Values.SelectMany(p => Items(p, "ProjectReference"));
        Assert.DoesNotContain(references, r => r.Contains("tests", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Versions_of_packages_are_central()
    {
        var own =
            from project in Projects("src").Concat(Projects("tests")).Concat(Projects("bench"))
            from item in project.Value.Descendants().Where(e => e.Name.LocalName == "PackageReference")
            where item.Attribute("Version") is not null || item.Attribute("VersionOverride") is not null
                || item.Elements().Any(e => e.Name.LocalName is "Version" or "VersionOverride")
            select $"{project.Key}: {item.Attribute("Include")?.Value}";
        Assert.Empty(own);
    }

    [Fact]
    public void Every_project_is_in_the_solution_and_has_a_lock_file()
    {
        var solution = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "Cluster.sln"));
        foreach (var path in ProjectFiles("src").Concat(ProjectFiles("tests")).Concat(ProjectFiles("bench")))
        {
            Assert.Contains(Path.GetFileName(path), solution, StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(path)!, "packages.lock.json")), $"{path}: no lock file");
        }
    }

    private static IEnumerable<string> Items(XDocument project, string kind) =>
        project.Descendants().Where(e => e.Name.LocalName == kind).Select(e => e.Attribute("Include")?.Value ?? "");

    private static Dictionary<string, XDocument> Projects(string folder) =>
        ProjectFiles(folder).ToDictionary(p => Path.GetFileNameWithoutExtension(p), XDocument.Load, StringComparer.Ordinal);

    private static IEnumerable<string> ProjectFiles(string folder)
    {
        var root = Path.Combine(RepositoryRoot.Path, folder);
        return Directory.Exists(root) ? Directory.EnumerateFiles(root, "*.csproj", SearchOption.AllDirectories) : [];
    }
}
