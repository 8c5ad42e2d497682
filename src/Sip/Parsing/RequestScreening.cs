using System.Text;
using Tandem.Sip.Messages;
using Tandem.Sip.Writing;

namespace Tandem.Sip.Parsing;

/// <summary>
/// The checks of a well-formed request that need no state, in the order of RFC 3261 §8.2: method, Request-URI,
/// Max-Forwards, Require, content. Pure; no allocation. Loops (482) and merged requests need the transaction table and
/// are not checked here.
/// </summary>
public static class RequestScreening
{
    /// <summary>
    /// The reason to refuse the request, or <see cref="SipRejectReason.None"/>. Its status is
    /// <see cref="SipRejection.StatusToAnswer"/>: 0, which is silence, for ACK.
    /// </summary>
    public static SipRejectReason Screen(SipMessage request, ScreeningRules rules)
    {
        if (!request.IsRequest) throw new ArgumentException("Only requests are screened.", nameof(request));
        var method = request.Method;
        if (method == SipMethod.Unknown) return SipRejectReason.MethodNotImplemented;
        if (!rules.Offers(method)) return SipRejectReason.MethodNotAllowed;
        if (!request.TryGetRequestUri(out var uri)) return SipRejectReason.BadRequestUri;
        if (!rules.Understands(uri.Scheme)) return SipRejectReason.UnsupportedUriScheme;

        // §16.3 step 3: who sends a request on must refuse it at 0. OPTIONS and all within a dialog end here, and an
        // end point takes them whatever the value (RFC 4475 §3.3.11).
        if (request.MaxForwards == 0 && request.ToTag.IsEmpty
            && method is not (SipMethod.Options or SipMethod.Cancel or SipMethod.Ack or SipMethod.Register))
            return SipRejectReason.TooManyHops;

        // §10.3 step 5: the address of record is a SIP or SIPS URI.
        if (method == SipMethod.Register
            && !(request.TryGetTo(out var to) && to.TryGetUri(out var record) && record.IsSip))
            return SipRejectReason.BadTo;

        // §8.2.2.3: Require is not looked at in ACK and CANCEL. Proxy-Require is for proxies, and this is none.
        if (method is not (SipMethod.Ack or SipMethod.Cancel))
            foreach (var option in request.Values(SipHeaderName.Require))
                if (!rules.Supports(option)) return SipRejectReason.BadExtension;

        return ScreenContent(request, rules);
    }

    /// <summary>
    /// Writes the whole refusal: <see cref="ResponseWriter.WriteResponse"/>, and what the status asks for: Allow with
    /// 405 and 501 (§21.4.6), Unsupported with 420 (§8.2.2.3), Accept and Accept-Encoding with 415 (§8.2.3).
    /// </summary>
    /// <param name="writer">The writer, reset.</param>
    /// <param name="request">The request; may be one that the parser rejected.</param>
    /// <param name="reason">Why; its <see cref="SipRejection.StatusToAnswer"/> must not be 0.</param>
    /// <param name="rules">What the element offers.</param>
    /// <param name="toTag">A tag for To.</param>
    /// <param name="source">Where the request came from; null if Via already says so.</param>
    public static void WriteRefusal(
        SipWriter writer, SipMessage request, SipRejectReason reason, ScreeningRules rules,
        ReadOnlySpan<byte> toTag, SipSource? source = null)
    {
        var status = reason.StatusToAnswer(request);
        if (status == 0) throw new ArgumentException($"{reason} is not answered.", nameof(reason));
        writer.WriteResponse(request, status, reason.ReasonPhrase(), toTag, source);
        WriteRefusalHeaders(writer, request, reason, rules);
        writer.Finish();
    }

    /// <summary>Writes the header fields that explain a refusal: Allow, Unsupported, Accept (RFC 3261 §8.2).</summary>
    public static void WriteRefusalHeaders(
        SipWriter writer, SipMessage request, SipRejectReason reason, ScreeningRules rules)
    {
        switch (reason)
        {
            case SipRejectReason.MethodNotAllowed or SipRejectReason.MethodNotImplemented:
                writer.Header(SipHeaderName.Allow, rules.Allow);
                break;
            case SipRejectReason.BadExtension:
                foreach (var option in request.Values(SipHeaderName.Require))
                    if (!rules.Supports(option)) writer.Header(SipHeaderName.Unsupported, option);
                break;
            case SipRejectReason.UnsupportedMediaType:
                writer.Header(SipHeaderName.Accept, rules.Accept);
                writer.Header(SipHeaderName.AcceptEncoding, "identity"u8);
                break;
        }
    }

    private static SipRejectReason ScreenContent(SipMessage request, ScreeningRules rules)
    {
        // Bodies of the other methods are carried through, or not read at all.
        var session = request.Method is SipMethod.Invite or SipMethod.Update or SipMethod.Prack or SipMethod.Ack;
        if (!session) return SipRejectReason.None;
        if (request.Body.Length > 0)
        {
            if (request.ContentType.IsEmpty) return SipRejectReason.MissingContentType;
            if ((!rules.Reads(WithoutParameters(request.ContentType)) || IsEncoded(request)) && !IsOptional(request))
                return SipRejectReason.UnsupportedMediaType;
        }
        if (request.Method == SipMethod.Ack || !request.HasHeader(SipHeaderName.Accept)) return SipRejectReason.None;
        foreach (var range in request.Values(SipHeaderName.Accept))
            if (rules.ReadsSomeOf(WithoutParameters(range))) return SipRejectReason.None;
        return SipRejectReason.NotAcceptable;
    }

    private static bool IsEncoded(SipMessage request)
    {
        foreach (var coding in request.Values(SipHeaderName.ContentEncoding))
            if (!Ascii.EqualsIgnoreCase(coding, "identity"u8)) return true;
        return false;
    }

    // §20.11: handling=optional says that the body may be ignored.
    private static bool IsOptional(SipMessage request)
    {
        if (!request.TryGetHeader(SipHeaderName.ContentDisposition, out var value)) return false;
        var semicolon = value.IndexOf((byte)';');
        return semicolon >= 0 && new SipParameters(value[semicolon..]).TryGet("handling"u8, out var handling)
            && Ascii.EqualsIgnoreCase(handling, "optional"u8);
    }

    private static ReadOnlySpan<byte> WithoutParameters(ReadOnlySpan<byte> value)
    {
        var semicolon = value.IndexOf((byte)';');
        return SipGrammar.TrimSpace(semicolon < 0 ? value : value[..semicolon]);
    }
}
