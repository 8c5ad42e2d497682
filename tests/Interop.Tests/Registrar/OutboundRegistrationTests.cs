using System.Net;
using System.Text.Json;
using Tandem.Interop.Tests.Calls;
using Tandem.Shared.Configuration;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Registrar;

/// <summary>The switch as a user agent of a carrier: sipp is the carrier's registrar and the callee behind it.</summary>
public sealed class OutboundRegistrationTests
{
    [Fact]
    public async Task Registers_with_credentials_and_refreshes_in_time()
    {
        var carrier = Loopback.NextEndPoint();
        await using var registrar = await Sipp.StartAsync(new SippOptions { Scenario = "uas_registrar", Local = carrier, Calls = 1 });
        await using var node = await NodeProcess.StartAsync(new NodeOptions { Configuration = Configuration(carrier).Build() });
        using var rest = node.CreateRestClient();
        var state = default(JsonElement);
        await Eventually.HoldsAsync(
            async () => (state = await rest.GetAsync("registrations/carrier/state")).GetProperty("expiresAt").ValueKind
                == JsonValueKind.String && (await RefreshesAsync(rest)) > TimeSpan.FromMinutes(5),
            TimeSpan.FromSeconds(20), () => "the refresh has been granted 600 s: " + state);
    }

    [Fact]
    public async Task A_gateway_gets_calls_only_while_its_registration_holds()
    {
        var (carrier, customer) = (Loopback.NextEndPoint(), Loopback.NextEndPoint());
        using var peer = new RawPeer(carrier);
        await using var node = await NodeProcess.StartAsync(new NodeOptions
        {
            Configuration = Configuration(carrier)
                .Customer("customer", new IPEndPoint(customer.Address, 0))
                .Parameter("SS_SIP_USER_AGENT_RETRY_DELAY", "5")
                .Change(c => c with
                {
                    RoutingGateways =
                    [
                        new RoutingGatewayConfiguration
                        {
                            Name = "via-carrier", RegisterType = RegisterType.Registration, Registration = "carrier",
                        },
                    ],
                }).Build(),
        });
        using var rest = node.CreateRestClient();

        // Refused first: no calls, and the state says why.
        var register = await peer.ReceiveAsync("REGISTER");
        peer.Send(Answer(register, "403 Forbidden"));
        await Eventually.HoldsAsync(
            async () => (await rest.GetAsync("registrations/carrier/state")).GetProperty("sipStatus").GetInt32() == 403,
            TimeSpan.FromSeconds(10), () => "the refusal is shown");
        var caller = new SippOptions
        {
            Scenario = "uac_expect_final",
            Local = customer,
            Remote = node.Sip,
            Callee = "4930123456",
            Status = 503,
        };
        (await Sipp.CallAsync(caller)).ShouldAllSucceed(1);

        // Granted after the delay: the INVITE goes to the registrar's server, from the registration's user.
        var refused = register.Header("CSeq");
        register = await peer.ReceiveAsync(m => m.StartLine.StartsWith("REGISTER ", StringComparison.Ordinal) && m.Header("CSeq") != refused);
        peer.Send(Answer(register, "200 OK", "Expires: 600\r\n"));
        await Eventually.HoldsAsync(
            async () => (await rest.GetAsync("registrations/carrier/state")).GetProperty("status").GetString() == "registered",
            TimeSpan.FromSeconds(10), () => "registered");
        await using var calling = await Sipp.StartAsync(caller with { Status = 486 });
        var invite = await peer.ReceiveAsync("INVITE");
        Assert.StartsWith("INVITE sip:4930123456@carrier.example.com SIP/2.0", invite.StartLine, StringComparison.Ordinal);
        Assert.Contains("<sip:trunk7@carrier.example.com>", invite.Header("From"), StringComparison.Ordinal);
        peer.Send(Answer(invite, "486 Busy Here"));
        (await calling.Completion.WaitAsync(TimeSpan.FromSeconds(10))).ShouldAllSucceed(1);
    }

    private static async Task<TimeSpan> RefreshesAsync(RestClient rest)
    {
        var state = await rest.GetAsync("registrations/carrier/state");
        return state.GetProperty("expiresAt").GetDateTimeOffset() - TimeProvider.System.GetUtcNow();
    }

    private static TestConfiguration Configuration(IPEndPoint carrier) => TestConfiguration.WithPrices().Change(c => c with
    {
        Registrations =
        [
            new RegistrationConfiguration
            {
                Name = "carrier", Username = "trunk7", AuthenticationName = "auth7", Password = "secret",
                ServerIp = carrier.Address.ToString(), SignalPort = carrier.Port, HostName = "carrier.example.com",
            },
        ],
    });

    private static string Answer(RawMessage request, string status, string headers = "") =>
        $"SIP/2.0 {status}\r\n{request.Lines("Via")}{request.Lines("From")}To: {request.Header("To")};tag=c\r\n"
        + $"{request.Lines("Call-ID")}{request.Lines("CSeq")}{headers}";
}
