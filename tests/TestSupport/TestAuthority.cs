using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tandem.TestSupport;

/// <summary>A certificate authority of one test, with its files in a directory that goes with it.</summary>
public sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset From = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset To = new(2120, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly string _directory = Directory.CreateTempSubdirectory("tandem-tls-").FullName;
    private readonly X509Certificate2 _authority;
    private int _serial;

    public TestAuthority()
    {
        var request = new CertificateRequest("CN=Test authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(From, To);
        AuthorityFile = Path.Combine(_directory, "ca.pem");
        File.WriteAllText(AuthorityFile, _authority.ExportCertificatePem());
    }

    /// <summary>PEM file of the authority.</summary>
    public string AuthorityFile { get; }

    /// <summary>A certificate with its key, for these DNS names and addresses.</summary>
    public X509Certificate2 Create(string common, string[]? dns = null, IPAddress[]? addresses = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={common}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in dns ?? [common]) names.AddDnsName(name);
        foreach (var address in addresses ?? []) names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(_authority, From, To, BitConverter.GetBytes(++_serial));
        return signed.CopyWithPrivateKey(key);
    }

    /// <summary>A value of <c>--tls-certificate</c>: name, certificate file, key file.</summary>
    public string Write(string name, X509Certificate2 certificate)
    {
        var (file, keyFile) = (Path.Combine(_directory, name + ".pem"), Path.Combine(_directory, name + ".key"));
        using var key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(file, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        return $"{name}={file},{keyFile}";
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _authority.Dispose();
        _key.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
