using CsCheck;
using Tandem.Routing.Headers;

namespace Tandem.Routing.Tests.Headers;

[Trait("RFC", "5806, 7044, 7544")]
public sealed class RedirectionTests
{
    [Fact]
    public void Diversion_is_read_latest_first()
    {
        var read = Redirection.Read(Invites.Of(
            "Diversion: \"Bob\" <sip:200@10.0.0.9>;reason=\"user-busy\";counter=2;privacy=full, <tel:+100>;reason=made-up\r\n"
            + "Diversion: <sip:nobody-here>\r\n"));

        Assert.Equal<Redirection>([new("200", "user-busy", 2, true), new("+100", "unknown")], read);
    }

    [Theory]
    [InlineData("<sip:100@x>;index=1, <sip:200@x;cause=302>;index=1.1;mp=1, <sip:300@x;cause=486>;index=1.1.1;mp=1.1")]
    [InlineData("<sip:100@x?Reason=SIP%3Bcause%3D302>;index=1, <sip:200@x?Reason=SIP%3Bcause%3D486%3Btext%3D%22x%22>;index=1.1, <sip:300@x>;index=1.2")]
    public void History_is_read_latest_first_by_either_RFC(string value)
    {
        var read = Redirection.Read(Invites.Of($"History-Info: {value}\r\n"));

        Assert.Equal<Redirection>([new("200", "user-busy"), new("100", "unconditional")], read);
    }

    [Fact]
    public void History_without_a_cause_is_no_forwarding() =>
        Assert.Empty(Redirection.Read(Invites.Of("History-Info: <sip:100@x>;index=1, <sip:200@y>;index=1.1\r\n")));

    [Fact]
    public void Diversion_is_written_with_a_host_of_ours()
    {
        var text = Invites.Written(w => Redirection.WriteDiversion(
            w, [new("200", "user-busy", 2, true), new("+100", "unknown")], "sw.example", phone: true));

        Assert.Equal(
            "Diversion: <sip:200@sw.example;user=phone>;reason=user-busy;counter=2;privacy=full\r\n"
            + "Diversion: <sip:+100@sw.example;user=phone>;reason=unknown;counter=1;privacy=off\r\n",
            text);
    }

    [Fact]
    public void History_is_written_oldest_first_with_the_causes_between()
    {
        var text = Invites.Written(w => Redirection.WriteHistory(
            w, [new("200", "user-busy", 1, true), new("100", "unconditional")], "300", "sw.example", phone: false));

        Assert.Equal(
            "History-Info: <sip:100@sw.example>;index=1, <sip:200@sw.example;cause=302?Privacy=history>;index=1.1;mp=1, "
            + "<sip:300@sw.example;cause=486>;index=1.1.1;mp=1.1\r\n",
            text);
    }

    [Fact]
    public void More_forwardings_than_the_bound_are_left_out() => Assert.Equal(
        Redirection.MaxEntries,
        Redirection.Read(Invites.Of(string.Concat(Enumerable.Range(0, 30).Select(i => $"Diversion: <sip:{i}@x>\r\n")))).Length);

    // What is written is read as the same forwardings, whichever header carries it.
    [Fact]
    public void Property_what_is_written_is_read_again()
    {
        var reasons = new[] { "unconditional", "user-busy", "no-answer", "unavailable", "deflection", "unknown" };
        var one = Gen.Select(Gen.Int[1, 99999], Gen.Int[0, 5], Gen.Bool)
            .Select((n, r, p) => new Redirection(n.ToString(System.Globalization.CultureInfo.InvariantCulture), reasons[r], 1, p));
        one.Array[1, 6].Sample(list =>
        {
            var diversion = Invites.Written(w => Redirection.WriteDiversion(w, [.. list], "h:5070", false));
            var history = Invites.Written(w => Redirection.WriteHistory(w, [.. list], "42", "h:5070", false));

            Assert.Equal(list, Redirection.Read(Invites.Of(diversion)));
            Assert.Equal(list, Redirection.Read(Invites.Of(history)));
        });
    }
}
