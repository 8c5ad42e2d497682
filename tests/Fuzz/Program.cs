using SharpFuzz;

namespace Tandem.Fuzz;

/// <summary>What afl-fuzz starts (scripts/fuzz.sh): one target, fed again and again in this process. Ends with afl.</summary>
internal static class Program
{
    // Of processor time, all threads: what else runs on the machine makes no hang. afl's own, longer limit catches what never ends.
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(1);

    private static int Main(string[] args)
    {
        if (args is ["--seeds", var seeded, var folder])
        {
            var inputs = Corpus.Of(seeded);
            for (var i = 0; i < inputs.Count; i++) File.WriteAllBytes(Path.Combine(folder, $"seed-{i:d4}"), inputs[i]);
            return 0;
        }

        if (args is not [var name] || !FuzzTargets.All.TryGetValue(name, out var target))
        {
            Console.Error.WriteLine($"Usage: Tandem.Fuzz TARGET, with one of {string.Join(", ", FuzzTargets.All.Keys)}");
            return 2;
        }

        Fuzzer.Run(stream =>
        {
            using var input = new MemoryStream();
            stream.CopyTo(input);
            var before = Environment.CpuUsage.TotalTime;
            target(input.ToArray());
            if (Environment.CpuUsage.TotalTime - before > s_longest) throw new BrokenPromiseException("an input takes no second");
        });
        return 0;
    }
}
