using System.Text;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;

namespace Tandem.Conformance;

/// <summary>The messages of RFC 4475, from the assembly's resources.</summary>
internal static class Rfc4475Message
{
    public static IEnumerable<string> Names =>
        typeof(Rfc4475Message).Assembly.GetManifestResourceNames()
            .Where(name => name.EndsWith(".dat", StringComparison.Ordinal))
            .Select(name => name[..^4])
            .Order();

    public static byte[] Load(string name)
    {
        using var stream = typeof(Rfc4475Message).Assembly.GetManifestResourceStream(name + ".dat")
            ?? throw new FileNotFoundException(name);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    public static SipParseResult Parse(string name) => SipParser.ParseDatagram(Load(name));

    public static SipMessage ParseValid(string name)
    {
        var result = Parse(name);
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
