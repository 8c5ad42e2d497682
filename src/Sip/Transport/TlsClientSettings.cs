namespace Tandem.Sip.Transport;

/// <summary>How a TLS connection to a peer is opened.</summary>
/// <param name="ServerName">
/// The name asked for (SNI) that the peer's certificate must have (RFC 5922 §7.3); empty for the peer's IP address.
/// </param>
/// <param name="Verify">False accepts any certificate.</param>
/// <param name="Certificate">Name of the certificate of ours that is shown if asked for; empty for the first.</param>
public sealed record TlsClientSettings(string ServerName = "", bool Verify = true, string Certificate = "")
{
    /// <summary>Verified against the peer's IP address.</summary>
    public static TlsClientSettings Default { get; } = new();
}
