using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Scalar.AspNetCore;
using Tandem.Admin.Api;
using Tandem.Admin.Auditing;
using Tandem.Admin.Security;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Shared.Storage;

namespace Tandem.Admin;

/// <summary>Puts the REST API into a node with the admin role.</summary>
public static class AdminHosting
{
    private const string Prefix = "/api/v1";

    /// <summary>
    /// Registers what the API needs of its own. The node registers the rest: <c>ActorSystem</c>, <c>Database</c>,
    /// <c>ConfigurationStore</c>, <c>IConfigurationSource</c>, <c>ILedgerQueries</c>, <c>ICdrQueries</c> and
    /// <c>TimeProvider</c>.
    /// </summary>
    public static IServiceCollection AddTandemAdmin(this IServiceCollection services)
    {
        services.AddSingleton<ApiKeys>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<Actors>();
        services.AddSingleton<ConfigurationEditor>();
        services.AddProblemDetails();
        services.ConfigureHttpJsonOptions(options => AdminJson.Configure(options.SerializerOptions));
        services.AddOpenApi("v1", Describe);
        return services;
    }

    /// <summary>
    /// Maps <c>/api/v1</c> behind API keys, and without a key the OpenAPI document at <c>/openapi/v1.json</c> and its
    /// page at
    /// <c>/docs</c>, which loads nothing from elsewhere.
    /// </summary>
    public static WebApplication MapTandemApi(this WebApplication app)
    {
        var keys = app.Services.GetRequiredService<ApiKeys>();
        app.UseWhen(
            context => context.Request.Path.StartsWithSegments(Prefix),
            branch =>
            {
                branch.UseExceptionHandler(handler => handler.Run(AnswerFailureAsync));
                branch.UseStatusCodePages();
                branch.Use(next => context => ApiKeyGuard.RunAsync(context, next, keys));
            });

        var api = app.MapGroup(Prefix).ProducesProblem(401);
        ConfiguredObjects.MappingGateways.Map(api);
        ConfiguredObjects.RoutingGateways.Map(api);
        ConfiguredObjects.Phones.Map(api);
        ConfiguredObjects.Registrations.Map(api);
        GatewayEndpoints.Map(api);
        ConfiguredObjects.Accounts.Map(api);
        AccountEndpoints.Map(api);
        ConfiguredObjects.RateGroups.Map(api);
        RateEndpoints.Map(api);
        SystemEndpoints.Map(api);
        BlacklistEndpoints.Map(api);
        BindingEndpoints.Map(api);
        CallEndpoints.Map(api);
        CdrEndpoints.Map(api);
        ConfigEndpoints.Map(api);
        NodeEndpoints.Map(api);
        SipEndpoints.Map(api);
        KeyEndpoints.Map(api);

        app.MapOpenApi();
        app.MapScalarApiReference("/docs", options =>
        {
            options.Title = "Tandem API";
            options.DefaultFonts = false; // They would come from elsewhere.
            options.Telemetry = false;
        });
        return app;
    }

    private static async Task AnswerFailureAsync(HttpContext context)
    {
        var failure = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        var answer = failure switch
        {
            BadHttpRequestException bad => Problems.Of(bad.StatusCode, Problems.Validation, "Not valid", bad.Message),
            not null when Database.IsTransient(failure) =>
                Problems.Unavailable("The database does not answer; try again."),
            _ => Problems.Of(500, "Bug", "Our own fault", "The log of the node says more."),
        };
        await answer.ExecuteAsync(context);
    }

    private static void Describe(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Tandem";
            document.Info.Version = "v1";
            document.Info.Description =
                "Configure and watch the switch. Send your API key in the header X-Api-Key or as a bearer token. "
                + "Lists are paged with skip and take. The ETag of configured objects is the configuration version: "
                + "send it back as If-Match and nobody's change is overwritten. Refusals are problem details (RFC 9457) "
                + "with a code; errors of a body are listed with their path.";
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes["apiKey"] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Header,
                Name = ApiKeyGuard.Header,
                Description =
                    "The key that the node printed at its first start, or one made with POST /api/v1/api-keys.",
            };
            document.Security =
                [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("apiKey", document)] = [] }];
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
            if (type == typeof(CallId) || type == typeof(AccountId) || type == typeof(GatewayId)
                || type == typeof(EndReason))
                schema.Type = JsonSchemaType.String;
            else if (type == typeof(Money))
                schema.Description = "{ amount, currency }";
            return Task.CompletedTask;
        });
    }
}
