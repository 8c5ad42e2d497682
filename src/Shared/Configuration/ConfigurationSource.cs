using System.Text;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Tandem.Shared.Configuration;

/// <summary>How a text is written.</summary>
public enum ConfigurationFormat : byte
{
    /// <summary>RFC 8259.</summary>
    Json,

    /// <summary>YAML 1.2; one document, no anchors, no tags.</summary>
    Yaml,
}

/// <summary>What kind of value a scalar was written as.</summary>
internal enum ScalarKind : byte
{
    /// <summary>YAML without quotes: what it means depends on where it stands.</summary>
    Plain,

    /// <summary>In quotes, or a YAML block.</summary>
    Quoted,

    /// <summary>A JSON number.</summary>
    Number,

    /// <summary>A JSON true or false.</summary>
    Boolean,

    /// <summary>JSON null, or nothing at all in YAML.</summary>
    Null,
}

/// <summary>A value of a configuration text; <see cref="Position"/> is a line in YAML and a byte offset in
/// JSON.</summary>
internal abstract class SourceNode(int position)
{
    public int Position { get; } = position;

    public abstract string Word { get; }
}

internal sealed class SourceScalar(int position, ScalarKind kind, string text) : SourceNode(position)
{
    public ScalarKind Kind { get; } = kind;

    public string Text { get; } = text;

    public override string Word =>
        Kind == ScalarKind.Null ? "nothing" : $"\"{(Text.Length > 64 ? Text[..64] + "…" : Text)}\"";
}

internal sealed class SourceList(int position) : SourceNode(position)
{
    public List<SourceNode> Items { get; } = [];

    public override string Word => "a list";
}

internal sealed class SourceMap(int position) : SourceNode(position)
{
    public List<(string Key, SourceNode Value)> Entries { get; } = [];

    public override string Word => "an object";

    public SourceNode? Find(string key)
    {
        foreach (var (name, value) in Entries)
            if (name == key) return value;
        return null;
    }
}

/// <summary>
/// JSON and YAML as one tree with positions. Duplicate keys are kept for the reader to complain about; aliases are
/// refused, since a small file of them can unfold without end.
/// </summary>
internal sealed class ConfigurationSource
{
    private readonly ReadOnlyMemory<byte> _json;

    private ConfigurationSource(SourceNode root, ConfigurationFormat format, ReadOnlyMemory<byte> json) =>
        (Root, Format, _json) = (root, format, json);

    public SourceNode Root { get; }

    public ConfigurationFormat Format { get; }

    public static ConfigurationSource? Parse(
        ReadOnlyMemory<byte> content,
        ConfigurationFormat? format,
        ConfigurationErrors errors)
    {
        if (content.Span.StartsWith("\uFEFF"u8)) content = content[3..];
        if (content.Length > ConfigurationLimits.ContentBytes)
        {
            errors.Add(
                ConfigurationPath.Root, $"is longer than {ConfigurationLimits.ContentBytes} bytes; split off rates");
            return null;
        }

        if (content.Span.TrimStart(" \t\r\n"u8).IsEmpty)
        {
            errors.Add(ConfigurationPath.Root, "is empty; write at least {} or one key such as accounts");
            return null;
        }

        return (format ?? Guess(content.Span)) == ConfigurationFormat.Json
            ? Json(content, errors)
            : Yaml(content, errors);
    }

    /// <summary>The line of a node, from 1.</summary>
    public int LineOf(SourceNode node) => Format == ConfigurationFormat.Yaml
        ? node.Position
        : 1 + _json.Span[..node.Position].Count((byte)'\n');

    /// <summary>The line of the deepest node that <paramref name="path"/> leads to.</summary>
    public int LineOf(string path)
    {
        var node = Root;
        foreach (var part in path.Split('.', '['))
        {
            if (part.Length == 0) continue;
            var next = part.EndsWith(']') && int.TryParse(part.AsSpan(0, part.Length - 1), out var index)
                ? node is SourceList list && index < list.Items.Count ? list.Items[index] : null
                : (node as SourceMap)?.Find(part);
            if (next is null) break;
            node = next;
        }

        return LineOf(node);
    }

    private static ConfigurationFormat Guess(ReadOnlySpan<byte> content) =>
        content.TrimStart(" \t\r\n"u8)[0] is (byte)'{' or (byte)'['
            ? ConfigurationFormat.Json
            : ConfigurationFormat.Yaml;

    private static ConfigurationSource? Json(ReadOnlyMemory<byte> content, ConfigurationErrors errors)
    {
        try
        {
            var reader = new Utf8JsonReader(
                content.Span, new JsonReaderOptions { MaxDepth = ConfigurationLimits.Depth });
            reader.Read();
            var root = JsonNode(ref reader);
            reader.Read();
            return new ConfigurationSource(root, ConfigurationFormat.Json, content);
        }
        catch (JsonException failure)
        {
            var reason = failure.Message;
            var cut = reason.IndexOf(" LineNumber", StringComparison.Ordinal);
            errors.Add(
                ConfigurationPath.Root,
                "is not JSON: " + (cut < 0 ? reason : reason[..cut]),
                (int)((failure.LineNumber ?? -1) + 1));
            return null;
        }
        catch (InvalidOperationException)
        {
            // Utf8JsonReader.GetString: invalid UTF-8 or half a surrogate pair inside a string.
            errors.Add(ConfigurationPath.Root, "is not UTF-8; save the file as UTF-8");
            return null;
        }
    }

    private static SourceNode JsonNode(ref Utf8JsonReader reader)
    {
        var position = (int)reader.TokenStartIndex;
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var map = new SourceMap(position);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var key = reader.GetString()!;
                    reader.Read();
                    map.Entries.Add((key, JsonNode(ref reader)));
                }

                return map;
            case JsonTokenType.StartArray:
                var list = new SourceList(position);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) list.Items.Add(JsonNode(ref reader));
                return list;
            case JsonTokenType.Number:
                return new SourceScalar(position, ScalarKind.Number, Encoding.ASCII.GetString(reader.ValueSpan));
            case JsonTokenType.True:
                return new SourceScalar(position, ScalarKind.Boolean, "true");
            case JsonTokenType.False:
                return new SourceScalar(position, ScalarKind.Boolean, "false");
            case JsonTokenType.Null:
                return new SourceScalar(position, ScalarKind.Null, "");
            default:
                return new SourceScalar(position, ScalarKind.Quoted, reader.GetString()!);
        }
    }

    private static ConfigurationSource? Yaml(ReadOnlyMemory<byte> content, ConfigurationErrors errors)
    {
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content.Span);
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
            {
                errors.Add(ConfigurationPath.Root, "is empty; write at least {} or one key such as accounts");
                return null;
            }

            parser.Consume<DocumentStart>();
            var root = YamlNode(parser, 0, errors);
            if (root is null) return null;
            parser.Consume<DocumentEnd>();
            if (parser.Current is not StreamEnd and { } more)
            {
                errors.Add(ConfigurationPath.Root, "has a second document; keep one", (int)more.Start.Line);
                return null;
            }

            return new ConfigurationSource(root, ConfigurationFormat.Yaml, default);
        }
        catch (YamlException failure)
        {
            errors.Add(ConfigurationPath.Root, "is not YAML: " + failure.Message, (int)failure.Start.Line);
            return null;
        }
        catch (DecoderFallbackException)
        {
            errors.Add(ConfigurationPath.Root, "is not UTF-8; save the file as UTF-8");
            return null;
        }
    }

    private static SourceNode? YamlNode(IParser parser, int depth, ConfigurationErrors errors)
    {
        var line = (int)parser.Current!.Start.Line;
        if (depth > ConfigurationLimits.Depth)
        {
            errors.Add(ConfigurationPath.Root, $"is nested more than {ConfigurationLimits.Depth} deep", line);
            return null;
        }

        if (parser.Current is AnchorAlias or NodeEvent { Anchor.IsEmpty: false })
        {
            errors.Add(
                ConfigurationPath.Root,
                "has an anchor or alias (& or *); write the values out, or quote the text",
                line);
            return null;
        }

        if (parser.Current is NodeEvent { Tag.IsEmpty: false })
        {
            errors.Add(ConfigurationPath.Root, "has a tag (!); take it out, or quote the text", line);
            return null;
        }

        if (parser.TryConsume<MappingStart>(out _))
        {
            var map = new SourceMap(line);
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                if (parser.Current is not Scalar key)
                {
                    errors.Add(ConfigurationPath.Root, "has a key that is not a word", (int)parser.Current!.Start.Line);
                    return null;
                }

                parser.MoveNext();
                if (YamlNode(parser, depth + 1, errors) is not { } value) return null;
                map.Entries.Add((key.Value, value));
            }

            return map;
        }

        if (parser.TryConsume<SequenceStart>(out _))
        {
            var list = new SourceList(line);
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                if (YamlNode(parser, depth + 1, errors) is not { } item) return null;
                list.Items.Add(item);
            }

            return list;
        }

        var scalar = parser.Consume<Scalar>();
        return scalar.Style == ScalarStyle.Plain
            ? scalar.Value is "" or "~" or "null" or "Null" or "NULL"
                ? new SourceScalar(line, ScalarKind.Null, "")
                : new SourceScalar(line, ScalarKind.Plain, scalar.Value)
            : new SourceScalar(line, ScalarKind.Quoted, scalar.Value);
    }
}
