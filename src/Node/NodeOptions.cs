using System.Net;
using Tandem.Edge;
using Tandem.Shared.Cluster;
using Tandem.Shared.Edge;
using Tandem.Shared.Storage;

namespace Tandem.Node;

/// <summary>What the command line of one node says.</summary>
public sealed record NodeOptions
{
    /// <summary>Configuration file for the first start; null is none.</summary>
    public string? ConfigurationFile { get; init; }

    /// <summary>Directory of everything that the node keeps.</summary>
    public string DataDirectory { get; init; } = "data";

    /// <summary>Where SIP is received, when <see cref="Listeners"/> says nothing.</summary>
    public IPEndPoint Sip { get; init; } = new(IPAddress.Loopback, 5060);

    /// <summary>Where SIP is received, in the order of their ordinals.</summary>
    public IReadOnlyList<EdgeListener> Listeners { get; init; } = [];

    /// <summary><c>host:port</c> in Via and Contact of the first address; null is the address itself.</summary>
    public string? Advertise { get; init; }

    /// <summary>Name, certificate file and key file of the certificates; the first is the default.</summary>
    public IReadOnlyList<(string Name, string CertificateFile, string KeyFile)> TlsCertificates { get; init; } = [];

    /// <summary>File of the authorities that peers' certificates must be signed by; null: those of the system.</summary>
    public string? TlsAuthorities { get; init; }

    /// <summary>All addresses, each with what peers are told of it.</summary>
    public IReadOnlyList<EdgeListener> AllListeners
    {
        get
        {
            var all = EdgeListener.Merge(Listeners.Count > 0 ? Listeners : [new(Sip, EdgeListener.DefaultTransports)]);
            return [all[0] with { SentBy = all[0].SentBy ?? Advertise }, .. all.Skip(1)];
        }
    }

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
        return CheckListeners();
    }

    private string? CheckListeners()
    {
        var all = AllListeners;
        if (all.Count > ListenerTable.MaxListeners) return $"--sip: {ListenerTable.MaxListeners} addresses at most.";
        foreach (var listener in all)
        {
            if (listener.SentBy is null && (listener.Bind.Address.Equals(IPAddress.Any) || listener.Bind.Address.Equals(IPAddress.IPv6Any)))
                return $"--sip {listener.Bind}: say with --sip {listener.Bind}=HOST:PORT how peers reach this node.";
            if ((listener.Transports & (ListenerTransports.Tcp | ListenerTransports.Tls)) == (ListenerTransports.Tcp | ListenerTransports.Tls))
                return $"--sip {listener.Bind}: TCP and TLS cannot share a port.";
            if ((listener.Transports & ListenerTransports.Tls) != 0 && TlsCertificates.Count == 0)
                return $"--sip tls:{listener.Bind} needs --tls-certificate NAME=CERTIFICATE.pem,KEY.pem.";
        }

        return null;
    }
}
