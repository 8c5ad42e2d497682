using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Tandem.Interop.Tests.Calls;

namespace Tandem.Interop.Tests.Transports;

/// <summary>One TCP or TLS connection that a test plays a SIP peer with, message by message.</summary>
internal sealed class StreamPeer(TcpClient client, Stream stream) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);
    private readonly byte[] _buffer = new byte[65_536];
    private int _filled;

    /// <summary>Its address.</summary>
    public IPEndPoint Local { get; } = (IPEndPoint)client.Client.LocalEndPoint!;

    /// <summary>What the other side has shown; null without TLS, or when it has shown nothing.</summary>
    public string? PeerCertificate => (stream as SslStream)?.RemoteCertificate?.Subject;

    /// <summary>Opens a TCP connection from an address of the test's.</summary>
    public static async Task<StreamPeer> ConnectAsync(IPAddress from, IPEndPoint to)
    {
        var client = new TcpClient(new IPEndPoint(from, 0));
        await client.ConnectAsync(to);
        return new StreamPeer(client, client.GetStream());
    }

    /// <summary>Opens a TLS connection: <paramref name="name"/> is asked for, <paramref name="own"/> is shown.</summary>
    public static async Task<(StreamPeer Peer, X509Certificate Shown)> ConnectTlsAsync(
        IPAddress from, IPEndPoint to, string name, X509Certificate2 own)
    {
        var client = new TcpClient(new IPEndPoint(from, 0));
        await client.ConnectAsync(to);
        var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = name,
            ClientCertificates = [own],
            RemoteCertificateValidationCallback = (_, _, _, _) => true, // The test looks at it.
        });
        return (new StreamPeer(client, tls), tls.RemoteCertificate!);
    }

    /// <summary>Takes a connection of the switch and asks for its certificate; null when TLS does not come about.</summary>
    public static async Task<StreamPeer?> AcceptTlsAsync(TcpListener listener, X509Certificate2 own)
    {
        using var source = new CancellationTokenSource(Patience);
        var client = await listener.AcceptTcpClientAsync(source.Token);
        var tls = new SslStream(client.GetStream());
        try
        {
            await tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificate = own,
                    ClientCertificateRequired = true,
                    RemoteCertificateValidationCallback = (_, _, _, _) => true, // The test looks at it.
                },
                source.Token);
            return new StreamPeer(client, tls);
        }
        catch (Exception refused) when (refused is IOException or System.Security.Authentication.AuthenticationException)
        {
            await tls.DisposeAsync();
            client.Dispose();
            return null;
        }
    }

    /// <summary>Takes a connection of the switch.</summary>
    public static async Task<StreamPeer> AcceptAsync(TcpListener listener)
    {
        using var source = new CancellationTokenSource(Patience);
        var client = await listener.AcceptTcpClientAsync(source.Token);
        return new StreamPeer(client, client.GetStream());
    }

    /// <summary>Sends a message made of a head with CR LF ends and a body; Content-Length is added.</summary>
    public Task SendAsync(string head, string body = "") =>
        SendRawAsync($"{head}Content-Length: {body.Length}\r\n\r\n{body}");

    /// <summary>Sends bytes as they are.</summary>
    public async Task SendRawAsync(string text) => await stream.WriteAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>The next message; null when the other side has closed, throws when nothing comes in time.</summary>
    public async Task<RawMessage?> TryReceiveAsync(TimeSpan? limit = null)
    {
        using var source = new CancellationTokenSource(limit ?? Patience);
        while (true)
        {
            if (Whole() is { } message) return message;
            try
            {
                var read = await stream.ReadAsync(_buffer.AsMemory(_filled), source.Token);
                if (read == 0) return null;
                _filled += read;
            }
            catch (IOException)
            {
                return null;
            }
        }
    }

    /// <summary>The next message that is wanted; others are passed over.</summary>
    public async Task<RawMessage> ReceiveAsync(Func<RawMessage, bool> wanted)
    {
        while (await TryReceiveAsync() is { } message)
            if (wanted(message)) return message;
        throw new InvalidOperationException($"{Local}: closed before the message came.");
    }

    /// <summary>The next request of this method.</summary>
    public Task<RawMessage> ReceiveAsync(string method) =>
        ReceiveAsync(m => m.StartLine.StartsWith(method + " ", StringComparison.Ordinal));

    /// <summary>The next final response.</summary>
    public Task<RawMessage> ReceiveFinalAsync() => ReceiveAsync(m => m.Status >= 200);

    /// <inheritdoc />
    public void Dispose()
    {
        stream.Dispose();
        client.Dispose();
    }

    private RawMessage? Whole()
    {
        var bytes = _buffer.AsSpan(0, _filled);
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0) return null;
        var body = new RawMessage(bytes[..end].ToArray()).Header("Content-Length");
        var length = end + 4 + (body.Length == 0 ? 0 : int.Parse(body, System.Globalization.CultureInfo.InvariantCulture));
        if (length > _filled) return null;
        var message = new RawMessage(bytes[..length].ToArray());
        bytes[length..].CopyTo(_buffer);
        _filled -= length;
        return message;
    }
}
