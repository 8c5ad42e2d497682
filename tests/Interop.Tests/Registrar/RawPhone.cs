using System.Globalization;
using System.Net;
using System.Text;
using Tandem.Interop.Tests.Calls;
using Tandem.Sip.Authentication;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Registrar;

/// <summary>A phone on one UDP socket that answers challenges, for what sipp cannot say or check.</summary>
internal sealed class RawPhone : IDisposable
{
    private readonly IPEndPoint _switch;
    private readonly string _number;
    private readonly DigestClient _digest;
    private readonly string _callId = Guid.NewGuid().ToString("N");
    private int _cseq;

    public RawPhone(IPEndPoint @switch, string number, string password = "secret")
    {
        (_switch, _number, _digest) = (@switch, number, new DigestClient(number, password));
        Peer = new RawPeer(Loopback.NextEndPoint(), @switch);
    }

    public RawPeer Peer { get; }

    public IPEndPoint Local => Peer.Local;

    /// <summary>Registers and gives the answer after the challenge.</summary>
    public async Task<RawMessage> RegisterAsync(string contact, int? expires)
    {
        var answer = await SendAsync(contact, expires);
        if (answer.Status != 401) return answer;
        Assert.Equal(DigestOutcome.Retry, _digest.Accept(SipParser.ParseDatagram(answer.Bytes).Message!));
        return await SendAsync(contact, expires);
    }

    public void Dispose() => Peer.Dispose();

    private Task<RawMessage> SendAsync(string contact, int? expires)
    {
        var uri = $"sip:{_switch}";
        var cseq = ++_cseq;
        var credentials = _digest.HasChallenge
            ? Encoding.ASCII.GetString(_digest.HeaderLines(SipMethod.Register, Encoding.ASCII.GetBytes(uri), default))
            : "";
        Peer.Send(string.Create(CultureInfo.InvariantCulture,
            $"REGISTER {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {Local};branch=z9hG4bK{_callId}{cseq};rport\r\nMax-Forwards: 70\r\n"
            + $"From: <sip:{_number}@{_switch}>;tag=raw\r\nTo: <sip:{_number}@{_switch}>\r\nCall-ID: {_callId}\r\nCSeq: {cseq} REGISTER\r\n"
            + $"{(contact.Length > 0 ? $"Contact: {contact}\r\n" : "")}{(expires is { } seconds ? $"Expires: {seconds}\r\n" : "")}{credentials}"));
        return Peer.ReceiveFinalAsync();
    }
}
