namespace Tandem.Shared.Cluster;

/// <summary>Marker of the call shard region in the actor registry.</summary>
public interface ICallRegion;

/// <summary>Marker of the gateway shard region in the actor registry.</summary>
public interface IGatewayRegion;

/// <summary>Marker of the account shard region in the actor registry.</summary>
public interface IAccountRegion;

/// <summary>Marker of this node's edge actor (sockets); absent without the edge role.</summary>
public interface IEdge;

/// <summary>Marker of the CDR writer that this node uses.</summary>
public interface ICdrWriter;

/// <summary>Marker of this node's black list replica actor, which takes call events and answers queries.</summary>
public interface IBlacklistNode;

/// <summary>Marker of the proxy to the cluster singleton of the black list's central mode.</summary>
public interface IBlacklistCentral;

/// <summary>Marker of the shard region of the black list's standalone mode, one actor per ticked gateway.</summary>
public interface IBlacklistGatewayRegion;

/// <summary>Marker of this node's configuration actor.</summary>
public interface IConfigurationNode;

/// <summary>Marker of this node's list of running calls and of the leases that they hold.</summary>
public interface INodeCalls;

/// <summary>Marker of this node's authentication guard, which knows suspended sources; on every node.</summary>
public interface IAuthenticationGuard;

/// <summary>Marker of the proxy to the cluster singleton that checks gateways and knows their health.</summary>
public interface IGatewayHealthCentral;

/// <summary>Marker of this node's replica actor of the health of gateways.</summary>
public interface IGatewayHealthNode;

/// <summary>Marker of the registrar's shard region, one actor per address of record, or of a proxy to it.</summary>
public interface IRegistrarRegion;

/// <summary>Marker of the proxy to the singleton that keeps our registrations with other platforms.</summary>
public interface IRegistrationKeeper;
