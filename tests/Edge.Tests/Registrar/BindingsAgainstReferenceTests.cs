using CsCheck;
using Tandem.Edge.Registrar;
using Tandem.Shared.Registrar;

namespace Tandem.Edge.Tests.Registrar;

/// <summary>Any sequence of REGISTERs against a registrar written from the text of RFC 3261 §10.3, one contact after the other.</summary>
public sealed class BindingsAgainstReferenceTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Gen<ContactOffer> Offers = Gen.Select(
        Gen.Int[0, 3],
        Gen.OneOf(Gen.Const((int?)null), Gen.Int[0, 1000].Select(q => (int?)q)),
        Gen.OneOf(Gen.Const((int?)null), Gen.OneOf<int?>(0, 30, 60, 90, 5000)),
        (user, q, expires) => new ContactOffer($"sip:u{user}@192.0.2.1", q, expires));

    private static readonly Gen<(RegistrarCommands.Register Request, int Seconds)> Steps = Gen.Select(
        Gen.Int[0, 2],
        Gen.UInt[1, 6],
        Offers.Array[0, 3],
        Gen.Int[0, 9],
        Gen.OneOf(Gen.Const((int?)null), Gen.OneOf<int?>(0, 59, 60, 400)),
        Gen.Int[0, 200],
        (call, cseq, contacts, kind, expires, seconds) => (
            BindingsTests.Register(cseq, expires, [.. contacts]) with
            {
                SipCallId = "call-" + call,
                RemoveAll = kind == 0,
                Contacts = kind == 0 ? [] : contacts,
            },
            seconds));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Agrees_with_the_text_of_the_RFC(bool replaceKick)
    {
        var rules = new RegistrarRules(TimeSpan.FromSeconds(600), TimeSpan.FromSeconds(60), 2, replaceKick);
        Steps.Array[1, 25].Sample(steps =>
        {
            var (state, reference, now) = (Bindings.Empty, new Reference(rules), Start);
            foreach (var (request, seconds) in steps)
            {
                now = now.AddSeconds(seconds);
                (state, var refusal) = state.Apply(request, rules, now);
                Assert.Equal(reference.Register(request, now), refusal?.Status ?? 200);
                Assert.Equal(
                    reference.Contacts.OrderBy(c => c.Uri, StringComparer.Ordinal),
                    state.Items.Select(b => (b.Contact, b.ExpiresAt, b.SipCallId, b.CSeq, b.Q))
                        .OrderBy(c => c.Contact, StringComparer.Ordinal));
                Assert.True(state.Items.Length <= rules.MaxContacts);
            }
        });
    }

    private sealed class Reference(RegistrarRules rules)
    {
        private readonly Dictionary<string, (DateTimeOffset Expires, string CallId, uint CSeq, int? Q, int Stamp)> _table = [];
        private int _stamp;

        public IEnumerable<(string Uri, DateTimeOffset Expires, string CallId, uint CSeq, int? Q)> Contacts =>
            _table.Select(p => (p.Key, p.Value.Expires, p.Value.CallId, p.Value.CSeq, p.Value.Q));

        public int Register(RegistrarCommands.Register request, DateTimeOffset now)
        {
            foreach (var gone in _table.Where(p => p.Value.Expires <= now).Select(p => p.Key).ToList()) _table.Remove(gone);
            var before = _table.ToDictionary();
            var status = Process(request, now);
            if (status == 200) return 200;
            _table.Clear();
            foreach (var (uri, entry) in before) _table[uri] = entry;
            return status;
        }

        private int Process(RegistrarCommands.Register request, DateTimeOffset now)
        {
            if (request.RemoveAll)
            {
                if (request.Expires != 0) return 400;
                foreach (var entry in _table.Values)
                    if (entry.CallId == request.SipCallId && request.CSeq <= entry.CSeq) return 500;
                _table.Clear();
                return 200;
            }

            var named = new HashSet<string>();
            var changed = false;
            foreach (var contact in request.Contacts)
            {
                var seconds = contact.Expires ?? request.Expires ?? (int)rules.MaxExpire.TotalSeconds;
                if (seconds > rules.MaxExpire.TotalSeconds) seconds = (int)rules.MaxExpire.TotalSeconds;
                if (seconds > 0 && seconds < rules.MinExpire.TotalSeconds) return 423;
                if (_table.TryGetValue(contact.Uri, out var entry) && entry.CallId == request.SipCallId)
                {
                    if (request.CSeq < entry.CSeq) return 500;
                    if (request.CSeq == entry.CSeq)
                    {
                        named.Add(contact.Uri);
                        continue;
                    }
                }

                if (seconds == 0)
                {
                    changed |= _table.Remove(contact.Uri);
                    continue;
                }

                named.Add(contact.Uri);
                _table[contact.Uri] = (now.AddSeconds(seconds), request.SipCallId, request.CSeq, contact.Q, ++_stamp);
                changed = true;
            }

            if (!changed) return 200;
            if (named.Count > rules.MaxContacts) return 403;
            if (rules.ReplaceKick && named.Count > 0)
                foreach (var other in _table.Keys.Except(named).ToList()) _table.Remove(other);
            while (_table.Count > rules.MaxContacts)
            {
                var others = _table.Where(p => !named.Contains(p.Key)).ToList();
                _table.Remove(others.MinBy(p => p.Value.Stamp).Key);
            }

            return 200;
        }
    }
}
