using System.Collections.Immutable;
using Tandem.Shared.Edge;
using static Tandem.Shared.Cluster.Wire.Map;

namespace Tandem.Shared.Cluster.Wire;

/// <summary>Rows of edge.proto: manifests that begin with e.</summary>
internal static class EdgeWire
{
    internal static readonly ImmutableArray<WireRow> Rows =
    [
        WireRow.Of<EdgeCommands.Respond, Proto.EdgeRespond>(
            "ers",
            m => new()
            {
                CallId = ToProto(m.CallId),
                Transaction = ToProto(m.Transaction),
                Status = m.Status,
                Phrase = m.Phrase,
                ToTag = m.ToTag,
                Headers = Bytes(m.Headers),
                Body = Bytes(m.Body),
            },
            p => new(
                FromProto(p.CallId),
                FromProto(p.Transaction),
                p.Status,
                p.Phrase,
                p.ToTag,
                Bytes(p.Headers),
                Bytes(p.Body))),
        WireRow.Of<EdgeCommands.SendRequest, Proto.EdgeSendRequest>(
            "esr",
            m => new()
            {
                CallId = ToProto(m.CallId),
                RequestKey = m.RequestKey,
                Remote = m.Remote,
                Request = Bytes(m.Request),
                Local = m.Local,
                Gateway = m.Gateway,
            },
            p => new(FromProto(p.CallId), p.RequestKey, p.Remote, Bytes(p.Request), p.Local, p.Gateway)),
        WireRow.Of<EdgeCommands.SendAck, Proto.EdgeSendAck>(
            "esa",
            m => new()
            {
                CallId = ToProto(m.CallId),
                Remote = m.Remote,
                Request = Bytes(m.Request),
                Local = m.Local,
                Gateway = m.Gateway,
            },
            p => new(FromProto(p.CallId), p.Remote, Bytes(p.Request), p.Local, p.Gateway)),
        WireRow.Of<EdgeCommands.CancelRequest, Proto.EdgeCancelRequest>(
            "ecn",
            m => new() { CallId = ToProto(m.CallId), RequestKey = m.RequestKey, Headers = Bytes(m.Headers) },
            p => new(FromProto(p.CallId), p.RequestKey, Bytes(p.Headers))),
        WireRow.Of<EdgeCommands.AbandonRequest, Proto.EdgeAbandonRequest>(
            "eab",
            m => new() { CallId = ToProto(m.CallId), RequestKey = m.RequestKey },
            p => new(FromProto(p.CallId), p.RequestKey)),
        WireRow.Of<EdgeCommands.PassAck, Proto.EdgePassAck>(
            "epa",
            m => new()
            {
                CallId = ToProto(m.CallId),
                Transaction = ToProto(m.Transaction),
                Source = m.Source,
                Request = Bytes(m.Request),
            },
            p => new(FromProto(p.CallId), FromProto(p.Transaction), p.Source, Bytes(p.Request))),
    ];
}
