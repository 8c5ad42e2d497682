using System.Globalization;
using Tandem.Shared.Configuration;

namespace Tandem.Shared.Gateways;

/// <summary>What the OPTIONS check and Retry-After say of a routing gateway.</summary>
public enum GatewayHealthState : byte
{
    /// <summary>Not checked, or not yet: it gets calls.</summary>
    Unchecked,

    /// <summary>It answers OPTIONS.</summary>
    Online,

    /// <summary>It does not answer OPTIONS: it gets no calls.</summary>
    Offline,

    /// <summary>It has asked for a pause (Retry-After): it gets no calls until that is over.</summary>
    Suspended,
}

/// <summary>
/// The health of one routing gateway, as the whole cluster knows it. The check and the pause are two facts: a gateway may be
/// online and in a pause.
/// </summary>
/// <param name="Gateway">Its name.</param>
/// <param name="Checked">By the check alone: never <see cref="GatewayHealthState.Suspended"/>.</param>
/// <param name="Cause">Why it is so, in words.</param>
/// <param name="Since">Since when.</param>
/// <param name="SuspendedSince">When the latest pause began; meaningless when there was none.</param>
/// <param name="SuspendedUntil">When it ends; in the past when there is none.</param>
/// <param name="SuspensionCause">Why there is a pause, in words.</param>
public sealed record GatewayHealth(
    string Gateway,
    GatewayHealthState Checked,
    string Cause,
    DateTimeOffset Since,
    DateTimeOffset SuspendedSince,
    DateTimeOffset SuspendedUntil,
    string SuspensionCause)
{
    /// <summary>The cause of what was never checked.</summary>
    public const string NotChecked = "not checked";

    /// <summary>Nothing is known of a gateway.</summary>
    /// <param name="gateway">Its name.</param>
    /// <param name="since">Since when.</param>
    public static GatewayHealth Unknown(string gateway, DateTimeOffset since) => new(
        gateway, GatewayHealthState.Unchecked, NotChecked, since, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, "");

    /// <summary>The state now; offline counts before a pause.</summary>
    /// <param name="now">The present time.</param>
    public GatewayHealthState StateAt(DateTimeOffset now) =>
        Checked != GatewayHealthState.Offline && now < SuspendedUntil ? GatewayHealthState.Suspended : Checked;

    /// <summary>Its cause, in words.</summary>
    /// <param name="now">The present time.</param>
    public string CauseAt(DateTimeOffset now) =>
        StateAt(now) == GatewayHealthState.Suspended ? SuspensionCause : Cause;

    /// <summary>Since when it is so.</summary>
    /// <param name="now">The present time.</param>
    public DateTimeOffset SinceAt(DateTimeOffset now) =>
        StateAt(now) == GatewayHealthState.Suspended ? SuspendedSince : Since;

    /// <summary>What is left of the pause; zero when there is none.</summary>
    /// <param name="now">The present time.</param>
    public TimeSpan RetryAfterAt(DateTimeOffset now) => now < SuspendedUntil ? SuspendedUntil - now : TimeSpan.Zero;

    /// <summary>True when there is nothing to remember: neither a result of a check nor a pause.</summary>
    /// <param name="now">The present time.</param>
    public bool IsUnknown(DateTimeOffset now) => Checked == GatewayHealthState.Unchecked && now >= SuspendedUntil;

    /// <summary>The same with the longer of the two pauses: a pause never becomes shorter.</summary>
    /// <param name="since">When the other began.</param>
    /// <param name="until">When the other ends.</param>
    /// <param name="cause">Why, in words.</param>
    public GatewayHealth WithPause(DateTimeOffset since, DateTimeOffset until, string cause) => until <= SuspendedUntil
        ? this
        : this with { SuspendedSince = since, SuspendedUntil = until, SuspensionCause = cause };

    /// <summary>Why the gateway gets no calls now, in words for the decision trace; null when it does.</summary>
    /// <param name="gateway">Its settings: a check or pause that is switched off does not count.</param>
    /// <param name="now">The present time.</param>
    public string? WhyNot(RoutingGatewayConfiguration gateway, DateTimeOffset now)
    {
        if (gateway.OptionsCheck && Checked == GatewayHealthState.Offline)
            return $"Routing gateway {Gateway} is offline since {Since:u}: {Cause}.";
        return gateway.SipRetryAfter && now < SuspendedUntil
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"Routing gateway {Gateway} is suspended for {RetryAfterAt(now).TotalMilliseconds:0} ms more: {SuspensionCause}.")
            : null;
    }
}

/// <summary>This node's view of the health of all routing gateways: memory only, no lock on reading.</summary>
public interface IGatewayHealth
{
    /// <summary>What is known of a gateway; null is nothing, so it may be tried.</summary>
    /// <param name="gateway">Its name.</param>
    GatewayHealth? Find(string gateway);

    /// <summary>A vendor has asked for a pause: in force on this node at once, on all others soon.</summary>
    /// <param name="gateway">Its name.</param>
    /// <param name="now">When it asked.</param>
    /// <param name="pause">For how long.</param>
    /// <param name="cause">Why, in words.</param>
    void Suspend(string gateway, DateTimeOffset now, TimeSpan pause, string cause);
}

/// <summary>Knows nothing and remembers nothing: where no health is kept.</summary>
public sealed class NoGatewayHealth : IGatewayHealth
{
    /// <summary>The one instance.</summary>
    public static readonly NoGatewayHealth Instance = new();

    /// <inheritdoc />
    public GatewayHealth? Find(string gateway) => null;

    /// <inheritdoc />
    public void Suspend(string gateway, DateTimeOffset now, TimeSpan pause, string cause)
    {
    }
}
