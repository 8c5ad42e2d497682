namespace Tandem.Shared.Registrar;

/// <summary>A stored contact and whose it is.</summary>
public sealed record BindingRow(GatewayId GatewayId, Binding Binding);

/// <summary>Reads the stored contacts, for operators; never on a call's path.</summary>
public interface IBindingQueries
{
    /// <summary>Most rows in one answer.</summary>
    const int MaxRows = 1_000;

    /// <summary>
    /// Contacts that are not over, by address of record; at most <paramref name="limit"/>, after <paramref name="offset"/>
    /// others, with how many there are in all. <paramref name="gateway"/> limits it to one address of record.
    /// Throws the driver's exception when the database is away.
    /// </summary>
    Task<(IReadOnlyList<BindingRow> Rows, int Total)> List(GatewayId? gateway, int offset, int limit);
}
