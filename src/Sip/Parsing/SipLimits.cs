namespace Tandem.Sip.Parsing;

/// <summary>What a message may cost before it is refused. Values above the hard caps are a bug and throw.</summary>
public sealed record SipLimits
{
    /// <summary>65,535 bytes: the largest UDP payload, and what 16-bit offsets reach.</summary>
    public const int DefaultMaxMessageBytes = 65_535;

    /// <summary>128 header fields: five times what real calls through several proxies carry.</summary>
    public const int DefaultMaxHeaders = 128;

    /// <summary>8,192 bytes for one header field with its folds, or for the start line.</summary>
    public const int DefaultMaxHeaderBytes = 8_192;

    /// <summary>Hard cap of <see cref="MaxHeaders"/>: header positions are kept in one byte.</summary>
    public const int HardMaxHeaders = 254;

    /// <summary>The defaults.</summary>
    public static SipLimits Default { get; } = new();

    /// <summary>Bytes of start line, headers and body together; 1–65,535.</summary>
    public int MaxMessageBytes
    {
        get;
        init => field = InRange(value, 1, DefaultMaxMessageBytes);
    } = DefaultMaxMessageBytes;

    /// <summary>Header fields in one message; 1–254.</summary>
    public int MaxHeaders { get; init => field = InRange(value, 1, HardMaxHeaders); } = DefaultMaxHeaders;

    /// <summary>Bytes of one header field from its name to its last CRLF, and of the start line; 1–65,535.</summary>
    public int MaxHeaderBytes
    {
        get;
        init => field = InRange(value, 1, DefaultMaxMessageBytes);
    } = DefaultMaxHeaderBytes;

    private static int InRange(int value, int min, int max) =>
        value >= min && value <= max ? value : throw new ArgumentOutOfRangeException(nameof(value), value, null);
}
