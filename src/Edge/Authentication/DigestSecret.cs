using System.Security.Cryptography;
using LinqToDB;
using LinqToDB.Data;
using LinqToDB.Mapping;
using Tandem.Shared.Storage;
using Tandem.Sip.Authentication;

namespace Tandem.Edge.Authentication;

/// <summary>
/// The secret that nonces are signed with, so that a challenge of one node can be answered at any other: 256 random bits in
/// the database, made by the first node that ever starts.
/// </summary>
public static class DigestSecret
{
    private const string Name = "digest";

    /// <summary>Reads it; makes it when there is none.</summary>
    public static byte[] Ensure(Database database)
    {
        ArgumentNullException.ThrowIfNull(database);
        using var connection = database.Open();
        // Whoever comes second takes what the first has stored.
        connection.Execute(
            "INSERT INTO edge_secret (name, value) VALUES (@name, @value) ON CONFLICT (name) DO NOTHING",
            new DataParameter("name", Name, DataType.Text),
            new DataParameter(
                "value", Convert.ToBase64String(RandomNumberGenerator.GetBytes(DigestNonces.SecretBytes)), DataType.Text));
        return Convert.FromBase64String(connection.GetTable<Row>().Single(r => r.Name == Name).Value);
    }

    [Table("edge_secret")]
    private sealed class Row
    {
        [PrimaryKey, Column("name")]
        public string Name { get; init; } = "";

        [Column("value"), NotNull]
        public string Value { get; init; } = "";
    }
}

/// <summary>The table of the edge's secrets.</summary>
public static class AuthenticationMigrations
{
    private const string Create = "CREATE TABLE edge_secret (name TEXT PRIMARY KEY, value TEXT NOT NULL)";

    /// <summary>All steps.</summary>
    public static readonly IReadOnlyList<Migration> All = [new(510, "secrets of the edge", Create, Create)];
}
