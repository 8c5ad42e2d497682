using System.Reflection;
using System.Reflection.Emit;
using Tandem.Shared.Cluster;
using Tandem.Shared.Cluster.Wire;

namespace Tandem.Shared.Tests.Wire;

public sealed class WireTableTests
{
    private const string Manifests = "manifests.txt";

    [Fact]
    public void Every_marked_type_has_one_row() => WireTable.Check(WireTable.Rows, WireTable.TypesOfTandem());

    [Fact]
    public void The_check_sees_the_products_assemblies() =>
        Assert.Superset(Samples.MarkedTypes.ToHashSet(), WireTable.TypesOfTandem().ToHashSet());

    [Fact]
    public void A_marked_type_without_a_row_is_named()
    {
        var fault = Assert.Throws<InvalidOperationException>(() =>
            WireTable.Check(WireTable.Rows, [typeof(string), Unmapped("Somewhere.Unmapped")]));
        Assert.Contains("Somewhere.Unmapped is marked IWireMessage", fault.Message);
        Assert.DoesNotContain("String", fault.Message);
    }

    [Fact]
    public void A_manifest_that_stands_twice_is_named()
    {
        var first = WireTable.Rows[0];
        var second = WireTable.Rows[1] with { Manifest = first.Manifest };
        var fault = Assert.Throws<InvalidOperationException>(() => WireTable.Check([first, second], []));
        Assert.Contains($"'{first.Manifest}'", fault.Message);
        Assert.Contains(second.Type.FullName!, fault.Message);
    }

    [Fact]
    public void A_type_that_stands_twice_is_named()
    {
        var row = WireTable.Rows[0];
        var fault = Assert.Throws<InvalidOperationException>(() =>
            WireTable.Check([row, row with { Manifest = "zzz" }], []));
        Assert.Contains(row.Type.FullName!, fault.Message);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("abcde")]
    [InlineData("a1")]
    [InlineData("AB")]
    public void A_manifest_has_two_to_four_lower_case_letters(string manifest) =>
        Assert.Contains($"'{manifest}'", Assert.Throws<InvalidOperationException>(() =>
            WireTable.Check([WireTable.Rows[0] with { Manifest = manifest }], [])).Message);

    [Fact]
    public void The_manifest_table_only_grows()
    {
        string[] now = [.. WireTable.Rows.Select(r => $"{r.Manifest} {r.Type.FullName}")];
        if (SourceFile.Accepts) SourceFile.Append(Manifests, now.Except(SourceFile.Lines(Manifests)));
        var remembered = SourceFile.Lines(Manifests);
        Assert.True(
            remembered.Except(now).FirstOrDefault() is null,
            $"Gone or changed, but older nodes and stored bytes use it: {remembered.Except(now).FirstOrDefault()}");
        Assert.True(
            now.Except(remembered).FirstOrDefault() is null,
            $"New; add to {Manifests} (TANDEM_ACCEPT=1 does it): {string.Join("; ", now.Except(remembered))}");
    }

    private static Type Unmapped(string name)
    {
        var assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Unmapped"), AssemblyBuilderAccess.Run);
        return assembly.DefineDynamicModule("Unmapped")
            .DefineType(name, TypeAttributes.Public | TypeAttributes.Sealed, typeof(object), [typeof(IWireMessage)])
            .CreateType();
    }
}
