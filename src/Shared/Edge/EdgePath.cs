using Akka.Actor;

namespace Tandem.Shared.Edge;

/// <summary>Where the edge actor of a node is found, for requests that must leave through that node (RFC 5626 §5.3).</summary>
public static class EdgePath
{
    /// <summary>Its name under /user.</summary>
    public const string Name = "edge";

    /// <summary>The path on a node; null when the text is no cluster address.</summary>
    /// <param name="node">Such as <c>akka.tcp://tandem@10.0.0.1:4053</c>.</param>
    public static ActorPath? Of(string node)
    {
        if (node.Length == 0) return null;
        try
        {
            return new RootActorPath(Address.Parse(node)) / "user" / Name;
        }
        catch (UriFormatException)
        {
            return null;
        }
    }
}
