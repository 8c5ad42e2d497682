using Tandem.Shared.Cluster;

namespace Tandem.Shared.Configuration;

/// <summary>What is asked of the configuration actor of a node (<c>/user/configuration</c>).</summary>
public static class ConfigurationCommands
{
    /// <summary>
    /// Bring a whole configuration into force. Answered with <see cref="ConfigurationReplies.Applied"/>,
    /// <see cref="ConfigurationReplies.Refused"/>, <see cref="ConfigurationReplies.Conflict"/> or
    /// <see cref="ConfigurationReplies.Unavailable"/>.
    /// </summary>
    /// <param name="ExpectedVersion">
    /// The version that the change was made from; 0 when none is in force; −1 to apply whatever the version is.
    /// </param>
    /// <param name="Content">The configuration as UTF-8 JSON, as <c>ConfigurationWriter</c> writes it.</param>
    /// <param name="By">Who asks: the name of the API key, or <c>file</c>.</param>
    /// <param name="Comment">Why; for people.</param>
    public sealed record Apply(long ExpectedVersion, ReadOnlyMemory<byte> Content, string By, string Comment) : IWireMessage;

    /// <summary>
    /// Bring the content of an older version back into force, as a new version. Answered as <see cref="Apply"/>.
    /// </summary>
    /// <param name="ExpectedVersion">As in <see cref="Apply"/>.</param>
    /// <param name="Version">The version whose content comes back.</param>
    /// <param name="By">Who asks.</param>
    /// <param name="Comment">Why; for people.</param>
    public sealed record Rollback(long ExpectedVersion, long Version, string By, string Comment) : IWireMessage;
}

/// <summary>What the configuration actor of a node answers.</summary>
public static class ConfigurationReplies
{
    /// <summary>Stored and in force on the answering node; the others follow within a second.</summary>
    public sealed record Applied(long Version) : IWireMessage;

    /// <summary>Not valid; each line has the path and the fix. Nothing has changed.</summary>
    public sealed record Refused(IReadOnlyList<string> Errors) : IWireMessage;

    /// <summary>Somebody else was first: <paramref name="CurrentVersion"/> is in force. Nothing has changed.</summary>
    public sealed record Conflict(long CurrentVersion) : IWireMessage;

    /// <summary>The database did not take it; try again. Whether it was stored is unknown: look at the version.</summary>
    public sealed record Unavailable(string Detail) : IWireMessage;
}

/// <summary>What the configuration actors tell each other.</summary>
public static class ConfigurationEvents
{
    /// <summary>Version <paramref name="Version"/> is in the store: load it.</summary>
    public sealed record VersionStored(long Version) : IWireMessage;
}
