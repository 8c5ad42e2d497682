using System.Text;
using Tandem.Edge.Authentication;
using Tandem.Edge.Registrar;
using Tandem.Shared;
using Tandem.Shared.Configuration;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;

namespace Tandem.Edge;

// REGISTER of authenticated devices, and the datagrams that keep the way to them open.
public sealed partial class EdgeWorker
{
    // The device is who it says to be: its REGISTER goes to the registrar, which answers through the desk.
    private void Register(ServerTransaction transaction)
    {
        if (RegistrantOf(_source) is not { } registrant)
        {
            RegistrarMetrics.CountAnswer(RegisterRefusal.NotDynamic.Status);
            _layer.Respond(transaction, RegisterRefusal.NotDynamic.Status, Encoding.ASCII.GetBytes(RegisterRefusal.NotDynamic.Phrase));
            return;
        }

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

    // Whose contacts they are: a phone's or a vendor's get calls, a customer's are shown only.
    private static GatewayId? RegistrantOf(SourceIdentity? source) => source switch
    {
        { Routing: { RegisterType: RegisterType.Dynamic } routing } => GatewayId.Routing(routing.Name),
        { Mapping: { RegisterType: RegisterType.Dynamic } mapping } => PhoneGateways.IsPhone(mapping.Name)
            ? GatewayId.Routing(mapping.Name)
            : GatewayId.Mapping(mapping.Name),
        _ => null,
    };

    private void SendKeepAlives(KeepAliveActor.Datagrams keepAlives)
    {
        foreach (var remote in keepAlives.Remotes)
            if (SipEndPoint.TryParse(remote, out var endPoint)) _sink.Send(endPoint, keepAlives.Payload);
    }
}
