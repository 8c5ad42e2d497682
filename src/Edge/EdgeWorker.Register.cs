using System.Text;
using Tandem.Edge.Registrar;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Sip.Messages;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;

namespace Tandem.Edge;

// REGISTER of authenticated devices, and the datagrams that keep the way to them open.
public sealed partial class EdgeWorker
{
    // The device is who it says to be: its REGISTER goes to the registrar, which answers through the desk.
    private void Register(ServerTransaction transaction, GatewayId registrant)
    {
        var (command, refusal) = RegisterReader.Read(
            transaction.Request, registrant, SourceOf(transaction.Remote).Text, _configuration.Current);
        if (_draining) refusal = RegisterRefusal.Unavailable;
        if (refusal is not null)
        {
            RegistrarMetrics.CountAnswer(refusal.Status);
            _layer.Respond(
                transaction, refusal.Status, Encoding.ASCII.GetBytes(refusal.Phrase), default, RegisterAnswer.Headers(refusal.Status, 0));
            return;
        }

        _nodes.RegisterDesk.Tell(new RegisterDesk.Take(Remember(transaction, default, LegId.A), command!), _nodes.Self);
    }

    private void SendKeepAlives(KeepAliveActor.Datagrams keepAlives)
    {
        foreach (var remote in keepAlives.Remotes)
            if (SipEndPoint.TryParse(remote, out var endPoint)) _send.Add(endPoint, keepAlives.Payload);
    }
}
