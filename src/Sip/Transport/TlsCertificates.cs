using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tandem.Sip.Transport;

/// <summary>A certificate or key file cannot be used. The message names the file and the cause.</summary>
public sealed class CertificateException : Exception
{
    internal CertificateException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}

/// <summary>
/// The certificates of a node and the authorities that it trusts. Immutable; read once at the start. TLS 1.2 and 1.3;
/// revocation lists are not asked for, since that is a look-up over the network in the way of a call.
/// </summary>
public sealed class TlsCertificates
{
    private readonly ImmutableArray<(string Name, SslStreamCertificateContext Context)> _own;
    private readonly X509Certificate2Collection? _authorities;

    /// <summary>Takes certificates that were loaded before.</summary>
    /// <param name="own">Name and certificate with private key; the first is the default.</param>
    /// <param name="authorities">Trusted authorities; null for those of the operating system.</param>
    public TlsCertificates(
        IEnumerable<(string Name, X509Certificate2 Certificate)> own, X509Certificate2Collection? authorities = null)
        : this([.. own.Select(o => (o.Name, SslStreamCertificateContext.Create(o.Certificate, null, offline: true)))], authorities)
    {
    }

    private TlsCertificates(
        ImmutableArray<(string Name, SslStreamCertificateContext Context)> own, X509Certificate2Collection? authorities) =>
        (_own, _authorities) = (own, authorities);

    /// <summary>None of its own, and the authorities of the operating system.</summary>
    public static TlsCertificates None { get; } =
        new(ImmutableArray<(string Name, SslStreamCertificateContext Context)>.Empty, null);

    /// <summary>True if there is a certificate to show, without which no peer can connect by TLS.</summary>
    public bool HasOwn => _own.Length > 0;

    /// <summary>Reads PEM files.</summary>
    /// <param name="own">
    /// Name, file of the certificate followed by those of the authorities between, file of its private key; the first
    /// is the default.
    /// </param>
    /// <param name="authorityFile">File of the trusted authorities; null for those of the operating system.</param>
    /// <exception cref="CertificateException">A file cannot be used.</exception>
    public static TlsCertificates Load(
        IEnumerable<(string Name, string CertificateFile, string KeyFile)> own, string? authorityFile)
    {
        ArgumentNullException.ThrowIfNull(own);
        return new TlsCertificates([.. own.Select(o => (o.Name, Read(o.CertificateFile, o.KeyFile)))], ReadAuthorities(authorityFile));
    }

    /// <summary>Whether there is a certificate of ours of that name.</summary>
    /// <param name="name">The name; case matters.</param>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>
    /// The names that a certificate proves: its DNS names, IP addresses and SIP domains (RFC 5922 §7.1), or, if it has
    /// none of these, its common name.
    /// </summary>
    /// <param name="certificate">A certificate that was verified.</param>
    public static ImmutableArray<string> NamesOf(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var extension in certificate.Extensions)
        {
            if (extension is not X509SubjectAlternativeNameExtension alternative) continue;
            names.AddRange(alternative.EnumerateDnsNames());
            names.AddRange(alternative.EnumerateIPAddresses().Select(a => a.ToString()));
            names.AddRange(SipDomainsOf(alternative.RawData));
        }

        if (names.Count == 0 && certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) is { Length: > 0 } common)
            names.Add(common);
        return names.ToImmutable();
    }

    /// <summary>How a peer is met that connects.</summary>
    /// <param name="serverName">The name that it asks for (SNI), or null.</param>
    /// <param name="onPeer">Told of its certificate, if it shows one, and whether an authority has signed it.</param>
    internal SslServerAuthenticationOptions ServerOptions(string? serverName, Action<X509Certificate2, bool> onPeer) => new()
    {
        ServerCertificateContext = ForServerName(serverName),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ClientCertificateRequired = true, // Asks for one; a peer that has none is let in without names.
        CertificateChainPolicy = ChainPolicy("1.3.6.1.5.5.7.3.2"),
        RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
        {
            if (certificate is X509Certificate2 shown) onPeer(shown, errors == SslPolicyErrors.None);
            return true;
        },
    };

    /// <summary>How a peer is connected to.</summary>
    internal SslClientAuthenticationOptions ClientOptions(TlsClientSettings settings, SipEndPoint remote)
    {
        var context = settings.Certificate.Length > 0 ? Find(settings.Certificate) : _own.FirstOrDefault().Context;
        var name = settings.ServerName.Length > 0 ? settings.ServerName : remote.ToIPAddress().ToString();
        return new SslClientAuthenticationOptions
        {
            TargetHost = name,
            ClientCertificateContext = context,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateChainPolicy = ChainPolicy("1.3.6.1.5.5.7.3.1"),
            RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                !settings.Verify
                || errors == SslPolicyErrors.None
                || (errors == SslPolicyErrors.RemoteCertificateNameMismatch
                    && certificate is X509Certificate2 shown
                    && NamesOf(shown).Contains(name, StringComparer.OrdinalIgnoreCase)),
        };
    }

    private SslStreamCertificateContext? Find(string name)
    {
        foreach (var own in _own)
            if (own.Name == name) return own.Context;
        return null;
    }

    private SslStreamCertificateContext ForServerName(string? serverName)
    {
        if (!string.IsNullOrEmpty(serverName))
        {
            foreach (var own in _own)
                if (own.Context.TargetCertificate.MatchesHostname(serverName, allowWildcards: true, allowCommonName: true))
                    return own.Context;
        }

        return _own[0].Context;
    }

    private X509ChainPolicy ChainPolicy(string usage)
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.ApplicationPolicy.Add(new Oid(usage));
        if (_authorities is null) return policy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(_authorities);
        return policy;
    }

    private static SslStreamCertificateContext Read(string certificateFile, string keyFile)
    {
        try
        {
            var certificate = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
            var all = new X509Certificate2Collection();
            all.ImportFromPemFile(certificateFile);
            return SslStreamCertificateContext.Create(certificate, all, offline: true);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CertificateException(
                $"The certificate {certificateFile} with the key {keyFile} cannot be used: {e.Message} Both must be PEM files, the "
                + "key without a password and that of the certificate.",
                e);
        }
    }

    private static X509Certificate2Collection? ReadAuthorities(string? file)
    {
        if (file is null) return null;
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPemFile(file);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new CertificateException($"The authorities {file} cannot be read: {e.Message}", e);
        }

        return all.Count > 0 ? all : throw new CertificateException($"{file} holds no certificate in PEM form.");
    }

    // GeneralName ::= CHOICE { uniformResourceIdentifier [6] IA5String, … } (RFC 5280 §4.2.1.6). A URI with a user part
    // names a person, not a domain (RFC 5922 §7.1).
    private static IEnumerable<string> SipDomainsOf(byte[] subjectAlternativeNames)
    {
        var names = new List<string>();
        try
        {
            var reader = new AsnReader(subjectAlternativeNames, AsnEncodingRules.DER).ReadSequence();
            var uri = new Asn1Tag(TagClass.ContextSpecific, 6);
            while (reader.HasData)
            {
                if (!reader.PeekTag().HasSameClassAndValue(uri))
                {
                    reader.ReadEncodedValue();
                    continue;
                }

                var text = reader.ReadCharacterString(UniversalTagNumber.IA5String, uri);
                if (text.StartsWith("sip:", StringComparison.OrdinalIgnoreCase) && !text.Contains('@')) names.Add(text[4..]);
            }
        }
        catch (AsnContentException)
        {
            return []; // Of a certificate that is broken there, no such name counts.
        }

        return names;
    }
}
