using System.Diagnostics.Metrics;

namespace Tandem.Edge.Registrar;

/// <summary>Counters of the registrar (meter <c>Tandem.Registrar</c>).</summary>
internal static class RegistrarMetrics
{
    private static readonly Meter Meter = new("Tandem.Registrar");

    private static readonly Counter<long> Answers =
        Meter.CreateCounter<long>("tandem_registrar_answers_total", description: "REGISTER requests by final status.");

    private static readonly Counter<long> Dropped =
        Meter.CreateCounter<long>("tandem_registrar_dropped_total", description: "Requests dropped since too many waited.");

    private static readonly Counter<long> KeepAlives =
        Meter.CreateCounter<long>("tandem_registrar_keep_alives_total", description: "Keep-alive datagrams to devices behind a NAT.");

    public static void CountAnswer(int status) => Answers.Add(1, new KeyValuePair<string, object?>("status", status));

    public static void CountDropped() => Dropped.Add(1);

    public static void CountKeepAlives(int count) => KeepAlives.Add(count);
}
