using CsCheck;

namespace Tandem.Fuzz;

/// <summary>
/// What of fuzzing runs with every change: the whole corpus once more, and a few seconds of mutations of it for each target. A
/// failure prints its CsCheck seed.
/// </summary>
public sealed class FuzzTests
{
    private const int SecondsPerTarget = 4;
    private const int LongestInput = 8_192;

    private static readonly Gen<Mutation[]> Mutations = Gen.Select(
        Gen.Int[0, 6], Gen.Int[0, int.MaxValue - 1], Gen.Int[0, int.MaxValue - 1], Gen.Byte, Gen.Int[1, 64],
        (kind, at, from, value, length) => new Mutation(kind, at, from, value, length)).Array[1, 10];

    private static readonly byte[][] Tokens =
    [
        .. new[]
        {
            "\r\n", "\r", "\n", "\r\n ", "\r\n\r\n", " ", "\t", ":", ";", ",", "=", "?", "@", "<", ">", "\"", "\\", "%", "%00", "*",
            "[", "]", "[::1]", "sip:", "sips:", "tel:", "SIP/2.0", "SIP/2.0/UDP ", "SIP/2.0 200 ", "INVITE ", "ACK ", "CANCEL ",
            "OPTIONS ", "Via: ", "v:", "From: ", "f:", "To: ", "t:", "Call-ID: ", "i:", "CSeq: ", "Contact: ", "m:",
            "Content-Length: ", "l:", "Max-Forwards: ", "Require: ", ";tag=", ";branch=z9hG4bK", ";rport", ";received=", ";maddr=",
            ";lr", ";ttl=", "Digest ", "realm=", "nonce=", "response=", "qop=auth", "algorithm=SHA-256", "nc=00000001",
            "4294967296", "65536", "-1", "0", "\0", "\u00ff",
        }.Select(System.Text.Encoding.Latin1.GetBytes),
    ];

    private sealed record Mutation(int Kind, int At, int From, byte Value, int Length);

    public static TheoryData<string> Targets => [.. FuzzTargets.All.Keys];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Every_input_of_the_corpus_keeps_the_promises(string target)
    {
        var inputs = Corpus.Of(target);
        Assert.True(inputs.Count >= 10, $"the corpus of {target} is lost: {inputs.Count} inputs");
        foreach (var input in inputs) FuzzTargets.All[target](input);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Seconds_of_mutations_break_no_promise(string target)
    {
        var (run, inputs) = (FuzzTargets.All[target], Corpus.Of(target));
        Gen.Select(Gen.Int[0, inputs.Count - 1], Gen.Int[0, inputs.Count - 1], Mutations).Sample(
            (index, other, mutations) => run(Apply(inputs[index], inputs[other], mutations)),
            time: SecondsPerTarget);
    }

    [Fact]
    public void The_corpus_over_and_over_leaves_nothing_behind()
    {
        Replay(3);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        Replay(10);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 512 * 1024);

        static void Replay(int times)
        {
            for (var i = 0; i < times; i++)
                foreach (var (name, run) in FuzzTargets.All)
                    foreach (var input in Corpus.Of(name)) run(input);
        }
    }

    private static byte[] Apply(byte[] input, byte[] other, Mutation[] mutations)
    {
        var bytes = input.ToList();
        foreach (var (kind, where, source, value, length) in mutations)
        {
            var at = bytes.Count == 0 ? 0 : where % bytes.Count;
            var count = Math.Min(length, bytes.Count - at);
            switch (kind)
            {
                case 0 when bytes.Count > 0: bytes[at] = value; break;
                case 1 when bytes.Count > 0: bytes[at] ^= (byte)(1 << (value & 7)); break;
                case 2: bytes.RemoveRange(at, count); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(at, count)); break;
                case 4: bytes.InsertRange(at, Tokens[source % Tokens.Length]); break;
                case 5 when other.Length > 0:
                    var from = source % other.Length;
                    bytes.InsertRange(at, other[from..Math.Min(other.Length, from + (length * 4))]);
                    break;
                default: bytes.RemoveRange(at, bytes.Count - at); break;
            }
        }

        return [.. bytes.Take(LongestInput)];
    }
}
