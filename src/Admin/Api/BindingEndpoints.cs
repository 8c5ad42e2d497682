using System.ComponentModel;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Tandem.Admin.Auditing;
using Tandem.Admin.Security;
using Tandem.Shared;
using Tandem.Shared.Cluster;
using Tandem.Shared.Configuration;
using Tandem.Shared.Registrar;

namespace Tandem.Admin.Api;

/// <summary>A contact that is registered here.</summary>
/// <param name="AddressOfRecord">r:phone:NUMBER of a phone, r:NAME or m:NAME of a dynamic gateway.</param>
/// <param name="Contact">The registered URI.</param>
/// <param name="Source">Where its REGISTER came from.</param>
/// <param name="ExpiresAt">When it ends without a refresh.</param>
/// <param name="RegisteredAt">Its last refresh.</param>
/// <param name="Q">Preference, 0 to 1; null when it gives none.</param>
/// <param name="UserAgent">What the device calls itself.</param>
/// <param name="Path">Its route (RFC 3327).</param>
/// <param name="Node">The node that has the flow to it.</param>
public sealed record BindingView(
    string AddressOfRecord,
    string Contact,
    string Source,
    DateTimeOffset ExpiresAt,
    DateTimeOffset RegisteredAt,
    decimal? Q,
    string UserAgent,
    string Path,
    string Node);

/// <summary>Who is registered at the switch, and where the switch is registered itself.</summary>
internal static class BindingEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/bindings").WithTags("bindings");
        group.MapGet("", List).WithSummary("List the contacts of phones and dynamic gateways that are registered")
            .Produces<PageOf<BindingView>>().ProducesProblem(400).ProducesProblem(503);
        group.MapDelete("/{addressOfRecord}", Remove).WithSummary("Remove a registered contact, or all of an address of record")
            .Produces(204).ProducesProblem(400).ProducesProblem(404).ProducesProblem(503).ProducesProblem(504);
        api.MapGet("/registrations/{name}/state", State).WithTags("registrations")
            .WithSummary("How far a registration of ours with another platform is")
            .Produces<RegistrationState>().ProducesProblem(404);
    }

    private static async Task<IResult> List(
        HttpContext context,
        [Description("Only this address of record, such as r:phone:1001.")] string? addressOfRecord,
        [Description("Contacts to leave out at the start; 0 when absent.")] int? skip,
        [Description("Contacts wanted, 1 to 1000; 100 when absent.")] int? take)
    {
        GatewayId? gateway = null;
        if (addressOfRecord is not null)
        {
            if (!GatewayId.TryParse(addressOfRecord, out var id)) return NoAddressOfRecord();
            gateway = id;
        }

        var paging = Paging.Of(skip, take);
        var (rows, total) = await context.RequestServices.GetRequiredService<IBindingQueries>()
            .List(gateway, paging.Skip, paging.Take);
        return Results.Ok(new PageOf<BindingView>([.. rows.Select(View)], total, paging.Skip, paging.Take));
    }

    private static async Task<IResult> Remove(
        HttpContext context,
        Actors actors,
        AuditLog audit,
        [Description("r:phone:NUMBER, r:NAME or m:NAME.")] string addressOfRecord,
        [Description("The contact as listed; absent is all of them.")] string? contact)
    {
        if (!GatewayId.TryParse(addressOfRecord, out var gateway)) return NoAddressOfRecord();
        var (reply, failure) = await actors.AskAsync<IRegistrarRegion>(
            new RegistrarCommands.Remove(gateway, contact ?? ""), context.RequestAborted);
        if (failure is not null) return failure;
        if (reply is RegistrarReplies.NotRemoved) return Problems.Unavailable("The database does not answer; try again.");
        if (reply is not RegistrarReplies.Removed removed) throw Actors.Unexpected(reply);
        if (removed.Count == 0) return Problems.NotFound($"{addressOfRecord} has no such contact.");
        await audit.WriteAsync(
            context.Caller().Name,
            context.Request.Method,
            context.Request.Path + context.Request.QueryString,
            JsonSerializer.Serialize(new { addressOfRecord, contact, removed.Count }),
            null);
        return Results.NoContent();
    }

    private static IResult State(HttpContext context, IConfigurationSource source, string name)
    {
        if (!source.Current.Registrations.TryGetValue(name, out var registration))
            return Problems.NotFound($"There is no registration {name}.");
        return Results.Ok(context.RequestServices.GetService<IRegistrationStates>()?.Find(name) ?? new RegistrationState(
            name, RegistrationStatus.Registering, 0, "Nothing is known of it yet.", DateTimeOffset.UnixEpoch, null, null,
            registration.ServerIp, ""));
    }

    private static IResult NoAddressOfRecord() =>
        Problems.BadRequest("addressOfRecord", "use r:phone:NUMBER, r:NAME or m:NAME");

    private static BindingView View(BindingRow row) => new(
        row.GatewayId.ToString(),
        row.Binding.Contact,
        row.Binding.Source,
        row.Binding.ExpiresAt,
        row.Binding.RegisteredAt,
        row.Binding.Q / 1000m,
        row.Binding.UserAgent,
        row.Binding.Path,
        row.Binding.Node);
}
