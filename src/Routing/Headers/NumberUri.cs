using Tandem.Routing.Calls;

namespace Tandem.Routing.Headers;

/// <summary>SIP URIs for numbers: pure.</summary>
public static class NumberUri
{
    /// <summary>A SIP URI of a number at a host; with user=phone (RFC 3261 §19.1.6) when asked and it is a telephone number.</summary>
    public static byte[] Of(string number, string host, bool phone)
    {
        var uri = SipText.Uri(number, host);
        return phone && IsTelephone(number) ? [.. uri, .. ";user=phone"u8] : uri;
    }

    private static bool IsTelephone(string number)
    {
        var digits = number.Length > 0 && number[0] == '+' ? number.AsSpan(1) : number.AsSpan();
        return digits.Length > 0 && digits.IndexOfAnyExcept("0123456789*#") < 0;
    }
}
