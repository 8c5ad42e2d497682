using System.Globalization;
using System.Net;
using System.Text.Json;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using Perfolizer.Mathematics.OutlierDetection;

namespace Tandem.SipBench;

/// <summary>
/// <c>messages</c> measures parsing and writing and ends with one line of JSON; <c>options</c> floods a switch and does the
/// same; anything else goes to BenchmarkDotNet, which measures in processes of its own and takes minutes.
/// </summary>
internal static class Program
{
    private static int Main(string[] args) => args switch
    {
        ["messages", .. var rest] => Messages(quiet: rest.Contains("--quiet")),
        ["options", .. var rest] => Options(rest),
        _ => Switch(args),
    };

    private static int Switch(string[] args)
    {
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
    }

    private static int Messages(bool quiet)
    {
        WarmUp();

        // In this process, so that a run takes seconds. The median of many rounds of 50 µs is steady on a machine that others
        // use, too: nearly none of them is interrupted.
        var job = Job.Default
            .WithToolchain(InProcessNoEmitToolchain.Instance)
            .WithWarmupCount(5_000)
            .WithInvocationCount(64)
            .WithUnrollFactor(16)
            .WithIterationCount(5_000)
            .WithGcForce(false)
            .WithOutlierMode(OutlierMode.DontRemove);
        var configuration = ManualConfig.CreateEmpty()
            .AddJob(job)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddColumn(StatisticColumn.Median, StatisticColumn.Min)
            .AddLogger(quiet ? NullLogger.Instance : new ConsoleLogger())
            .WithOptions(ConfigOptions.DisableLogFile)
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "tandem-sip-bench"));
        var summary = BenchmarkRunner.Run<MessageBenchmarks>(configuration);
        var figures = new SortedDictionary<string, object>(StringComparer.Ordinal);
        foreach (var report in summary.Reports)
        {
            if (report.ResultStatistics is not { } statistics) return 1;
            var name = report.BenchmarkCase.Descriptor.WorkloadMethod.Name;
            name = char.ToLowerInvariant(name[0]) + name[1..];
            figures[name + "Ns"] = Math.Round(statistics.Median, 1);
            figures[name + "NsMin"] = Math.Round(statistics.Min, 1);
            figures[name + "NsSpread"] = Math.Round(statistics.Percentiles.P67 - statistics.Percentiles.P25, 1);
            figures[name + "Bytes"] = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0;
        }

        Console.WriteLine(JsonSerializer.Serialize(figures));
        return 0;
    }

    // The runtime compiles the hot path anew from its counters for a second or two; the first benchmark would measure that.
    private static void WarmUp()
    {
        var messages = new MessageBenchmarks();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (watch.Elapsed < TimeSpan.FromSeconds(4))
        {
            messages.ParseInvite();
            messages.RewriteInvite();
            messages.ParseOk();
            messages.AnswerInvite();
        }
    }

    private static int Options(string[] args)
    {
        IPEndPoint? target = null;
        var from = IPAddress.Loopback;
        var (seconds, rounds, window, warm) = (2.0, 5, 256, 3.0);
        for (var i = 0; i + 1 < args.Length; i += 2)
        {
            var value = args[i + 1];
            switch (args[i])
            {
                case "--target": target = IPEndPoint.Parse(value); break;
                case "--from": from = IPAddress.Parse(value); break;
                case "--seconds": seconds = double.Parse(value, CultureInfo.InvariantCulture); break;
                case "--warm": warm = double.Parse(value, CultureInfo.InvariantCulture); break;
                case "--rounds": rounds = int.Parse(value, CultureInfo.InvariantCulture); break;
                case "--window": window = int.Parse(value, CultureInfo.InvariantCulture); break;
                default: target = null; i = args.Length; break;
            }
        }

        if (target is null)
        {
            Console.Error.WriteLine(
                "options --target IP:PORT [--from IP] [--seconds S] [--rounds N] [--window N] [--warm S]");
            return 2;
        }

        using var flood = new OptionsFlood(target, from);
        flood.Run(TimeSpan.FromSeconds(warm), window);
        var results = new List<OptionsFlood.Result>();
        for (var i = 0; i < rounds; i++) results.Add(flood.Run(TimeSpan.FromSeconds(seconds), window));
        var sorted = results.Select(r => r.PerSecond).Order().ToList();
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            optionsPerSecond = Math.Round(sorted[sorted.Count / 2]),
            optionsPerSecondMin = Math.Round(sorted[0]),
            optionsPerSecondMax = Math.Round(sorted[^1]),
            optionsRefused = results.Sum(r => r.Refused),
            optionsLost = results.Sum(r => r.Lost),
        }));
        return 0;
    }
}
