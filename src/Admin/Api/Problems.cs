using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Tandem.Shared.Calls;
using Tandem.Shared.Configuration;

namespace Tandem.Admin.Api;

/// <summary>One error of a request body: where, and what to do.</summary>
public sealed record FieldError(string Path, string Message);

/// <summary>Refusals as ProblemDetails (RFC 9457) with a <c>code</c> that programs can test.</summary>
internal static class Problems
{
    public const string Validation = "Validation";

    public static IResult NotFound(string detail) => Of(404, "NotFound", "Not found", detail);

    public static IResult BadRequest(string path, string message) => Invalid(400, [new FieldError(path, message)]);

    public static IResult Unreadable(IEnumerable<ConfigurationError> errors) => Invalid(
        400,
        [.. errors.Select(e => new FieldError(e.Path, e.Line > 0 ? $"{e.Message} (line {e.Line})" : e.Message))]);

    public static IResult Invalid(int status, IReadOnlyList<FieldError> errors)
    {
        var problem = Details(status, Validation, "Not valid", errors.Count == 1
            ? $"{(errors[0].Path.Length == 0 ? "body" : errors[0].Path)}: {errors[0].Message}"
            : $"There are {errors.Count} errors; nothing was changed.");
        problem.Extensions["errors"] = errors;
        return Results.Problem(problem);
    }

    public static IResult LostUpdate(long current) => Of(
        412, "VersionConflict", "Changed meanwhile", $"Configuration version {current} is in force: read again, then change again.");

    public static IResult Busy(long current) => Of(
        409, "VersionConflict", "Changed meanwhile", $"Others change the configuration at the same time (version {current}): try again.");

    public static IResult Unavailable(string detail) => Of(
        503, EndReason.SystemUnavailable.Info().Name, "Not available now", detail);

    public static IResult NoAnswer(string detail) => Of(504, "Timeout", "No answer in time", detail);

    public static IResult Rejected(CallRejection rejection)
    {
        var info = rejection.Reason.Info();
        return Of(info.HttpStatus, info.Name, "Refused", rejection.Detail);
    }

    public static IResult Of(int status, string code, string title, string detail) =>
        Results.Problem(Details(status, code, title, detail));

    private static ProblemDetails Details(int status, string code, string title, string detail) => new()
    {
        Status = status,
        Title = title,
        Detail = detail,
        Extensions = { ["code"] = code },
    };
}
