using CsCheck;
using Tandem.Shared.Configuration;

namespace Tandem.Shared.Tests.Configuration;

public sealed class PrefixTrieTests
{
    // Few symbols and short, so that prefixes of prefixes are common.
    private static readonly Gen<string> Prefix = Gen.String[Gen.Char["012*#+"], 0, 5];
    private static readonly Gen<string> Number = Gen.String[Gen.Char["012*#+x"], 0, 9];

    [Fact]
    public void The_longest_prefix_is_the_one_that_a_slow_search_finds() =>
        Gen.Select(Prefix.HashSet[0, 20], Number.Array[1, 20]).Sample((prefixes, numbers) =>
        {
            var trie = Trie(prefixes);
            Assert.Equal(prefixes.Count, trie.Count);
            foreach (var number in numbers)
            {
                var expected = prefixes.Where(p => number.StartsWith(p, StringComparison.Ordinal)).MaxBy(p => p.Length);
                Assert.Equal(expected, trie.Longest(number));
            }
        });

    [Fact]
    public void All_prefixes_come_longest_first() =>
        Gen.Select(Prefix.HashSet[0, 20], Number).Sample((prefixes, number) =>
        {
            var levels = new List<string> { "left over" };
            Trie(prefixes).AllLongestFirst(number, levels);
            Assert.Equal(
                prefixes.Where(p => number.StartsWith(p, StringComparison.Ordinal)).OrderByDescending(p => p.Length),
                levels);
        });

    [Fact]
    public void The_empty_prefix_matches_every_number()
    {
        var trie = Trie([""]);
        Assert.Equal("", trie.Longest("49301"));
        Assert.Equal("", trie.Longest("alice"));
        Assert.Equal("", trie.Longest(""));
    }

    [Fact]
    public void A_prefix_that_stands_twice_is_refused() =>
        Assert.Contains("'49' stands twice", Assert.Throws<ArgumentException>(() => Trie(["49", "49"])).Message);

    [Theory]
    [InlineData("4a")]
    [InlineData(" 4")]
    [InlineData("-")]
    [InlineData("٣")]
    public void What_no_number_has_is_no_prefix(string prefix)
    {
        Assert.False(PrefixTrie<string>.IsPrefix(prefix));
        Assert.Throws<ArgumentException>(() => Trie([prefix]));
    }

    [Fact]
    public void Digits_star_hash_and_plus_are_prefixes() => Assert.True(PrefixTrie<string>.IsPrefix("+0123456789*#"));

    private static PrefixTrie<string> Trie(IEnumerable<string> prefixes) =>
        new(prefixes.Select(p => KeyValuePair.Create(p, p)));
}
