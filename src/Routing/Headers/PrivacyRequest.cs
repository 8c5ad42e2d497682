using System.Text;
using Tandem.Sip.Messages;

namespace Tandem.Routing.Headers;

/// <summary>The levels of privacy that a caller asks for (RFC 3323 §4.2, RFC 3325 §9.3, RFC 7044 §10.1).</summary>
[Flags]
public enum PrivacyLevels : byte
{
    /// <summary>No Privacy header.</summary>
    Unsaid = 0,

    /// <summary>Headers that tell where the caller is: always done, topology is hidden.</summary>
    Header = 1,

    /// <summary>Media addresses.</summary>
    Session = 2,

    /// <summary>From and the like.</summary>
    User = 4,

    /// <summary>P-Asserted-Identity must not leave the trust domain.</summary>
    Id = 8,

    /// <summary>The caller wants no privacy.</summary>
    None = 16,

    /// <summary>If it cannot be done the call is to fail.</summary>
    Critical = 32,

    /// <summary>History-Info.</summary>
    History = 64,

    /// <summary>A level that nobody knows.</summary>
    Other = 128,
}

/// <summary>Reading of Privacy: pure.</summary>
public static class PrivacyRequest
{
    /// <summary>All levels in the Privacy fields of a request.</summary>
    public static PrivacyLevels Read(SipMessage request)
    {
        var levels = PrivacyLevels.Unsaid;
        for (var i = request.FindHeader(SipHeaderName.Privacy); i >= 0; i = request.FindHeader(SipHeaderName.Privacy, i + 1))
        {
            var value = request.ValueAt(i);
            foreach (var range in value.SplitAny(";,"u8)) // The RFC says ';', some equipment writes ','.
            {
                var level = value[range].Trim(" \t\r\n"u8);
                if (!level.IsEmpty) levels |= Of(level);
            }
        }

        return levels;
    }

    /// <summary>
    /// True when the caller insists on something that a switch without media cannot do: 500 (RFC 3323 §5).
    /// </summary>
    public static bool IsImpossible(PrivacyLevels levels) =>
        (levels & PrivacyLevels.Critical) != 0 && (levels & (PrivacyLevels.Session | PrivacyLevels.Other)) != 0;

    /// <summary>True when the caller's number is not to be shown.</summary>
    public static bool HidesNumber(PrivacyLevels levels) =>
        (levels & PrivacyLevels.None) == 0 && (levels & (PrivacyLevels.Id | PrivacyLevels.User)) != 0;

    private static PrivacyLevels Of(ReadOnlySpan<byte> level)
    {
        if (Ascii.EqualsIgnoreCase(level, "id"u8)) return PrivacyLevels.Id;
        if (Ascii.EqualsIgnoreCase(level, "none"u8)) return PrivacyLevels.None;
        if (Ascii.EqualsIgnoreCase(level, "user"u8)) return PrivacyLevels.User;
        if (Ascii.EqualsIgnoreCase(level, "header"u8)) return PrivacyLevels.Header;
        if (Ascii.EqualsIgnoreCase(level, "session"u8)) return PrivacyLevels.Session;
        if (Ascii.EqualsIgnoreCase(level, "critical"u8)) return PrivacyLevels.Critical;
        return Ascii.EqualsIgnoreCase(level, "history"u8) ? PrivacyLevels.History : PrivacyLevels.Other;
    }
}
