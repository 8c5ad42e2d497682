using Microsoft.AspNetCore.Http;
using Tandem.Admin.Auditing;
using Tandem.Admin.Security;
using Tandem.Shared.Cluster;
using Tandem.Shared.Configuration;

namespace Tandem.Admin.Api;

/// <summary>A change of the configuration, made from one version.</summary>
/// <param name="Next">The whole after the change.</param>
/// <param name="Path">
/// Path of the changed object; it is cut off from errors about the object, whose reader knows only the object.
/// </param>
/// <param name="Before">For the audit.</param>
/// <param name="After">For the audit.</param>
/// <param name="Reply">The answer, given the new version.</param>
internal sealed record ConfigurationEdit(
    SwitchConfiguration Next,
    string Path,
    string? Before,
    string? After,
    Func<long, IResult> Reply);

/// <summary>
/// Makes changes of single objects out of changes of the whole: read the version in force, change, apply if it is still
/// the newest. With If-Match a lost update is refused (412), without it the change is made again on the newer version.
/// </summary>
internal sealed class ConfigurationEditor(IConfigurationSource source, Actors actors, AuditLog audit)
{
    /// <summary>Tries of a change without If-Match while others change, too.</summary>
    private const int Tries = 5;

    /// <summary>How long this node may be behind a version that a client has seen on another node.</summary>
    private static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(2);

    public ConfigurationSnapshot Current => source.Current;

    public async Task<IResult> ChangeAsync(
        HttpContext context,
        Func<SwitchConfiguration, (ConfigurationEdit? Edit, IResult? Problem)> change,
        string comment)
    {
        if (!ETags.TryRead(context.Request, out var expected))
            return Problems.BadRequest("If-Match", "is not an ETag of this API; send back the one that you read");
        for (var i = 0; ; i++)
        {
            if (expected is { } wanted) await ReachAsync(wanted, context.RequestAborted);
            var current = source.Current;
            if (expected is not null && expected != current.Version) return Problems.LostUpdate(current.Version);
            var (edit, problem) = change(current.Source);
            if (edit is null) return problem!;
            var content = ConfigurationWriter.ToJson(edit.Next);
            var command = new ConfigurationCommands.Apply(current.Version, content, context.Caller().Name, comment);
            var (reply, failure) =
                await actors.AskAsync<IConfigurationNode>(command, context.RequestAborted, Actors.ChangeTimeout);
            if (failure is not null) return failure;
            if (reply is ConfigurationReplies.Conflict conflict)
            {
                if (expected is not null) return Problems.LostUpdate(conflict.CurrentVersion);
                if (i + 1 >= Tries) return Problems.Busy(conflict.CurrentVersion);
                await ReachAsync(conflict.CurrentVersion, context.RequestAborted);
                continue;
            }

            return await AnswerAsync(context, reply, edit.Path, edit.Before, edit.After, edit.Reply);
        }
    }

    /// <summary>Applies a whole configuration, or brings an old version back.</summary>
    public async Task<IResult> ApplyAsync(HttpContext context, Func<long, object> command)
    {
        if (!ETags.TryRead(context.Request, out var expected))
            return Problems.BadRequest("If-Match", "is not an ETag of this API; send back the one that you read");
        var before = source.Current.Version;
        var (reply, failure) = await actors.AskAsync<IConfigurationNode>(
            command(expected ?? -1), context.RequestAborted, Actors.ChangeTimeout);
        if (failure is not null) return failure;
        if (reply is ConfigurationReplies.Conflict conflict)
            return expected is null
                ? Problems.Busy(conflict.CurrentVersion)
                : Problems.LostUpdate(conflict.CurrentVersion);
        var after = reply is ConfigurationReplies.Applied applied ? $"{{\"version\":{applied.Version}}}" : null;
        return await AnswerAsync(context, reply, "", $"{{\"version\":{before}}}", after, Version);
    }

    private static JsonText Version(long version) =>
        JsonText.Write(
            json =>
            {
                json.WriteStartObject();
                json.WriteNumber("version", version);
                json.WriteEndObject();
            },
            version);

    private async Task<IResult> AnswerAsync(
        HttpContext context,
        object? reply,
        string path,
        string? before,
        string? after,
        Func<long, IResult> answer)
    {
        switch (reply)
        {
            case ConfigurationReplies.Applied applied:
                await audit.WriteAsync(
                    context.Caller().Name, context.Request.Method, context.Request.Path, before, after);
                return answer(applied.Version);
            case ConfigurationReplies.Refused refused:
                return Problems.Invalid(422, [.. refused.Errors.Select(e => Parse(e, path))]);
            case ConfigurationReplies.Unavailable unavailable:
                return Problems.Unavailable(unavailable.Detail);
            default:
                throw Actors.Unexpected(reply);
        }
    }

    private static FieldError Parse(string error, string path)
    {
        var colon = error.IndexOf(": ", StringComparison.Ordinal);
        var (where, what) = colon < 0 ? ("", error) : (error[..colon], error[(colon + 2)..]);
        if (path.Length > 0 && where.StartsWith(path + ".", StringComparison.Ordinal))
            where = where[(path.Length + 1)..];
        return new FieldError(where, what);
    }

    private async Task ReachAsync(long version, CancellationToken cancel)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void OnChanged(ConfigurationSnapshot snapshot)
        {
            if (snapshot.Version >= version) reached.TrySetResult();
        }

        source.Changed += OnChanged;
        try
        {
            if (source.Current.Version < version) await reached.Task.WaitAsync(CatchUp, cancel);
        }
        catch (TimeoutException)
        {
            // Still behind: whoever waits compares versions next and refuses.
        }
        finally
        {
            source.Changed -= OnChanged;
        }
    }
}
