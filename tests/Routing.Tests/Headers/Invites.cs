using System.Text;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Writing;

namespace Tandem.Routing.Tests.Headers;

/// <summary>INVITEs and headers as text.</summary>
internal static class Invites
{
    /// <summary>An INVITE with these header lines, each ended by CR LF, and this From.</summary>
    public static SipMessage Of(string headers = "", string from = "\"Ann\" <sip:493012345@10.0.0.1>", string to = "4420")
    {
        var text = $"INVITE sip:442012345678@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
            + $"From: {from};tag=a\r\nTo: <sip:{to}@192.0.2.1>\r\nCall-ID: 1@10.0.0.1\r\nCSeq: 1 INVITE\r\n"
            + $"Contact: <sip:ann@10.0.0.1>\r\n{headers}Content-Length: 0\r\n\r\n";
        var result = SipParser.ParseDatagram(Encoding.UTF8.GetBytes(text));
        Assert.Equal(SipParseOutcome.Message, result.Outcome);
        return result.Message!;
    }

    /// <summary>What is written.</summary>
    public static string Written(Action<SipWriter> write)
    {
        using var writer = new SipWriter();
        write(writer);
        return Encoding.UTF8.GetString(writer.WrittenSpan);
    }
}
