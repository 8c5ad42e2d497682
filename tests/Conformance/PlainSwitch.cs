using Tandem.Sip.Messages;
using Tandem.Sip.Parsing;

namespace Tandem.Conformance;

/// <summary>
/// The element that the tables of outcomes are about: a switch for calls that is no registrar and knows no extension. Fixed
/// here, so that what the product offers may grow and the tables still say what the RFCs ask of the parser.
/// </summary>
internal static class PlainSwitch
{
    public static readonly ScreeningRules Rules = new(
        [
            SipMethod.Invite, SipMethod.Ack, SipMethod.Cancel, SipMethod.Bye, SipMethod.Options, SipMethod.Info,
            SipMethod.Update,
        ],
        [],
        ["application/sdp"],
        [SipUriScheme.Sip, SipUriScheme.Tel]);
}
