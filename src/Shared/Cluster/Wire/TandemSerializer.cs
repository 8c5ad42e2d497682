using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;

namespace Tandem.Shared.Cluster.Wire;

/// <summary>
/// The one serializer of all messages marked <see cref="IWireMessage"/>: protobuf (tandem.wire.v1), named by short
/// manifests. Made by the actor system (see <see cref="WireHosting.WithTandemSerialization"/>); has no state.
/// </summary>
/// <remarks>
/// Bytes that cannot be read (an unknown manifest of a newer node, a broken message) throw
/// <see cref="SerializationException"/>: remoting then drops this one message and keeps the link.
/// </remarks>
public sealed class TandemSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>
    /// Names this serializer on the wire and in stored bytes. 0–100 are Akka's. A number is never used again: a
    /// serializer that replaces this one takes the next number, and this one stays for reading.
    /// </summary>
    public const int SerializerId = 1001;

    /// <inheritdoc />
    public override int Identifier => SerializerId;

    /// <inheritdoc />
    public override string Manifest(object o) => RowOf(o).Manifest;

    /// <inheritdoc />
    public override byte[] ToBinary(object obj) => RowOf(obj).ToBytes(obj);

    /// <inheritdoc />
    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (!WireTable.ByManifest.TryGetValue(manifest, out var row))
            throw new SerializationException($"Manifest '{manifest}' is not known to this version.");
        try
        {
            return row.FromBytes(bytes);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or OverflowException or ArgumentException)
        {
            throw new SerializationException($"{bytes.Length} bytes are no {row.Type.Name} ('{manifest}').", e);
        }
    }

    private static WireRow RowOf(object message) => WireTable.ByType.TryGetValue(message.GetType(), out var row)
        ? row
        : throw new SerializationException($"{message.GetType().FullName} has no row in the manifest table.");
}
