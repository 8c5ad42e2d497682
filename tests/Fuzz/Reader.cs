using Tandem.Sip.Messages;

namespace Tandem.Fuzz;

/// <summary>Asks a message everything that it can be asked, so that no accessor is left out.</summary>
internal static class Reader
{
    private static int s_kept; // Keeps the reads from being optimised away.

    public static void ReadAll(SipMessage message)
    {
        var sum = message.MethodToken.Length + message.RequestUri.Length + message.ReasonPhrase.Length
            + message.CallId.Length + (int)message.CSeqNumber + message.CSeqMethodToken.Length + message.FromTag.Length
            + message.ToTag.Length + message.Body.Length + message.ContentType.Length + (message.MaxForwards ?? 0)
            + (message.ContentLength ?? 0);
        if (message.TryGetRequestUri(out var uri)) Read(uri);
        if (message.TryGetFrom(out var address)) Read(address);
        if (message.TryGetTo(out address)) Read(address);
        if (message.TryGetContact(out address)) Read(address);
        Read(message.TopVia);
        foreach (var header in message.Headers)
        {
            sum += header.NameText.Length + header.Raw.Length + header.Value.Length;
            foreach (var value in new SipListSplitter(header.Value))
            {
                sum += value.Length;
                if (SipVia.TryParse(value, out var via)) Read(via);
                if (NameAddress.TryParse(value, out address)) Read(address);
            }
        }

        foreach (var name in (SipHeaderName[])[SipHeaderName.Via, SipHeaderName.Unknown, SipHeaderName.Supported])
            sum += Count(message, name);
        Volatile.Write(ref s_kept, sum);
    }

    public static int Count(SipMessage message, SipHeaderName name)
    {
        var count = 0;
        foreach (var value in message.Values(name)) count += value.Length < 0 ? 0 : 1;
        return count;
    }

    public static void Read(NameAddress address)
    {
        var sum = address.DisplayName.Length + address.Uri.Length + address.Tag.Length;
        foreach (var parameter in address.Parameters) sum += parameter.Name.Length + parameter.Value.Length;
        Span<byte> plain = new byte[address.DisplayName.Length];
        sum += SipEscaping.Unquote(address.DisplayName, plain);
        if (address.TryGetUri(out var uri)) Read(uri);
        Volatile.Write(ref s_kept, sum);
    }

    public static void Read(SipVia via) => Volatile.Write(
        ref s_kept,
        via.Branch.Length + via.Rport + via.Ttl + via.Received.Length + via.Maddr.Length + (int)via.Transport + via.Port
        + (via.HasRfc3261Branch ? 1 : 0));

    public static void Read(SipUri uri)
    {
        var sum = uri.User.Length + uri.Password.Length + uri.Host.Length + uri.Port + (int)uri.HostKind + uri.Headers.Length
            + uri.HostPort.Length + uri.Opaque.Length + uri.Transport.Length + (uri.IsLooseRouter ? 1 : 0);
        foreach (var parameter in uri.Parameters) sum += parameter.Value.Length;
        Span<byte> plain = new byte[uri.User.Length];
        var length = SipEscaping.Unescape(uri.User, plain);
        Span<byte> escaped = new byte[SipEscaping.MaxEscapedLength(length)];
        sum += SipEscaping.EscapeUser(plain[..length], escaped);
        if (uri.TryGetAddress(out var address)) sum += address!.GetHashCode();
        Volatile.Write(ref s_kept, sum);
    }
}
