using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Tandem.Shared.Configuration;

namespace Tandem.Shared.Tests.Configuration;

/// <summary>One node; time stands still, so nothing is found by polling unless a test lets it pass.</summary>
public sealed class ConfigurationNodeActorTests : TestKit
{
    private static readonly Config FrozenTime =
        ConfigurationFactory.ParseString("akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"");

    private readonly TemporaryDatabase _database = new();
    private readonly ConfigurationHolder _holder = new();
    private readonly ConfigurationStore _store;
    private readonly IActorRef _node;

    public ConfigurationNodeActorTests()
        : base(FrozenTime)
    {
        _store = new ConfigurationStore(_database.Database, TimeProvider.System);
        _node = Sys.ActorOf(ConfigurationNodeActor.CreateProps(_store, _holder), ConfigurationNodeActor.Name);
    }

    [Fact]
    public async Task An_applied_configuration_is_stored_and_in_force()
    {
        _node.Tell(Apply(0, "112"), TestActor);

        Assert.Equal(1, ExpectMsg<ConfigurationReplies.Applied>(Patience).Version);
        Assert.Equal(1, _holder.Current.Version);
        Assert.Contains("112", _holder.Current.WhiteList.AsEnumerable());
        Assert.Equal("tester", (await _store.NewestAsync())!.Version.By);
    }

    [Fact]
    public void A_bad_configuration_is_refused_with_all_its_errors_and_nothing_changes()
    {
        _node.Tell(Apply(0, "one", "two"), TestActor);

        Assert.Equal(
            ["systemWhiteList[0]", "systemWhiteList[1]"],
            ExpectMsg<ConfigurationReplies.Refused>(Patience).Errors.Select(e => e[..e.IndexOf(':', StringComparison.Ordinal)]));
        Assert.Equal(0, _holder.Current.Version);
    }

    [Fact]
    public void A_change_made_from_an_old_version_is_a_conflict()
    {
        _node.Tell(Apply(0, "1"), TestActor);
        ExpectMsg<ConfigurationReplies.Applied>(Patience);

        _node.Tell(Apply(0, "2"), TestActor);

        Assert.Equal(1, ExpectMsg<ConfigurationReplies.Conflict>(Patience).CurrentVersion);
        Assert.Contains("1", _holder.Current.WhiteList.AsEnumerable());
    }

    [Fact]
    public void Of_parallel_changes_from_one_version_exactly_one_is_applied()
    {
        for (var i = 0; i < 8; i++) _node.Tell(Apply(0, "1" + i), TestActor);

        var replies = ReceiveN(8, Patience);

        Assert.Single(replies.OfType<ConfigurationReplies.Applied>());
        Assert.Equal(7, replies.OfType<ConfigurationReplies.Conflict>().Count());
    }

    [Fact]
    public void Parallel_changes_whatever_the_version_are_all_applied_one_after_the_other()
    {
        for (var i = 0; i < 4; i++) _node.Tell(Apply(-1, "1" + i), TestActor);

        var versions = ReceiveN(4, Patience).Cast<ConfigurationReplies.Applied>().Select(a => a.Version).Order();

        Assert.Equal([1L, 2L, 3L, 4L], versions);
        AwaitCondition(() => _holder.Current.Version == 4, Patience);
    }

    [Fact]
    public void More_changes_at_once_than_the_cap_are_turned_away()
    {
        for (var i = 0; i < 200; i++) _node.Tell(Apply(-1, "1"), TestActor);

        var replies = ReceiveN(200, TimeSpan.FromSeconds(60));

        Assert.Contains(replies, r => r is ConfigurationReplies.Unavailable);
        Assert.Equal(replies.OfType<ConfigurationReplies.Applied>().Count(), _holder.Current.Version);
    }

    [Fact]
    public void A_rollback_brings_the_old_content_as_a_new_version()
    {
        _node.Tell(Apply(0, "1"), TestActor);
        ExpectMsg<ConfigurationReplies.Applied>(Patience);
        _node.Tell(Apply(1, "2"), TestActor);
        ExpectMsg<ConfigurationReplies.Applied>(Patience);

        _node.Tell(new ConfigurationCommands.Rollback(2, 1, "tester", "back"), TestActor);

        Assert.Equal(3, ExpectMsg<ConfigurationReplies.Applied>(Patience).Version);
        Assert.Equal("1", _holder.Current.WhiteList.Single());
        _node.Tell(new ConfigurationCommands.Rollback(-1, 99, "tester", "back"), TestActor);
        Assert.Equal("version: there is no version 99", ExpectMsg<ConfigurationReplies.Refused>(Patience).Errors.Single());
    }

    [Fact]
    public async Task A_version_of_another_node_comes_into_force_at_the_word()
    {
        await _store.TryInsertAsync(1, Content("112"), "other", "");

        _node.Tell(new ConfigurationEvents.VersionStored(1));

        AwaitCondition(() => _holder.Current.Version == 1, Patience);
    }

    [Fact]
    public async Task A_version_whose_word_was_lost_is_found_by_looking()
    {
        // Once a look at start is over, a change is answered after it: then store behind the actor's back.
        _node.Tell(Apply(0, "1"), TestActor);
        ExpectMsg<ConfigurationReplies.Applied>(Patience);
        await _store.TryInsertAsync(2, Content("112"), "other", "");

        AwaitCondition(
            () =>
            {
                ((TestScheduler)Sys.Scheduler).Advance(ConfigurationNodeActor.PollInterval);
                return _holder.Current.Version == 2;
            },
            Patience);
    }

    [Fact]
    public async Task A_version_that_cannot_be_used_leaves_the_present_one_in_force()
    {
        _node.Tell(Apply(0, "1"), TestActor);
        ExpectMsg<ConfigurationReplies.Applied>(Patience);
        await _store.TryInsertAsync(2, "{\"fromTheFuture\": 1}"u8.ToArray(), "other", "");

        EventFilter.Error(start: "Configuration version 2").ExpectOne(
            () => _node.Tell(new ConfigurationEvents.VersionStored(2)));

        Assert.Equal(1, _holder.Current.Version);
        _node.Tell(Apply(2, "3"), TestActor);
        ExpectMsg<ConfigurationReplies.Applied>(Patience);
        Assert.Equal(3, _holder.Current.Version);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _database.Dispose();
    }

    private static TimeSpan Patience => TimeSpan.FromSeconds(10);

    private static byte[] Content(params string[] numbers) =>
        ConfigurationWriter.ToJson(new SwitchConfiguration { SystemWhiteList = [.. numbers] });

    private static ConfigurationCommands.Apply Apply(long expected, params string[] numbers) =>
        new(expected, Content(numbers), "tester", "test");
}

/// <summary>Two nodes of one cluster on loopback, one database, the wire format of production.</summary>
public sealed class ConfigurationClusterTests : IAsyncLifetime
{
    private const string Hocon = """
        akka.actor.provider = cluster
        akka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
        akka.actor.serializers.tandem = "Tandem.Shared.Cluster.Wire.TandemSerializer, Tandem.Shared"
        akka.actor.serialization-bindings { "Tandem.Shared.Cluster.IWireMessage, Tandem.Shared" = tandem }
        akka.loglevel = WARNING
        """;

    private readonly TemporaryDatabase _database = new();
    private readonly ActorSystem[] _systems = [.. Enumerable.Range(0, 2).Select(_ => ActorSystem.Create("tandem", Hocon))];
    private readonly ConfigurationHolder[] _holders = [new(), new()];
    private IActorRef[] _nodes = [];

    public async Task InitializeAsync()
    {
        var store = new ConfigurationStore(_database.Database, TimeProvider.System);
        _nodes = [.. _systems.Select((s, i) => s.ActorOf(
            ConfigurationNodeActor.CreateProps(store, _holders[i]), ConfigurationNodeActor.Name))];
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var first = Akka.Cluster.Cluster.Get(_systems[0]);
        foreach (var system in _systems)
            await Akka.Cluster.Cluster.Get(system).JoinAsync(first.SelfAddress, limit.Token);
    }

    public async Task DisposeAsync()
    {
        foreach (var system in _systems) await system.Terminate();
        _database.Dispose();
    }

    // Twenty changes in turn through either node: each is in force on both within a second.
    [Fact]
    public async Task A_change_through_either_node_is_in_force_on_both_within_a_second()
    {
        for (var version = 1; version <= 20; version++)
        {
            var content = ConfigurationWriter.ToJson(new SwitchConfiguration { SystemWhiteList = [$"{version}"] });
            var other = _holders[version % 2];
            var wanted = version;
            var there = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            void OnChanged(ConfigurationSnapshot snapshot)
            {
                if (snapshot.Version >= wanted) there.TrySetResult();
            }

            other.Changed += OnChanged;
            var reply = await _nodes[(version + 1) % 2].Ask<ConfigurationReplies.Applied>(
                new ConfigurationCommands.Apply(-1, content, "tester", ""), TimeSpan.FromSeconds(10));
            if (other.Current.Version < wanted) await there.Task.WaitAsync(TimeSpan.FromSeconds(1));
            other.Changed -= OnChanged;

            Assert.Equal(version, reply.Version);
            Assert.All(_holders, h => Assert.Contains($"{wanted}", h.Current.WhiteList.AsEnumerable()));
        }
    }
}
