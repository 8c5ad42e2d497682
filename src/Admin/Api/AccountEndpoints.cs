using System.ComponentModel;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Tandem.Admin.Auditing;
using Tandem.Admin.Security;
using Tandem.Shared;
using Tandem.Shared.Accounts;
using Tandem.Shared.Cluster;
using Tandem.Shared.Configuration;

namespace Tandem.Admin.Api;

/// <summary>What an operator posts to an account.</summary>
/// <param name="Key">Unique per account: a repeat with the same key is the same posting. Absent: made for you.</param>
/// <param name="Amount">Over zero; a correction may be negative.</param>
/// <param name="Kind">payment (adds), deduction (takes off) or correction.</param>
/// <param name="Memo">For people.</param>
public sealed record PaymentRequest(string? Key, decimal? Amount, PostingKind? Kind, string? Memo);

/// <summary>A posting that is in the ledger.</summary>
/// <param name="Key">Repeat with it when in doubt.</param>
/// <param name="Balance">After the posting.</param>
public sealed record PaymentReply(string Key, Money Balance);

/// <summary>Rows of an account's ledger.</summary>
/// <param name="Items">Newest first.</param>
/// <param name="Before">Give it as <c>before</c> for the next page; null when this was the last.</param>
public sealed record LedgerPage(IReadOnlyList<LedgerEntry> Items, long? Before);

/// <summary>An account's money: live state, postings, ledger. Its settings are a configured object.</summary>
internal static class AccountEndpoints
{
    private const int MaxMemo = 256;

    public static void Map(IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/accounts/{name}").WithTags(ConfiguredObjects.Accounts.Route);
        group.MapPost("/payments", Pay).WithSummary("Post a payment, deduction or correction")
            .WithDescription(
                "In the ledger when answered. After a time-out repeat with the same key: it is posted once.")
            .Accepts<PaymentRequest>("application/json")
            .Produces<PaymentReply>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(409)
            .ProducesProblem(504);
        group.MapGet("/ledger", Ledger).WithSummary("Read the ledger of an account")
            .WithDescription("Newest first; each row is a balanced transfer and never changes.")
            .Produces<LedgerPage>().ProducesProblem(503);
    }

    /// <summary>The account's settings and, as <c>state</c>, its money now; null when its owner does not
    /// answer.</summary>
    public static async Task WriteWithStateAsync(HttpContext context, Utf8JsonWriter json, AccountConfiguration account)
    {
        var actors = context.RequestServices.GetRequiredService<Actors>();
        var (reply, _) = await actors.AskAsync<IAccountRegion>(
            new AccountQueries.GetState(new AccountId(account.Account)), context.RequestAborted);
        json.WriteStartObject();
        using (var settings = JsonDocument.Parse(JsonText.Text(j => ConfigurationWriter.Write(j, account))))
            foreach (var property in settings.RootElement.EnumerateObject()) property.WriteTo(json);
        if (reply is AccountState state)
        {
            json.WriteStartObject("state");
            json.WriteNumber("balance", state.Balance.Amount);
            json.WriteNumber("held", state.Held.Amount);
            json.WriteNumber("creditLimit", state.CreditLimit.Amount);
            json.WriteNumber("available", (state.Balance + state.CreditLimit - state.Held).Amount);
            json.WriteNumber("holds", state.Holds);
            json.WriteNumber("lastSequence", state.LastSequence);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("state");
        }

        json.WriteEndObject();
    }

    private static async Task<IResult> Pay(
        HttpContext context,
        IConfigurationSource source,
        Actors actors,
        AuditLog audit,
        string name)
    {
        if (!source.Current.Accounts.TryGetValue(name, out var account))
            return ConfiguredObjects.Accounts.Missing(name);
        var (request, problem) = await Bodies.ReadJsonAsync<PaymentRequest>(context.Request, context.RequestAborted);
        if (request is null) return problem!;
        var (amount, kind) = (request.Amount ?? 0, request.Kind ?? PostingKind.Payment);
        if (kind is not (PostingKind.Payment or PostingKind.Deduction or PostingKind.Correction))
            return Problems.BadRequest("kind", "use payment, deduction or correction");
        if (amount == 0 || (amount < 0 && kind != PostingKind.Correction))
            return Problems.BadRequest("amount", "must be over 0 (a correction may be under 0)");
        if (decimal.Round(amount, ConfigurationLimits.MoneyDecimals) != amount
            || Math.Abs(amount) > ConfigurationLimits.Money)
            return Problems.BadRequest(
                "amount", $"use at most {ConfigurationLimits.MoneyDecimals} decimals and {ConfigurationLimits.Money}");
        if (request.Memo?.Length > MaxMemo) return Problems.BadRequest("memo", $"use at most {MaxMemo} characters");
        var key = request.Key ?? Guid.NewGuid().ToString("n");
        if (!ConfigurationValidator.IsName(key))
            return Problems.BadRequest("key", "use 1 to 64 letters, digits, dots, dashes and underscores");

        var post = new AccountCommands.Post(
            new AccountId(name),
            key,
            kind,
            new Money(kind == PostingKind.Deduction ? -amount : amount, new Currency(account.Currency)),
            request.Memo ?? "",
            context.Caller().Name);
        var (reply, failure) = await actors.AskAsync<IAccountRegion>(post, context.RequestAborted);
        if (failure is not null) return failure;
        switch (reply)
        {
            case AccountReplies.Posted posted:
                var after = JsonSerializer.Serialize(
                    new { key, kind, amount = post.Amount, memo = post.Memo, balance = posted.Balance }, AdminJson.Strict);
                await audit.WriteAsync(post.By, context.Request.Method, context.Request.Path, null, after);
                return Results.Ok(new PaymentReply(posted.Key, posted.Balance));
            case AccountReplies.PostRefused refused:
                return Problems.Of(409, "PostingRefused", "Refused", refused.Detail);
            case AccountReplies.Refused refused:
                return Problems.Rejected(refused.Rejection);
            default:
                throw Actors.Unexpected(reply);
        }
    }

    private static async Task<LedgerPage> Ledger(
        ILedgerQueries ledger,
        string name,
        [Description("Rows with a sequence under it: the before of the page before; absent: from the newest.")]
        long? before,
        [Description("Rows wanted, 1 to 1000; 100 when absent.")] int? take,
        CancellationToken cancel)
    {
        var limit = Paging.Of(0, take).Take;
        var rows = await ledger.PageAsync(new AccountId(name), before, limit, cancel);
        return new LedgerPage(rows, rows.Count == limit && rows[^1].Sequence > 1 ? rows[^1].Sequence : null);
    }
}
