using System.Net;
using Tandem.TestSupport;

namespace Tandem.Interop.Tests.Authentication;

public sealed class DigestTests(GuardedSwitch guarded) : IClassFixture<GuardedSwitch>
{
    [Fact]
    [Trait("RFC", "3261 §22.2")]
    public async Task A_trunk_and_a_phone_call_with_their_passwords_and_the_vendor_sees_none_of_it()
    {
        var phone = Loopback.NextEndPoint();
        (await guarded.CallAsync(guarded.Trunk, "user", "s3cret")).ShouldAllSucceed(1);
        (await guarded.CallAsync(phone, "1001", "1001")).ShouldAllSucceed(1);
        IReadOnlyList<string> gateways = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                gateways = [.. (await guarded.Rest.CdrsAsync()).Select(c => c.GetProperty("mappingGateway").GetString()!)];
                return gateways.Contains("trunk") && gateways.Contains("phone:1001");
            },
            TimeSpan.FromSeconds(10),
            () => $"records of both, not {string.Join(", ", gateways)}");
        var seen = (await guarded.Vendor.StopAsync()).Log;
        Assert.Contains("INVITE sip:", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("Authorization", seen, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_stranger_with_the_trunks_password_is_refused()
    {
        var before = await guarded.CountAsync("unknownUser");
        (await guarded.CallAsync(Loopback.NextEndPoint(), "user", "s3cret", status: 403)).ShouldAllSucceed(1);
        Assert.Equal(before + 1, await guarded.CountAsync("unknownUser"));
    }

    [Fact]
    public async Task Wrong_passwords_suspend_the_source_also_with_the_right_one_and_it_works_after()
    {
        var phone = Loopback.NextEndPoint();
        for (var i = 0; i < GuardedSwitch.MaxRetry; i++)
            (await guarded.CallAsync(phone, "1001", "wrong", status: 403)).ShouldAllSucceed(1);
        (await guarded.RefusedAsync(phone, 403)).ShouldAllSucceed(1);
        Assert.Contains(phone.Address.ToString(), await guarded.SuspendedAsync());
        await Eventually.HoldsAsync(
            async () => !(await guarded.SuspendedAsync()).Contains(phone.Address.ToString()),
            TimeSpan.FromSeconds(10), () => "the end of the suspension");
        (await guarded.CallAsync(phone, "1001", "wrong", status: 403)).ShouldAllSucceed(1); // Challenged again.
    }

    [Fact]
    public async Task An_operator_sets_a_suspended_source_free()
    {
        var phone = Loopback.NextEndPoint();
        for (var i = 0; i < GuardedSwitch.MaxRetry; i++)
            (await guarded.CallAsync(phone, "nobody", "wrong", status: 403)).ShouldAllSucceed(1);
        await guarded.Rest.DeleteAsync($"suspended-sources/{phone.Address}");
        (await guarded.CallAsync(phone, "nobody", "wrong", status: 403)).ShouldAllSucceed(1);
        var missing = await guarded.Rest.RawAsync(HttpMethod.Delete, $"suspended-sources/{phone.Address}");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    [Trait("RFC", "7616 §3.3")]
    public async Task An_old_nonce_is_answered_with_a_new_one_marked_stale()
    {
        var result = await guarded.CallAsync(
            Loopback.NextEndPoint(), "1001", "1001", status: 401, hold: TimeSpan.FromSeconds(6));
        result.ShouldAllSucceed(1);
        Assert.Contains("stale=true", result.Log, StringComparison.Ordinal);
    }
}
