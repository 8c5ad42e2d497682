using Tandem.Shared.Configuration;
using Tandem.Sip.Authentication;
using Tandem.Sip.Messages;
using Tandem.Sip.Transport;
using Tandem.Sip.Writing;

namespace Tandem.Edge.Authentication;

/// <summary>What is to be done with a request outside of a dialog.</summary>
internal enum AdmissionKind : byte
{
    /// <summary>Go on with it.</summary>
    Admit,

    /// <summary>401 with challenges.</summary>
    Challenge,

    /// <summary>401 with challenges marked stale.</summary>
    ChallengeStale,

    /// <summary>403.</summary>
    Forbid,

    /// <summary>Nothing at all.</summary>
    Drop,
}

/// <summary>The judgement of a request outside of a dialog.</summary>
/// <param name="Kind">What is to be done.</param>
/// <param name="Cause">Why not, for the counters.</param>
/// <param name="Source">Who sends it; null where nobody needs to know (OPTIONS), and when it is not admitted.</param>
internal readonly record struct Admission(AdmissionKind Kind, EdgeRefusal Cause = default, SourceIdentity? Source = null);

/// <summary>
/// Decides who sends a request outside of a dialog, and whether it may: by address, or by digest (RFC 3261 §22). One per
/// node, made with the edge, used by all its workers. Requests in dialogs, ACK and CANCEL are not judged: the first are
/// known by their tags, the others cannot be challenged (RFC 3261 §22.1).
/// </summary>
public sealed class Authenticator : IDisposable
{
    private const int MaxUserBytes = 256;

    private readonly IConfigurationSource _configuration;
    private readonly DigestServer _digest;
    private volatile SourceDirectory _directory;

    /// <summary>Starts to follow the configuration.</summary>
    /// <param name="configuration">The node's.</param>
    /// <param name="guard">Counts failures.</param>
    /// <param name="secret">Shared by all nodes: <see cref="DigestNonces.SecretBytes"/> bytes.</param>
    /// <param name="time">The clock.</param>
    public Authenticator(
        IConfigurationSource configuration, AuthenticationGuard guard, ReadOnlyMemory<byte> secret, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        (_configuration, Guard) = (configuration, guard);
        _digest = new DigestServer(secret.Span, time);
        _directory = new SourceDirectory(configuration.Current);
        configuration.Changed += OnConfiguration;
    }

    /// <summary>The guard that it feeds.</summary>
    public AuthenticationGuard Guard { get; }

    /// <summary>The sources of the version in force.</summary>
    public SourceDirectory Directory => _directory;

    /// <inheritdoc />
    public void Dispose() => _configuration.Changed -= OnConfiguration;

    /// <summary>Writes the challenges of a 401.</summary>
    internal void WriteChallenges(SipWriter writer, SipEndPoint remote, bool isStale)
    {
        var directory = _directory;
        _digest.WriteChallenges(
            writer, SipHeaderName.WwwAuthenticate, directory.Realm, remote, directory.Digest, isStale);
    }

    /// <summary>Judges a request outside of a dialog.</summary>
    /// <param name="request">The request.</param>
    /// <param name="remote">Who sent it.</param>
    /// <param name="arrival">How it came in.</param>
    internal Admission Judge(SipMessage request, SipEndPoint remote, Arrival arrival)
    {
        var directory = _directory;
        var answers = directory.Snapshot.Parameters.AnswerUnauthorized;
        if (request.TryGetHeader(SipHeaderName.UserAgent, out var agent) && directory.IsScanner(agent))
        {
            Guard.Failed(remote);
            return new Admission(AdmissionKind.Drop, EdgeRefusal.Scanner);
        }

        if (!NeedsSource(request.Method)) return JudgeOpen(directory, remote, answers);

        // Registering is for those without an address of their own, whoever else lives at theirs.
        var (byAddress, byPassword) = request.Method == SipMethod.Register
            ? default
            : Find(directory.At(remote), arrival, user: default);
        var hasCredentials = _digest.TryFind(request, SipHeaderName.Authorization, out var credentials);
        var user = (stackalloc byte[MaxUserBytes])[..0];
        if (hasCredentials && credentials.Username.Length <= MaxUserBytes)
        {
            user = stackalloc byte[MaxUserBytes];
            user = user[..SipEscaping.Unquote(credentials.Username, user)];
        }

        // A gateway that proves itself by address alone is not asked; but a user of the same address may name itself.
        SourceIdentity? named = null;
        if (!user.IsEmpty)
            named = Find(directory.At(remote), arrival, user).ByPassword ?? UserOf(directory, user, request.Method, arrival);
        if (byAddress is not null && named is null && (byPassword is null || !IsFromPasswordGateway(directory, request, remote, arrival)))
            return new Admission(AdmissionKind.Admit, default, byAddress);

        if (Guard.IsSuspended(remote)) return Refused(EdgeRefusal.Suspended, answers);
        if (!hasCredentials)
        {
            if (byPassword is not null) return new Admission(AdmissionKind.Challenge, EdgeRefusal.Challenged);
            if (directory.HasUsers && (answers || KnowsFrom(directory, request)))
                return new Admission(AdmissionKind.Challenge, EdgeRefusal.Challenged);
            // REGISTER of a gateway that has an address is not a stranger's.
            if (request.Method == SipMethod.Register && directory.Knows(remote)) return new Admission(AdmissionKind.Admit);
            if (directory.HasUsers) Guard.Failed(remote);
            return Refused(EdgeRefusal.IllegalCall, answers);
        }

        if (named is null)
        {
            Guard.Failed(remote);
            return Refused(directory.HasUsers || byPassword is not null ? EdgeRefusal.UnknownUser : EdgeRefusal.IllegalCall, answers);
        }

        if (Guard.IsSuspended(named.User, remote)) return Refused(EdgeRefusal.Suspended, answers);
        switch (_digest.Verify(credentials, named.Password, request, remote, directory.Digest))
        {
            case DigestVerdict.Accepted:
                Guard.Accepted(named.User, remote);
                return new Admission(AdmissionKind.Admit, default, named);
            case DigestVerdict.Stale:
                return new Admission(AdmissionKind.ChallengeStale, EdgeRefusal.Challenged);
            case DigestVerdict.NotOffered:
                return new Admission(AdmissionKind.Challenge, EdgeRefusal.Challenged);
            case DigestVerdict.Wrong or DigestVerdict.OtherUri:
                Guard.Failed(remote, named.User);
                return new Admission(AdmissionKind.Forbid, EdgeRefusal.WrongCredentials);
            default:
                throw new InvalidOperationException("A verdict that nobody has planned for.");
        }
    }

    private Admission JudgeOpen(SourceDirectory directory, SipEndPoint remote, bool answers)
    {
        if (directory.Knows(remote)) return new Admission(AdmissionKind.Admit);
        if (Guard.IsSuspended(remote)) return Refused(EdgeRefusal.Suspended, answers);
        return answers ? new Admission(AdmissionKind.Admit) : new Admission(AdmissionKind.Drop, EdgeRefusal.IllegalCall);
    }

    private static Admission Refused(EdgeRefusal cause, bool answers) =>
        new(answers ? AdmissionKind.Forbid : AdmissionKind.Drop, cause);

    // Of an address: the first gateway that needs no digest, and the first that does (with this user, if one is given).
    private static (SourceIdentity? ByAddress, SourceIdentity? ByPassword) Find(
        SourceDirectory.Candidates candidates, Arrival arrival, ReadOnlySpan<byte> user)
    {
        SourceIdentity? byAddress = null, byPassword = null;
        foreach (var candidate in candidates)
        {
            if (!candidate.MayUse(arrival)) continue;
            if (!candidate.NeedsDigest) byAddress ??= candidate;
            else if (user.IsEmpty || user.SequenceEqual(candidate.UserBytes)) byPassword ??= candidate;
        }

        return (byAddress, byPassword);
    }

    // A vendor that registers makes no calls by it.
    private static SourceIdentity? UserOf(
        SourceDirectory directory, ReadOnlySpan<byte> user, SipMethod method, Arrival arrival) =>
        directory.FindUser(user) is { } identity && (identity.Mapping is not null || method == SipMethod.Register)
        && identity.MayUse(arrival)
            ? identity
            : null;

    private static bool KnowsFrom(SourceDirectory directory, SipMessage request)
    {
        Span<byte> user = stackalloc byte[MaxUserBytes];
        return directory.FindUser(user[..FromUser(request, user)]) is not null;
    }

    // Where gateways with and without password share an address, From says who will have to show one.
    private static bool IsFromPasswordGateway(SourceDirectory directory, SipMessage request, SipEndPoint remote, Arrival arrival)
    {
        Span<byte> user = stackalloc byte[MaxUserBytes];
        user = user[..FromUser(request, user)];
        return !user.IsEmpty && Find(directory.At(remote), arrival, user).ByPassword is not null;
    }

    private static int FromUser(SipMessage request, Span<byte> user)
    {
        if (!request.TryGetFrom(out var from) || !from.TryGetUri(out var uri) || uri.User.Length > user.Length) return 0;
        return SipEscaping.Unescape(uri.User, user);
    }

    private static bool NeedsSource(SipMethod method) =>
        method is SipMethod.Invite or SipMethod.Register or SipMethod.Message or SipMethod.Publish or SipMethod.Subscribe
            or SipMethod.Refer or SipMethod.Notify;

    private void OnConfiguration(ConfigurationSnapshot snapshot) => _directory = new SourceDirectory(snapshot);
}
