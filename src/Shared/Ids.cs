using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Tandem.Shared;

/// <summary>
/// The identity of one call, everywhere: tags, Contact, CDR, ledger, logs, traces.
/// </summary>
/// <remarks>
/// <see cref="Node"/> is the cluster incarnation of the node on which the call was born and <see cref="Slot"/> one of
/// <see cref="SlotsPerNode"/> shards of that node, so the call's shard lives beside the edge that took the INVITE and any
/// edge finds it again from a tag without a look-up. The text form is 25 lower-case hexadecimal digits (a token of
/// RFC 3261 §25.1): 8 for the node, 1 for the slot, 16 unguessable ones.
/// </remarks>
public readonly record struct CallId(uint Node, byte Slot, ulong Unique)
{
    /// <summary>Shards that each node's calls are spread over.</summary>
    public const int SlotsPerNode = 16;

    /// <summary>Length of the text form.</summary>
    public const int TextLength = 25;

    /// <summary>A new identity on <paramref name="node"/>; unguessable (64 random bits).</summary>
    public static CallId New(uint node)
    {
        Span<byte> random = stackalloc byte[9];
        RandomNumberGenerator.Fill(random);
        return new CallId(node, (byte)(random[8] % SlotsPerNode), BitConverter.ToUInt64(random));
    }

    /// <summary>The shard that owns the call.</summary>
    public string ShardId => string.Create(CultureInfo.InvariantCulture, $"{Node:x8}{Slot:x1}");

    /// <inheritdoc />
    public override string ToString() => string.Create(TextLength, this, static (span, id) =>
    {
        id.Node.TryFormat(span, out _, "x8", CultureInfo.InvariantCulture);
        id.Slot.TryFormat(span[8..], out _, "x1", CultureInfo.InvariantCulture);
        id.Unique.TryFormat(span[9..], out _, "x16", CultureInfo.InvariantCulture);
    });

    /// <summary>Writes the text form as ASCII; false when <paramref name="utf8"/> is shorter than 25 bytes.</summary>
    public bool TryFormat(Span<byte> utf8) =>
        utf8.Length >= TextLength
        && Node.TryFormat(utf8, out _, "x8", CultureInfo.InvariantCulture)
        && Slot.TryFormat(utf8[8..], out _, "x1", CultureInfo.InvariantCulture)
        && Unique.TryFormat(utf8[9..], out _, "x16", CultureInfo.InvariantCulture);

    /// <summary>Reads an identity from the first 25 bytes of a tag or Contact user; the rest is the leg.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out CallId id)
    {
        id = default;
        if (utf8.Length < TextLength
            || !Utf8Parser.TryParse(utf8[..8], out uint node, out var used, 'x') || used != 8
            || !Utf8Parser.TryParse(utf8.Slice(8, 1), out byte slot, out used, 'x') || used != 1
            || !Utf8Parser.TryParse(utf8.Slice(9, 16), out ulong unique, out used, 'x') || used != 16)
            return false;
        id = new CallId(node, slot, unique);
        return true;
    }

    /// <summary>Reads the text form.</summary>
    public static bool TryParse(string? text, out CallId id)
    {
        id = default;
        if (text is null || text.Length != TextLength) return false;
        Span<byte> utf8 = stackalloc byte[TextLength];
        return Encoding.ASCII.GetBytes(text, utf8) == TextLength && TryParse(utf8, out id);
    }
}

/// <summary>
/// A leg of a call: 0 is the A-leg (the caller), 1…n are the attempts towards vendors, in the order of trying.
/// In tags and Contact users the call's text form is followed by <c>a</c>, or by <c>b</c> and the attempt number.
/// </summary>
public readonly record struct LegId(byte Attempt)
{
    /// <summary>The caller's leg.</summary>
    public static readonly LegId A = new(0);

    /// <summary>True for the caller's leg.</summary>
    public bool IsA => Attempt == 0;

    /// <inheritdoc />
    public override string ToString() => IsA ? "a" : string.Create(CultureInfo.InvariantCulture, $"b{Attempt}");

    /// <summary>Reads what follows the 25 characters of the call in a tag.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out LegId leg)
    {
        leg = A;
        if (utf8.Length == 1 && utf8[0] == (byte)'a') return true;
        if (utf8.Length < 2 || utf8[0] != (byte)'b') return false;
        if (!Utf8Parser.TryParse(utf8[1..], out byte attempt, out var used) || used != utf8.Length - 1 || attempt == 0)
            return false;
        leg = new LegId(attempt);
        return true;
    }
}

/// <summary>An account's number (VOS3000 "account"); the unique key of customers and clearing accounts.</summary>
public readonly record struct AccountId(string Value)
{
    /// <inheritdoc />
    public override string ToString() => Value;
}

/// <summary>What a <see cref="GatewayId"/> names.</summary>
public enum GatewayKind : byte
{
    /// <summary>A customer's trunk: calls come in.</summary>
    Mapping,

    /// <summary>A vendor's trunk: calls go out.</summary>
    Routing,

    /// <summary>The whole switch: only its rate (<c>SS_MAX_CPS</c>) is limited.</summary>
    System,
}

/// <summary>A gateway, unique by kind and name. The text form is <c>m:NAME</c>, <c>r:NAME</c> or <c>s:NAME</c>.</summary>
public readonly record struct GatewayId(GatewayKind Kind, string Name)
{
    /// <summary>The one rate limiter of the whole switch.</summary>
    public static readonly GatewayId WholeSwitch = new(GatewayKind.System, "switch");

    /// <summary>The mapping gateway <paramref name="name"/>.</summary>
    public static GatewayId Mapping(string name) => new(GatewayKind.Mapping, name);

    /// <summary>The routing gateway <paramref name="name"/>.</summary>
    public static GatewayId Routing(string name) => new(GatewayKind.Routing, name);

    /// <inheritdoc />
    public override string ToString() => Kind switch
    {
        GatewayKind.Mapping => "m:" + Name,
        GatewayKind.Routing => "r:" + Name,
        GatewayKind.System => "s:" + Name,
    };

    /// <summary>Reads the text form.</summary>
    public static bool TryParse(string? text, out GatewayId id)
    {
        id = default;
        if (text is null || text.Length < 3 || text[1] != ':') return false;
        GatewayKind? kind = text[0] switch
        {
            'm' => GatewayKind.Mapping,
            'r' => GatewayKind.Routing,
            's' => GatewayKind.System,
            _ => null,
        };
        if (kind is null) return false;
        id = new GatewayId(kind.Value, text[2..]);
        return true;
    }
}

/// <summary>
/// What one call holds of a gateway or an account: the owner's side of a lease. Attempt 0 is the mapping gateway or the
/// paying account, 1…n the routing gateway of that attempt.
/// </summary>
public readonly record struct LeaseKey(CallId CallId, byte Attempt)
{
    /// <inheritdoc />
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{CallId}/{Attempt}");
}
