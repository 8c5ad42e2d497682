using System.Collections.Immutable;
using System.ComponentModel;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Tandem.Shared.Configuration;

namespace Tandem.Admin.Api;

/// <summary>How a kind of configured object is listed, read, created, replaced and deleted over REST.</summary>
internal sealed record ConfiguredObject<T>
    where T : class
{
    /// <summary>Part of the URL.</summary>
    public required string Route { get; init; }

    /// <summary>For people.</summary>
    public required string Singular { get; init; }

    /// <summary>For people.</summary>
    public required string Plural { get; init; }

    /// <summary>Key of the list in a configuration file.</summary>
    public required string Path { get; init; }

    /// <summary>Key of the name.</summary>
    public required string NameKey { get; init; }

    public required Func<SwitchConfiguration, ImmutableArray<T>> Get { get; init; }

    public required Func<SwitchConfiguration, ImmutableArray<T>, SwitchConfiguration> Set { get; init; }

    public required Func<T, string> NameOf { get; init; }

    public required Func<T, string, T> WithName { get; init; }

    public required Func<ReadOnlyMemory<byte>, ConfigurationFormat?, ConfigurationReading<T>> Read { get; init; }

    public required Action<Utf8JsonWriter, T> Write { get; init; }

    /// <summary>What a replacement keeps of the object that it replaces.</summary>
    public Func<T, T, T> Keep { get; init; } = static (_, replacement) => replacement;

    /// <summary>What one object shows beyond its configuration.</summary>
    public Func<HttpContext, Utf8JsonWriter, T, Task>? WriteMore { get; init; }

    /// <summary>Its password; empty when its kind has none.</summary>
    public Func<T, string> SecretOf { get; init; } = static _ => "";

    public Func<T, string, T> WithSecret { get; init; } = static (item, _) => item;

    /// <summary>As it is shown: see <see cref="Secrets"/>.</summary>
    public T Hide(T item) => WithSecret(item, Secrets.Hide(SecretOf(item)));

    public void Map(IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/" + Route).WithTags(Route);
        group.MapGet("", List).WithSummary($"List {Plural}")
            .WithDescription(
                $"By name order of the configuration, a page at a time. The ETag is the configuration version.")
            .Produces<PageOf<T>>();
        group.MapGet("/{name}", One).WithSummary($"Show one {Singular}").Produces<T>().ProducesProblem(404);
        group.MapPut("/{name}", Put).WithSummary($"Create or replace one {Singular}")
            .WithDescription("Keys that are absent get their defaults. With If-Match the change is refused (412) "
                + "when the configuration has changed since that ETag. The whole configuration is validated; all errors "
                + "are listed.")
            .Accepts<T>("application/json", "application/yaml")
            .Produces<T>().Produces<T>(201).ProducesProblem(400).ProducesProblem(412).ProducesProblem(422);
        group.MapDelete("/{name}", Delete).WithSummary($"Delete one {Singular}")
            .WithDescription("Refused (422) while another object refers to it.")
            .Produces(204).ProducesProblem(404).ProducesProblem(412).ProducesProblem(422);
    }

    public T? Find(SwitchConfiguration configuration, string name)
    {
        foreach (var item in Get(configuration))
            if (NameOf(item) == name) return item;
        return null;
    }

    public IResult Missing(string name) => Problems.NotFound($"There is no {Singular} \"{name}\".");

    /// <summary>Replaces, or adds when <paramref name="item"/> is new; the edit is answered with the object.</summary>
    public (ConfigurationEdit? Edit, IResult? Problem) Replace(SwitchConfiguration configuration, T item)
    {
        var all = Get(configuration);
        var index = IndexOf(all, NameOf(item));
        var existing = index < 0 ? null : all[index];
        var next = existing is null ? item : Keep(existing, item);
        if (SecretOf(next) == Secrets.Hidden)
        {
            if (existing is null || SecretOf(existing).Length == 0)
                return (null, Problems.Invalid(422, [new FieldError("password", Secrets.NothingToKeep)]));
            next = WithSecret(next, SecretOf(existing));
        }

        return (
            new ConfigurationEdit(
                Set(configuration, existing is null ? all.Add(next) : all.SetItem(index, next)),
                $"{Path}[{(existing is null ? all.Length : index)}]",
                existing is null ? null : JsonText.Text(json => Write(json, Hide(existing))),
                JsonText.Text(json => Write(json, Hide(next))),
                version => JsonText.Write(json => Write(json, Hide(next)), version, existing is null ? 201 : 200)),
            null);
    }

    private IResult List(
        IConfigurationSource source,
        [Description("Objects to leave out at the start; 0 when absent.")] int? skip,
        [Description("Objects wanted, 1 to 1000; 100 when absent.")] int? take,
        [Description("Only names that start with it.")] string? prefix)
    {
        var current = source.Current;
        var paging = Paging.Of(skip, take);
        var all = Get(current.Source)
            .Where(item => prefix is null || NameOf(item).StartsWith(prefix, StringComparison.Ordinal))
            .ToList();
        return JsonText.Write(
            json =>
            {
                json.WriteStartObject();
                json.WriteStartArray("items");
                foreach (var item in all.Skip(paging.Skip).Take(paging.Take)) Write(json, Hide(item));
                json.WriteEndArray();
                json.WriteNumber("total", all.Count);
                json.WriteNumber("skip", paging.Skip);
                json.WriteNumber("take", paging.Take);
                json.WriteEndObject();
            },
            current.Version);
    }

    private async Task<IResult> One(HttpContext context, IConfigurationSource source, string name)
    {
        var current = source.Current;
        if (Find(current.Source, name) is not { } item) return Missing(name);
        if (WriteMore is null) return JsonText.Write(json => Write(json, Hide(item)), current.Version);
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        await using (var json = new Utf8JsonWriter(buffer, ConfigurationWriter.Options(indented: false)))
            await WriteMore(context, json, item);
        return new JsonText(buffer.WrittenMemory, current.Version);
    }

    private async Task<IResult> Put(
        HttpContext context,
        ConfigurationEditor editor,
        string name,
        [FromHeader(Name = "If-Match")]
        [Description("ETag that the object was read with; absent: replace whatever is there.")]
        string? ifMatch)
    {
        var body = await Bodies.ReadAsync(context.Request, context.RequestAborted);
        var reading = Read(body, Bodies.FormatOf(context.Request));
        if (reading.Value is not { } read) return Problems.Unreadable(reading.Errors);
        if (NameOf(read).Length > 0 && NameOf(read) != name)
            return Problems.BadRequest(
                NameKey, $"\"{NameOf(read)}\" is not \"{name}\", the name in the URL; leave it out or make them equal");
        var item = WithName(read, name);
        return await editor.ChangeAsync(context, configuration => Replace(configuration, item), $"{Singular} {name}");
    }

    private async Task<IResult> Delete(
        HttpContext context,
        ConfigurationEditor editor,
        string name,
        [FromHeader(Name = "If-Match")]
        [Description("ETag that the object was read with; absent: delete whatever is there.")]
        string? ifMatch) => await editor.ChangeAsync(
        context,
        configuration =>
        {
            var all = Get(configuration);
            var index = IndexOf(all, name);
            if (index < 0) return (null, Missing(name));
            var before = JsonText.Text(json => Write(json, Hide(all[index])));
            return (
                new ConfigurationEdit(
                    Set(configuration, all.RemoveAt(index)), "", before, null, _ => Results.NoContent()),
                null);
        },
        $"{Singular} {name} deleted");

    private int IndexOf(ImmutableArray<T> all, string name)
    {
        for (var i = 0; i < all.Length; i++)
            if (NameOf(all[i]) == name) return i;
        return -1;
    }
}
