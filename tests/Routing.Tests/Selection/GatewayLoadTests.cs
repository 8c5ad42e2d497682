using Tandem.Routing.Selection;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Shared.Gateways;

namespace Tandem.Routing.Tests.Selection;

public sealed class GatewayLoadTests
{
    private static readonly LeaseKey Lease = new(default, 1);

    [Fact]
    public void Keeps_what_replies_say_and_counts_own_releases_down_to_zero()
    {
        var load = new GatewayLoad();
        var vendor = GatewayId.Routing("v");
        Assert.Equal((0, 0L), load.Read("v"));
        load.Granted(new GatewayReplies.Granted(vendor, Lease, 1, 2, 40));
        Assert.Equal((2, 40L), load.Read("v"));
        load.Refused(new GatewayReplies.Refused(vendor, Lease, new CallRejection(EndReason.AllGatewayBusy, ""), 1));
        Assert.Equal((1, 40L), load.Read("v"));
        load.Released(vendor);
        load.Released(vendor);
        Assert.Equal((0, 40L), load.Read("v"));
    }

    [Fact]
    public void A_mapping_gateway_of_the_same_name_is_another_gateway()
    {
        var load = new GatewayLoad();
        load.Granted(new GatewayReplies.Granted(GatewayId.Mapping("v"), Lease, 1, 2, 40));
        Assert.Equal((0, 0L), load.Read("v"));
    }
}
