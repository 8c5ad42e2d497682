using System.Globalization;
using System.Net;

namespace Tandem.Interop.Tests.Calls;

/// <summary>Heads of one call for peers that a test plays: the caller's requests, the vendor's responses.</summary>
internal sealed class RawDialog(IPEndPoint local, string callee, string transport = "UDP")
{
    private readonly string _id = Guid.NewGuid().ToString("n");
    private string _target = $"sip:{callee}@switch.invalid";
    private string _to = $"<sip:{callee}@switch.invalid>";
    private int _cseq;

    public RawDialog(RawPeer caller, string callee) : this(caller.Local, callee)
    {
    }

    /// <summary>What the caller's Contact says; null is its address.</summary>
    public string? Contact { get; init; }

    /// <summary>A request of the caller, without Content-Length; ACK takes the number of the INVITE.</summary>
    public string Request(string method, string more = "", string maxForwards = "70")
    {
        if (method is not ("ACK" or "CANCEL")) _cseq++;
        var number = _cseq.ToString(CultureInfo.InvariantCulture);
        var branch = method == "CANCEL" ? number : number + method;
        return $"{method} {_target} SIP/2.0\r\n"
            + $"Via: SIP/2.0/{transport} {local};branch=z9hG4bK{_id}{(method == "INVITE" ? number : branch)};rport\r\n"
            + $"Max-Forwards: {maxForwards}\r\nFrom: <sip:493012345@{local}>;tag=raw\r\nTo: {_to}\r\n"
            + $"Call-ID: {_id}\r\nCSeq: {number} {method}\r\n"
            + $"Contact: {Contact ?? $"<sip:493012345@{local}>"}\r\n{more}";
    }

    /// <summary>A response of the vendor, without Content-Length.</summary>
    public static string Response(RawMessage request, string status)
    {
        var to = request.Lines("To");
        if (!to.Contains(";tag=", StringComparison.Ordinal)) to = to.TrimEnd() + ";tag=far\r\n";
        return $"SIP/2.0 {status}\r\n{request.Lines("Via")}{request.Lines("From")}{to}{request.Lines("Call-ID")}"
            + $"{request.Lines("CSeq")}Contact: <sip:far@192.0.2.99>\r\n";
    }

    /// <summary>From now on requests go inside the dialog that this response made.</summary>
    public RawDialog Confirm(RawMessage response)
    {
        (_target, _to) = (response.ContactUri, response.Header("To"));
        return this;
    }
}
