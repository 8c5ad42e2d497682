using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Logging.Abstractions;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Shared.Cdr;
using Tandem.Shared.Configuration;
using Tandem.Shared.Edge;
using Tandem.TestSupport;

namespace Tandem.Edge.Tests;

/// <summary>An edge on a real socket, a peer that writes its messages by hand, probes in place of calls and the CDR writer.</summary>
public sealed class EdgeWorkerTests : TestKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly IPEndPoint _here = Loopback.NextEndPoint();
    private readonly ConfigurationHolder _holder = new();
    private readonly Socket _peer;
    private readonly TestProbe _calls;
    private readonly TestProbe _records;
    private EdgeService? _edge;

    public EdgeWorkerTests()
    {
        _peer = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = (int)Patience.TotalMilliseconds };
        _peer.Bind(Loopback.NextEndPoint());
        (_calls, _records) = (CreateTestProbe(), CreateTestProbe());
        Configure(new());
    }

    private IPEndPoint Peer => (IPEndPoint)_peer.LocalEndPoint!;

    private EdgeStatistics Statistics => _edge!.Statistics;

    [Fact]
    public void Answers_an_INVITE_of_a_customer_with_100_and_makes_a_call_of_it()
    {
        Start();
        Send(Request("INVITE"));
        Assert.StartsWith("SIP/2.0 100", Receive(), StringComparison.Ordinal);
        var start = _calls.ExpectMsg<CallCommands.Start>(Patience);
        Assert.Equal(("customer", Peer.ToString(), 42u), (start.MappingGateway, start.Source, start.CallId.Node));
        Assert.Equal(1, Statistics.Calls);
    }

    [Fact]
    public void Sends_what_the_call_answers_and_reports_the_ACK()
    {
        Start();
        Send(Request("INVITE"));
        Receive();
        var start = _calls.ExpectMsg<CallCommands.Start>(Patience);
        _calls.Reply(new EdgeCommands.Respond(
            start.CallId, start.Transaction, 200, "OK", start.CallId + "a", Encoding.ASCII.GetBytes("Contact: <sip:x@y>\r\n"), default));
        var answer = Receive();
        Assert.StartsWith("SIP/2.0 200 OK", answer, StringComparison.Ordinal);
        Assert.Contains($";tag={start.CallId}a", answer, StringComparison.Ordinal);
        Send(Request("ACK", toTag: start.CallId + "a", branch: "ack"));
        var ack = _calls.ExpectMsg<CallCommands.Ack>(Patience);
        Assert.True(ack.Matched);
        Assert.Equal((start.CallId, LegId.A), (ack.CallId, ack.Leg));
    }

    [Fact]
    public void Refuses_an_unknown_source_with_403_counts_it_and_writes_no_record()
    {
        Configure(new(), "192.0.2.1");
        Start();
        Send(Request("INVITE"));
        var answer = Receive();
        Assert.StartsWith("SIP/2.0 403", answer, StringComparison.Ordinal);
        Assert.Contains("IllegalCall", answer, StringComparison.Ordinal);
        Assert.Equal(1, Statistics.Refused(EdgeRefusal.IllegalCall));
        _calls.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        _records.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void Writes_a_record_of_an_illegal_call_when_the_parameter_says_so()
    {
        Configure(new() { ["SERVER_BILLING_RECORD_ILLEGAL_CALL"] = "on" }, "192.0.2.1");
        Start();
        Send(Request("INVITE"));
        var record = _records.ExpectMsg<CdrCommands.Write>(Patience).Record;
        Assert.Equal((EndReason.IllegalCall, "442012345678", 403), (record.EndReason, record.Callee, record.CallerSipStatus));
    }

    [Fact]
    public void Refuses_over_SS_MAX_CPS_before_a_call_is_made()
    {
        Configure(new() { ["SS_MAX_CPS"] = "2" });
        Start();
        for (var i = 0; i < 3; i++) Send(Request("INVITE", branch: $"i{i}", callId: $"c{i}"));
        var answers = Enumerable.Range(0, 3).Select(_ => Receive()).ToList();
        Assert.Equal(2, answers.Count(a => a.StartsWith("SIP/2.0 100", StringComparison.Ordinal)));
        var refused = Assert.Single(answers, a => a.StartsWith("SIP/2.0 503", StringComparison.Ordinal));
        Assert.Contains("Retry-After: 1", refused, StringComparison.Ordinal);
        Assert.Equal(1, Statistics.Refused(EdgeRefusal.SystemCps));
    }

    [Fact]
    public void Lets_a_stranger_use_up_nothing_of_SS_MAX_CPS()
    {
        Configure(new() { ["SS_MAX_CPS"] = "1" }, "192.0.2.1");
        Start();
        Send(Request("INVITE", branch: "stranger", callId: "stranger"));
        Assert.StartsWith("SIP/2.0 403", Receive(), StringComparison.Ordinal);
        Configure(new() { ["SS_MAX_CPS"] = "1" });
        Send(Request("INVITE", branch: "customer", callId: "customer"));
        Assert.StartsWith("SIP/2.0 100", Receive(), StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_with_503_when_too_many_calls_are_in_set_up_and_takes_more_when_one_is_answered()
    {
        Start(maxSetups: 1);
        Send(Request("INVITE", branch: "one", callId: "one"));
        Assert.StartsWith("SIP/2.0 100", Receive(), StringComparison.Ordinal);
        var start = _calls.ExpectMsg<CallCommands.Start>(Patience);
        Send(Request("INVITE", branch: "two", callId: "two"));
        Assert.StartsWith("SIP/2.0 503", Receive(), StringComparison.Ordinal);
        Assert.Equal(1, Statistics.Refused(EdgeRefusal.Overload));
        _calls.Reply(new EdgeCommands.Respond(start.CallId, start.Transaction, 486, "", "t", default, default));
        Assert.StartsWith("SIP/2.0 486", Receive(), StringComparison.Ordinal);
        Send(Request("INVITE", branch: "three", callId: "three"));
        Assert.StartsWith("SIP/2.0 100", Receive(), StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_new_calls_and_OPTIONS_while_the_node_goes_down()
    {
        Start();
        _edge!.Drain();
        Send(Request("INVITE"));
        Assert.StartsWith("SIP/2.0 503", Receive(), StringComparison.Ordinal);
        Send(Request("OPTIONS", branch: "opt", callId: "opt"));
        Assert.StartsWith("SIP/2.0 503", Receive(), StringComparison.Ordinal);
        Assert.Equal(2, Statistics.Refused(EdgeRefusal.Shutdown));
    }

    [Fact]
    public void Refuses_its_own_call_that_a_proxy_routed_back_with_482()
    {
        Start();
        Send(Request("INVITE", moreVia: $"Via: SIP/2.0/UDP {_here};branch=z9hG4bKours\r\n"));
        Assert.StartsWith("SIP/2.0 482", Receive(), StringComparison.Ordinal);
        Assert.Equal(1, Statistics.Refused(EdgeRefusal.Loop));
    }

    [Fact]
    public void Brings_a_request_in_a_dialog_to_the_call_that_its_tag_names()
    {
        Start();
        var id = CallId.New(7);
        Send(Request("BYE", toTag: id + "b3"));
        var request = _calls.ExpectMsg<CallCommands.InDialog>(Patience);
        Assert.Equal((id, new LegId(3)), (request.CallId, request.Leg));
        _calls.Reply(new EdgeCommands.Respond(id, request.Transaction, 481, "", "", default, default));
        Assert.StartsWith("SIP/2.0 481", Receive(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("BYE", "someone-elses-tag", 481)]
    [InlineData("BYE", null, 481)]
    [InlineData("OPTIONS", null, 200)]
    [InlineData("REGISTER", null, 403)] // A customer with an address of its own.
    [InlineData("DANCE", null, 501)]
    public void Answers_what_is_no_call_of_ours_itself(string method, string? toTag, int status)
    {
        Start();
        Send(Request(method, toTag));
        Assert.StartsWith($"SIP/2.0 {status}", Receive(), StringComparison.Ordinal);
        _calls.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void Keeps_nothing_of_OPTIONS_and_answers_a_repeat_alike()
    {
        Start();
        Send(Request("OPTIONS"));
        var answer = Receive();
        Send(Request("OPTIONS"));
        Assert.Equal(answer, Receive());
        Assert.Contains("\r\nAllow: INVITE", answer, StringComparison.Ordinal);
        Assert.Equal(0, _edge!.Workers[0].Transactions.ActiveServerTransactions);
        Assert.Equal(0, _edge.Workers[0].Transactions.RetransmissionsIn);
    }

    [Fact]
    public void Refuses_OPTIONS_that_it_cannot_take_without_a_transaction()
    {
        Start();
        Send(Request("OPTIONS").Replace("\r\nCSeq", "\r\nRequire: frob\r\nCSeq", StringComparison.Ordinal));
        var answer = Receive();
        Assert.StartsWith("SIP/2.0 420", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nUnsupported: frob\r\n", answer, StringComparison.Ordinal);
        Assert.Equal(1, Statistics.Refused(EdgeRefusal.Screening));
        Assert.Equal(0, _edge!.Workers[0].Transactions.ActiveServerTransactions);
    }

    [Fact]
    public void Reports_a_CANCEL_to_the_call_after_it_has_answered_it()
    {
        Start();
        Send(Request("INVITE"));
        Receive();
        var start = _calls.ExpectMsg<CallCommands.Start>(Patience);
        Send(Request("CANCEL"));
        Assert.Contains("CSeq: 1 CANCEL", Receive(), StringComparison.Ordinal);
        var cancel = _calls.ExpectMsg<CallCommands.Cancel>(Patience);
        Assert.Equal((start.CallId, start.Transaction), (cancel.CallId, cancel.Transaction));
    }

    [Fact]
    public void Sends_a_requests_of_a_call_and_brings_the_responses_back_by_its_key()
    {
        Start();
        var id = CallId.New(42);
        _edge!.Workers[0].Enqueue(new EdgeCommands.SendRequest(
            id, 9, Peer.ToString(), Encoding.ASCII.GetBytes(Request("INVITE", via: false))));
        var sent = Receive();
        Assert.Contains($"Via: SIP/2.0/UDP {_here};", sent, StringComparison.Ordinal);
        Send("SIP/2.0 486 Busy Here\r\n" + string.Join("\r\n", sent.Split("\r\n")[1..]));
        var response = _calls.ExpectMsg<CallCommands.Response>(Patience);
        Assert.Equal((id, 9), (response.CallId, response.RequestKey));
        Assert.Contains("ACK sip:", Receive(), StringComparison.Ordinal);
    }

    [Fact]
    public void Survives_what_is_not_SIP()
    {
        Start();
        foreach (var junk in (string[])["", "\0\0\0", "INVITE", "SIP/2.0", new string('A', 5_000), "INVITE sip:a SIP/2.0\r\n\r\n"]) Send(junk);
        Send(Request("OPTIONS"));
        string answer;
        do answer = Receive();
        while (answer.StartsWith("SIP/2.0 400", StringComparison.Ordinal));
        Assert.StartsWith("SIP/2.0 200", answer, StringComparison.Ordinal);
    }

    protected override void AfterAll()
    {
        _edge?.Dispose();
        _peer.Dispose();
        base.AfterAll();
    }

    private void Configure(Dictionary<string, string> parameters, string? customer = null) => _holder.Set(new ConfigurationSnapshot(
        _holder.Current.Version + 1,
        new SwitchConfiguration
        {
            Accounts = [new() { Account = "a" }],
            MappingGateways = [new() { Name = "customer", Account = "a", RemoteIps = [customer ?? Peer.Address.ToString()] }],
            SystemParameters = System.Collections.Immutable.ImmutableSortedDictionary.CreateRange(parameters),
        }));

    private void Start(int maxSetups = EdgeOptions.DefaultMaxSetups)
    {
        _edge = new EdgeService(
            new EdgeOptions { Bind = _here, SentBy = _here.ToString(), MaxSetups = maxSetups }, _holder, TimeProvider.System,
            NullLoggerFactory.Instance);
        var self = Sys.ActorOf(EdgeActor.CreateProps(_edge.Workers));
        _edge.Start(new EdgeCollaborators(self, _calls, _records, () => 42));
    }

    private void Send(string message) => _peer.SendTo(Encoding.ASCII.GetBytes(message), _here);

    private string Receive()
    {
        var buffer = new byte[65_536];
        return Encoding.ASCII.GetString(buffer, 0, _peer.Receive(buffer));
    }

    private string Request(
        string method, string? toTag = null, string branch = "inv", string callId = "call", string moreVia = "", bool via = true) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{method} sip:442012345678@{_here} SIP/2.0\r\n{(via ? $"Via: SIP/2.0/UDP {Peer};branch=z9hG4bK{branch};rport\r\n" : "")}{moreVia}"
            + $"Max-Forwards: 70\r\nFrom: <sip:1202@{Peer}>;tag=f\r\nTo: <sip:442012345678@{_here}>{(toTag is null ? "" : ";tag=" + toTag)}\r\n"
            + $"Call-ID: {callId}\r\nCSeq: 1 {method}\r\nContact: <sip:peer@{Peer}>\r\nContent-Length: 0\r\n\r\n");
}
