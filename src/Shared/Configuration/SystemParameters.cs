using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;

namespace Tandem.Shared.Configuration;

/// <summary>What a parameter holds.</summary>
public enum ParameterKind : byte
{
    /// <summary>A whole number between two bounds.</summary>
    Integer,

    /// <summary>A decimal number between two bounds.</summary>
    Decimal,

    /// <summary><c>on</c> or <c>off</c>.</summary>
    Switch,

    /// <summary>One of a list of words.</summary>
    Choice,
}

/// <summary>One parameter: its VOS3000 name, default, bounds and meaning.</summary>
/// <param name="Name">VOS3000 name.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Default">In the form that a configuration file uses.</param>
/// <param name="Minimum">Lowest number.</param>
/// <param name="Maximum">Highest number.</param>
/// <param name="Choices">The words of a choice.</param>
/// <param name="Unit">s, ms, calls/s, …</param>
/// <param name="Meaning">One sentence for people.</param>
public sealed record ParameterDefinition(
    string Name,
    ParameterKind Kind,
    string Default,
    decimal Minimum,
    decimal Maximum,
    ImmutableArray<string> Choices,
    string Unit,
    string Meaning)
{
    /// <summary>Null when <paramref name="value"/> is allowed, else what is.</summary>
    public string? Check(string value) => Kind switch
    {
        ParameterKind.Integer => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n)
            && n >= Minimum && n <= Maximum ? null : $"a whole number from {Minimum} to {Maximum}{UnitText}",
        ParameterKind.Decimal => decimal.TryParse(value, NumberStyles.Number, CultureInfo.InvariantCulture, out var d)
            && d >= Minimum && d <= Maximum ? null : $"a number from {Minimum} to {Maximum}{UnitText}",
        ParameterKind.Switch => value is "on" or "off" ? null : "on or off",
        ParameterKind.Choice => Choices.Contains(value) ? null : "one of: " + string.Join(", ", Choices),
    };

    private string UnitText => Unit.Length == 0 ? "" : " " + Unit;
}

/// <summary>Where the dynamic black list counts (SS_BLACK_LIST_DYNAMIC_RUN_MODE).</summary>
public enum BlacklistMode : byte
{
    /// <summary>All calls of the whole switch together; a block holds everywhere.</summary>
    Global,

    /// <summary>Each ticked gateway for itself; a block holds only there.</summary>
    Standalone,
}

/// <summary>The parameters in force, read once when a configuration version is compiled.</summary>
public sealed class SystemParameters
{
    private const decimal DayS = 86_400;

    /// <summary>Every parameter that exists, by name.</summary>
    public static readonly FrozenDictionary<string, ParameterDefinition> Definitions = new[]
    {
        Integer("SS_MAX_CPS", "0", 0, 1_000_000, "calls/s", "New calls in any one second over the whole cluster; 0 is no limit."),
        Integer("SS_SIP_TIMEOUT_INVITE", "10", 1, 180, "s", "Wait for the first response of a gateway."),
        Integer("SS_SIP_TIMEOUT_TRYING", "20", 1, 180, "s", "Wait after 100 Trying."),
        Integer("SS_SIP_TIMEOUT_SESSION_PROGRESS", "20", 1, 180, "s", "Wait after 18x without SDP."),
        Integer("SS_SIP_TIMEOUT_SESSION_PROGRESS_SDP", "120", 1, 600, "s", "Wait after 183 with SDP."),
        Integer("SS_SIP_TIMEOUT_RINGING", "120", 1, 600, "s", "Wait after 180 Ringing."),
        Integer("SS_GATEWAY_SWITCH_LIMIT", "0", 0, 100, "", "Gateway switches in one call; 0 is no limit."),
        Switch("SS_GATEWAY_SWITCH_UNTIL_CONNECT", "off", "Try the next gateway until one answers, also after ringing."),
        Integer("SS_SIP_NO_TIMER_REINVITE_INTERVAL", "7200", 0, DayS, "s", "Longest talk time; 0 is no limit."),
        Choice("SS_BLACK_LIST_DYNAMIC_RUN_MODE", "global", ["global", "standalone"], "Where the dynamic black list counts."),
        Integer("SS_BLACK_LIST_MALICIOUS_CALL_LIMIT", "0", 0, 1000, "calls", "Calls to one number in the window that list it; 0 is off."),
        Integer("SS_BLACK_LIST_MALICIOUS_CALL_CHECK_INTERVAL", "600", 1, DayS, "s", "Window of calls to one number."),
        Integer("SS_BLACK_LIST_MALICIOUS_CALL_EXPIRE", "3600", 1, 2_592_000, "s", "Free again this long after the number's last call."),
        Integer("SS_BLACK_LIST_CALLER_MALICIOUS_CALL_LIMIT", "0", 0, 1000, "calls", "Calls from one number in the window that list it; 0 is off."),
        Integer("SS_BLACK_LIST_CALLER_MALICIOUS_CALL_CHECK_INTERVAL", "600", 1, DayS, "s", "Window of calls from one number."),
        Integer("SS_BLACK_LIST_CALLER_MALICIOUS_CALL_EXPIRE", "3600", 1, 2_592_000, "s", "Free again this long after the number's last call."),
        Integer("SERVER_BILLING_FEE_PRECISION", "4", 0, 6, "decimals", "Decimals of fees."),
        Decimal("SERVER_BILLING_FEE_UNIT", "0", 0, 1_000_000, "", "Fees are a multiple of it; 0 is off."),
        Integer("SERVER_BILLING_HOLD_TIME_PRECISION", "50", 1, 1000, "ms", "Talk time is cut down to a multiple of it before it is rounded up to seconds."),
        Integer("SERVER_BILLING_FREE_TIME", "0", 0, 3600, "s", "Seconds taken off the talk time before rating."),
        Integer("SERVER_BILLING_PREVENT_OVERDRAFT_ADVANCE_TIME", "1", 1, 15, "min", "Talk time whose price a running call holds ahead."),
        Switch("SERVER_BILLING_RECORD_ILLEGAL_CALL", "off", "Write a record for calls of unknown sources."),
        Switch("SERVER_BILLING_RECORD_ZERO_HOLD_TIME", "on", "Write a record for calls that were not answered."),
    }.ToFrozenDictionary(d => d.Name, StringComparer.Ordinal);

    /// <summary>Names that the vendor spells in another way; both are read.</summary>
    public static readonly FrozenDictionary<string, string> Aliases = new Dictionary<string, string>
    {
        ["SERVER_BILLING_FEE_PRECISTION"] = "SERVER_BILLING_FEE_PRECISION",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private readonly IReadOnlyDictionary<string, string> _values;

    /// <summary>Reads validated values; unknown names and bad values are bugs here and throw.</summary>
    public SystemParameters(IReadOnlyDictionary<string, string> values)
    {
        _values = values.ToDictionary(p => Aliases.GetValueOrDefault(p.Key, p.Key), p => p.Value, StringComparer.Ordinal);
        MaxCps = Int("SS_MAX_CPS");
        TimeoutInvite = Seconds("SS_SIP_TIMEOUT_INVITE");
        TimeoutTrying = Seconds("SS_SIP_TIMEOUT_TRYING");
        TimeoutSessionProgress = Seconds("SS_SIP_TIMEOUT_SESSION_PROGRESS");
        TimeoutSessionProgressSdp = Seconds("SS_SIP_TIMEOUT_SESSION_PROGRESS_SDP");
        TimeoutRinging = Seconds("SS_SIP_TIMEOUT_RINGING");
        GatewaySwitchLimit = Int("SS_GATEWAY_SWITCH_LIMIT");
        SwitchUntilConnect = On("SS_GATEWAY_SWITCH_UNTIL_CONNECT");
        MaxTalkTimeSeconds = Int("SS_SIP_NO_TIMER_REINVITE_INTERVAL");
        BlacklistMode = Text("SS_BLACK_LIST_DYNAMIC_RUN_MODE") == "standalone" ? BlacklistMode.Standalone : BlacklistMode.Global;
        MaliciousCalleeLimit = Int("SS_BLACK_LIST_MALICIOUS_CALL_LIMIT");
        MaliciousCalleeWindow = Seconds("SS_BLACK_LIST_MALICIOUS_CALL_CHECK_INTERVAL");
        MaliciousCalleeExpire = Seconds("SS_BLACK_LIST_MALICIOUS_CALL_EXPIRE");
        MaliciousCallerLimit = Int("SS_BLACK_LIST_CALLER_MALICIOUS_CALL_LIMIT");
        MaliciousCallerWindow = Seconds("SS_BLACK_LIST_CALLER_MALICIOUS_CALL_CHECK_INTERVAL");
        MaliciousCallerExpire = Seconds("SS_BLACK_LIST_CALLER_MALICIOUS_CALL_EXPIRE");
        FeePrecision = Int("SERVER_BILLING_FEE_PRECISION");
        FeeUnit = decimal.Parse(Text("SERVER_BILLING_FEE_UNIT"), CultureInfo.InvariantCulture);
        HoldTimePrecisionMs = Int("SERVER_BILLING_HOLD_TIME_PRECISION");
        FreeTimeSeconds = Int("SERVER_BILLING_FREE_TIME");
        AdvanceTimeSeconds = 60 * Int("SERVER_BILLING_PREVENT_OVERDRAFT_ADVANCE_TIME");
        RecordIllegalCall = On("SERVER_BILLING_RECORD_ILLEGAL_CALL");
        RecordZeroHoldTime = On("SERVER_BILLING_RECORD_ZERO_HOLD_TIME");
    }

    /// <summary>All defaults.</summary>
    public static SystemParameters Defaults { get; } = new(ImmutableDictionary<string, string>.Empty);

    /// <summary>SS_MAX_CPS; 0 is no limit.</summary>
    public int MaxCps { get; }

    /// <summary>SS_SIP_TIMEOUT_INVITE.</summary>
    public TimeSpan TimeoutInvite { get; }

    /// <summary>SS_SIP_TIMEOUT_TRYING.</summary>
    public TimeSpan TimeoutTrying { get; }

    /// <summary>SS_SIP_TIMEOUT_SESSION_PROGRESS.</summary>
    public TimeSpan TimeoutSessionProgress { get; }

    /// <summary>SS_SIP_TIMEOUT_SESSION_PROGRESS_SDP.</summary>
    public TimeSpan TimeoutSessionProgressSdp { get; }

    /// <summary>SS_SIP_TIMEOUT_RINGING.</summary>
    public TimeSpan TimeoutRinging { get; }

    /// <summary>SS_GATEWAY_SWITCH_LIMIT; 0 is no limit.</summary>
    public int GatewaySwitchLimit { get; }

    /// <summary>SS_GATEWAY_SWITCH_UNTIL_CONNECT.</summary>
    public bool SwitchUntilConnect { get; }

    /// <summary>SS_SIP_NO_TIMER_REINVITE_INTERVAL; 0 is no limit.</summary>
    public int MaxTalkTimeSeconds { get; }

    /// <summary>SS_BLACK_LIST_DYNAMIC_RUN_MODE.</summary>
    public BlacklistMode BlacklistMode { get; }

    /// <summary>SS_BLACK_LIST_MALICIOUS_CALL_LIMIT; 0 is off.</summary>
    public int MaliciousCalleeLimit { get; }

    /// <summary>SS_BLACK_LIST_MALICIOUS_CALL_CHECK_INTERVAL.</summary>
    public TimeSpan MaliciousCalleeWindow { get; }

    /// <summary>SS_BLACK_LIST_MALICIOUS_CALL_EXPIRE.</summary>
    public TimeSpan MaliciousCalleeExpire { get; }

    /// <summary>SS_BLACK_LIST_CALLER_MALICIOUS_CALL_LIMIT; 0 is off.</summary>
    public int MaliciousCallerLimit { get; }

    /// <summary>SS_BLACK_LIST_CALLER_MALICIOUS_CALL_CHECK_INTERVAL.</summary>
    public TimeSpan MaliciousCallerWindow { get; }

    /// <summary>SS_BLACK_LIST_CALLER_MALICIOUS_CALL_EXPIRE.</summary>
    public TimeSpan MaliciousCallerExpire { get; }

    /// <summary>SERVER_BILLING_FEE_PRECISION (the vendor also spells it PRECISTION).</summary>
    public int FeePrecision { get; }

    /// <summary>SERVER_BILLING_FEE_UNIT; 0 is off.</summary>
    public decimal FeeUnit { get; }

    /// <summary>SERVER_BILLING_HOLD_TIME_PRECISION in milliseconds.</summary>
    public int HoldTimePrecisionMs { get; }

    /// <summary>SERVER_BILLING_FREE_TIME in seconds.</summary>
    public int FreeTimeSeconds { get; }

    /// <summary>SERVER_BILLING_PREVENT_OVERDRAFT_ADVANCE_TIME in seconds.</summary>
    public int AdvanceTimeSeconds { get; }

    /// <summary>SERVER_BILLING_RECORD_ILLEGAL_CALL.</summary>
    public bool RecordIllegalCall { get; }

    /// <summary>SERVER_BILLING_RECORD_ZERO_HOLD_TIME.</summary>
    public bool RecordZeroHoldTime { get; }

    /// <summary>The value in force of a parameter that exists, as text.</summary>
    public string Text(string name) => _values.TryGetValue(name, out var value) ? value : Definitions[name].Default;

    private int Int(string name) => int.Parse(Text(name), CultureInfo.InvariantCulture);

    private TimeSpan Seconds(string name) => TimeSpan.FromSeconds(Int(name));

    private bool On(string name) => Text(name) == "on";

    private static ParameterDefinition Integer(string name, string @default, decimal min, decimal max, string unit, string meaning) =>
        new(name, ParameterKind.Integer, @default, min, max, [], unit, meaning);

    private static ParameterDefinition Decimal(string name, string @default, decimal min, decimal max, string unit, string meaning) =>
        new(name, ParameterKind.Decimal, @default, min, max, [], unit, meaning);

    private static ParameterDefinition Switch(string name, string @default, string meaning) =>
        new(name, ParameterKind.Switch, @default, 0, 0, [], "", meaning);

    private static ParameterDefinition Choice(string name, string @default, ImmutableArray<string> choices, string meaning) =>
        new(name, ParameterKind.Choice, @default, 0, 0, choices, "", meaning);
}
