using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Tandem.Edge.Authentication;
using Tandem.Shared.Calls;
using Tandem.Shared.Configuration;
using Tandem.Shared.Edge;
using Tandem.Sip.Authentication;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Transport;
using Tandem.TestSupport;

namespace Tandem.Edge.Tests.Authentication;

/// <summary>Who is let in: an edge on a real socket, peers on theirs, probes in place of calls, time that stands still.</summary>
public sealed class AdmissionTests : TestKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly IPEndPoint _here = Loopback.NextEndPoint();
    private readonly ConfigurationHolder _holder = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(60));
    private readonly Socket _peer = Bind();
    private readonly Socket _other = Bind();
    private readonly TestProbe _calls;
    private EdgeService? _edge;
    private IReadOnlyList<EdgeListener> _listeners = [];
    private IPEndPoint _target;
    private int _number;

    public AdmissionTests() => (_calls, _target) = (CreateTestProbe(), _here);

    private static IPEndPoint AddressOf(Socket socket) => (IPEndPoint)socket.LocalEndPoint!;

    private static MappingGatewayConfiguration Trunk(string name, params string[] addresses) =>
        new() { Name = name, Account = "a", RemoteIps = [.. addresses] };

    private static MappingGatewayConfiguration WithPassword(string name, string password, params string[] addresses) =>
        Trunk(name, addresses) with { Password = password, SipAuthenticationMethod = SourceAuthentication.Password };

    [Fact]
    [Trait("RFC", "3261 §22.1, 8760 §2.3")]
    public void A_phone_is_challenged_and_calls_under_its_own_name_with_the_right_password()
    {
        Start(phones: "1001");
        var client = new DigestClient("1001", "pw1001");
        var challenge = Ask(_peer, "INVITE", client);
        Assert.Equal(401, challenge.StatusCode);
        Assert.Equal(
            [DigestAlgorithm.Sha256, DigestAlgorithm.Md5], DigestChallenge.ReadAll(challenge).Select(c => c.Algorithm));
        Assert.Equal(DigestOutcome.Retry, client.Accept(challenge));
        Assert.Equal(100, Ask(_peer, "INVITE", client).StatusCode);
        Assert.Equal("phone:1001", _calls.ExpectMsg<CallCommands.Start>(Patience).MappingGateway);
        Assert.Equal(1, Refused(EdgeRefusal.Challenged));
    }

    [Fact]
    public void Strangers_see_the_same_whether_a_user_exists_or_not()
    {
        Start(phones: "1001");
        var (one, other) = (new DigestClient("1001", "x"), new DigestClient("7777", "x"));
        var (known, unknown) = (Ask(_peer, "REGISTER", one), Ask(_peer, "REGISTER", other));
        Assert.Equal(401, known.StatusCode);
        Assert.Equal(HeaderNames(known), HeaderNames(unknown));
        (one, other) = (Challenged(one, known), Challenged(other, unknown));
        Assert.Equal(403, Ask(_peer, "REGISTER", one).StatusCode);
        Assert.Equal(403, Ask(_peer, "REGISTER", other).StatusCode);
        Assert.Equal((1, 1), (Refused(EdgeRefusal.WrongCredentials), Refused(EdgeRefusal.UnknownUser)));

        static string HeaderNames(SipMessage message) => string.Join(
            ',', Enumerable.Range(0, message.HeaderCount).Select(i => Encoding.ASCII.GetString(message.HeaderAt(i).NameText)));
    }

    [Theory]
    [InlineData("answer")]
    [InlineData("ignore")]
    public void Too_many_failures_suspend_the_source_also_with_the_right_password_and_only_for_a_time(string response)
    {
        Start(
            phones: "1001",
            parameters: new()
            {
                ["SS_AUTHENTICATION_MAX_RETRY"] = "3",
                ["SS_AUTHENTICATION_FAILED_SUSPEND"] = "60",
                ["SS_SIP_UNAUTHORIZED_RESPONSE"] = response,
            });
        for (var i = 0; i < 3; i++) Assert.Equal(403, Call(_peer, "1001", "wrong"));
        if (response == "answer") Assert.Equal(403, Ask(_peer, "INVITE", new DigestClient("1001", "pw1001")).StatusCode);
        else AssertIsIgnored("INVITE");
        Assert.Equal(1, Refused(EdgeRefusal.Suspended));
        Assert.Equal(3, Refused(EdgeRefusal.WrongCredentials));
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(100, Call(_peer, "1001", "pw1001"));
    }

    [Fact]
    public void A_user_under_attack_from_elsewhere_still_calls_from_where_it_was_accepted()
    {
        Start(phones: "1001", parameters: new() { ["SS_AUTHENTICATION_MAX_RETRY"] = "3" });
        Assert.Equal(100, Call(_peer, "1001", "pw1001"));
        for (var i = 0; i < 3; i++) Assert.Equal(403, Call(_other, "1001", "wrong"));
        Assert.Equal(100, Call(_peer, "1001", "pw1001"));
        using var third = Bind();
        Assert.Equal(403, Call(third, "1001", "pw1001")); // The user is suspended, the source is not.
        Assert.Equal(1, Refused(EdgeRefusal.Suspended));
    }

    [Fact]
    [Trait("RFC", "7616 §3.3")]
    public void An_old_nonce_is_stale_and_no_failure_and_a_replay_is_refused()
    {
        Start(phones: "1001", parameters: new() { ["SS_SIP_NONCE_EXPIRE"] = "30", ["SS_AUTHENTICATION_MAX_RETRY"] = "1" });
        var client = Challenged(new DigestClient("1001", "pw1001"), Ask(_peer, "INVITE", new DigestClient("1001", "pw1001")));
        _time.Advance(TimeSpan.FromSeconds(31));
        var stale = Ask(_peer, "INVITE", client);
        Assert.Equal(401, stale.StatusCode);
        Assert.All(DigestChallenge.ReadAll(stale), c => Assert.True(c.IsStale));
        Assert.Equal(DigestOutcome.Retry, client.Accept(stale));
        var fields = Encoding.ASCII.GetString(client.HeaderLines(SipMethod.Invite, Encoding.ASCII.GetBytes(Uri), default));
        Assert.Equal(100, Send(_peer, "INVITE", "1001", fields).StatusCode);
        Assert.Equal(401, Send(_peer, "INVITE", "1001", fields).StatusCode);
    }

    [Fact]
    public void A_gateway_with_a_password_needs_both_its_address_and_its_password()
    {
        Start([WithPassword("trunk", "secret", AddressOf(_peer).Address.ToString())]);
        Assert.Equal(100, Call(_peer, "trunk", "secret"));
        Assert.Equal("trunk", _calls.ExpectMsg<CallCommands.Start>(Patience).MappingGateway);
        Assert.Equal(403, Call(_peer, "trunk", "wrong"));
        Assert.Equal(403, Ask(_other, "INVITE", new DigestClient("trunk", "secret")).StatusCode);
        Assert.Equal(1, Refused(EdgeRefusal.IllegalCall));
    }

    [Fact]
    public void The_user_chooses_among_the_gateways_of_one_address()
    {
        var address = AddressOf(_peer).Address.ToString();
        Start(
        [
            Trunk("open", address), WithPassword("first", "p1", address),
            WithPassword("second", "p2", address) with { SipAuthenticationUser = "user2" },
        ]);
        Assert.Equal(100, Call(_peer, "user2", "p2"));
        Assert.Equal("second", _calls.ExpectMsg<CallCommands.Start>(Patience).MappingGateway);
        Assert.Equal(100, Call(_peer, "first", "p1"));
        Assert.Equal("first", _calls.ExpectMsg<CallCommands.Start>(Patience).MappingGateway);
        Assert.Equal(100, Ask(_peer, "INVITE", new DigestClient("4930123", "x")).StatusCode);
        Assert.Equal("open", _calls.ExpectMsg<CallCommands.Start>(Patience).MappingGateway);
    }

    [Fact]
    public void IpPort_takes_only_entries_with_a_port_and_a_local_port_of_the_gateway_must_be_the_one_used()
    {
        var (peer, other) = (AddressOf(_peer), AddressOf(_other));
        Start(
        [
            Trunk("port", peer.ToString(), other.Address.ToString()) with { SipAuthenticationMethod = SourceAuthentication.IpPort },
        ]);
        Assert.Equal(100, Ask(_peer, "INVITE", new DigestClient("1", "x")).StatusCode);
        Assert.Equal(403, Ask(_other, "INVITE", new DigestClient("1", "x")).StatusCode);
        Configure([Trunk("local", peer.Address.ToString()) with { LocalIp = _here.Address.ToString(), SignalPortLocal = _here.Port }]);
        Assert.Equal(100, Ask(_peer, "INVITE", new DigestClient("1", "x")).StatusCode);
        Configure([Trunk("local", peer.Address.ToString()) with { SignalPortLocal = _here.Port + 1 }]);
        Assert.Equal(403, Ask(_peer, "INVITE", new DigestClient("1", "x")).StatusCode);
        Configure([Trunk("local", peer.Address.ToString()) with { LocalIp = "192.0.2.77" }]);
        Assert.Equal(403, Ask(_peer, "INVITE", new DigestClient("1", "x")).StatusCode);
    }

    [Fact]
    public void The_listener_that_was_used_chooses_among_the_gateways_of_one_address()
    {
        var (address, second) = (AddressOf(_peer).Address.ToString(), Loopback.NextEndPoint());
        Listen(new EdgeListener(_here, ListenerTransports.Udp), new EdgeListener(second, ListenerTransports.Udp));
        Start([Trunk("one", address) with { LocalIp = _here.Address.ToString() }, Trunk("two", address) with { LocalIp = second.Address.ToString() }]);
        Assert.Equal(100, Ask(_peer, "INVITE", new DigestClient("1", "x")).StatusCode);
        Assert.Equal("one", _calls.ExpectMsg<CallCommands.Start>(Patience).MappingGateway);
        _target = second;
        Assert.Equal(100, Ask(_peer, "INVITE", new DigestClient("1", "x")).StatusCode);
        Assert.Equal("two", _calls.ExpectMsg<CallCommands.Start>(Patience).MappingGateway);
    }

    [Fact]
    [Trait("RFC", "5922 §7.1")]
    public void The_certificate_chooses_among_the_gateways_of_one_address_and_without_a_name_of_theirs_none_matches()
    {
        var address = AddressOf(_peer).Address;
        Configure(
        [
            Trunk("one", address.ToString()) with { TlsPeerNames = ["one.example"] },
            Trunk("two", address.ToString()) with { TlsPeerNames = ["TWO.example", "2.example"] },
        ]);
        using var authenticator = new Authenticator(
            _holder, new AuthenticationGuard(_holder, _time), new byte[DigestNonces.SecretBytes], _time);
        Assert.Equal("one", NameOf("one.example"));
        Assert.Equal("two", NameOf("other.example", "two.example"));
        Assert.Null(NameOf("other.example"));
        Assert.Null(NameOf());

        string? NameOf(params string[] shown) => authenticator.Judge(
            SipParser.ParseDatagram(Text(_peer, "INVITE", "1", "")).Message!,
            SipEndPoint.From(address, 5061, SipTransport.Tls), new Arrival(_here, [.. shown])).Source?.Mapping?.Name;
    }

    [Fact]
    public void Ignored_strangers_hear_nothing_and_customers_and_phones_are_answered()
    {
        Start(
            [Trunk("open", AddressOf(_other).Address.ToString())], "1001",
            new() { ["SS_SIP_UNAUTHORIZED_RESPONSE"] = "ignore", ["SS_AUTHENTICATION_MAX_RETRY"] = "0" });
        foreach (var method in (string[])["OPTIONS", "REGISTER", "INVITE", "MESSAGE", "PUBLISH"]) AssertIsIgnored(method);
        Assert.Equal(5, Refused(EdgeRefusal.IllegalCall));
        Assert.Equal(200, Ask(_other, "OPTIONS", new DigestClient("x", "x")).StatusCode);
        Assert.Equal(100, Ask(_other, "INVITE", new DigestClient("x", "x")).StatusCode);
        Assert.Equal(100, Call(_peer, "1001", "pw1001"));
    }

    [Fact]
    public void Scanners_are_dropped_and_counted_and_suspended()
    {
        Start(phones: "1001", parameters: new() { ["SS_AUTHENTICATION_MAX_RETRY"] = "2" });
        for (var i = 0; i < 2; i++) Tell(_peer, "OPTIONS", "1001", "User-Agent: Friendly-Scanner/0.3\r\n");
        Assert.Equal(403, Ask(_peer, "OPTIONS", new DigestClient("1001", "pw1001")).StatusCode);
        Assert.Equal((2, 1), (Refused(EdgeRefusal.Scanner), Refused(EdgeRefusal.Suspended)));
        Assert.Equal(200, Send(_other, "OPTIONS", "1001", "User-Agent: sipsak 0.9\r\n").StatusCode);
    }

    [Fact]
    public void Strangers_over_their_packets_are_dropped_until_the_next_second_and_customers_are_not()
    {
        Start(
            [Trunk("open", AddressOf(_other).Address.ToString())],
            parameters: new() { ["SS_SIP_UNKNOWN_SOURCE_PACKET_LIMIT"] = "3" });
        for (var i = 0; i < 3; i++) Assert.Equal(200, Ask(_peer, "OPTIONS", new DigestClient("x", "x")).StatusCode);
        AssertIsIgnored("OPTIONS", checkWith: _other);
        for (var i = 0; i < 10; i++) Assert.Equal(200, Ask(_other, "OPTIONS", new DigestClient("x", "x")).StatusCode);
        Assert.Equal(1, Refused(EdgeRefusal.PacketLimit));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(200, Ask(_peer, "OPTIONS", new DigestClient("x", "x")).StatusCode);
    }

    [Fact]
    public void A_customer_over_its_INVITEs_gets_503_with_Retry_After()
    {
        Start([Trunk("open", AddressOf(_peer).Address.ToString())], parameters: new() { ["SS_SIP_SOURCE_INVITE_LIMIT"] = "2" });
        for (var i = 0; i < 2; i++) Assert.Equal(100, Ask(_peer, "INVITE", new DigestClient("x", "x")).StatusCode);
        var refused = Ask(_peer, "INVITE", new DigestClient("x", "x"));
        Assert.Equal(503, refused.StatusCode);
        Assert.True(refused.TryGetHeader(SipHeaderName.RetryAfter, out _));
        Assert.Equal(1, Refused(EdgeRefusal.InviteLimit));
    }

    [Theory]
    [Trait("RFC", "3903 §6")]
    [InlineData("", 3600)]
    [InlineData("Expires: 60\r\n", 60)]
    [InlineData("Expires: 999999\r\n", 3600)]
    public void PUBLISH_of_a_customer_is_accepted(string fields, int expires)
    {
        Start([Trunk("open", AddressOf(_peer).Address.ToString())]);
        var answer = Send(_peer, "PUBLISH", "x", "Event: presence\r\n" + fields);
        Assert.Equal(200, answer.StatusCode);
        Assert.True(answer.TryGetHeader(SipHeaderName.Expires, out var value));
        Assert.Equal(expires.ToString(CultureInfo.InvariantCulture), Encoding.ASCII.GetString(value));
        Assert.True(answer.TryGetHeader(SipHeaderName.SipETag, out _));
        Assert.Equal(403, Ask(_other, "PUBLISH", new DigestClient("x", "x")).StatusCode);
    }

    protected override void AfterAll()
    {
        _edge?.Dispose();
        _peer.Dispose();
        _other.Dispose();
        base.AfterAll();
    }

    private string Uri => $"sip:442012345678@{_here}";

    private static Socket Bind()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
        {
            ReceiveTimeout = (int)Patience.TotalMilliseconds,
        };
        socket.Bind(Loopback.NextEndPoint());
        return socket;
    }

    private static DigestClient Challenged(DigestClient client, SipMessage response)
    {
        Assert.Equal(DigestOutcome.Retry, client.Accept(response));
        return client;
    }

    private long Refused(EdgeRefusal cause) => _edge!.Statistics.Refused(cause);

    private void Listen(params EdgeListener[] listeners) => _listeners = listeners;

    private void Start(
        ImmutableArray<MappingGatewayConfiguration> gateways = default, string? phones = null,
        Dictionary<string, string>? parameters = null)
    {
        Configure(gateways.IsDefault ? [] : gateways, phones, parameters);
        _edge = new EdgeService(
            new EdgeOptions { Bind = _here, SentBy = _here.ToString(), Listeners = _listeners }, _holder, _time, NullLoggerFactory.Instance);
        _edge.Start(new EdgeCollaborators(Sys.ActorOf(EdgeActor.CreateProps(_edge.Workers)), _calls, TestActor, () => 42));
    }

    private void Configure(
        ImmutableArray<MappingGatewayConfiguration> gateways, string? phones = null, Dictionary<string, string>? parameters = null) =>
        _holder.Set(new ConfigurationSnapshot(
            _holder.Current.Version + 1,
            new SwitchConfiguration
            {
                Accounts = [new() { Account = "a" }],
                MappingGateways = gateways,
                Phones = phones is null ? [] : [new() { E164 = phones, Account = "a", Password = "pw" + phones }],
                SystemParameters = ImmutableSortedDictionary.CreateRange(parameters ?? []),
            }));

    // A whole call set-up as a client does it: once without, once with credentials.
    private int Call(Socket socket, string user, string password)
    {
        var client = new DigestClient(user, password);
        var first = Ask(socket, "INVITE", client);
        if (first.StatusCode != 401) return first.StatusCode;
        Challenged(client, first);
        return Ask(socket, "INVITE", client).StatusCode;
    }

    private SipMessage Ask(Socket socket, string method, DigestClient client, string? user = null) => Send(
        socket, method, user ?? client.Username,
        Encoding.ASCII.GetString(client.HeaderLines(SipMethods.Find(Encoding.ASCII.GetBytes(method)), Encoding.ASCII.GetBytes(Uri), default)));

    private SipMessage Send(Socket socket, string method, string user, string fields)
    {
        Tell(socket, method, user, fields);
        var buffer = new byte[65_536];
        return SipParser.ParseDatagram(buffer.AsMemory(0, socket.Receive(buffer))).Message!;
    }

    private void Tell(Socket socket, string method, string user, string fields) =>
        socket.SendTo(Text(socket, method, user, fields), _target);

    private byte[] Text(Socket socket, string method, string user, string fields) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"{method} {Uri} SIP/2.0\r\nVia: SIP/2.0/UDP {AddressOf(socket)};branch=z9hG4bK{++_number};rport\r\nMax-Forwards: 70\r\n"
        + $"From: <sip:{user}@{_here}>;tag=f{_number}\r\nTo: <{Uri}>\r\nCall-ID: c{_number}\r\nCSeq: 1 {method}\r\n"
        + $"Contact: <sip:{user}@{AddressOf(socket)}>\r\n{fields}Content-Length: 0\r\n\r\n"));

    // The next that does get an answer shows that this one was read and had none.
    private void AssertIsIgnored(string method, Socket? checkWith = null)
    {
        var before = Enum.GetValues<EdgeRefusal>().Sum(Refused);
        Tell(_peer, method, "7777", "");
        SpinWait.SpinUntil(() => Enum.GetValues<EdgeRefusal>().Sum(Refused) > before, Patience);
        Assert.Equal(before + 1, Enum.GetValues<EdgeRefusal>().Sum(Refused));
        if (checkWith is not null) Assert.Equal(200, Ask(checkWith, "OPTIONS", new DigestClient("x", "x")).StatusCode);
        Assert.Equal(0, _peer.Available);
    }
}
