using Tandem.Sip.Transport;

namespace Tandem.Edge;

/// <summary>
/// Where a worker's transactions leave what is to be sent: datagrams to the batch of their listener, the rest to the
/// connections. Belongs to the worker's thread.
/// </summary>
/// <param name="batches">By ordinal; null where there is no UDP.</param>
/// <param name="streams">TCP and TLS of the node.</param>
/// <param name="sender">Told of what the connections cannot send.</param>
/// <param name="unsent">Takes what cannot be sent at all.</param>
internal sealed class ListenerSink(
    SendBatch?[] batches, StreamTransport streams, IStreamSender sender, Action<ReadOnlySpan<byte>> unsent) : IDatagramSink
{
    /// <inheritdoc />
    public void Send(SipEndPoint remote, ReadOnlySpan<byte> datagram)
    {
        if (remote.Transport != SipTransport.Udp)
        {
            streams.Send(remote, datagram, sender);
            return;
        }

        if (remote.Local >= batches.Length || batches[remote.Local] is not { } batch || !batch.Add(remote, datagram))
            unsent(datagram);
    }
}
