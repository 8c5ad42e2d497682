using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Time.Testing;
using Tandem.Edge.Registrar;
using Tandem.Shared;
using Tandem.Shared.Configuration;
using Tandem.Shared.Registrar;

namespace Tandem.Edge.Tests.Registrar;

/// <summary>The owner of one phone's contacts, with a store in memory, a clock and a scheduler that the test moves.</summary>
public sealed class RegistrarActorTests : TestKit
{
    private static readonly GatewayId Phone = GatewayId.Routing("phone:1001");

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly ConfigurationHolder _configuration = new();
    private readonly MemoryStore _store = new();
    private readonly IActorRef _writer;
    private bool _nodeAlive = true;

    public RegistrarActorTests()
        : base(ConfigurationFactory.ParseString("""
            akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
            akka.loglevel = ERROR
            """)) =>
        _writer = Sys.ActorOf(BindingWriterActor.CreateProps(_store, _time));

    [Fact]
    public void A_registration_is_stored_before_it_is_answered_and_then_found_by_calls()
    {
        var registrar = Start();
        _store.Hold();
        registrar.Tell(Register(1, "sip:1001@192.168.1.7"));
        AwaitCondition(() => _store.Writes == 1);
        Assert.Empty(Locate(registrar).Targets); // Calls go on meanwhile.
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
        _store.Release();
        Assert.Equal("sip:1001@192.168.1.7", Assert.Single(ExpectMsg<RegistrarReplies.Registered>().Bindings).Contact);
        var target = Assert.Single(Locate(registrar).Targets);
        Assert.Equal(("sip:1001@192.168.1.7", "192.0.2.1:5060", "akka.tcp://tandem@10.0.0.1:4053"), (target.Uri, target.Remote, target.Node));
    }

    [Fact]
    public void A_new_owner_reads_what_the_old_one_stored()
    {
        Registered(Start(), Register(1, "sip:1001@192.168.1.7"));
        Assert.Single(Locate(Start()).Targets);
    }

    [Fact]
    public void Without_its_database_a_new_owner_does_not_say_that_the_phone_is_offline()
    {
        Registered(Start(), Register(1, "sip:1001@192.168.1.7"));
        _store.Fails = true;
        var registrar = Start();
        registrar.Tell(new RegistrarCommands.Locate(Phone, default));
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        _store.Fails = false;
        Advance(RegistrarActor.LoadRetry);
        Assert.Single(ExpectMsg<RegistrarReplies.Located>().Targets);
    }

    [Fact]
    public void What_cannot_be_stored_is_refused_with_503_and_changes_nothing()
    {
        var registrar = Start();
        Assert.Empty(Locate(registrar).Targets);
        _store.Fails = true;
        registrar.Tell(Register(1, "sip:1001@192.168.1.7"));
        Assert.Equal(503, ExpectMsg<RegistrarReplies.Refused>().Status);
        Assert.Empty(Locate(registrar).Targets);
    }

    [Fact]
    public void Contacts_expire_by_themselves()
    {
        var registrar = Start();
        Registered(registrar, Register(1, "sip:1001@192.168.1.7") with { Expires = 60 });
        Advance(TimeSpan.FromSeconds(59));
        Assert.Single(Locate(registrar).Targets);
        Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(Locate(registrar).Targets);
    }

    [Fact]
    public void The_parameters_in_force_decide()
    {
        _configuration.Set(new ConfigurationSnapshot(1, new SwitchConfiguration
        {
            Phones = [new PhoneConfiguration { E164 = "1001", Account = "a", Password = "x", MaxContacts = 1 }],
            SystemParameters = System.Collections.Immutable.ImmutableSortedDictionary.CreateRange(
                new Dictionary<string, string> { ["SS_ENDPOINT_MIN_EXPIRE"] = "100" }),
        }));
        var registrar = Start();
        registrar.Tell(Register(1, "sip:1001@192.168.1.7") with { Expires = 99 });
        var refused = ExpectMsg<RegistrarReplies.Refused>();
        Assert.Equal((423, 100), (refused.Status, refused.MinExpires));
        Registered(registrar, Register(2, "sip:a@192.168.1.7"));
        Assert.Equal("sip:b@192.168.1.7", Assert.Single(Registered(registrar, Register(3, "sip:b@192.168.1.7")).Bindings).Contact);
    }

    [Fact]
    public void An_operator_removes_a_contact()
    {
        var registrar = Start();
        Registered(registrar, Register(1, "sip:1001@192.168.1.7"));
        registrar.Tell(new RegistrarCommands.Remove(Phone, "sip:other@192.168.1.7"));
        Assert.Equal(0, ExpectMsg<RegistrarReplies.Removed>().Count);
        registrar.Tell(new RegistrarCommands.Remove(Phone, ""));
        Assert.Equal(1, ExpectMsg<RegistrarReplies.Removed>().Count);
        Assert.Empty(Locate(registrar).Targets);
        Assert.Empty(_store.Of(Phone));
    }

    [Fact]
    public void Without_the_node_of_the_flow_any_edge_may_send()
    {
        var registrar = Start();
        Registered(registrar, Register(1, "sip:1001@192.168.1.7"));
        _nodeAlive = false;
        var target = Assert.Single(Locate(registrar).Targets);
        Assert.Equal(("192.0.2.1:5060", ""), (target.Remote, target.Node));
    }

    private static RegistrarCommands.Register Register(uint cseq, string contact) =>
        BindingsTests.Register(cseq, 300, BindingsTests.Offer(contact)) with { Source = "192.0.2.1:5060" };

    private IActorRef Start() => Sys.ActorOf(RegistrarActor.CreateProps(
        Phone, new RegistrarServices(_store, _writer, _configuration, (_, _) => _nodeAlive, _time)));

    private RegistrarReplies.Registered Registered(IActorRef registrar, RegistrarCommands.Register command)
    {
        registrar.Tell(command);
        return ExpectMsg<RegistrarReplies.Registered>();
    }

    private RegistrarReplies.Located Locate(IActorRef registrar)
    {
        var probe = CreateTestProbe();
        registrar.Tell(new RegistrarCommands.Locate(Phone, default), probe);
        return probe.ExpectMsg<RegistrarReplies.Located>();
    }

    private void Advance(TimeSpan by)
    {
        _time.Advance(by);
        ((TestScheduler)Sys.Scheduler).Advance(by);
    }

    private sealed class MemoryStore : IBindingStore
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<GatewayId, IReadOnlyList<Binding>> _sets = [];
        private TaskCompletionSource _gate = Open();
        private int _writes;

        public volatile bool Fails;

        public int Writes => Volatile.Read(ref _writes);

        public void Hold() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release() => _gate.SetResult();

        public IReadOnlyList<Binding> Of(GatewayId gateway)
        {
            lock (_lock) return _sets.GetValueOrDefault(gateway, []);
        }

        public Task<IReadOnlyList<Binding>> Load(GatewayId gateway, DateTimeOffset now)
        {
            if (Fails) return Task.FromException<IReadOnlyList<Binding>>(new IOException("away"));
            return Task.FromResult(Of(gateway));
        }

        public async Task Write(IReadOnlyList<BindingSet> sets)
        {
            Interlocked.Increment(ref _writes);
            await _gate.Task;
            if (Fails) throw new IOException("away");
            lock (_lock)
                foreach (var set in sets) _sets[set.GatewayId] = set.Items;
        }

        public Task Purge(DateTimeOffset now) => Task.CompletedTask;

        private static TaskCompletionSource Open()
        {
            var gate = new TaskCompletionSource();
            gate.SetResult();
            return gate;
        }
    }
}
