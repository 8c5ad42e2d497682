using System.Globalization;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Authentication;

/// <summary>The tools that scan the internet for switches with weak passwords, against one that has a weak password.</summary>
public sealed class SipviciousTests(GuardedSwitch guarded) : IClassFixture<GuardedSwitch>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string[] Numbers =
        [.. Enumerable.Range(990, 30).Select(n => n.ToString(CultureInfo.InvariantCulture))];

    [Fact]
    public async Task Finds_no_switch_no_phone_and_no_password_and_is_counted()
    {
        // As they come: known by their User-Agent, dropped, suspended.
        var address = Loopback.NextAddress().ToString();
        var map = await RunAsync("svmap", "-b", address, guarded.Node.Sip.Address.ToString());
        Assert.DoesNotContain(guarded.Node.Sip.ToString(), map, StringComparison.Ordinal);
        Assert.InRange(await guarded.CountAsync("scanner"), 1, long.MaxValue);

        // Disguised: strangers see the same for each number, and guessing suspends.
        await guarded.Rest.PutAsync("system-parameters/SS_SIP_SCANNER_USER_AGENTS", new { value = "sipcli" });
        var war = await RunAsync("svwar", "--force", "-b", Loopback.NextAddress().ToString(), "-d", Dictionary(), guarded.Node.Sip.Address.ToString());
        Assert.Equal(0, NumbersFoundApart(war));
        var crack = await RunAsync(
            "svcrack", "-b", Loopback.NextAddress().ToString(), "-u", "1001", "-d", Dictionary(), guarded.Node.Sip.Address.ToString());
        Assert.DoesNotContain("| 1001", crack, StringComparison.Ordinal);
        Assert.Equal(GuardedSwitch.MaxRetry, await guarded.CountAsync("wrongCredentials"));
        Assert.InRange(await guarded.CountAsync("suspended"), 1, long.MaxValue);
    }

    // svwar lists a number that is answered otherwise than the rest. When it lists all alike it has found nothing.
    private static int NumbersFoundApart(string output)
    {
        var found = Numbers.Count(n => output.Contains($"| {n} ", StringComparison.Ordinal));
        return found == Numbers.Length ? 0 : found;
    }

    private static string Dictionary()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("tandem-sipvicious-").FullName, "dictionary.txt");
        File.WriteAllLines(file, Numbers);
        return file;
    }

    private static async Task<string> RunAsync(string tool, params string[] arguments)
    {
        var home = Directory.CreateTempSubdirectory("tandem-sipvicious-").FullName; // It keeps sessions there.
        await using var process = ChildProcess.Start(tool, arguments, home, new Dictionary<string, string> { ["HOME"] = home });
        if (!await process.WaitForExitAsync(Patience)) await process.KillAsync();
        return process.Output;
    }
}
