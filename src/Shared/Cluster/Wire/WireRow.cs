using Google.Protobuf;

namespace Tandem.Shared.Cluster.Wire;

/// <summary>One row of the manifest table: a type that travels, its name on the wire, and its two mappings.</summary>
/// <param name="Type">The marked type.</param>
/// <param name="Manifest">2–4 lower-case letters; never used again for anything else.</param>
/// <param name="ToBytes">Writes a message of <paramref name="Type"/>.</param>
/// <param name="FromBytes">Reads it; throws on bytes that are none.</param>
internal sealed record WireRow(Type Type, string Manifest, Func<object, byte[]> ToBytes, Func<byte[], object> FromBytes)
{
    /// <summary>The row of <typeparamref name="TMessage"/>, mapped to <typeparamref name="TProto"/>.</summary>
    internal static WireRow Of<TMessage, TProto>(
        string manifest,
        Func<TMessage, TProto> toProto,
        Func<TProto, TMessage> fromProto)
        where TMessage : class, IWireMessage
        where TProto : IMessage<TProto>, new()
    {
        var parser = new MessageParser<TProto>(static () => new TProto());
        return new WireRow(
            typeof(TMessage),
            manifest,
            message => toProto((TMessage)message).ToByteArray(),
            bytes => fromProto(parser.ParseFrom(bytes)));
    }
}
