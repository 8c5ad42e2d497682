using System.Globalization;
using Akka.Actor;
using Tandem.Routing.Selection;
using Tandem.Shared;
using Tandem.Shared.Accounts;
using Tandem.Shared.Blacklist;
using Tandem.Shared.Calls;
using Tandem.Shared.Configuration;
using Tandem.Shared.Gateways;
using Tandem.Sip.Dialogs;

namespace Tandem.Routing.Calls;

// From the INVITE to the first candidate: checks in memory first, then permissions that cost something.
public sealed partial class CallMachine
{
    /// <summary>The INVITE of a known source.</summary>
    public void Start(CallCommands.Start start, IActorRef edge, DateTimeOffset now)
    {
        if (HasStarted) return; // A repeat.
        _invite = Parse(start.Request) ?? throw new InvalidOperationException("An edge passes on parsed requests only.");
        _configuration = _environment.Configuration.Current;
        _inviteRequest = new ServerRequest(edge, start.Transaction);
        (_startedAt, _source) = (start.ReceivedAt, start.Source);
        _a.Dialog = Dialog.OfUas(_invite, System.Text.Encoding.ASCII.GetBytes(_a.LocalTag), early: true);
        if (!_configuration.MappingGateways.TryGetValue(start.MappingGateway, out var mapping))
        {
            _mapping = new MappingGatewayConfiguration { Name = start.MappingGateway };
            ReadIdentity();
            Refuse(now, EndReason.IllegalCall, $"Mapping gateway {start.MappingGateway} is no longer configured.");
            return;
        }

        _mapping = mapping;
        ReadIdentity();
        ReadExtensions();
        Note($"Source {_source} is mapping gateway {mapping.Name}, account {mapping.Account}.");
        Show();
        if (CheckInMemory(now) is { } refusal)
        {
            Refuse(now, refusal.Reason, refusal.Detail);
            return;
        }

        _tries = 0;
        if (_configuration.Parameters.MaxCps > 0) Ask(Step.SystemRate);
        else Ask(Step.MappingLine);
    }

    /// <summary>A gateway granted a line.</summary>
    public void Granted(GatewayReplies.Granted reply, DateTimeOffset now)
    {
        if (_step == Step.SystemRate && reply.GatewayId.Kind == GatewayKind.System)
        {
            Note($"Switch: within SS_MAX_CPS {_configuration.Parameters.MaxCps}.");
            Next(Step.MappingLine);
        }
        else if (_step == Step.MappingLine && reply.GatewayId.Kind == GatewayKind.Mapping)
        {
            _holdsMappingLine = true;
            Note($"Mapping gateway {_mapping.Name}: line {Of(reply.LinesInUse, _mapping.Capacity)} granted.");
            Next(Step.Account);
        }
        else if (_step == Step.RoutingLine && reply.GatewayId == _candidate.GatewayId && reply.Lease.Attempt == AttemptNumber)
        {
            _environment.Load.Granted(reply);
            Note($"Routing gateway {_candidate.Gateway.Name}: line "
                + $"{Of(reply.LinesInUse, _candidate.Gateway.Capacity)} granted (prefix '{_candidate.Prefix}', priority {_candidate.Gateway.Priority}).");
            _output.StopTimer(CallTimer.Ask);
            Invite(now);
        }
        else if (reply.GatewayId.Kind != GatewayKind.System && !HoldsLine(reply.GatewayId, reply.Lease.Attempt))
        {
            _output.ReleaseLine(reply.GatewayId, reply.Lease.Attempt); // Came too late to be of use.
        }
    }

    /// <summary>A gateway refused.</summary>
    public void Refused(GatewayReplies.Refused reply, DateTimeOffset now)
    {
        if (_step is Step.SystemRate or Step.MappingLine && reply.Lease.Attempt == 0)
        {
            Refuse(now, reply.Rejection.Reason, reply.Rejection.Detail);
        }
        else if (_step == Step.RoutingLine && reply.GatewayId == _candidate.GatewayId && reply.Lease.Attempt == AttemptNumber)
        {
            _environment.Load.Refused(reply);
            CandidateRefused(now, OfCandidate(reply.Rejection));
        }
    }

    /// <summary>The account lets the call start.</summary>
    public void Authorised(AccountReplies.Authorised reply, DateTimeOffset now)
    {
        if (_step != Step.Account)
        {
            // A call that was answered or is being charged holds the money; one that is over before that does not.
            if (IsOver && !_holdsMoney) _output.ReleaseHold(reply.AccountId);
            return;
        }

        _output.StopTimer(CallTimer.Ask);
        (_holdsMoney, _quote, _heldSeconds, _holdIsLast) = (true, reply.Quote, reply.HeldSeconds, reply.IsLast);
        _output.NoteHold(reply.AccountId, reply.Held);
        Note($"Account {reply.AccountId}: rate group {reply.Quote.RateGroup} prefix '{reply.Quote.Prefix}' "
            + $"{Text(reply.Quote.Fee)} {reply.Quote.Currency} per {reply.Quote.PeriodSeconds} s; {reply.Held} held for "
            + $"{reply.HeldSeconds} s{(reply.IsLast ? ", which is all the money there is" : "")}.");
        Route(now);
    }

    /// <summary>The account refused.</summary>
    public void Refused(AccountReplies.Refused reply, DateTimeOffset now)
    {
        if (_step == Step.Account) Refuse(now, reply.Rejection.Reason, reply.Rejection.Detail);
    }

    private byte AttemptNumber => (byte)(_attempts.Count + 1);

    // Numbers and lists: pure functions over the configuration in force, nothing is taken yet (design §3.4).
    private CallRejection? CheckInMemory(DateTimeOffset now)
    {
        if (_a.Dialog is null)
            return new CallRejection(EndReason.ProtocolLimit, "The INVITE has no usable Contact (RFC 3261 §8.1.1.8).");
        if (CheckExtensions() is { } extension) return extension;
        if (_mapping.LockType == LockType.All)
            return new CallRejection(EndReason.AccountLocked, $"Mapping gateway {_mapping.Name} is locked.");
        if (CheckPrivacy() is { } impossible) return impossible;
        if (_callee.Length == 0)
            return new CallRejection(EndReason.NotFound, "The Request-URI has no number.");
        if (FindListed(now) is { } entry)
        {
            Observe(now, GatewayId.Mapping(_mapping.Name), refused: true);
            return new CallRejection(
                EndReason.BlackList,
                $"{entry.Role} {entry.Number} is on the dynamic black list ({entry.Cause}, {entry.CallsInWindow} calls in the "
                + $"window, {(entry.Scope is { } scope ? "at " + scope : "everywhere")}) until {entry.ExpiresAt:u}.");
        }

        Observe(now, GatewayId.Mapping(_mapping.Name), refused: false);
        return null;
    }

    private BlacklistEntry? FindListed(DateTimeOffset now)
    {
        var gateway = GatewayId.Mapping(_mapping.Name);
        return Find(_callee, NumberRole.Callee) ?? Find(_caller, NumberRole.Caller);

        BlacklistEntry? Find(string number, NumberRole role)
        {
            if (number.Length == 0) return null;
            if (!_configuration.WhiteList.Contains(number)) return _environment.Blacklist.Find(number, role, gateway, now);
            Note($"{role} {number} is on the system white list: no black list applies.");
            return null;
        }
    }

    private void Observe(DateTimeOffset now, GatewayId gateway, bool refused) =>
        _output.Observe(new CallObserved(gateway, _caller, _callee, now, refused));

    private void Next(Step step)
    {
        _tries = 0;
        Ask(step);
    }

    private void Ask(Step step)
    {
        _step = step;
        _tries++;
        switch (step)
        {
            case Step.SystemRate:
                _output.Acquire(GatewayId.WholeSwitch, 0);
                break;
            case Step.MappingLine:
                _output.Acquire(GatewayId.Mapping(_mapping.Name), 0);
                break;
            case Step.Account:
                _account = new AccountId(_mapping.Account);
                _output.Authorise(_account.Value, _callee, _mapping.CallLevel);
                break;
            case Step.Locating:
                _output.Locate(_candidate.GatewayId);
                break;
            case Step.RoutingLine:
                _output.Acquire(_candidate.GatewayId, AttemptNumber);
                break;
            default:
                throw new InvalidOperationException($"Nothing to ask in {step}.");
        }

        _output.StartTimer(CallTimer.Ask, CallLimits.AskTimeout);
    }

    // The same key again: a repeat takes nothing twice. A line or hold granted after all is given back when its answer comes.
    private void AskTimedOut(DateTimeOffset now)
    {
        if (_step is not (Step.SystemRate or Step.MappingLine or Step.Account or Step.Locating or Step.RoutingLine)) return;
        if (_tries < CallLimits.AskTries)
        {
            Ask(_step);
            return;
        }

        var detail = $"No answer in {CallLimits.AskTries * CallLimits.AskTimeout.TotalSeconds:0} s";
        switch (_step)
        {
            case Step.SystemRate:
                Refuse(now, EndReason.SystemUnavailable, $"{detail} from the switch's rate limiter.");
                break;
            case Step.MappingLine:
                _output.ReleaseLine(GatewayId.Mapping(_mapping.Name), 0);
                Refuse(now, EndReason.SystemUnavailable, $"{detail} from mapping gateway {_mapping.Name}'s actor.");
                break;
            case Step.Account:
                _output.ReleaseHold(_account!.Value);
                Refuse(now, EndReason.SystemUnavailable, $"{detail} from account {_account}'s actor.");
                break;
            case Step.Locating:
                CandidateRefused(now, new CallRejection(
                    EndReason.SystemUnavailable, $"{detail} from the registrar of {NameOf(_candidate.Gateway)}."));
                break;
            default:
                _output.ReleaseLine(_candidate.GatewayId, AttemptNumber);
                CandidateRefused(now, new CallRejection(
                    EndReason.SystemUnavailable, $"{detail} from routing gateway {_candidate.Gateway.Name}'s actor."));
                break;
        }
    }

    private void Route(DateTimeOffset now)
    {
        if (RouteToPhone(now)) return;
        RouteSelector.Select(
            _configuration, _callee, _caller, _environment.Load, _environment.Blacklist, now, _routes, _environment.Health,
            _identity.ForwardingNumber);
        foreach (var skipped in _routes.Skipped)
        {
            Note(skipped.Why);
            if (skipped.Cause == SkipCause.BlackList) Observe(now, GatewayId.Routing(skipped.Gateway), refused: true);
        }

        _walk = new RouteWalk(_routes);
        TryNextCandidate(now);
    }

    private void CandidateRefused(DateTimeOffset now, CallRejection rejection)
    {
        Note(rejection.Detail);
        _results.Add(CandidateResult.Refused(_candidate.Gateway.Name, rejection));
        TryNextCandidate(now);
    }

    private void TryNextCandidate(DateTimeOffset now)
    {
        _output.StopTimer(CallTimer.Ask);
        while (_attempts.Count < CallLimits.MaxAttempts && _walk!.TryNext(out _candidate))
        {
            if (CheckCodecs(_candidate.Gateway) is not { } mismatch)
            {
                StartCandidate(now);
                return;
            }

            Note(mismatch.Detail);
            _results.Add(CandidateResult.Refused(_candidate.Gateway.Name, mismatch));
        }

        if (_walk!.WhyEnded is { } why) Note(why);
        var final = FinalReason.Of(_callee, _routes, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_results));
        var byVendor = _results.Exists(r => r.Refusal is null);
        End(now, byVendor ? EndDirection.Callee : EndDirection.Server, final.Reason, final.Detail);
    }

    private bool HoldsLine(GatewayId gateway, byte attempt) => attempt == 0
        ? _holdsMappingLine && gateway.Kind == GatewayKind.Mapping
        : _attempts.Exists(a => a.Number == attempt && a.HoldsLine && a.Gateway.Name == gateway.Name);

    private void Refuse(DateTimeOffset now, EndReason reason, string detail) =>
        End(now, EndDirection.Server, reason, detail);

    private static string Of(int inUse, int limit) => limit == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{inUse}")
        : string.Create(CultureInfo.InvariantCulture, $"{inUse} of {limit}");
}
