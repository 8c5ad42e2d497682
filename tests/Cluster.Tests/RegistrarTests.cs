using System.Net;
using Tandem.Shared.Configuration;
using Tandem.TestSupport;

namespace Tandem.Cluster.Tests;

/// <summary>Phones of a cluster: registered at one node, called through another, and still known when that node is dead.</summary>
public sealed class RegistrarTests(ThreeNodes cluster) : IClassFixture<ThreeNodes>
{
    [Fact]
    public async Task A_phone_is_called_through_any_node_and_its_contact_survives_the_node_that_it_registered_at()
    {
        await cluster.ConfigureAsync(cluster.Configuration with
        {
            Phones = [new PhoneConfiguration { E164 = "1001", Account = "customer", Password = "secret" }],
            SystemParameters = cluster.Configuration.SystemParameters.SetItem("SS_SIP_DIGEST_ALGORITHM", "md5"),
        });
        var phone = Loopback.NextEndPoint();
        (await Sipp.CallAsync(new SippOptions
        {
            Scenario = "uac_register",
            Local = new IPEndPoint(phone.Address, 5090),
            Remote = cluster.Nodes[2].Sip,
            Callee = "1001",
            Extra = ["-key", "contact", $"<sip:1001@{phone}>", "-key", "expires", "600", "-au", "1001", "-ap", "secret"],
        })).ShouldAllSucceed(1);
        await using var callee = await Sipp.StartAsync(new SippOptions { Scenario = "uas_answer", Local = phone, Calls = 0 });

        (await Sipp.CallAsync(cluster.Caller(0, "uac_call", 2, rate: 10) with { Callee = "1001" })).ShouldAllSucceed(2);
        (await Sipp.CallAsync(cluster.Caller(1, "uac_call", 2, rate: 10) with { Callee = "1001" })).ShouldAllSucceed(2);

        await cluster.Nodes[2].KillAsync();
        Assert.Single((await cluster.Rest[0].GetAsync("bindings")).GetProperty("items").EnumerateArray());
        await Eventually.HoldsAsync(
            async () => (await Sipp.CallAsync(
                cluster.Caller(0, "uac_call", 1, rate: 10) with { Callee = "1001", Timeout = TimeSpan.FromSeconds(15) })).Successful == 1,
            TimeSpan.FromSeconds(60), () => "the phone is called after the death of the node that it registered at");
    }
}
