using System.Collections.Immutable;
using System.Net;

namespace Tandem.Edge.Authentication;

/// <summary>How a request came in.</summary>
/// <param name="Local">The address of the listener.</param>
/// <param name="PeerNames">What the TLS certificate of the peer proves; none if it showed none, or without TLS.</param>
internal readonly record struct Arrival(IPEndPoint Local, ImmutableArray<string> PeerNames);
