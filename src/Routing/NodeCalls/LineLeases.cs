using Tandem.Shared;
using Tandem.Shared.Leases;

namespace Tandem.Routing.NodeCalls;

/// <summary>
/// How call actors write the lines of gateways into this node's list of held leases, so that an owner that reads the list
/// knows a line in use from a question under way. One per node, beside the list.
/// </summary>
/// <remarks>
/// Order for each line: <see cref="Asking"/>, then send the request, then <see cref="Held"/> when it is granted or
/// <see cref="Gone"/> when it is refused or its deadline has passed; and <see cref="Gone"/> once the line is given back. So the
/// list is never short of a line that a call uses. A call that gives up an unanswered request, or is granted a line that it
/// no longer wants, also sends a release: the gateway may have granted it. The whole switch has no lines and is not listed.
/// </remarks>
public sealed class LineLeases(HeldLeases leases)
{
    /// <summary>In the place of the amount: the line is asked for and not granted yet. A line that is held has 0.</summary>
    public const long AskingAmount = -1;

    /// <summary>Before the request is sent.</summary>
    public void Asking(GatewayId gateway, LeaseKey lease) => leases.Add(gateway.ToString(), lease, AskingAmount);

    /// <summary>The line was granted.</summary>
    public void Held(GatewayId gateway, LeaseKey lease) => leases.Add(gateway.ToString(), lease, 0);

    /// <summary>The line was refused, or given back.</summary>
    public void Gone(GatewayId gateway, LeaseKey lease) => leases.Remove(gateway.ToString(), lease);
}
