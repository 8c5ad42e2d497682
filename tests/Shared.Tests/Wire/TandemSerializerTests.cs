using System.Runtime.Serialization;
using CsCheck;
using Google.Protobuf;
using Tandem.Shared.Accounts;
using Tandem.Shared.Calls;
using Tandem.Shared.Cluster.Wire;
using Tandem.Shared.Gateways;

namespace Tandem.Shared.Tests.Wire;

public sealed class TandemSerializerTests
{
    // It needs nothing of its actor system.
    private readonly TandemSerializer _serializer = new(null!);

    public static TheoryData<string> Marked => [.. Samples.MarkedTypes.Select(t => t.FullName!)];

    [Fact]
    public void There_are_marked_types() => Assert.True(Samples.MarkedTypes.Count > 40);

    [Theory]
    [MemberData(nameof(Marked))]
    public void Every_marked_type_comes_back_as_it_went(string name)
    {
        var type = TypeOf(name);
        Samples.Random(type).Sample(
            message =>
            {
                var back = _serializer.FromBinary(_serializer.ToBinary(message!), _serializer.Manifest(message!));
                Assert.IsType(type, back);
                Assert.Equal(Dump.Of(message!), Dump.Of(back));
            },
            iter: 100);
    }

    [Fact]
    public void Has_its_fixed_number() => Assert.Equal(1001, _serializer.Identifier);

    [Theory]
    [MemberData(nameof(Marked))]
    public void Broken_bytes_are_refused_and_nothing_else(string name)
    {
        var type = TypeOf(name);
        var bytes = _serializer.ToBinary(Samples.Fixed(type));
        var manifest = _serializer.Manifest(Samples.Fixed(type));
        Gen.Select(Gen.Int[0, bytes.Length], Gen.Int[0, Math.Max(bytes.Length - 1, 0)], Gen.Byte).Sample(
            (length, at, value) =>
            {
                var broken = bytes.ToArray();
                if (broken.Length > 0) broken[at] = value;
                try
                {
                    _serializer.FromBinary(broken[..length], manifest);
                }
                catch (SerializationException)
                {
                    // Refused: as it should be.
                }
            },
            iter: 300);
    }

    [Fact]
    public void An_unknown_manifest_is_refused()
    {
        var fault = Assert.Throws<SerializationException>(() => _serializer.FromBinary([], "zzz"));
        Assert.Contains("'zzz'", fault.Message);
    }

    [Fact]
    public void A_message_without_its_call_is_refused() =>
        Assert.Throws<SerializationException>(() => _serializer.FromBinary([], "chu"));

    [Fact]
    public void A_type_without_a_row_is_refused() =>
        Assert.Throws<SerializationException>(() => _serializer.ToBinary("text"));

    [Fact]
    public void Fields_of_a_newer_version_are_skipped()
    {
        var sent = new GatewayCommands.Release(GatewayId.Routing("v1"), new LeaseKey(new CallId(1, 2, 3), 4));
        using var newer = new MemoryStream();
        newer.Write(_serializer.ToBinary(sent));
        using (var output = new CodedOutputStream(newer, leaveOpen: true))
        {
            output.WriteTag(999, WireFormat.WireType.LengthDelimited);
            output.WriteString("of a newer version");
        }

        Assert.Equal(sent, _serializer.FromBinary(newer.ToArray(), "grl"));
    }

    [Fact]
    public void A_default_account_is_sent_as_an_empty_one() => Assert.Equal(
        new AccountQueries.GetState(new AccountId("")),
        _serializer.FromBinary(_serializer.ToBinary(new AccountQueries.GetState(default)), "aqs"));

    [Fact]
    public void A_local_time_comes_back_as_the_same_moment()
    {
        var sent = new GatewayCommands.Acquire(
            GatewayId.WholeSwitch, default, "n", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(8)));
        var back = (GatewayCommands.Acquire)_serializer.FromBinary(_serializer.ToBinary(sent), "gac");
        Assert.Equal(sent.Deadline, back.Deadline);
        Assert.Equal(TimeSpan.Zero, back.Deadline.Offset);
    }

    [Fact]
    public void Money_finer_than_a_micro_is_a_bug_of_the_sender() => Assert.Throws<InvalidOperationException>(() =>
        _serializer.ToBinary(new AccountReplies.Posted(
            new AccountId("a"), "k", new Money(0.0000001m, new Currency("USD")))));

    [Fact]
    public void An_end_reason_of_a_newer_version_is_passed_on()
    {
        var sent = new CallCommands.Hangup(default, (EndReason)(-4711), "x");
        Assert.Equal(sent, _serializer.FromBinary(_serializer.ToBinary(sent), "chu"));
    }

    private static Type TypeOf(string name) => Samples.MarkedTypes.Single(t => t.FullName == name);
}
