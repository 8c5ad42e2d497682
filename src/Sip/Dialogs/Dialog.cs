using System.Collections.Immutable;
using Tandem.Sip.Messages;
using Tandem.Sip.Transport;
using Tandem.Sip.Writing;

namespace Tandem.Sip.Dialogs;

/// <summary>
/// The state of a dialog (RFC 3261 §12) as one side sees it. Immutable: every change is a new value. Holds copies of
/// what it needs, no message. Equality of records is not meaningful here, since the bytes are compared by reference.
/// </summary>
public sealed record Dialog
{
    /// <summary>Call-ID.</summary>
    public required ReadOnlyMemory<byte> CallId { get; init; }

    /// <summary>Our tag.</summary>
    public required ReadOnlyMemory<byte> LocalTag { get; init; }

    /// <summary>The other side's tag; empty if it is an RFC 2543 element that has none (§12.1.1).</summary>
    public required ReadOnlyMemory<byte> RemoteTag { get; init; }

    /// <summary>Our URI, without angle brackets: From of what we send.</summary>
    public required ReadOnlyMemory<byte> LocalUri { get; init; }

    /// <summary>The other side's URI: To of what we send.</summary>
    public required ReadOnlyMemory<byte> RemoteUri { get; init; }

    /// <summary>Where requests are meant to go in the end: the URI of the other side's Contact.</summary>
    public required ReadOnlyMemory<byte> RemoteTarget { get; init; }

    /// <summary>
    /// The Route values of what we send, in order, each as it stood in Record-Route (with angle brackets).
    /// </summary>
    public ImmutableArray<ReadOnlyMemory<byte>> RouteSet { get; init; } = [];

    /// <summary>The CSeq number of our latest request; null before the first.</summary>
    public uint? LocalCSeq { get; init; }

    /// <summary>The CSeq number of the other side's latest request; null before the first.</summary>
    public uint? RemoteCSeq { get; init; }

    /// <summary>True if it was made over TLS for a SIPS URI.</summary>
    public bool IsSecure { get; init; }

    /// <summary>True while only a provisional response has been sent or received.</summary>
    public bool IsEarly { get; init; }

    /// <summary>The dialog of a request we answer (§12.1.1).</summary>
    /// <param name="request">The request; an INVITE without Contact makes no dialog.</param>
    /// <param name="localTag">The To tag of our response.</param>
    /// <param name="transport">The transport it came over.</param>
    /// <param name="early">True if our response is provisional.</param>
    /// <returns>Null if the request has no usable Contact or From: it is to be refused with 400.</returns>
    public static Dialog? OfUas(
        SipMessage request, ReadOnlySpan<byte> localTag, SipTransport transport = SipTransport.Udp, bool early = false)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!request.TryGetFrom(out var from) || !request.TryGetTo(out var to)) return null;
        if (!TryGetTarget(request, out var target)) return null;
        return new Dialog
        {
            CallId = request.CallId.ToArray(),
            LocalTag = localTag.ToArray(),
            RemoteTag = request.FromTag.ToArray(),
            LocalUri = to.Uri.ToArray(),
            RemoteUri = from.Uri.ToArray(),
            RemoteTarget = target.ToArray(),
            RouteSet = RecordRoute(request, reversed: false),
            RemoteCSeq = request.CSeqNumber,
            IsSecure = transport == SipTransport.Tls
                && request.TryGetRequestUri(out var uri) && uri.Scheme == SipUriScheme.Sips,
            IsEarly = early,
        };
    }

    /// <summary>The dialog that a response to our request makes (§12.1.2), early for a provisional one.</summary>
    /// <param name="response">A 101 to 299 with a To tag (a final one without is taken as from RFC 2543).</param>
    /// <param name="requestUri">
    /// The Request-URI of our request: the remote target if the response has no Contact, as those of some gateways
    /// have.
    /// </param>
    /// <param name="transport">The transport the request went over.</param>
    /// <returns>Null if the response makes no dialog.</returns>
    public static Dialog? OfUac(
        SipMessage response, ReadOnlySpan<byte> requestUri, SipTransport transport = SipTransport.Udp)
    {
        ArgumentNullException.ThrowIfNull(response);
        if (response.StatusCode is < 101 or > 299) return null;
        var early = response.StatusCode < 200;
        if (early && response.ToTag.IsEmpty) return null;
        if (!response.TryGetFrom(out var from) || !response.TryGetTo(out var to)) return null;
        return new Dialog
        {
            CallId = response.CallId.ToArray(),
            LocalTag = response.FromTag.ToArray(),
            RemoteTag = response.ToTag.ToArray(),
            LocalUri = from.Uri.ToArray(),
            RemoteUri = to.Uri.ToArray(),
            RemoteTarget = TryGetTarget(response, out var target) ? target.ToArray() : requestUri.ToArray(),
            RouteSet = RecordRoute(response, reversed: true),
            LocalCSeq = response.CSeqNumber,
            IsSecure = transport == SipTransport.Tls
                && SipUri.TryParse(requestUri, out var uri) && uri.Scheme == SipUriScheme.Sips,
            IsEarly = early,
        };
    }

    /// <summary>True if a request belongs to this dialog (§12.2.2).</summary>
    /// <param name="request">The request.</param>
    public bool IsOfRequest(SipMessage request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.CallId.SequenceEqual(CallId.Span)
            && request.ToTag.SequenceEqual(LocalTag.Span)
            && request.FromTag.SequenceEqual(RemoteTag.Span);
    }

    /// <summary>True if a response to our request belongs to this dialog (§12.1.2).</summary>
    /// <param name="response">The response.</param>
    public bool IsOfResponse(SipMessage response)
    {
        ArgumentNullException.ThrowIfNull(response);
        return response.CallId.SequenceEqual(CallId.Span)
            && response.FromTag.SequenceEqual(LocalTag.Span)
            && response.ToTag.SequenceEqual(RemoteTag.Span);
    }

    /// <summary>
    /// Takes a request of the other side in: its CSeq must not be lower than the last (§12.2.2), and a target refresh
    /// brings a new remote target.
    /// </summary>
    /// <param name="request">A request for which <see cref="IsOfRequest"/> holds.</param>
    /// <returns>
    /// The dialog after it; null if it is out of order and to be refused with 500. ACK and CANCEL, which repeat the
    /// number of their INVITE, change nothing.
    /// </returns>
    public Dialog? Receive(SipMessage request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Method is SipMethod.Ack or SipMethod.Cancel) return this;
        if (RemoteCSeq is { } last && request.CSeqNumber < last) return null;
        return WithTargetOf(request) with { RemoteCSeq = request.CSeqNumber };
    }

    /// <summary>
    /// Takes a response to our request inside the dialog in: a 2xx to the INVITE that made it confirms it and brings
    /// the final route set (§13.2.2.4), a 2xx to a target refresh a new remote target (§12.2.1.2).
    /// </summary>
    /// <param name="response">A response for which <see cref="IsOfResponse"/> holds.</param>
    public Dialog ReceiveResponse(SipMessage response)
    {
        ArgumentNullException.ThrowIfNull(response);
        if (response.StatusCode is < 200 or > 299) return this;
        var refreshed = WithTargetOf(response);
        if (!IsEarly || response.Method != SipMethod.Invite) return refreshed;
        return refreshed with { IsEarly = false, RouteSet = RecordRoute(response, reversed: true) };
    }

    /// <summary>The dialog once we have sent a 2xx (§12.1.1).</summary>
    public Dialog Confirm() => IsEarly ? this with { IsEarly = false } : this;

    /// <summary>The dialog with the next CSeq number of ours used up (§12.2.1.1); the first is 1.</summary>
    public Dialog NextRequest() => this with { LocalCSeq = (LocalCSeq ?? 0) + 1 };

    /// <summary>
    /// Where a request of ours is sent to: the URI of the first route, or of the remote target if there is none
    /// (§12.2.1.1, §8.1.2).
    /// </summary>
    public ReadOnlySpan<byte> NextHop =>
        RouteSet.IsEmpty || !NameAddress.TryParse(RouteSet[0].Span, out var first) ? RemoteTarget.Span : first.Uri;

    /// <summary>
    /// The Request-URI of a request of ours: the remote target; but the first route if that is a strict router, which
    /// has no lr parameter (§12.2.1.1).
    /// </summary>
    public ReadOnlySpan<byte> RequestUri => IsStrict(out var first) ? WithoutHeaders(first) : RemoteTarget.Span;

    /// <summary>
    /// Writes the beginning of a request of ours: request line, Route, Max-Forwards, From, To, Call-ID and CSeq, all
    /// but the Via. The caller goes on with Contact and others and calls a Finish of the writer.
    /// </summary>
    /// <param name="writer">The writer; it is reset first.</param>
    /// <param name="method">The method.</param>
    /// <param name="cseq">
    /// The CSeq number: <see cref="LocalCSeq"/> of the dialog that <see cref="NextRequest"/> gave, or for an ACK that
    /// of its INVITE.
    /// </param>
    /// <param name="maxForwards">Max-Forwards, 0 to 255.</param>
    public void WriteRequest(SipWriter writer, SipMethod method, uint cseq, int maxForwards = 70)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Reset();
        writer.RequestLine(method, RequestUri);
        WriteRoutes(writer);
        writer.Header(SipHeaderName.MaxForwards, maxForwards);
        WriteParty(writer, SipHeaderName.From, LocalUri.Span, LocalTag.Span);
        WriteParty(writer, SipHeaderName.To, RemoteUri.Span, RemoteTag.Span);
        writer.Header(SipHeaderName.CallId, CallId.Span);
        writer.CSeq(cseq, method);
    }

    private void WriteRoutes(SipWriter writer)
    {
        var strict = IsStrict(out _);
        for (var i = strict ? 1 : 0; i < RouteSet.Length; i++) writer.Header(SipHeaderName.Route, RouteSet[i].Span);
        if (!strict) return;
        writer.BeginHeader(SipHeaderName.Route);
        writer.Append("<"u8);
        writer.Append(RemoteTarget.Span);
        writer.Append(">"u8);
        writer.EndHeader();
    }

    private static void WriteParty(
        SipWriter writer, SipHeaderName name, ReadOnlySpan<byte> uri, ReadOnlySpan<byte> tag)
    {
        writer.BeginHeader(name);
        writer.Append("<"u8);
        writer.Append(uri);
        writer.Append(">"u8);
        if (!tag.IsEmpty)
        {
            writer.Append(";tag="u8);
            writer.Append(tag);
        }

        writer.EndHeader();
    }

    private bool IsStrict(out ReadOnlySpan<byte> first)
    {
        first = default;
        if (RouteSet.IsEmpty || !NameAddress.TryParse(RouteSet[0].Span, out var address)) return false;
        first = address.Uri;
        return address.TryGetUri(out var uri) && !uri.IsLooseRouter;
    }

    // A Request-URI must not have headers (§19.1.1). Record-Route URIs have none unless the proxy is broken.
    private static ReadOnlySpan<byte> WithoutHeaders(ReadOnlySpan<byte> uri)
    {
        var at = uri.IndexOf((byte)'?');
        return at < 0 ? uri : uri[..at];
    }

    private Dialog WithTargetOf(SipMessage message)
    {
        if (!IsTargetRefresh(message.Method) || !TryGetTarget(message, out var target)) return this;
        return target.SequenceEqual(RemoteTarget.Span) ? this : this with { RemoteTarget = target.ToArray() };
    }

    // INVITE (§12.2), UPDATE (RFC 3311 §5.1), and of event dialogs SUBSCRIBE, NOTIFY and REFER (RFC 6665 §4.4.1).
    private static bool IsTargetRefresh(SipMethod method) => method is
        SipMethod.Invite or SipMethod.Update or SipMethod.Subscribe or SipMethod.Notify or SipMethod.Refer;

    private static bool TryGetTarget(SipMessage message, out ReadOnlySpan<byte> target)
    {
        target = default;
        if (!message.TryGetContact(out var contact) || contact.IsWildcard) return false;
        target = contact.Uri;
        return contact.TryGetUri(out _);
    }

    private static ImmutableArray<ReadOnlyMemory<byte>> RecordRoute(SipMessage message, bool reversed)
    {
        if (!message.HasHeader(SipHeaderName.RecordRoute)) return [];
        var routes = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        foreach (var value in message.Values(SipHeaderName.RecordRoute)) routes.Add(value.ToArray());
        if (reversed) routes.Reverse();
        return routes.DrainToImmutable();
    }
}
