using System.Globalization;
using System.Text.RegularExpressions;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Calls;

/// <summary>One message as a sipp logged it, whole. Lines end with a line feed alone, as in sipp's log.</summary>
/// <param name="Sent">True when the peer sent it.</param>
/// <param name="Text">Start line, headers, empty line, body.</param>
internal sealed partial record WireMessage(bool Sent, string Text)
{
    /// <summary>Request line or status line.</summary>
    public string StartLine => Text[..Text.IndexOf('\n', StringComparison.Ordinal)];

    /// <summary>Status code, 0 for a request.</summary>
    public int Status => StartLine.StartsWith("SIP/2.0 ", StringComparison.Ordinal)
        ? int.Parse(StartLine.AsSpan(8, 3), CultureInfo.InvariantCulture) : 0;

    /// <summary>Method of the transaction.</summary>
    public string Method => Header("CSeq").Split(' ')[^1];

    /// <summary>All before the body.</summary>
    public string Head => Split().Head;

    /// <summary>The body; empty when there is none.</summary>
    public string Body => Split().Body;

    /// <summary>Value of a header's first line; empty when there is none.</summary>
    public string Header(string name) => Head.Split('\n').Skip(1)
        .FirstOrDefault(l => l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)) is { } line
        ? line[(name.Length + 1)..].Trim() : "";

    /// <summary>True for a request of this method.</summary>
    public bool Is(string method) => Status == 0 && StartLine.StartsWith(method + " ", StringComparison.Ordinal);

    /// <summary>True for a response of this status to this method.</summary>
    public bool Is(int status, string method) => Status == status && Method == method;

    /// <summary>All messages that a sipp kept.</summary>
    public static IReadOnlyList<WireMessage> Of(SippResult result) =>
    [
        .. Entry().Split(result.Log).Skip(1).Chunk(2)
            .Select(pair => new WireMessage(pair[0] == "sent", pair[1].TrimStart('\n'))),
    ];

    private (string Head, string Body) Split()
    {
        var end = Text.IndexOf("\n\n", StringComparison.Ordinal);
        return end < 0 ? (Text.TrimEnd('\n'), "") : (Text[..end], Text[(end + 2)..].TrimEnd('\n'));
    }

    [GeneratedRegex(@"-{40,} [^\n]+\n(?:UDP|TCP) message (sent|received) [^\n]*\n")]
    private static partial Regex Entry();
}
