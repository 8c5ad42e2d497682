using Microsoft.Extensions.Logging.Abstractions;
using Tandem.Admin.Auditing;
using Tandem.Admin.Security;
using Tandem.Shared.Storage;
using Tandem.TestSupport;

namespace Tandem.Admin.Tests;

/// <summary>What the API stores, on the database of a cluster; the other tests use SQLite.</summary>
public sealed class PostgreSqlTests
{
    [Fact]
    public async Task Keys_and_audit_work_on_postgresql()
    {
        await using var database = await TestDatabase.CreateAsync(StorageProvider.PostgreSql, AdminMigrations.All);
        var keys = new ApiKeys(database.Database, TimeProvider.System);
        var audit = new AuditLog(database.Database, TimeProvider.System, NullLogger<AuditLog>.Instance);

        var first = ApiKeys.EnsureFirst(database.Database, TimeProvider.System);
        Assert.NotNull(first);
        Assert.Null(ApiKeys.EnsureFirst(database.Database, TimeProvider.System));
        Assert.Null(keys.TryCreate(ApiKeys.FirstName, canWrite: false));
        Assert.NotNull(keys.TryCreate("noc", canWrite: false));
        Assert.Equal(
            (true, "admin"),
            ((await keys.FindAsync(first, default))!.CanWrite, (await keys.FindAsync(first, default))!.Name));
        Assert.Equal(["admin", "noc"], (await keys.ListAsync(default)).Select(k => k.Name));
        Assert.True(await keys.DeleteAsync("noc", default));

        await audit.WriteAsync("admin", "PUT", "/x", null, "{}");
        await audit.WriteAsync("admin", "DELETE", "/x", new string('x', 2 * AuditLog.MaxText), null);
        var (items, total) = await audit.ListAsync(0, 1, default);
        Assert.Equal((2, "DELETE"), (total, items.Single().Method));
        Assert.Equal(AuditLog.MaxText + 1, items.Single().Before!.Length);
    }

    // Three nodes start at once on an empty database: one key is made, and printed once.
    [Fact]
    public async Task Of_nodes_that_start_at_once_one_makes_the_first_key()
    {
        await using var database = await TestDatabase.CreateAsync(StorageProvider.PostgreSql, AdminMigrations.All);

        var keys = await Task.WhenAll(Enumerable.Range(0, 3)
            .Select(_ => Task.Run(() => ApiKeys.EnsureFirst(database.Database, TimeProvider.System))));

        Assert.Single(keys, k => k is not null);
    }
}
