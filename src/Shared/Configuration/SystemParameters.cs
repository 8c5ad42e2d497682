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

    /// <summary>Any text without control characters.</summary>
    Text,
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
        ParameterKind.Text => value.Length <= ConfigurationLimits.TextLength && !value.Any(char.IsControl)
            ? null : $"at most {ConfigurationLimits.TextLength} characters, none of them a control character",
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
        Integer("SS_SIP_T1", "500", 10, 10000, "ms", "Round-trip time on which retransmissions are built (RFC 3261 §17)."),
        Integer("SS_SIP_T2", "4000", 10, 60000, "ms", "Longest gap between retransmissions."),
        Integer("SS_SIP_T4", "5000", 10, 60000, "ms", "How long a message may stay in the network."),
        Integer("SS_SIP_SESSION_TTL", "600", 2, 86400, "s", "Session-Expires (RFC 4028)."),
        Integer("SS_SIP_SESSION_MIN_SE", "90", 1, 86400, "s", "Min-SE: shortest Session-Expires that is accepted (RFC 4028)."),
        Integer("SS_SIP_SESSION_UPDATE_SEGMENT", "2", 2, 10, "", "A session is refreshed every SS_SIP_SESSION_TTL divided by it."),
        Integer("SS_SIP_SESSION_TIMEOUT_EARLY_HANGUP", "10", 0, 3600, "s", "A session that is not refreshed is ended this long before it expires."),
        Integer("SS_SIP_OPTIONS_CHECK_PERIOD", "60", 0, 3600, "s", "OPTIONS check of gateways with optionsCheck; 0 is off."),
        Integer("SS_SIP_OPTIONS_CHECK_FAILURES", "2", 1, 100, "", "Failures in a row that take a gateway offline."),
        Integer("SS_SIP_RETRY_AFTER_MAX", "3600", 0, 86400, "s", "Longest suspension by a vendor's Retry-After; 0 ignores it."),
        Integer("SS_SIP_USER_AGENT_EXPIRE", "0", 0, 7200, "s", "Expiry of our registrations, 20 to 7200; 0 is 3600."),
        Integer("SS_SIP_USER_AGENT_RETRY_DELAY", "60", 1, 600, "s", "Retry after a failed registration."),
        Switch("SS_SIP_USER_AGENT_SEND_UNREGISTER", "on", "Registrations are given up when they are removed or the switch stops."),
        Integer("SS_SIP_PUBLISH_EXPIRE", "3600", 1, 86400, "s", "Expires in the answer to PUBLISH."),
        Integer("SS_ENDPOINT_EXPIRE", "3600", 10, 86400, "s", "Longest registration of an endpoint."),
        Integer("SS_ENDPOINT_MIN_EXPIRE", "60", 1, 86400, "s", "Shortest registration of an endpoint; shorter is refused with 423."),
        Integer("SS_SIP_MAX_CONTACTS", "5", 1, 100, "", "Contacts of one endpoint at once."),
        Switch("SS_SIP_REGISTER_REPLACE_KICK", "off", "A registration from elsewhere ends the earlier ones."),
        Integer("SS_AUTHENTICATION_MAX_RETRY", "5", 0, 1000, "", "Digest failures that suspend a source; 0 is never."),
        Integer("SS_AUTHENTICATION_FAILED_SUSPEND", "180", 1, 86400, "s", "How long a source is suspended."),
        Integer("SS_SIP_NONCE_EXPIRE", "300", 5, 86400, "s", "Life of a digest nonce."),
        Choice("SS_SIP_DIGEST_ALGORITHM", "both", ["both", "md5", "sha-256"], "Digest algorithms that are offered (RFC 8760)."),
        Choice("SS_SIP_UNAUTHORIZED_RESPONSE", "answer", ["answer", "ignore"], "Whether unknown sources get an answer."),
        Integer("SS_SIP_SOURCE_PACKET_LIMIT", "0", 0, 1000000, "packets/s", "Packets in a second from a known address; 0 is no limit."),
        Integer("SS_SIP_UNKNOWN_SOURCE_PACKET_LIMIT", "100", 0, 1000000, "packets/s", "Packets in a second from any other address; 0 is no limit."),
        Integer("SS_SIP_SOURCE_INVITE_LIMIT", "0", 0, 1000000, "calls/s", "INVITEs in a second from one address; 0 is no limit."),
        Words("SS_SIP_SCANNER_USER_AGENTS", "friendly-scanner, sipvicious, sipcli, sundayddr, VaxSIPUserAgent, sip-scan, pplsip, iWar", "Parts of User-Agent that mark a scanner; its requests are dropped."),
        Words("SS_SIP_NAT_KEEP_ALIVE_MESSAGE", "HELLO", "Datagram that keeps a NAT open; empty is off."),
        Integer("SS_SIP_NAT_KEEP_ALIVE_PERIOD", "30", 1, 3600, "s", "Its period for each endpoint."),
        Integer("SS_SIP_NAT_KEEP_ALIVE_SEND_INTERVAL", "20", 1, 1000, "ms", "Pause between batches of it."),
        Integer("SS_SIP_NAT_KEEP_ALIVE_SEND_ONE_TIME", "100", 1, 10000, "", "Endpoints in a batch."),
        Integer("SS_QOS_SIGNAL", "160", 0, 255, "", "TOS byte of SIP packets: 160 is CS5; 0 is none."),
        Words("SS_SIP_LOCAL_DOMAIN", "", "Host in the From of what we send; empty is our address."),
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
        T1 = TimeSpan.FromMilliseconds(Int("SS_SIP_T1"));
        T2 = TimeSpan.FromMilliseconds(Int("SS_SIP_T2"));
        T4 = TimeSpan.FromMilliseconds(Int("SS_SIP_T4"));
        SessionTtl = Seconds("SS_SIP_SESSION_TTL");
        SessionMinSe = Seconds("SS_SIP_SESSION_MIN_SE");
        SessionUpdateSegment = Int("SS_SIP_SESSION_UPDATE_SEGMENT");
        SessionTimeoutEarlyHangup = Seconds("SS_SIP_SESSION_TIMEOUT_EARLY_HANGUP");
        OptionsCheckPeriod = Seconds("SS_SIP_OPTIONS_CHECK_PERIOD");
        OptionsCheckFailures = Int("SS_SIP_OPTIONS_CHECK_FAILURES");
        RetryAfterMax = Seconds("SS_SIP_RETRY_AFTER_MAX");
        UserAgentExpire = Seconds("SS_SIP_USER_AGENT_EXPIRE");
        UserAgentRetryDelay = Seconds("SS_SIP_USER_AGENT_RETRY_DELAY");
        UserAgentSendUnregister = On("SS_SIP_USER_AGENT_SEND_UNREGISTER");
        PublishExpire = Seconds("SS_SIP_PUBLISH_EXPIRE");
        EndpointExpire = Seconds("SS_ENDPOINT_EXPIRE");
        EndpointMinExpire = Seconds("SS_ENDPOINT_MIN_EXPIRE");
        MaxContacts = Int("SS_SIP_MAX_CONTACTS");
        RegisterReplaceKick = On("SS_SIP_REGISTER_REPLACE_KICK");
        AuthenticationMaxRetry = Int("SS_AUTHENTICATION_MAX_RETRY");
        AuthenticationFailedSuspend = Seconds("SS_AUTHENTICATION_FAILED_SUSPEND");
        NonceExpire = Seconds("SS_SIP_NONCE_EXPIRE");
        DigestAlgorithm = Text("SS_SIP_DIGEST_ALGORITHM");
        AnswerUnauthorized = Text("SS_SIP_UNAUTHORIZED_RESPONSE") == "answer";
        SourcePacketLimit = Int("SS_SIP_SOURCE_PACKET_LIMIT");
        UnknownSourcePacketLimit = Int("SS_SIP_UNKNOWN_SOURCE_PACKET_LIMIT");
        SourceInviteLimit = Int("SS_SIP_SOURCE_INVITE_LIMIT");
        ScannerUserAgents = [.. Text("SS_SIP_SCANNER_USER_AGENTS").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        NatKeepAliveMessage = Text("SS_SIP_NAT_KEEP_ALIVE_MESSAGE");
        NatKeepAlivePeriod = Seconds("SS_SIP_NAT_KEEP_ALIVE_PERIOD");
        NatKeepAliveSendInterval = TimeSpan.FromMilliseconds(Int("SS_SIP_NAT_KEEP_ALIVE_SEND_INTERVAL"));
        NatKeepAliveSendOneTime = Int("SS_SIP_NAT_KEEP_ALIVE_SEND_ONE_TIME");
        QosSignal = Int("SS_QOS_SIGNAL");
        LocalDomain = Text("SS_SIP_LOCAL_DOMAIN");
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

    /// <summary>SS_SIP_T1: round-trip time on which retransmissions are built (RFC 3261 §17).</summary>
    public TimeSpan T1 { get; }

    /// <summary>SS_SIP_T2: longest gap between retransmissions.</summary>
    public TimeSpan T2 { get; }

    /// <summary>SS_SIP_T4: how long a message may stay in the network.</summary>
    public TimeSpan T4 { get; }

    /// <summary>SS_SIP_SESSION_TTL: Session-Expires (RFC 4028).</summary>
    public TimeSpan SessionTtl { get; }

    /// <summary>SS_SIP_SESSION_MIN_SE: Min-SE: shortest Session-Expires that is accepted (RFC 4028).</summary>
    public TimeSpan SessionMinSe { get; }

    /// <summary>SS_SIP_SESSION_UPDATE_SEGMENT: a session is refreshed every SS_SIP_SESSION_TTL divided by it.</summary>
    public int SessionUpdateSegment { get; }

    /// <summary>SS_SIP_SESSION_TIMEOUT_EARLY_HANGUP: a session that is not refreshed is ended this long before it expires.</summary>
    public TimeSpan SessionTimeoutEarlyHangup { get; }

    /// <summary>SS_SIP_OPTIONS_CHECK_PERIOD: OPTIONS check of gateways with optionsCheck; 0 is off.</summary>
    public TimeSpan OptionsCheckPeriod { get; }

    /// <summary>SS_SIP_OPTIONS_CHECK_FAILURES: failures in a row that take a gateway offline.</summary>
    public int OptionsCheckFailures { get; }

    /// <summary>SS_SIP_RETRY_AFTER_MAX: longest suspension by a vendor's Retry-After; 0 ignores it.</summary>
    public TimeSpan RetryAfterMax { get; }

    /// <summary>SS_SIP_USER_AGENT_EXPIRE: expiry of our registrations, 20 to 7200; 0 is 3600.</summary>
    public TimeSpan UserAgentExpire { get; }

    /// <summary>SS_SIP_USER_AGENT_RETRY_DELAY: retry after a failed registration.</summary>
    public TimeSpan UserAgentRetryDelay { get; }

    /// <summary>SS_SIP_USER_AGENT_SEND_UNREGISTER: registrations are given up when they are removed or the switch stops.</summary>
    public bool UserAgentSendUnregister { get; }

    /// <summary>SS_SIP_PUBLISH_EXPIRE: expires in the answer to PUBLISH.</summary>
    public TimeSpan PublishExpire { get; }

    /// <summary>SS_ENDPOINT_EXPIRE: longest registration of an endpoint.</summary>
    public TimeSpan EndpointExpire { get; }

    /// <summary>SS_ENDPOINT_MIN_EXPIRE: shortest registration of an endpoint; shorter is refused with 423.</summary>
    public TimeSpan EndpointMinExpire { get; }

    /// <summary>SS_SIP_MAX_CONTACTS: contacts of one endpoint at once.</summary>
    public int MaxContacts { get; }

    /// <summary>SS_SIP_REGISTER_REPLACE_KICK: a registration from elsewhere ends the earlier ones.</summary>
    public bool RegisterReplaceKick { get; }

    /// <summary>SS_AUTHENTICATION_MAX_RETRY: digest failures that suspend a source; 0 is never.</summary>
    public int AuthenticationMaxRetry { get; }

    /// <summary>SS_AUTHENTICATION_FAILED_SUSPEND: how long a source is suspended.</summary>
    public TimeSpan AuthenticationFailedSuspend { get; }

    /// <summary>SS_SIP_NONCE_EXPIRE: life of a digest nonce.</summary>
    public TimeSpan NonceExpire { get; }

    /// <summary>SS_SIP_DIGEST_ALGORITHM: digest algorithms that are offered (RFC 8760).</summary>
    public string DigestAlgorithm { get; }

    /// <summary>SS_SIP_UNAUTHORIZED_RESPONSE: whether unknown sources get an answer.</summary>
    public bool AnswerUnauthorized { get; }

    /// <summary>SS_SIP_SOURCE_PACKET_LIMIT: packets in a second from a known address; 0 is no limit.</summary>
    public int SourcePacketLimit { get; }

    /// <summary>SS_SIP_UNKNOWN_SOURCE_PACKET_LIMIT: packets in a second from any other address; 0 is no limit.</summary>
    public int UnknownSourcePacketLimit { get; }

    /// <summary>SS_SIP_SOURCE_INVITE_LIMIT: INVITEs in a second from one address; 0 is no limit.</summary>
    public int SourceInviteLimit { get; }

    /// <summary>SS_SIP_SCANNER_USER_AGENTS: parts of User-Agent that mark a scanner; its requests are dropped.</summary>
    public ImmutableArray<string> ScannerUserAgents { get; }

    /// <summary>SS_SIP_NAT_KEEP_ALIVE_MESSAGE: datagram that keeps a NAT open; empty is off.</summary>
    public string NatKeepAliveMessage { get; }

    /// <summary>SS_SIP_NAT_KEEP_ALIVE_PERIOD: its period for each endpoint.</summary>
    public TimeSpan NatKeepAlivePeriod { get; }

    /// <summary>SS_SIP_NAT_KEEP_ALIVE_SEND_INTERVAL: pause between batches of it.</summary>
    public TimeSpan NatKeepAliveSendInterval { get; }

    /// <summary>SS_SIP_NAT_KEEP_ALIVE_SEND_ONE_TIME: endpoints in a batch.</summary>
    public int NatKeepAliveSendOneTime { get; }

    /// <summary>SS_QOS_SIGNAL: TOS byte of SIP packets: 160 is CS5; 0 is none.</summary>
    public int QosSignal { get; }

    /// <summary>SS_SIP_LOCAL_DOMAIN: host in the From of what we send; empty is our address.</summary>
    public string LocalDomain { get; }

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

    private static ParameterDefinition Words(string name, string @default, string meaning) =>
        new(name, ParameterKind.Text, @default, 0, 0, [], "", meaning);

    private static ParameterDefinition Choice(string name, string @default, ImmutableArray<string> choices, string meaning) =>
        new(name, ParameterKind.Choice, @default, 0, 0, choices, "", meaning);
}
