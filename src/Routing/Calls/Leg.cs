using System.Globalization;
using System.Text;
using Tandem.Routing.Headers;
using Tandem.Shared;
using Tandem.Shared.Configuration;
using Tandem.Shared.Edge;
using Tandem.Sip.Authentication;
using Tandem.Sip.Dialogs;
using Tandem.Sip.Messages;

namespace Tandem.Routing.Calls;

/// <summary>One side of the call: the caller's, or an attempt at a vendor.</summary>
internal sealed class Leg(LegId id, CallId call)
{
    /// <summary>Which leg.</summary>
    public LegId Id { get; } = id;

    /// <summary>Our tag on it: the call and the leg, so that any edge finds the call from a later request.</summary>
    public string LocalTag { get; } = call.ToString() + id;

    /// <summary>Our Contact URI on it; empty before <see cref="Place"/>.</summary>
    public byte[] ContactUri { get; private set; } = [];

    /// <summary>
    /// <c>[transport:]IP:port[%listener]</c> where requests to the peer go: <see cref="Socket"/>, or as sipRequestAddressMethod says.
    /// </summary>
    public string Remote
    {
        get => RequestAddress.Of(AddressMethod, Socket, Dialog);
        set => Socket = value;
    }

    /// <summary>Where the peer's last request came from, or where the INVITE went.</summary>
    public string Socket { get; private set; } = "";

    /// <summary>Which address of the peer's its requests go to once there is a dialog.</summary>
    public RequestAddressMethod AddressMethod { get; set; }

    /// <summary>Says who the peer is, and what it is told of us.</summary>
    /// <param name="remote">The first <see cref="Remote"/>.</param>
    /// <param name="listeners">Ours, one of which the peer sees.</param>
    /// <param name="local">What the peer's gateway pins.</param>
    /// <param name="domain">SS_SIP_LOCAL_DOMAIN, told in place of the listener's address; empty for none.</param>
    public Leg Place(string remote, ListenerTable listeners, string local = "", string domain = "")
    {
        var contact = listeners.Contact(remote, local);
        if (domain.Length > 0) contact = contact.IndexOf(';') is >= 0 and var at ? domain + contact[at..] : domain;
        (Socket, ContactUri) = (remote, Encoding.ASCII.GetBytes($"sip:{LocalTag}@{contact}"));
        return this;
    }

    /// <summary>The dialog that the call goes on in; null until the first 101–299 with a To tag on this leg.</summary>
    public Dialog? Dialog
    {
        get => Selected?.Dialog;
        set
        {
            if (value is null) Selected = null;
            else if (Selected is { } selected) selected.Dialog = value;
            else Branches.Add(Selected = new Branch(value));
        }
    }

    /// <summary>The branch of <see cref="Dialog"/>: the first that was heard of, then the one that answered.</summary>
    public Branch? Selected { get; private set; }

    /// <summary>The dialogs that a forking vendor made of one INVITE; one on the caller's leg.</summary>
    public List<Branch> Branches { get; } = new(1);

    /// <summary>What the two ends of this leg may use of the extensions.</summary>
    public LegFeatures Features { get; set; }

    /// <summary>The methods that the peer allows, as bits (<see cref="SipOptions.Bit"/>); null until it said so.</summary>
    public uint? PeerAllows { get; private set; }

    /// <summary>Key of the last INVITE sent on this leg, 0 when none was.</summary>
    public int InviteKey { get; set; }

    /// <summary>CSeq number of the last INVITE that was to make the dialog of this leg; RFC 3261 §8.1.1.5.</summary>
    public uint InviteCSeq { get; set; } = 1;

    /// <summary>True once the offer of the INVITE has its answer on this leg (RFC 3264): another may be made.</summary>
    public bool SessionAgreed { get; set; }

    /// <summary>The last session description sent on this leg: a refresh by re-INVITE repeats it as it is.</summary>
    public ReadOnlyMemory<byte> SentSdp { get; set; }

    /// <summary>The session timer in force (RFC 4028); null when there is none.</summary>
    public SessionTimer? Timer { get; set; }

    /// <summary>When the session was last refreshed.</summary>
    public DateTimeOffset RefreshedAt { get; set; }

    /// <summary>Key of the refresh of ours that is under way; 0 when none is.</summary>
    public int RefreshKey { get; set; }

    /// <summary>The last ACK sent and the CSeq number that it is for: repeated when the 2xx is.</summary>
    public (uint CSeq, ReadOnlyMemory<byte> Bytes)? LastAck { get; set; }

    /// <summary>The INVITE of this leg that was last answered with 2xx, for whoever gets its ACK.</summary>
    public ServerRequest? AnsweredInvite { get; set; }

    /// <summary>Key of the BYE sent on this leg; 0 when none is under way.</summary>
    public int ByeKey { get; set; }

    /// <summary>Answers the peer's challenges; null when there is no password for it.</summary>
    public DigestClient? Credentials { get; set; }

    /// <summary>Requests without final response, as they were before credentials; kept only when there are some.</summary>
    public List<(int Key, byte[] Request)> Unanswered { get; } = [];

    /// <summary>The credentials in the last INVITE, as header lines: its ACK repeats them.</summary>
    public byte[] InviteCredentials { get; set; } = [];

    /// <summary>Notes what the peer allows, when the message says so.</summary>
    public void Learn(SipMessage message)
    {
        if (SipOptions.AllowedMethods(message) is { } methods) PeerAllows = methods;
    }

    /// <summary>True when the peer may be sent this method: it said so, or has not said anything.</summary>
    public bool MayGet(SipMethod method) => ((PeerAllows ?? uint.MaxValue) & SipOptions.Bit(method)) != 0;

    /// <summary>True when the peer said that it takes this method.</summary>
    public bool Gets(SipMethod method) => PeerAllows is { } methods && (methods & SipOptions.Bit(method)) != 0;

    /// <summary>The peer refused this method as unknown to it.</summary>
    public void Unlearn(SipMethod method) => PeerAllows = (PeerAllows ?? uint.MaxValue) & ~SipOptions.Bit(method);

    /// <summary>
    /// The branch that a response of the vendor belongs to, made when it is new. A provisional one without a To tag makes none,
    /// and neither does one over <see cref="CallLimits.MaxBranches"/>.
    /// </summary>
    public Branch? BranchOf(SipMessage response, ReadOnlySpan<byte> requestUri)
    {
        if (Branches.Find(b => b.Dialog.IsOfResponse(response)) is { } known)
        {
            known.Dialog = known.Dialog.ReceiveResponse(response);
            return known;
        }

        if (response.StatusCode < 200 && Branches.Count >= CallLimits.MaxBranches) return null;
        if (Dialog.OfUac(response, requestUri) is not { } dialog) return null;
        var branch = new Branch(dialog);
        Branches.Add(branch);
        Selected ??= branch;
        return branch;
    }

    /// <summary>From now on the call goes on in this branch.</summary>
    public void Select(Branch branch) => Selected = branch;
}

/// <summary>One dialog of a leg: a vendor's proxy may fork our INVITE into several (RFC 3261 §12.1, §13.2.2.4).</summary>
internal sealed class Branch(Dialog dialog)
{
    public Dialog Dialog { get; set; } = dialog;

    /// <summary>RSeq of the last reliable provisional response taken (RFC 3262 §4); 0 before the first.</summary>
    public uint LastRSeq { get; set; }
}

/// <summary>Extensions that a leg has switched on.</summary>
[Flags]
internal enum LegFeatures : byte
{
    None = 0,

    /// <summary>RFC 3262 (sip100Rel).</summary>
    Reliable = 1,

    /// <summary>RFC 4028 (sipTimer).</summary>
    Timer = 2,

    /// <summary>REFER of this side is carried to the other (sipRefer).</summary>
    Refer = 4,
}

/// <summary>An attempt at one vendor: its leg, and what it has seen.</summary>
internal sealed class Attempt(byte number, RoutingGatewayConfiguration gateway, Leg leg, DateTimeOffset startedAt)
{
    public byte Number { get; } = number;

    public RoutingGatewayConfiguration Gateway { get; } = gateway;

    public Leg Leg { get; } = leg;

    public DateTimeOffset StartedAt { get; } = startedAt;

    public DateTimeOffset? RangAt { get; set; }

    public DateTimeOffset? AnsweredAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    public bool AnyResponse { get; set; }

    public bool ProgressSeen { get; set; }

    public bool SdpSeen { get; set; }

    /// <summary>The vendor's final status; 0 when there is none.</summary>
    public int SipStatus { get; set; }

    public Tandem.Shared.Calls.EndReason Reason { get; set; }

    public string SipReason { get; set; } = "";

    public string SipCallId { get; init; } = "";

    /// <summary>The contact of a phone or dynamic gateway; null for a gateway with an address of its own.</summary>
    public Tandem.Shared.Registrar.ContactTarget? Located { get; init; }

    public string Caller { get; init; } = "";

    public string Callee { get; init; } = "";

    /// <summary>Request-URI of the INVITE when a redirection gave one (RFC 3261 §8.1.3.4).</summary>
    public byte[]? Target { get; set; }

    /// <summary>Where redirections have sent the attempt; null before the first that is followed.</summary>
    public RedirectTargets? Redirects { get; set; }

    /// <summary>The session interval that the INVITE offers; 0 is the configured one.</summary>
    public int SessionSeconds { get; set; }

    /// <summary>The INVITE went to a host: its address is known with the first response.</summary>
    public bool WasHost { get; set; }

    /// <summary>The gateway's line is the attempt's until its leg is settled at the vendor.</summary>
    public bool HoldsLine { get; set; }

    /// <summary>The INVITE still waits for its final response after CANCEL or abandonment.</summary>
    public bool AwaitsFinal { get; set; }

    public string Remote => Leg.Socket;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"attempt {Number} at {Gateway.Name}");
}
