using System.Collections.Immutable;

namespace Tandem.Shared.Configuration;

/// <summary>A text that was read: either a value, or what is wrong with it.</summary>
/// <param name="Value">Null when there are errors.</param>
/// <param name="Errors">At most <see cref="ConfigurationLimits.Errors"/>; empty when all is well.</param>
public sealed record ConfigurationReading<T>(T? Value, ImmutableArray<ConfigurationError> Errors)
    where T : class;

/// <summary>
/// Reads configuration from YAML or JSON, strictly: an unknown key, a wrong type or a key that stands twice is an
/// error.
/// All errors are reported at once, each with its path, the fix and the line.
/// </summary>
public static class ConfigurationReader
{
    /// <summary>Reads and validates a whole configuration.</summary>
    /// <param name="content">UTF-8 text.</param>
    /// <param name="format">Null: JSON when it starts with a brace, else YAML.</param>
    public static ConfigurationReading<SwitchConfiguration> Read(
        ReadOnlyMemory<byte> content,
        ConfigurationFormat? format = null)
    {
        var errors = new ConfigurationErrors();
        if (!TryRead(ConfigurationSchema.Whole, content, format, errors, out var configuration, out var source))
            return new(null, errors.ToImmutable());
        var found = ConfigurationValidator.Validate(configuration);
        return found.IsEmpty
            ? new(configuration, [])
            : new(null, [.. found.Select(e => e with { Line = source.LineOf(e.Path) })]);
    }

    /// <summary>Reads and validates a file; one that cannot be read is an error like any other.</summary>
    public static ConfigurationReading<SwitchConfiguration> ReadFile(string path)
    {
        try
        {
            ConfigurationFormat? format = Path.GetExtension(path).ToLowerInvariant() switch
            {
                ".json" => ConfigurationFormat.Json,
                ".yaml" or ".yml" => ConfigurationFormat.Yaml,
                _ => null,
            };
            if (new FileInfo(path).Length > ConfigurationLimits.ContentBytes)
                return new(null, [new("", $"{path} is longer than {ConfigurationLimits.ContentBytes} bytes")]);
            return Read(File.ReadAllBytes(path), format);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new(null, [new("", $"{path} cannot be read: {failure.Message}")]);
        }
    }

    /// <summary>Reads one account, without looking at what it refers to.</summary>
    public static ConfigurationReading<AccountConfiguration> ReadAccount(
        ReadOnlyMemory<byte> content, ConfigurationFormat? format = null) =>
        ReadPart(ConfigurationSchema.Account, content, format);

    /// <summary>Reads one rate group, without looking at what it refers to.</summary>
    public static ConfigurationReading<RateGroupConfiguration> ReadRateGroup(
        ReadOnlyMemory<byte> content, ConfigurationFormat? format = null) =>
        ReadPart(ConfigurationSchema.RateGroup, content, format);

    /// <summary>Reads one mapping gateway, without looking at what it refers to.</summary>
    public static ConfigurationReading<MappingGatewayConfiguration> ReadMappingGateway(
        ReadOnlyMemory<byte> content, ConfigurationFormat? format = null) =>
        ReadPart(ConfigurationSchema.MappingGateway, content, format);

    /// <summary>Reads one routing gateway, without looking at what it refers to.</summary>
    public static ConfigurationReading<RoutingGatewayConfiguration> ReadRoutingGateway(
        ReadOnlyMemory<byte> content, ConfigurationFormat? format = null) =>
        ReadPart(ConfigurationSchema.RoutingGateway, content, format);

    /// <summary>Reads one phone, without looking at what it refers to.</summary>
    public static ConfigurationReading<PhoneConfiguration> ReadPhone(
        ReadOnlyMemory<byte> content, ConfigurationFormat? format = null) =>
        ReadPart(ConfigurationSchema.Phone, content, format);

    /// <summary>Reads one registration.</summary>
    public static ConfigurationReading<RegistrationConfiguration> ReadRegistration(
        ReadOnlyMemory<byte> content, ConfigurationFormat? format = null) =>
        ReadPart(ConfigurationSchema.Registration, content, format);

    private static ConfigurationReading<T> ReadPart<T>(
        ObjectSchema<T> schema,
        ReadOnlyMemory<byte> content,
        ConfigurationFormat? format)
        where T : class
    {
        var errors = new ConfigurationErrors();
        return TryRead(schema, content, format, errors, out var value, out _)
            ? new(value, [])
            : new(null, errors.ToImmutable());
    }

    private static bool TryRead<T>(
        ObjectSchema<T> schema,
        ReadOnlyMemory<byte> content,
        ConfigurationFormat? format,
        ConfigurationErrors errors,
        out T value,
        out ConfigurationSource source)
    {
        value = default!;
        source = ConfigurationSource.Parse(content, format, errors)!;
        if (source is null) return false;
        return schema.TryRead(source.Root, ConfigurationPath.Root, new ReadContext(source, errors), out value);
    }
}
