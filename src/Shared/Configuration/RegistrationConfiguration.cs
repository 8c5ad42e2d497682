namespace Tandem.Shared.Configuration;

/// <summary>A registration of ours with another platform (VOS3000 UserAgent, vos3000.md §2.5).</summary>
public sealed record RegistrationConfiguration
{
    /// <summary>Unique among registrations.</summary>
    public string Name { get; init; } = "";

    /// <summary>User of the address of record.</summary>
    public string Username { get; init; } = "";

    /// <summary>Digest password.</summary>
    public string Password { get; init; } = "";

    /// <summary>Digest user name; empty is username.</summary>
    public string AuthenticationName { get; init; } = "";

    /// <summary>Address or host name of the registrar.</summary>
    public string ServerIp { get; init; } = "";

    /// <summary>Its port; 0 is by DNS.</summary>
    public int SignalPort { get; init; } = 5060;

    /// <summary>How it is reached.</summary>
    public RoutingTransport Transport { get; init; }

    /// <summary>Domain of the address of record; empty is serverIp.</summary>
    public string HostName { get; init; } = "";

    /// <summary>host[:port][;transport=…] that gets the requests; empty is none.</summary>
    public string OutboundProxy { get; init; } = "";

    /// <summary>Seconds asked for, 20 to 7200; 0 is SS_SIP_USER_AGENT_EXPIRE.</summary>
    public int Expire { get; init; }

    /// <summary>Local address that requests leave from; empty is any.</summary>
    public string LocalIp { get; init; } = "";

    /// <summary>Local port that requests leave from; 0 is any.</summary>
    public int SignalPortLocal { get; init; }

    /// <summary>A locked registration is given up.</summary>
    public LockType LockType { get; init; }

    /// <summary>For people.</summary>
    public string Memo { get; init; } = "";
}
