using Tandem.Interop.Tests.Calls;
using Tandem.Shared.Configuration;

namespace Tandem.Interop.Tests.Headers;

/// <summary>Headers beyond the usual ones in the vendor's INVITE.</summary>
[Collection(SharedSwitch.Name)]
public sealed class ExtraHeaderTests(SwitchFixture @switch)
{
    private static readonly CallerInvite Extra = new()
    {
        Headers = "X-One: 1\r\nX-Two: \"two\";p=2\r\nSubject: talk\r\nP-Served-User: <sip:1@caller.invalid>\r\n",
    };

    [Fact]
    public async Task Configured_headers_are_added_and_win_over_the_callers()
    {
        var seen = await PlayedCall.SeenByVendorAsync(
            @switch,
            Extra,
            g => g with { SipInviteHeaders = ["X-Trunk: berlin; q=1", "X-One: ours"], SipExtraHeaders = ExtraHeaders.All });

        Assert.Equal("berlin; q=1", seen.Header("X-Trunk"));
        Assert.Equal("X-One: ours\r\n", seen.Lines("X-One"));
    }

    [Fact]
    public async Task Callers_extra_headers_stay_behind_by_default()
    {
        var seen = await PlayedCall.SeenByVendorAsync(@switch, Extra);

        Assert.Empty(seen.Lines("X-One") + seen.Lines("X-Two") + seen.Lines("Subject") + seen.Lines("P-Served-User"));
    }

    [Fact]
    public async Task All_extra_headers_pass_but_those_of_the_callers_network()
    {
        var seen = await PlayedCall.SeenByVendorAsync(@switch, Extra, g => g with { SipExtraHeaders = ExtraHeaders.All });

        Assert.Equal("1", seen.Header("X-One"));
        Assert.Equal("\"two\";p=2", seen.Header("X-Two"));
        Assert.Equal("talk", seen.Header("Subject"));
        Assert.Empty(seen.Lines("P-Served-User"));
        Assert.DoesNotContain("caller.invalid", seen.Head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_listed_extra_headers_pass()
    {
        var seen = await PlayedCall.SeenByVendorAsync(
            @switch, Extra, g => g with { SipExtraHeaders = ExtraHeaders.Listed, SipExtraHeaderNames = ["x-two"] });

        Assert.Equal("\"two\";p=2", seen.Header("X-Two"));
        Assert.Empty(seen.Lines("X-One") + seen.Lines("Subject"));
    }
}
