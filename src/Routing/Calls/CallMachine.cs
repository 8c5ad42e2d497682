using System.Globalization;
using System.Text;
using Tandem.Routing.Selection;
using Tandem.Shared;
using Tandem.Shared.Accounts;
using Tandem.Shared.Calls;
using Tandem.Shared.Cdr;
using Tandem.Shared.Configuration;
using Tandem.Sip.Dialogs;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Writing;

namespace Tandem.Routing.Calls;

/// <summary>
/// One call as a B2BUA has it (RFC 7092): the dialog with the caller (A-leg), the attempts at vendors (B-legs), what was
/// decided and why, and what must still happen before the call may be forgotten.
/// </summary>
/// <remarks>
/// Deterministic: it reads no clock and does no I/O; every input carries the time, every effect goes through
/// <see cref="ICallOutput"/>. So a test or a simulation can drive thousands of calls with virtual time. It is a mutable object
/// and not an immutable record, other than style §3 asks for pure state: a call takes about fifteen inputs, and copying a
/// record of forty fields for each would be the largest part of its cost. The actor around it is the only caller.
///
/// Phases: <see cref="CallPhase.Routing"/> (permission of the mapping gateway, of the account, of a routing gateway) →
/// Trying → Ringing → Answered → Ending (charges and record under way; both sides settle). Setup is in CallMachine.Setup.cs,
/// the vendor's responses in CallMachine.Attempts.cs, the talk in CallMachine.Talk.cs, the end in CallMachine.Ending.cs.
/// </remarks>
public sealed partial class CallMachine
{
    [ThreadStatic] private static SipWriter? s_writer;

    private readonly CallId _id;
    private readonly CallEnvironment _environment;
    private readonly ICallOutput _output;
    private readonly List<string> _trace = new(12);
    private readonly List<Attempt> _attempts = new(2);
    private readonly List<CandidateResult> _results = new(2);
    private readonly List<Relay> _relays = new(1);
    private readonly RouteList _routes = new();
    private readonly Leg _a;

    private ConfigurationSnapshot _configuration = ConfigurationSnapshot.Empty;
    private MappingGatewayConfiguration _mapping = new();
    private SipMessage _invite = null!; // Set by Start, before anything else can happen.
    private ServerRequest? _inviteRequest;
    private RouteWalk? _walk;
    private RouteCandidate _candidate;
    private Attempt? _attempt;
    private Step _step;
    private CallPhase _phase;
    private int _nextKey;
    private int _tries;
    private int _switches;
    private string _caller = "";
    private string _callee = "";
    private AccountId? _account;
    private RateQuote? _quote;
    private RateQuote? _clearingQuote;
    private bool _holdsMappingLine;
    private bool _holdsMoney;
    private DateTimeOffset _startedAt;
    private DateTimeOffset? _rangAt;
    private DateTimeOffset? _answeredAt;
    private string _source = "";

    /// <summary>A call that has not started; <see cref="Start"/> comes first.</summary>
    public CallMachine(CallId id, CallEnvironment environment, ICallOutput output)
    {
        (_id, _environment, _output) = (id, environment, output);
        _a = new Leg(LegId.A, id);
    }

    /// <summary>How far the call is.</summary>
    public CallPhase Phase => _phase;

    /// <summary>True once the call has started.</summary>
    public bool HasStarted => _invite is not null;

    private enum Step : byte
    {
        SystemRate,
        MappingLine,
        Account,
        Locating,
        RoutingLine,
        Inviting,
        Talking,
        Over,
    }

    private bool IsOver => _step == Step.Over;

    private static SipWriter Writer
    {
        get
        {
            var writer = s_writer ??= new SipWriter();
            writer.Reset();
            return writer;
        }
    }

    private void Note(string what) => _trace.Add(what);

    private int NextKey() => ++_nextKey;

    private void Show() => _output.Show(new RunningCall(
        _id, _phase, _caller, _callee, _mapping.Name, _attempt?.Gateway.Name ?? "", _account ?? new AccountId(""), _startedAt,
        _answeredAt, _environment.Node));

    private void Respond(
        ServerRequest request,
        int status,
        string phrase = "",
        string toTag = "",
        ReadOnlyMemory<byte> headers = default,
        ReadOnlyMemory<byte> body = default) => _output.Respond(request, status, phrase, toTag, headers, body);

    private static SipMessage? Parse(ReadOnlyMemory<byte> bytes)
    {
        var result = SipParser.ParseDatagram(bytes);
        return result.Outcome == SipParseOutcome.Message ? result.Message : null;
    }

    private CallRecord BuildRecord(EndDirection direction, EndReason reason, DateTimeOffset endedAt) => new()
    {
        CallId = _id,
        CallerAccess = _caller,
        CalleeAccess = _callee,
        Caller = _caller,
        Callee = _callee,
        MappingGateway = _mapping.Name,
        CallerAddress = _source,
        RoutingGateway = _attempts.Count > 0 ? _attempts[^1].Gateway.Name : "",
        Account = _mapping.Account,
        ClearingAccount = _attempts.Count > 0 ? _attempts[^1].Gateway.ClearingAccount : "",
        StartedAt = _startedAt,
        RangAt = _rangAt,
        AnsweredAt = _answeredAt,
        EndedAt = endedAt,
        HoldTimeSeconds = _charged?.HoldTimeSeconds ?? 0,
        FeeTimeSeconds = _charged?.FeeTimeSeconds ?? 0,
        Fee = _charged?.Fee,
        Cost = _cleared?.Fee,
        FeePrefix = _quote?.Prefix ?? "",
        AreaName = _quote?.AreaName ?? "",
        EndDirection = direction,
        EndReason = reason,
        CallerSipStatus = _callerStatus,
        SipReasonHeader = _sipReason,
        CallerSipCallId = Encoding.ASCII.GetString(_invite.CallId),
        Node = _environment.Node,
        ConfigurationVersion = _configuration.Version,
        Attempts = [.. _attempts.Select(a => new AttemptRecord(
            a.Number, a.Gateway.Name, a.Remote, a.Caller, a.Callee, a.StartedAt, a.RangAt, a.AnsweredAt, a.EndedAt ?? endedAt,
            a.SipStatus, a.Reason, a.SipReason, a.SipCallId))],
        Trace = [.. _trace],
    };

    private static string Text(decimal amount) => amount.ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>A request of one side that waits for the other side's answer.</summary>
    private sealed record Relay(Leg From, Leg To, ServerRequest Request, int Key, SipMethod Method, bool HadOffer)
    {
        public uint CSeq { get; init; }

        /// <summary>The method of the near side's request: an UPDATE may have become a re-INVITE, a PRACK an UPDATE.</summary>
        public SipMethod ReceivedMethod { get; init; } = Method;

        /// <summary>The session timer that a 2xx to the near side agrees on.</summary>
        public SessionTimer? Timer { get; init; }

        /// <summary>The near side wants no provisional response but reliable ones.</summary>
        public bool MustBeReliable { get; init; }
    }
}
