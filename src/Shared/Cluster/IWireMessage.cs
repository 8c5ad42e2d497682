namespace Tandem.Shared.Cluster;

/// <summary>
/// Marks every message that may travel between nodes. Each one has a row in the protobuf serializer's manifest table;
/// start-up fails when one has none, and nothing else can travel (there is no JSON fallback).
/// </summary>
public interface IWireMessage;

/// <summary>A message for the call it names; routes through the call shard region.</summary>
public interface IWithCallId
{
    /// <summary>The call.</summary>
    CallId CallId { get; }
}

/// <summary>A message for the gateway it names; routes through the gateway shard region.</summary>
public interface IWithGatewayId
{
    /// <summary>The gateway.</summary>
    GatewayId GatewayId { get; }
}

/// <summary>A message for the account it names; routes through the account shard region.</summary>
public interface IWithAccountId
{
    /// <summary>The account.</summary>
    AccountId AccountId { get; }
}
