using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Tandem.Admin.Security;
using Tandem.Shared.Configuration;

namespace Tandem.Admin.Api;

/// <summary>What the validator says of a configuration.</summary>
public sealed record ValidationReply(bool Valid, IReadOnlyList<FieldError> Errors);

/// <summary>The new version.</summary>
public sealed record VersionReply(long Version);

/// <summary>The configuration as a whole, and its versions.</summary>
internal static class ConfigEndpoints
{
    private const string Json = "application/json";
    private const string Yaml = "application/yaml";

    public static void Map(IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/config").WithTags("config");
        group.MapGet("", Whole).WithSummary("Export the configuration in force")
            .WithDescription(
                "JSON with every key; with Accept: application/yaml (or format=yaml) YAML without defaults. Passwords are "
                + "shown as ********, which keeps them when it is sent back; secrets=true shows them to a key that may write.")
            .Produces<SwitchConfiguration>().Produces<string>(200, Yaml);
        group.MapPut("", Replace).WithSummary("Replace the whole configuration")
            .WithDescription(
                "Validated as a whole, in force on every node within a second, or refused with all errors.")
            .Accepts<SwitchConfiguration>(Json, Yaml)
            .Produces<VersionReply>().ProducesProblem(400).ProducesProblem(412);
        group.MapPost("/validate", Validate).WithSummary("Check a configuration without applying it")
            .Accepts<SwitchConfiguration>(Json, Yaml).Produces<ValidationReply>();
        group.MapGet("/versions", Versions)
            .WithSummary("List versions, newest first").Produces<PageOf<ConfigurationVersion>>();
        group.MapGet("/versions/{version:long}", Version).WithSummary("Show the content of one version")
            .Produces<SwitchConfiguration>().ProducesProblem(404);
        group.MapPost("/versions/{version:long}/rollback", Rollback)
            .WithSummary("Bring the content of an old version back")
            .WithDescription("As a new version; the versions between stay.")
            .Produces<VersionReply>().ProducesProblem(404).ProducesProblem(412).ProducesProblem(422);
    }

    private static IResult Whole(
        HttpContext context,
        IConfigurationSource source,
        [Description("yaml for YAML.")] string? format,
        [Description("true: with passwords, for a key that may write.")] bool? secrets)
    {
        var current = source.Current;
        ETags.Set(context.Response, current.Version);
        var shown = Secrets.Wanted(context, secrets) ? current.Source : Secrets.Hide(current.Source);
        return Bodies.Wants(context.Request, "yaml")
            ? Results.Text(ConfigurationWriter.ToYaml(shown), Yaml)
            : Results.Bytes(ConfigurationWriter.ToJson(shown, indented: true), Json);
    }

    private static async Task<IResult> Replace(
        HttpContext context,
        ConfigurationEditor editor,
        [Description("For people; kept with the version.")] string? comment,
        [FromHeader(Name = "If-Match"), Description("ETag that it was read with; absent: replace whatever is there.")]
        string? ifMatch)
    {
        var body = await Bodies.ReadAsync(context.Request, context.RequestAborted);
        var reading = ConfigurationReader.Read(body, Bodies.FormatOf(context.Request));
        if (reading.Value is not { } sent) return Problems.Unreadable(reading.Errors);
        var (configuration, missing) = Secrets.Restore(sent, editor.Current.Source);
        if (missing.Count > 0) return Problems.Invalid(422, [.. missing]);
        var content = ConfigurationWriter.ToJson(configuration);
        return await editor.ApplyAsync(
            context,
            expected =>
                new ConfigurationCommands.Apply(
                    expected, content, context.Caller().Name, comment ?? "whole configuration"));
    }

    private static async Task<ValidationReply> Validate(HttpRequest request, CancellationToken cancel)
    {
        var body = await Bodies.ReadAsync(request, cancel);
        var errors = ConfigurationReader.Read(body, Bodies.FormatOf(request)).Errors;
        return new ValidationReply(
            errors.IsEmpty,
            [.. errors.Select(e => new FieldError(e.Path, e.Line > 0 ? $"{e.Message} (line {e.Line})" : e.Message))]);
    }

    private static async Task<PageOf<ConfigurationVersion>> Versions(
        ConfigurationStore store,
        [Description("Versions to leave out at the start; 0 when absent.")] int? skip,
        [Description("Versions wanted, 1 to 1000; 100 when absent.")] int? take,
        CancellationToken cancel)
    {
        var paging = Paging.Of(skip, take);
        var (items, total) = await store.ListAsync(paging.Skip, paging.Take, cancel);
        return new PageOf<ConfigurationVersion>(items, total, paging.Skip, paging.Take);
    }

    private static async Task<IResult> Version(
        HttpContext context,
        ConfigurationStore store,
        long version,
        [Description("true: with passwords, for a key that may write.")] bool? secrets,
        CancellationToken cancel)
    {
        if (await store.GetAsync(version, cancel) is not { } stored)
            return Problems.NotFound($"There is no version {version}.");
        if (Secrets.Wanted(context, secrets)) return new JsonText(stored.Content, version);

        // A version that this build cannot read is not shown without knowing where its passwords are.
        var reading = ConfigurationReader.Read(stored.Content, ConfigurationFormat.Json);
        return reading.Value is { } configuration
            ? new JsonText(ConfigurationWriter.ToJson(Secrets.Hide(configuration)), version)
            : Problems.Unreadable(reading.Errors);
    }

    private static async Task<IResult> Rollback(
        HttpContext context,
        ConfigurationStore store,
        ConfigurationEditor editor,
        long version,
        [Description("For people; kept with the version.")] string? comment,
        [FromHeader(Name = "If-Match")]
        [Description("ETag of the version in force; absent: roll back whatever is in force.")]
        string? ifMatch)
    {
        if (await store.GetAsync(version, context.RequestAborted) is null)
            return Problems.NotFound($"There is no version {version}.");
        return await editor.ApplyAsync(
            context,
            expected => new ConfigurationCommands.Rollback(
                expected, version, context.Caller().Name, comment ?? $"rollback to version {version}"));
    }
}
