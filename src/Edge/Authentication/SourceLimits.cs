using Tandem.Sip.Transport;

namespace Tandem.Edge.Authentication;

/// <summary>
/// Packets and INVITEs of each source in the present second, in a table of fixed size: four places for each hash, of which
/// the one idle for longest is taken. One per worker, used on its thread; counts without allocating and without looking at
/// more than the source's address. A source that is spread over workers by its ports has the limit at each of them.
/// </summary>
/// <remarks>
/// A flood from more addresses than the table has places pushes counts out, and each of those addresses is then under its
/// limit anyway. An IPv6 source counts by its /64. Sources that have answered requests of ours, or were accepted by digest,
/// count as known for <see cref="TrustSeconds"/>: vendors by host name and phones have no configured address.
/// </remarks>
internal sealed class SourceLimits
{
    /// <summary>Places in the table.</summary>
    public const int DefaultPlaces = 8_192;

    /// <summary>How long a source is trusted after its last answer or accepted request.</summary>
    public const long TrustSeconds = 600;

    private const int Ways = 4;

    private readonly Place[] _places;
    private readonly int _mask;

    public SourceLimits(int places = DefaultPlaces)
    {
        _places = new Place[places];
        _mask = places - 1;
    }

    private struct Place
    {
        public UInt128 Key;
        public long Second;
        public long TrustedUntil;
        public int Packets;
        public int Invites;
    }

    /// <summary>Counts a packet; false when the source is over its limit.</summary>
    /// <param name="source">Who sent it.</param>
    /// <param name="second">The present time in seconds.</param>
    /// <param name="isKnown">A configured address.</param>
    /// <param name="knownLimit">Packets in a second of a known source; 0 is no limit.</param>
    /// <param name="unknownLimit">Of any other; 0 is no limit.</param>
    public bool TryPacket(SipEndPoint source, long second, bool isKnown, int knownLimit, int unknownLimit)
    {
        if ((isKnown ? knownLimit : unknownLimit) == 0) return true;
        ref var place = ref PlaceOf(source, second);
        var limit = isKnown || place.TrustedUntil > second ? knownLimit : unknownLimit;
        return limit == 0 || ++place.Packets <= limit;
    }

    /// <summary>Counts a new INVITE; false when the source is over its limit.</summary>
    public bool TryInvite(SipEndPoint source, long second, int limit) =>
        limit == 0 || ++PlaceOf(source, second).Invites <= limit;

    /// <summary>From now on the source counts as known.</summary>
    public void Trust(SipEndPoint source, long second) => PlaceOf(source, second).TrustedUntil = second + TrustSeconds;

    /// <summary>Whether the source counts as known though no configured address is its.</summary>
    public bool IsTrusted(SipEndPoint source, long second)
    {
        var key = KeyOf(source);
        var first = FirstOf(key);
        for (var i = 0; i < Ways; i++)
            if (_places[first + i].Key == key) return _places[first + i].TrustedUntil > second;
        return false;
    }

    private ref Place PlaceOf(SipEndPoint source, long second)
    {
        var key = KeyOf(source);
        var first = FirstOf(key);
        var chosen = first;
        for (var i = first; i < first + Ways; i++)
        {
            ref var place = ref _places[i];
            if (place.Key == key)
            {
                if (place.Second != second) (place.Second, place.Packets, place.Invites) = (second, 0, 0);
                return ref place;
            }

            // A trusted source stays longer: otherwise a flood of strangers would make it one of them.
            if (WorthOf(place, second) < WorthOf(_places[chosen], second)) chosen = i;
        }

        _places[chosen] = new Place { Key = key, Second = second };
        return ref _places[chosen];
    }

    private static long WorthOf(in Place place, long second) => place.Second + (place.TrustedUntil > second ? TrustSeconds : 0);

    private static UInt128 KeyOf(SipEndPoint source) => source.IsV4 ? source.Address : source.Address >> 64 << 64;

    // The hash is seeded for each process, so nobody can choose addresses that collide.
    private int FirstOf(UInt128 key) => HashCode.Combine((ulong)(key >> 64), (ulong)key) & _mask & ~(Ways - 1);
}
