using Tandem.Shared;
using Tandem.Shared.Blacklist;

namespace Tandem.Blacklist.Lists;

/// <summary>
/// Where the owners of lists keep entries over a move or restart. Failures are thrown; the owner tries again.
/// </summary>
public interface IBlacklistStore
{
    /// <summary>
    /// The entries of a list that are not over at <paramref name="now"/>, the latest to expire first.
    /// </summary>
    Task<IReadOnlyList<BlacklistEntry>> Load(GatewayId? scope, DateTimeOffset now, int maxEntries);

    /// <summary>Stores changes of one list, all or nothing.</summary>
    Task Write(GatewayId? scope, BlacklistChanges changes);
}
