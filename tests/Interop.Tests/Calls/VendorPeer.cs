using Tandem.Shared.Configuration;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Calls;

/// <summary>A vendor of one test: how it behaves, and how its gateway is configured.</summary>
/// <param name="Scenario">What its sipp does.</param>
public sealed record VendorPeer(string Scenario)
{
    /// <summary>The final status of a vendor that refuses.</summary>
    public int Status { get; init; }

    /// <summary>Length of the scenario's pause.</summary>
    public TimeSpan Hold { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Share of its packets that are lost, in percent.</summary>
    public int LossPercent { get; init; }

    /// <summary>Changes of the gateway.</summary>
    public Func<RoutingGatewayConfiguration, RoutingGatewayConfiguration> Gateway { get; init; } = g => g;

    /// <summary>A vendor who refuses at once.</summary>
    public static VendorPeer Refusing(int status) => new("uas_reject") { Status = status };

    /// <summary>A vendor who answers, and waits for the caller to end.</summary>
    public static VendorPeer Answering { get; } = new("uas_answer");

    /// <summary>A vendor that the test plays by itself, datagram by datagram.</summary>
    public static VendorPeer Played { get; } = new("");

    internal SippOptions Options(System.Net.IPEndPoint local) => new()
    {
        Scenario = Scenario,
        Local = local,
        Calls = 0,
        Status = Status,
        Hold = Hold,
        LossPercent = LossPercent,
        Timeout = TimeSpan.FromMinutes(3),
    };
}
