using CsCheck;
using Tandem.Routing.Gateways;
using Tandem.Routing.NodeCalls;
using Tandem.Shared;
using Tandem.Shared.Calls;
using Tandem.Shared.Gateways;

namespace Tandem.Routing.Tests.Gateways;

public sealed class GatewayLeasesTests
{
    private const string NodeA = "akka.tcp://tandem@127.0.0.1:1";
    private const string NodeB = "akka.tcp://tandem@127.0.0.1:2";

    private static readonly GatewayId Vendor = GatewayId.Routing("vendor-1");
    private static readonly GatewayId Customer = GatewayId.Mapping("customer-1");

    [Fact]
    public void Grants_up_to_the_line_limit_and_names_it_when_it_refuses()
    {
        var leases = Ready(Vendor);
        Assert.Equal(1, Assert.IsType<GatewayReplies.Granted>(Ask(leases, 1, lines: 2)).LinesInUse);
        Assert.Equal(2, Assert.IsType<GatewayReplies.Granted>(Ask(leases, 2, lines: 2)).LinesInUse);
        var refused = Assert.IsType<GatewayReplies.Refused>(Ask(leases, 3, lines: 2));
        Assert.Equal(EndReason.AllGatewayBusy, refused.Rejection.Reason);
        Assert.Equal("Routing gateway vendor-1 has 2 of 2 lines in use.", refused.Rejection.Detail);
        Assert.Equal(2, refused.LinesInUse);
        leases.Release(Key(1));
        Assert.IsType<GatewayReplies.Granted>(Ask(leases, 3, lines: 2));
    }

    [Fact]
    public void Refuses_a_customer_over_its_lines_with_ConnectionLimitExceeded()
    {
        var leases = Ready(Customer);
        Ask(leases, 1, lines: 1);
        Assert.Equal(EndReason.ConnectionLimitExceeded, ReasonOf(Ask(leases, 2, lines: 1)));
    }

    [Fact]
    public void Refuses_over_the_rate_with_GatewayRateLimit_and_takes_no_line()
    {
        var leases = Ready(Vendor);
        Ask(leases, 1, rate: 1);
        var refused = Assert.IsType<GatewayReplies.Refused>(Ask(leases, 2, rate: 1, ticks: TimeSpan.TicksPerSecond - 1));
        Assert.Equal(EndReason.GatewayRateLimit, refused.Rejection.Reason);
        Assert.Contains("rate limit is 1", refused.Rejection.Detail);
        Assert.Equal(1, leases.LinesInUse);
    }

    [Fact]
    public void A_call_refused_for_lines_takes_no_token()
    {
        var leases = Ready(Vendor);
        Ask(leases, 1, lines: 1, rate: 2);
        for (byte i = 2; i < 20; i++) Assert.Equal(EndReason.AllGatewayBusy, ReasonOf(Ask(leases, i, lines: 1, rate: 2)));
        leases.Release(Key(1));
        Assert.IsType<GatewayReplies.Granted>(Ask(leases, 20, lines: 1, rate: 2));
    }

    [Fact]
    public void A_repeat_gets_the_same_answer_and_takes_nothing_more()
    {
        var leases = Ready(Vendor);
        Ask(leases, 1, lines: 2, rate: 2);
        for (var i = 0; i < 5; i++) Assert.IsType<GatewayReplies.Granted>(Ask(leases, 1, lines: 2, rate: 2));
        Assert.Equal((1, 1L, 1), (leases.LinesInUse, leases.TotalGranted, leases.CallsInLastSecond(0)));
    }

    [Fact]
    public void The_whole_switch_takes_tokens_but_no_lines_and_a_repeat_takes_no_second_token()
    {
        var leases = Ready(GatewayId.WholeSwitch);
        Ask(leases, 1, rate: 2);
        Assert.IsType<GatewayReplies.Granted>(Ask(leases, 1, rate: 2));
        Assert.Equal((0, 1), (leases.LinesInUse, leases.CallsInLastSecond(0)));
        Ask(leases, 2, rate: 2);
        Assert.Equal(EndReason.SystemCpsLimit, ReasonOf(Ask(leases, 3, rate: 2)));
    }

    [Fact]
    public void A_lower_limit_leaves_calls_alone_and_refuses_new_ones()
    {
        var leases = Ready(Vendor);
        for (byte i = 0; i < 10; i++) Ask(leases, i, lines: 10);
        Assert.Equal(EndReason.AllGatewayBusy, ReasonOf(Ask(leases, 10, lines: 3)));
        Assert.Equal(10, leases.LinesInUse);
        for (byte i = 0; i < 7; i++) leases.Release(Key(i));
        Assert.Equal(EndReason.AllGatewayBusy, ReasonOf(Ask(leases, 10, lines: 3)));
        leases.Release(Key(7));
        Assert.IsType<GatewayReplies.Granted>(Ask(leases, 10, lines: 3));
    }

    [Theory]
    [InlineData(GatewayKind.Mapping, true, EndReason.AccountLocked)]
    [InlineData(GatewayKind.Routing, true, EndReason.NoAvailableRouter)]
    [InlineData(GatewayKind.Mapping, false, EndReason.IllegalCall)]
    [InlineData(GatewayKind.Routing, false, EndReason.NoAvailableRouter)]
    public void Refuses_locked_and_unknown_gateways(GatewayKind kind, bool known, EndReason expected)
    {
        var id = new GatewayId(kind, "x");
        var reply = Ready(id).Decide(Command(id, 1), new GatewayLimits(known, known, 0, 0), 0);
        Assert.Equal(expected, ReasonOf(reply));
    }

    [Fact]
    public void What_nodes_list_counts_as_taken_and_a_repeat_of_it_is_granted_without_a_token()
    {
        var leases = new GatewayLeases(Vendor, 1);
        leases.Learn(NodeA, Key(1), uncertain: false);
        leases.Learn(NodeB, Key(2), uncertain: false);
        leases.Learned();
        Assert.Equal(EndReason.AllGatewayBusy, ReasonOf(Ask(leases, 3, lines: 2, rate: 1)));
        Assert.IsType<GatewayReplies.Granted>(Ask(leases, 1, lines: 2, rate: 1));
        Assert.Equal(0, leases.CallsInLastSecond(0));
    }

    [Fact]
    public void An_uncertain_line_must_pass_the_limits_when_its_call_asks_again()
    {
        var leases = new GatewayLeases(Vendor, 1);
        for (byte i = 0; i < 3; i++) leases.Learn(NodeA, Key(i), uncertain: true);
        leases.Learned();
        Assert.Equal(EndReason.AllGatewayBusy, ReasonOf(Ask(leases, 0, lines: 2)));
        Assert.IsType<GatewayReplies.Granted>(Ask(leases, 0, lines: 3));
        Assert.Equal(3, leases.LinesInUse);
    }

    [Fact]
    public void A_line_given_back_while_learning_is_not_learnt_from_an_older_list()
    {
        var leases = new GatewayLeases(Vendor, 1);
        leases.Release(Key(1));
        leases.Learn(NodeA, Key(1), uncertain: false);
        Assert.Equal(0, leases.LinesInUse);
    }

    [Fact]
    public void A_line_missing_from_its_nodes_list_twice_is_reclaimed_as_drift()
    {
        var leases = Ready(Vendor);
        Ask(leases, 1);
        Round(leases);
        Assert.Equal((1, 0L), (leases.LinesInUse, leases.Drift));
        Round(leases);
        Assert.Equal((0, 1L), (leases.LinesInUse, leases.Drift));
    }

    [Fact]
    public void A_line_listed_again_after_one_miss_must_miss_twice_anew()
    {
        var leases = Ready(Vendor);
        Ask(leases, 1);
        Round(leases);
        Round(leases, new HeldLease(Key(1), 0));
        Round(leases);
        Assert.Equal(1, leases.LinesInUse);
    }

    [Fact]
    public void A_line_granted_after_the_round_began_is_not_missed_in_it()
    {
        var leases = Ready(Vendor);
        leases.BeginRound();
        Ask(leases, 1);
        leases.Reconcile(NodeA, []);
        Round(leases);
        Assert.Equal(1, leases.LinesInUse);
    }

    [Fact]
    public void Another_nodes_list_says_nothing_about_a_line()
    {
        var leases = Ready(Vendor);
        Ask(leases, 1);
        for (var i = 0; i < 5; i++)
        {
            leases.BeginRound();
            leases.Reconcile(NodeB, []);
        }

        Assert.Equal(1, leases.LinesInUse);
    }

    [Fact]
    public void An_unknown_line_is_taken_over_when_it_is_listed_as_held_twice()
    {
        var leases = Ready(Vendor);
        Round(leases, new HeldLease(Key(1), 0));
        Assert.Equal(0, leases.LinesInUse);
        Round(leases, new HeldLease(Key(1), 0));
        Assert.Equal((1, 1L, 0L), (leases.LinesInUse, leases.Adopted, leases.Drift));
    }

    [Fact]
    public void A_line_that_is_only_asked_for_is_never_taken_over()
    {
        var leases = Ready(Vendor);
        for (var i = 0; i < 5; i++) Round(leases, new HeldLease(Key(1), LineLeases.AskingAmount));
        Assert.Equal((0, 0L), (leases.LinesInUse, leases.Adopted));
    }

    [Fact]
    public void An_uncertain_line_that_disappears_is_no_drift()
    {
        var leases = new GatewayLeases(Vendor, 1);
        leases.Learn(NodeA, Key(1), uncertain: true);
        leases.Learned();
        Round(leases);
        Assert.Equal((0, 0L), (leases.LinesInUse, leases.Drift));
    }

    [Fact]
    public void The_lines_of_a_node_that_has_left_are_free_at_once_and_no_drift()
    {
        var leases = Ready(Vendor);
        Ask(leases, 1);
        Ask(leases, 2, node: NodeB);
        Assert.Equal(1, leases.NodeGone(NodeA));
        Assert.Equal((1, 0L), (leases.LinesInUse, leases.Drift));
    }

    // Reference: per call its true state (asking, held by which node, gone), kept beside the leases. Messages may be lost:
    // releases and grants. Checked after each step: no more lines than the limit at a grant, every line that a call uses is
    // counted, and at the end two quiet rounds leave nothing but what calls hold.
    [Fact]
    public void Never_over_the_limit_and_never_a_used_line_uncounted_with_lost_messages() =>
        Gen.Select(
            Gen.Int[1, 6],
            Gen.Select(Gen.Int[0, 7], Gen.Byte[0, 15], Gen.Bool).Array[1, 250]).Sample((limit, steps) =>
        {
            var leases = Ready(Vendor);
            var used = new HashSet<byte>();
            var asked = new HashSet<byte>(); // on the list, answer not (yet) seen
            var ended = new HashSet<byte>(); // a key is never used again
            foreach (var (kind, call, lost) in steps)
            {
                switch (kind)
                {
                    case <= 3 when !ended.Contains(call):
                        if (!used.Contains(call)) asked.Add(call);
                        var inUse = leases.LinesInUse;
                        var reply = Ask(leases, call, lines: limit);
                        if (reply is GatewayReplies.Granted granted && (granted.LinesInUse > limit || leases.LinesInUse > limit))
                            return false;
                        if (reply is GatewayReplies.Refused && leases.LinesInUse != inUse) return false;
                        if (lost) break;
                        asked.Remove(call);
                        if (reply is GatewayReplies.Granted) used.Add(call);
                        break;
                    case 4 or 5 when used.Remove(call) | asked.Remove(call):
                        ended.Add(call);
                        if (!lost) leases.Release(Key(call));
                        break;
                    case 6:
                        Round(leases, Listed(used, asked));
                        break;
                }

                foreach (var one in used)
                    if (Ask(leases, one, lines: 0) is not GatewayReplies.Granted) return false;
                if (used.Count > limit) return false;
            }

            asked.Clear();
            Round(leases, Listed(used, asked));
            Round(leases, Listed(used, asked));
            return leases.LinesInUse == used.Count && leases.Adopted == 0;
        });

    // A new owner takes over at a random moment: it must count every line in use and never grant past the limit.
    [Fact]
    public void A_new_owner_that_has_learnt_the_lists_never_exceeds_the_limit() =>
        Gen.Select(Gen.Int[1, 8], Gen.Select(Gen.Byte[0, 30], Gen.Bool).Array[1, 60], Gen.Byte[31, 60].Array[1, 40]).Sample(
            (limit, before, after) =>
            {
                var first = Ready(Vendor);
                var used = new HashSet<byte>();
                foreach (var (call, release) in before)
                {
                    if (release)
                    {
                        first.Release(Key(call));
                        used.Remove(call);
                    }
                    else if (Ask(first, call, lines: limit) is GatewayReplies.Granted)
                    {
                        used.Add(call);
                    }
                }

                var second = new GatewayLeases(Vendor, 2);
                foreach (var call in used) second.Learn(call % 2 == 0 ? NodeA : NodeB, Key(call), uncertain: false);
                second.Learned();
                foreach (var call in after)
                    if (Ask(second, call, lines: limit) is GatewayReplies.Granted) used.Add(call);
                return used.Count <= limit && second.LinesInUse == used.Count;
            });

    private static HeldLease[] Listed(HashSet<byte> used, HashSet<byte> asked) =>
    [
        .. used.Select(c => new HeldLease(Key(c), 0)),
        .. asked.Select(c => new HeldLease(Key(c), LineLeases.AskingAmount)),
    ];

    private static void Round(GatewayLeases leases, params HeldLease[] listed)
    {
        leases.BeginRound();
        leases.Reconcile(NodeA, listed);
    }

    private static GatewayLeases Ready(GatewayId id)
    {
        var leases = new GatewayLeases(id, 1);
        leases.Learned();
        return leases;
    }

    private static object Ask(
        GatewayLeases leases,
        byte call,
        int lines = 0,
        int rate = 0,
        long ticks = 0,
        string node = NodeA) =>
        leases.Decide(Command(Vendor, call, node), new GatewayLimits(true, false, lines, rate), ticks);

    private static GatewayCommands.Acquire Command(GatewayId id, byte call, string node = NodeA) =>
        new(id, Key(call), node, DateTimeOffset.MaxValue);

    private static LeaseKey Key(byte call) => new(new CallId(1, 0, call), 1);

    private static EndReason ReasonOf(object reply) => Assert.IsType<GatewayReplies.Refused>(reply).Rejection.Reason;
}
