namespace Tandem.Interop.Tests.Headers;

/// <summary>What a played caller's INVITE says.</summary>
internal sealed record CallerInvite
{
    /// <summary>From without its tag.</summary>
    public string From { get; init; } = "<sip:493012345@caller.invalid>";

    /// <summary>Number in the Request-URI; null is one that the test's vendors take.</summary>
    public string? Number { get; init; }

    /// <summary>More header lines, each with its end.</summary>
    public string Headers { get; init; } = "";

    /// <summary>The session description.</summary>
    public string Offer { get; init; } = "v=0\r\n";

    /// <summary>Host and port of the Via; null is where the caller really is.</summary>
    public string? SentBy { get; init; }

    /// <summary>Host and port of the Contact; null is where the caller really is.</summary>
    public string? Contact { get; init; }
}
