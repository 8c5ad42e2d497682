using Tandem.Shared.Gateways;

namespace Tandem.Routing.Tests.Calls;

/// <summary>A node's view of health that a test writes and reads.</summary>
internal sealed class FakeHealth : IGatewayHealth
{
    public Dictionary<string, GatewayHealth> Known { get; } = [];

    public List<(string Gateway, TimeSpan Pause, string Cause)> Suspended { get; } = [];

    public GatewayHealth? Find(string gateway) => Known.GetValueOrDefault(gateway);

    public void Suspend(string gateway, DateTimeOffset now, TimeSpan pause, string cause) => Suspended.Add((gateway, pause, cause));

    public FakeHealth Offline(string gateway, DateTimeOffset since)
    {
        Known[gateway] = GatewayHealth.Unknown(gateway, since) with { Checked = GatewayHealthState.Offline, Cause = "no answer to OPTIONS" };
        return this;
    }

    public FakeHealth Pause(string gateway, DateTimeOffset since, TimeSpan pause)
    {
        Known[gateway] = GatewayHealth.Unknown(gateway, since).WithPause(since, since + pause, "it answered 503");
        return this;
    }
}
