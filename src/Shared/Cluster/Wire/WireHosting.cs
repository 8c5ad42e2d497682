using Akka.Hosting;

namespace Tandem.Shared.Cluster.Wire;

/// <summary>Adds the serializer of all messages that travel to an actor system.</summary>
public static class WireHosting
{
    private const string Name = "tandem";

    /// <summary>
    /// Binds <see cref="IWireMessage"/> to <see cref="TandemSerializer"/> and takes away the JSON fallback: what has no
    /// binding cannot leave the node, and what comes in by the fallback's number is refused.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// A marked type has no row in the manifest table, or a manifest stands twice; the message names them.
    /// </exception>
    public static AkkaConfigurationBuilder WithTandemSerialization(this AkkaConfigurationBuilder builder)
    {
        WireTable.Check(WireTable.Rows, WireTable.TypesOfTandem());
        return builder
            .WithCustomSerializer(Name, [typeof(IWireMessage)], static system => new TandemSerializer(system))
            .WithStrictSerialization();
    }
}
