using System.Text;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;

namespace Tandem.Conformance;

/// <summary>The torture test messages of one RFC, from the assembly's resources, and how tests read them.</summary>
internal sealed class TortureMessage(string rfc)
{
    /// <summary>The 49 of RFC 4475.</summary>
    public static readonly TortureMessage Rfc4475 = new("Rfc4475");

    /// <summary>The twelve of RFC 5118.</summary>
    public static readonly TortureMessage Rfc5118 = new("Rfc5118");

    private readonly string _folder = rfc + "/";

    public IEnumerable<string> Names =>
        typeof(TortureMessage).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(_folder, StringComparison.Ordinal))
            .Select(name => name[_folder.Length..^".dat".Length])
            .Order(StringComparer.Ordinal);

    public byte[] Load(string name)
    {
        using var stream = typeof(TortureMessage).Assembly.GetManifestResourceStream($"{_folder}{name}.dat")
            ?? throw new FileNotFoundException(name);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    public SipParseResult Parse(string name) => SipParser.ParseDatagram(Load(name));

    public SipMessage ParseValid(string name) => Valid(Load(name));

    public static SipMessage Valid(byte[] bytes)
    {
        var result = SipParser.ParseDatagram(bytes);
        Assert.Equal((SipParseOutcome.Message, SipRejectReason.None), (result.Outcome, result.Reason));
        return result.Message!;
    }

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    public static List<string> Values(SipMessage message, SipHeaderName name)
    {
        var values = new List<string>();
        foreach (var value in message.Values(name)) values.Add(Text(value));
        return values;
    }
}
