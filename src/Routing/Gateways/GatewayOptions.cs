namespace Tandem.Routing.Gateways;

/// <summary>Times and caps of gateway actors; the defaults are for production.</summary>
public sealed record GatewayOptions
{
    /// <summary>While learning, nodes that have not answered are asked again this often.</summary>
    public TimeSpan LearnRetry { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// A line that is listed as asked for, and whose request does not come, counts as taken after this: longer than a call
    /// waits for an answer.
    /// </summary>
    public TimeSpan AskingPatience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// A node that is a member and does not answer for this long: from here on requests are refused at once, with its name,
    /// until it answers or is no member any more. Granting without its list could exceed the limit (design I1).
    /// </summary>
    public TimeSpan LearnPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Requests that wait while learning; the next one is refused.</summary>
    public int MaxWaiting { get; init; } = 8_192;

    /// <summary>Nodes are asked for their lists this often.</summary>
    public TimeSpan ReconcileInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A gateway without leases is put away after this time without a request.</summary>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromMinutes(10);
}
