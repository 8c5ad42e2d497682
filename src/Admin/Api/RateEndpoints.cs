using System.ComponentModel;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Tandem.Shared.Configuration;

namespace Tandem.Admin.Api;

/// <summary>The rates of a rate group: paged as JSON, whole as CSV.</summary>
internal static class RateEndpoints
{
    private const string Csv = "text/csv";

    public static void Map(IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/rate-groups/{name}/rates").WithTags(ConfiguredObjects.RateGroups.Route);
        group.MapGet("", List).WithSummary("List or export the rates of a group")
            .WithDescription("A page of JSON; with Accept: text/csv (or format=csv) the whole table as CSV.")
            .Produces<PageOf<RateConfiguration>>().Produces<string>(200, Csv).ProducesProblem(404);
        group.MapPut("", Import).WithSummary("Replace the rates of a group by a CSV table")
            .WithDescription("Columns feePrefix, areaName, type, fee, period, sections (fee/seconds, parted by "
                + "blanks), lockType, "
                + "in any order; feePrefix and fee are needed. The table is taken as a whole or not at all.")
            .Accepts<string>(Csv).Produces(200).ProducesProblem(400).ProducesProblem(404).ProducesProblem(412)
            .ProducesProblem(422);
    }

    private static IResult List(
        HttpContext context,
        IConfigurationSource source,
        string name,
        [Description("Rates to leave out at the start; 0 when absent.")] int? skip,
        [Description("Rates wanted, 1 to 1000; 100 when absent.")] int? take,
        [Description("Only prefixes that start with it.")] string? prefix,
        [Description("csv for the whole table as CSV.")] string? format)
    {
        var current = source.Current;
        if (ConfiguredObjects.RateGroups.Find(current.Source, name) is not { } group)
            return ConfiguredObjects.RateGroups.Missing(name);
        if (Bodies.Wants(context.Request, "csv"))
        {
            ETags.Set(context.Response, current.Version);
            return Results.Stream(
                async stream =>
                {
                    await using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
                    await RateCsv.WriteAsync(group.Rates, writer);
                },
                Csv,
                name + ".csv");
        }

        var paging = Paging.Of(skip, take);
        var rates = prefix is null
            ? (IReadOnlyList<RateConfiguration>)group.Rates
            : [.. group.Rates.Where(r => r.FeePrefix.StartsWith(prefix, StringComparison.Ordinal))];
        return JsonText.Write(
            json =>
            {
                json.WriteStartObject();
                json.WriteStartArray("items");
                foreach (var rate in rates.Skip(paging.Skip).Take(paging.Take)) ConfigurationWriter.Write(json, rate);
                json.WriteEndArray();
                json.WriteNumber("total", rates.Count);
                json.WriteNumber("skip", paging.Skip);
                json.WriteNumber("take", paging.Take);
                json.WriteEndObject();
            },
            current.Version);
    }

    private static async Task<IResult> Import(
        HttpContext context,
        ConfigurationEditor editor,
        string name,
        [FromHeader(Name = "If-Match")]
        [Description("ETag that the rates were read with; absent: replace whatever is there.")]
        string? ifMatch)
    {
        if (context.Request.ContentType?.StartsWith(Csv, StringComparison.OrdinalIgnoreCase) != true)
            return Problems.Of(415, Problems.Validation, "Not CSV", "Send the table with Content-Type: text/csv.");
        var body = await Bodies.ReadAsync(context.Request, context.RequestAborted);
        var (rates, errors) = RateCsv.Read(Encoding.UTF8.GetString(body.Span));
        if (errors.Count > 0) return Problems.Invalid(400, errors);
        return await editor.ChangeAsync(
            context,
            configuration =>
            {
                var groups = configuration.RateGroups;
                if (ConfiguredObjects.RateGroups.Find(configuration, name) is not { } group)
                    return (null, ConfiguredObjects.RateGroups.Missing(name));
                var index = groups.IndexOf(group);
                return (
                    new ConfigurationEdit(
                        configuration with { RateGroups = groups.SetItem(index, group with { Rates = rates }) },
                        $"rateGroups[{index}]",
                        Count(group.Rates.Length),
                        Count(rates.Length),
                        version =>
                            JsonText.Write(
                                json => ConfiguredObjects.RateGroups.Write(json, group with { Rates = rates }),
                                version)),
                    null);
            },
            $"rates of {name} imported");
    }

    private static string Count(int rates) => $"{{\"rateCount\":{rates}}}";
}
