using System.Text;
using Tandem.Sip.Parsing;

namespace Tandem.Sip.Authentication;

/// <summary>Qualities of protection (RFC 7616 §3.3): what a challenge offers, or the one that credentials use.</summary>
[Flags]
public enum DigestQop : byte
{
    /// <summary>None: the form of RFC 2069, without cnonce and nc, for old peers (RFC 3261 §22.4).</summary>
    None = 0,

    /// <summary>auth: method and URI are protected.</summary>
    Auth = 1,

    /// <summary>auth-int: the body is protected, too.</summary>
    AuthInt = 2,
}

/// <summary>The one table between <see cref="DigestQop"/> and its spelling.</summary>
public static class DigestQops
{
    /// <summary>The wire spelling of a single one; empty for none.</summary>
    public static ReadOnlySpan<byte> Token(this DigestQop qop) => qop switch
    {
        DigestQop.None => default,
        DigestQop.Auth => "auth"u8,
        DigestQop.AuthInt => "auth-int"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(qop), qop, "Not a single quality of protection."),
    };

    /// <summary>Reads a list such as <c>auth,auth-int</c>; unknown ones are left out.</summary>
    public static DigestQop Read(ReadOnlySpan<byte> list)
    {
        var found = DigestQop.None;
        foreach (var part in list.Split((byte)','))
        {
            var token = SipGrammar.TrimSpace(list[part]);
            if (Ascii.EqualsIgnoreCase(token, "auth"u8)) found |= DigestQop.Auth;
            else if (Ascii.EqualsIgnoreCase(token, "auth-int"u8)) found |= DigestQop.AuthInt;
        }

        return found;
    }
}
