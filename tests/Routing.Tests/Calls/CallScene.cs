using System.Globalization;
using System.Text;
using Akka.Actor;
using Tandem.Routing.Calls;
using Tandem.Routing.Selection;
using Tandem.Shared;
using Tandem.Shared.Accounts;
using Tandem.Shared.Blacklist;
using Tandem.Shared.Calls;
using Tandem.Shared.Cdr;
using Tandem.Shared.Configuration;
using Tandem.Shared.Edge;
using Tandem.Shared.Gateways;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;

namespace Tandem.Routing.Tests.Calls;

/// <summary>
/// One call machine with a recorded world around it and a clock of its own: what it sent, asked for, holds and wrote.
/// </summary>
internal sealed class CallScene : ICallOutput
{
    public const string Sdp = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";

    private readonly ConfigurationHolder _holder = new();
    private uint _callerCSeq = 1;
    private long _transaction = 1;

    public CallScene(Func<SwitchConfiguration, SwitchConfiguration>? change = null)
    {
        var configuration = new SwitchConfiguration
        {
            Accounts =
            [
                new() { Account = "alpha", FeeRateGroup = "retail" },
                new() { Account = "vendor", Type = AccountType.Clearing, FeeRateGroup = "cost" },
            ],
            RateGroups =
            [
                new() { Name = "retail", Rates = [new() { FeePrefix = "", Fee = 0.6m, Period = 60 }] },
                new() { Name = "cost", Rates = [new() { FeePrefix = "", Fee = 0.3m, Period = 60 }] },
            ],
            MappingGateways = [new() { Name = "in", Account = "alpha", Capacity = 10, RemoteIps = ["10.0.0.1"] }],
            RoutingGateways =
            [
                new() { Name = "v1", Prefix = ["44"], Priority = 1, RemoteIp = "10.1.0.1", ClearingAccount = "vendor" },
                new() { Name = "v2", Prefix = ["44"], Priority = 2, RemoteIp = "10.1.0.2", ClearingAccount = "vendor" },
            ],
        };
        _holder.Set(new ConfigurationSnapshot(7, change?.Invoke(configuration) ?? configuration));
        Machine = new CallMachine(
            Id,
            new CallEnvironment(_holder, Blacklist, new GatewayLoad(), "akka.tcp://tandem@node:1", ListenerTable.Of("192.0.2.1:5060"))
            {
                Registrations = Registrations,
                Health = Health,
            },
            this);
    }

    public CallId Id { get; } = new(1, 2, 3);

    public FakeBlacklist Blacklist { get; } = new();

    public FakeHealth Health { get; } = new();

    public FakeRegistrations Registrations { get; } = new();

    public CallMachine Machine { get; }

    public DateTimeOffset Now { get; private set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public List<(ServerRequest Request, int Status, string Headers, string Body)> Responses { get; } = [];

    public List<(LegId Leg, int Key, string Remote, SipMessage Message)> Sent { get; } = [];

    public List<(LegId Leg, SipMessage Message)> Acks { get; } = [];

    public List<ServerRequest> PassedAcks { get; } = [];

    public List<int> Cancels { get; } = [];

    public List<string> CancelHeaders { get; } = [];

    public List<int> Abandoned { get; } = [];

    public List<(GatewayId Gateway, byte Attempt)> Asked { get; } = [];

    /// <summary>What the registrar was asked for.</summary>
    public List<GatewayId> Located { get; } = [];

    public List<(LegId Leg, string Node)> Edges { get; } = [];

    /// <summary>Lines granted and not given back.</summary>
    public HashSet<(GatewayId Gateway, byte Attempt)> Lines { get; } = [];

    public bool MoneyHeld { get; private set; }

    public List<AccountCommands.Charge> Charges { get; } = [];

    public List<int> Extensions { get; } = [];

    public List<CallObserved> Observed { get; } = [];

    public List<CallRecord> Records { get; } = [];

    public int FinishedCount { get; private set; }

    public Dictionary<CallTimer, DateTimeOffset> Timers { get; } = [];

    /// <summary>How late timers fire.</summary>
    public TimeSpan Late { get; set; }

    public CallRecord Record => Assert.Single(Records.DistinctBy(r => r.CallId));

    /// <summary>The final answer to a request of a peer.</summary>
    public (ServerRequest Request, int Status, string Headers, string Body) Answer(long transaction) =>
        Responses.Single(r => r.Request.Id.Number == transaction && r.Status >= 200);

    /// <summary>Requests of this method that went to the leg.</summary>
    public List<SipMessage> To(LegId leg, string method) =>
        [.. Sent.Where(s => s.Leg == leg && Ascii(s.Message.MethodToken) == method).Select(s => s.Message)];

    public int[] CallerStatuses => [.. Responses.Where(r => r.Request.Id.Number == 1).Select(r => r.Status)];

    /// <summary>Places the INVITE and grants the customer's line and the money.</summary>
    public void StartAndAuthorise(string callee = "442012345678", bool offer = true, int heldSeconds = 60, bool last = false, string headers = "")
    {
        Invite(callee, offer, headers);
        GrantMapping();
        Authorise(heldSeconds, last);
    }

    public void Invite(string callee = "442012345678", bool offer = true, string headers = "") => Machine.Start(
        new CallCommands.Start(
            Id, new EdgeTransactionId(0, 1), "10.0.0.1:5060", "in", 7, Now,
            Request("INVITE", callee, 1, toTag: null, offer ? Sdp : "", headers)),
        ActorRefs.Nobody,
        Now);

    public void GrantMapping() => Grant(GatewayId.Mapping("in"), 0);

    public void Grant(GatewayId gateway, byte attempt)
    {
        Lines.Add((gateway, attempt));
        Machine.Granted(new GatewayReplies.Granted(gateway, new LeaseKey(Id, attempt), 1, 1, 1), Now);
    }

    public void GrantVendor(string name, byte attempt) => Grant(GatewayId.Routing(name), attempt);

    public void Refuse(GatewayId gateway, byte attempt, EndReason reason) => Machine.Refused(
        new GatewayReplies.Refused(gateway, new LeaseKey(Id, attempt), new CallRejection(reason, $"{gateway} is full."), 10), Now);

    public void Authorise(int heldSeconds = 60, bool last = false)
    {
        MoneyHeld = true;
        Machine.Authorised(
            new AccountReplies.Authorised(
                new AccountId("alpha"), Id, Quote, new Money(0.6m, Quote.Currency), heldSeconds, last),
            Now);
    }

    public static RateQuote Quote { get; } = new("retail", "", "", 0.6m, 60, [], new Currency("USD"));

    /// <summary>A vendor's response to the last request of that method on that leg.</summary>
    public void VendorResponds(
        byte attempt, int status, string method = "INVITE", string body = "", string tag = "vendor", string headers = "")
    {
        var sent = Sent.Last(s => s.Leg.Attempt == attempt && Encoding.ASCII.GetString(s.Message.MethodToken) == method);
        Respond(sent.Key, sent.Message, status, body, tag, headers);
    }

    public void CallerResponds(int status, string method, string body = "", string headers = "")
    {
        var sent = Sent.Last(s => s.Leg.IsA && Encoding.ASCII.GetString(s.Message.MethodToken) == method);
        Respond(sent.Key, sent.Message, status, body, "caller", headers);
    }

    public void Respond(int key, SipMessage request, int status, string body, string tag, string headers = "")
    {
        var to = request.ToTag.IsEmpty ? $"{Ascii(request.To)};tag={tag}" : Ascii(request.To);
        var text = string.Create(CultureInfo.InvariantCulture,
            $"SIP/2.0 {status} Whatever\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\nFrom: {Ascii(request.From)}\r\nTo: {to}\r\n"
            + $"Call-ID: {Ascii(request.CallId)}\r\nCSeq: {request.CSeqNumber} {Ascii(request.MethodToken)}\r\n"
            + $"{(headers.Contains("Contact:", StringComparison.Ordinal) ? "" : "Contact: <sip:peer@10.1.0.1>\r\n")}{headers}{Content(body)}");
        Machine.Response(new CallCommands.Response(Id, key, "10.1.0.1:5060", Encoding.ASCII.GetBytes(text)), Now);
    }

    /// <summary>A request of the caller in the dialog; gives its transaction number.</summary>
    public long CallerSends(string method, string body = "", uint? cseq = null, string headers = "")
    {
        var bytes = Request(method, "442012345678", cseq ?? ++_callerCSeq, Id + "a", body, headers);
        Machine.InDialog(
            new CallCommands.InDialog(Id, LegId.A, new EdgeTransactionId(0, ++_transaction), "10.0.0.1:5060", bytes),
            ActorRefs.Nobody, Now);
        return _transaction;
    }

    public void CallerAcks(uint cseq = 1, string body = "", bool matched = true) => Machine.Ack(
        new CallCommands.Ack(Id, LegId.A, "10.0.0.1:5060", matched, Request("ACK", "442012345678", cseq, Id + "a", body)));

    /// <summary>A request of the vendor in its dialog; gives its transaction number.</summary>
    public long VendorSends(byte attempt, string method, uint cseq, string body = "", string tag = "vendor", string headers = "")
    {
        var invite = Sent.First(s => s.Leg.Attempt == attempt).Message;
        var text = string.Create(CultureInfo.InvariantCulture,
            $"{method} sip:x@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.1.0.1;branch=z9hG4bKv{cseq}\r\nMax-Forwards: 70\r\n"
            + $"From: {Ascii(invite.To)};tag={tag}\r\nTo: {Ascii(invite.From)}\r\nCall-ID: {Ascii(invite.CallId)}\r\n"
            + $"CSeq: {cseq} {method}\r\nContact: <sip:peer@10.1.0.1>\r\n{headers}{Content(body)}");
        Machine.InDialog(
            new CallCommands.InDialog(
                Id, new LegId(attempt), new EdgeTransactionId(0, ++_transaction), "10.1.0.1:5060", Encoding.ASCII.GetBytes(text)),
            ActorRefs.Nobody, Now);
        return _transaction;
    }

    public void CallerCancels() => Machine.Cancelled(new CallCommands.Cancel(Id, new EdgeTransactionId(0, 1), ""), Now);

    public void AnswerCharges()
    {
        foreach (var charge in Charges.DistinctBy(c => c.Kind).ToList())
        {
            if (charge.Kind == ChargeKind.Customer) MoneyHeld = false;
            Machine.Charged(
                new AccountReplies.Charged(
                    charge.AccountId, Id, charge.Kind, new Money(0.6m, charge.Quote.Currency),
                    (int)Math.Ceiling(charge.TalkTime.TotalSeconds), 60, new Money(9m, charge.Quote.Currency)),
                Now);
        }
    }

    public void AcceptRecord() => Machine.RecordAccepted(Now);

    /// <summary>Lets time pass, firing what is due in order.</summary>
    public void Advance(TimeSpan time)
    {
        var until = Now + time;
        while (Timers.Count > 0 && Timers.MinBy(t => t.Value) is var next && next.Value <= until)
        {
            Timers.Remove(next.Key);
            Now = next.Value + Late > Now ? next.Value + Late : Now;
            Machine.TimerFired(next.Key, Now);
        }

        Now = until;
    }

    public static string Ascii(ReadOnlySpan<byte> bytes) => Encoding.ASCII.GetString(bytes);

    private static string Content(string body) => body.Length == 0
        ? "Content-Length: 0\r\n\r\n"
        : string.Create(CultureInfo.InvariantCulture, $"Content-Type: application/sdp\r\nContent-Length: {body.Length}\r\n\r\n{body}");

    private static byte[] Request(string method, string callee, uint cseq, string? toTag, string body, string headers = "") =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"{method} sip:{callee}@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKc{cseq}{method}\r\n"
            + $"Max-Forwards: 70\r\nFrom: \"Ann\" <sip:12025550100@10.0.0.1>;tag=caller\r\n"
            + $"To: <sip:{callee}@192.0.2.1>{(toTag is null ? "" : ";tag=" + toTag)}\r\nCall-ID: c1@10.0.0.1\r\n"
            + $"CSeq: {cseq} {method}\r\nContact: <sip:ann@10.0.0.1>\r\n{headers}{Content(body)}"));

    void ICallOutput.Respond(
        ServerRequest request, int status, string phrase, string toTag, ReadOnlyMemory<byte> headers, ReadOnlyMemory<byte> body) =>
        Responses.Add((request, status, Ascii(headers.Span), Ascii(body.Span)));

    void ICallOutput.Send(LegId leg, int key, string remote, ReadOnlyMemory<byte> request, string gateway) =>
        Sent.Add((leg, key, remote, WithVia(request)));

    void ICallOutput.SendAck(LegId leg, string remote, ReadOnlyMemory<byte> request) => Acks.Add((leg, WithVia(request)));

    void ICallOutput.PassAck(ServerRequest invite, string source, ReadOnlyMemory<byte> ack) => PassedAcks.Add(invite);

    void ICallOutput.Cancel(int key, ReadOnlyMemory<byte> headers)
    {
        Cancels.Add(key);
        CancelHeaders.Add(Ascii(headers.Span));
    }

    void ICallOutput.Abandon(int key) => Abandoned.Add(key);

    void ICallOutput.Acquire(GatewayId gateway, byte attempt) => Asked.Add((gateway, attempt));

    void ICallOutput.Locate(GatewayId gateway) => Located.Add(gateway);

    void ICallOutput.UseEdge(LegId leg, string node) => Edges.Add((leg, node));

    void ICallOutput.ReleaseLine(GatewayId gateway, byte attempt) => Lines.Remove((gateway, attempt));

    void ICallOutput.Authorise(AccountId account, string billedNumber, int callLevel)
    {
    }

    void ICallOutput.Extend(AccountId account, RateQuote quote, int untilSecond) => Extensions.Add(untilSecond);

    void ICallOutput.NoteHold(AccountId account, Money held)
    {
    }

    void ICallOutput.ReleaseHold(AccountId account) => MoneyHeld = false;

    void ICallOutput.Charge(AccountCommands.Charge charge) => Charges.Add(charge);

    void ICallOutput.Observe(CallObserved observed) => Observed.Add(observed);

    void ICallOutput.Write(CallRecord record) => Records.Add(record);

    void ICallOutput.Show(RunningCall call)
    {
    }

    void ICallOutput.StartTimer(CallTimer timer, TimeSpan due) => Timers[timer] = Now + due;

    void ICallOutput.StopTimer(CallTimer timer) => Timers.Remove(timer);

    void ICallOutput.Finished() => FinishedCount++;

    // As the edge sends it: with a Via, so that it parses as a whole request.
    private static SipMessage WithVia(ReadOnlyMemory<byte> request)
    {
        var text = Ascii(request.Span);
        var line = text.IndexOf("\r\n", StringComparison.Ordinal) + 2;
        var whole = text[..line] + "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKs\r\n" + text[line..];
        var result = SipParser.ParseDatagram(Encoding.ASCII.GetBytes(whole));
        Assert.Equal(SipParseOutcome.Message, result.Outcome);
        return result.Message!;
    }

    internal sealed class FakeBlacklist : IDynamicBlacklist
    {
        public BlacklistEntry? Entry { get; set; }

        public BlacklistEntry? Find(string number, NumberRole role, GatewayId gateway, DateTimeOffset now) =>
            Entry is { } entry && entry.Number == number && entry.Role == role ? entry : null;
    }
}
