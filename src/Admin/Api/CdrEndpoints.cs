using System.ComponentModel;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Shared.Cdr;

namespace Tandem.Admin.Api;

/// <summary>Call records of one page.</summary>
/// <param name="Items">Newest first, without attempts and trace.</param>
/// <param name="Next">Give it as <c>cursor</c> for the next page; null when this was the last.</param>
public sealed record CdrPageReply(IReadOnlyList<CallRecord> Items, string? Next);

/// <summary>Query of the filters of call records.</summary>
internal sealed class CdrQuery
{
    [Description("Start of the billed caller number.")]
    public string? Caller { get; init; }

    [Description("Start of the billed callee number.")]
    public string? Callee { get; init; }

    [Description("The customer's trunk.")]
    public string? MappingGateway { get; init; }

    [Description("The vendor's trunk of the last attempt.")]
    public string? RoutingGateway { get; init; }

    [Description("The paying account.")]
    public string? Account { get; init; }

    [Description("Why the call ended: a name such as NoAvailableRouter, or a number.")]
    public string? EndReason { get; init; }

    [Description("Started at or after this moment (ISO 8601).")]
    public DateTimeOffset? From { get; init; }

    [Description("Started before this moment (ISO 8601).")]
    public DateTimeOffset? To { get; init; }
}

/// <summary>Stored call records: query, one with its story, CSV.</summary>
internal static class CdrEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/cdrs").WithTags("cdrs");
        group.MapGet("", List).WithSummary("Query or export call records")
            .WithDescription("A page of JSON, newest first, with a cursor for the next; with Accept: text/csv (or "
                + "format=csv) all "
                + "that the filter lets pass, as CSV.")
            .Produces<CdrPageReply>().Produces<string>(200, "text/csv").ProducesProblem(400).ProducesProblem(503);
        group.MapGet("/{callId}", One).WithSummary("Show one call with its attempts and decision trace")
            .Produces<CallRecord>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(503);
    }

    private static async Task<IResult> List(
        HttpContext context,
        ICdrQueries cdrs,
        [AsParameters] CdrQuery query,
        [Description("next of the page before; absent: the first page.")] string? cursor,
        [Description("Records wanted, 1 to 1000; 100 when absent.")] int? take,
        [Description("csv for CSV.")] string? format)
    {
        if (!TryReason(query.EndReason, out var reason))
            return Problems.BadRequest(
                "endReason", $"\"{query.EndReason}\" is not an end reason; use a name such as NoAvailableRouter");
        if (!TryCursor(cursor, out var after))
            return Problems.BadRequest("cursor", "is not a cursor of this API; send back next");
        var filter = new CdrFilter
        {
            CallerPrefix = query.Caller,
            CalleePrefix = query.Callee,
            MappingGateway = query.MappingGateway,
            RoutingGateway = query.RoutingGateway,
            Account = query.Account,
            EndReason = reason,
            From = query.From,
            To = query.To,
        };
        if (Bodies.Wants(context.Request, "csv"))
        {
            var lines = cdrs.CsvAsync(filter, context.RequestAborted);
            return Results.Stream(
                async stream =>
                {
                    await using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true);
                    await foreach (var line in lines) await writer.WriteAsync(line + "\r\n");
                },
                "text/csv",
                "cdrs.csv");
        }

        var page = await cdrs.ListAsync(filter, after, Paging.Of(0, take).Take, context.RequestAborted);
        return Results.Ok(new CdrPageReply(page.Records, page.Next is { } next ? Text(next) : null));
    }

    private static async Task<IResult> One(HttpContext context, ICdrQueries cdrs, string callId)
    {
        if (!CallId.TryParse(callId, out var id))
            return Problems.BadRequest("callId", "is not a call id: 25 hexadecimal digits");
        return await cdrs.GetAsync(id, context.RequestAborted) is { } record
            ? Results.Ok(record)
            : Problems.NotFound($"There is no record of a call {callId}.");
    }

    private static string Text(CdrCursor cursor) =>
        string.Create(CultureInfo.InvariantCulture, $"{cursor.StartedAt.UtcTicks}.{cursor.CallId}");

    private static bool TryCursor(string? text, out CdrCursor? cursor)
    {
        cursor = null;
        if (text is null) return true;
        if (text.Split('.') is not [var ticks, var callId]
            || !long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            || at > DateTimeOffset.MaxValue.UtcTicks
            || !CallId.TryParse(callId, out var id))
            return false;
        cursor = new CdrCursor(new DateTimeOffset(at, TimeSpan.Zero), id);
        return true;
    }

    private static bool TryReason(string? text, out EndReason? reason)
    {
        reason = null;
        if (text is null) return true;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            reason = (EndReason)number;
            return EndReasons.IsDefined(number);
        }

        foreach (var (own, info) in EndReasons.Own)
        {
            if (!info.Name.Equals(text, StringComparison.OrdinalIgnoreCase)) continue;
            reason = own;
            return true;
        }

        if (!text.StartsWith("Sip", StringComparison.OrdinalIgnoreCase)
            || !int.TryParse(text.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out number))
            return false;
        reason = (EndReason)number;
        return EndReasons.IsDefined(number);
    }
}
