using System.Text.Json;
using System.Text.Json.Serialization;
using Tandem.Shared;
using Tandem.Shared.Calls;

namespace Tandem.Admin.Api;

/// <summary>How the API writes the switch's own types: ids as text, money as amount and currency, reasons as
/// words.</summary>
internal static class AdminJson
{
    /// <summary>For request bodies: an unknown key is an error.</summary>
    public static readonly JsonSerializerOptions Strict = Make();

    public static void Configure(JsonSerializerOptions options)
    {
        options.Converters.Add(new TextConverter<CallId>(id => id.ToString()));
        options.Converters.Add(new TextConverter<AccountId>(id => id.Value));
        options.Converters.Add(new TextConverter<GatewayId>(id => id.ToString()));
        options.Converters.Add(new TextConverter<LegId>(id => id.ToString()));
        options.Converters.Add(new TextConverter<Currency>(currency => currency.Code));
        options.Converters.Add(new TextConverter<EndReason>(reason => reason.Info().Name));
        options.Converters.Add(new MoneyConverter());
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
        options.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
    }

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            NumberHandling = JsonNumberHandling.Strict,
        };
        Configure(options);
        return options;
    }

    private sealed class TextConverter<T>(Func<T, string> text) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            throw new NotSupportedException("Only written.");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteStringValue(text(value));
    }

    private sealed class MoneyConverter : JsonConverter<Money>
    {
        public override Money Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            throw new NotSupportedException("Only written.");

        public override void Write(Utf8JsonWriter writer, Money value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WriteNumber("amount", value.Amount);
            writer.WriteString("currency", value.Currency.Code);
            writer.WriteEndObject();
        }
    }
}
