using System.Diagnostics;
using System.Net;
using System.Text;
using Tandem.Sip.Transport;

namespace Tandem.SipBench;

/// <summary>
/// A generator of OPTIONS that is cheaper than what it measures: one thread, one socket, a closed loop that keeps a number of
/// requests unanswered and sends a new one for each answer, in batches. Nothing is allocated while it runs.
/// </summary>
internal sealed class OptionsFlood : IDisposable
{
    private const int Digits = 10;
    private static readonly TimeSpan LossAfter = TimeSpan.FromMilliseconds(200);

    private readonly UdpSocket _socket;
    private readonly ReceiveBatch _received = new(256, 2_048);
    private readonly SendBatch _send;
    private readonly Poller _poller;
    private readonly SipEndPoint _target;
    private readonly byte[] _request;
    private readonly int[] _numbers;
    private long _next;

    public OptionsFlood(IPEndPoint target, IPAddress from)
    {
        _socket = UdpSocket.Bind(new IPEndPoint(from, 0));
        _send = new SendBatch(_socket, 64);
        _poller = new Poller(_socket);
        _target = SipEndPoint.From(target);
        const string number = "##########";
        var text =
            $"""
            OPTIONS sip:{target} SIP/2.0
            Via: SIP/2.0/UDP {_socket.LocalEndPoint};branch=z9hG4bK{number};rport
            Max-Forwards: 70
            From: <sip:probe@{from}>;tag={number}
            To: <sip:{target}>
            Call-ID: {number}@{from}
            CSeq: 1 OPTIONS
            Contact: <sip:probe@{_socket.LocalEndPoint}>
            Accept: application/sdp
            Content-Length: 0


            """.ReplaceLineEndings("\r\n");
        _request = Encoding.ASCII.GetBytes(text);
        var places = new List<int>();
        for (var at = text.IndexOf(number, StringComparison.Ordinal); at >= 0;
             at = text.IndexOf(number, at + 1, StringComparison.Ordinal)) places.Add(at);
        _numbers = [.. places];
    }

    /// <summary>What a run has counted.</summary>
    public sealed record Result(double Seconds, long Answered, long Refused, long Lost)
    {
        public double PerSecond => Answered / Seconds;
    }

    /// <summary>Runs for a time with a number of requests under way.</summary>
    public Result Run(TimeSpan time, int window)
    {
        long answered = 0, refused = 0, lost = 0;
        var unanswered = 0;
        var began = Stopwatch.GetTimestamp();
        var heard = began;
        TimeSpan elapsed;
        while ((elapsed = Stopwatch.GetElapsedTime(began)) < time)
        {
            while (unanswered < window)
            {
                SendOne();
                unanswered++;
            }

            _send.Flush();
            var count = _socket.Receive(_received);
            if (count == 0)
            {
                // What a full queue dropped is not repeated: the loop would run dry.
                if (Stopwatch.GetElapsedTime(heard) > LossAfter)
                {
                    lost += unanswered;
                    unanswered = 0;
                    heard = Stopwatch.GetTimestamp();
                }

                _poller.Wait(TimeSpan.FromMilliseconds(1));
                continue;
            }

            heard = Stopwatch.GetTimestamp();
            for (var i = 0; i < count; i++)
            {
                if (_received[i].Bytes.Span.StartsWith("SIP/2.0 200 "u8)) answered++;
                else refused++;
            }

            unanswered = Math.Max(0, unanswered - count);
        }

        return new(elapsed.TotalSeconds, answered, refused, lost);
    }

    public void Dispose()
    {
        _poller.Dispose();
        _send.Dispose();
        _received.Dispose();
        _socket.Dispose();
    }

    private void SendOne()
    {
        var number = _next++;
        Span<byte> digits = stackalloc byte[Digits];
        for (var i = Digits - 1; i >= 0; i--)
        {
            digits[i] = (byte)('0' + (number % 10));
            number /= 10;
        }

        foreach (var at in _numbers) digits.CopyTo(_request.AsSpan(at));
        _send.Add(_target, _request);
    }
}
