using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

[assembly: InternalsVisibleTo("Tandem.Shared.Tests")]

namespace Tandem.Shared.Configuration;

/// <summary>What a configuration is written to: JSON or YAML.</summary>
internal interface IConfigurationSink
{
    /// <summary>True when values that equal the default are left out.</summary>
    bool OmitDefaults { get; }

    void StartMap();

    void EndMap();

    void StartList();

    void EndList();

    void Key(string key);

    void Text(string value);

    /// <summary>An enum's word, a number, true, false or null: never in quotes in YAML.</summary>
    void Word(string value, bool quotedInJson);
}

/// <summary>Where the reader writes what it finds wrong, with the source for line numbers.</summary>
internal sealed record ReadContext(ConfigurationSource Source, ConfigurationErrors Errors)
{
    public void Error(ConfigurationPath path, SourceNode node, string message) =>
        Errors.Add(path, message, Source.LineOf(node));
}

/// <summary>How one kind of value is read and written. <see cref="TryRead"/> gives false after reporting an error.</summary>
internal abstract class ValueSchema<TValue>
{
    /// <summary>True when nothing (null) is a value; otherwise nothing is an error.</summary>
    public virtual bool AllowsNull => false;

    public abstract bool TryRead(SourceNode node, ConfigurationPath path, ReadContext context, out TValue value);

    public abstract void Write(TValue value, IConfigurationSink sink);

    public virtual bool AreEqual(TValue a, TValue b) => EqualityComparer<TValue>.Default.Equals(a, b);

    protected static bool Fail(SourceNode node, ConfigurationPath path, ReadContext context, string message, out TValue value)
    {
        context.Error(path, node, message);
        value = default!;
        return false;
    }
}

internal sealed class TextSchema : ValueSchema<string>
{
    public override bool TryRead(SourceNode node, ConfigurationPath path, ReadContext context, out string value)
    {
        if (node is SourceScalar { Kind: ScalarKind.Plain or ScalarKind.Quoted } scalar)
        {
            value = scalar.Text;
            return true;
        }

        return node is SourceScalar { Kind: ScalarKind.Number or ScalarKind.Boolean } other
            ? Fail(node, path, context, $"must be text; put {other.Text} in quotes", out value)
            : Fail(node, path, context, $"must be text, not {node.Word}", out value);
    }

    public override void Write(string value, IConfigurationSink sink) => sink.Text(value);
}

internal sealed class IntegerSchema : ValueSchema<int>
{
    public override bool TryRead(SourceNode node, ConfigurationPath path, ReadContext context, out int value)
    {
        if (node is SourceScalar { Kind: ScalarKind.Plain or ScalarKind.Number } scalar)
        {
            return int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
                || Fail(node, path, context, $"{node.Word} is not a whole number of at most nine digits", out value);
        }

        return Fail(node, path, context, $"must be a whole number without quotes, not {node.Word}", out value);
    }

    public override void Write(int value, IConfigurationSink sink) =>
        sink.Word(value.ToString(CultureInfo.InvariantCulture), false);
}

internal sealed class DecimalSchema : ValueSchema<decimal>
{
    private const int Digits = 28; // More would be rounded without a word.

    public override bool TryRead(SourceNode node, ConfigurationPath path, ReadContext context, out decimal value)
    {
        if (node is SourceScalar { Kind: ScalarKind.Plain or ScalarKind.Number } scalar)
        {
            const NumberStyles plain = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
            if (scalar.Text.Count(char.IsAsciiDigit) <= Digits
                && decimal.TryParse(scalar.Text, plain, CultureInfo.InvariantCulture, out value))
                return true;
            return Fail(node, path, context, $"{node.Word} is not a decimal number; write it like 0.0125", out value);
        }

        return Fail(node, path, context, $"must be a decimal number without quotes, not {node.Word}", out value);
    }

    public override void Write(decimal value, IConfigurationSink sink) =>
        sink.Word(value.ToString(CultureInfo.InvariantCulture), false);
}

internal sealed class BooleanSchema : ValueSchema<bool>
{
    public override bool TryRead(SourceNode node, ConfigurationPath path, ReadContext context, out bool value)
    {
        value = node is SourceScalar { Text: "true" };
        return node is SourceScalar { Kind: ScalarKind.Plain or ScalarKind.Boolean, Text: "true" or "false" }
            || Fail(node, path, context, $"must be true or false without quotes, not {node.Word}", out value);
    }

    public override void Write(bool value, IConfigurationSink sink) => sink.Word(value ? "true" : "false", false);
}

internal sealed class EnumSchema<TEnum> : ValueSchema<TEnum>
    where TEnum : struct, Enum
{
    private static readonly (string Word, TEnum Value)[] Words =
        [.. Enum.GetValues<TEnum>().Select(v => (JsonNamingPolicy.CamelCase.ConvertName(v.ToString()), v))];

    public override bool TryRead(SourceNode node, ConfigurationPath path, ReadContext context, out TEnum value)
    {
        if (node is SourceScalar { Kind: ScalarKind.Plain or ScalarKind.Quoted } scalar)
        {
            foreach (var (word, candidate) in Words)
            {
                if (word != scalar.Text) continue;
                value = candidate;
                return true;
            }
        }

        return Fail(node, path, context, $"{node.Word} is not one of: {string.Join(", ", Words.Select(w => w.Word))}", out value);
    }

    public override void Write(TEnum value, IConfigurationSink sink) =>
        sink.Word(Words.First(w => EqualityComparer<TEnum>.Default.Equals(w.Value, value)).Word, true);
}

internal sealed class MomentSchema : ValueSchema<DateTimeOffset>
{
    public override bool TryRead(SourceNode node, ConfigurationPath path, ReadContext context, out DateTimeOffset value)
    {
        if (node is SourceScalar { Kind: ScalarKind.Plain or ScalarKind.Quoted, Text: var text }
            && text.Length > 19 && (text[^1] == 'Z' || text[^6] is '+' or '-')
            && DateTimeOffset.TryParseExact(
                text,
                "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out value))
            return true;
        return Fail(node, path, context, $"{node.Word} is not a moment; write it like 2026-12-31T23:59:59Z", out value);
    }

    public override void Write(DateTimeOffset value, IConfigurationSink sink) => sink.Word(
        value.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture).Replace("+00:00", "Z", StringComparison.Ordinal),
        true);
}

/// <summary>A value or nothing; nothing is written as null.</summary>
internal sealed class NullableSchema<TValue>(ValueSchema<TValue> inner) : ValueSchema<TValue?>
    where TValue : struct
{
    public override bool AllowsNull => true;

    public override bool TryRead(SourceNode node, ConfigurationPath path, ReadContext context, out TValue? value)
    {
        value = null;
        if (node is SourceScalar { Kind: ScalarKind.Null }) return true;
        if (!inner.TryRead(node, path, context, out var present)) return false;
        value = present;
        return true;
    }

    public override void Write(TValue? value, IConfigurationSink sink)
    {
        if (value is { } present) inner.Write(present, sink);
        else sink.Word("null", false);
    }

    public override bool AreEqual(TValue? a, TValue? b) =>
        a.HasValue == b.HasValue && (!a.HasValue || inner.AreEqual(a.Value, b!.Value));
}

/// <summary>A list; nothing at all is an empty one.</summary>
internal sealed class ListSchema<TItem>(ValueSchema<TItem> item, string what) : ValueSchema<ImmutableArray<TItem>>
{
    public override bool AllowsNull => true;

    public override bool TryRead(
        SourceNode node,
        ConfigurationPath path,
        ReadContext context,
        out ImmutableArray<TItem> value)
    {
        value = [];
        if (node is SourceScalar { Kind: ScalarKind.Null }) return true;
        if (node is not SourceList list) return Fail(node, path, context, $"must be a list of {what}, not {node.Word}", out value);
        var items = ImmutableArray.CreateBuilder<TItem>(list.Items.Count);
        var readable = true;
        for (var i = 0; i < list.Items.Count && !context.Errors.IsFull; i++)
        {
            if (item.TryRead(list.Items[i], path[i], context, out var read)) items.Add(read);
            else readable = false;
        }

        value = items.DrainToImmutable();
        return readable;
    }

    public override void Write(ImmutableArray<TItem> value, IConfigurationSink sink)
    {
        sink.StartList();
        foreach (var member in value.IsDefault ? [] : value) item.Write(member, sink);
        sink.EndList();
    }

    public override bool AreEqual(ImmutableArray<TItem> a, ImmutableArray<TItem> b)
    {
        var (left, right) = (a.IsDefault ? [] : a, b.IsDefault ? [] : b);
        if (left.Length != right.Length) return false;
        for (var i = 0; i < left.Length; i++)
            if (!item.AreEqual(left[i], right[i])) return false;
        return true;
    }
}

/// <summary>Parameter names and values. Numbers and on/off may stand without quotes.</summary>
internal sealed class ParametersSchema : ValueSchema<ImmutableSortedDictionary<string, string>>
{
    public override bool AllowsNull => true;

    public override bool TryRead(
        SourceNode node,
        ConfigurationPath path,
        ReadContext context,
        out ImmutableSortedDictionary<string, string> value)
    {
        value = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
        if (node is SourceScalar { Kind: ScalarKind.Null }) return true;
        if (node is not SourceMap map)
            return Fail(node, path, context, $"must be an object of parameter names and values, not {node.Word}", out value);
        var parameters = value.ToBuilder();
        var readable = true;
        foreach (var (key, entry) in map.Entries)
        {
            if (parameters.ContainsKey(key))
            {
                context.Error(path[key], entry, "stands twice; keep one");
                readable = false;
            }
            else if (entry is SourceScalar { Kind: ScalarKind.Plain or ScalarKind.Quoted or ScalarKind.Number } scalar)
            {
                parameters[key] = scalar.Text;
            }
            else
            {
                context.Error(path[key], entry, $"must be a number, a word, on or off, not {entry.Word}");
                readable = false;
            }
        }

        value = parameters.ToImmutable();
        return readable;
    }

    public override void Write(ImmutableSortedDictionary<string, string> value, IConfigurationSink sink)
    {
        sink.StartMap();
        foreach (var (name, text) in value.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            sink.Key(name);
            sink.Text(text);
        }

        sink.EndMap();
    }

    public override bool AreEqual(ImmutableSortedDictionary<string, string> a, ImmutableSortedDictionary<string, string> b) =>
        a.Count == b.Count && a.All(p => b.TryGetValue(p.Key, out var other) && other == p.Value);
}

/// <summary>One key of an object.</summary>
internal abstract class FieldSchema<TObject>(string name)
{
    public string Name { get; } = name;

    public abstract bool TryRead(TObject target, SourceNode node, ConfigurationPath path, ReadContext context, out TObject result);

    public abstract void Write(TObject source, IConfigurationSink sink);

    public abstract bool AreEqual(TObject a, TObject b);
}

internal sealed class FieldSchema<TObject, TValue>(
    string name,
    ValueSchema<TValue> value,
    Func<TObject, TValue> get,
    Func<TObject, TValue, TObject> set) : FieldSchema<TObject>(name)
{
    public override bool TryRead(
        TObject target,
        SourceNode node,
        ConfigurationPath path,
        ReadContext context,
        out TObject result)
    {
        result = target;
        if (!value.AllowsNull && node is SourceScalar { Kind: ScalarKind.Null })
        {
            context.Error(path[Name], node, "has no value; write one, or take the key out for the default");
            return false;
        }

        if (!value.TryRead(node, path[Name], context, out var read)) return false;
        result = set(target, read);
        return true;
    }

    public override void Write(TObject source, IConfigurationSink sink)
    {
        sink.Key(Name);
        value.Write(get(source), sink);
    }

    public override bool AreEqual(TObject a, TObject b) => value.AreEqual(get(a), get(b));
}

/// <summary>An object with a fixed set of keys; any other key is an error that names the nearest one.</summary>
internal sealed class ObjectSchema<TObject>(string what, TObject @default, params FieldSchema<TObject>[] fields)
    : ValueSchema<TObject>
{
    private readonly Dictionary<string, (FieldSchema<TObject> Field, int Index)> _byName =
        fields.Select((f, i) => (f, i)).ToDictionary(p => p.f.Name, p => p, StringComparer.Ordinal);

    public IEnumerable<string> Names => fields.Select(f => f.Name);

    public override bool TryRead(SourceNode node, ConfigurationPath path, ReadContext context, out TObject value)
    {
        if (node is not SourceMap map)
            return Fail(node, path, context, $"must be an object ({what}), not {node.Word}", out value);
        value = @default;
        var seen = UInt128.Zero;
        var readable = true;
        foreach (var (key, entry) in map.Entries)
        {
            if (!_byName.TryGetValue(key, out var known))
            {
                context.Error(path[key], entry, $"is not a key of {what}; {Suggestion.Of(key, _byName.Keys)}");
                readable = false;
            }
            else if ((seen & (UInt128.One << known.Index)) != 0)
            {
                context.Error(path[key], entry, "stands twice; keep one");
                readable = false;
            }
            else
            {
                seen |= UInt128.One << known.Index;
                readable &= known.Field.TryRead(value, entry, path, context, out value);
            }
        }

        return readable;
    }

    public override void Write(TObject value, IConfigurationSink sink)
    {
        sink.StartMap();
        foreach (var field in fields)
            if (!sink.OmitDefaults || !field.AreEqual(value, @default)) field.Write(value, sink);
        sink.EndMap();
    }

    public override bool AreEqual(TObject a, TObject b) => fields.All(f => f.AreEqual(a, b));
}

/// <summary>
/// The keys of each configuration object, once for reading, writing and comparing. A test holds it against the records.
/// </summary>
internal static class ConfigurationSchema
{
    private static readonly TextSchema Text = new();
    private static readonly IntegerSchema Integer = new();
    private static readonly DecimalSchema Number = new();
    private static readonly BooleanSchema Boolean = new();
    private static readonly EnumSchema<LockType> Lock = new();
    private static readonly ListSchema<string> Texts = new(Text, "texts");

    public static readonly ObjectSchema<AccountConfiguration> Account = new(
        "an account",
        new AccountConfiguration(),
        Field<AccountConfiguration, string>("account", Text, a => a.Account, (a, v) => a with { Account = v }),
        Field<AccountConfiguration, string>("name", Text, a => a.Name, (a, v) => a with { Name = v }),
        Field("type", new EnumSchema<AccountType>(), (AccountConfiguration a) => a.Type, (a, v) => a with { Type = v }),
        Field<AccountConfiguration, string>("currency", Text, a => a.Currency, (a, v) => a with { Currency = v }),
        Field<AccountConfiguration, decimal>("openingBalance", Number, a => a.OpeningBalance, (a, v) => a with { OpeningBalance = v }),
        Field<AccountConfiguration, decimal>("limitMoney", Number, a => a.LimitMoney, (a, v) => a with { LimitMoney = v }),
        Field<AccountConfiguration, string>("feeRateGroup", Text, a => a.FeeRateGroup, (a, v) => a with { FeeRateGroup = v }),
        Field<AccountConfiguration, LockType>("lockType", Lock, a => a.LockType, (a, v) => a with { LockType = v }),
        Field("validTime", new NullableSchema<DateTimeOffset>(new MomentSchema()), (AccountConfiguration a) => a.ValidTime, (a, v) => a with { ValidTime = v }),
        Field<AccountConfiguration, bool>("antiOverdraft", Boolean, a => a.AntiOverdraft, (a, v) => a with { AntiOverdraft = v }),
        Field<AccountConfiguration, string>("memo", Text, a => a.Memo, (a, v) => a with { Memo = v }));

    public static readonly ObjectSchema<RateSectionConfiguration> RateSection = new(
        "a rate section",
        new RateSectionConfiguration(),
        Field<RateSectionConfiguration, decimal>("fee", Number, s => s.Fee, (s, v) => s with { Fee = v }),
        Field<RateSectionConfiguration, int>("time", Integer, s => s.Time, (s, v) => s with { Time = v }));

    public static readonly ObjectSchema<RateConfiguration> Rate = new(
        "a rate",
        new RateConfiguration(),
        Field<RateConfiguration, string>("feePrefix", Text, r => r.FeePrefix, (r, v) => r with { FeePrefix = v }),
        Field<RateConfiguration, string>("areaName", Text, r => r.AreaName, (r, v) => r with { AreaName = v }),
        Field<RateConfiguration, int>("type", Integer, r => r.Type, (r, v) => r with { Type = v }),
        Field<RateConfiguration, decimal>("fee", Number, r => r.Fee, (r, v) => r with { Fee = v }),
        Field<RateConfiguration, int>("period", Integer, r => r.Period, (r, v) => r with { Period = v }),
        Field("sections", new ListSchema<RateSectionConfiguration>(RateSection, "rate sections"), (RateConfiguration r) => r.Sections, (r, v) => r with { Sections = v }),
        Field<RateConfiguration, LockType>("lockType", Lock, r => r.LockType, (r, v) => r with { LockType = v }));

    public static readonly ObjectSchema<RateGroupConfiguration> RateGroup = new(
        "a rate group",
        new RateGroupConfiguration(),
        Field<RateGroupConfiguration, string>("name", Text, g => g.Name, (g, v) => g with { Name = v }),
        Field<RateGroupConfiguration, string>("memo", Text, g => g.Memo, (g, v) => g with { Memo = v }),
        Field("rates", new ListSchema<RateConfiguration>(Rate, "rates"), (RateGroupConfiguration g) => g.Rates, (g, v) => g with { Rates = v }));

    public static readonly ObjectSchema<MappingGatewayConfiguration> MappingGateway = new(
        "a mapping gateway",
        new MappingGatewayConfiguration(),
        Field<MappingGatewayConfiguration, string>("name", Text, g => g.Name, (g, v) => g with { Name = v }),
        Field<MappingGatewayConfiguration, string>("account", Text, g => g.Account, (g, v) => g with { Account = v }),
        Field<MappingGatewayConfiguration, LockType>("lockType", Lock, g => g.LockType, (g, v) => g with { LockType = v }),
        Field<MappingGatewayConfiguration, int>("callLevel", Integer, g => g.CallLevel, (g, v) => g with { CallLevel = v }),
        Field<MappingGatewayConfiguration, int>("capacity", Integer, g => g.Capacity, (g, v) => g with { Capacity = v }),
        Field<MappingGatewayConfiguration, int>("priority", Integer, g => g.Priority, (g, v) => g with { Priority = v }),
        Field("remoteIps", new ListSchema<string>(Text, "addresses"), (MappingGatewayConfiguration g) => g.RemoteIps, (g, v) => g with { RemoteIps = v }),
        Field<MappingGatewayConfiguration, int>("maxCallRate", Integer, g => g.MaxCallRate, (g, v) => g with { MaxCallRate = v }),
        Field<MappingGatewayConfiguration, int>("maxCallDuration", Integer, g => g.MaxCallDuration, (g, v) => g with { MaxCallDuration = v }),
        Field<MappingGatewayConfiguration, bool>("dynamicBlackListInStandalone", Boolean, g => g.DynamicBlackListInStandalone, (g, v) => g with { DynamicBlackListInStandalone = v }),
        Field<MappingGatewayConfiguration, string>("password", Text, g => g.Password, (g, x) => g with { Password = x }),
        Field("registerType", new EnumSchema<RegisterType>(), (MappingGatewayConfiguration g) => g.RegisterType, (g, x) => g with { RegisterType = x }),
        Field("sipAuthenticationMethod", new EnumSchema<SourceAuthentication>(), (MappingGatewayConfiguration g) => g.SipAuthenticationMethod, (g, x) => g with { SipAuthenticationMethod = x }),
        Field<MappingGatewayConfiguration, string>("sipAuthenticationUser", Text, g => g.SipAuthenticationUser, (g, x) => g with { SipAuthenticationUser = x }),
        Field("tlsPeerNames", Texts, (MappingGatewayConfiguration g) => g.TlsPeerNames, (g, x) => g with { TlsPeerNames = x }),
        Field<MappingGatewayConfiguration, string>("localIp", Text, g => g.LocalIp, (g, x) => g with { LocalIp = x }),
        Field<MappingGatewayConfiguration, int>("signalPortLocal", Integer, g => g.SignalPortLocal, (g, x) => g with { SignalPortLocal = x }),
        Field("sipResponseAddressMethod", new EnumSchema<ResponseAddressMethod>(), (MappingGatewayConfiguration g) => g.SipResponseAddressMethod, (g, x) => g with { SipResponseAddressMethod = x }),
        Field("sipRequestAddressMethod", new EnumSchema<RequestAddressMethod>(), (MappingGatewayConfiguration g) => g.SipRequestAddressMethod, (g, x) => g with { SipRequestAddressMethod = x }),
        Field("sipRemoteRingSignal", new EnumSchema<RemoteRingSignal>(), (MappingGatewayConfiguration g) => g.SipRemoteRingSignal, (g, x) => g with { SipRemoteRingSignal = x }),
        Field("sipCallerE164Domain", new EnumSchema<CallerDomain>(), (MappingGatewayConfiguration g) => g.SipCallerE164Domain, (g, x) => g with { SipCallerE164Domain = x }),
        Field("sipCalleeE164Domain", new EnumSchema<CalleeDomain>(), (MappingGatewayConfiguration g) => g.SipCalleeE164Domain, (g, x) => g with { SipCalleeE164Domain = x }),
        Field<MappingGatewayConfiguration, bool>("sipTimer", Boolean, g => g.SipTimer, (g, x) => g with { SipTimer = x }),
        Field<MappingGatewayConfiguration, bool>("sip100Rel", Boolean, g => g.Sip100Rel, (g, x) => g with { Sip100Rel = x }),
        Field<MappingGatewayConfiguration, bool>("sipPrivacySupport", Boolean, g => g.SipPrivacySupport, (g, x) => g with { SipPrivacySupport = x }),
        Field<MappingGatewayConfiguration, bool>("sipForwardSignal", Boolean, g => g.SipForwardSignal, (g, x) => g with { SipForwardSignal = x }),
        Field<MappingGatewayConfiguration, bool>("sipReason", Boolean, g => g.SipReason, (g, x) => g with { SipReason = x }),
        Field("sipRefer", new EnumSchema<ReferMode>(), (MappingGatewayConfiguration g) => g.SipRefer, (g, x) => g with { SipRefer = x }),
        Field("callFailedSipCode", Texts, (MappingGatewayConfiguration g) => g.CallFailedSipCode, (g, x) => g with { CallFailedSipCode = x }),
        Field("callFailedQ931CauseValue", Texts, (MappingGatewayConfiguration g) => g.CallFailedQ931CauseValue, (g, x) => g with { CallFailedQ931CauseValue = x }),
        Field("sipCodecs", Texts, (MappingGatewayConfiguration g) => g.SipCodecs, (g, x) => g with { SipCodecs = x }),
        Field("sipG729Annexb", new EnumSchema<AnnexMode>(), (MappingGatewayConfiguration g) => g.SipG729Annexb, (g, x) => g with { SipG729Annexb = x }),
        Field("sipG723Annexa", new EnumSchema<AnnexMode>(), (MappingGatewayConfiguration g) => g.SipG723Annexa, (g, x) => g with { SipG723Annexa = x }),
        Field<MappingGatewayConfiguration, string>("memo", Text, g => g.Memo, (g, v) => g with { Memo = v }));

    public static readonly ObjectSchema<RoutingGatewayConfiguration> RoutingGateway = new(
        "a routing gateway",
        new RoutingGatewayConfiguration(),
        Field<RoutingGatewayConfiguration, string>("name", Text, g => g.Name, (g, v) => g with { Name = v }),
        Field("prefix", new ListSchema<string>(Text, "prefixes"), (RoutingGatewayConfiguration g) => g.Prefix, (g, v) => g with { Prefix = v }),
        Field("prefixStyle", new EnumSchema<PrefixStyle>(), (RoutingGatewayConfiguration g) => g.PrefixStyle, (g, v) => g with { PrefixStyle = v }),
        Field<RoutingGatewayConfiguration, int>("capacity", Integer, g => g.Capacity, (g, v) => g with { Capacity = v }),
        Field<RoutingGatewayConfiguration, LockType>("lockType", Lock, g => g.LockType, (g, v) => g with { LockType = v }),
        Field<RoutingGatewayConfiguration, int>("priority", Integer, g => g.Priority, (g, v) => g with { Priority = v }),
        Field<RoutingGatewayConfiguration, string>("remoteIp", Text, g => g.RemoteIp, (g, v) => g with { RemoteIp = v }),
        Field<RoutingGatewayConfiguration, int>("signalPort", Integer, g => g.SignalPort, (g, v) => g with { SignalPort = v }),
        Field<RoutingGatewayConfiguration, string>("clearingAccount", Text, g => g.ClearingAccount, (g, v) => g with { ClearingAccount = v }),
        Field<RoutingGatewayConfiguration, int>("maxCallRate", Integer, g => g.MaxCallRate, (g, v) => g with { MaxCallRate = v }),
        Field<RoutingGatewayConfiguration, int>("timeoutInvite", Integer, g => g.TimeoutInvite, (g, v) => g with { TimeoutInvite = v }),
        Field<RoutingGatewayConfiguration, int>("timeoutTrying", Integer, g => g.TimeoutTrying, (g, v) => g with { TimeoutTrying = v }),
        Field<RoutingGatewayConfiguration, int>("timeoutSessionProgress", Integer, g => g.TimeoutSessionProgress, (g, v) => g with { TimeoutSessionProgress = v }),
        Field<RoutingGatewayConfiguration, int>("timeoutSessionProgressSdp", Integer, g => g.TimeoutSessionProgressSdp, (g, v) => g with { TimeoutSessionProgressSdp = v }),
        Field<RoutingGatewayConfiguration, int>("timeoutRinging", Integer, g => g.TimeoutRinging, (g, v) => g with { TimeoutRinging = v }),
        Field("switchUntilConnect", new NullableSchema<bool>(Boolean), (RoutingGatewayConfiguration g) => g.SwitchUntilConnect, (g, v) => g with { SwitchUntilConnect = v }),
        Field("stopSwitchSipCodes", new NullableSchema<ImmutableArray<int>>(new ListSchema<int>(Integer, "SIP codes")), (RoutingGatewayConfiguration g) => g.StopSwitchSipCodes, (g, v) => g with { StopSwitchSipCodes = v }),
        Field<RoutingGatewayConfiguration, bool>("feerateRestrict", Boolean, g => g.FeerateRestrict, (g, v) => g with { FeerateRestrict = v }),
        Field<RoutingGatewayConfiguration, bool>("dynamicBlackListInStandalone", Boolean, g => g.DynamicBlackListInStandalone, (g, v) => g with { DynamicBlackListInStandalone = v }),
        Field<RoutingGatewayConfiguration, string>("password", Text, g => g.Password, (g, x) => g with { Password = x }),
        Field<RoutingGatewayConfiguration, string>("sipAuthenticationUser", Text, g => g.SipAuthenticationUser, (g, x) => g with { SipAuthenticationUser = x }),
        Field("registerType", new EnumSchema<RegisterType>(), (RoutingGatewayConfiguration g) => g.RegisterType, (g, x) => g with { RegisterType = x }),
        Field<RoutingGatewayConfiguration, string>("registration", Text, g => g.Registration, (g, x) => g with { Registration = x }),
        Field("transport", new EnumSchema<RoutingTransport>(), (RoutingGatewayConfiguration g) => g.Transport, (g, x) => g with { Transport = x }),
        Field<RoutingGatewayConfiguration, string>("outboundProxy", Text, g => g.OutboundProxy, (g, x) => g with { OutboundProxy = x }),
        Field<RoutingGatewayConfiguration, string>("localIp", Text, g => g.LocalIp, (g, x) => g with { LocalIp = x }),
        Field<RoutingGatewayConfiguration, int>("signalPortLocal", Integer, g => g.SignalPortLocal, (g, x) => g with { SignalPortLocal = x }),
        Field<RoutingGatewayConfiguration, string>("tlsServerName", Text, g => g.TlsServerName, (g, x) => g with { TlsServerName = x }),
        Field<RoutingGatewayConfiguration, bool>("tlsVerify", Boolean, g => g.TlsVerify, (g, x) => g with { TlsVerify = x }),
        Field<RoutingGatewayConfiguration, string>("tlsCertificate", Text, g => g.TlsCertificate, (g, x) => g with { TlsCertificate = x }),
        Field("sipRequestAddressMethod", new EnumSchema<RequestAddressMethod>(), (RoutingGatewayConfiguration g) => g.SipRequestAddressMethod, (g, x) => g with { SipRequestAddressMethod = x }),
        Field<RoutingGatewayConfiguration, bool>("sipDisplay", Boolean, g => g.SipDisplay, (g, x) => g with { SipDisplay = x }),
        Field<RoutingGatewayConfiguration, bool>("sipRemotePartyId", Boolean, g => g.SipRemotePartyId, (g, x) => g with { SipRemotePartyId = x }),
        Field("sipPrivacy", new EnumSchema<PrivacyMode>(), (RoutingGatewayConfiguration g) => g.SipPrivacy, (g, x) => g with { SipPrivacy = x }),
        Field("sipPPreferredIdentity", new EnumSchema<IdentityMode>(), (RoutingGatewayConfiguration g) => g.SipPPreferredIdentity, (g, x) => g with { SipPPreferredIdentity = x }),
        Field("sipPAssertedIdentity", new EnumSchema<IdentityMode>(), (RoutingGatewayConfiguration g) => g.SipPAssertedIdentity, (g, x) => g with { SipPAssertedIdentity = x }),
        Field("sipForwardSignal", new EnumSchema<ForwardSignal>(), (RoutingGatewayConfiguration g) => g.SipForwardSignal, (g, x) => g with { SipForwardSignal = x }),
        Field("callinForwardPrefixes", Texts, (RoutingGatewayConfiguration g) => g.CallinForwardPrefixes, (g, x) => g with { CallinForwardPrefixes = x }),
        Field<RoutingGatewayConfiguration, bool>("callinForwardPrefixesAllow", Boolean, g => g.CallinForwardPrefixesAllow, (g, x) => g with { CallinForwardPrefixesAllow = x }),
        Field<RoutingGatewayConfiguration, bool>("sipUserPhone", Boolean, g => g.SipUserPhone, (g, x) => g with { SipUserPhone = x }),
        Field("sipInviteHeaders", Texts, (RoutingGatewayConfiguration g) => g.SipInviteHeaders, (g, x) => g with { SipInviteHeaders = x }),
        Field("sipExtraHeaders", new EnumSchema<ExtraHeaders>(), (RoutingGatewayConfiguration g) => g.SipExtraHeaders, (g, x) => g with { SipExtraHeaders = x }),
        Field("sipExtraHeaderNames", Texts, (RoutingGatewayConfiguration g) => g.SipExtraHeaderNames, (g, x) => g with { SipExtraHeaderNames = x }),
        Field<RoutingGatewayConfiguration, bool>("sipTimer", Boolean, g => g.SipTimer, (g, x) => g with { SipTimer = x }),
        Field<RoutingGatewayConfiguration, bool>("sip100Rel", Boolean, g => g.Sip100Rel, (g, x) => g with { Sip100Rel = x }),
        Field<RoutingGatewayConfiguration, bool>("sipReason", Boolean, g => g.SipReason, (g, x) => g with { SipReason = x }),
        Field("sipRedirect", new EnumSchema<RedirectMode>(), (RoutingGatewayConfiguration g) => g.SipRedirect, (g, x) => g with { SipRedirect = x }),
        Field("sipRefer", new EnumSchema<ReferMode>(), (RoutingGatewayConfiguration g) => g.SipRefer, (g, x) => g with { SipRefer = x }),
        Field<RoutingGatewayConfiguration, bool>("sipRetryAfter", Boolean, g => g.SipRetryAfter, (g, x) => g with { SipRetryAfter = x }),
        Field<RoutingGatewayConfiguration, bool>("optionsCheck", Boolean, g => g.OptionsCheck, (g, x) => g with { OptionsCheck = x }),
        Field("sipCodecs", Texts, (RoutingGatewayConfiguration g) => g.SipCodecs, (g, x) => g with { SipCodecs = x }),
        Field("sipG729Annexb", new EnumSchema<AnnexMode>(), (RoutingGatewayConfiguration g) => g.SipG729Annexb, (g, x) => g with { SipG729Annexb = x }),
        Field("sipG723Annexa", new EnumSchema<AnnexMode>(), (RoutingGatewayConfiguration g) => g.SipG723Annexa, (g, x) => g with { SipG723Annexa = x }),
        Field<RoutingGatewayConfiguration, string>("memo", Text, g => g.Memo, (g, v) => g with { Memo = v }));

    public static readonly ObjectSchema<PhoneConfiguration> Phone = new(
        "a phone",
        new PhoneConfiguration(),
        Field<PhoneConfiguration, string>("e164", Text, p => p.E164, (p, x) => p with { E164 = x }),
        Field<PhoneConfiguration, string>("account", Text, p => p.Account, (p, x) => p with { Account = x }),
        Field<PhoneConfiguration, string>("password", Text, p => p.Password, (p, x) => p with { Password = x }),
        Field<PhoneConfiguration, string>("displayNumber", Text, p => p.DisplayNumber, (p, x) => p with { DisplayNumber = x }),
        Field<PhoneConfiguration, LockType>("lockType", Lock, p => p.LockType, (p, x) => p with { LockType = x }),
        Field<PhoneConfiguration, int>("callLevel", Integer, p => p.CallLevel, (p, x) => p with { CallLevel = x }),
        Field<PhoneConfiguration, int>("lineCapacity", Integer, p => p.LineCapacity, (p, x) => p with { LineCapacity = x }),
        Field("dids", Texts, (PhoneConfiguration p) => p.Dids, (p, x) => p with { Dids = x }),
        Field<PhoneConfiguration, int>("maxContacts", Integer, p => p.MaxContacts, (p, x) => p with { MaxContacts = x }),
        Field<PhoneConfiguration, bool>("sipTimer", Boolean, p => p.SipTimer, (p, x) => p with { SipTimer = x }),
        Field<PhoneConfiguration, bool>("sip100Rel", Boolean, p => p.Sip100Rel, (p, x) => p with { Sip100Rel = x }),
        Field<PhoneConfiguration, string>("memo", Text, p => p.Memo, (p, x) => p with { Memo = x }));

    public static readonly ObjectSchema<RegistrationConfiguration> Registration = new(
        "a registration",
        new RegistrationConfiguration(),
        Field<RegistrationConfiguration, string>("name", Text, r => r.Name, (r, x) => r with { Name = x }),
        Field<RegistrationConfiguration, string>("username", Text, r => r.Username, (r, x) => r with { Username = x }),
        Field<RegistrationConfiguration, string>("password", Text, r => r.Password, (r, x) => r with { Password = x }),
        Field<RegistrationConfiguration, string>("authenticationName", Text, r => r.AuthenticationName, (r, x) => r with { AuthenticationName = x }),
        Field<RegistrationConfiguration, string>("serverIp", Text, r => r.ServerIp, (r, x) => r with { ServerIp = x }),
        Field<RegistrationConfiguration, int>("signalPort", Integer, r => r.SignalPort, (r, x) => r with { SignalPort = x }),
        Field("transport", new EnumSchema<RoutingTransport>(), (RegistrationConfiguration r) => r.Transport, (r, x) => r with { Transport = x }),
        Field<RegistrationConfiguration, string>("hostName", Text, r => r.HostName, (r, x) => r with { HostName = x }),
        Field<RegistrationConfiguration, string>("outboundProxy", Text, r => r.OutboundProxy, (r, x) => r with { OutboundProxy = x }),
        Field<RegistrationConfiguration, int>("expire", Integer, r => r.Expire, (r, x) => r with { Expire = x }),
        Field<RegistrationConfiguration, string>("localIp", Text, r => r.LocalIp, (r, x) => r with { LocalIp = x }),
        Field<RegistrationConfiguration, int>("signalPortLocal", Integer, r => r.SignalPortLocal, (r, x) => r with { SignalPortLocal = x }),
        Field<RegistrationConfiguration, LockType>("lockType", Lock, r => r.LockType, (r, x) => r with { LockType = x }),
        Field<RegistrationConfiguration, string>("memo", Text, r => r.Memo, (r, x) => r with { Memo = x }));

    public static readonly ObjectSchema<SwitchConfiguration> Whole = new(
        "the configuration",
        new SwitchConfiguration(),
        Field("accounts", new ListSchema<AccountConfiguration>(Account, "accounts"), (SwitchConfiguration c) => c.Accounts, (c, v) => c with { Accounts = v }),
        Field("rateGroups", new ListSchema<RateGroupConfiguration>(RateGroup, "rate groups"), (SwitchConfiguration c) => c.RateGroups, (c, v) => c with { RateGroups = v }),
        Field("mappingGateways", new ListSchema<MappingGatewayConfiguration>(MappingGateway, "mapping gateways"), (SwitchConfiguration c) => c.MappingGateways, (c, v) => c with { MappingGateways = v }),
        Field("routingGateways", new ListSchema<RoutingGatewayConfiguration>(RoutingGateway, "routing gateways"), (SwitchConfiguration c) => c.RoutingGateways, (c, v) => c with { RoutingGateways = v }),
        Field("phones", new ListSchema<PhoneConfiguration>(Phone, "phones"), (SwitchConfiguration c) => c.Phones, (c, v) => c with { Phones = v }),
        Field("registrations", new ListSchema<RegistrationConfiguration>(Registration, "registrations"), (SwitchConfiguration c) => c.Registrations, (c, v) => c with { Registrations = v }),
        Field("systemParameters", new ParametersSchema(), (SwitchConfiguration c) => c.SystemParameters, (c, v) => c with { SystemParameters = v }),
        Field("systemWhiteList", new ListSchema<string>(Text, "numbers"), (SwitchConfiguration c) => c.SystemWhiteList, (c, v) => c with { SystemWhiteList = v }));

    private static FieldSchema<TObject, TValue> Field<TObject, TValue>(
        string name,
        ValueSchema<TValue> value,
        Func<TObject, TValue> get,
        Func<TObject, TValue, TObject> set) => new(name, value, get, set);
}
