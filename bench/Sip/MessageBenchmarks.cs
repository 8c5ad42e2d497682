using System.Net;
using BenchmarkDotNet.Attributes;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Writing;

namespace Tandem.SipBench;

/// <summary>What a message costs before anything is decided about it: nanoseconds and bytes allocated.</summary>
[MemoryDiagnoser]
public class MessageBenchmarks
{
    private static readonly SipSource Source = new(IPAddress.Parse("192.0.2.10"), 5060);

    private readonly ReadOnlyMemory<byte> _invite = SampleMessages.Invite;
    private readonly ReadOnlyMemory<byte> _ok = SampleMessages.Ok;
    private readonly OtherLeg _leg = new();
    private readonly SipWriter _writer = new();

    /// <summary>An INVITE of 900 bytes.</summary>
    [Benchmark]
    public SipMessage? ParseInvite() => SipParser.ParseDatagram(_invite).Message;

    /// <summary>The same, and written for the other leg.</summary>
    [Benchmark]
    public int RewriteInvite() => _leg.Write(SipParser.ParseDatagram(_invite).Message!);

    /// <summary>The 200 to it.</summary>
    [Benchmark]
    public SipMessage? ParseOk() => SipParser.ParseDatagram(_ok).Message;

    /// <summary>An INVITE parsed and answered with 200 and SDP.</summary>
    [Benchmark]
    public int AnswerInvite()
    {
        var invite = SipParser.ParseDatagram(_invite).Message!;
        _writer.Reset();
        _writer.WriteResponse(invite, 200, default, "000000002a0123456789abcdefa"u8, Source);
        _writer.Header(SipHeaderName.Contact, "<sip:000000002a0123456789abcdefa@198.51.100.7:5060>"u8);
        _writer.Finish("application/sdp"u8, invite.Body.Span);
        return _writer.Length;
    }
}
