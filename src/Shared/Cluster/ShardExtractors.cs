using Akka.Cluster.Sharding;

namespace Tandem.Shared.Cluster;

/// <summary>
/// Routes by the call: the shard is named by the node on which the call was born and its slot, so it is allocated there
/// (see <see cref="CallShardAllocation"/>).
/// </summary>
public sealed class CallShardExtractor : IMessageExtractor
{
    /// <summary>The type name of the region.</summary>
    public const string TypeName = "call";

    // Eight digits of the node, one of the slot (CallId.ShardId). Operators may ask for what is no call: no throwing.
    private const int ShardIdLength = 9;

    /// <inheritdoc />
    public string? EntityId(object message) => (message as IWithCallId)?.CallId.ToString();

    /// <inheritdoc />
    public object? EntityMessage(object message) => message;

    /// <inheritdoc />
    public string? ShardId(object message) => (message as IWithCallId)?.CallId.ShardId;

    /// <inheritdoc />
    public string ShardId(string entityId, object? messageHint = null) =>
        entityId.Length > ShardIdLength ? entityId[..ShardIdLength] : entityId;
}

/// <summary>Routes by the gateway; the number of shards is fixed for the life of a cluster.</summary>
public sealed class GatewayShardExtractor() : HashCodeMessageExtractor(60)
{
    /// <summary>The type name of the region.</summary>
    public const string TypeName = "gateway";

    /// <inheritdoc />
    public override string? EntityId(object message) => (message as IWithGatewayId)?.GatewayId.ToString();
}

/// <summary>Routes by the account; the number of shards is fixed for the life of a cluster.</summary>
public sealed class AccountShardExtractor() : HashCodeMessageExtractor(200)
{
    /// <summary>The type name of the region.</summary>
    public const string TypeName = "account";

    /// <inheritdoc />
    public override string? EntityId(object message) => (message as IWithAccountId)?.AccountId.Value;
}

/// <summary>Routes the black list's standalone mode by the gateway.</summary>
public sealed class BlacklistGatewayShardExtractor() : HashCodeMessageExtractor(60)
{
    /// <summary>The type name of the region.</summary>
    public const string TypeName = "blacklist-gateway";

    /// <inheritdoc />
    public override string? EntityId(object message) => (message as IWithGatewayId)?.GatewayId.ToString();
}

/// <summary>Routes by the address of record, which is a gateway; the number of shards is fixed for the life of a cluster.</summary>
public sealed class RegistrarShardExtractor() : HashCodeMessageExtractor(100)
{
    /// <summary>The type name of the region.</summary>
    public const string TypeName = "registrar";

    /// <inheritdoc />
    public override string? EntityId(object message) => (message as IWithGatewayId)?.GatewayId.ToString();
}
