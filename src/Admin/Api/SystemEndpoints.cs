using System.Collections.Immutable;
using System.ComponentModel;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Tandem.Shared.Configuration;

namespace Tandem.Admin.Api;

/// <summary>A system parameter and its value in force.</summary>
/// <param name="Name">VOS3000 name.</param>
/// <param name="Value">In force.</param>
/// <param name="Default">When nothing is configured.</param>
/// <param name="IsDefault">True when nothing is configured.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Minimum">Lowest number; null when it is no number.</param>
/// <param name="Maximum">Highest number; null when it is no number.</param>
/// <param name="Choices">Allowed words; empty when it is no choice.</param>
/// <param name="Unit">Of a number.</param>
/// <param name="Meaning">For people.</param>
public sealed record ParameterView(
    string Name,
    string Value,
    string Default,
    bool IsDefault,
    ParameterKind Kind,
    decimal? Minimum,
    decimal? Maximum,
    IReadOnlyList<string> Choices,
    string Unit,
    string Meaning);

/// <summary>A value for a parameter.</summary>
/// <param name="Value">As text, also for numbers.</param>
public sealed record ParameterRequest(string? Value);

/// <summary>System parameters and the system's white list.</summary>
internal static class SystemEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var parameters = api.MapGroup("/system-parameters").WithTags("system-parameters");
        parameters.MapGet("", Parameters).WithSummary("List all system parameters with values and defaults")
            .Produces<PageOf<ParameterView>>();
        parameters.MapGet("/{name}", Parameter).WithSummary("Show one system parameter")
            .Produces<ParameterView>().ProducesProblem(404);
        parameters.MapPut("/{name}", PutParameter).WithSummary("Set one system parameter")
            .Accepts<ParameterRequest>("application/json")
            .Produces<ParameterView>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(412)
            .ProducesProblem(422);
        parameters.MapDelete("/{name}", ResetParameter).WithSummary("Set one system parameter back to its default")
            .Produces<ParameterView>().ProducesProblem(404).ProducesProblem(412);

        var list = api.MapGroup("/system-white-list").WithTags("system-white-list");
        list.MapGet("", WhiteList)
            .WithSummary("List the numbers that no black list refuses").Produces<PageOf<string>>();
        list.MapPut("/{number}", PutNumber).WithSummary("Add a number to the white list")
            .Produces(204).ProducesProblem(412).ProducesProblem(422);
        list.MapDelete("/{number}", DeleteNumber).WithSummary("Take a number off the white list")
            .Produces(204).ProducesProblem(404).ProducesProblem(412);
    }

    private static PageOf<ParameterView> Parameters(
        HttpContext context,
        IConfigurationSource source,
        [Description("Parameters to leave out at the start; 0 when absent.")] int? skip,
        [Description("Parameters wanted, 1 to 1000; 100 when absent.")] int? take)
    {
        var current = source.Current;
        ETags.Set(context.Response, current.Version);
        var all = SystemParameters.Definitions.Values.OrderBy(d => d.Name, StringComparer.Ordinal).ToList();
        return Paging.Of(skip, take).Page(all.Select(d => View(d, current.Source)), all.Count);
    }

    private static IResult Parameter(HttpContext context, IConfigurationSource source, string name)
    {
        var current = source.Current;
        if (Definition(name) is not { } definition) return Missing(name);
        ETags.Set(context.Response, current.Version);
        return Results.Ok(View(definition, current.Source));
    }

    private static async Task<IResult> PutParameter(
        HttpContext context,
        ConfigurationEditor editor,
        string name,
        [FromHeader(Name = "If-Match"), Description("ETag that it was read with; absent: set it whatever it is.")]
        string? ifMatch)
    {
        if (Definition(name) is not { } definition) return Missing(name);
        var (request, problem) = await Bodies.ReadJsonAsync<ParameterRequest>(context.Request, context.RequestAborted);
        if (request is null) return problem!;
        if (request.Value is not { } value) return Problems.BadRequest("value", "is missing");
        if (definition.Check(value) is { } allowed)
            return Problems.BadRequest("value", $"\"{value}\" is not allowed; use {allowed}");
        return await ChangeAsync(context, editor, definition, without => without.Add(definition.Name, value));
    }

    private static async Task<IResult> ResetParameter(
        HttpContext context,
        ConfigurationEditor editor,
        string name,
        [FromHeader(Name = "If-Match"), Description("ETag that it was read with; absent: reset it whatever it is.")]
        string? ifMatch) =>
        Definition(name) is { } definition
            ? await ChangeAsync(context, editor, definition, without => without)
            : Missing(name);

    private static Task<IResult> ChangeAsync(
        HttpContext context,
        ConfigurationEditor editor,
        ParameterDefinition definition,
        Func<ImmutableSortedDictionary<string, string>, ImmutableSortedDictionary<string, string>> change) => editor.ChangeAsync(
        context,
        configuration =>
        {
            var spellings = configuration.SystemParameters.Keys
                .Where(k => SystemParameters.Aliases.GetValueOrDefault(k, k) == definition.Name);
            var next =
                configuration with { SystemParameters = change(configuration.SystemParameters.RemoveRange(spellings)) };
            return (
                new ConfigurationEdit(
                    next,
                    "",
                    JsonSerializer.Serialize(View(definition, configuration).Value),
                    JsonSerializer.Serialize(View(definition, next).Value),
                    version =>
                    {
                        ETags.Set(context.Response, version);
                        return Results.Ok(View(definition, next));
                    }),
                null);
        },
        $"parameter {definition.Name}");

    private static PageOf<string> WhiteList(
        HttpContext context,
        IConfigurationSource source,
        [Description("Numbers to leave out at the start; 0 when absent.")] int? skip,
        [Description("Numbers wanted, 1 to 1000; 100 when absent.")] int? take,
        [Description("Only numbers that start with it.")] string? prefix)
    {
        var current = source.Current;
        ETags.Set(context.Response, current.Version);
        var numbers = current.Source.SystemWhiteList
            .Where(n => prefix is null || n.StartsWith(prefix, StringComparison.Ordinal))
            .ToList();
        return Paging.Of(skip, take).Page(numbers, numbers.Count);
    }

    private static Task<IResult> PutNumber(
        HttpContext context,
        ConfigurationEditor editor,
        string number,
        [FromHeader(Name = "If-Match")]
        [Description("ETag that the list was read with; absent: add to whatever is there.")]
        string? ifMatch) =>
        editor.ChangeAsync(
            context,
            configuration => configuration.SystemWhiteList.Contains(number)
                ? (null, Results.NoContent())
                : (
                    new ConfigurationEdit(
                        configuration with { SystemWhiteList = configuration.SystemWhiteList.Add(number) },
                        $"systemWhiteList[{configuration.SystemWhiteList.Length}]",
                        null,
                        JsonSerializer.Serialize(number),
                        _ => Results.NoContent()),
                    null),
            $"white list: {number}");

    private static Task<IResult> DeleteNumber(
        HttpContext context,
        ConfigurationEditor editor,
        string number,
        [FromHeader(Name = "If-Match")]
        [Description("ETag that the list was read with; absent: take it off whatever is there.")]
        string? ifMatch) =>
        editor.ChangeAsync(
            context,
            configuration => configuration.SystemWhiteList.Contains(number)
                ? (
                    new ConfigurationEdit(
                        configuration with { SystemWhiteList = configuration.SystemWhiteList.Remove(number) },
                        "",
                        JsonSerializer.Serialize(number),
                        null,
                        _ => Results.NoContent()),
                    null)
                : (null, Problems.NotFound($"\"{number}\" is not on the white list.")),
            $"white list: {number} taken off");

    private static ParameterDefinition? Definition(string name) =>
        SystemParameters.Definitions.GetValueOrDefault(SystemParameters.Aliases.GetValueOrDefault(name, name));

    private static IResult Missing(string name) => Problems.NotFound($"There is no system parameter \"{name}\".");

    private static ParameterView View(ParameterDefinition definition, SwitchConfiguration configuration)
    {
        var configured = configuration.SystemParameters
            .FirstOrDefault(p => SystemParameters.Aliases.GetValueOrDefault(p.Key, p.Key) == definition.Name).Value;
        var isNumber = definition.Kind is ParameterKind.Integer or ParameterKind.Decimal;
        return new ParameterView(
            definition.Name,
            configured ?? definition.Default,
            definition.Default,
            configured is null,
            definition.Kind,
            isNumber ? definition.Minimum : null,
            isNumber ? definition.Maximum : null,
            definition.Choices,
            definition.Unit,
            definition.Meaning);
    }
}
