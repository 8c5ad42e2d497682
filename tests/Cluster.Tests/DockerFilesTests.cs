using Tandem.Shared.Configuration;
using Tandem.TestSupport;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Tandem.Cluster.Tests;

/// <summary>
/// docker/ as far as it can be proven without an engine: the files are read, and what must agree between them and with the
/// switch's command line is compared.
/// </summary>
public sealed class DockerFilesTests
{
    private static readonly string[] Options =
    [
        "--config", "--data", "--sip", "--advertise", "--http", "--akka", "--seeds", "--roles", "--storage", "--database",
        "--profile",
    ];

    private static readonly string Folder = Path.Combine(RepositoryRoot.Path, "docker");
    private static readonly Dictionary<object, object> Compose = ReadCompose();

    private static IEnumerable<KeyValuePair<string, Dictionary<object, object>>> Nodes =>
        Map(Compose, "services")
            .Where(s => ((string)s.Key).StartsWith("node", StringComparison.Ordinal))
            .Select(s => KeyValuePair.Create((string)s.Key, (Dictionary<object, object>)s.Value));

    [Fact]
    public void Compose_starts_three_nodes_that_know_each_other_and_one_database()
    {
        var addresses = Nodes.Select(n => Address(n.Value)).ToList();
        Assert.Equal(3, addresses.Distinct().Count());
        var seeds = string.Join(',', addresses.Select(a => a + ":4053"));
        Assert.All(Nodes, n => Assert.Equal(seeds, Option(n.Value, "--seeds")));
        var database = Address(Map(Map(Compose, "services"), "postgres"));
        Assert.All(Nodes, n => Assert.StartsWith($"Host={database};", Option(n.Value, "--database"), StringComparison.Ordinal));
        Assert.All(Nodes, n => Assert.Equal("postgresql", Option(n.Value, "--storage")));
    }

    [Fact]
    public void Every_node_listens_on_its_own_address_and_is_asked_there_for_its_health()
    {
        foreach (var (_, node) in Nodes)
        {
            var address = Address(node);
            Assert.Equal($"{address}:5060", Option(node, "--sip"));
            Assert.Equal($"{address}:8080", Option(node, "--http"));
            Assert.Equal($"{address}:4053", Option(node, "--akka"));
            Assert.Equal($"{address}:8080", Map(node, "environment")["TANDEM_HEALTH"]);
        }
    }

    [Fact]
    public void Balancer_listens_on_its_own_address_and_has_every_node_in_its_list()
    {
        var balancer = Map(Map(Compose, "services"), "balancer");
        var command = string.Join(' ', Command(balancer));
        Assert.Contains($"LISTEN_UDP=udp:{Address(balancer)}:5060", command, StringComparison.Ordinal);
        Assert.Contains($"LISTEN_TCP=tcp:{Address(balancer)}:5060", command, StringComparison.Ordinal);
        var edges = File.ReadAllLines(Path.Combine(Folder, "kamailio", "edges.list")).Where(l => l.StartsWith("1 ", StringComparison.Ordinal));
        Assert.Equal(Nodes.Select(n => $"1 sip:{Option(n.Value, "--sip")}").Order(), edges.Order());
    }

    [Fact]
    public void Every_argument_of_a_node_is_one_that_the_switch_knows()
    {
        Assert.All(Nodes, n => Assert.Equal("serve", Command(n.Value)[0]));
        Assert.All(Nodes, n => Assert.All(
            Command(n.Value).Where(a => a.StartsWith("--", StringComparison.Ordinal)), a => Assert.Contains(a, Options)));
    }

    [Fact]
    public void Every_volume_and_network_that_is_used_is_declared_and_every_mounted_file_exists()
    {
        var volumes = Map(Compose, "volumes").Keys.Cast<string>().ToList();
        var networks = Map(Compose, "networks").Keys.Cast<string>().ToList();
        foreach (var service in Map(Compose, "services").Values.Cast<Dictionary<object, object>>())
        {
            Assert.All(Map(service, "networks").Keys.Cast<string>(), n => Assert.Contains(n, networks));
            foreach (var source in ((List<object>)service["volumes"]).Cast<string>().Select(v => v.Split(':')[0]))
            {
                if (source.StartsWith('.')) Assert.True(File.Exists(Path.Combine(Folder, source)), source);
                else Assert.Contains(source, volumes);
            }
        }
    }

    [Fact]
    public void The_mounted_configuration_is_valid()
    {
        var reading = ConfigurationReader.ReadFile(Path.Combine(Folder, "tandem.yaml"));
        Assert.Empty(reading.Errors.Select(e => e.ToString()));
    }

    [Fact]
    public void Image_builds_with_the_SDK_of_the_repository_and_runs_without_root()
    {
        var lines = File.ReadAllLines(Path.Combine(Folder, "Dockerfile")).Select(l => l.Trim()).ToList();
        var major = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "global.json")).Split("\"version\": \"")[1].Split('.')[0];
        var images = lines.Where(l => l.StartsWith("FROM ", StringComparison.Ordinal)).Select(l => l.Split(' ')[1]).ToList();
        Assert.Equal(2, images.Count);
        Assert.All(images, i => Assert.EndsWith($":{major}.0", i, StringComparison.Ordinal));
        var user = lines.FindIndex(l => l == "USER tandem");
        Assert.InRange(user, 0, lines.FindIndex(l => l.StartsWith("ENTRYPOINT ", StringComparison.Ordinal)));
        Assert.Contains(lines, l => l.Contains("/ready", StringComparison.Ordinal) && l.StartsWith("CMD ", StringComparison.Ordinal));
        foreach (var file in lines.Where(l => l.StartsWith("COPY global.json", StringComparison.Ordinal)).SelectMany(l => l.Split(' ')[1..^1]))
            Assert.True(File.Exists(Path.Combine(RepositoryRoot.Path, file)), file);
    }

    private static Dictionary<object, object> ReadCompose()
    {
        using var text = File.OpenText(Path.Combine(Folder, "compose.yaml"));
        // Merge keys (<<) are what compose itself resolves, too.
        var parser = new MergingParser(new Parser(text));
        parser.Consume<StreamStart>();
        return new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(parser);
    }

    private static Dictionary<object, object> Map(Dictionary<object, object> parent, string key) =>
        (Dictionary<object, object>)parent[key];

    private static string Address(Dictionary<object, object> service) =>
        (string)Map(Map(service, "networks"), "tandem")["ipv4_address"];

    private static List<string> Command(Dictionary<object, object> service) =>
        [.. ((List<object>)service["command"]).Cast<string>()];

    private static string Option(Dictionary<object, object> service, string name)
    {
        var command = Command(service);
        var at = command.IndexOf(name);
        Assert.True(at >= 0 && at + 1 < command.Count, $"{name} is missing.");
        return command[at + 1];
    }
}
