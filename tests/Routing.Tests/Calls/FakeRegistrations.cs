using Tandem.Shared.Registrar;

namespace Tandem.Routing.Tests.Calls;

/// <summary>Our registrations as a call sees them: all hold, unless a test says otherwise.</summary>
internal sealed class FakeRegistrations : IRegistrationStates
{
    public RegistrationStatus Status { get; set; } = RegistrationStatus.Registered;

    public string Cause { get; set; } = "";

    public IReadOnlyList<RegistrationState> All => [];

    public RegistrationState? Find(string name) =>
        new(name, Status, 0, Cause, default, null, null, "udp:10.1.0.1:5060", "akka.tcp://tandem@node:1");
}
