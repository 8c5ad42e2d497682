using System.Net;
using Tandem.Shared.Configuration;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Authentication;

/// <summary>
/// One switch for a test class: a trunk that needs its password, a phone whose password is its number, a vendor that answers.
/// Three failures suspend for three seconds. Each test has addresses of its own, so none suspends another's.
/// </summary>
public sealed class GuardedSwitch : IAsyncLifetime
{
    public const int MaxRetry = 3;

    public NodeProcess Node { get; private set; } = null!; // Set by InitializeAsync, as the next two.

    public RestClient Rest { get; private set; } = null!;

    public Sipp Vendor { get; private set; } = null!;

    /// <summary>The only address of the trunk.</summary>
    public IPEndPoint Trunk { get; } = Loopback.NextEndPoint();

    public async Task InitializeAsync()
    {
        var vendor = Loopback.NextEndPoint();
        var configuration = TestConfiguration.WithPrices()
            .Customer("trunk", new IPEndPoint(Trunk.Address, 0), gateway: g => g with
            {
                Password = "s3cret",
                SipAuthenticationMethod = SourceAuthentication.Password,
                SipAuthenticationUser = "user",
            })
            .Vendor("vendor", vendor)
            .Parameter("SS_AUTHENTICATION_MAX_RETRY", MaxRetry)
            .Parameter("SS_AUTHENTICATION_FAILED_SUSPEND", 3)
            .Parameter("SS_SIP_NONCE_EXPIRE", 5)
            .Parameter("SS_SIP_DIGEST_ALGORITHM", "md5") // sipp reads one challenge only, and knows no other.
            .Change(c => c with { Phones = [new() { E164 = "1001", Account = "trunk", Password = "1001" }] });
        Node = await NodeProcess.StartAsync(new NodeOptions { Configuration = configuration.Build() });
        Rest = Node.CreateRestClient();
        Vendor = await Sipp.StartAsync(new SippOptions { Scenario = "uas_answer", Local = vendor, Calls = 0 });
    }

    public async Task DisposeAsync()
    {
        if (Vendor is not null) await Vendor.DisposeAsync();
        Rest?.Dispose();
        if (Node is not null) await Node.DisposeAsync();
    }

    /// <summary>A sipp that answers the challenge.</summary>
    public Task<SippResult> CallAsync(
        IPEndPoint from, string user, string password, int status = 200, int calls = 1, TimeSpan? hold = null) => Sipp.CallAsync(new SippOptions
        {
            Scenario = status == 200 ? "uac_auth" : "uac_auth_refused",
            Status = status == 200 ? 0 : status,
            Local = from,
            Remote = Node.Sip,
            Caller = user,
            Calls = calls,
            Hold = hold ?? TimeSpan.FromMilliseconds(100),
            Extra = ["-au", user, "-ap", password],
        });

    /// <summary>A sipp that must be refused before any challenge.</summary>
    public Task<SippResult> RefusedAsync(IPEndPoint from, int status) => Sipp.CallAsync(new SippOptions
    {
        Scenario = "uac_expect_final",
        Status = status,
        Local = from,
        Remote = Node.Sip,
    });

    public async Task<long> CountAsync(string cause) =>
        (await Rest.GetAsync("sip/statistics")).GetProperty("refused").GetProperty(cause).GetInt64();

    public async Task<IReadOnlyList<string>> SuspendedAsync() =>
        [.. (await Rest.AllAsync("suspended-sources")).Select(e => e.GetProperty("source").GetString()!)];
}
