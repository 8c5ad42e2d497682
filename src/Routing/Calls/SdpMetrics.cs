using System.Diagnostics.Metrics;
using Tandem.Routing.Gateways;

namespace Tandem.Routing.Calls;

/// <summary>Figures of session descriptions on their way through this process.</summary>
public static class SdpMetrics
{
    private static readonly Meter Meter = new(GatewayMetrics.MeterName);

    /// <summary>Calls with a description that could not be read and was carried as it came.</summary>
    public static Counter<long> Malformed { get; } = Meter.CreateCounter<long>(
        "tandem_sdp_malformed_total", null, "Calls with a session description that could not be read.");
}
