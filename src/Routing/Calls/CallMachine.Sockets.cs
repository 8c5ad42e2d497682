using Tandem.Shared;
using Tandem.Shared.Gateways;

namespace Tandem.Routing.Calls;

// From which of the edge's sockets a leg's requests go.
public sealed partial class CallMachine
{
    /// <summary>
    /// The local socket that requests of a leg must leave from, and the gateway whose TLS settings count; empty for the
    /// caller, who is reached the way that it came.
    /// </summary>
    public (string Local, string Gateway) SocketOf(LegId leg) =>
        _attempts.Find(a => a.Leg.Id == leg)?.Gateway is { } gateway
            ? (GatewayTarget.LocalOf(gateway), gateway.Name)
            : ("", "");
}
