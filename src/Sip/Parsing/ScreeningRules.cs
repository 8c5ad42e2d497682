using System.Collections.Immutable;
using System.Text;
using Tandem.Sip.Messages;

namespace Tandem.Sip.Parsing;

/// <summary>What an element offers, against which <see cref="RequestScreening"/> holds a request. Immutable.</summary>
public sealed class ScreeningRules
{
    private readonly uint _methods;
    private readonly uint _schemes;
    private readonly ImmutableArray<byte[]> _options;
    private readonly ImmutableArray<byte[]> _mediaTypes;

    /// <summary>Makes rules; done once at configuration time.</summary>
    /// <param name="methods">Methods offered; others are refused with 405.</param>
    /// <param name="options">Option tags that Require may name (RFC 3261 §19.2).</param>
    /// <param name="mediaTypes">Body types understood in INVITE, ACK, UPDATE, PRACK: application/sdp.</param>
    /// <param name="schemes">Request-URI schemes understood.</param>
    public ScreeningRules(
        IEnumerable<SipMethod> methods, IEnumerable<string> options, IEnumerable<string> mediaTypes,
        IEnumerable<SipUriScheme> schemes)
    {
        Methods = [.. methods];
        Options = [.. options];
        MediaTypes = [.. mediaTypes];
        Schemes = [.. schemes];
        foreach (var method in Methods) _methods |= 1u << (int)method;
        foreach (var scheme in Schemes) _schemes |= 1u << (int)scheme;
        _methods &= ~(1u << (int)SipMethod.Unknown);
        _options = [.. Options.Select(Encoding.ASCII.GetBytes)];
        _mediaTypes = [.. MediaTypes.Select(Encoding.ASCII.GetBytes)];
        Allow = string.Join(", ", Methods.Select(method => Encoding.ASCII.GetString(method.Token())));
        Accept = string.Join(", ", MediaTypes);
    }

    /// <summary>
    /// The switch: calls and what belongs into them, REGISTER; SDP; sip and tel; reliable provisional responses
    /// (RFC 3262), session timers (RFC 4028). Not sips: it promises TLS on every hop (RFC 3261 §26.2.2), which cannot be
    /// kept over UDP.
    /// </summary>
    public static ScreeningRules Default { get; } = new(
        [
            SipMethod.Invite, SipMethod.Ack, SipMethod.Cancel, SipMethod.Bye, SipMethod.Options, SipMethod.Info,
            SipMethod.Update, SipMethod.Prack, SipMethod.Message, SipMethod.Notify, SipMethod.Refer,
            SipMethod.Publish, SipMethod.Register,
        ],
        ["100rel", "timer"],
        ["application/sdp"],
        [SipUriScheme.Sip, SipUriScheme.Tel]);

    /// <summary>The methods offered.</summary>
    public ImmutableArray<SipMethod> Methods { get; }

    /// <summary>The option tags supported.</summary>
    public ImmutableArray<string> Options { get; }

    /// <summary>The body types understood.</summary>
    public ImmutableArray<string> MediaTypes { get; }

    /// <summary>The Request-URI schemes understood.</summary>
    public ImmutableArray<SipUriScheme> Schemes { get; }

    /// <summary>The value of Allow (RFC 3261 §20.5).</summary>
    public string Allow { get; }

    /// <summary>The value of Accept (RFC 3261 §20.1).</summary>
    public string Accept { get; }

    /// <summary>The same rules with one more method.</summary>
    public ScreeningRules WithMethod(SipMethod method) => new(Methods.Add(method), Options, MediaTypes, Schemes);

    /// <summary>The same rules with one more option tag.</summary>
    public ScreeningRules WithOption(string option) => new(Methods, Options.Add(option), MediaTypes, Schemes);

    /// <summary>Whether the method is offered.</summary>
    public bool Offers(SipMethod method) => (_methods >> (int)method & 1) != 0;

    /// <summary>Whether the scheme is understood.</summary>
    public bool Understands(SipUriScheme scheme) => (_schemes >> (int)scheme & 1) != 0;

    /// <summary>Whether the option tag is supported; compared without case.</summary>
    public bool Supports(ReadOnlySpan<byte> option) => Contains(_options, option);

    /// <summary>Whether the body type is understood, given without parameters; compared without case.</summary>
    public bool Reads(ReadOnlySpan<byte> mediaType) => Contains(_mediaTypes, mediaType);

    /// <summary>Whether one of the types understood is in a media range such as */* or application/*.</summary>
    internal bool ReadsSomeOf(ReadOnlySpan<byte> range)
    {
        if (range.SequenceEqual("*/*"u8)) return true;
        if (!range.EndsWith("/*"u8)) return Reads(range);
        var family = range[..^1];
        foreach (var type in _mediaTypes)
        {
            if (type.Length > family.Length && Ascii.EqualsIgnoreCase(type.AsSpan(0, family.Length), family))
                return true;
        }
        return false;
    }

    private static bool Contains(ImmutableArray<byte[]> list, ReadOnlySpan<byte> text)
    {
        foreach (var item in list)
            if (Ascii.EqualsIgnoreCase(item, text)) return true;
        return false;
    }
}
