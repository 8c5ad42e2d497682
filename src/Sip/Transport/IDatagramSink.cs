namespace Tandem.Sip.Transport;

/// <summary>
/// Where the layers above leave datagrams to be sent: a <see cref="SendBatch"/>, or a list in a test.
/// </summary>
public interface IDatagramSink
{
    /// <summary>Takes a datagram to send. Never throws for a datagram that can't be sent.</summary>
    /// <param name="remote">Where it goes.</param>
    /// <param name="datagram">Its bytes; valid during the call only.</param>
    void Send(SipEndPoint remote, ReadOnlySpan<byte> datagram);
}
