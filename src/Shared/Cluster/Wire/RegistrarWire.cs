using System.Collections.Immutable;
using Tandem.Shared.Registrar;
using static Tandem.Shared.Cluster.Wire.Map;

namespace Tandem.Shared.Cluster.Wire;

/// <summary>Rows of registrar.proto: manifests that begin with k.</summary>
internal static class RegistrarWire
{
    internal static readonly ImmutableArray<WireRow> Rows =
    [
        WireRow.Of<RegistrarCommands.Register, Proto.RegistrarRegister>(
            "krg",
            m =>
            {
                var p = new Proto.RegistrarRegister
                {
                    GatewayId = ToProto(m.GatewayId),
                    Token = m.Token,
                    SipCallId = m.SipCallId,
                    Cseq = m.CSeq,
                    Contacts = { m.Contacts.Select(Offer) },
                    RemoveAll = m.RemoveAll,
                    Path = m.Path,
                    Source = m.Source,
                    Node = m.Node,
                    NodeId = m.NodeId,
                    UserAgent = m.UserAgent,
                };
                if (m.Expires is { } expires) p.Expires = expires;
                return p;
            },
            p => new(
                FromProto(p.GatewayId),
                p.Token,
                p.SipCallId,
                p.Cseq,
                [.. p.Contacts.Select(Offer)],
                p.RemoveAll,
                p.HasExpires ? p.Expires : null,
                p.Path,
                p.Source,
                p.Node,
                p.NodeId,
                p.UserAgent)),
        WireRow.Of<RegistrarCommands.Remove, Proto.RegistrarRemove>(
            "krm",
            m => new() { GatewayId = ToProto(m.GatewayId), Contact = m.Contact },
            p => new(FromProto(p.GatewayId), p.Contact)),
        WireRow.Of<RegistrarCommands.Locate, Proto.RegistrarLocate>(
            "klc",
            m => new() { GatewayId = ToProto(m.GatewayId), CallId = ToProto(m.CallId) },
            p => new(FromProto(p.GatewayId), FromProto(p.CallId))),
        WireRow.Of<RegistrarReplies.Registered, Proto.RegistrarRegistered>(
            "krd",
            m => new() { GatewayId = ToProto(m.GatewayId), Token = m.Token, Bindings = { m.Bindings.Select(Contact) } },
            p => new(FromProto(p.GatewayId), p.Token, [.. p.Bindings.Select(Contact)])),
        WireRow.Of<RegistrarReplies.Refused, Proto.RegistrarRefused>(
            "krf",
            m => new()
            {
                GatewayId = ToProto(m.GatewayId),
                Token = m.Token,
                Status = m.Status,
                Phrase = m.Phrase,
                MinExpires = m.MinExpires,
            },
            p => new(FromProto(p.GatewayId), p.Token, p.Status, p.Phrase, p.MinExpires)),
        WireRow.Of<RegistrarReplies.Removed, Proto.RegistrarRemoved>(
            "krv",
            m => new() { GatewayId = ToProto(m.GatewayId), Count = m.Count },
            p => new(FromProto(p.GatewayId), p.Count)),
        WireRow.Of<RegistrarReplies.NotRemoved, Proto.RegistrarNotRemoved>(
            "knr",
            m => new() { GatewayId = ToProto(m.GatewayId) },
            p => new(FromProto(p.GatewayId))),
        WireRow.Of<RegistrarReplies.Located, Proto.RegistrarLocated>(
            "kld",
            m => new()
            {
                GatewayId = ToProto(m.GatewayId),
                CallId = ToProto(m.CallId),
                Targets = { m.Targets.Select(Target) },
            },
            p => new(FromProto(p.GatewayId), FromProto(p.CallId), [.. p.Targets.Select(Target)])),
        WireRow.Of<RegistrationQueries.Subscribe, Proto.RegistrationSubscribe>("kus", _ => new(), _ => new()),
        WireRow.Of<RegistrationEvents.States, Proto.RegistrationStates>(
            "kst",
            m => new() { Items = { m.Items.Select(State) } },
            p => new([.. p.Items.Select(State)])),
    ];

    private static Proto.RegistrarBinding Contact(Binding m)
    {
        var p = new Proto.RegistrarBinding
        {
            Contact = m.Contact,
            ExpiresAt = Time(m.ExpiresAt),
            Path = m.Path,
            Source = m.Source,
            Node = m.Node,
            NodeId = m.NodeId,
            SipCallId = m.SipCallId,
            Cseq = m.CSeq,
            UserAgent = m.UserAgent,
            RegisteredAt = Time(m.RegisteredAt),
        };
        if (m.Q is { } q) p.Q = q;
        return p;
    }

    private static Binding Contact(Proto.RegistrarBinding p) => new(
        p.Contact,
        p.HasQ ? p.Q : null,
        Time(p.ExpiresAt),
        p.Path,
        p.Source,
        p.Node,
        p.NodeId,
        p.SipCallId,
        p.Cseq,
        p.UserAgent,
        Time(p.RegisteredAt));

    private static Proto.RegistrarContactOffer Offer(ContactOffer m)
    {
        var p = new Proto.RegistrarContactOffer { Uri = m.Uri };
        if (m.Q is { } q) p.Q = q;
        if (m.Expires is { } expires) p.Expires = expires;
        return p;
    }

    private static ContactOffer Offer(Proto.RegistrarContactOffer p) =>
        new(p.Uri, p.HasQ ? p.Q : null, p.HasExpires ? p.Expires : null);

    private static Proto.RegistrarContactTarget Target(ContactTarget m) =>
        new() { Uri = m.Uri, Path = m.Path, Remote = m.Remote, Node = m.Node };

    private static ContactTarget Target(Proto.RegistrarContactTarget p) => new(p.Uri, p.Path, p.Remote, p.Node);

    private static Proto.RegistrationState State(RegistrationState m)
    {
        var p = new Proto.RegistrationState
        {
            Name = m.Name,
            Status = (int)m.Status,
            SipStatus = m.SipStatus,
            Cause = m.Cause,
            ChangedAt = Time(m.ChangedAt),
            Server = m.Server,
            Node = m.Node,
        };
        if (m.ExpiresAt is { } expiresAt) p.ExpiresAt = Time(expiresAt);
        if (m.NextAt is { } nextAt) p.NextAt = Time(nextAt);
        return p;
    }

    private static RegistrationState State(Proto.RegistrationState p) => new(
        p.Name,
        checked((RegistrationStatus)p.Status),
        p.SipStatus,
        p.Cause,
        Time(p.ChangedAt),
        p.HasExpiresAt ? Time(p.ExpiresAt) : null,
        p.HasNextAt ? Time(p.NextAt) : null,
        p.Server,
        p.Node);
}
