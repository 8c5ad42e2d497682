using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Calls;

/// <summary>What a peer has seen, in few words.</summary>
internal static class PeerViews
{
    /// <summary>Statuses received to this method, in order.</summary>
    public static int[] Received(this SippResult peer, string method) =>
        [.. peer.Messages.Where(m => !m.Sent && m.Method == method && m.Status > 0).Select(m => m.Status)];

    /// <summary>Methods of the requests received, in order.</summary>
    public static string[] Requests(this SippResult peer) =>
        [.. peer.Messages.Where(m => !m.Sent && m.Status == 0).Select(m => m.Method)];
}
