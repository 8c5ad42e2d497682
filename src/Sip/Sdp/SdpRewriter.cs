using System.Text;
using Tandem.Sip.Parsing;
using Tandem.Sip.Writing;

namespace Tandem.Sip.Sdp;

/// <summary>What came of a rewrite.</summary>
public enum SdpOutcome : byte
{
    /// <summary>The description goes on as it came.</summary>
    Unchanged,
    /// <summary>There is a new description.</summary>
    Changed,
    /// <summary>No audio (and no fax) is left: the description must not go on (RFC 3264 §6: 488).</summary>
    NothingLeft,
    /// <summary>It does not follow the grammar and goes on as it came.</summary>
    Malformed,
}

/// <summary>
/// Takes codecs out of a session description and sets annexb and annexa, every other byte as it came. Works on the bytes; only a
/// changed description is allocated. Pure.
/// </summary>
/// <remarks>
/// A payload that is not allowed leaves the <c>m=</c> line with its rtpmap, fmtp and rtcp-fb (RFC 8866 §6). A line without any
/// left gets port 0 and keeps its formats, since the grammar wants one (RFC 3264 §6). Lines that are off already, and those that
/// are not RTP (T.38), are not touched.
/// </remarks>
public static class SdpRewriter
{
    /// <summary>Payload types in one <c>m=</c> line; with more it is taken for malformed.</summary>
    public const int MaxPayloads = 64;

    /// <summary>Larger descriptions are taken for malformed: they leave no room in a message.</summary>
    public const int MaxBytes = 32_768;

    [ThreadStatic] private static SipWriter? s_writer;

    /// <summary>Rewrites a description.</summary>
    /// <param name="description">An application/sdp body.</param>
    /// <param name="rules">What changes.</param>
    /// <param name="result">The body to send on: the same memory unless <see cref="SdpOutcome.Changed"/>.</param>
    public static SdpOutcome Rewrite(ReadOnlyMemory<byte> description, in SdpRules rules, out ReadOnlyMemory<byte> result)
    {
        result = description;
        if (rules.ChangeNothing || description.IsEmpty) return SdpOutcome.Unchanged;
        var text = description.Span;
        if (!IsWellFormed(text)) return SdpOutcome.Malformed;

        var writer = s_writer ??= new SipWriter();
        writer.Reset();
        bool hadMedia = false, hasMedia = false;
        var position = SectionEnd(text, 0);
        writer.Raw(text[..position]);
        while (position < text.Length)
        {
            var end = SectionEnd(text, position);
            var section = text[position..end];
            var (had, has) = Section(section, rules, writer);
            hadMedia |= had;
            hasMedia |= has;
            position = end;
        }

        if (hadMedia && !hasMedia) return SdpOutcome.NothingLeft;
        if (writer.WrittenSpan.SequenceEqual(text)) return SdpOutcome.Unchanged;
        result = writer.ToArray();
        return SdpOutcome.Changed;
    }

    private static bool IsWellFormed(ReadOnlySpan<byte> text)
    {
        if (text.Length > MaxBytes || !text.StartsWith("v="u8)) return false;
        var lines = new SdpLines(text);
        while (lines.MoveNext())
        {
            if (lines.Current.Type != 'm') continue;
            if (!SdpMedia.TryParse(lines.Current.Value, out var media)) return false;
            if (media.IsRtp && CountOf(media.Formats) > MaxPayloads) return false;
        }

        return !lines.IsMalformed;
    }

    // From a position at the start of a line to the next m= line behind that line, or the end.
    private static int SectionEnd(ReadOnlySpan<byte> text, int position)
    {
        var lines = new SdpLines(text[position..]);
        var end = position;
        while (lines.MoveNext())
        {
            if (end > position && lines.Current.Type == 'm') break;
            end += lines.Current.Raw.Length;
        }

        return end;
    }

    // Whether there was usable audio or fax in the section, and whether there is.
    private static (bool Had, bool Has) Section(ReadOnlySpan<byte> section, in SdpRules rules, SipWriter writer)
    {
        var lines = new SdpLines(section);
        lines.MoveNext();
        var line = lines.Current;
        SdpMedia.TryParse(line.Value, out var media);
        var counts = media.IsAudio || media.Kind.SequenceEqual("image"u8);
        if (media.IsOff || !media.IsRtp)
        {
            writer.Raw(section);
            return (!media.IsOff && counts, !media.IsOff && counts);
        }

        Span<Payload> buffer = stackalloc Payload[MaxPayloads];
        var payloads = ReadPayloads(media, section, rules, buffer);
        var (kept, speech) = (0, 0);
        foreach (var payload in payloads)
        {
            if (payload.IsKept) kept++;
            if (payload is { IsKept: true, IsCompanion: false }) speech++;
        }

        var usable = media.IsAudio ? speech > 0 : kept > 0;
        if (!usable)
        {
            SwitchOff(line, media, writer);
            writer.Raw(section[line.Raw.Length..]);
            return (counts, false);
        }

        if (kept == payloads.Length) writer.Raw(line.Raw);
        else WriteKept(line, media, payloads, writer);
        WriteAttributes(section[line.Raw.Length..], payloads, rules, writer);
        return (counts, counts);
    }

    private static Span<Payload> ReadPayloads(
        SdpMedia media, ReadOnlySpan<byte> section, in SdpRules rules, Span<Payload> buffer)
    {
        var count = 0;
        var formats = media.Formats;
        while (SdpMedia.TryTake(ref formats, out var format))
        {
            var number = SipGrammar.TryNumber(format, 127, out var n) ? (int)n : -1;
            var encoding = EncodingOf(number, section);
            var companion = SdpEncodings.IsCompanion(encoding);
            buffer[count++] = new Payload
            {
                Number = number,
                IsCompanion = companion,
                IsKept = companion || rules.Allow(encoding),
                Annex = SdpEncodings.IsG729(encoding) ? Annex.B : SdpEncodings.IsG723(encoding) ? Annex.A : Annex.None,
            };
        }

        return buffer[..count];
    }

    private static ReadOnlySpan<byte> EncodingOf(int payload, ReadOnlySpan<byte> section)
    {
        foreach (var line in new SdpLines(section))
        {
            if (!line.IsAttribute("rtpmap"u8, out var value) || PayloadOf(value, out var map) != payload) continue;
            var slash = map.IndexOf((byte)'/');
            return slash < 0 ? map : map[..slash];
        }

        return SdpEncodings.OfStatic(payload);
    }

    // "18 annexb=no": the number, and what is behind the space. -1 for "*" and everything else.
    private static int PayloadOf(ReadOnlySpan<byte> value, out ReadOnlySpan<byte> rest)
    {
        rest = value;
        if (!SdpMedia.TryTake(ref rest, out var number)) return -1;
        rest = rest.TrimStart((byte)' ');
        return SipGrammar.TryNumber(number, 127, out var n) ? (int)n : -1;
    }

    private static void SwitchOff(SdpLine line, SdpMedia media, SipWriter writer)
    {
        var at = 2 + OffsetOf(line.Value, media.Port);
        writer.Raw(line.Raw[..at]);
        writer.Raw("0"u8);
        writer.Raw(line.Raw[(at + media.Port.Length)..]);
    }

    private static void WriteKept(SdpLine line, SdpMedia media, ReadOnlySpan<Payload> payloads, SipWriter writer)
    {
        writer.Raw(line.Raw[..(2 + OffsetOf(line.Value, media.Formats))].TrimEnd((byte)' '));
        var formats = media.Formats;
        for (var i = 0; SdpMedia.TryTake(ref formats, out var format); i++)
        {
            if (!payloads[i].IsKept) continue;
            writer.Raw(" "u8);
            writer.Raw(format);
        }

        writer.Raw(EndOf(line));
    }

    private static void WriteAttributes(
        ReadOnlySpan<byte> attributes, ReadOnlySpan<Payload> payloads, in SdpRules rules, SipWriter writer)
    {
        foreach (var line in new SdpLines(attributes))
        {
            var isFormat = line.IsAttribute("fmtp"u8, out var value);
            var isMap = !isFormat && line.IsAttribute("rtpmap"u8, out value);
            if (!isFormat && !isMap && !line.IsAttribute("rtcp-fb"u8, out value))
            {
                writer.Raw(line.Raw);
                continue;
            }

            var number = PayloadOf(value, out var parameters);
            if (!TryFind(payloads, number, out var payload))
            {
                writer.Raw(line.Raw);
                continue;
            }

            if (!payload.IsKept) continue;
            var annex = payload.Annex == Annex.None ? SdpAnnex.Keep : payload.Annex == Annex.B ? rules.AnnexB : rules.AnnexA;
            if (isFormat && annex != SdpAnnex.Keep)
                WriteFormat(line, parameters, NameOf(payload.Annex), annex, FirstOf(attributes, number, line), attributes, number, writer);
            else writer.Raw(line.Raw);
            if (isMap && annex is SdpAnnex.Yes or SdpAnnex.No && !HasFormat(attributes, number))
                AddFormat(number, NameOf(payload.Annex), annex, EndOf(line), writer);
        }

        AddMissing(attributes, payloads, rules, writer);
    }

    // A static payload needs no rtpmap: its new fmtp comes last.
    private static void AddMissing(
        ReadOnlySpan<byte> attributes, ReadOnlySpan<Payload> payloads, in SdpRules rules, SipWriter writer)
    {
        for (var i = 0; i < payloads.Length; i++)
        {
            var payload = payloads[i];
            if (!payload.IsKept || payload.Annex == Annex.None || payload.Number < 0) continue;
            if (TryFind(payloads[..i], payload.Number, out _)) continue; // Named twice in the m= line.
            var annex = payload.Annex == Annex.B ? rules.AnnexB : rules.AnnexA;
            if (annex is not (SdpAnnex.Yes or SdpAnnex.No) || HasFormat(attributes, payload.Number)) continue;
            if (HasAttribute(attributes, "rtpmap"u8, payload.Number)) continue;
            if (writer.WrittenSpan[^1] != '\n') writer.Raw("\r\n"u8); // The description's last line had no end.
            AddFormat(payload.Number, NameOf(payload.Annex), annex, "\r\n"u8, writer);
        }
    }

    private static void AddFormat(int payload, ReadOnlySpan<byte> name, SdpAnnex annex, ReadOnlySpan<byte> end, SipWriter writer)
    {
        if (end.IsEmpty) writer.Raw("\r\n"u8);
        writer.Raw("a=fmtp:"u8);
        writer.Append(payload);
        writer.Raw(" "u8);
        writer.Raw(name);
        writer.Raw(annex == SdpAnnex.Yes ? "=yes"u8 : "=no"u8);
        writer.Raw(end.IsEmpty ? "\r\n"u8 : end);
    }

    private static void WriteFormat(
        SdpLine line, ReadOnlySpan<byte> parameters, ReadOnlySpan<byte> name, SdpAnnex annex, bool isFirst,
        ReadOnlySpan<byte> attributes, int payload, SipWriter writer)
    {
        var has = HasParameter(parameters, name);
        if (!has && (annex == SdpAnnex.Absent || !isFirst || AnyFormatHas(attributes, payload, name)))
        {
            writer.Raw(line.Raw);
            return;
        }

        if (annex == SdpAnnex.Absent && !HasOther(parameters, name)) return;
        writer.Raw(line.Raw[..(line.Raw.Length - EndOf(line).Length - parameters.Length)]);
        if (parameters.IsEmpty && line.Value[^1] != ' ') writer.Raw(" "u8); // "a=fmtp:18" alone.
        var written = false;
        while (TryTakeParameter(ref parameters, out var parameter))
        {
            var isIt = IsParameter(parameter, name);
            if (isIt && annex == SdpAnnex.Absent) continue;
            if (written) writer.Raw(";"u8);
            written = true;
            if (isIt) Write(name, annex, writer);
            else writer.Raw(parameter);
        }

        if (!has)
        {
            if (written) writer.Raw(";"u8);
            Write(name, annex, writer);
        }

        writer.Raw(EndOf(line));
    }

    private static void Write(ReadOnlySpan<byte> name, SdpAnnex annex, SipWriter writer)
    {
        writer.Raw(name);
        writer.Raw(annex == SdpAnnex.Yes ? "=yes"u8 : "=no"u8);
    }

    private static bool TryTakeParameter(scoped ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> parameter)
    {
        while (!text.IsEmpty)
        {
            var end = text.IndexOf((byte)';');
            parameter = (end < 0 ? text : text[..end]).Trim((byte)' ');
            text = end < 0 ? default : text[(end + 1)..];
            if (!parameter.IsEmpty) return true;
        }

        parameter = default;
        return false;
    }

    private static bool IsParameter(ReadOnlySpan<byte> parameter, ReadOnlySpan<byte> name)
    {
        var end = parameter.IndexOf((byte)'=');
        return Ascii.EqualsIgnoreCase((end < 0 ? parameter : parameter[..end]).Trim((byte)' '), name);
    }

    private static bool HasParameter(ReadOnlySpan<byte> parameters, ReadOnlySpan<byte> name)
    {
        while (TryTakeParameter(ref parameters, out var parameter))
            if (IsParameter(parameter, name)) return true;
        return false;
    }

    private static bool HasOther(ReadOnlySpan<byte> parameters, ReadOnlySpan<byte> name)
    {
        while (TryTakeParameter(ref parameters, out var parameter))
            if (!IsParameter(parameter, name)) return true;
        return false;
    }

    private static bool AnyFormatHas(ReadOnlySpan<byte> attributes, int payload, ReadOnlySpan<byte> name)
    {
        foreach (var line in new SdpLines(attributes))
        {
            if (line.IsAttribute("fmtp"u8, out var value) && PayloadOf(value, out var parameters) == payload
                && HasParameter(parameters, name))
                return true;
        }

        return false;
    }

    private static bool HasFormat(ReadOnlySpan<byte> attributes, int payload) => HasAttribute(attributes, "fmtp"u8, payload);

    private static bool HasAttribute(ReadOnlySpan<byte> attributes, ReadOnlySpan<byte> name, int payload)
    {
        foreach (var line in new SdpLines(attributes))
            if (line.IsAttribute(name, out var value) && PayloadOf(value, out _) == payload) return true;
        return false;
    }

    // Whether this fmtp line is the payload's first: only that one gets a parameter added.
    private static bool FirstOf(ReadOnlySpan<byte> attributes, int payload, SdpLine line)
    {
        foreach (var other in new SdpLines(attributes))
            if (other.IsAttribute("fmtp"u8, out var value) && PayloadOf(value, out _) == payload) return other.Raw == line.Raw;
        return false;
    }

    private static bool TryFind(ReadOnlySpan<Payload> payloads, int number, out Payload found)
    {
        found = default;
        if (number < 0) return false;
        foreach (var payload in payloads)
        {
            if (payload.Number != number) continue;
            found = payload;
            return true;
        }

        return false;
    }

    private static int CountOf(ReadOnlySpan<byte> formats)
    {
        var count = 0;
        while (SdpMedia.TryTake(ref formats, out _)) count++;
        return count;
    }

    private static ReadOnlySpan<byte> NameOf(Annex annex) => annex == Annex.B ? "annexb"u8 : "annexa"u8;

    private static ReadOnlySpan<byte> EndOf(SdpLine line) => line.Raw[(2 + line.Value.Length)..];

    private static int OffsetOf(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> part)
    {
        whole.Overlaps(part, out var offset);
        return offset;
    }

    private enum Annex : byte
    {
        None,
        A,
        B,
    }

    private struct Payload
    {
        public int Number;
        public bool IsKept;
        public bool IsCompanion;
        public Annex Annex;
    }
}
