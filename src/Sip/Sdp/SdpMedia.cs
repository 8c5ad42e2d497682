using Tandem.Sip.Parsing;

namespace Tandem.Sip.Sdp;

/// <summary>The value of an <c>m=</c> line, read in place (RFC 8866 §5.14): <c>media port[/n] proto fmt …</c>.</summary>
public readonly ref struct SdpMedia
{
    private SdpMedia(ReadOnlySpan<byte> kind, ReadOnlySpan<byte> port, ReadOnlySpan<byte> protocol, ReadOnlySpan<byte> formats)
    {
        Kind = kind;
        Port = port;
        Protocol = protocol;
        Formats = formats;
    }

    /// <summary>audio, video, image, …</summary>
    public ReadOnlySpan<byte> Kind { get; }

    /// <summary>The port as written, with its count of ports if there is one.</summary>
    public ReadOnlySpan<byte> Port { get; }

    /// <summary>RTP/AVP, udptl, …</summary>
    public ReadOnlySpan<byte> Protocol { get; }

    /// <summary>The formats, separated by spaces: payload types for RTP.</summary>
    public ReadOnlySpan<byte> Formats { get; }

    /// <summary>True when the line is refused or switched off (RFC 3264 §6, §8.2).</summary>
    public bool IsOff => Port is [(byte)'0'] or [(byte)'0', (byte)'/', ..];

    /// <summary>True when the formats are RTP payload types.</summary>
    public bool IsRtp => Protocol.IndexOf("RTP/"u8) >= 0;

    /// <summary>True for media=audio.</summary>
    public bool IsAudio => Kind.SequenceEqual("audio"u8);

    /// <summary>Reads it; false when a part is missing.</summary>
    public static bool TryParse(ReadOnlySpan<byte> value, out SdpMedia media)
    {
        media = default;
        ReadOnlySpan<byte> rest = value, kind = value, port = value, protocol = value;
        if (!TryTake(ref rest, out kind) || !TryTake(ref rest, out port) || !TryTake(ref rest, out protocol)) return false;
        if (rest.IsEmpty || !SipGrammar.IsDigit(port[0])) return false;
        media = new SdpMedia(kind, port, protocol, rest);
        return true;
    }

    /// <summary>Takes the first word off; false when there is none.</summary>
    public static bool TryTake(scoped ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> word)
    {
        var start = text.IndexOfAnyExcept((byte)' ');
        if (start < 0)
        {
            word = text = default;
            return false;
        }

        text = text[start..];
        var end = text.IndexOf((byte)' ');
        word = end < 0 ? text : text[..end];
        text = end < 0 ? default : text[(end + 1)..];
        return true;
    }
}
