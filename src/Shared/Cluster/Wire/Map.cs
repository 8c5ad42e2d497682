using System.Diagnostics.CodeAnalysis;
using System.Runtime.Serialization;
using Google.Protobuf;
using Tandem.Shared.Calls;
using Tandem.Shared.Edge;

namespace Tandem.Shared.Cluster.Wire;

/// <summary>The building blocks of all messages (common.proto), to protobuf and back.</summary>
internal static class Map
{
    private const int MaxScale = 28;

    /// <summary>A part that every sender writes; its absence refuses the message.</summary>
    internal static T Needed<T>([NotNull] T? part)
        where T : class => part ?? throw new SerializationException($"A {typeof(T).Name} is missing.");

    internal static Proto.CallId ToProto(CallId id) => new() { Node = id.Node, Slot = id.Slot, Unique = id.Unique };

    internal static CallId FromProto(Proto.CallId? p) =>
        new(Needed(p).Node, checked((byte)p.Slot), p.Unique);

    internal static LegId Leg(uint attempt) => new(checked((byte)attempt));

    // A default identity has a null inside; nobody writes one on purpose, and a message must not be lost for it.
    internal static string ToProto(AccountId id) => id.Value ?? "";

    internal static AccountId Account(string value) => new(value);

    internal static Proto.GatewayId ToProto(GatewayId id) => new() { Kind = (int)id.Kind, Name = id.Name ?? "" };

    internal static GatewayId FromProto(Proto.GatewayId? p) => new(checked((GatewayKind)Needed(p).Kind), p.Name);

    internal static Proto.GatewayId? ToProto(GatewayId? id) => id is { } some ? ToProto(some) : null;

    internal static GatewayId? FromProtoOrNull(Proto.GatewayId? p) => p is null ? null : FromProto(p);

    internal static Proto.LeaseKey ToProto(LeaseKey key) =>
        new() { CallId = ToProto(key.CallId), Attempt = key.Attempt };

    internal static LeaseKey FromProto(Proto.LeaseKey? p) => new(FromProto(Needed(p).CallId), checked((byte)p.Attempt));

    internal static Proto.EdgeTransactionId ToProto(EdgeTransactionId id) =>
        new() { Worker = id.Worker, Number = id.Number };

    internal static EdgeTransactionId FromProto(Proto.EdgeTransactionId? p) => new(Needed(p).Worker, p.Number);

    internal static string ToProto(Currency currency) => currency.Code ?? "";

    internal static Proto.Money ToProto(Money money) =>
        new() { Micros = money.Micros, Currency = ToProto(money.Currency) };

    internal static Money FromProto(Proto.Money? p) => Money.FromMicros(Needed(p).Micros, new Currency(p.Currency));

    internal static Proto.Money? ToProto(Money? money) => money is { } some ? ToProto(some) : null;

    internal static Money? FromProtoOrNull(Proto.Money? p) => p is null ? null : FromProto(p);

    internal static Proto.Decimal ToProto(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        return new Proto.Decimal
        {
            Low = ((ulong)(uint)bits[1] << 32) | (uint)bits[0],
            High = (uint)bits[2],
            ScaleAndSign = ((uint)value.Scale << 1) | (bits[3] < 0 ? 1u : 0u),
        };
    }

    internal static decimal FromProto(Proto.Decimal? p)
    {
        var scale = Needed(p).ScaleAndSign >> 1;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(scale, (uint)MaxScale);
        return new decimal(
            unchecked((int)(uint)p.Low),
            unchecked((int)(uint)(p.Low >> 32)),
            unchecked((int)p.High),
            (p.ScaleAndSign & 1) != 0,
            (byte)scale);
    }

    internal static Proto.CallRejection ToProto(CallRejection rejection) =>
        new() { Reason = (int)rejection.Reason, Detail = rejection.Detail };

    internal static CallRejection FromProto(Proto.CallRejection? p) => new((EndReason)Needed(p).Reason, p.Detail);

    internal static long Time(DateTimeOffset time) => time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;

    internal static DateTimeOffset Time(long ticks) => DateTimeOffset.UnixEpoch.AddTicks(ticks);

    // The message's bytes are never written to after it was sent, so they need no copy.
    internal static ByteString Bytes(ReadOnlyMemory<byte> bytes) => UnsafeByteOperations.UnsafeWrap(bytes);

    // Owned by the parsed message alone, so they may be handed on without a copy.
    internal static ReadOnlyMemory<byte> Bytes(ByteString bytes) => bytes.Memory;
}
