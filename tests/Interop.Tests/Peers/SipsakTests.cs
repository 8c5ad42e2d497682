using Tandem.Interop.Tests.Calls;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Peers;

/// <summary>sipsak, which many operators watch their switches with.</summary>
[Collection(SharedSwitch.Name)]
public sealed class SipsakTests(SwitchFixture @switch)
{
    [Fact]
    public async Task Its_OPTIONS_get_200_with_Allow_and_Accept()
    {
        var (code, output) = await RunAsync("-vv", "-s", $"sip:{@switch.Node.Sip}");

        Assert.True(code == 0, output);
        Assert.Contains("SIP/2.0 200 OK", output, StringComparison.Ordinal);
        Assert.Contains("\nAllow: INVITE, ", output, StringComparison.Ordinal);
        Assert.Contains("\nAccept: application/sdp", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_check_for_Nagios_says_that_all_is_well()
    {
        var (code, output) = await RunAsync("-N", "-v", "-s", $"sip:{@switch.Node.Sip}");

        Assert.True(code == 0, output);
    }

    [Fact]
    public async Task Its_flood_is_answered_and_the_next_OPTIONS_too()
    {
        var (_, output) = await RunAsync("-F", "-e", "2000", "-s", $"sip:{@switch.Node.Sip}");
        Assert.Contains("flood end reached", output, StringComparison.Ordinal);

        var (code, after) = await RunAsync("-v", "-s", $"sip:{@switch.Node.Sip}");

        Assert.True(code == 0, after);
    }

    // Its random mode: ten characters of an OPTIONS overwritten, other ones each time.
    [Fact]
    public async Task Its_trashed_requests_do_no_harm()
    {
        for (var i = 0; i < 20; i++)
        {
            await using var sipsak = ChildProcess.Start("sipsak", ["-R", "-t", "10", "-s", $"sip:{@switch.Node.Sip}"]);
            await sipsak.WaitForExitAsync(TimeSpan.FromMilliseconds(100)); // It waits long for what deserves no answer.
        }

        var (code, after) = await RunAsync("-v", "-s", $"sip:{@switch.Node.Sip}");

        Assert.True(code == 0, after);
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        await using var sipsak = ChildProcess.Start("sipsak", arguments);
        if (!await sipsak.WaitForExitAsync(TimeSpan.FromSeconds(15))) throw new TimeoutException(sipsak.Output);
        return (sipsak.ExitCode, sipsak.Output);
    }
}
