using System.Collections.Immutable;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Tandem.Sip.Parsing;

namespace Tandem.Sip.Transport;

/// <summary>
/// One connection of a <see cref="StreamTransport"/>, from its first byte to its last: reads messages in one task, sends
/// what is queued in another. Made and counted by the transport; ends by itself, by the peer or by a time-out that the
/// transport's sweep finds.
/// </summary>
internal sealed class StreamConnection : IThreadPoolWorkItem
{
    private const int MostBytesOfWrite = 16 * 1024;
    private const int DefaultSipPort = 5060;
    private const int DefaultSipsPort = 5061;
    private static readonly byte[] Pong = "\r\n"u8.ToArray();

    private enum Phase
    {
        Connecting,
        Handshaking,
        Open,
        Closed,
    }

    private readonly StreamTransport _owner;
    private readonly Socket _socket;
    private readonly SipFramer _framer;
    private readonly CancellationTokenSource _cancel = new();
    private readonly Lock _sending = new();
    private readonly Queue<(byte[] Bytes, IStreamSender? Sender)> _queue = new();
    private Stream? _stream;
    private Phase _phase;
    private bool _writing;
    private int _queuedBytes;
    private int _closed;

    // Timestamps; 0 is not running. Written by the tasks, read by the sweep.
    private long _phaseSince;
    private long _messageSince;
    private long _writeSince;
    private long _activeAt;
    private long _lingerSince;
    private volatile bool _heardMessage;
    private volatile bool _waitsForUser;
    private volatile int _viaPort;

    public StreamConnection(StreamTransport owner, Socket socket, SipEndPoint remote, TlsClientSettings? opened)
    {
        (_owner, _socket, Remote, Settings) = (owner, socket, remote, opened);
        _framer = new SipFramer(owner.Options.Limits, owner.Options.MaxHeaderSectionBytes);
        _phase = opened is null ? Phase.Handshaking : Phase.Connecting;
        _phaseSince = _activeAt = owner.Now;
    }

    /// <summary>The other end; its listener is ours.</summary>
    public SipEndPoint Remote { get; }

    /// <summary>How we opened it; null for a peer's.</summary>
    public TlsClientSettings? Settings { get; }

    /// <summary>True if we opened it.</summary>
    public bool IsOurs => Settings is not null;

    /// <summary>Names that the peer's certificate has proved.</summary>
    public ImmutableArray<string> PeerNames { get; private set; } = [];

    /// <summary>Where the peer can be reached when this has ended, by the port of its last Via (RFC 3261 §18.2.2); 0 unknown.</summary>
    public int ViaPort => _viaPort;

    /// <summary>Queues a message; false if it cannot be sent any more.</summary>
    public bool TrySend(byte[] bytes, IStreamSender? sender)
    {
        lock (_sending)
        {
            if (_phase == Phase.Closed) return false;
            if (_queuedBytes + bytes.Length > _owner.Options.MaxQueuedBytes)
            {
                _owner.Statistics.CountOverflow();
                return false;
            }

            _queue.Enqueue((bytes, sender));
            _queuedBytes += bytes.Length;
            if (_phase != Phase.Open || _writing) return true;
            _writing = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        return true;
    }

    void IThreadPoolWorkItem.Execute() => _ = WriteAsync();

    /// <summary>Begins; the task ends with the connection.</summary>
    public async Task RunAsync()
    {
        var end = StreamEnd.PeerClosed;
        try
        {
            if (IsOurs) await _socket.ConnectAsync(Remote.ToIPEndPoint(), _cancel.Token).ConfigureAwait(false);
            _stream = new NetworkStream(_socket, ownsSocket: false);
            if (Remote.Transport == SipTransport.Tls) await HandshakeAsync().ConfigureAwait(false);
            Open();
            end = await ReadAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is AuthenticationException || (e is NotSupportedException && _phase == Phase.Handshaking))
        {
            // SslStream calls a greeting that it cannot read "not supported".
            end = StreamEnd.HandshakeFailed;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            end = _phase switch
            {
                Phase.Connecting => StreamEnd.ConnectFailed,
                Phase.Handshaking => StreamEnd.HandshakeFailed,
                _ => StreamEnd.Broken,
            };
        }
        finally
        {
            Close(end);
        }
    }

    /// <summary>Ends it, once; what was not sent is reported to its senders.</summary>
    public void Close(StreamEnd end)
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0) return;
        (byte[] Bytes, IStreamSender? Sender)[] unsent;
        lock (_sending)
        {
            _phase = Phase.Closed;
            unsent = [.. _queue];
            _queue.Clear();
        }

        _owner.OnClosed(this, end);
        _cancel.Cancel();
        _stream?.Dispose();
        _socket.Dispose();
        foreach (var (bytes, sender) in unsent) _owner.Fail(Remote, bytes, sender);
    }

    /// <summary>The reason to end it now, or null.</summary>
    public StreamEnd? DueAt(long now)
    {
        var options = _owner.Options;
        switch (_phase)
        {
            case Phase.Connecting:
                return IsOver(_phaseSince, options.ConnectTimeout) ? StreamEnd.ConnectFailed : null;
            case Phase.Handshaking:
                return IsOver(_phaseSince, options.HandshakeTimeout) ? StreamEnd.HandshakeTimeout : null;
            case Phase.Closed:
                return null;
        }

        if (IsOver(Volatile.Read(ref _writeSince), options.SendTimeout)) return StreamEnd.SendTimeout;
        if (IsOver(Volatile.Read(ref _lingerSince), options.Linger)) return StreamEnd.FramingLost;
        if (_waitsForUser) return null; // Not the peer's fault.
        if (IsOver(Volatile.Read(ref _messageSince), options.MessageTimeout)) return StreamEnd.MessageTimeout;
        if (!IsOurs && !_heardMessage && IsOver(_phaseSince, options.FirstMessageTimeout)) return StreamEnd.NoMessage;
        return IsOver(Volatile.Read(ref _activeAt), options.IdleTimeout) ? StreamEnd.Idle : null;

        bool IsOver(long since, TimeSpan limit) => since != 0 && _owner.Time.GetElapsedTime(since, now) >= limit;
    }

    /// <summary>Sets the class of service of what is sent.</summary>
    public void SetTrafficClass(int value) => SocketSetup.TrySetTrafficClass(_socket, value);

    private async Task HandshakeAsync()
    {
        lock (_sending)
        {
            if (_phase == Phase.Closed) throw new OperationCanceledException();
            (_phase, _phaseSince) = (Phase.Handshaking, _owner.Now);
        }

        var tls = new SslStream(_stream!, leaveInnerStreamOpen: false);
        _stream = tls;
        if (Settings is { } settings)
        {
            await tls.AuthenticateAsClientAsync(_owner.Certificates.ClientOptions(settings, Remote), _cancel.Token)
                .ConfigureAwait(false);
            if (tls.RemoteCertificate is System.Security.Cryptography.X509Certificates.X509Certificate2 shown && settings.Verify)
                PeerNames = TlsCertificates.NamesOf(shown);
            return;
        }

        await tls.AuthenticateAsServerAsync(
            (_, hello, _, _) => ValueTask.FromResult(_owner.Certificates.ServerOptions(hello.ServerName, (shown, trusted) =>
            {
                if (trusted) PeerNames = TlsCertificates.NamesOf(shown);
                else _owner.Statistics.CountStranger();
            })),
            null,
            _cancel.Token).ConfigureAwait(false);
    }

    private void Open()
    {
        lock (_sending)
        {
            if (_phase == Phase.Closed) return;
            (_phase, _phaseSince, _activeAt) = (Phase.Open, _owner.Now, _owner.Now);
            if (_queue.Count == 0) return;
            _writing = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private async Task<StreamEnd> ReadAsync()
    {
        while (true)
        {
            var read = await _stream!.ReadAsync(_framer.GetMemory(), _cancel.Token).ConfigureAwait(false);
            if (read == 0) return StreamEnd.PeerClosed;
            Volatile.Write(ref _activeAt, _owner.Now);
            _framer.Advance(read);
            var (pinged, whole) = (false, false);
            SipFrame frame;
            while ((frame = _framer.Read(out var result)) != SipFrame.None)
            {
                if (frame == SipFrame.Ping)
                {
                    (pinged, _heardMessage) = (true, true);
                    _owner.Statistics.CountPing();
                    continue;
                }

                whole = true;
                await PassUpAsync(frame, result).ConfigureAwait(false);
                if (frame != SipFrame.Lost) continue;
                await LingerAsync().ConfigureAwait(false);
                return StreamEnd.FramingLost;
            }

            if (pinged) TrySend(Pong, null); // One for all of a read: a flood of pings is no flood of answers.
            if (_framer.Pending == 0) Volatile.Write(ref _messageSince, 0);
            else if (whole || _messageSince == 0) Volatile.Write(ref _messageSince, _owner.Now);
        }
    }

    private async ValueTask PassUpAsync(SipFrame frame, SipParseResult result)
    {
        _owner.Statistics.CountReceived();
        _heardMessage |= frame == SipFrame.Message;
        if (frame == SipFrame.Message && result.Message!.IsRequest)
        {
            var port = result.Message.TopVia.Port;
            _viaPort = port > 0 ? port : Remote.Transport == SipTransport.Tls ? DefaultSipsPort : DefaultSipPort;
        }

        _waitsForUser = true;
        await _owner.User.OnMessageAsync(result, Remote, _cancel.Token).ConfigureAwait(false);
        _waitsForUser = false;
        Volatile.Write(ref _activeAt, _owner.Now);
    }

    // The answer that says what was wrong may still be on its way; what the peer sends meanwhile is not looked at.
    private async Task LingerAsync()
    {
        Volatile.Write(ref _messageSince, 0);
        Volatile.Write(ref _lingerSince, _owner.Now);
        var waste = new byte[SipFramer.InitialBytes];
        while (await _stream!.ReadAsync(waste, _cancel.Token).ConfigureAwait(false) > 0)
        {
        }
    }

    private async Task WriteAsync()
    {
        var buffer = Array.Empty<byte>();
        var batch = new List<(byte[] Bytes, IStreamSender? Sender)>();
        try
        {
            while (Take(batch, ref buffer) is { Length: > 0 } bytes)
            {
                Volatile.Write(ref _writeSince, _owner.Now);
                await _stream!.WriteAsync(bytes, _cancel.Token).ConfigureAwait(false);
                Volatile.Write(ref _writeSince, 0);
                Volatile.Write(ref _activeAt, _owner.Now);
                _owner.Statistics.CountSent(batch.Count);
                batch.Clear();
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            Close(StreamEnd.Broken);
            foreach (var (bytes, sender) in batch) _owner.Fail(Remote, bytes, sender);
        }
    }

    // The next bytes to write: one message, or several short ones together. Empty when there is nothing to do.
    private ReadOnlyMemory<byte> Take(List<(byte[] Bytes, IStreamSender? Sender)> batch, ref byte[] buffer)
    {
        lock (_sending)
        {
            if (_phase == Phase.Closed || !_queue.TryDequeue(out var first))
            {
                _writing = false;
                return default;
            }

            batch.Add(first);
            _queuedBytes -= first.Bytes.Length;
            var length = first.Bytes.Length;
            if (!_queue.TryPeek(out var next) || length + next.Bytes.Length > MostBytesOfWrite) return first.Bytes;
            if (buffer.Length == 0) buffer = new byte[MostBytesOfWrite];
            first.Bytes.CopyTo(buffer, 0);
            while (_queue.TryPeek(out next) && length + next.Bytes.Length <= MostBytesOfWrite)
            {
                batch.Add(_queue.Dequeue());
                _queuedBytes -= next.Bytes.Length;
                next.Bytes.CopyTo(buffer, length);
                length += next.Bytes.Length;
            }

            return buffer.AsMemory(0, length);
        }
    }
}
