using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Tandem.Shared.Configuration;

/// <summary>
/// Writes configuration as canonical JSON (every key, fixed order, decimals as they are) for storage and REST, and as
/// YAML (defaults left out) for people. What it writes, <see cref="ConfigurationReader"/> reads back as the same
/// configuration.
/// </summary>
public static class ConfigurationWriter
{
    /// <summary>The whole as JSON, UTF-8.</summary>
    public static byte[] ToJson(SwitchConfiguration configuration, bool indented = false)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options(indented)))
            ConfigurationSchema.Whole.Write(configuration, new JsonSink(json));
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The whole as YAML.</summary>
    public static string ToYaml(SwitchConfiguration configuration)
    {
        var text = new StringWriter { NewLine = "\n" };
        var sink = new YamlSink(new Emitter(text, EmitterSettings.Default.WithMaxSimpleKeyLength(1024)));
        sink.Start();
        ConfigurationSchema.Whole.Write(configuration, sink);
        sink.End();
        return text.ToString();
    }

    /// <summary>One account into a JSON document.</summary>
    public static void Write(Utf8JsonWriter json, AccountConfiguration account) =>
        ConfigurationSchema.Account.Write(account, new JsonSink(json));

    /// <summary>One rate group, with or without its rates, into a JSON document.</summary>
    public static void Write(Utf8JsonWriter json, RateGroupConfiguration group) =>
        ConfigurationSchema.RateGroup.Write(group, new JsonSink(json));

    /// <summary>One rate into a JSON document.</summary>
    public static void Write(Utf8JsonWriter json, RateConfiguration rate) =>
        ConfigurationSchema.Rate.Write(rate, new JsonSink(json));

    /// <summary>One mapping gateway into a JSON document.</summary>
    public static void Write(Utf8JsonWriter json, MappingGatewayConfiguration gateway) =>
        ConfigurationSchema.MappingGateway.Write(gateway, new JsonSink(json));

    /// <summary>One routing gateway into a JSON document.</summary>
    public static void Write(Utf8JsonWriter json, RoutingGatewayConfiguration gateway) =>
        ConfigurationSchema.RoutingGateway.Write(gateway, new JsonSink(json));

    /// <summary>One phone into a JSON document.</summary>
    public static void Write(Utf8JsonWriter json, PhoneConfiguration phone) =>
        ConfigurationSchema.Phone.Write(phone, new JsonSink(json));

    /// <summary>One registration into a JSON document.</summary>
    public static void Write(Utf8JsonWriter json, RegistrationConfiguration registration) =>
        ConfigurationSchema.Registration.Write(registration, new JsonSink(json));

    /// <summary>True when both say the same.</summary>
    public static bool AreEqual(SwitchConfiguration a, SwitchConfiguration b) =>
        ConfigurationSchema.Whole.AreEqual(a, b);

    /// <summary>How all JSON of the switch is written: readable in every alphabet, never put into HTML.</summary>
    public static JsonWriterOptions Options(bool indented) =>
        new() { Indented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private sealed class JsonSink(Utf8JsonWriter json) : IConfigurationSink
    {
        public bool OmitDefaults => false;

        public void StartMap() => json.WriteStartObject();

        public void EndMap() => json.WriteEndObject();

        public void StartList() => json.WriteStartArray();

        public void EndList() => json.WriteEndArray();

        public void Key(string key) => json.WritePropertyName(key);

        public void Text(string value) => json.WriteStringValue(value);

        public void Word(string value, bool quotedInJson)
        {
            if (quotedInJson) json.WriteStringValue(value);
            else json.WriteRawValue(value, skipInputValidation: true);
        }
    }

    private sealed class YamlSink(Emitter emitter) : IConfigurationSink
    {
        public bool OmitDefaults => true;

        public void Start()
        {
            emitter.Emit(new StreamStart());
            emitter.Emit(new DocumentStart());
        }

        public void End()
        {
            emitter.Emit(new DocumentEnd(isImplicit: true));
            emitter.Emit(new StreamEnd());
        }

        public void StartMap() =>
            emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, MappingStyle.Block));

        public void EndMap() => emitter.Emit(new MappingEnd());

        public void StartList() =>
            emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Block));

        public void EndList() => emitter.Emit(new SequenceEnd());

        public void Key(string key) => Scalar(key, ScalarStyle.Plain);

        // Always in quotes: other YAML tools read 0044 as a number and on as a truth value.
        public void Text(string value) => Scalar(value, ScalarStyle.DoubleQuoted);

        public void Word(string value, bool quotedInJson) => Scalar(value, ScalarStyle.Plain);

        private void Scalar(string value, ScalarStyle style) => emitter.Emit(
            new Scalar(AnchorName.Empty, TagName.Empty, value, style, isPlainImplicit: true, isQuotedImplicit: true));
    }
}
