using Tandem.Shared.Cluster;

namespace Tandem.Shared.Registrar;

/// <summary>How far a registration of ours with another platform is (VOS3000 "user agent").</summary>
public enum RegistrationStatus : byte
{
    /// <summary>The first REGISTER has no answer yet.</summary>
    Registering,

    /// <summary>Registered until its expiry.</summary>
    Registered,

    /// <summary>Refused or unanswered; it is tried again.</summary>
    Failed,

    /// <summary>lockType: given up.</summary>
    Locked,
}

/// <summary>The state of one registration of ours.</summary>
/// <param name="Name">Of the registration.</param>
/// <param name="Status">How far it is.</param>
/// <param name="SipStatus">The last final status; 0 when none came.</param>
/// <param name="Cause">Why it is not registered, in words; empty when it is.</param>
/// <param name="ChangedAt">When the status became what it is.</param>
/// <param name="ExpiresAt">End of what the registrar granted; null when not registered.</param>
/// <param name="NextAt">When the next REGISTER goes out; null while one is under way, or locked.</param>
/// <param name="Server">Where REGISTER is sent.</param>
/// <param name="Node">The node that registers.</param>
public sealed record RegistrationState(
    string Name,
    RegistrationStatus Status,
    int SipStatus,
    string Cause,
    DateTimeOffset ChangedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? NextAt,
    string Server,
    string Node);

/// <summary>Questions about our registrations.</summary>
public static class RegistrationQueries
{
    /// <summary>All of them, and each change from now on for a while.</summary>
    public sealed record Subscribe : IWireMessage;
}

/// <summary>What the node that registers tells.</summary>
public static class RegistrationEvents
{
    /// <summary>The state of all registrations.</summary>
    public sealed record States(IReadOnlyList<RegistrationState> Items) : IWireMessage;
}

/// <summary>Nothing is known of any registration.</summary>
public sealed class NoRegistrationStates : IRegistrationStates
{
    /// <summary>The only one.</summary>
    public static NoRegistrationStates Instance { get; } = new();

    /// <inheritdoc />
    public IReadOnlyList<RegistrationState> All => [];

    /// <inheritdoc />
    public RegistrationState? Find(string name) => null;
}

/// <summary>This node's view of our registrations; read on the call's path.</summary>
public interface IRegistrationStates
{
    /// <summary>The state of one; null when it is not known here.</summary>
    RegistrationState? Find(string name);

    /// <summary>All that are known here.</summary>
    IReadOnlyList<RegistrationState> All { get; }
}
