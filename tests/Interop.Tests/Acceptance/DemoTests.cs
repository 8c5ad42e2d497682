using Tandem.Shared.Configuration;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Acceptance;

/// <summary>What a newcomer runs first.</summary>
public sealed class DemoTests
{
    [Fact]
    public async Task The_demonstration_places_calls_shows_them_and_ends_well()
    {
        var directory = Path.Combine(AppContext.BaseDirectory, "tandem.dll");
        await using var demo = ChildProcess.Start("dotnet", [directory, "demo", "--calls", "6"]);
        await demo.WaitForExitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(0, demo.ExitCode);
        foreach (var text in (string[])["copper > silver", "gold", "InsufficientBalance", "NoAvailableRouter", "0.0120", "What to try next"])
            Assert.Contains(text, demo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_example_configuration_is_valid()
    {
        var reading = ConfigurationReader.ReadFile(Path.Combine(RepositoryRoot.Path, "docs", "examples", "switch.yaml"));
        Assert.Empty(reading.Errors);
    }
}
