using System.Globalization;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Authentication;

/// <summary>The tools that scan the internet for switches with weak passwords, against one that has a weak password.</summary>
public sealed class SipviciousTests
{
    private const int MaxRetry = 3;

    // A cracker that nothing stops is through in less than a second; one that is suspended asks for ever.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private static readonly string[] Numbers =
        [.. Enumerable.Range(990, 30).Select(n => n.ToString(CultureInfo.InvariantCulture))];

    [Fact]
    public async Task Finds_no_switch_no_phone_and_no_password_and_is_counted()
    {
        var configuration = TestConfiguration.WithPrices()
            .Customer("trunk", Loopback.NextEndPoint())
            .Parameter("SS_AUTHENTICATION_MAX_RETRY", MaxRetry)
            .Parameter("SS_AUTHENTICATION_FAILED_SUSPEND", 600)
            .Parameter("SS_SIP_DIGEST_ALGORITHM", "md5") // The tools know no other.
            .Change(c => c with { Phones = [new() { E164 = "1001", Account = "trunk", Password = "1001" }] });
        await using var node = await NodeProcess.StartAsync(new NodeOptions { Configuration = configuration.Build() });
        using var rest = node.CreateRestClient();
        var target = node.Sip.Address.ToString();

        // As they come: known by their User-Agent, and dropped.
        var map = await RunAsync("svmap", target);
        Assert.Contains("found nothing", map, StringComparison.Ordinal);
        Assert.InRange(await CountAsync("scanner"), 1, long.MaxValue);

        // Disguised: strangers see the same for each number, and guessing suspends.
        await rest.PutAsync("system-parameters/SS_SIP_SCANNER_USER_AGENTS", new { value = "sipcli" });
        var war = await RunAsync("svwar", "--force", "-d", Dictionary(), target);
        Assert.Contains("found nothing", war, StringComparison.Ordinal);
        Assert.InRange(await CountAsync("challenged"), 1, long.MaxValue);
        var crack = await RunAsync("svcrack", "-v", "-u", "1001", "-d", Dictionary(), target);
        Assert.DoesNotContain("The password for 1001 is", crack, StringComparison.Ordinal);
        Assert.InRange(await CountAsync("wrongCredentials"), 1, MaxRetry); // The scan before counts, too.
        Assert.InRange(await CountAsync("suspended"), 1, long.MaxValue);

        async Task<long> CountAsync(string cause) =>
            (await rest.GetAsync("sip/statistics")).GetProperty("refused").GetProperty(cause).GetInt64();
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
