using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Tandem.Shared;
using Tandem.Shared.Calls;

namespace Tandem.Routing.Gateways;

/// <summary>The figures of this node's gateway actors under the meter <c>Tandem.Routing</c>. One per node.</summary>
public sealed class GatewayMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Tandem.Routing";

    /// <summary>Cause under which requests after their deadline are counted.</summary>
    public const string LateCause = "Late";

    private readonly Meter _meter = new(MeterName);
    private readonly ConcurrentDictionary<string, Figures> _gateways = new(StringComparer.Ordinal);
    private readonly Counter<long> _refused;
    private readonly Counter<long> _drift;
    private readonly Counter<long> _adopted;

    /// <summary>Creates the instruments.</summary>
    public GatewayMetrics()
    {
        _meter.CreateObservableGauge("tandem_gateway_lines_in_use", Observe, null, "Lines in use by gateway.");
        _refused = _meter.CreateCounter<long>("tandem_gateway_refused_total", null, "Requests for a line refused, by cause.");
        _drift = _meter.CreateCounter<long>("tandem_gateway_drift_total", null, "Lines reclaimed whose call was gone.");
        _adopted = _meter.CreateCounter<long>("tandem_gateway_adopted_total", null, "Lines taken over from a node's list.");
    }

    /// <summary>Starts counting for one gateway; its owner ends it.</summary>
    public Figures Start(GatewayId id)
    {
        var figures = new Figures(this, id.ToString());
        _gateways[figures.Gateway] = figures;
        return figures;
    }

    /// <inheritdoc />
    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<int>> Observe()
    {
        foreach (var (gateway, figures) in _gateways)
            yield return new Measurement<int>(figures.LinesInUse, new KeyValuePair<string, object?>("gateway", gateway));
    }

    /// <summary>The figures of one gateway; written by its owner only.</summary>
    public sealed class Figures
    {
        private readonly GatewayMetrics _metrics;
        private int _linesInUse;

        internal Figures(GatewayMetrics metrics, string gateway) => (_metrics, Gateway) = (metrics, gateway);

        /// <summary>Text form of the gateway's identity.</summary>
        public string Gateway { get; }

        /// <summary>Lines in use now.</summary>
        public int LinesInUse
        {
            get => Volatile.Read(ref _linesInUse);
            set => Volatile.Write(ref _linesInUse, value);
        }

        /// <summary>A request was refused.</summary>
        public void Refused(EndReason reason) => Refused(reason.Info().Name);

        /// <summary>A request came after its deadline.</summary>
        public void Late() => Refused(LateCause);

        /// <summary>Leases were reclaimed whose call was gone.</summary>
        public void Drift(long count) =>
            _metrics._drift.Add(count, new KeyValuePair<string, object?>("gateway", Gateway));

        /// <summary>Leases were taken over from a node's list.</summary>
        public void Adopted(long count) =>
            _metrics._adopted.Add(count, new KeyValuePair<string, object?>("gateway", Gateway));

        /// <summary>The owner ends; a newer owner's figures stay.</summary>
        public void End() => _metrics._gateways.TryRemove(new KeyValuePair<string, Figures>(Gateway, this));

        private void Refused(string cause) => _metrics._refused.Add(
            1,
            new KeyValuePair<string, object?>("gateway", Gateway),
            new KeyValuePair<string, object?>("cause", cause));
    }
}
