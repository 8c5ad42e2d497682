using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using Tandem.Edge;
using Tandem.Node;
using Tandem.Node.Demo;
using Tandem.Shared.Cluster;
using Tandem.Shared.Storage;

var config = new Option<string?>("--config") { Description = "Configuration file (YAML or JSON), read at the first start.", HelpName = "FILE" };
var data = new Option<string>("--data") { Description = "Directory of everything that the node keeps.", HelpName = "DIR", DefaultValueFactory = _ => "data" };
var sip = new Option<EdgeListener[]>("--sip")
{
    Description = "Where SIP is received; repeatable. Without a transport UDP and TCP, else that alone. Behind = what Via and Contact carry; "
        + "default: the address. IPv6 in brackets.",
    HelpName = EdgeListener.Syntax,
    CustomParser = SipListeners,
    DefaultValueFactory = _ => [new EdgeListener(IPEndPoint.Parse("127.0.0.1:5060"), EdgeListener.DefaultTransports)],
};
var advertise = new Option<string?>("--advertise") { Description = "HOST:PORT that Via and Contact of the first --sip carry; default: the address.", HelpName = "HOST:PORT" };
var certificates = new Option<(string, string, string)[]>("--tls-certificate")
{
    Description = "A certificate with its key, PEM files; repeatable. NAME is what routing gateways call it (tlsCertificate); peers get the one "
        + "whose DNS name they ask for, else the first.",
    HelpName = "NAME=CERTIFICATE,KEY",
    CustomParser = Certificates,
    DefaultValueFactory = _ => [],
};
var authorities = new Option<string?>("--tls-ca") { Description = "PEM file of the authorities that certificates of peers must be signed by; default: the system's.", HelpName = "FILE" };
var http = EndPoint("--http", "Where REST (/api/v1), the API page (/docs) and health (/ready) are served.", "127.0.0.1:8080");
var akka = EndPoint("--akka", "Where the other nodes of the cluster reach this one; port 0 is any, for a node alone.", "127.0.0.1:0");
var seeds = new Option<string[]>("--seeds") { Description = "Seed nodes, comma-separated; none: a cluster of one.", HelpName = "HOST:PORT,…", CustomParser = Commas, DefaultValueFactory = _ => [] };
var roles = new Option<string[]>("--roles") { Description = "What this node does; default: everything.", HelpName = "edge,call,…", CustomParser = Commas, DefaultValueFactory = _ => [.. Roles.All] };
var storage = new Option<StorageProvider>("--storage") { Description = "Which database: sqlite (one node) or postgresql.", DefaultValueFactory = _ => StorageProvider.Sqlite };
var database = new Option<string?>("--database") { Description = "PostgreSQL connection string.", HelpName = "CONNECTION" };
var profile = new Option<FailureProfile>("--profile") { Description = "How fast a dead node is given up: default (about 11 s) or fast (about 6 s).", DefaultValueFactory = _ => FailureProfile.Default };
var workers = new Option<int>("--workers") { Description = "SIP sockets and threads that share the port.", DefaultValueFactory = _ => 1 };
var dns = new Option<IPEndPoint[]>("--dns") { Description = "Name servers for hosts of gateways, comma-separated; default: the system's.", HelpName = "IP[:PORT],…", CustomParser = EndPoints, DefaultValueFactory = _ => [] };
var quiet = new Option<bool>("--quiet") { Description = "Log only warnings and errors." };

var serve = new Command("serve", "Runs a node of the switch until SIGTERM or Ctrl+C.")
{
    config, data, sip, advertise, certificates, authorities, http, akka, seeds, roles, storage, database, profile, workers, dns, quiet,
};
serve.SetAction((result, _) => Serve.RunAsync(new NodeOptions
{
    ConfigurationFile = result.GetValue(config),
    DataDirectory = result.GetValue(data)!,
    Listeners = result.GetValue(sip)!,
    Advertise = result.GetValue(advertise),
    TlsCertificates = result.GetValue(certificates)!,
    TlsAuthorities = result.GetValue(authorities),
    Http = result.GetValue(http)!,
    Akka = result.GetValue(akka)!,
    Seeds = result.GetValue(seeds)!,
    Roles = result.GetValue(roles)!,
    Storage = result.GetValue(storage),
    Database = result.GetValue(database),
    Profile = result.GetValue(profile),
    Workers = result.GetValue(workers),
    NameServers = result.GetValue(dns)!,
    Quiet = result.GetValue(quiet),
}));

var calls = new Option<int>("--calls") { Description = "Calls to place.", DefaultValueFactory = _ => 12 };
var demo = new Command("demo", "Places calls through a one-node switch on loopback and shows what became of them.") { calls };
demo.SetAction((result, cancel) => DemoRun.RunAsync(result.GetValue(calls), cancel));

var root = new RootCommand("Tandem: a distributed class-4 softswitch.") { serve, demo };
var parsed = root.Parse(args);

// The host ends in its own time and order on SIGTERM; a parser that gives up after two seconds would cut calls off.
var exitCode = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
return parsed.Errors.Count > 0 ? StartException.BadUsage : exitCode;

static string[] Commas(ArgumentResult argument) =>
    [.. argument.Tokens.SelectMany(t => t.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

static EdgeListener[] SipListeners(ArgumentResult argument)
{
    var all = new List<EdgeListener>();
    foreach (var token in argument.Tokens)
    {
        if (EdgeListener.TryParse(token.Value, out var listener)) all.Add(listener);
        else argument.AddError($"--sip: '{token.Value}' is not {EdgeListener.Syntax}, such as 127.0.0.1:5060 or tls:[::1]:5061.");
    }

    return [.. all];
}

static (string, string, string)[] Certificates(ArgumentResult argument)
{
    var all = new List<(string, string, string)>();
    foreach (var token in argument.Tokens)
    {
        var (equals, comma) = (token.Value.IndexOf('='), token.Value.LastIndexOf(','));
        if (equals > 0 && comma > equals + 1 && comma < token.Value.Length - 1)
            all.Add((token.Value[..equals], token.Value[(equals + 1)..comma], token.Value[(comma + 1)..]));
        else
            argument.AddError($"--tls-certificate: '{token.Value}' is not NAME=CERTIFICATE,KEY, such as main=cert.pem,key.pem.");
    }

    return [.. all];
}

static IPEndPoint[] EndPoints(ArgumentResult argument)
{
    var endPoints = new List<IPEndPoint>();
    foreach (var text in Commas(argument))
    {
        if (IPEndPoint.TryParse(text, out var endPoint)) endPoints.Add(endPoint.Port == 0 ? new(endPoint.Address, 53) : endPoint);
        else argument.AddError($"--dns: '{text}' is not IP or IP:PORT, such as 192.0.2.53.");
    }

    return [.. endPoints];
}

static Option<IPEndPoint> EndPoint(string name, string description, string @default) => new(name)
{
    Description = description,
    HelpName = "IP:PORT",
    DefaultValueFactory = _ => IPEndPoint.Parse(@default),
    CustomParser = argument =>
    {
        var text = argument.Tokens[^1].Value;
        if (IPEndPoint.TryParse(text, out var endPoint) && text.Contains(':')) return endPoint;
        argument.AddError($"{name}: '{text}' is not IP:PORT, such as {@default}.");
        return null!;
    },
};
