using System.Collections.Immutable;
using System.Text;
using Tandem.Shared.Registrar;
using Tandem.Sip.Messages;

namespace Tandem.Edge.Registrar;

/// <summary>
/// The contacts of one address of record and the rules by which a REGISTER changes them (RFC 3261 §10.3): immutable, no clock,
/// no I/O.
/// </summary>
/// <remarks>
/// A request is taken as a whole or refused as a whole. Decisions where the RFC leaves room: a request that names more contacts
/// than allowed is refused with 403, one that brings the total above it removes the contacts that were refreshed longest ago
/// (a device that restarts with a new address must not lock itself out); the same Call-ID and CSeq again is a repeat that
/// changes nothing and succeeds, since a retransmission may reach another edge than the first copy did (ADR 0008).
/// </remarks>
public sealed class Bindings
{
    private Bindings(ImmutableArray<Binding> items) => Items = items;

    /// <summary>None.</summary>
    public static Bindings Empty { get; } = new([]);

    /// <summary>In the order in which they were last refreshed.</summary>
    public ImmutableArray<Binding> Items { get; }

    /// <summary>When the first of them ends; null when there are none.</summary>
    public DateTimeOffset? NextExpiry => Items.IsEmpty ? null : Items.Min(b => b.ExpiresAt);

    /// <summary>From storage.</summary>
    public static Bindings Of(IEnumerable<Binding> items) => new([.. items]);

    /// <summary>Without what has expired by then; the same object when nothing has.</summary>
    public Bindings At(DateTimeOffset now) =>
        Items.Any(b => b.ExpiresAt <= now) ? new Bindings([.. Items.Where(b => b.ExpiresAt > now)]) : this;

    /// <summary>Without one contact, or without any when <paramref name="contact"/> is empty.</summary>
    public Bindings Without(string contact) =>
        contact.Length == 0 ? Empty : new Bindings([.. Items.Where(b => b.Contact != contact)]);

    /// <summary>By preference: the highest q first, the latest registration first among equals.</summary>
    public IEnumerable<Binding> ByPreference() =>
        Items.OrderByDescending(b => b.Preference).ThenByDescending(b => b.RegisteredAt);

    /// <summary>
    /// What a REGISTER makes of them: new bindings, the same object when nothing changes, or a refusal with the bindings as they
    /// were.
    /// </summary>
    public (Bindings State, RegisterRefusal? Refusal) Apply(
        RegistrarCommands.Register request, RegistrarRules rules, DateTimeOffset now)
    {
        var current = At(now);
        if (request.RemoveAll) return current.RemoveAll(request);
        if (request.Contacts.Count == 0) return (current, null);
        var result = current.Items.ToBuilder();
        var named = new HashSet<Binding>(request.Contacts.Count);
        var changed = false;
        foreach (var offer in request.Contacts)
        {
            if (!IsSip(offer.Uri)) return (current, RegisterRefusal.BadContact);
            var expire = ExpireOf(offer, request, rules);
            if (expire > TimeSpan.Zero && expire < rules.MinExpire) return (current, RegisterRefusal.TooBrief(rules.MinExpire));
            var index = IndexOf(result, offer.Uri);
            if (index >= 0 && result[index].SipCallId == request.SipCallId)
            {
                if (request.CSeq < result[index].CSeq) return (current, RegisterRefusal.OutOfOrder);
                if (request.CSeq == result[index].CSeq)
                {
                    named.Add(result[index]);
                    continue;
                }
            }

            if (expire == TimeSpan.Zero)
            {
                changed |= index >= 0;
                if (index >= 0) result.RemoveAt(index);
                continue;
            }

            var binding = new Binding(
                offer.Uri, offer.Q, now + expire, request.Path, request.Source, request.Node, request.NodeId, request.SipCallId,
                request.CSeq, request.UserAgent, now);
            named.Add(binding);
            if (index >= 0) result.RemoveAt(index);
            result.Add(binding);
            changed = true;
        }

        if (!changed) return (current, null);
        if (named.Count > rules.MaxContacts) return (current, RegisterRefusal.TooManyContacts);
        if (rules.ReplaceKick && named.Count > 0) result.RemoveAll(b => !named.Contains(b));
        while (result.Count > rules.MaxContacts) result.Remove(result.First(b => !named.Contains(b)));
        return (new Bindings(result.ToImmutable()), null);
    }

    private (Bindings State, RegisterRefusal? Refusal) RemoveAll(RegistrarCommands.Register request)
    {
        if (request.Contacts.Count > 0 || request.Expires != 0) return (this, RegisterRefusal.BadWildcard);
        return Items.Any(b => b.SipCallId == request.SipCallId && b.CSeq >= request.CSeq)
            ? (this, RegisterRefusal.OutOfOrder)
            : (Items.IsEmpty ? this : Empty, null);
    }

    private static TimeSpan ExpireOf(ContactOffer offer, RegistrarCommands.Register request, RegistrarRules rules)
    {
        if ((offer.Expires ?? request.Expires) is not { } seconds) return rules.MaxExpire;
        var asked = TimeSpan.FromSeconds(Math.Max(0, seconds));
        return asked < rules.MaxExpire ? asked : rules.MaxExpire;
    }

    private static int IndexOf(ImmutableArray<Binding>.Builder bindings, string contact)
    {
        for (var i = 0; i < bindings.Count; i++)
            if (IsSame(bindings[i].Contact, contact)) return i;
        return -1;
    }

    /// <summary>Whether two contacts are one: URI comparison of RFC 3261 §19.1.4.</summary>
    public static bool IsSame(string a, string b) => a == b
        || (SipUri.TryParse(Encoding.UTF8.GetBytes(a), out var left) && SipUri.TryParse(Encoding.UTF8.GetBytes(b), out var right)
            && left.IsEquivalentTo(right));

    private static bool IsSip(string contact) => SipUri.TryParse(Encoding.UTF8.GetBytes(contact), out var uri) && uri.IsSip;
}
