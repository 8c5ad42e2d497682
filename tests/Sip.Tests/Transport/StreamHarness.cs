using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Tandem.Sip.Parsing;
using Tandem.Sip.Transport;

namespace Tandem.Sip.Tests.Transport;

/// <summary>A transport on loopback with a clock of its own, and what it told.</summary>
internal sealed class StreamHarness : IStreamUser, IStreamSender, IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly BlockingCollection<(SipParseResult Result, SipEndPoint Remote)> _messages = [];
    private readonly BlockingCollection<(SipEndPoint Remote, string Text)> _unsent = [];

    public StreamHarness(
        StreamOptions? options = null, TlsCertificates? certificates = null, SipTransport transport = SipTransport.Tcp, string address = "127.0.0.1")
    {
        var local = new IPEndPoint(IPAddress.Parse(address), 0);
        Transport = new StreamTransport(
            [new StreamListener(0, local, transport)], new Dictionary<byte, IPEndPoint> { [0] = local },
            certificates ?? TlsCertificates.None, this, Time, options);
        Transport.Start();
    }

    public FakeTimeProvider Time { get; } = new();

    public StreamTransport Transport { get; }

    public SipEndPoint Here => SipEndPoint.From(Transport.Listeners[0].Address, Transport.Listeners[0].Transport);

    public ConcurrentQueue<Exception> Faults { get; } = [];

    public TaskCompletionSource? Gate { get; set; }

    public static string Message(string id, string method = "OPTIONS", string via = "127.0.0.1:5060", string body = "") =>
        $"{method} sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP {via};branch=z9hG4bK{id}\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n"
        + $"Call-ID: {id}\r\nCSeq: 1 {method}\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    public (string Id, SipEndPoint Remote) Next()
    {
        Assert.True(_messages.TryTake(out var next, Patience), "no message came");
        Assert.Equal(SipParseOutcome.Message, next.Result.Outcome);
        return (Encoding.ASCII.GetString(next.Result.Message!.CallId), next.Remote);
    }

    public (SipRejectReason Reason, SipEndPoint Remote) NextRefused()
    {
        Assert.True(_messages.TryTake(out var next, Patience), "no message came");
        return (next.Result.Reason, next.Remote);
    }

    public (SipEndPoint Remote, string Text) NextUnsent()
    {
        Assert.True(_unsent.TryTake(out var next, Patience), "nothing was reported");
        return next;
    }

    public bool HasUnsent => _unsent.Count > 0;

    public void Send(SipEndPoint remote, string text) => Transport.Send(remote, Encoding.ASCII.GetBytes(text), this);

    public Socket Connect()
    {
        var socket = new Socket(Here.IsV4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp)
        {
            ReceiveTimeout = (int)Patience.TotalMilliseconds,
        };
        socket.Connect(Here.ToIPEndPoint());
        return socket;
    }

    /// <summary>Waits for a condition, with the transport's clock standing.</summary>
    public static void Until(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, Patience), "it did not come true");

    public void Dispose()
    {
        Transport.Dispose();
        Assert.Empty(Faults);
    }

    async ValueTask IStreamUser.OnMessageAsync(SipParseResult result, SipEndPoint remote, CancellationToken cancel)
    {
        _messages.Add((result, remote), cancel);
        if (Gate is { } gate) await gate.Task.WaitAsync(cancel);
    }

    void IStreamUser.OnFault(Exception failure, SipEndPoint remote) => Faults.Enqueue(failure);

    void IStreamSender.OnSendFailed(SipEndPoint remote, byte[] message) => _unsent.Add((remote, Encoding.ASCII.GetString(message)));
}
