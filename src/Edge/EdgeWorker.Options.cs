using System.Text;
using Tandem.Shared.Calls;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;

namespace Tandem.Edge;

// OPTIONS outside a dialog: the heart-beat of peers and load balancers, and the cheapest flood. Its answer changes nothing, so
// it is given without a transaction (RFC 3261 §8.2.7): a repeat costs an answer, not half a minute of memory.
public sealed partial class EdgeWorker
{
    // RFC 3261 §11.2.
    private static readonly byte[] Capabilities = Encoding.ASCII.GetBytes(
        $"Allow: {ScreeningRules.Default.Allow}\r\nAccept: {ScreeningRules.Default.Accept}\r\n"
        + (ScreeningRules.Default.Options.IsEmpty ? "" : $"Supported: {string.Join(", ", ScreeningRules.Default.Options)}\r\n"));

    private int AnswerOptions(SipMessage request, SipEndPoint remote)
    {
        var reason = RequestScreening.Screen(request, ScreeningRules.Default);
        if (reason != SipRejectReason.None)
        {
            WriteScreened(request, reason);
            _layer.RespondStateless(
                request, remote, reason.StatusToAnswer(request), reason.ReasonPhrase(), _writer.WrittenSpan);
        }
        else if (_draining)
        {
            _statistics.Count(EdgeRefusal.Shutdown);
            var info = WriteRefusal(EndReason.ServerShutdown);
            _layer.RespondStateless(
                request, remote, info.SipStatus, Encoding.ASCII.GetBytes(info.Phrase), _writer.WrittenSpan);
        }
        else
        {
            _layer.RespondStateless(request, remote, 200, default, Capabilities);
        }

        return ITransactionUser.AlreadyAnswered;
    }
}
