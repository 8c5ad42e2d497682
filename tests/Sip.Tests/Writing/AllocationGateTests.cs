using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;
using Tandem.SipBench;
using Xunit.Abstractions;

namespace Tandem.Sip.Tests.Writing;

/// <summary>
/// What a message may allocate: the object of a parsed message, and nothing to write it on. The benchmarks of bench/Sip show the
/// nanoseconds, which no test can hold on a shared machine.
/// </summary>
public sealed class AllocationGateTests(ITestOutputHelper output)
{
    private const int MostBytes = 200;
    private const int Rounds = 1_000;

    [Fact]
    public void An_INVITE_of_900_bytes_parsed_and_written_for_the_other_leg_allocates_the_parsed_message_only()
    {
        Assert.InRange(SampleMessages.Invite.Length, 850, 950);
        using var leg = new OtherLeg();
        Assert.InRange(BytesOf(() => leg.Write(SipParser.ParseDatagram(SampleMessages.Invite).Message!)), 1, MostBytes);
    }

    [Fact]
    public void A_200_with_SDP_allocates_the_parsed_message_only() =>
        Assert.InRange(BytesOf(() => SipParser.ParseDatagram(SampleMessages.Ok)), 1, MostBytes);

    [Fact]
    public void What_is_measured_is_a_call_written_for_the_other_leg()
    {
        using var leg = new OtherLeg();
        var invite = SipParser.ParseDatagram(SampleMessages.Invite).Message!;
        leg.Write(invite);
        var result = SipParser.ParseDatagram(leg.Written.ToArray());
        Assert.Equal((SipParseOutcome.Message, SipRejectReason.None), (result.Outcome, result.Reason));
        var written = result.Message!;
        Assert.Equal("sip:4930123456789@203.0.113.20"u8, written.RequestUri);
        Assert.Equal(69, written.MaxForwards);
        Assert.Equal(invite.Body.Span, written.Body.Span);
        Assert.Equal(invite.ContentType, written.ContentType);
        Assert.False(written.CallId.SequenceEqual(invite.CallId));
        Assert.False(written.FromTag.SequenceEqual(invite.FromTag));
        Assert.False(written.TopVia.Branch.SequenceEqual(invite.TopVia.Branch));
        foreach (var hidden in (SipHeaderName[])[SipHeaderName.UserAgent, SipHeaderName.PAssertedIdentity])
            Assert.False(written.HasHeader(hidden));
    }

    private long BytesOf(Action one)
    {
        for (var i = 0; i < 100; i++) one();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Rounds; i++) one();
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / Rounds;
        output.WriteLine($"{each} bytes");
        return each;
    }
}
