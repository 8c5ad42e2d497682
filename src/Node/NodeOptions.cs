using System.Net;
using Tandem.Shared.Cluster;
using Tandem.Shared.Storage;

namespace Tandem.Node;

/// <summary>What the command line of one node says.</summary>
public sealed record NodeOptions
{
    /// <summary>Configuration file for the first start; null is none.</summary>
    public string? ConfigurationFile { get; init; }

    /// <summary>Directory of everything that the node keeps.</summary>
    public string DataDirectory { get; init; } = "data";

    /// <summary>Where SIP is received.</summary>
    public IPEndPoint Sip { get; init; } = new(IPAddress.Loopback, 5060);

    /// <summary><c>host:port</c> in Via and Contact; null is the SIP address itself.</summary>
    public string? Advertise { get; init; }

    /// <summary>Where REST, the API page and health are served.</summary>
    public IPEndPoint Http { get; init; } = new(IPAddress.Loopback, 8080);

    /// <summary>Where other nodes reach this one; port 0 is any, for a node alone.</summary>
    public IPEndPoint Akka { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>Seed nodes; empty: alone.</summary>
    public IReadOnlyList<string> Seeds { get; init; } = [];

    /// <summary>What this node does.</summary>
    public IReadOnlyList<string> Roles { get; init; } = Shared.Cluster.Roles.All;

    /// <summary>Which database.</summary>
    public StorageProvider Storage { get; init; }

    /// <summary>PostgreSQL connection string; SQLite has its file in the data directory.</summary>
    public string? Database { get; init; }

    /// <summary>How fast the cluster decides that a node is dead.</summary>
    public FailureProfile Profile { get; init; }

    /// <summary>SIP sockets that share the port.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Name servers for the hosts of gateways; none: those of the system.</summary>
    public IReadOnlyList<IPEndPoint> NameServers { get; init; } = [];

    /// <summary>Only warnings and errors are logged.</summary>
    public bool Quiet { get; init; }

    /// <summary>True when this node has the role.</summary>
    public bool Has(string role) => Roles.Contains(role);

    /// <summary>Null when the options go together, else what does not and the fix.</summary>
    public string? Check()
    {
        if (Storage == StorageProvider.Sqlite && Seeds.Count > 0)
            return "--seeds: a cluster needs --storage postgresql; SQLite is one file of one node.";
        if (Storage == StorageProvider.PostgreSql && string.IsNullOrWhiteSpace(Database))
            return "--storage postgresql needs --database \"Host=…;Username=…;Database=…\".";
        if (Seeds.Count > 0 && Akka.Port == 0)
            return "--seeds: a member needs a fixed --akka IP:PORT, so that the others find it again.";
        if (Roles.Except(Shared.Cluster.Roles.All).FirstOrDefault() is { } unknown)
            return $"--roles: '{unknown}' is no role; they are {string.Join(", ", Shared.Cluster.Roles.All)}.";
        if (Roles.Count == 0) return "--roles: a node needs at least one role.";
        return Sip.Address.Equals(IPAddress.Any) && Advertise is null
            ? "--sip 0.0.0.0: say with --advertise HOST:PORT how peers reach this node."
            : null;
    }
}
