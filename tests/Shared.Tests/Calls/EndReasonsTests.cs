using Tandem.Shared.Calls;

namespace Tandem.Shared.Tests.Calls;

public sealed class EndReasonsTests
{
    [Fact]
    public void Every_reason_has_a_row_and_every_row_a_reason() =>
        Assert.Equal(Enum.GetValues<EndReason>().Order(), EndReasons.Own.Keys.Order());

    [Fact]
    public void Every_row_can_be_sent()
    {
        foreach (var (reason, info) in EndReasons.Own)
        {
            Assert.Equal(reason.ToString(), info.Name);
            Assert.InRange((int)reason, -1000, 0);
            var ok = reason == EndReason.Normal;
            Assert.True(ok ? info.SipStatus == 200 : info.SipStatus is >= 400 and <= 699, info.Name);
            Assert.InRange(info.Q850Cause, 1, 127);
            Assert.True(ok ? info.HttpStatus == 200 : info.HttpStatus is >= 400 and <= 599, info.Name);
            Assert.NotEmpty(info.Phrase);
        }
    }

    [Theory]
    [InlineData(300, "Sip300", 31)]
    [InlineData(404, "Sip404", 1)]
    [InlineData(486, "Sip486", 17)]
    [InlineData(503, "Sip503", 41)]
    [InlineData(699, "Sip699", 31)]
    public void A_devices_own_code_is_its_status(int status, string name, int cause)
    {
        var info = ((EndReason)status).Info();
        Assert.Equal((name, status, cause), (info.Name, info.SipStatus, info.Q850Cause));
        Assert.True(EndReasons.IsDefined(status));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(200)]
    [InlineData(299)]
    [InlineData(700)]
    [InlineData(-1000)]
    public void A_number_that_is_none_throws(int number)
    {
        Assert.False(EndReasons.IsDefined(number));
        Assert.Throws<ArgumentOutOfRangeException>(() => ((EndReason)number).Info());
    }

    // RFC 3398 §8.2.6.1, the table as printed; it leaves 487, 488 and 606 open.
    [Theory]
    [InlineData(400, 41)]
    [InlineData(401, 21)]
    [InlineData(402, 21)]
    [InlineData(403, 21)]
    [InlineData(404, 1)]
    [InlineData(405, 63)]
    [InlineData(406, 79)]
    [InlineData(407, 21)]
    [InlineData(408, 102)]
    [InlineData(410, 22)]
    [InlineData(413, 127)]
    [InlineData(414, 127)]
    [InlineData(415, 79)]
    [InlineData(416, 127)]
    [InlineData(420, 127)]
    [InlineData(421, 127)]
    [InlineData(423, 127)]
    [InlineData(480, 18)]
    [InlineData(481, 41)]
    [InlineData(482, 25)]
    [InlineData(483, 25)]
    [InlineData(484, 28)]
    [InlineData(485, 1)]
    [InlineData(486, 17)]
    [InlineData(500, 41)]
    [InlineData(501, 79)]
    [InlineData(502, 38)]
    [InlineData(503, 41)]
    [InlineData(504, 102)]
    [InlineData(505, 127)]
    [InlineData(513, 127)]
    [InlineData(600, 17)]
    [InlineData(603, 21)]
    [InlineData(604, 1)]
    public void The_cause_of_a_status_follows_RFC_3398(int status, int cause) =>
        Assert.Equal(cause, Q850.OfSip(status));

    [Fact]
    public void Every_status_has_a_cause()
    {
        for (var status = 300; status <= 699; status++) Assert.InRange(Q850.OfSip(status), 1, 127);
    }
}
