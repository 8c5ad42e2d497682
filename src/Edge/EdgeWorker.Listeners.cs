using System.Net.Sockets;
using System.Threading.Channels;
using Tandem.Shared.Configuration;
using Tandem.Shared.Edge;
using Tandem.Sip.Parsing;
using Tandem.Sip.Timers;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;

namespace Tandem.Edge;

// By which listener and transport a request leaves; what connections bring and could not send; settings that sockets follow.
public sealed partial class EdgeWorker : IStreamSender
{
    /// <summary>
    /// Messages of connections that wait for the worker; those of more wait in their connections, whose peers then can
    /// send no more.
    /// </summary>
    public const int MaxWaitingStreamMessages = 1_024;

    /// <summary>Requests to an <c>auto</c> peer above it go by TCP (RFC 3261 §18.1.1: the path's MTU is not known).</summary>
    public const int LargestDatagramRequest = 1_300;

    private const int StreamMessagesPerTurn = 256;
    private const int OwnViaBytes = 110; // Roughly: our Via is added behind the decision.

    private readonly record struct StreamMessage(SipParseResult Result, SipEndPoint Remote);

    private sealed record Unsent(byte[] Message);

    private sealed record Grown(SipEndPoint Remote, byte[] Request);

    private readonly Channel<StreamMessage> _streamMessages = Channel.CreateBounded<StreamMessage>(
        new BoundedChannelOptions(MaxWaitingStreamMessages) { SingleReader = true });

    private readonly Dictionary<ClientTransaction, Grown> _grown = [];
    private long _appliedVersion = -1;

    /// <summary>What a connection has brought; waits while the worker is late.</summary>
    internal async ValueTask EnqueueAsync(SipParseResult result, SipEndPoint remote, CancellationToken cancel)
    {
        await _streamMessages.Writer.WriteAsync(new StreamMessage(result, remote), cancel).ConfigureAwait(false);
        _poller.Wake();
    }

    void IStreamSender.OnSendFailed(SipEndPoint remote, byte[] message) => Enqueue(new Unsent(message));

    private int TakeStreamMessages(long now)
    {
        var taken = 0;
        while (taken < StreamMessagesPerTurn && _streamMessages.Reader.TryRead(out var message))
        {
            taken++;
            try
            {
                _layer.OnParsed(message.Result, message.Remote, now);
            }
            catch (Exception failure)
            {
                LogFault(failure, message.Result.Message?.Raw.Length ?? 0, message.Remote);
            }
        }

        return taken;
    }

    /// <summary>
    /// Sends a request of a call or of another owner by the listener that fits the peer and the pin. Null when none
    /// fits, or the layer refuses.
    /// </summary>
    private ClientTransaction? SendBy(SipEndPoint remote, string local, string gateway, ReadOnlySpan<byte> request, object context)
    {
        if (!TryPlace(ref remote, local, gateway)) return null;
        if (remote.Transport != SipTransport.Udp
            || request.Length + OwnViaBytes <= LargestDatagramRequest
            || !TakesLargeByTcp(gateway)
            || _listeners.Find(ListenerTransports.Tcp, FamilyOf(remote), local, remote.Local) is not (>= 0 and var ordinal))
            return _layer.SendRequest(remote, request, context);

        // A peer that has no TCP still gets it, as RFC 3261 §18.1.1 has it for those of RFC 2543.
        var large = remote.WithTransport(SipTransport.Tcp).WithLocal((byte)ordinal);
        var transaction = _layer.SendRequest(large, request, context);
        if (transaction is not null) _grown[transaction] = new Grown(remote, request.ToArray());
        return transaction;
    }

    private string WhyNotSent(SipEndPoint remote, string local) =>
        _listeners.Find(TransportOf(remote), FamilyOf(remote), local, remote.Local) >= 0
            ? OutOfCallFailure.Refused
            : $"no local socket for {remote}" + (local.Length > 0 ? $" at {local}" : "");

    // Silence needs no words: the call knows how long it has waited.
    private static string CauseOf(string why) => why == OutOfCallFailure.NoAnswer ? "" : why;

    private void SendAckBy(SipEndPoint remote, string local, string gateway, ReadOnlySpan<byte> request)
    {
        if (TryPlace(ref remote, local, gateway)) _layer.SendAck(remote, request);
    }

    // The same listener for the same peer and pin each time: the call has written its Contact by the same table.
    private bool TryPlace(ref SipEndPoint remote, string local, string gateway)
    {
        var ordinal = _listeners.Find(TransportOf(remote), FamilyOf(remote), local, remote.Local);
        if (ordinal < 0) return false;
        remote = remote.WithLocal((byte)ordinal);
        if (remote.Transport == SipTransport.Tls && gateway.Length > 0) _streams.Prefer(remote, TlsOf(gateway));
        return true;
    }

    private TlsClientSettings TlsOf(string name)
    {
        var configuration = _configuration.Current;
        if (!configuration.RoutingGateways.TryGetValue(name, out var gateway)) return TlsClientSettings.Default;

        // Without a name of its own the gateway's host is what its certificate must have (RFC 5922 §7.3).
        var host = gateway.TlsServerName.Length > 0 ? gateway.TlsServerName : gateway.RemoteIp;
        return new TlsClientSettings(host.Trim('[', ']'), gateway.TlsVerify, gateway.TlsCertificate);
    }

    private bool TakesLargeByTcp(string gateway) =>
        gateway.Length > 0
        && _configuration.Current.RoutingGateways.TryGetValue(gateway, out var settings)
        && settings.Transport == RoutingTransport.Auto;

    /// <summary>True when a large request that TCP did not take is on its way again, by UDP.</summary>
    private bool SendsAgainByUdp(ClientTransaction transaction)
    {
        if (!_grown.Remove(transaction, out var grown)) return false;
        if (_layer.SendRequest(grown.Remote, grown.Request, transaction.Context) is not { } again) return false;
        Replace(transaction, again);
        return true;
    }

    private void Settle(ClientTransaction transaction)
    {
        if (_grown.Count > 0) _grown.Remove(transaction);
    }

    private static ListenerTransports TransportOf(SipEndPoint remote) => remote.Transport switch
    {
        SipTransport.Udp => ListenerTransports.Udp,
        SipTransport.Tcp => ListenerTransports.Tcp,
        SipTransport.Tls => ListenerTransports.Tls,
    };

    private static AddressFamily FamilyOf(SipEndPoint remote) =>
        remote.IsV4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;

    // What sockets and timers take from the configuration, when a new version comes into force.
    private void ApplyConfiguration()
    {
        var configuration = _configuration.Current;
        if (configuration.Version == _appliedVersion) return;
        _appliedVersion = configuration.Version;
        var parameters = configuration.Parameters;
        _layer.Timers = new SipTimers { T1 = parameters.T1, T2 = parameters.T2, T4 = parameters.T4 };
        foreach (var socket in _sockets) socket.SetTrafficClass(parameters.QosSignal);
        if (_index == 0) _streams.SetTrafficClass(parameters.QosSignal);
    }
}
