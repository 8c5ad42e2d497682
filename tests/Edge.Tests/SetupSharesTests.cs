namespace Tandem.Edge.Tests;

public sealed class SetupSharesTests
{
    [Fact]
    public void One_gateway_that_floods_gets_half_and_leaves_the_rest_to_others()
    {
        var shares = new SetupShares(100);
        Fill(shares, "flood");
        Assert.Equal(50, Fill(shares, "flood", already: 50));
        Assert.False(shares.IsFull);
        Assert.Equal(25, Fill(shares, "second"));
        Assert.False(shares.IsFullFor("third"));
    }

    [Fact]
    public void Room_for_all_is_at_an_end_when_many_gateways_have_used_it()
    {
        var shares = new SetupShares(3);
        foreach (var gateway in (string[])["a", "b", "c"])
        {
            Assert.False(shares.IsFull);
            Assert.False(shares.IsFullFor(gateway));
            shares.Take(gateway);
        }

        Assert.True(shares.IsFull);
    }

    [Fact]
    public void What_is_released_can_be_taken_again()
    {
        var shares = new SetupShares(4);
        Assert.Equal(2, Fill(shares, "a"));
        shares.Release("a");
        Assert.False(shares.IsFullFor("a"));
        shares.Release("a");
        Assert.Equal(2, Fill(shares, "a"));
    }

    private static int Fill(SetupShares shares, string gateway, int already = 0)
    {
        var taken = already;
        for (; !shares.IsFullFor(gateway); taken++) shares.Take(gateway);
        return taken;
    }
}
