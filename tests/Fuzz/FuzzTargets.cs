using System.Collections.Immutable;
using System.Net;
using System.Text;
using Tandem.Sip.Authentication;
using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.Sip.Sdp;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;
using Tandem.Sip.Writing;

namespace Tandem.Fuzz;

/// <summary>
/// The entrances of what peers send. Each takes any bytes, never throws on them, and throws
/// <see cref="BrokenPromiseException"/> when what came out contradicts what went in.
/// </summary>
internal static class FuzzTargets
{
    // The longest message, and as much again by doubling, with the room that the next bytes get.
    private const int MaxFramerBytes = 2 * 65_536 + 2_048;

    /// <summary>The targets by name; the name is also that of the corpus folder that seeds it.</summary>
    public static ImmutableSortedDictionary<string, Action<byte[]>> All { get; } = new Dictionary<string, Action<byte[]>>
    {
        ["message"] = Message,
        ["rewrite"] = Rewrite,
        ["stream"] = Stream,
        ["layer"] = Layer,
        ["fields"] = Fields,
        ["framer"] = Framer,
        ["sdp"] = Sdp,
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>A datagram: read in full, screened, and answered where it may be; the answer parses.</summary>
    public static void Message(byte[] bytes)
    {
        var result = SipParser.ParseDatagram(bytes);
        Promise(result.Outcome != SipParseOutcome.NeedMore, "a datagram needs nothing more");
        Promise(result.Consumed == bytes.Length, "a datagram is consumed whole");
        Promise(result.Outcome == SipParseOutcome.Message == (result.Reason == SipRejectReason.None), "a reason for a refusal");
        if (result.Message is not { } message) return;
        Reader.ReadAll(message);
        Promise(message.Raw.Length <= bytes.Length, "no message is longer than its datagram");
        if (result.Outcome == SipParseOutcome.Message && message.IsRequest)
            RequestScreening.Screen(message, ScreeningRules.Default);
        if (!message.CanBeAnswered || message.Raw.Length - message.Body.Length > TransactionLayer.MaxRequestHeaderBytes) return;

        using var writer = new SipWriter(64);
        var status = Math.Max(result.StatusToAnswer, 200);
        writer.WriteShortResponse(message, status, result.Reason.ReasonPhrase(), "t"u8, Made.Source);
        var answer = SipParser.ParseDatagram(writer.ToArray());
        Promise(answer.Message is { IsResponse: true } response && response.StatusCode == status, "an answer is a response");
        if (result.Outcome == SipParseOutcome.Message)
            Promise(answer.Reason == SipRejectReason.None, "the answer to a good request is good");
    }

    /// <summary>A good message written again, field by field: parses to the same.</summary>
    public static void Rewrite(byte[] bytes)
    {
        var result = SipParser.ParseDatagram(bytes);
        if (result.Outcome != SipParseOutcome.Message) return;
        var message = result.Message!;
        using var writer = new SipWriter(64);
        if (message.IsRequest) writer.RequestLine(message.MethodToken, message.RequestUri);
        else writer.StatusLine(message.StatusCode, message.ReasonPhrase);
        foreach (var header in message.Headers)
        {
            if (header.Name == SipHeaderName.ContentLength) continue;
            if (header.Name == SipHeaderName.Unknown) writer.Header(header.NameText, header.Value);
            else writer.Header(header.Name, header.Value);
        }

        // Long names for compact ones and a Content-Length may make it too long; that is the writer's own bound.
        if (writer.Length + 32 + message.Body.Length > SipLimits.DefaultMaxMessageBytes) return;
        writer.Finish(message.Body.Span);
        var again = SipParser.ParseDatagram(writer.ToArray(), new SipLimits { MaxHeaders = SipLimits.HardMaxHeaders, MaxHeaderBytes = 65_535 });
        Promise(again.Outcome == SipParseOutcome.Message, $"what was written parses ({again.Reason})");
        var copy = again.Message!;
        Promise(copy.MethodToken.SequenceEqual(message.MethodToken), "the method is the same");
        Promise(copy.RequestUri.SequenceEqual(message.RequestUri), "the Request-URI is the same");
        Promise(copy.StatusCode == message.StatusCode, "the status is the same");
        Promise(copy.CSeqNumber == message.CSeqNumber, "CSeq is the same");
        Promise(copy.MaxForwards == message.MaxForwards, "Max-Forwards is the same");
        Promise(copy.FromTag.SequenceEqual(message.FromTag) && copy.ToTag.SequenceEqual(message.ToTag), "the tags are the same");
        Promise(copy.CallId.SequenceEqual(message.CallId), "Call-ID is the same");
        Promise(copy.Body.Span.SequenceEqual(message.Body.Span), "the body is the same");
        Promise(copy.TopVia.Branch.SequenceEqual(message.TopVia.Branch), "the branch is the same");
        foreach (var name in (SipHeaderName[])[SipHeaderName.Via, SipHeaderName.Contact, SipHeaderName.Route])
            Promise(Reader.Count(copy, name) == Reader.Count(message, name), $"as many values of {name}");
    }

    /// <summary>
    /// A stream: the first byte says how it is cut; however it is cut, the same messages come out, and a refusal in the same
    /// place.
    /// </summary>
    public static void Stream(byte[] bytes)
    {
        if (bytes.Length == 0) return;
        var text = bytes.AsMemory(1);
        var whole = Messages(text, text.Length);
        var cut = Messages(text, 1 + bytes[0] * 3);
        Promise(whole.SequenceEqual(cut), "a cut changes nothing");
    }

    /// <summary>
    /// A connection: the first byte says in what pieces it arrives; however it is cut, the same frames come out, pings too, and
    /// the room stays bounded.
    /// </summary>
    public static void Framer(byte[] bytes)
    {
        if (bytes.Length == 0) return;
        var text = bytes.AsSpan(1);
        var whole = Frames(text, text.Length);
        Promise(whole.SequenceEqual(Frames(text, 1 + bytes[0])), "a cut changes nothing");
    }

    /// <summary>
    /// A session description under rules that the first byte chooses: only a changed one is new, what was written follows the
    /// grammar, keeps its media, and has nothing left to change.
    /// </summary>
    public static void Sdp(byte[] bytes)
    {
        if (bytes.Length == 0) return;
        var choice = bytes[0];
        var codecs = Made.Codecs;
        var rules = new SdpRules(
            codecs[(choice >> 4) % codecs.Length], codecs[(choice >> 6) % codecs.Length],
            (SdpAnnex)(choice & 3), (SdpAnnex)(choice >> 2 & 3));
        ReadOnlyMemory<byte> description = bytes.AsMemory(1);
        var outcome = SdpRewriter.Rewrite(description, rules, out var result);
        var isSame = result.Span.SequenceEqual(description.Span);
        Promise(outcome == SdpOutcome.Changed != isSame, "changed or not");
        if (outcome != SdpOutcome.Changed || description.Length > SdpRewriter.MaxBytes / 2) return;
        Promise(MediaIn(result.Span) == MediaIn(description.Span), "no m= line comes or goes");
        Promise(
            SdpRewriter.Rewrite(result, rules, out _) == SdpOutcome.Unchanged, "there is nothing left to change");
    }

    /// <summary>Datagrams, each behind two bytes of its length, to a transaction layer: nothing is thrown, nothing stays.</summary>
    public static void Layer(byte[] bytes)
    {
        var user = new AnsweringUser();
        var layer = new TransactionLayer(new TransactionLayerOptions { SentBy = "198.51.100.7:5060" }, user, user, 1_000, 0);
        user.Layer = layer;
        long now = 0;
        var rest = bytes.AsMemory();
        while (rest.Length > 2)
        {
            var length = Math.Min(rest.Span[0] << 8 | rest.Span[1], rest.Length - 2);
            layer.OnDatagram(rest.Slice(2, length), Made.Remote, now);
            layer.Advance(now += 97);
            rest = rest[(2 + length)..];
        }

        for (var hour = 0; hour < 3; hour++) layer.Advance(now += 3_600_000);
        Promise(layer.Statistics.ActiveServerTransactions == 0, "no transaction stays");
    }

    /// <summary>One value: the first byte says of what.</summary>
    public static void Fields(byte[] bytes)
    {
        if (bytes.Length == 0) return;
        var text = bytes.AsSpan(1);
        switch (bytes[0] % 5)
        {
            case 0:
                if (!SipUri.TryParse(text, out var uri)) break;
                Promise(uri.IsEquivalentTo(uri), "a URI is its own equal");
                Promise(uri.Raw.SequenceEqual(text), "a URI fills its text");
                Reader.Read(uri);
                break;
            case 1:
                if (!NameAddress.TryParse(text, out var address, out var used)) break;
                Promise(used <= text.Length && (used == text.Length || text[used] == ','), "an address ends at a comma");
                Reader.Read(address);
                break;
            case 2:
                if (!SipVia.TryParse(text, out var via, out used)) break;
                Promise(used <= text.Length && (used == text.Length || text[used] == ','), "a Via ends at a comma");
                Promise(via.Branch.SequenceEqual(First(via.Parameters, "branch"u8)), "the branch is the first one");
                Promise(via.Received.SequenceEqual(First(via.Parameters, "received"u8)), "received is the first one");
                Promise(via.HasRport == via.Parameters.Contains("rport"u8), "rport is there or not");
                Reader.Read(via);
                break;
            case 3:
                foreach (var value in new SipListSplitter(text)) Promise(!value.IsEmpty, "no element is empty");
                break;
            case 4:
                if (!DigestCredentials.TryParse(text, out var credentials)) break;
                Promise(credentials.Nonce.Length + credentials.Username.Length + credentials.Response.Length < text.Length,
                    "credentials are parts of their text");
                break;
        }
    }

    private static ReadOnlySpan<byte> First(SipParameters parameters, ReadOnlySpan<byte> name) =>
        parameters.TryGet(name, out var value) ? value : default;

    private static List<string> Messages(ReadOnlyMemory<byte> stream, int step)
    {
        var found = new List<string>();
        int read = 0, start = 0;
        while (read < stream.Length)
        {
            read = Math.Min(stream.Length, read + step);
            while (true)
            {
                var result = SipParser.ParseStream(stream[start..read]);
                if (result.Outcome == SipParseOutcome.NeedMore) break;
                if (result.Outcome == SipParseOutcome.Rejected && result.Consumed == 0)
                {
                    // The connection is closed here. Which of two errors is met first may depend on the cut.
                    found.Add("lost");
                    return found;
                }

                Promise(result.Consumed > 0, "a message has bytes");
                found.Add($"{result.Outcome} {result.Reason} {Encoding.Latin1.GetString(result.Message!.Raw.Span)}");
                start += result.Consumed;
            }
        }

        return found;
    }

    private static List<string> Frames(ReadOnlySpan<byte> stream, int step)
    {
        var found = new List<string>();
        var framer = new SipFramer();
        while (!stream.IsEmpty)
        {
            var room = framer.GetMemory().Span;
            Promise(!room.IsEmpty, "there is room");
            Promise(framer.Capacity <= MaxFramerBytes, "the room is bounded");
            var length = Math.Min(Math.Min(step, stream.Length), room.Length);
            stream[..length].CopyTo(room);
            stream = stream[length..];
            framer.Advance(length);
            while (framer.Read(out var result) is not SipFrame.None and var frame)
            {
                // Which of two errors is met first may depend on the cut.
                found.Add(frame is SipFrame.Lost or SipFrame.Ping
                    ? frame.ToString()
                    : $"{frame} {result.Reason} {Encoding.Latin1.GetString(result.Message!.Raw.Span)}");
                if (frame == SipFrame.Lost) return found;
            }
        }

        return found;
    }

    private static int MediaIn(ReadOnlySpan<byte> description)
    {
        var count = 0;
        foreach (var line in new SdpLines(description)) count += line.Type == 'm' ? 1 : 0;
        return count;
    }

    private static void Promise(bool kept, string promise)
    {
        if (!kept) throw new BrokenPromiseException(promise);
    }

    // Apart from the table of the targets: Fuzzer.Run must come before the first use of the instrumented library.
    private static class Made
    {
        public static readonly SipSource Source = new(IPAddress.Parse("2001:db8::7"), 5061);
        public static readonly SipEndPoint Remote = SipEndPoint.Parse("192.0.2.10:5060");
        public static readonly SdpCodecs[] Codecs =
            [SdpCodecs.All, new(["G729", "PCMA"]), new(["G723", "PCMU"]), new(["G729", "G723", "PCMA", "T38"])];
    }

    /// <summary>Answers what it is told of at once.</summary>
    private sealed class AnsweringUser : IDatagramSink, ITransactionUser
    {
        public TransactionLayer? Layer { get; set; }

        public void Send(SipEndPoint remote, ReadOnlySpan<byte> datagram)
        {
        }

        public void OnRequest(ServerTransaction transaction, SipMessage request) =>
            Layer!.Respond(transaction, transaction.IsInvite ? 486 : 200);

        public void OnCancel(ServerTransaction inviteTransaction, SipMessage cancel)
        {
        }

        public void OnAck(ServerTransaction? inviteTransaction, SipMessage ack, SipEndPoint remote)
        {
        }

        public void OnAckTimeout(ServerTransaction inviteTransaction)
        {
        }

        public void OnUnanswered(ServerTransaction transaction)
        {
        }

        public void OnResponse(ClientTransaction transaction, SipMessage response)
        {
        }

        public void OnTimeout(ClientTransaction transaction)
        {
        }

        public void OnTransportError(ClientTransaction transaction)
        {
        }

        public void OnTransportError(ServerTransaction transaction)
        {
        }

        public void OnStrayResponse(SipMessage response, SipEndPoint remote)
        {
        }
    }
}
