using Tandem.TestSupport;

namespace Tandem.Fuzz;

/// <summary>What the targets are seeded with: tests/Fuzz/corpus, and the torture messages of RFC 4475 and 5118.</summary>
internal static class Corpus
{
    // Under afl the program lies elsewhere and starts in the root of the repository.
    private static readonly string s_root = File.Exists("Cluster.sln") ? Environment.CurrentDirectory : RepositoryRoot.Path;

    /// <summary>The inputs of a target. Those that read messages share the torture messages and the corpus of messages.</summary>
    public static List<byte[]> Of(string target)
    {
        var root = Path.Combine(s_root, "tests");
        var own = Files(Path.Combine(root, "Fuzz", "corpus", target));
        if (target is "fields" or "sdp") return own;
        var messages = target == "message" ? own : [.. own, .. Files(Path.Combine(root, "Fuzz", "corpus", "message")).Select(Wrap)];
        return
        [
            .. messages,
            .. Files(Path.Combine(root, "Conformance", "Rfc4475")).Select(Wrap),
            .. Files(Path.Combine(root, "Conformance", "Rfc5118")).Select(Wrap),
        ];

        byte[] Wrap(byte[] message) => target switch
        {
            "stream" or "framer" => [40, .. message],
            "layer" => [(byte)(message.Length >> 8), (byte)message.Length, .. message],
            _ => message,
        };
    }

    private static List<byte[]> Files(string folder) =>
        Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, "*.dat").Order(StringComparer.Ordinal).Select(File.ReadAllBytes)]
            : [];
}
