namespace Tandem.Shared.Calls;

/// <summary>
/// Why a call ended, as operators know it: zero or negative for the switch's own reasons (vos3000.md §5.2), positive for
/// the SIP status code that a device gave. The numbers are stable: CDRs keep them.
/// </summary>
public enum EndReason
{
    /// <summary>Ended by a party.</summary>
    Normal = 0,

    /// <summary>The ring timer ran out.</summary>
    NoAnswer = -1,

    /// <summary>The peer's protocol cannot be served.</summary>
    ProtocolLimit = -2,

    /// <summary>No reply to repeated messages.</summary>
    ConnectionTimeout = -3,

    /// <summary>The callee's lines are full.</summary>
    Busy = -4,

    /// <summary>The gateway did not answer the INVITE in time (shown to operators as GatewayTimeout, InviteTimeout).</summary>
    GatewayTimeout = -5,

    /// <summary>The session timer expired.</summary>
    SessionTimeout = -6,

    /// <summary>The talk limit was reached.</summary>
    MaxDuration = -7,

    /// <summary>Media was interrupted.</summary>
    RtpTimeout = -8,

    /// <summary>The source is not known.</summary>
    IllegalCall = -9,

    /// <summary>Wrong password, or suspended.</summary>
    AuthenticationFailed = -10,

    /// <summary>The device is not registered.</summary>
    Unregistered = -11,

    /// <summary>The account or the gateway is locked.</summary>
    AccountLocked = -12,

    /// <summary>The account is past its valid time.</summary>
    AccountExpired = -13,

    /// <summary>The payer's money does not buy one period, or is used up.</summary>
    InsufficientBalance = -14,

    /// <summary>No rate in the payer's rate group, or no rate group.</summary>
    RateNotFound = -15,

    /// <summary>The rate is locked.</summary>
    RateLocked = -16,

    /// <summary>The rate's type is above what the caller may call.</summary>
    CallLevelLimit = -17,

    /// <summary>The caller number is not allowed.</summary>
    CallerRestriction = -18,

    /// <summary>The callee number is not allowed.</summary>
    CalleeRestriction = -19,

    /// <summary>Caller or callee is on a static or dynamic black list.</summary>
    BlackList = -20,

    /// <summary>The callee is unknown.</summary>
    NotFound = -21,

    /// <summary>The phone is offline.</summary>
    CalleeNotOnline = -22,

    /// <summary>Do not disturb.</summary>
    DoNotDisturb = -23,

    /// <summary>No routing gateway matches.</summary>
    NoAvailableRouter = -24,

    /// <summary>Every routing gateway that matches is full.</summary>
    AllGatewayBusy = -25,

    /// <summary>The caller's own lines are used up.</summary>
    ConnectionLimitExceeded = -26,

    /// <summary>SS_MAX_CPS of the whole switch is used up.</summary>
    SystemCpsLimit = -27,

    /// <summary>maxCallRate of the gateway is used up.</summary>
    GatewayRateLimit = -28,

    /// <summary>A forwarding loop, or too many hops.</summary>
    Loop = -29,

    /// <summary>A transfer failed.</summary>
    TransferFailed = -30,

    /// <summary>No common codec.</summary>
    CodecMismatch = -31,

    /// <summary>The LRN query failed.</summary>
    LrnFailure = -32,

    /// <summary>Every route is under the margin or over the cost.</summary>
    ProfitLimit = -33,

    /// <summary>The clearing account is empty.</summary>
    VendorBalance = -34,

    /// <summary>The address is outside the geofence.</summary>
    Geofence = -35,

    /// <summary>The phone's monthly maximum is reached.</summary>
    MonthlyLimit = -36,

    /// <summary>An operator cut the call.</summary>
    OperatorDisconnect = -37,

    /// <summary>The node is going down.</summary>
    ServerShutdown = -38,

    /// <summary>A request of ours to another part of the switch had no answer in time.</summary>
    SystemUnavailable = -39,

    /// <summary>The caller gave up before answer (CANCEL).</summary>
    CallerCancelled = -40,

    /// <summary>The node has as many calls as it may hold.</summary>
    SystemOverload = -41,

    /// <summary>The caller insists on privacy that the switch cannot give (RFC 3323 §5).</summary>
    PrivacyUnavailable = -42,
}

/// <summary>Who released the call (VOS3000 endDirection).</summary>
public enum EndDirection : byte
{
    /// <summary>The caller.</summary>
    Caller = 0,

    /// <summary>The callee, or the vendor's gateway.</summary>
    Callee = 1,

    /// <summary>The switch.</summary>
    Server = 2,
}

/// <summary>What the caller and the records see of an end reason.</summary>
/// <param name="Name">The word that operators search for.</param>
/// <param name="SipStatus">Final status towards the caller before answer.</param>
/// <param name="Phrase">Reason phrase of that status.</param>
/// <param name="Q850Cause">Cause for the Reason header (RFC 3326) and H.323.</param>
/// <param name="HttpStatus">Status when the same refusal is met over REST.</param>
public sealed record EndReasonInfo(string Name, int SipStatus, string Phrase, int Q850Cause, int HttpStatus)
{
    /// <summary>
    /// Value of the Reason header (RFC 3326): Q.850 with our own word as text, so that no failure goes unexplained. Made once
    /// per row, since refusals come in floods.
    /// </summary>
    public string ReasonHeader { get; } =
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Q.850;cause={Q850Cause};text=\"{Name}\"");
}

/// <summary>The one table from end reasons to SIP, Q.850 and HTTP (vos3000.md §5.2).</summary>
public static class EndReasons
{
    private static readonly Dictionary<EndReason, EndReasonInfo> Table = new()
    {
        [EndReason.Normal] = new("Normal", 200, "OK", 16, 200),
        [EndReason.NoAnswer] = new("NoAnswer", 480, "No Answer", 19, 409),
        [EndReason.ProtocolLimit] = new("ProtocolLimit", 488, "Not Acceptable Here", 79, 409),
        [EndReason.ConnectionTimeout] = new("ConnectionTimeout", 408, "Request Timeout", 102, 504),
        [EndReason.Busy] = new("Busy", 486, "Busy Here", 17, 409),
        [EndReason.GatewayTimeout] = new("GatewayTimeout", 408, "Gateway Timeout", 102, 504),
        [EndReason.SessionTimeout] = new("SessionTimeout", 408, "Session Timeout", 102, 504),
        [EndReason.MaxDuration] = new("MaxDuration", 480, "Maximum Duration", 16, 409),
        [EndReason.RtpTimeout] = new("RtpTimeout", 480, "Media Timeout", 41, 504),
        [EndReason.IllegalCall] = new("IllegalCall", 403, "Illegal Call", 21, 403),
        [EndReason.AuthenticationFailed] = new("AuthenticationFailed", 403, "Authentication Failed", 21, 403),
        [EndReason.Unregistered] = new("Unregistered", 480, "Not Registered", 20, 409),
        [EndReason.AccountLocked] = new("AccountLocked", 403, "Account Locked", 21, 403),
        [EndReason.AccountExpired] = new("AccountExpired", 403, "Account Expired", 21, 403),
        [EndReason.InsufficientBalance] = new("InsufficientBalance", 503, "Insufficient Balance", 47, 402),
        [EndReason.RateNotFound] = new("RateNotFound", 403, "Rate Not Found", 3, 409),
        [EndReason.RateLocked] = new("RateLocked", 403, "Rate Locked", 3, 409),
        [EndReason.CallLevelLimit] = new("CallLevelLimit", 403, "Call Level Limit", 57, 403),
        [EndReason.CallerRestriction] = new("CallerRestriction", 403, "Caller Restricted", 21, 403),
        [EndReason.CalleeRestriction] = new("CalleeRestriction", 403, "Callee Restricted", 21, 403),
        [EndReason.BlackList] = new("BlackList", 603, "Black List", 21, 403),
        [EndReason.NotFound] = new("NotFound", 404, "Not Found", 1, 404),
        [EndReason.CalleeNotOnline] = new("CalleeNotOnline", 480, "Callee Not Online", 20, 409),
        [EndReason.DoNotDisturb] = new("DoNotDisturb", 486, "Do Not Disturb", 21, 409),
        [EndReason.NoAvailableRouter] = new("NoAvailableRouter", 503, "No Available Router", 3, 409),
        [EndReason.AllGatewayBusy] = new("AllGatewayBusy", 503, "All Gateway Busy", 34, 409),
        [EndReason.ConnectionLimitExceeded] = new("ConnectionLimitExceeded", 503, "Connection Limit Exceeded", 34, 429),
        [EndReason.SystemCpsLimit] = new("SystemCpsLimit", 503, "System CPS Limit", 42, 429),
        [EndReason.GatewayRateLimit] = new("GatewayRateLimit", 503, "Gateway Rate Limit", 42, 429),
        [EndReason.Loop] = new("Loop", 482, "Loop Detected", 25, 409),
        [EndReason.TransferFailed] = new("TransferFailed", 480, "Transfer Failed", 16, 409),
        [EndReason.CodecMismatch] = new("CodecMismatch", 488, "Not Acceptable Here", 88, 409),
        [EndReason.LrnFailure] = new("LrnFailure", 503, "LRN Failure", 38, 502),
        [EndReason.ProfitLimit] = new("ProfitLimit", 503, "Profit Limit", 3, 409),
        [EndReason.VendorBalance] = new("VendorBalance", 503, "Vendor Balance", 47, 409),
        [EndReason.Geofence] = new("Geofence", 403, "Address Not Allowed", 21, 403),
        [EndReason.MonthlyLimit] = new("MonthlyLimit", 403, "Monthly Limit", 47, 403),
        [EndReason.OperatorDisconnect] = new("OperatorDisconnect", 480, "Disconnected by Operator", 16, 409),
        [EndReason.ServerShutdown] = new("ServerShutdown", 503, "Server Shutdown", 41, 503),
        [EndReason.SystemUnavailable] = new("SystemUnavailable", 503, "System Unavailable", 41, 503),
        [EndReason.CallerCancelled] = new("CallerCancelled", 487, "Request Terminated", 16, 409),
        [EndReason.PrivacyUnavailable] = new("PrivacyUnavailable", 500, "Privacy Service Unavailable", 79, 409),
        [EndReason.SystemOverload] = new("SystemOverload", 503, "System Overload", 42, 503),
    };

    /// <summary>
    /// The row of a reason. A device's own code (a positive number) is its SIP status; its Q.850 cause follows RFC 3398
    /// §8.2.6.1.
    /// </summary>
    public static EndReasonInfo Info(this EndReason reason) => Table.TryGetValue(reason, out var info)
        ? info
        : (int)reason is >= 300 and <= 699
            ? new EndReasonInfo("Sip" + (int)reason, (int)reason, "", Q850.OfSip((int)reason), 502)
            : throw new ArgumentOutOfRangeException(nameof(reason), reason, "This end reason has no row in the table.");

    /// <summary>True when the number names a reason or a SIP failure status.</summary>
    public static bool IsDefined(int reason) =>
        Table.ContainsKey((EndReason)reason) || reason is >= 300 and <= 699;

    /// <summary>
    /// Seconds for Retry-After (RFC 3261 §20.33): limits of a second are free again after one; a full house is not for us to
    /// predict and gives null.
    /// </summary>
    public static int? RetryAfterSeconds(this EndReason reason) => reason switch
    {
        EndReason.SystemCpsLimit or EndReason.GatewayRateLimit => 1,
        EndReason.SystemOverload or EndReason.SystemUnavailable or EndReason.ServerShutdown => 5,
        _ => null,
    };

    /// <summary>All reasons of the switch's own, for documentation and tests.</summary>
    public static IReadOnlyDictionary<EndReason, EndReasonInfo> Own => Table;
}

/// <summary>
/// An expected refusal, as a value: why, and in words that an operator can act on (which limit, which number, which
/// configuration object).
/// </summary>
public sealed record CallRejection(EndReason Reason, string Detail);
