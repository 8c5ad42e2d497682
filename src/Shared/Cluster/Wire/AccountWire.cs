using System.Collections.Immutable;
using Tandem.Shared.Accounts;
using static Tandem.Shared.Cluster.Wire.Map;

namespace Tandem.Shared.Cluster.Wire;

/// <summary>Rows of accounts.proto: manifests that begin with a.</summary>
internal static class AccountWire
{
    internal static readonly ImmutableArray<WireRow> Rows =
    [
        WireRow.Of<AccountCommands.Authorise, Proto.AccountAuthorise>(
            "aau",
            m => new()
            {
                AccountId = ToProto(m.AccountId),
                CallId = ToProto(m.CallId),
                Node = m.Node,
                BilledNumber = m.BilledNumber,
                CallLevel = m.CallLevel,
                DeadlineAt = Time(m.Deadline),
            },
            p => new(
                Account(p.AccountId),
                FromProto(p.CallId),
                p.Node,
                p.BilledNumber,
                p.CallLevel,
                Time(p.DeadlineAt))),
        WireRow.Of<AccountCommands.Extend, Proto.AccountExtend>(
            "aex",
            m => new()
            {
                AccountId = ToProto(m.AccountId),
                CallId = ToProto(m.CallId),
                Node = m.Node,
                Quote = Quote(m.Quote),
                UntilSecond = m.UntilSecond,
            },
            p => new(Account(p.AccountId), FromProto(p.CallId), p.Node, Quote(p.Quote), p.UntilSecond)),
        WireRow.Of<AccountCommands.Release, Proto.AccountRelease>(
            "arl",
            m => new() { AccountId = ToProto(m.AccountId), CallId = ToProto(m.CallId) },
            p => new(Account(p.AccountId), FromProto(p.CallId))),
        WireRow.Of<AccountCommands.Charge, Proto.AccountCharge>(
            "ach",
            m => new()
            {
                AccountId = ToProto(m.AccountId),
                CallId = ToProto(m.CallId),
                Kind = (int)m.Kind,
                Quote = Quote(m.Quote),
                TalkTimeTicks = m.TalkTime.Ticks,
                BilledNumber = m.BilledNumber,
                EndedAt = Time(m.EndedAt),
            },
            p => new(
                Account(p.AccountId),
                FromProto(p.CallId),
                checked((ChargeKind)p.Kind),
                Quote(p.Quote),
                TimeSpan.FromTicks(p.TalkTimeTicks),
                p.BilledNumber,
                Time(p.EndedAt))),
        WireRow.Of<AccountCommands.Post, Proto.AccountPost>(
            "apo",
            m => new()
            {
                AccountId = ToProto(m.AccountId),
                Key = m.Key,
                Kind = (int)m.Kind,
                Amount = ToProto(m.Amount),
                Memo = m.Memo,
                By = m.By,
            },
            p => new(
                Account(p.AccountId),
                p.Key,
                checked((PostingKind)p.Kind),
                FromProto(p.Amount),
                p.Memo,
                p.By)),
        WireRow.Of<AccountReplies.Authorised, Proto.AccountAuthorised>(
            "ara",
            m => new()
            {
                AccountId = ToProto(m.AccountId),
                CallId = ToProto(m.CallId),
                Quote = Quote(m.Quote),
                Held = ToProto(m.Held),
                HeldSeconds = m.HeldSeconds,
                IsLast = m.IsLast,
            },
            p => new(
                Account(p.AccountId),
                FromProto(p.CallId),
                Quote(p.Quote),
                FromProto(p.Held),
                p.HeldSeconds,
                p.IsLast)),
        WireRow.Of<AccountReplies.Extended, Proto.AccountExtended>(
            "are",
            m => new()
            {
                AccountId = ToProto(m.AccountId),
                CallId = ToProto(m.CallId),
                Held = ToProto(m.Held),
                HeldSeconds = m.HeldSeconds,
                IsLast = m.IsLast,
            },
            p => new(Account(p.AccountId), FromProto(p.CallId), FromProto(p.Held), p.HeldSeconds, p.IsLast)),
        WireRow.Of<AccountReplies.Refused, Proto.AccountRefused>(
            "arr",
            m => new()
            {
                AccountId = ToProto(m.AccountId),
                CallId = ToProto(m.CallId),
                Rejection = ToProto(m.Rejection),
            },
            p => new(Account(p.AccountId), FromProto(p.CallId), FromProto(p.Rejection))),
        WireRow.Of<AccountReplies.Charged, Proto.AccountCharged>(
            "arc",
            m => new()
            {
                AccountId = ToProto(m.AccountId),
                CallId = ToProto(m.CallId),
                Kind = (int)m.Kind,
                Fee = ToProto(m.Fee),
                HoldTimeSeconds = m.HoldTimeSeconds,
                FeeTimeSeconds = m.FeeTimeSeconds,
                Balance = ToProto(m.Balance),
            },
            p => new(
                Account(p.AccountId),
                FromProto(p.CallId),
                checked((ChargeKind)p.Kind),
                FromProto(p.Fee),
                p.HoldTimeSeconds,
                p.FeeTimeSeconds,
                FromProto(p.Balance))),
        WireRow.Of<AccountReplies.Posted, Proto.AccountPosted>(
            "arp",
            m => new() { AccountId = ToProto(m.AccountId), Key = m.Key, Balance = ToProto(m.Balance) },
            p => new(Account(p.AccountId), p.Key, FromProto(p.Balance))),
        WireRow.Of<AccountReplies.PostRefused, Proto.AccountPostRefused>(
            "arn",
            m => new() { AccountId = ToProto(m.AccountId), Key = m.Key, Detail = m.Detail },
            p => new(Account(p.AccountId), p.Key, p.Detail)),
        WireRow.Of<AccountQueries.GetState, Proto.AccountGetState>(
            "aqs",
            m => new() { AccountId = ToProto(m.AccountId) },
            p => new(Account(p.AccountId))),
        WireRow.Of<AccountState, Proto.AccountState>(
            "ast",
            m => new()
            {
                AccountId = ToProto(m.AccountId),
                Balance = ToProto(m.Balance),
                Held = ToProto(m.Held),
                CreditLimit = ToProto(m.CreditLimit),
                Holds = m.Holds,
                LastSequence = m.LastSequence,
            },
            p => new(
                Account(p.AccountId),
                FromProto(p.Balance),
                FromProto(p.Held),
                FromProto(p.CreditLimit),
                p.Holds,
                p.LastSequence)),
    ];

    private static Proto.RateQuote Quote(RateQuote quote)
    {
        var p = new Proto.RateQuote
        {
            RateGroup = quote.RateGroup,
            Prefix = quote.Prefix,
            AreaName = quote.AreaName,
            Fee = ToProto(quote.Fee),
            PeriodSeconds = quote.PeriodSeconds,
            Currency = ToProto(quote.Currency),
        };
        if (!quote.Sections.IsDefaultOrEmpty)
            foreach (var section in quote.Sections)
                p.Sections.Add(new Proto.RateSection { Fee = ToProto(section.Fee), Seconds = section.Seconds });
        return p;
    }

    private static RateQuote Quote(Proto.RateQuote? p) => new(
        Needed(p).RateGroup,
        p.Prefix,
        p.AreaName,
        FromProto(p.Fee),
        p.PeriodSeconds,
        [.. p.Sections.Select(s => new RateSection(FromProto(s.Fee), s.Seconds))],
        new Currency(p.Currency));
}
