using Tandem.Shared.Storage;

namespace Tandem.Billing.Tests;

/// <summary>Both databases: what holds on one must hold on the other.</summary>
public sealed class Providers : TheoryData<StorageProvider>
{
    public Providers()
    {
        Add(StorageProvider.Sqlite);
        Add(StorageProvider.PostgreSql);
    }
}
