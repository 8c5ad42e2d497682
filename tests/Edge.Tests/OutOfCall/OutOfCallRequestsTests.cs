using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Akka.Actor;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Logging.Abstractions;
using Tandem.Shared.Configuration;
using Tandem.TestSupport;

namespace Tandem.Edge.Tests;

/// <summary>An edge on a real socket, a peer that writes its messages by hand, the test as the asker.</summary>
public sealed class OutOfCallRequestsTests : TestKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly IPEndPoint _here = Loopback.NextEndPoint();
    private readonly Socket _peer;
    private readonly EdgeService _edge;
    private readonly IActorRef _actor;

    public OutOfCallRequestsTests()
    {
        _peer = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = (int)Patience.TotalMilliseconds };
        _peer.Bind(Loopback.NextEndPoint());
        _edge = new EdgeService(
            new EdgeOptions { Bind = _here, SentBy = _here.ToString() }, new ConfigurationHolder(), TimeProvider.System,
            NullLoggerFactory.Instance);
        _actor = Sys.ActorOf(EdgeActor.CreateProps(_edge.Workers));
        _edge.Start(new EdgeCollaborators(_actor, ActorRefs.Nobody, ActorRefs.Nobody, () => 42));
    }

    private IPEndPoint Peer => (IPEndPoint)_peer.LocalEndPoint!;

    [Fact]
    public void Brings_the_final_response_to_the_asker_with_its_token()
    {
        _actor.Tell(new OutOfCall.Send(Peer.ToString(), "", Request("OPTIONS", 7), 99), TestActor);
        var sent = Receive();
        Assert.StartsWith("OPTIONS sip:", sent, StringComparison.Ordinal);
        Assert.Contains($"Via: SIP/2.0/UDP {_here};", sent, StringComparison.Ordinal);
        Answer("SIP/2.0 100 Trying", sent);
        Answer("SIP/2.0 404 Not Found", sent);
        var answered = ExpectMsg<OutOfCall.Answered>(Patience);
        Assert.Equal((99, Peer.ToString()), (answered.Token, answered.Source));
        Assert.StartsWith("SIP/2.0 404", Encoding.ASCII.GetString(answered.Response.Span), StringComparison.Ordinal);
        Answer("SIP/2.0 404 Not Found", sent);
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void Fails_when_nobody_answers_within_the_askers_patience_and_repeats_no_more()
    {
        _actor.Tell(
            new OutOfCall.Send(Peer.ToString(), "", Request("OPTIONS", 8), 5) { Patience = TimeSpan.FromMilliseconds(100) }, TestActor);
        var failed = ExpectMsg<OutOfCall.Failed>(Patience);
        Assert.Equal((5, "no answer"), (failed.Token, failed.Why));
        Answer("SIP/2.0 200 OK", Receive());
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void Fails_at_once_when_the_address_is_none()
    {
        _actor.Tell(new OutOfCall.Send("tcp:", "", Request("OPTIONS", 9), 6), TestActor);
        Assert.Equal(6, ExpectMsg<OutOfCall.Failed>(Patience).Token);
    }

    protected override void AfterAll()
    {
        _edge.Dispose();
        _peer.Dispose();
        base.AfterAll();
    }

    private void Answer(string statusLine, string request) =>
        _peer.SendTo(Encoding.ASCII.GetBytes(statusLine + "\r\n" + string.Join("\r\n", request.Split("\r\n")[1..])), _here);

    private string Receive()
    {
        var buffer = new byte[65_536];
        return Encoding.ASCII.GetString(buffer, 0, _peer.Receive(buffer));
    }

    private byte[] Request(string method, int cseq) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
        $"{method} sip:{Peer} SIP/2.0\r\nMax-Forwards: 70\r\nFrom: <sip:{_here}>;tag=f\r\nTo: <sip:{Peer}>\r\n"
        + $"Call-ID: out-{cseq}\r\nCSeq: {cseq} {method}\r\nContent-Length: 0\r\n\r\n"));
}
