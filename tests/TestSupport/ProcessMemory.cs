using System.Globalization;

namespace Tandem.TestSupport;

/// <summary>Memory of another process as the kernel counts it (Linux).</summary>
public static class ProcessMemory
{
    /// <summary>Megabytes that it holds now.</summary>
    public static int ResidentMegabytes(int process) => Read(process, "VmRSS:");

    /// <summary>Megabytes that it held at most.</summary>
    public static int PeakMegabytes(int process) => Read(process, "VmHWM:");

    private static int Read(int process, string name)
    {
        var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status"))
            .First(l => l.StartsWith(name, StringComparison.Ordinal));
        return int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
