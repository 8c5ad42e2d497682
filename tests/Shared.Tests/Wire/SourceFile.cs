using System.Runtime.CompilerServices;

namespace Tandem.Shared.Tests.Wire;

/// <summary>
/// A text file beside these tests that remembers what once was. With TANDEM_ACCEPT=1 the tests append what is new; nothing
/// ever changes or removes a line but a person who knows why.
/// </summary>
internal static class SourceFile
{
    public static bool Accepts => Environment.GetEnvironmentVariable("TANDEM_ACCEPT") == "1";

    public static string[] Lines(string name) => File.Exists(PathOf(name)) ? File.ReadAllLines(PathOf(name)) : [];

    public static void Append(string name, IEnumerable<string> lines) => File.AppendAllLines(PathOf(name), lines);

    private static string PathOf(string name, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, name);
}
