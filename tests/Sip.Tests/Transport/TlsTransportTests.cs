using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Tandem.Sip.Transport;
using static Tandem.Sip.Tests.Transport.StreamHarness;

namespace Tandem.Sip.Tests.Transport;

public sealed class TlsTransportTests : IDisposable
{
    private readonly TestCertificates _signed = new();

    [Theory]
    [InlineData("sip.example", "sip.example")]
    [InlineData("trunk.example", "trunk.example")]
    [InlineData("unknown.example", "sip.example")]
    [InlineData("", "sip.example")]
    public async Task Shows_the_certificate_of_the_name_that_is_asked_for(string asked, string shown)
    {
        using var harness = Server();
        using var peer = await ConnectAsync(harness, asked);
        Assert.Equal(shown, ((X509Certificate2)peer.RemoteCertificate!).GetNameInfo(X509NameType.DnsName, false));
        await peer.WriteAsync(Encoding.ASCII.GetBytes(Message("one")));
        var (id, remote) = harness.Next();
        Assert.Equal(("one", SipTransport.Tls), (id, remote.Transport));
        Assert.Empty(harness.Transport.PeerNamesOf(remote));
        harness.Send(remote, "answer");
        var buffer = new byte[6];
        await peer.ReadExactlyAsync(buffer);
        Assert.Equal("answer", Encoding.ASCII.GetString(buffer));
    }

    [Fact]
    public async Task Knows_a_peer_by_the_names_of_its_certificate()
    {
        using var harness = Server();
        using var own = _signed.Create("ignored", ["carrier.example"], [IPAddress.Parse("192.0.2.1")], ["sip:domain.example", "sip:user@x"]);
        using var peer = await ConnectAsync(harness, "sip.example", own);
        await peer.WriteAsync(Encoding.ASCII.GetBytes(Message("one")));
        Assert.Equal(
            ["carrier.example", "192.0.2.1", "domain.example"], harness.Transport.PeerNamesOf(harness.Next().Remote).ToArray());
    }

    [Fact]
    public async Task Lets_a_peer_with_a_certificate_of_nobody_in_without_names_and_counts_it()
    {
        using var harness = Server();
        using var strangers = new TestCertificates();
        using var own = strangers.Create("carrier.example", ["carrier.example"]);
        using var peer = await ConnectAsync(harness, "sip.example", own);
        await peer.WriteAsync(Encoding.ASCII.GetBytes(Message("one")));
        Assert.Empty(harness.Transport.PeerNamesOf(harness.Next().Remote));
        Assert.Equal(1, harness.Transport.Statistics.UntrustedClientCertificates);
    }

    [Fact]
    public async Task Refuses_TLS_1_1()
    {
        using var harness = Server();
#pragma warning disable CA5397, SYSLIB0039 // An old version is what is refused here.
        await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync(harness, "sip.example", null, SslProtocols.Tls11));
#pragma warning restore CA5397, SYSLIB0039
        Until(() => harness.Transport.Statistics.Ended(StreamEnd.HandshakeFailed) == 1);
    }

    [Fact]
    public void Closes_a_connection_that_does_not_finish_its_handshake()
    {
        using var harness = Server();
        using var peer = harness.Connect();
        Until(() => harness.Transport.Connections == 1);
        Until(() =>
        {
            // The timer may be armed a moment after the connection counts.
            harness.Time.Advance(StreamOptions.DefaultHandshakeTimeout);
            return harness.Transport.Statistics.Ended(StreamEnd.HandshakeTimeout) == 1;
        });
        Assert.Equal(0, harness.Transport.Connections);
    }

    // The vendor is a second transport: it tells whom it has met.
    [Theory]
    [InlineData("sip.example", true, "", true, "first.example")]
    [InlineData("sip.example", true, "second", true, "second.example")]
    [InlineData("127.0.0.1", true, "", false, "")]
    [InlineData("", true, "", false, "")]
    [InlineData("other.example", true, "", false, "")]
    [InlineData("other.example", false, "", true, "first.example")]
    public void Verifies_a_vendor_and_shows_it_the_certificate_that_its_gateway_names(
        string serverName, bool verify, string certificate, bool works, string seen)
    {
        using var vendor = Server();
        using var harness = new StreamHarness(
            certificates: new TlsCertificates(
                [("first", _signed.Create("a", ["first.example"])), ("second", _signed.Create("b", ["second.example"]))],
                _signed.Authorities),
            transport: SipTransport.Tls);
        harness.Transport.Prefer(vendor.Here, new TlsClientSettings(serverName, verify, certificate));
        harness.Send(vendor.Here, Message("one"));
        if (!works)
        {
            Assert.Equal(vendor.Here, harness.NextUnsent().Remote);
            Assert.Equal(1, harness.Transport.Statistics.Ended(StreamEnd.HandshakeFailed));
            return;
        }

        Assert.Equal([seen], vendor.Transport.PeerNamesOf(vendor.Next().Remote).ToArray());
    }

    [Fact]
    public void Opens_another_connection_when_the_settings_of_the_peer_have_changed()
    {
        using var vendor = Server();
        using var harness = new StreamHarness(
            certificates: new TlsCertificates([("first", _signed.Create("a", ["first.example"]))], _signed.Authorities));
        harness.Transport.Prefer(vendor.Here, new TlsClientSettings("sip.example"));
        harness.Send(vendor.Here, Message("one"));
        var first = vendor.Next().Remote;
        harness.Send(vendor.Here, Message("two"));
        Assert.Equal(first, vendor.Next().Remote);
        harness.Transport.Prefer(vendor.Here, new TlsClientSettings("trunk.example", Verify: false));
        harness.Send(vendor.Here, Message("three"));
        Assert.NotEqual(first, vendor.Next().Remote);
    }

    public void Dispose() => _signed.Dispose();

    private StreamHarness Server() => new(
        certificates: new TlsCertificates(
            [("default", _signed.Create("x", ["sip.example"])), ("trunk", _signed.Create("y", ["trunk.example"]))],
            _signed.Authorities),
        transport: SipTransport.Tls);

    private async Task<SslStream> ConnectAsync(
        StreamHarness harness, string name, X509Certificate2? own = null, SslProtocols protocols = SslProtocols.None)
    {
        var tls = new SslStream(new NetworkStream(harness.Connect(), ownsSocket: true));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = name,
            EnabledSslProtocols = protocols,
            ClientCertificates = own is null ? null : [own],
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.Issuer == _signed.Authority.Subject,
        });
        return tls;
    }
}
