using System.Collections.Immutable;
using Tandem.Edge.Registrar;
using Tandem.Shared;
using Tandem.Shared.Registrar;

namespace Tandem.Edge.Tests.Registrar;

public sealed class BindingsTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly RegistrarRules Rules = new(TimeSpan.FromHours(1), TimeSpan.FromSeconds(60), 3, ReplaceKick: false);

    [Fact]
    public void A_contact_without_expires_gets_the_longest_time()
    {
        var state = Taken(Bindings.Empty, Register(1, null, Offer("sip:1001@192.0.2.1")));
        Assert.Equal(Start.AddHours(1), Assert.Single(state.Items).ExpiresAt);
    }

    [Fact]
    public void The_contacts_own_expires_goes_before_the_header()
    {
        var state = Taken(Bindings.Empty, Register(1, 300, Offer("sip:a@192.0.2.1", expires: 120), Offer("sip:b@192.0.2.1")));
        Assert.Equal([Start.AddSeconds(120), Start.AddSeconds(300)], state.Items.Select(b => b.ExpiresAt));
    }

    [Fact]
    public void More_than_the_longest_time_is_clamped() =>
        Assert.Equal(
            Start.AddHours(1),
            Assert.Single(Taken(Bindings.Empty, Register(1, 86_400, Offer("sip:1001@192.0.2.1"))).Items).ExpiresAt);

    [Fact]
    public void Less_than_the_shortest_time_is_refused_with_423()
    {
        var (state, refusal) = Bindings.Empty.Apply(Register(1, 59, Offer("sip:1001@192.0.2.1")), Rules, Start);
        Assert.Equal((423, 60), (refusal!.Status, refusal.MinExpires));
        Assert.Empty(state.Items);
    }

    [Fact]
    public void Expires_0_removes_the_contact_and_no_other()
    {
        var two = Taken(Bindings.Empty, Register(1, 300, Offer("sip:a@192.0.2.1"), Offer("sip:b@192.0.2.1")));
        Assert.Equal("sip:b@192.0.2.1", Assert.Single(Taken(two, Register(2, 0, Offer("sip:a@192.0.2.1"))).Items).Contact);
    }

    [Fact]
    public void The_wildcard_with_Expires_0_removes_all()
    {
        var two = Taken(Bindings.Empty, Register(1, 300, Offer("sip:a@192.0.2.1"), Offer("sip:b@192.0.2.1")));
        Assert.Empty(Taken(two, Register(2, 0) with { RemoveAll = true }).Items);
    }

    [Fact]
    public void The_wildcard_without_Expires_0_or_with_other_contacts_is_refused()
    {
        Assert.Equal(400, Refused(Bindings.Empty, Register(1, 300) with { RemoveAll = true }));
        Assert.Equal(400, Refused(Bindings.Empty, Register(1, null) with { RemoveAll = true }));
        Assert.Equal(400, Refused(Bindings.Empty, Register(1, 0, Offer("sip:a@192.0.2.1")) with { RemoveAll = true }));
    }

    [Fact]
    public void The_wildcard_of_an_older_request_is_refused()
    {
        var one = Taken(Bindings.Empty, Register(7, 300, Offer("sip:a@192.0.2.1")));
        Assert.Equal(500, Refused(one, Register(6, 0) with { RemoveAll = true }));
    }

    [Fact]
    public void An_older_request_of_the_same_Call_ID_changes_nothing()
    {
        var one = Taken(Bindings.Empty, Register(7, 300, Offer("sip:a@192.0.2.1")));
        var (state, refusal) = one.Apply(
            Register(6, 600, Offer("sip:c@192.0.2.1"), Offer("sip:a@192.0.2.1")), Rules, Start);
        Assert.Equal(500, refusal!.Status);
        Assert.Equal(one.Items, state.Items);
    }

    [Fact]
    public void The_same_request_again_succeeds_and_changes_nothing()
    {
        var request = Register(7, 300, Offer("sip:a@192.0.2.1"));
        var one = Taken(Bindings.Empty, request);
        var (state, refusal) = one.Apply(request, Rules, Start.AddSeconds(5));
        Assert.Null(refusal);
        Assert.Same(one, state);
    }

    [Fact]
    public void Another_Call_ID_refreshes_with_any_CSeq()
    {
        var one = Taken(Bindings.Empty, Register(7, 300, Offer("sip:a@192.0.2.1")));
        var (state, _) = one.Apply(
            Register(1, 300, Offer("sip:a@192.0.2.1")) with { SipCallId = "other" }, Rules, Start.AddSeconds(100));
        Assert.Equal(Start.AddSeconds(400), Assert.Single(state.Items).ExpiresAt);
    }

    [Fact]
    public void Contacts_are_compared_as_URIs()
    {
        var one = Taken(Bindings.Empty, Register(1, 300, Offer("sip:1001@Phone.example.com;foo=1")));
        Assert.Single(Taken(one, Register(2, 300, Offer("sip:1001@phone.EXAMPLE.com"))).Items);
        Assert.Equal(2, Taken(one, Register(2, 300, Offer("sip:1001@phone.example.com:5060"))).Items.Length);
    }

    [Fact]
    public void One_contact_too_many_removes_the_one_refreshed_longest_ago()
    {
        var state = Bindings.Empty;
        for (var i = 0u; i < 4; i++)
            (state, _) = state.Apply(Register(i + 1, 3000, Offer($"sip:{i}@192.0.2.1")), Rules, Start.AddSeconds(i));
        Assert.Equal(["sip:1@192.0.2.1", "sip:2@192.0.2.1", "sip:3@192.0.2.1"], state.Items.Select(b => b.Contact));
    }

    [Fact]
    public void More_contacts_in_one_request_than_allowed_are_refused() =>
        Assert.Equal(403, Refused(Bindings.Empty, Register(1, 300, [.. Enumerable.Range(0, 4).Select(i => Offer($"sip:{i}@192.0.2.1"))])));

    [Fact]
    public void With_replace_kick_a_new_registration_removes_the_old_contacts()
    {
        var one = Taken(Bindings.Empty, Register(1, 300, Offer("sip:a@192.0.2.1")));
        var (state, _) = one.Apply(
            Register(1, 300, Offer("sip:b@192.0.2.2")) with { SipCallId = "other" }, Rules with { ReplaceKick = true }, Start);
        Assert.Equal("sip:b@192.0.2.2", Assert.Single(state.Items).Contact);
    }

    [Fact]
    public void A_contact_that_cannot_be_called_is_refused() =>
        Assert.Equal(400, Refused(Bindings.Empty, Register(1, 300, Offer("mailto:bob@example.com"))));

    [Fact]
    public void The_highest_q_comes_first_and_none_counts_as_one()
    {
        var state = Taken(
            Bindings.Empty,
            Register(1, 300, Offer("sip:low@192.0.2.1", q: 100), Offer("sip:none@192.0.2.1"), Offer("sip:mid@192.0.2.1", q: 500)));
        Assert.Equal(
            ["sip:none@192.0.2.1", "sip:mid@192.0.2.1", "sip:low@192.0.2.1"], state.ByPreference().Select(b => b.Contact));
    }

    [Fact]
    public void What_has_expired_is_gone_and_may_come_back_with_any_CSeq()
    {
        var one = Taken(Bindings.Empty, Register(7, 300, Offer("sip:a@192.0.2.1")));
        Assert.Empty(one.At(Start.AddSeconds(300)).Items);
        var (state, refusal) = one.Apply(Register(3, 300, Offer("sip:a@192.0.2.1")), Rules, Start.AddSeconds(300));
        Assert.Null(refusal);
        Assert.Single(state.Items);
    }

    internal static ContactOffer Offer(string uri, int? q = null, int? expires = null) => new(uri, q, expires);

    internal static RegistrarCommands.Register Register(uint cseq, int? expires, params ImmutableArray<ContactOffer> contacts) => new(
        GatewayId.Routing("phone:1001"), 1, "reg-1", cseq, contacts, RemoveAll: false, expires, "", "192.0.2.1:5060",
        "akka.tcp://tandem@10.0.0.1:4053", 7, "Phone/1");

    private static Bindings Taken(Bindings state, RegistrarCommands.Register request)
    {
        var (next, refusal) = state.Apply(request, Rules, Start);
        Assert.Null(refusal);
        return next;
    }

    private static int Refused(Bindings state, RegistrarCommands.Register request)
    {
        var (next, refusal) = state.Apply(request, Rules, Start);
        Assert.Same(state, next);
        return refusal!.Status;
    }
}
