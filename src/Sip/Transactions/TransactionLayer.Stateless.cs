using System.Buffers.Text;
using Tandem.Sip.Messages;
using Tandem.Sip.Transport;

namespace Tandem.Sip.Transactions;

/// <summary>Answers that need no transaction.</summary>
public sealed partial class TransactionLayer
{
    /// <summary>
    /// Answers a request at once and keeps nothing of it (RFC 3261 §8.2.7): a repeat is answered anew, with the same To
    /// tag. For refusals of a flood, and for a request whose answer changes nothing, such as OPTIONS outside a dialog.
    /// </summary>
    /// <param name="request">The request, not ACK.</param>
    /// <param name="remote">Where it came from.</param>
    /// <param name="status">A final status, 200 to 699.</param>
    /// <param name="reason">The reason phrase; empty for the registered one.</param>
    /// <param name="extraHeaderLines">Further header fields, each ended by CRLF.</param>
    public void RespondStateless(
        SipMessage request, SipEndPoint remote, int status, ReadOnlySpan<byte> reason = default,
        ReadOnlySpan<byte> extraHeaderLines = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfLessThan(status, 200);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(status, 699);
        var via = request.TopVia;
        var hash = new HashCode();
        hash.AddBytes(via.Branch);
        hash.AddBytes(request.CallId);
        hash.Add(request.CSeqNumber);
        Span<byte> tag = stackalloc byte[8];
        Utf8Formatter.TryFormat((uint)hash.ToHashCode(), tag, out _, new('x', 8));
        ComposeResponse(request, remote, status, reason, tag, extraHeaderLines, default);
        Statistics.CountResponseOut(status);
        _sink.Send(ReplyToOf(via, remote), _writer.WrittenSpan);
    }
}
