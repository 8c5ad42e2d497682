using System.Globalization;
using System.Text;
using Tandem.Shared.Configuration;
using Tandem.Shared.Registrar;
using Tandem.Sip.Authentication;
using Tandem.Sip.Messages;
using Tandem.Sip.Writing;

namespace Tandem.Edge.Registrations;

/// <summary>What an agent reads of the parameters in force.</summary>
/// <param name="Expire">Seconds that are asked for.</param>
/// <param name="RetryDelay">After a failure.</param>
/// <param name="MaxRetryAfter">Longest Retry-After of the registrar that is honoured.</param>
public sealed record RegistrationTimes(int Expire, TimeSpan RetryDelay, TimeSpan MaxRetryAfter);

/// <summary>
/// One registration of ours with another platform as its UAC (RFC 3261 §10.2): what to send next, and when. Reads no clock,
/// sends nothing; the keeper around it does. At most one request is under way.
/// </summary>
public sealed class RegistrationAgent
{
    /// <summary>Challenges answered and intervals corrected in one go; then it counts as failed.</summary>
    public const int MaxRepeats = 4;

    /// <summary>Longest interval that a registrar's Min-Expires may make us ask for.</summary>
    public const int MaxExpire = 86_400;

    private const double RefreshPart = 0.8;
    private const double Jitter = 0.1;
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    private readonly RegistrationConfiguration _registration;
    private readonly string _contact;
    private readonly string _node;
    private readonly string _callId;
    private readonly string _fromTag;
    private readonly Func<double> _random;
    private readonly DigestClient _digest;
    private uint _cseq;
    private int _repeats;
    private int _minExpire;
    private bool _unregisters;

    /// <summary>Makes one that has sent nothing; the first request is due at once.</summary>
    /// <param name="registration">As configured.</param>
    /// <param name="contact">host[:port][;transport=] of ours.</param>
    /// <param name="node">This node, for the state.</param>
    /// <param name="callId">Its Call-ID, the same for all its requests.</param>
    /// <param name="random">0 up to 1, for jitter and tags.</param>
    /// <param name="now">The time.</param>
    public RegistrationAgent(
        RegistrationConfiguration registration, string contact, string node, string callId, Func<double> random, DateTimeOffset now)
    {
        (_registration, _contact, _node, _callId, _random) = (registration, contact, node, callId, random);
        _fromTag = ((long)(random() * long.MaxValue)).ToString("x", CultureInfo.InvariantCulture);
        _digest = new DigestClient(DigestUser.Of(registration), registration.Password);
        State = new RegistrationState(
            registration.Name, RegistrationStatus.Registering, 0, "", now, null, now, RegistrationAddress.RemoteOf(registration), node);
    }

    /// <summary>How far it is.</summary>
    public RegistrationState State { get; private set; }

    /// <summary>True while a request has no answer.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>Where its requests go: <c>transport:host[:port]</c>.</summary>
    public string Remote => RegistrationAddress.RemoteOf(_registration);

    /// <summary>The local socket that they leave from, as a SendRequest has it.</summary>
    public string Local => RegistrationAddress.LocalOf(_registration);

    /// <summary>The time has come: gives the REGISTER to send.</summary>
    public byte[] Register(RegistrationTimes times, DateTimeOffset now)
    {
        _repeats = 0;
        if (State.ExpiresAt <= now) Fail(State.SipStatus, "It has expired.", now);
        return Send(Asked(times));
    }

    /// <summary>Gives the REGISTER that removes our contact (§10.2.2).</summary>
    public byte[] Unregister()
    {
        _repeats = 0;
        _unregisters = true;
        return Send(0);
    }

    /// <summary>A final response; gives the next request when the registrar wants it otherwise, else null.</summary>
    public byte[]? Answered(SipMessage response, RegistrationTimes times, DateTimeOffset now)
    {
        if (!IsWaiting || response.CSeqNumber != _cseq) return null;
        IsWaiting = false;
        var status = response.StatusCode;
        if (status is >= 200 and < 300)
        {
            if (!_unregisters) Registered(response, times, now);
            return null;
        }

        var again = _repeats++ < MaxRepeats;
        if (status is 401 or 407)
        {
            if (again && _digest.Accept(response) == DigestOutcome.Retry) return Send(_unregisters ? 0 : Asked(times));
            Retry(status, $"The registrar refused our credentials ({status}).", times.RetryDelay, lost: true, now);
            return null;
        }

        if (status == 423 && again && !_unregisters && SecondsOf(response, SipHeaderName.MinExpires) is { } minimum
            && minimum > Asked(times) && minimum <= MaxExpire)
        {
            _minExpire = minimum;
            return Send(minimum);
        }

        var pause = times.RetryDelay;
        if (SecondsOf(response, SipHeaderName.RetryAfter) is { } after && TimeSpan.FromSeconds(after) > pause)
            pause = TimeSpan.FromSeconds(after) < times.MaxRetryAfter ? TimeSpan.FromSeconds(after) : times.MaxRetryAfter;
        var phrase = Encoding.UTF8.GetString(response.ReasonPhrase);
        Retry(status, $"The registrar answered {status} {phrase}.", pause, lost: status is not (408 or >= 500 and < 600), now);
        return null;
    }

    /// <summary>There was no answer.</summary>
    public void Unanswered(string why, RegistrationTimes times, DateTimeOffset now)
    {
        if (!IsWaiting) return;
        IsWaiting = false;
        Retry(0, $"{RegistrationAddress.RemoteOf(_registration)}: {why}.", times.RetryDelay, lost: false, now);
    }

    private int Asked(RegistrationTimes times) => Math.Max(times.Expire, _minExpire);

    private void Registered(SipMessage response, RegistrationTimes times, DateTimeOffset now)
    {
        var granted = TimeSpan.FromSeconds(Math.Clamp(GrantedOf(response) ?? Asked(times), 1, MaxExpire));
        var changedAt = State.Status == RegistrationStatus.Registered ? State.ChangedAt : now;
        var refresh = granted * (RefreshPart - (Jitter * _random()));
        State = State with
        {
            Status = RegistrationStatus.Registered,
            SipStatus = response.StatusCode,
            Cause = "",
            ChangedAt = changedAt,
            ExpiresAt = now + granted,
            NextAt = now + (refresh > Shortest ? refresh : Shortest),
        };
    }

    // Until what was granted ends, the registration holds, unless the registrar itself says otherwise.
    private void Retry(int status, string cause, TimeSpan pause, bool lost, DateTimeOffset now)
    {
        pause *= 1 + (Jitter * _random());
        if (!lost && State is { Status: RegistrationStatus.Registered, ExpiresAt: { } expiresAt } && expiresAt > now)
        {
            var half = (expiresAt - now) / 2;
            if (half < pause) pause = half;
            State = State with { SipStatus = status, NextAt = now + (pause > Shortest ? pause : Shortest) };
            return;
        }

        Fail(status, cause, now);
        State = State with { NextAt = now + (pause > Shortest ? pause : Shortest) };
    }

    private void Fail(int status, string cause, DateTimeOffset now) => State = State with
    {
        Status = RegistrationStatus.Failed,
        SipStatus = status,
        Cause = cause,
        ChangedAt = State.Status == RegistrationStatus.Failed ? State.ChangedAt : now,
        ExpiresAt = null,
    };

    private byte[] Send(int expires)
    {
        (IsWaiting, State) = (true, State with { NextAt = null });
        _cseq++;
        using var writer = new SipWriter();
        var domain = RegistrationAddress.DomainOf(_registration);
        var target = Encoding.ASCII.GetBytes("sip:" + domain);
        var own = Encoding.UTF8.GetBytes($"sip:{Escaped(_registration.Username)}@{domain}");
        writer.RequestLine(SipMethod.Register, target);
        writer.Header(SipHeaderName.MaxForwards, 70);
        writer.Address(SipHeaderName.From, default, own, Encoding.ASCII.GetBytes(_fromTag));
        writer.Address(SipHeaderName.To, default, own, default);
        writer.Header(SipHeaderName.CallId, _callId);
        writer.CSeq(_cseq, SipMethod.Register);
        writer.BeginHeader(SipHeaderName.Contact);
        writer.Append($"<sip:{Escaped(_registration.Username)}@{_contact}>;expires=");
        writer.Append(expires);
        writer.EndHeader();
        writer.Header(SipHeaderName.Expires, expires);
        if (_digest.HasChallenge) _digest.Write(writer, SipMethod.Register.Token(), target, default);
        writer.Finish();
        return writer.ToArray();
    }

    // The registrar may list contacts of others, too; ours is the one with our user and host.
    private int? GrantedOf(SipMessage response)
    {
        var ours = Encoding.UTF8.GetBytes($"sip:{Escaped(_registration.Username)}@{_contact}");
        if (!SipUri.TryParse(ours, out var own)) return null;
        foreach (var value in response.Values(SipHeaderName.Contact))
        {
            if (NameAddress.TryParse(value, out var address) && address.TryGetUri(out var uri) && uri.IsEquivalentTo(own)
                && address.Parameters.TryGet("expires"u8, out var expires)
                && int.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
                return seconds;
        }

        return SecondsOf(response, SipHeaderName.Expires);
    }

    private static string Escaped(string user)
    {
        var plain = Encoding.UTF8.GetBytes(user);
        var buffer = new byte[SipEscaping.MaxEscapedLength(plain.Length)];
        return Encoding.ASCII.GetString(buffer, 0, SipEscaping.EscapeUser(plain, buffer));
    }

    // Retry-After may have a comment and parameters behind the number (RFC 3261 §20.33).
    private static int? SecondsOf(SipMessage response, SipHeaderName name)
    {
        if (!response.TryGetHeader(name, out var value)) return null;
        var end = value.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (end >= 0) value = value[..end];
        return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : null;
    }
}
