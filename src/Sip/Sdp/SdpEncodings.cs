using System.Text;

namespace Tandem.Sip.Sdp;

/// <summary>Encoding names: the static payload types (RFC 3551 §6), and what belongs to no codec of its own.</summary>
internal static class SdpEncodings
{
    public static ReadOnlySpan<byte> G729 => "G729"u8;

    /// <summary>The name of a static payload type; empty for others.</summary>
    public static ReadOnlySpan<byte> OfStatic(int payload) => payload switch
    {
        0 => "PCMU"u8,
        2 => "G726-32"u8, // Reserved by RFC 3551 and still sent.
        3 => "GSM"u8,
        4 => "G723"u8,
        5 or 6 or 16 or 17 => "DVI4"u8,
        7 => "LPC"u8,
        8 => "PCMA"u8,
        9 => "G722"u8,
        10 or 11 => "L16"u8,
        12 => "QCELP"u8,
        13 or 19 => "CN"u8,
        14 => "MPA"u8,
        15 => "G728"u8,
        18 => "G729"u8,
        25 => "CelB"u8,
        26 => "JPEG"u8,
        28 => "nv"u8,
        31 => "H261"u8,
        32 => "MPV"u8,
        33 => "MP2T"u8,
        34 => "H263"u8,
        _ => default,
    };

    /// <summary>G729 under any of the names that peers write.</summary>
    public static bool IsG729(ReadOnlySpan<byte> encoding) => encoding.Length is >= 4 and <= 6
        && Ascii.EqualsIgnoreCase(encoding[..4], G729) && encoding[4..].IndexOfAnyExcept("aAbB"u8) < 0;

    /// <summary>G.723.1.</summary>
    public static bool IsG723(ReadOnlySpan<byte> encoding) => Ascii.EqualsIgnoreCase(encoding, "G723"u8);

    /// <summary>
    /// Kept whatever the list says, and no speech by itself: digits (RFC 4733) and comfort noise (RFC 3389).
    /// </summary>
    public static bool IsCompanion(ReadOnlySpan<byte> encoding) =>
        Ascii.EqualsIgnoreCase(encoding, "telephone-event"u8) || Ascii.EqualsIgnoreCase(encoding, "CN"u8);
}
