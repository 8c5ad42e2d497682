using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Tandem.Sip.Transport;

/// <summary>One address at which connections are taken.</summary>
/// <param name="Local">Ordinal of the listener, which is that of the peers met by it.</param>
/// <param name="Address">Where to listen; port 0 lets the kernel choose.</param>
/// <param name="Transport">TCP or TLS.</param>
public sealed record StreamListener(byte Local, IPEndPoint Address, SipTransport Transport);

/// <summary>
/// TCP and TLS of a node (RFC 3261 §18): listens, opens connections, and uses an open one again for all that goes to the
/// same peer by the same listener, requests and responses, whoever has opened it. When the connection that a request
/// came by is gone, its response goes by a new one to the port of its Via (§18.2.2). Used from any thread.
/// </summary>
public sealed class StreamTransport : IDisposable
{
    /// <summary>Most addresses that are remembered: settings of peers, and where those whose connection ended are reached.</summary>
    public const int MaxRemembered = 20_000;

    private const int Backlog = 512;
    private static readonly TimeSpan PauseWithoutDescriptors = TimeSpan.FromMilliseconds(100);

    private readonly List<(StreamListener Listener, Socket Socket)> _listeners = [];
    private readonly ConcurrentDictionary<SipEndPoint, StreamConnection> _byRemote = new();
    private readonly ConcurrentDictionary<StreamConnection, byte> _all = new();
    private readonly ConcurrentDictionary<SipEndPoint, TlsClientSettings> _settings = new();
    private readonly ConcurrentDictionary<SipEndPoint, SipEndPoint> _movedTo = new();
    private readonly Dictionary<IPAddress, int> _perSource = [];
    private readonly Lock _counting = new();
    private readonly Lock _opening = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly IReadOnlyDictionary<byte, IPEndPoint> _localOf;
    private readonly ITimer _sweep;
    private int _accepted;
    private int _opened;
    private volatile int _trafficClass = -1;
    private int _disposed;

    /// <summary>Binds the listeners; <see cref="Start"/> begins to take connections.</summary>
    /// <param name="listeners">Where to listen; may be none.</param>
    /// <param name="localOf">
    /// The address from which connections are opened, by ordinal: for listeners that take no connections themselves too.
    /// </param>
    /// <param name="certificates">For TLS.</param>
    /// <param name="user">Gets the messages.</param>
    /// <param name="time">For the time-outs.</param>
    /// <param name="options">Bounds; null for the defaults.</param>
    /// <exception cref="SocketBindException">An address cannot be had; the message says why and what to do.</exception>
    public StreamTransport(
        IEnumerable<StreamListener> listeners,
        IReadOnlyDictionary<byte, IPEndPoint> localOf,
        TlsCertificates certificates,
        IStreamUser user,
        TimeProvider time,
        StreamOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(listeners);
        ArgumentNullException.ThrowIfNull(certificates);
        ArgumentNullException.ThrowIfNull(user);
        ArgumentNullException.ThrowIfNull(time);
        (_localOf, Certificates, User, Time, Options) = (localOf, certificates, user, time, options ?? StreamOptions.Default);
        try
        {
            foreach (var listener in listeners) Listen(listener);
        }
        catch
        {
            foreach (var (_, socket) in _listeners) socket.Dispose();
            throw;
        }

        _sweep = time.CreateTimer(_ => Sweep(), null, Options.SweepInterval, Options.SweepInterval);
    }

    /// <summary>Counters.</summary>
    public StreamStatistics Statistics { get; } = new();

    /// <summary>Where it listens, with the ports that the kernel chose.</summary>
    public IReadOnlyList<StreamListener> Listeners => [.. _listeners.Select(l => l.Listener)];

    /// <summary>Connections that are open or being made.</summary>
    public int Connections => _all.Count;

    internal StreamOptions Options { get; }

    internal TlsCertificates Certificates { get; }

    internal IStreamUser User { get; }

    internal TimeProvider Time { get; }

    // Never 0, which means that a time-out does not run.
    internal long Now => Math.Max(1, Time.GetTimestamp());

    /// <summary>Begins to take connections.</summary>
    public void Start()
    {
        foreach (var (listener, socket) in _listeners) _ = AcceptAsync(listener, socket);
    }

    /// <summary>Sends a message, by the connection that is open or a new one. Never waits.</summary>
    /// <param name="remote">The peer, and the listener by which it is reached.</param>
    /// <param name="message">Its bytes; valid during the call only.</param>
    /// <param name="sender">Told if it cannot be sent, during the call or later.</param>
    public void Send(SipEndPoint remote, ReadOnlySpan<byte> message, IStreamSender? sender)
    {
        var bytes = message.ToArray();
        if (Volatile.Read(ref _disposed) == 0)
        {
            if (_byRemote.TryGetValue(remote, out var open) && IsFor(open, remote) && open.TrySend(bytes, sender)) return;
            if (OpenOrFind(remote) is { } connection && connection.TrySend(bytes, sender)) return;
        }

        Fail(remote, bytes, sender);
    }

    /// <summary>Says how connections to a TLS peer are to be opened from now on.</summary>
    /// <param name="remote">The peer.</param>
    /// <param name="settings">How.</param>
    public void Prefer(SipEndPoint remote, TlsClientSettings settings)
    {
        if (_settings.TryGetValue(remote, out var known) && known == settings) return;
        if (_settings.Count >= MaxRemembered) _settings.Clear();
        _settings[remote] = settings;
    }

    /// <summary>The names that the certificate of a connected TLS peer proves; none if it showed none that is trusted.</summary>
    /// <param name="remote">The peer.</param>
    public ImmutableArray<string> PeerNamesOf(SipEndPoint remote) =>
        _byRemote.TryGetValue(remote, out var connection) ? connection.PeerNames : [];

    /// <summary>Marks what is sent from now on, on connections that are open too.</summary>
    /// <param name="value">IPv4's type of service, IPv6's traffic class: 0 to 255.</param>
    public void SetTrafficClass(int value)
    {
        _trafficClass = value;
        foreach (var (_, socket) in _listeners) SocketSetup.TrySetTrafficClass(socket, value);
        foreach (var connection in _all.Keys) connection.SetTrafficClass(value);
    }

    /// <summary>Closes all.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _sweep.Dispose();
        _stop.Cancel();
        foreach (var (_, socket) in _listeners) socket.Dispose();
        foreach (var connection in _all.Keys) connection.Close(StreamEnd.Shutdown);
    }

    internal void Fail(SipEndPoint remote, byte[] message, IStreamSender? sender)
    {
        if (sender is null) return;
        Statistics.CountUnsent();
        sender.OnSendFailed(remote, message);
    }

    internal void OnClosed(StreamConnection connection, StreamEnd end)
    {
        Statistics.Count(end);
        if (!connection.IsOurs && connection.ViaPort > 0 && connection.ViaPort != connection.Remote.Port)
        {
            if (_movedTo.Count >= MaxRemembered) _movedTo.Clear();
            _movedTo[connection.Remote] = connection.Remote.WithPort((ushort)connection.ViaPort);
        }

        _byRemote.TryRemove(KeyValuePair.Create(connection.Remote, connection));
        if (!_all.TryRemove(connection, out _)) return;
        if (connection.IsOurs)
        {
            Interlocked.Decrement(ref _opened);
            return;
        }

        lock (_counting)
        {
            _accepted--;
            var address = connection.Remote.ToIPAddress();
            if (--_perSource[address] == 0) _perSource.Remove(address);
        }
    }

    private void Listen(StreamListener listener)
    {
        var socket = new Socket(listener.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(listener.Address); // .NET sets SO_REUSEADDR by itself; its ReuseAddress would share the port.
            socket.Listen(Backlog);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new SocketBindException(listener.Address, e, "tcp");
        }

        _listeners.Add((listener with { Address = (IPEndPoint)socket.LocalEndPoint! }, socket));
    }

    private async Task AcceptAsync(StreamListener listener, Socket socket)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Take(listener, await socket.AcceptAsync(_stop.Token).ConfigureAwait(false));
            }
            catch (SocketException)
            {
                // The peer is gone already, or there are no descriptors left: these come back when others end.
                await Task.Delay(PauseWithoutDescriptors, Time, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Take(StreamListener listener, Socket socket)
    {
        if (socket.RemoteEndPoint is not IPEndPoint from)
        {
            socket.Dispose();
            return;
        }

        var remote = SipEndPoint.From(from, listener.Transport).WithLocal(listener.Local);
        if (Reserve(remote.ToIPAddress()) is { } refusal)
        {
            Statistics.Count(refusal);
            socket.Dispose();
            return;
        }

        Statistics.CountAccepted();
        Begin(new StreamConnection(this, socket, remote, null), socket);
    }

    private StreamEnd? Reserve(IPAddress address)
    {
        lock (_counting)
        {
            if (_accepted >= Options.MaxAccepted) return StreamEnd.TooMany;
            var ofSource = _perSource.GetValueOrDefault(address);
            if (ofSource >= Options.MaxAcceptedPerSource) return StreamEnd.TooManyOfSource;
            _perSource[address] = ofSource + 1;
            _accepted++;
            return null;
        }
    }

    private StreamConnection? OpenOrFind(SipEndPoint remote)
    {
        lock (_opening)
        {
            // A peer whose connection to us has ended listens elsewhere than where it connected from.
            if (!_byRemote.ContainsKey(remote) && _movedTo.TryGetValue(remote, out var moved)) remote = moved;
            if (_byRemote.TryGetValue(remote, out var open) && IsFor(open, remote)) return open;
            if (Volatile.Read(ref _opened) >= Options.MaxOpened)
            {
                Statistics.Count(StreamEnd.TooMany);
                return null;
            }

            Socket? socket = null;
            try
            {
                var family = remote.IsV4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
                socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
                if (_localOf.TryGetValue(remote.Local, out var local) && local.AddressFamily == family)
                    socket.Bind(new IPEndPoint(local.Address, 0));
            }
            catch (SocketException)
            {
                socket?.Dispose();
                Statistics.Count(StreamEnd.ConnectFailed);
                return null;
            }

            Statistics.CountOpened();
            Interlocked.Increment(ref _opened);
            var connection = new StreamConnection(this, socket, remote, SettingsFor(remote));
            Begin(connection, socket);
            return connection;
        }
    }

    private void Begin(StreamConnection connection, Socket socket)
    {
        socket.NoDelay = true;
        if (_trafficClass is >= 0 and var value) SocketSetup.TrySetTrafficClass(socket, value);
        _all[connection] = 0;
        _byRemote[connection.Remote] = connection;
        if (Volatile.Read(ref _disposed) != 0) connection.Close(StreamEnd.Shutdown);
        _ = ObserveAsync(connection);
    }

    private async Task ObserveAsync(StreamConnection connection)
    {
        try
        {
            await Task.Run(connection.RunAsync, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            User.OnFault(failure, connection.Remote); // A bug of ours: it costs this one connection.
        }
    }

    private TlsClientSettings SettingsFor(SipEndPoint remote) =>
        _settings.TryGetValue(remote, out var settings) ? settings : TlsClientSettings.Default;

    // A connection of ours that was opened by other settings than are wanted now is not used again.
    private bool IsFor(StreamConnection connection, SipEndPoint remote) =>
        connection.Settings is not { } settings
        || remote.Transport != SipTransport.Tls
        || settings == SettingsFor(connection.Remote);

    private void Sweep()
    {
        var now = Now;
        foreach (var connection in _all.Keys)
            if (connection.DueAt(now) is { } end) connection.Close(end);
    }
}
