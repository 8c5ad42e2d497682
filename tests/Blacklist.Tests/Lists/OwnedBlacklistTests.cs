using CsCheck;
using Tandem.Blacklist.Detection;
using Tandem.Blacklist.Lists;
using Tandem.Shared.Blacklist;
using static Tandem.Blacklist.Tests.Calls;

namespace Tandem.Blacklist.Tests.Lists;

public sealed class OwnedBlacklistTests
{
    private readonly OwnedBlacklist _list = new(null, 100, Detectors.CreateAll());

    [Fact]
    public void The_call_that_reaches_the_limit_lists_the_callee()
    {
        _list.Configure(Configuration());
        for (var i = 0; i < 5; i++) Observe($"{i}", "900", i);
        Assert.Empty(_list.Entries);
        Observe("6", "900", 5);
        var entry = Assert.Single(_list.Entries);
        Assert.Equal(
            new BlacklistEntry(
                "900", NumberRole.Callee, null, BlacklistCause.MaliciousCallee, At(5), At(5), At(3605), 6),
            entry);
        Assert.True(_list.IsUrgent);
    }

    [Fact]
    public void The_same_number_of_calls_from_one_caller_lists_the_caller()
    {
        _list.Configure(Configuration(calleeLimit: 0, callerLimit: 3));
        for (var i = 0; i < 3; i++) Observe("100", $"{i}", i);
        var entry = Assert.Single(_list.Entries);
        Assert.Equal(
            ("100", NumberRole.Caller, BlacklistCause.MaliciousCaller), (entry.Number, entry.Role, entry.Cause));
    }

    [Fact]
    public void The_same_count_spread_wider_than_the_window_lists_nothing()
    {
        _list.Configure(Configuration());
        for (var i = 0; i < 100; i++) Observe("1", "900", 120 * i); // 5 in any 600 s.
        Assert.Empty(_list.Entries);
    }

    [Fact]
    public void A_limit_of_zero_lists_nothing()
    {
        _list.Configure(Configuration(calleeLimit: 0));
        for (var i = 0; i < 5000; i++) Observe("1", "900", i / 100.0);
        Assert.Empty(_list.Entries);
    }

    [Fact]
    public void Refused_calls_extend_the_stay_and_it_ends_after_the_last_one()
    {
        _list.Configure(Configuration(calleeLimit: 2, expire: 60));
        Observe("1", "900", 0);
        Observe("1", "900", 1);
        Observe("1", "900", 50, refused: true);
        _list.Expire(At(100));
        Assert.Equal(At(110), Assert.Single(_list.Entries).ExpiresAt);
        _list.Expire(At(111.1));
        Assert.Empty(_list.Entries);
    }

    [Fact]
    public void A_freed_number_starts_from_zero_even_when_the_window_is_longer_than_the_expiry()
    {
        _list.Configure(Configuration(calleeLimit: 3, window: 600, expire: 60));
        for (var i = 0; i < 3; i++) Observe("1", "900", i);
        Observe("1", "900", 62); // Exactly at its expiry: free.
        Observe("1", "900", 63);
        Assert.Empty(_list.Entries);
        Observe("1", "900", 64);
        Assert.Single(_list.Entries);
    }

    [Fact]
    public void Refused_calls_of_a_listed_caller_do_not_list_the_callee()
    {
        _list.Configure(Configuration(calleeLimit: 3, callerLimit: 3));
        for (var i = 0; i < 3; i++) Observe("100", $"{i}", i);
        for (var i = 0; i < 10; i++) Observe("100", "900", 10 + i, refused: true);
        Assert.Equal("100", Assert.Single(_list.Entries).Number);
    }

    [Fact]
    public void Numbers_of_the_system_white_list_never_enter_and_leave_when_they_are_added()
    {
        _list.Configure(Configuration(calleeLimit: 2, whiteList: "900"));
        for (var i = 0; i < 10; i++) Observe("1", "900", i);
        for (var i = 0; i < 10; i++) Observe("1", "901", i);
        Assert.Equal("901", Assert.Single(_list.Entries).Number);
        _list.Configure(Configuration(calleeLimit: 2, whiteList: ["900", "901"]));
        Assert.Empty(_list.Entries);
    }

    [Fact]
    public void A_removed_number_has_no_count_left()
    {
        _list.Configure(Configuration(calleeLimit: 3));
        for (var i = 0; i < 3; i++) Observe("1", "900", i);
        for (var i = 0; i < 2; i++) Observe("1", "901", i);
        Assert.True(_list.Remove(new BlacklistNumber("900", NumberRole.Callee)));
        Assert.False(_list.Remove(new BlacklistNumber("901", NumberRole.Callee)));
        for (var i = 3; i < 5; i++) Observe("1", "900", i);
        for (var i = 3; i < 5; i++) Observe("1", "901", i);
        Assert.Empty(_list.Entries);
    }

    [Fact]
    public void New_limits_and_a_new_expiry_hold_at_once()
    {
        _list.Configure(Configuration(calleeLimit: 10));
        for (var i = 0; i < 5; i++) Observe("1", "900", i);
        _list.Configure(Configuration(calleeLimit: 6));
        Observe("1", "900", 5);
        Assert.Equal(At(3605), Assert.Single(_list.Entries).ExpiresAt);
        _list.Configure(Configuration(calleeLimit: 6, expire: 60));
        Assert.Equal(At(65), Assert.Single(_list.Entries).ExpiresAt);
        _list.Expire(At(67));
        Assert.Empty(_list.Entries);
    }

    [Fact]
    public void A_full_list_lets_the_entry_go_that_ends_first()
    {
        var list = new OwnedBlacklist(null, 2, Detectors.CreateAll());
        list.Configure(Configuration(calleeLimit: 1));
        list.Observe(Call("1", "900", 0), At(0));
        list.Observe(Call("1", "901", 1), At(1));
        list.Observe(Call("1", "900", 2, refused: true), At(2));
        list.Observe(Call("1", "902", 3), At(3));
        Assert.Equal(["900", "902"], list.Entries.Select(e => e.Number).Order());
        Assert.Equal(1, list.Evicted);
    }

    [Fact]
    public void A_call_of_the_future_counts_now()
    {
        _list.Configure(Configuration(calleeLimit: 1));
        _list.Observe(Call("1", "900", 5000), At(1));
        Assert.Equal(At(1), Assert.Single(_list.Entries).LastCallAt);
    }

    [Fact]
    public void Restored_entries_join_what_is_listed_already()
    {
        _list.Configure(Configuration(calleeLimit: 1));
        Observe("1", "900", 100);
        _list.Restore([Entry("900"), Entry("901", lastCallAt: 5), Entry("902", lastCallAt: -3600)], At(101));
        Assert.Equal(
            [("900", At(100)), ("901", At(5))],
            _list.Entries.OrderBy(e => e.Number).Select(e => (e.Number, e.LastCallAt)));
    }

    [Fact]
    public void Each_change_is_given_once_in_its_latest_state()
    {
        _list.Configure(Configuration(calleeLimit: 1));
        Observe("1", "900", 0);
        Observe("1", "901", 1);
        Observe("1", "900", 2, refused: true);
        _list.Remove(new BlacklistNumber("901", NumberRole.Callee));
        var changes = _list.TakeChanges();
        Assert.Equal(At(2), Assert.Single(changes.Listed).LastCallAt);
        Assert.Equal(new BlacklistNumber("901", NumberRole.Callee), Assert.Single(changes.Removed));
        Assert.True(_list.TakeChanges().IsEmpty);
        Assert.False(_list.IsUrgent);
    }

    // Against a reference that keeps every call and looks all of them through again; after each call both must list the
    // same numbers with the same times. Refused is what the reference's list says, as in the switch.
    [Fact]
    public void Lists_and_frees_as_the_slow_reference_does()
    {
        var step = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 40]);
        Gen.Select(step.Array[0, 150], Gen.Int[0, 5], Gen.Int[0, 5], Gen.Int[1, 100], Gen.Int[1, 60])
            .Sample((steps, calleeLimit, callerLimit, window, expire) =>
            {
                var list = new OwnedBlacklist(null, 1000, Detectors.CreateAll());
                list.Configure(Configuration(
                    calleeLimit: calleeLimit, callerLimit: callerLimit, window: window, expire: expire));
                var reference = new Reference(calleeLimit, callerLimit, window, expire);
                var now = 0;
                foreach (var (caller, callee, wait) in steps)
                {
                    now += wait;
                    var refused = reference.IsListed($"a{caller}", NumberRole.Caller, now)
                        || reference.IsListed($"b{callee}", NumberRole.Callee, now);
                    reference.Call($"a{caller}", $"b{callee}", now, refused);
                    list.Observe(Call($"a{caller}", $"b{callee}", now, refused), At(now));
                    list.Expire(At(now));
                    Assert.Equal(
                        reference.Listed(now),
                        list.Entries.Where(e => e.ExpiresAt > At(now))
                            .Select(e => (e.Number, (int)(e.LastCallAt - Start).TotalSeconds)).Order());
                }
            });
    }

    private void Observe(string caller, string callee, double seconds, bool refused = false) =>
        _list.Observe(Call(caller, callee, seconds, refused), At(seconds));

    private sealed class Reference(int calleeLimit, int callerLimit, int window, int expire)
    {
        private readonly List<(string Number, int At)> _counted = [];
        private readonly Dictionary<(string Number, NumberRole Role), int> _lastCall = [];

        public bool IsListed(string number, NumberRole role, int now) =>
            _lastCall.TryGetValue((number, role), out var last) && last + expire > now;

        public IEnumerable<(string, int)> Listed(int now) => _lastCall
            .Where(p => p.Value + expire > now).Select(p => (p.Key.Number, p.Value)).Order();

        public void Call(string caller, string callee, int now, bool refused)
        {
            Side(callee, NumberRole.Callee, calleeLimit, now, refused);
            Side(caller, NumberRole.Caller, callerLimit, now, refused);
        }

        private void Side(string number, NumberRole role, int limit, int now, bool refused)
        {
            if (IsListed(number, role, now))
            {
                _lastCall[(number, role)] = now;
                return;
            }

            _lastCall.Remove((number, role));
            if (refused || limit == 0) return;
            _counted.Add((number, now));
            if (_counted.Count(c => c.Number == number && c.At > now - window) < limit) return;
            _lastCall[(number, role)] = now;
            _counted.RemoveAll(c => c.Number == number);
        }
    }
}
