using System.Security.Cryptography;
using System.Text;
using Tandem.Sip.Messages;
using Tandem.Sip.Writing;

namespace Tandem.Sip.Authentication;

/// <summary>What a client makes of a 401 or 407.</summary>
public enum DigestOutcome : byte
{
    /// <summary>Send the request again with a higher CSeq (RFC 3261 §22.2) and the fields of <see cref="DigestClient"/>.</summary>
    Retry,

    /// <summary>Our answer to the server's own nonce was refused: the password or name is wrong; do not try again.</summary>
    Refused,

    /// <summary>No challenge in it that this stack can answer.</summary>
    NotUnderstood,
}

/// <summary>
/// The client's side of digest (RFC 3261 §22.2, RFC 7616 §3.4): one user with one password, the challenges it has met, and how
/// often each nonce was used. Of several algorithms for one realm the strongest is answered. Keep it as long as the same peer
/// is spoken to: later requests then carry credentials at once. For one thread at a time.
/// </summary>
public sealed class DigestClient
{
    /// <summary>Realms of one peer that are remembered.</summary>
    public const int MaxRealms = 8;

    private readonly byte[] _username;
    private readonly byte[] _password;
    private readonly bool _preferIntegrity;
    private readonly Func<string> _newCnonce;
    private readonly List<Session> _sessions = [];
    private int _turn;

    /// <summary>Makes a client that was not challenged yet.</summary>
    /// <param name="username">Not escaped.</param>
    /// <param name="password">Not escaped.</param>
    /// <param name="preferIntegrity">Use auth-int where it is offered; otherwise only where nothing else is.</param>
    /// <param name="newCnonce">Makes a cnonce for each new nonce: visible characters; null: 64 random bits.</param>
    public DigestClient(string username, string password, bool preferIntegrity = false, Func<string>? newCnonce = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(username);
        ArgumentNullException.ThrowIfNull(password);
        Username = username;
        _username = Encoding.UTF8.GetBytes(username);
        _password = Encoding.UTF8.GetBytes(password);
        _preferIntegrity = preferIntegrity;
        _newCnonce = newCnonce ?? (() => RandomNumberGenerator.GetHexString(16, lowercase: true));
    }

    /// <summary>The user name.</summary>
    public string Username { get; }

    /// <summary>Whether requests carry credentials: there was a challenge that could be answered.</summary>
    public bool HasChallenge => _sessions.Count > 0;

    /// <summary>
    /// Takes a 401 or 407. A challenge for a realm whose nonce was answered just once, and not marked stale, says that the
    /// password is wrong; a nonce that was used longer may have expired even without that mark.
    /// </summary>
    public DigestOutcome Accept(SipMessage response)
    {
        var outcome = DigestOutcome.NotUnderstood;
        _turn++;
        var challenges = DigestChallenge.ReadAll(response);
        foreach (var challenge in challenges)
        {
            if (challenges.Any(other => IsSameRealm(other, challenge) && IsStronger(other, challenge))) continue;
            var known = _sessions.FindIndex(s => IsSameRealm(s.Challenge, challenge));
            var stales = 0;
            if (known >= 0)
            {
                var before = _sessions[known];
                if (before.Turn == _turn) continue; // The same algorithm twice: the first counts.
                var answeredOnce = before.Count == 1;
                stales = answeredOnce ? before.Stales + 1 : 0;
                if (answeredOnce && (!challenge.IsStale || stales > 1)) return DigestOutcome.Refused;
            }
            else if (_sessions.Count >= MaxRealms)
            {
                continue;
            }

            var session = new Session(challenge, Encoding.UTF8.GetBytes(_newCnonce()), _turn, stales);
            if (known >= 0) _sessions[known] = session;
            else _sessions.Add(session);
            outcome = DigestOutcome.Retry;
        }

        return outcome;
    }

    /// <summary>
    /// Writes Authorization and Proxy-Authorization of one request, one field for each realm that has challenged; nothing
    /// before the first challenge. Each call uses up one nonce count.
    /// </summary>
    /// <param name="writer">In the middle of a message's header fields.</param>
    /// <param name="method">The request's method.</param>
    /// <param name="uri">The Request-URI exactly as sent.</param>
    /// <param name="body">The request's body.</param>
    public void Write(SipWriter writer, ReadOnlySpan<byte> method, ReadOnlySpan<byte> uri, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (var session in _sessions)
        {
            session.Count++;
            Write(writer, session, method, uri, body);
        }
    }

    /// <summary>The same fields as bytes: complete lines, each ended by CRLF; empty before the first challenge.</summary>
    public byte[] HeaderLines(SipMethod method, ReadOnlySpan<byte> uri, ReadOnlySpan<byte> body)
    {
        using var writer = new SipWriter();
        Write(writer, method.Token(), uri, body);
        return writer.ToArray();
    }

    private void Write(
        SipWriter writer, Session session, ReadOnlySpan<byte> method, ReadOnlySpan<byte> uri, ReadOnlySpan<byte> body)
    {
        var challenge = session.Challenge;
        var qop = QopOf(challenge.Qop);
        var usesCnonce = qop != DigestQop.None || challenge.Algorithm.IsSession();
        Span<byte> count = stackalloc byte[8];
        if (!session.Count.TryFormat(count, out _, "x8")) throw new InvalidOperationException("Eight digits hold every count.");
        using var username = new SipWriter(128);
        username.AppendQuoted(_username);
        Span<byte> response = stackalloc byte[DigestResponse.MaxLength];
        response = response[..DigestResponse.Write(
            new DigestInput
            {
                Algorithm = challenge.Algorithm,
                Qop = qop,
                Username = username.WrittenSpan[1..^1],
                Realm = challenge.Realm.Span,
                Password = _password,
                Nonce = challenge.Nonce.Span,
                Cnonce = session.Cnonce,
                NonceCount = count,
                Method = method,
                Uri = uri,
                Body = body,
            },
            response)];

        writer.BeginHeader(challenge.IsProxy ? SipHeaderName.ProxyAuthorization : SipHeaderName.Authorization);
        writer.Raw("Digest username="u8);
        writer.Raw(username.WrittenSpan);
        Quoted(writer, ", realm="u8, challenge.Realm.Span);
        Quoted(writer, ", nonce="u8, challenge.Nonce.Span);
        Quoted(writer, ", uri="u8, uri);
        Quoted(writer, ", response="u8, response);
        if (challenge.NamesAlgorithm)
        {
            writer.Raw(", algorithm="u8);
            writer.Raw(challenge.Algorithm.Token());
        }

        if (usesCnonce) Quoted(writer, ", cnonce="u8, session.Cnonce);
        if (qop != DigestQop.None)
        {
            // Neither is quoted (RFC 7616 §3.4).
            writer.Raw(", qop="u8);
            writer.Raw(qop.Token());
            writer.Raw(", nc="u8);
            writer.Raw(count);
        }

        if (challenge.Opaque is { } opaque) Quoted(writer, ", opaque="u8, opaque.Span);
        writer.EndHeader();
    }

    private DigestQop QopOf(DigestQop offered)
    {
        if ((offered & DigestQop.AuthInt) != 0 && (_preferIntegrity || (offered & DigestQop.Auth) == 0)) return DigestQop.AuthInt;
        return offered & DigestQop.Auth;
    }

    private static void Quoted(SipWriter writer, ReadOnlySpan<byte> opening, ReadOnlySpan<byte> value)
    {
        writer.Raw(opening);
        writer.Raw("\""u8);
        writer.Append(value);
        writer.Raw("\""u8);
    }

    private static bool IsSameRealm(DigestChallenge one, DigestChallenge other) =>
        one.IsProxy == other.IsProxy && one.Realm.Span.SequenceEqual(other.Realm.Span);

    private static bool IsStronger(DigestChallenge one, DigestChallenge other) => one.Algorithm > other.Algorithm;

    private sealed class Session(DigestChallenge challenge, byte[] cnonce, int turn, int stales)
    {
        public DigestChallenge Challenge { get; } = challenge;

        // The same for the life of the nonce: a session key depends on it.
        public byte[] Cnonce { get; } = cnonce;

        // Which response brought it.
        public int Turn { get; } = turn;

        // Answers to fresh nonces in a row that were called stale: a server that does so forever is not followed forever.
        public int Stales { get; } = stales;

        public uint Count { get; set; }
    }
}
