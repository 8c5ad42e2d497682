using System.Collections.Immutable;
using Tandem.Shared;
using Tandem.Shared.Registrar;

namespace Tandem.Edge.Registrar;

/// <summary>All contacts of one address of record, to be stored in place of those before.</summary>
public sealed record BindingSet(GatewayId GatewayId, ImmutableArray<Binding> Items);

/// <summary>Where contacts are kept over a move or restart. Failures are thrown.</summary>
public interface IBindingStore
{
    /// <summary>The contacts of one address of record that are not over.</summary>
    Task<IReadOnlyList<Binding>> Load(GatewayId gateway, DateTimeOffset now);

    /// <summary>Stores sets, all or nothing.</summary>
    Task Write(IReadOnlyList<BindingSet> sets);

    /// <summary>Frees what has expired.</summary>
    Task Purge(DateTimeOffset now);
}
