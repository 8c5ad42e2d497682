using Tandem.Sip.Messages;

namespace Tandem.Sip.Transactions;

/// <summary>
/// What leads from a request to its server transaction (RFC 3261 §17.2.3): branch, sent-by and method of RFC 3261
/// elements; the old rules for those whose branch lacks the magic cookie. Reads the message in place.
/// </summary>
internal readonly ref struct ServerTransactionKey
{
    private readonly SipMessage _message;
    private readonly SipVia _via;
    private readonly ReadOnlySpan<byte> _method; // INVITE for ACK, which belongs to the INVITE's transaction.

    /// <summary>The key of a request, or of the response to it.</summary>
    public ServerTransactionKey(SipMessage message)
        : this(message, message.CSeqMethod == SipMethod.Ack ? "INVITE"u8 : message.CSeqMethodToken)
    {
    }

    private ServerTransactionKey(SipMessage message, ReadOnlySpan<byte> method)
    {
        _message = message;
        _via = message.TopVia;
        _method = method;
        var hash = new HashCode();
        hash.AddBytes(method);
        if (_via.HasRfc3261Branch)
        {
            hash.AddBytes(_via.Branch);
            hash.AddBytes(_via.SentBy);
        }
        else
        {
            hash.AddBytes(message.CallId);
            hash.AddBytes(message.FromTag);
            hash.Add(message.CSeqNumber);
        }

        Hash = hash.ToHashCode();
    }

    public int Hash { get; }

    /// <summary>The key of the INVITE that a CANCEL is for (RFC 3261 §9.2).</summary>
    public ServerTransactionKey OfInvite() => new(_message, "INVITE"u8);

    public bool Matches(ServerTransaction transaction)
    {
        var request = transaction.Request;
        if (!request.CSeqMethodToken.SequenceEqual(_method)) return false;
        var via = request.TopVia;
        if (_via.HasRfc3261Branch)
            return via.Branch.SequenceEqual(_via.Branch) && via.SentBy.SequenceEqual(_via.SentBy);
        return !via.HasRfc3261Branch && MatchesByOldRules(transaction, via);
    }

    private bool MatchesByOldRules(ServerTransaction transaction, SipVia via)
    {
        var request = transaction.Request;
        if (request.CSeqNumber != _message.CSeqNumber
            || !request.CallId.SequenceEqual(_message.CallId)
            || !request.FromTag.SequenceEqual(_message.FromTag)
            || !via.SentBy.SequenceEqual(_via.SentBy)
            || !via.Branch.SequenceEqual(_via.Branch))
            return false;
        if (_message.IsResponse) return true;
        if (!request.RequestUri.SequenceEqual(_message.RequestUri)) return false;
        return _message.Method switch
        {
            // The To tag of an ACK is that of our response; that of a CANCEL is the INVITE's (§9.1).
            SipMethod.Ack => transaction.LocalTag.SequenceEqual(_message.ToTag),
            _ => request.ToTag.SequenceEqual(_message.ToTag),
        };
    }
}
