using System.Text;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Timers;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;

namespace Tandem.Sip.Tests.Transactions;

/// <summary>A layer with a clock of milliseconds, its user and its sink written down.</summary>
internal sealed class LayerHarness : IDatagramSink, ITransactionUser
{
    public static readonly SipEndPoint Peer = SipEndPoint.Parse("192.0.2.1:5060");

    public LayerHarness(Func<TransactionLayerOptions, TransactionLayerOptions>? change = null)
    {
        var options = new TransactionLayerOptions { SentBy = "198.51.100.7:5060", WorkerIndex = 3 };
        Layer = new TransactionLayer(change?.Invoke(options) ?? options, this, this, timestampFrequency: 1_000, now: 0);
    }

    public TransactionLayer Layer { get; }

    public long Now { get; private set; }

    public List<(long At, SipEndPoint Remote, string Text)> Sent { get; } = [];

    /// <summary>What the user was told, in words.</summary>
    public List<string> Told { get; } = [];

    public List<ServerTransaction> Requests { get; } = [];

    public Action<ServerTransaction>? OnRequestDo { get; set; }

    public Func<SipMessage, int> AdmitDo { get; set; } = _ => 0;

    public Action<ClientTransaction, SipMessage>? OnResponseDo { get; set; }

    public string LastSent => Sent[^1].Text;

    public IEnumerable<long> TimesOf(string start) =>
        Sent.Where(s => s.Text.StartsWith(start, StringComparison.Ordinal)).Select(s => s.At);

    public static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n"));

    public static SipMessage Parse(string text) =>
        SipParser.ParseDatagram(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n"))).Message!;

    public void Receive(string text, SipEndPoint? from = null) => Layer.OnDatagram(Bytes(text), from ?? Peer, Now);

    /// <summary>Lets time go on from tick to tick.</summary>
    public void Wait(double milliseconds)
    {
        for (var end = Now + (long)milliseconds; Now < end;)
        {
            Now = Math.Min(end, Math.Max(Now + 1, Math.Min(Layer.NextDue, end)));
            Layer.Advance(Now);
        }
    }

    public ServerTransaction ReceiveRequest(string text, SipEndPoint? from = null)
    {
        Receive(text, from);
        return Requests[^1];
    }

    public static string Request(
        string method, string branch = "z9hG4bKone", int cseq = 1, string toTag = "", string fromTag = "ft",
        string callId = "c1", string via = "192.0.2.1:5060", string more = "", string uri = "sip:100@198.51.100.7") =>
        $"{method} {uri} SIP/2.0\nVia: SIP/2.0/UDP {via}{(branch.Length == 0 ? "" : $";branch={branch}")}\n"
        + $"From: <sip:a@192.0.2.1>;tag={fromTag}\n"
        + $"To: <sip:100@198.51.100.7>{(toTag.Length == 0 ? "" : $";tag={toTag}")}\n"
        + $"Call-ID: {callId}\nCSeq: {cseq} {method}\nMax-Forwards: 70\n{more}Content-Length: 0\n\n";

    public ClientTransaction Send(
        string method, string more = "", string remote = "192.0.2.1:5060", string callId = "c9") =>
        Layer.SendRequest(
            SipEndPoint.Parse(remote),
            Bytes(
                $"{method} sip:200@192.0.2.1 SIP/2.0\n{more}Max-Forwards: 70\nFrom: <sip:s@198.51.100.7>;tag=ours\n"
                + $"To: <sip:200@192.0.2.1>\nCall-ID: {callId}\nCSeq: 5 {method}\nContent-Length: 0\n\n").Span)!;

    /// <summary>The response of the peer to what we sent.</summary>
    public static string ResponseTo(string request, int status, string toTag = "tt", string method = "")
    {
        var lines = request.ReplaceLineEndings("\n").Split('\n');
        string Line(string name) => lines.First(l => l.StartsWith(name, StringComparison.Ordinal));
        var to = Line("To:");
        if (toTag.Length > 0 && !to.Contains(";tag=", StringComparison.Ordinal)) to += $";tag={toTag}";
        return $"SIP/2.0 {status} Some\n{Line("Via:")}\n{Line("From:")}\n{to}\n{Line("Call-ID:")}\n{Line("CSeq:")}\n"
            + "Content-Length: 0\n\n";
    }

    public void ReceiveResponse(ClientTransaction transaction, int status, string toTag = "tt") =>
        Receive(ResponseTo(Encoding.UTF8.GetString(transaction.Request.Span), status, toTag));

    void IDatagramSink.Send(SipEndPoint remote, ReadOnlySpan<byte> datagram)
    {
        var text = Encoding.UTF8.GetString(datagram);
        var parsed = SipParser.ParseDatagram(datagram.ToArray());
        // A 400 copies the malformed header field it complains of.
        var isRefusal = text.StartsWith("SIP/2.0 400", StringComparison.Ordinal);
        var good = isRefusal || parsed.Outcome == SipParseOutcome.Message;
        Assert.True(good, $"we sent what does not parse ({parsed.Reason}):\n{text}");
        Sent.Add((Now, remote, text.ReplaceLineEndings("\n")));
    }

    int ITransactionUser.Admit(SipMessage request, SipEndPoint remote) => AdmitDo(request);

    void ITransactionUser.OnRequest(ServerTransaction transaction, SipMessage request)
    {
        Told.Add($"request {request.Method}");
        Requests.Add(transaction);
        OnRequestDo?.Invoke(transaction);
    }

    void ITransactionUser.OnCancel(ServerTransaction inviteTransaction, SipMessage cancel) => Told.Add("cancel");

    void ITransactionUser.OnAck(ServerTransaction? inviteTransaction, SipMessage ack, SipEndPoint remote) =>
        Told.Add(inviteTransaction is null ? "stray ack" : "ack");

    void ITransactionUser.OnAckTimeout(ServerTransaction inviteTransaction) => Told.Add($"ack timeout at {Now}");

    void ITransactionUser.OnUnanswered(ServerTransaction transaction) => Told.Add($"unanswered at {Now}");

    void ITransactionUser.OnResponse(ClientTransaction transaction, SipMessage response)
    {
        Told.Add($"{response.StatusCode}");
        OnResponseDo?.Invoke(transaction, response);
    }

    void ITransactionUser.OnTimeout(ClientTransaction transaction) => Told.Add($"timeout at {Now}");

    void ITransactionUser.OnTransportError(ClientTransaction transaction) => Told.Add("client transport error");

    void ITransactionUser.OnTransportError(ServerTransaction transaction) => Told.Add("server transport error");

    void ITransactionUser.OnStrayResponse(SipMessage response, SipEndPoint remote) =>
        Told.Add($"stray {response.StatusCode}");
}
