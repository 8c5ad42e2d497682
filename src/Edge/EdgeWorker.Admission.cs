using System.Security.Cryptography;
using System.Text;
using Tandem.Edge.Authentication;
using Tandem.Shared.Calls;
using Tandem.Sip.Messages;
using Tandem.Sip.Transactions;
using Tandem.Sip.Transport;

namespace Tandem.Edge;

// Who may ask for anything at all. Refusals and challenges are given without a transaction (RFC 3261 §26.3.2.4), so that a
// flood of strangers costs an answer each, and no memory.
public sealed partial class EdgeWorker
{
    private static readonly byte[] NotAllowed = Encoding.ASCII.GetBytes($"Reason: {EndReason.IllegalCall.Info().ReasonHeader}\r\n");
    private static readonly byte[] NotAllowedPhrase = Encoding.ASCII.GetBytes(EndReason.IllegalCall.Info().Phrase);

    private readonly SourceLimits _limits = new();
    private readonly Authenticator _authenticator;
    private SourceIdentity? _source; // Of the request that the layer is about to bring to OnRequest.
    private EdgeRefusal _refusal;

    // Before anything of the datagram is looked at.
    private bool IsOverPacketLimit(SipEndPoint remote, long now)
    {
        var directory = _authenticator.Directory;
        var parameters = directory.Snapshot.Parameters;
        var (known, unknown) = (parameters.SourcePacketLimit, parameters.UnknownSourcePacketLimit);
        if ((known | unknown) == 0 || _limits.TryPacket(remote, SecondOf(now), directory.Knows(remote), known, unknown)) return false;
        _statistics.Count(EdgeRefusal.PacketLimit);
        return true;
    }

    private void Trust(SipEndPoint remote)
    {
        if (!_authenticator.Directory.Knows(remote)) _limits.Trust(remote, SecondOf(_time.GetTimestamp()));
    }

    // 0, or what Admit has to return.
    private int Judge(SipMessage request, SipEndPoint remote)
    {
        (_source, _refusal) = (null, EdgeRefusal.IllegalCall);
        if (request.Method == SipMethod.Invite && _draining) return 0;
        if (request.Method == SipMethod.Invite && IsOverInviteLimit(request, remote)) return ITransactionUser.AlreadyAnswered;
        var admission = _authenticator.Judge(request, remote, ArrivalOf(remote));
        switch (admission.Kind)
        {
            case AdmissionKind.Admit:
                _source = admission.Source;
                if (_source is { NeedsDigest: true }) Trust(remote);
                return 0;
            case AdmissionKind.Drop:
                _statistics.Count(admission.Cause);
                return -1;
            case AdmissionKind.Challenge or AdmissionKind.ChallengeStale:
                _statistics.Count(admission.Cause);
                _writer.Reset();
                _authenticator.WriteChallenges(_writer, remote, admission.Kind == AdmissionKind.ChallengeStale);
                _layer.RespondStateless(request, remote, 401, default, _writer.WrittenSpan);
                return ITransactionUser.AlreadyAnswered;
            default:
                return Forbid(request, remote, admission.Cause);
        }
    }

    private int Forbid(SipMessage request, SipEndPoint remote, EdgeRefusal cause)
    {
        _refusal = cause;
        var isCall = request.Method == SipMethod.Invite;
        // A record wants one for each call, not for each repeat of its INVITE: that takes a transaction.
        if (isCall && cause != EdgeRefusal.Suspended && _configuration.Current.Parameters.RecordIllegalCall) return 0;
        _statistics.Count(cause);
        if (isCall) _layer.RespondStateless(request, remote, 403, NotAllowedPhrase, NotAllowed);
        else _layer.RespondStateless(request, remote, 403, default, default);
        return ITransactionUser.AlreadyAnswered;
    }

    private bool IsOverInviteLimit(SipMessage request, SipEndPoint remote)
    {
        var limit = _configuration.Current.Parameters.SourceInviteLimit;
        var second = SecondOf(_time.GetTimestamp());
        if (_limits.TryInvite(remote, second, limit)) return false;
        _statistics.Count(EdgeRefusal.InviteLimit);
        if (!_authenticator.Directory.Knows(remote) && !_limits.IsTrusted(remote, second)) return true;
        var info = WriteRefusal(EndReason.SystemCpsLimit);
        _layer.RespondStateless(request, remote, info.SipStatus, Encoding.ASCII.GetBytes(info.Phrase), _writer.WrittenSpan);
        return true;
    }

    // PUBLISH (RFC 3903) is accepted and nothing is kept: peers that publish their state are content, and nobody asks for it.
    private void AnswerPublish(ServerTransaction transaction)
    {
        var longest = (long)_configuration.Current.Parameters.PublishExpire.TotalSeconds;
        var expires = transaction.Request.TryGetHeader(SipHeaderName.Expires, out var wanted)
            && System.Buffers.Text.Utf8Parser.TryParse(wanted, out uint seconds, out var used) && used == wanted.Length
                ? Math.Min(seconds, longest)
                : longest;
        _writer.Reset();
        _writer.Header(SipHeaderName.Expires, expires);
        _writer.Header(SipHeaderName.SipETag, RandomNumberGenerator.GetHexString(16, lowercase: true));
        _layer.Respond(transaction, 200, default, default, _writer.WrittenSpan);
    }

    private Arrival ArrivalOf(SipEndPoint remote) => new(
        _listeners.Listeners[remote.Local].Address,
        remote.Transport == SipTransport.Tls ? _streams.PeerNamesOf(remote) : []);

    private long SecondOf(long timestamp) => timestamp / _time.TimestampFrequency;
}
