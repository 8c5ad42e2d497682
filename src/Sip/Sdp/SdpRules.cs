using System.Collections.Immutable;
using System.Text;

namespace Tandem.Sip.Sdp;

/// <summary>What a description says of an annex of a codec (G.729 Annex B, G.723.1 Annex A; RFC 4856).</summary>
public enum SdpAnnex : byte
{
    /// <summary>As the other side says it.</summary>
    Keep,
    /// <summary>yes.</summary>
    Yes,
    /// <summary>no.</summary>
    No,
    /// <summary>Nothing: the parameter is taken out.</summary>
    Absent,
}

/// <summary>A list of codecs that a gateway's descriptions may name; immutable, made at configuration time.</summary>
public sealed class SdpCodecs
{
    private readonly ImmutableArray<byte[]> _names;

    /// <summary>Takes encoding names as in rtpmap (RFC 8866 §6.6), compared without case; none means that all are allowed.</summary>
    public SdpCodecs(IEnumerable<string> names) => _names = [.. names.Select(Encoding.ASCII.GetBytes)];

    /// <summary>All codecs.</summary>
    public static SdpCodecs All { get; } = new([]);

    /// <summary>True when nothing is taken out.</summary>
    public bool AllowsAll => _names.IsEmpty;

    /// <summary>True when the encoding is in the list. G729A, G729B, … count as G729: they are one payload format.</summary>
    public bool Allows(ReadOnlySpan<byte> encoding)
    {
        if (_names.IsEmpty) return true;
        if (SdpEncodings.IsG729(encoding)) encoding = SdpEncodings.G729;
        foreach (var name in _names)
            if (Ascii.EqualsIgnoreCase(name, encoding)) return true;
        return false;
    }
}

/// <summary>How a description changes on its way from one gateway to another.</summary>
/// <param name="Near">What the gateway that it comes from allows.</param>
/// <param name="Far">What the gateway that it goes to allows.</param>
/// <param name="AnnexB">annexb of G729 as the gateway that it goes to wants it.</param>
/// <param name="AnnexA">annexa of G723, likewise.</param>
public readonly record struct SdpRules(SdpCodecs Near, SdpCodecs Far, SdpAnnex AnnexB, SdpAnnex AnnexA)
{
    /// <summary>True when no description changes.</summary>
    public bool ChangeNothing => Near.AllowsAll && Far.AllowsAll && AnnexB == SdpAnnex.Keep && AnnexA == SdpAnnex.Keep;

    internal bool Allow(ReadOnlySpan<byte> encoding) => Near.Allows(encoding) && Far.Allows(encoding);
}
