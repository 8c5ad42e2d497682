using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tandem.Sip.Tests.Transport;

/// <summary>An authority of a test and what it signs; in memory only.</summary>
internal sealed class TestCertificates : IDisposable
{
    private static readonly DateTimeOffset From = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset To = new(2120, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private int _serial;

    public TestCertificates()
    {
        var request = new CertificateRequest("CN=Test authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        Authority = request.CreateSelfSigned(From, To);
    }

    public X509Certificate2 Authority { get; }

    public X509Certificate2Collection Authorities => [Authority];

    public X509Certificate2 Create(string common, string[]? dns = null, IPAddress[]? addresses = null, string[]? uris = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={common}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in dns ?? []) names.AddDnsName(name);
        foreach (var address in addresses ?? []) names.AddIpAddress(address);
        foreach (var uri in uris ?? []) names.AddUri(new Uri(uri));
        if (dns is not null || addresses is not null || uris is not null) request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(Authority, From, To, BitConverter.GetBytes(++_serial));
        return signed.CopyWithPrivateKey(key);
    }

    public void Dispose()
    {
        Authority.Dispose();
        _key.Dispose();
    }
}
