using Tandem.Shared.Configuration;
using Tandem.Sip.Transactions;

namespace Tandem.Edge;

// Where responses to a known source go (VOS3000 sipResponseAddressMethod).
public sealed partial class EdgeWorker
{
    private void ReplyAsConfigured(ServerTransaction transaction)
    {
        if (transaction.Remote.IsReliable) return;
        if (_configuration.Current.MatchSource(SourceOf(transaction.Remote).Key) is not { } gateway) return;
        _layer.ReplyBy(
            transaction,
            gateway.SipResponseAddressMethod switch
            {
                ResponseAddressMethod.ViaPort => SipReplyAddress.ViaPort,
                ResponseAddressMethod.Via => SipReplyAddress.Via,
                _ => SipReplyAddress.Socket,
            });
    }
}
