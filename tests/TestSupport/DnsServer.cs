using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Tandem.TestSupport;

/// <summary>
/// A name server on loopback that answers real UDP packets from what a test has put into it. Written from RFC 1035 without
/// any library, so that it shares no mistake with the one that asks.
/// </summary>
public sealed class DnsServer : IDisposable
{
    private const int A = 1, Soa = 6, Aaaa = 28, Srv = 33, Naptr = 35;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly ConcurrentDictionary<(string Name, int Type), ConcurrentQueue<(int Ttl, byte[] Data)>> _records = new();
    private readonly ConcurrentQueue<string> _questions = new();
    private readonly Thread _thread;

    /// <summary>Starts it.</summary>
    public DnsServer()
    {
        _socket.Bind(Loopback.NextEndPoint());
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Every question gets SERVFAIL.</summary>
    public bool Fails { get; set; }

    /// <summary>Time to live that negative answers carry in their SOA.</summary>
    public int NegativeTtl { get; set; } = 60;

    /// <summary>What it was asked, as <c>TYPE name</c>, in order.</summary>
    public IReadOnlyList<string> Questions => [.. _questions];

    /// <summary>An A or AAAA record.</summary>
    public DnsServer Address(string name, string address, int ttl = 60)
    {
        var ip = IPAddress.Parse(address);
        return Add(name, ip.AddressFamily == AddressFamily.InterNetwork ? A : Aaaa, ttl, ip.GetAddressBytes());
    }

    /// <summary>An SRV record.</summary>
    public DnsServer Service(string name, int priority, int weight, int port, string target, int ttl = 60) =>
        Add(name, Srv, ttl, [.. Short(priority), .. Short(weight), .. Short(port), .. NameOf(target)]);

    /// <summary>A NAPTR record with the flag "s".</summary>
    public DnsServer Pointer(string name, int order, int preference, string service, string replacement, int ttl = 60) =>
        Add(name, Naptr, ttl, [.. Short(order), .. Short(preference), .. Text("s"), .. Text(service), .. Text(""), .. NameOf(replacement)]);

    /// <summary>Forgets all records of a name.</summary>
    public void Clear(string name)
    {
        foreach (var key in _records.Keys)
            if (key.Name == name) _records.TryRemove(key, out _);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _socket.Dispose();
        _thread.Join(TimeSpan.FromSeconds(5));
    }

    private DnsServer Add(string name, int type, int ttl, byte[] data)
    {
        _records.GetOrAdd((name, type), _ => new()).Enqueue((ttl, data));
        return this;
    }

    private void Serve()
    {
        var buffer = new byte[4_096];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        while (true)
        {
            try
            {
                var length = _socket.ReceiveFrom(buffer, ref from);
                _socket.SendTo(AnswerTo(buffer.AsSpan(0, length)), from);
            }
            catch (Exception end) when (end is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private byte[] AnswerTo(ReadOnlySpan<byte> question)
    {
        var (labels, at) = (new List<string>(), 12);
        while (question[at] != 0)
        {
            labels.Add(Encoding.ASCII.GetString(question.Slice(at + 1, question[at])));
            at += question[at] + 1;
        }

        var name = string.Join('.', labels).ToLowerInvariant();
        var type = BinaryPrimitives.ReadUInt16BigEndian(question[(at + 1)..]);
        _questions.Enqueue($"{type switch { A => "A", Aaaa => "AAAA", Srv => "SRV", Naptr => "NAPTR", _ => "?" }} {name}");
        var records = _records.TryGetValue((name, type), out var found) ? found.ToArray() : [];
        var known = _records.Keys.Any(k => k.Name == name);
        var code = Fails ? 2 : known ? 0 : 3;
        if (Fails) records = [];
        var soa = !Fails && records.Length == 0;
        List<byte> answer =
        [
            .. question[..2], 0x85, (byte)(0x80 | code), 0, 1, .. Short(records.Length), .. Short(soa ? 1 : 0), 0, 0,
            .. question[12..(at + 5)],
        ];
        foreach (var (ttl, data) in records) answer.AddRange([0xC0, 12, .. Short(type), 0, 1, .. Long(ttl), .. Short(data.Length), .. data]);
        if (!soa) return [.. answer];
        byte[] authority = [.. NameOf("ns"), .. NameOf("admin"), .. Long(1), .. Long(1), .. Long(1), .. Long(1), .. Long(NegativeTtl)];
        answer.AddRange([0xC0, 12, .. Short(Soa), 0, 1, .. Long(NegativeTtl), .. Short(authority.Length), .. authority]);
        return [.. answer];
    }

    private static byte[] Short(int value) => [(byte)(value >> 8), (byte)value];

    private static byte[] Long(int value) => [.. Short(value >> 16), .. Short(value)];

    private static byte[] Text(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    private static byte[] NameOf(string name) =>
        name == "." ? [0] : [.. name.TrimEnd('.').Split('.').SelectMany(Text), 0];
}
