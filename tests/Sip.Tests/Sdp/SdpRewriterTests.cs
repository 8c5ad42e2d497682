using System.Text;
using CsCheck;
using Tandem.Sip.Sdp;

namespace Tandem.Sip.Tests.Sdp;

[Trait("RFC", "3264, 4856, 8866")]
public sealed class SdpRewriterTests
{
    private const string Head = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";

    private const string Offer = Head
        + "m=audio 4000 RTP/AVP 0 8 18 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:18 G729/8000\r\n"
        + "a=fmtp:18 annexb=yes\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n";

    private static readonly string[] Names =
        ["PCMU", "PCMA", "G729", "G723", "G722", "GSM", "iLBC", "AMR", "G726-32", "opus", "H264", "VP8"];

    [Fact]
    public void Without_a_setting_the_same_memory_comes_back()
    {
        var offer = Encoding.ASCII.GetBytes(Offer).AsMemory();

        var outcome = SdpRewriter.Rewrite(offer, Rules(), out var result);

        Assert.Equal(SdpOutcome.Unchanged, outcome);
        Assert.True(result.Equals(offer));
    }

    [Fact]
    public void Codecs_that_are_not_listed_leave_the_media_line_with_their_attributes_and_digits_stay()
    {
        Changes(
            Offer,
            Rules(["g729"]),
            Head + "m=audio 4000 RTP/AVP 18 101\r\na=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=yes\r\n"
            + "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n");
    }

    [Fact]
    public void Both_gateways_lists_hold()
    {
        Changes(
            Offer,
            Rules(["PCMA", "G729"], ["PCMA", "PCMU"]),
            Head + "m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
            + "a=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n");
    }

    [Fact]
    public void Static_payloads_need_no_rtpmap() =>
        Changes(Head + "m=audio 4000 RTP/AVP 0 3 4 8 9\r\n", Rules(["G722", "GSM"]), Head + "m=audio 4000 RTP/AVP 3 9\r\n");

    [Theory]
    [InlineData("a=fmtp:18")]
    [InlineData("a=fmtp:18 ")]
    public void A_format_without_parameters_gets_its_annex_behind_a_space(string format) =>
        Becomes(
            Head + $"m=audio 4000 RTP/AVP 18\r\n{format}\r\n", Rules(annexB: SdpAnnex.Yes),
            Head + "m=audio 4000 RTP/AVP 18\r\na=fmtp:18 annexb=yes\r\n");

    [Theory]
    [InlineData("G729A")]
    [InlineData("G729AB")]
    [InlineData("g729b")]
    public void G729_goes_under_several_names(string name)
    {
        var offer = Head + $"m=audio 4000 RTP/AVP 96 8\r\na=rtpmap:96 {name}/8000\r\n";

        Changes(offer, Rules(["G729"]), Head + $"m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 {name}/8000\r\n");
    }

    [Fact]
    public void Media_line_without_a_codec_is_switched_off_and_keeps_its_formats()
    {
        var audio = "m=audio 4000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n";
        var video = "m=video 4002/2 RTP/AVP 99\r\na=rtpmap:99 H264/90000\r\n";

        Changes(
            Head + audio + video, Rules(["PCMA"]), Head + audio + "m=video 0 RTP/AVP 99\r\na=rtpmap:99 H264/90000\r\n");
    }

    [Theory]
    [InlineData("m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n")]
    [InlineData("m=audio 4000 RTP/AVP 0\r\nm=audio 0 RTP/AVP 18\r\n")]
    public void Nothing_is_left_when_no_line_of_audio_keeps_a_codec(string media) =>
        Assert.Equal(SdpOutcome.NothingLeft, SdpRewriter.Rewrite(Bytes(Head + media), Rules(["G729"]), out _));

    [Fact]
    public void Fax_is_left_as_it_is()
    {
        var fax = Head + "m=image 4000 udptl t38\r\na=T38FaxVersion:0\r\n";

        Assert.Equal(SdpOutcome.Unchanged, SdpRewriter.Rewrite(Bytes(fax), Rules(["G729"]), out _));
    }

    [Theory]
    [InlineData(SdpAnnex.Yes, "a=fmtp:18 annexb=yes\r\n")]
    [InlineData(SdpAnnex.No, "a=fmtp:18 annexb=no\r\n")]
    [InlineData(SdpAnnex.Absent, "")]
    public void Annexb_is_set_or_taken_out(SdpAnnex annex, string line)
    {
        var start = Head + "m=audio 4000 RTP/AVP 18 8\r\na=rtpmap:18 G729/8000\r\n";
        var end = "a=sendrecv\r\n";

        Becomes(start + "a=fmtp:18 annexb=yes\r\n" + end, Rules(annexB: annex), start + line + end);
        Becomes(start + "a=fmtp:18 annexb=no\r\n" + end, Rules(annexB: annex), start + line + end);
        Becomes(start + end, Rules(annexB: annex), start + line + end);
    }

    [Theory]
    [InlineData("a=fmtp:4 bitrate=6.3; annexa=yes", SdpAnnex.No, "a=fmtp:4 bitrate=6.3;annexa=no")]
    [InlineData("a=fmtp:4 ANNEXA=yes;bitrate=6.3", SdpAnnex.Absent, "a=fmtp:4 bitrate=6.3")]
    [InlineData("a=fmtp:4 bitrate=6.3", SdpAnnex.Yes, "a=fmtp:4 bitrate=6.3;annexa=yes")]
    public void Annexa_stands_beside_other_parameters(string before, SdpAnnex annex, string after)
    {
        var start = Head + "m=audio 4000 RTP/AVP 4\r\n";

        Changes(start + before + "\r\n", Rules(annexA: annex), start + after + "\r\n");
    }

    [Fact]
    public void Static_payload_without_rtpmap_gets_its_fmtp_at_the_end_of_its_section() =>
        Changes(
            Head + "m=audio 4000 RTP/AVP 18\r\na=sendrecv\r\nm=video 4002 RTP/AVP 31\r\n",
            Rules(annexB: SdpAnnex.No),
            Head + "m=audio 4000 RTP/AVP 18\r\na=sendrecv\r\na=fmtp:18 annexb=no\r\nm=video 4002 RTP/AVP 31\r\n");

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("v=0\r\nm=audio\r\n")]
    [InlineData("v=0\r\nm=audio x RTP/AVP 8\r\n")]
    [InlineData("v=0\r\nnothing\r\n")]
    [InlineData("v=0\r\n\r\nm=audio 4000 RTP/AVP 8\r\n")]
    public void Malformed_description_goes_on_as_it_came(string text)
    {
        var outcome = SdpRewriter.Rewrite(Bytes(text), Rules(["G729"], annexB: SdpAnnex.No), out var result);

        Assert.Contains(outcome, new[] { SdpOutcome.Malformed, SdpOutcome.Unchanged });
        Assert.Equal(text, Encoding.ASCII.GetString(result.Span));
    }

    [Fact]
    public void Line_feed_alone_ends_a_line_and_stays()
    {
        var text = Offer.Replace("\r\n", "\n", StringComparison.Ordinal);

        var outcome = SdpRewriter.Rewrite(Bytes(text), Rules(["PCMU"]), out var result);

        Assert.Equal(SdpOutcome.Changed, outcome);
        Assert.Contains("m=audio 4000 RTP/AVP 0 101\na=rtpmap:0 PCMU/8000\na=rtpmap:101", Text(result), StringComparison.Ordinal);
    }

    // Against the obvious rules: what is filtered once is filtered; every codec line that stays is allowed; all else is there.
    [Fact]
    public void Property_filtered_twice_is_filtered_once_and_only_allowed_codecs_stay()
    {
        Gen.Select(Descriptions, Gen.Enum<SdpAnnex>(), Gen.Enum<SdpAnnex>(), OneOf(Names).Array[0, 6]).Sample(
            (text, annexB, annexA, allowed) =>
            {
                var rules = Rules(allowed, annexB: annexB, annexA: annexA);
                if (SdpRewriter.Rewrite(Bytes(text), rules, out var once) == SdpOutcome.NothingLeft) return;
                var again = SdpRewriter.Rewrite(once, rules, out var twice);

                Assert.Equal(Text(once), Text(twice));
                Assert.NotEqual(SdpOutcome.Malformed, again);
                Assert.Equal(Untouched(text), Untouched(Text(once)));
                if (allowed.Length == 0) return;
                var off = false;
                foreach (var line in Text(once).Split("\r\n"))
                {
                    if (line.StartsWith("m=", StringComparison.Ordinal)) off = line.Split(' ')[1] == "0";
                    if (off || !line.StartsWith("a=rtpmap:", StringComparison.Ordinal)) continue;
                    var name = line.Split(' ')[1].Split('/')[0];
                    Assert.True(
                        name is "telephone-event" or "CN" || allowed.Contains(name, StringComparer.OrdinalIgnoreCase), line);
                }
            });
    }

    [Fact]
    public void Property_hostile_bytes_never_throw_and_never_grow_without_bound()
    {
        var fragments = Gen.OneOf(
            OneOf("v=0\r\n", "m=audio 1 RTP/AVP", "a=rtpmap:", "a=fmtp:18 ", "annexb=", "18", " ", ";", "\r\n", "\n", "=", "/"),
            Gen.Char.Array[0, 4].Select(c => new string(c)));
        Gen.Select(fragments.Array[0, 40], Gen.Enum<SdpAnnex>()).Sample((parts, annex) =>
        {
            var body = Encoding.UTF8.GetBytes("v=0\r\n" + string.Concat(parts));

            SdpRewriter.Rewrite(body, Rules(["G729"], annexB: annex), out var result);

            Assert.InRange(result.Length, 0, body.Length + SdpRewriter.MaxPayloads * 32);
        });
    }

    private static Gen<string> Descriptions =>
        Gen.Select(OneOf("audio", "video"), Gen.Int[0, 3], OneOf(Names).Array[1, 6], Gen.Bool, Gen.Int[0, 3])
            .Select((kind, port, codecs, digits, format) => Section(kind, port * 1000, codecs, digits, format))
            .Array[1, 3]
            .Select(sections => Head + string.Concat(sections));

    private static string Section(string kind, int port, string[] codecs, bool digits, int format)
    {
        var numbers = string.Join(' ', codecs.Select((_, i) => 96 + i)) + (digits ? " 120" : "");
        var text = new StringBuilder($"m={kind} {port} RTP/AVP {numbers}\r\nb=AS:64\r\n");
        for (var i = 0; i < codecs.Length; i++)
        {
            text.Append($"a=rtpmap:{96 + i} {codecs[i]}/8000\r\n");
            var parameters = format switch { 0 => "", 1 => "annexb=yes", 2 => "x=1;annexa=no", _ => "x=1" };
            if (parameters.Length > 0) text.Append($"a=fmtp:{96 + i} {parameters}\r\n");
        }

        if (digits) text.Append("a=rtpmap:120 telephone-event/8000\r\n");
        return text.Append("a=sendrecv\r\n").ToString();
    }

    private static string[] Untouched(string text) =>
    [
        .. text.Split("\r\n").Where(l => !l.StartsWith("m=", StringComparison.Ordinal)
            && !l.StartsWith("a=rtpmap:", StringComparison.Ordinal) && !l.StartsWith("a=fmtp:", StringComparison.Ordinal)),
    ];

    private static void Changes(string before, SdpRules rules, string after)
    {
        Assert.NotEqual(before, after);
        Becomes(before, rules, after);
    }

    private static void Becomes(string before, SdpRules rules, string after)
    {
        var outcome = SdpRewriter.Rewrite(Bytes(before), rules, out var result);
        Assert.Equal(after, Text(result));
        Assert.Equal(before == after ? SdpOutcome.Unchanged : SdpOutcome.Changed, outcome);
    }

    private static Gen<string> OneOf(params string[] choices) => Gen.Int[0, choices.Length - 1].Select(i => choices[i]);

    private static SdpRules Rules(
        string[]? near = null, string[]? far = null, SdpAnnex annexB = SdpAnnex.Keep, SdpAnnex annexA = SdpAnnex.Keep) =>
        new(new SdpCodecs(near ?? []), new SdpCodecs(far ?? []), annexB, annexA);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
