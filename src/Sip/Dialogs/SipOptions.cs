using System.Text;
using Tandem.Sip.Messages;

namespace Tandem.Sip.Dialogs;

/// <summary>Option tags (RFC 3261 §19.2) and Allow of a message, read without allocation.</summary>
public static class SipOptions
{
    /// <summary>True if the header field has this value among its values, compared without case.</summary>
    /// <param name="message">The message.</param>
    /// <param name="header">Supported, Require or Unsupported.</param>
    /// <param name="option">The tag, such as 100rel.</param>
    public static bool Has(SipMessage message, SipHeaderName header, ReadOnlySpan<byte> option)
    {
        ArgumentNullException.ThrowIfNull(message);
        foreach (var value in message.Values(header))
            if (Ascii.EqualsIgnoreCase(value, option)) return true;
        return false;
    }

    /// <summary>True if the sender understands the extension: it says so in Supported or Require.</summary>
    /// <param name="message">The message.</param>
    /// <param name="option">The tag.</param>
    public static bool Offers(SipMessage message, ReadOnlySpan<byte> option) =>
        Has(message, SipHeaderName.Supported, option) || Has(message, SipHeaderName.Require, option);

    /// <summary>The methods of Allow (RFC 3261 §20.5), one bit each; null if there is no Allow.</summary>
    /// <param name="message">The message.</param>
    public static uint? AllowedMethods(SipMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!message.HasHeader(SipHeaderName.Allow)) return null;
        var methods = 0u;
        foreach (var value in message.Values(SipHeaderName.Allow)) methods |= Bit(SipMethods.Find(value));
        return methods & ~Bit(SipMethod.Unknown);
    }

    /// <summary>The bit of a method in <see cref="AllowedMethods"/>.</summary>
    /// <param name="method">The method.</param>
    public static uint Bit(SipMethod method) => 1u << (int)method;
}
