using System.Text;
using Tandem.Sip.Messages;

namespace Tandem.Routing.Calls;

// What one side's session descriptions become for the other side.
public sealed partial class CallMachine
{
    /// <summary>The body of a message as it goes on to a leg.</summary>
    private static ReadOnlyMemory<byte> BodyTo(Leg to, SipMessage message) => message.Body;

    /// <summary>How a provisional response of the vendor looks to the caller.</summary>
    private static (int Status, string Phrase, SipMessage Source) RingSignal(SipMessage response) =>
        (response.StatusCode, Encoding.UTF8.GetString(response.ReasonPhrase), response);
}
