using System.Globalization;
using System.Net;
using System.Text.Json;
using Tandem.Interop.Tests.Calls;
using Tandem.Shared.Configuration;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Registrar;

/// <summary>sipp and hand-made datagrams as phones that register with digest and are called; one node for all.</summary>
public sealed class PhoneTests(PhoneTests.PhoneSwitch phones) : IClassFixture<PhoneTests.PhoneSwitch>
{
    [Fact]
    public async Task A_phone_registers_with_digest_and_is_called_at_its_contact()
    {
        var phone = Loopback.NextEndPoint();
        await phones.RegisterAsync("1001", $"<sip:1001@{phone}>", from: phone.Address);
        var binding = Assert.Single(await phones.BindingsAsync("1001"));
        Assert.Equal($"sip:1001@{phone}", binding.GetProperty("contact").GetString());
        Assert.Equal("sipp", binding.GetProperty("userAgent").GetString());

        await using var callee = await Answer(phone);
        (await Sipp.CallAsync(phones.Caller("uac_call", "1001"))).ShouldAllSucceed(1);
        var seen = await callee.StopAsync();
        Assert.Contains(seen.Messages, m => m.StartLine == $"INVITE sip:1001@{phone} SIP/2.0");
        var record = await phones.RecordAsync("1001");
        Assert.Equal(("phone:1001", 0.06m), (
            record.GetProperty("routingGateway").GetString(), record.GetProperty("fee").GetProperty("amount").GetDecimal()));
    }

    [Fact]
    public async Task A_DID_rings_the_phone()
    {
        var phone = Loopback.NextEndPoint();
        await phones.RegisterAsync("1002", $"<sip:1002@{phone}>", from: phone.Address);
        await using var callee = await Answer(phone);
        (await Sipp.CallAsync(phones.Caller("uac_call", "442071234567"))).ShouldAllSucceed(1);
    }

    [Fact]
    public async Task A_phone_that_has_not_registered_or_has_gone_is_CalleeNotOnline()
    {
        var phone = Loopback.NextEndPoint();
        (await Sipp.CallAsync(phones.Caller("uac_expect_final", "1003") with { Status = 480 })).ShouldAllSucceed(1);
        Assert.Equal("CalleeNotOnline", (await phones.RecordAsync("1003")).GetProperty("endReason").GetString());
        await phones.RegisterAsync("1003", $"<sip:1003@{phone}>", from: phone.Address);
        Assert.Single(await phones.BindingsAsync("1003"));
        await phones.RegisterAsync("1003", "*", expires: 0, from: phone.Address);
        Assert.Empty(await phones.BindingsAsync("1003"));
        (await Sipp.CallAsync(phones.Caller("uac_expect_final", "1003") with { Status = 480 })).ShouldAllSucceed(1);
    }

    [Fact]
    public async Task Several_contacts_are_tried_by_q_until_one_answers()
    {
        var first = Loopback.NextEndPoint();
        var second = new IPEndPoint(first.Address, 5062);
        await phones.RegisterAsync("1004", $"<sip:1004@{second}>;q=0.2, <sip:1004@{first}>;q=0.8", from: first.Address);
        await using var busy = await Sipp.StartAsync(
            new SippOptions { Scenario = "uas_reject", Local = first, Calls = 0, Status = 486 });
        await using var callee = await Answer(second);
        (await Sipp.CallAsync(phones.Caller("uac_call", "1004"))).ShouldAllSucceed(1);
        Assert.Contains((await busy.StopAsync()).Messages, m => m is { Sent: false, Method: "INVITE" });
        var record = await phones.RecordAsync("1004");
        Assert.Equal(2, record.GetProperty("attempts").GetArrayLength());
    }

    [Fact]
    public async Task An_operator_removes_a_contact()
    {
        var phone = Loopback.NextEndPoint();
        await phones.RegisterAsync("1005", $"<sip:1005@{phone}>", from: phone.Address);
        await phones.Rest.DeleteAsync("bindings/r:phone:1005");
        Assert.Empty(await phones.BindingsAsync("1005"));
        (await Sipp.CallAsync(phones.Caller("uac_expect_final", "1005") with { Status = 480 })).ShouldAllSucceed(1);
    }

    [Fact]
    public async Task Less_than_the_shortest_time_gets_423_with_Min_Expires()
    {
        using var phone = new RawPhone(phones.Node.Sip, "1006");
        var answer = await phone.RegisterAsync($"<sip:1006@{phone.Local}>", expires: 10);
        Assert.Equal((423, "60"), (answer.Status, answer.Header("Min-Expires")));
        Assert.Empty(await phones.BindingsAsync("1006"));
    }

    [Fact]
    public async Task A_200_lists_all_contacts_and_a_query_changes_nothing()
    {
        using var phone = new RawPhone(phones.Node.Sip, "1007");
        await phone.RegisterAsync($"<sip:1007@{phone.Local}>;q=0.5", expires: 300);
        await phone.RegisterAsync("<sip:1007@192.0.2.7>", expires: 7200);
        var answer = await phone.RegisterAsync("", expires: null);
        Assert.Equal(200, answer.Status);
        Assert.Matches($@"Contact: <sip:1007@{phone.Local}>;expires=(300|29\d);q=0\.5", answer.Lines("Contact"));
        Assert.Matches(@"Contact: <sip:1007@192\.0\.2\.7>;expires=(3600|359\d)", answer.Lines("Contact"));
    }

    [Fact]
    public async Task A_phone_behind_a_NAT_gets_keep_alive_datagrams_and_calls_on_the_way_it_came()
    {
        using var phone = new RawPhone(phones.Node.Sip, "1008");
        await phone.RegisterAsync("<sip:1008@192.168.7.7:5060>", expires: 300);
        var hello = await phone.Peer.ReceiveAsync(m => System.Text.Encoding.ASCII.GetString(m.Bytes) == "HELLO");
        Assert.Equal(5, hello.Bytes.Length);
        await using var caller = await Sipp.StartAsync(phones.Caller("uac_cancel_ringing", "1008") with { Timeout = TimeSpan.FromSeconds(15) });
        var invite = await phone.Peer.ReceiveAsync("INVITE");
        Assert.StartsWith("INVITE sip:1008@192.168.7.7:5060 SIP/2.0", invite.StartLine, StringComparison.Ordinal);
        phone.Peer.Send(
            $"SIP/2.0 603 Decline\r\n{invite.Lines("Via")}{invite.Lines("From")}To: {invite.Header("To")};tag=x\r\n"
            + $"{invite.Lines("Call-ID")}{invite.Lines("CSeq")}");
        await phone.Peer.ReceiveAsync("ACK");
    }

    [Fact]
    public async Task With_replace_kick_a_new_registration_ends_the_old_one()
    {
        using var old = new RawPhone(phones.Node.Sip, "1009");
        using var young = new RawPhone(phones.Node.Sip, "1009");
        await phones.SetAsync("SS_SIP_REGISTER_REPLACE_KICK", "on");
        try
        {
            await old.RegisterAsync($"<sip:1009@{old.Local}>", expires: 300);
            var answer = await young.RegisterAsync($"<sip:1009@{young.Local}>", expires: 300);
            Assert.DoesNotContain(old.Local.ToString(), answer.Lines("Contact"), StringComparison.Ordinal);
        }
        finally
        {
            await phones.SetAsync("SS_SIP_REGISTER_REPLACE_KICK", "off");
        }

        await old.RegisterAsync($"<sip:1009@{old.Local}>", expires: 300);
        Assert.Equal(2, (await phones.BindingsAsync("1009")).Count);
    }

    [Fact]
    public async Task A_dynamic_gateway_gets_its_calls_where_it_registered()
    {
        var pbx = Loopback.NextEndPoint();
        await phones.RegisterAsync("pbx", $"<sip:pbx@{pbx}>", from: pbx.Address);
        await using var callee = await Answer(pbx);
        (await Sipp.CallAsync(phones.Caller("uac_call", "4930123456"))).ShouldAllSucceed(1);
        Assert.Equal("pbx", (await phones.RecordAsync("4930123456")).GetProperty("routingGateway").GetString());
    }

    private static Task<Sipp> Answer(IPEndPoint at) =>
        Sipp.StartAsync(new SippOptions { Scenario = "uas_answer", Local = at, Calls = 0 });

    /// <summary>A switch with phones 1001 to 1009, a dynamic gateway and a customer.</summary>
    public sealed class PhoneSwitch : IAsyncLifetime
    {
        private readonly IPEndPoint _customer = Loopback.NextEndPoint();
        private SwitchConfiguration _configuration = new();

        public NodeProcess Node { get; private set; } = null!;

        public RestClient Rest { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            _configuration = TestConfiguration.WithPrices()
                .Customer("customer", new IPEndPoint(_customer.Address, 0))
                .Parameter("SS_SIP_DIGEST_ALGORITHM", "md5") // sipp takes the first challenge, whatever it is.
                .Parameter("SS_SIP_NAT_KEEP_ALIVE_PERIOD", "1")
                .Change(c => c with
                {
                    Phones =
                    [
                        .. Enumerable.Range(1001, 9).Select(n => new PhoneConfiguration
                        {
                            E164 = n.ToString(CultureInfo.InvariantCulture),
                            Account = "customer",
                            Password = "secret",
                            Dids = n == 1002 ? ["442071234567"] : [],
                        }),
                    ],
                    RoutingGateways =
                    [
                        new RoutingGatewayConfiguration
                        {
                            Name = "pbx", Prefix = ["49"], RegisterType = RegisterType.Dynamic, Password = "secret",
                        },
                    ],
                }).Build();
            Node = await NodeProcess.StartAsync(new NodeOptions { Configuration = _configuration });
            Rest = Node.CreateRestClient();
        }

        public async Task DisposeAsync()
        {
            Rest?.Dispose();
            if (Node is not null) await Node.DisposeAsync();
        }

        public SippOptions Caller(string scenario, string callee) =>
            new() { Scenario = scenario, Local = _customer, Remote = Node.Sip, Callee = callee };

        public async Task RegisterAsync(string user, string contact, int expires = 300, IPAddress? from = null) =>
            (await Sipp.CallAsync(new SippOptions
            {
                Scenario = "uac_register",
                Local = new IPEndPoint(from ?? Loopback.NextAddress(), 5090),
                Remote = Node.Sip,
                Callee = user,
                Extra =
                [
                    "-key", "contact", contact, "-key", "expires", expires.ToString(CultureInfo.InvariantCulture), "-au", user, "-ap",
                    "secret",
                ],
            })).ShouldAllSucceed(1);

        public async Task<IReadOnlyList<JsonElement>> BindingsAsync(string phone) =>
            [.. (await Rest.GetAsync("bindings?addressOfRecord=r:phone:" + phone)).GetProperty("items").EnumerateArray()];

        public async Task SetAsync(string parameter, string value)
        {
            _configuration = _configuration with { SystemParameters = _configuration.SystemParameters.SetItem(parameter, value) };
            await Rest.PutAsync("config", JsonSerializer.Deserialize<JsonElement>(ConfigurationWriter.ToJson(_configuration)));
        }

        public async Task<JsonElement> RecordAsync(string callee)
        {
            IReadOnlyList<JsonElement> records = [];
            await Eventually.HoldsAsync(
                async () => (records = await Rest.CdrsAsync("callee=" + callee)).Count > 0,
                TimeSpan.FromSeconds(8), () => $"a record of {callee}");
            return await Rest.CdrAsync(records[0].GetProperty("callId").GetString()!);
        }
    }
}
