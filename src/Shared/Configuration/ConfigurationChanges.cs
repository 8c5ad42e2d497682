using System.Collections.Immutable;
using Tandem.Shared.Storage;

namespace Tandem.Shared.Configuration;

/// <summary>What came of a change: one of the replies, and the snapshot when it is stored.</summary>
/// <param name="Reply">For whoever asked.</param>
/// <param name="Snapshot">Null when nothing was stored.</param>
internal sealed record ConfigurationOutcome(object Reply, ConfigurationSnapshot? Snapshot);

/// <summary>
/// The steps of a change, without an actor: read, validate, store behind the fence, compile. Used by the node's
/// configuration actor, and at start before there is an actor system.
/// </summary>
internal static class ConfigurationChanges
{
    /// <summary>Tries of a change that is wanted whatever the version is, when others write at the same time.</summary>
    private const int Tries = 10;

    public static async Task<ConfigurationOutcome> ApplyAsync(
        ConfigurationStore store, ConfigurationCommands.Apply command)
    {
        var reading = ConfigurationReader.Read(command.Content, ConfigurationFormat.Json);
        if (reading.Value is not { } configuration)
            return new(new ConfigurationReplies.Refused(Text(reading.Errors)), null);
        for (var i = 0; i < Tries; i++)
        {
            var newest = await store.NewestVersionAsync().ConfigureAwait(false);
            if (command.ExpectedVersion >= 0 && command.ExpectedVersion != newest)
                return new(new ConfigurationReplies.Conflict(newest), null);
            var version = newest + 1;
            if (await store.TryInsertAsync(version, command.Content, command.By, command.Comment).ConfigureAwait(false))
                return new(
                    new ConfigurationReplies.Applied(version), new ConfigurationSnapshot(version, configuration));
        }

        return new(new ConfigurationReplies.Conflict(await store.NewestVersionAsync().ConfigureAwait(false)), null);
    }

    public static async Task<ConfigurationOutcome> RollbackAsync(
        ConfigurationStore store,
        ConfigurationCommands.Rollback command)
    {
        var old = await store.GetAsync(command.Version).ConfigureAwait(false);
        return old is null
            ? new(new ConfigurationReplies.Refused([$"version: there is no version {command.Version}"]), null)
            : await ApplyAsync(
                store,
                new ConfigurationCommands.Apply(command.ExpectedVersion, old.Content, command.By, command.Comment))
                .ConfigureAwait(false);
    }

    /// <summary>Compiles a stored version; the errors when this build would not accept it.</summary>
    public static (ConfigurationSnapshot? Snapshot, ImmutableArray<ConfigurationError> Errors) Compile(StoredConfiguration stored)
    {
        var reading = ConfigurationReader.Read(stored.Content, ConfigurationFormat.Json);
        return reading.Value is { } configuration
            ? (new ConfigurationSnapshot(stored.Version.Version, configuration), [])
            : (null, reading.Errors);
    }

    public static IReadOnlyList<string> Text(ImmutableArray<ConfigurationError> errors) =>
        [.. errors.Select(e => e.ToString())];
}

/// <summary>What a node starts with.</summary>
/// <param name="Version">In force now; 0 when nothing was ever configured.</param>
/// <param name="FileApplied">The file became this version.</param>
/// <param name="FileIgnored">
/// The database had a configuration already, and the file says something else: it was left alone.
/// </param>
/// <param name="Errors">Not empty: the stored version cannot be used by this build; start nothing.</param>
public sealed record ConfigurationStart(
    long Version,
    bool FileApplied,
    bool FileIgnored,
    ImmutableArray<ConfigurationError> Errors);

/// <summary>
/// Brings a configuration into force before the actor system starts, so that no socket opens without one: the newest
/// stored version, or at the very first start the file. Three nodes may do so at once with the same file: one stores
/// it.
/// </summary>
public static class ConfigurationBootstrap
{
    /// <summary>Loads into <paramref name="holder"/>.</summary>
    /// <param name="store">The versions.</param>
    /// <param name="holder">Of this node.</param>
    /// <param name="file">From <see cref="ConfigurationReader.ReadFile"/>; null when none was given.</param>
    /// <exception cref="SchemaException">The database cannot be reached.</exception>
    public static async Task<ConfigurationStart> StartAsync(
        ConfigurationStore store,
        ConfigurationHolder holder,
        SwitchConfiguration? file)
    {
        try
        {
            var applied = false;
            var stored = await store.NewestAsync().ConfigureAwait(false);
            if (stored is null && file is not null)
            {
                applied = await store.TryInsertAsync(1, ConfigurationWriter.ToJson(file), "file", "first start")
                    .ConfigureAwait(false);
                stored = await store.NewestAsync().ConfigureAwait(false);
            }

            if (stored is null) return new(0, false, false, []);
            var (snapshot, errors) = ConfigurationChanges.Compile(stored);
            if (snapshot is null) return new(stored.Version.Version, false, false, errors);
            holder.Set(snapshot);
            var ignored = file is not null && !ConfigurationWriter.AreEqual(file, snapshot.Source);
            return new(snapshot.Version, applied, ignored, []);
        }
        catch (Exception failure) when (Database.IsTransient(failure))
        {
            throw new SchemaException(
                $"The configuration cannot be read from the database: {failure.Message}. Check Storage:ConnectionString.",
                failure);
        }
    }
}
