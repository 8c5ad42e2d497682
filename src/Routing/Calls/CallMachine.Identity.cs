namespace Tandem.Routing.Calls;

// Who calls whom, from the INVITE of the caller.
public sealed partial class CallMachine
{
    private void ReadIdentity()
    {
        _callee = SipText.Number(_invite.RequestUri);
        if (!_invite.TryGetFrom(out var from)) return;
        _caller = SipText.Number(from.Uri);
        _display = from.DisplayName.ToArray();
    }
}
