using System.Text;
using Tandem.Sip.Parsing;

namespace Tandem.Sip.Messages;

/// <summary>The transports that a Via can name (RFC 3261 §20.42, RFC 4168, RFC 7118).</summary>
public enum ViaTransport : byte
{
    /// <summary>Another token; see <see cref="SipVia.TransportToken"/>.</summary>
    Unknown,
    /// <summary>UDP.</summary>
    Udp,
    /// <summary>TCP.</summary>
    Tcp,
    /// <summary>TLS over TCP.</summary>
    Tls,
    /// <summary>SCTP.</summary>
    Sctp,
    /// <summary>TLS over SCTP.</summary>
    TlsSctp,
    /// <summary>WebSocket.</summary>
    Ws,
    /// <summary>WebSocket over TLS.</summary>
    Wss,
}

/// <summary>One Via value read in place (RFC 3261 §20.42).</summary>
public readonly ref struct SipVia
{
    /// <summary>The branch prefix of RFC 3261 elements (§8.1.1.7).</summary>
    public static ReadOnlySpan<byte> MagicCookie => "z9hG4bK"u8;

    private readonly Known _known;

    private SipVia(
        ReadOnlySpan<byte> name, ReadOnlySpan<byte> version, ReadOnlySpan<byte> transport, ReadOnlySpan<byte> sentBy,
        ReadOnlySpan<byte> host, int port)
    {
        ProtocolName = name;
        ProtocolVersion = version;
        TransportToken = transport;
        SentBy = sentBy;
        Host = host;
        Port = port;
    }

    private SipVia(SipVia start, SipParameters parameters, Known known)
    {
        this = start;
        Parameters = parameters;
        _known = known;
    }

    /// <summary>The protocol's name: "SIP", but any token is read, so that 505 can be answered.</summary>
    public ReadOnlySpan<byte> ProtocolName { get; }

    /// <summary>The protocol's version: "2.0".</summary>
    public ReadOnlySpan<byte> ProtocolVersion { get; }

    /// <summary>The transport; matched without case.</summary>
    public ViaTransport Transport => FindTransport(TransportToken);

    /// <summary>The transport as written.</summary>
    public ReadOnlySpan<byte> TransportToken { get; }

    /// <summary>Host and, if written, port: part of the transaction key (§17.2.3). Case as written.</summary>
    public ReadOnlySpan<byte> SentBy { get; }

    /// <summary>The host part of sent-by: a name, an IPv4 address, or an IPv6 reference with its brackets.</summary>
    public ReadOnlySpan<byte> Host { get; }

    /// <summary>The port of sent-by, 0–65,535; -1 when not written (the default of the transport holds).</summary>
    public int Port { get; }

    /// <summary>All parameters in order.</summary>
    public SipParameters Parameters { get; }

    /// <summary>The branch; empty when absent, as RFC 2543 elements leave it.</summary>
    public ReadOnlySpan<byte> Branch => ValueOf(_known.Branch);

    /// <summary>
    /// Whether the branch is one of RFC 3261: the magic cookie and something behind it. A branch of the bare cookie
    /// identifies nothing and counts as none (RFC 4475 §3.2.1).
    /// </summary>
    public bool HasRfc3261Branch
    {
        get
        {
            var branch = Branch;
            return branch.Length > MagicCookie.Length
                && Ascii.EqualsIgnoreCase(branch[..MagicCookie.Length], MagicCookie);
        }
    }

    /// <summary>The received parameter (§18.2.1), an IP address with or without brackets; empty when absent.</summary>
    public ReadOnlySpan<byte> Received => ValueOf(_known.Received);

    /// <summary>Whether rport is present, with or without value (RFC 3581 §3).</summary>
    public bool HasRport => _known.Rport != 0;

    /// <summary>The value of rport, 1–65,535; -1 when absent, empty or not a port.</summary>
    public int Rport =>
        SipGrammar.TryNumber(ValueOf(_known.Rport), 65_535, out var port) && port > 0 ? (int)port : -1;

    /// <summary>The maddr parameter (§18.1.1); empty when absent.</summary>
    public ReadOnlySpan<byte> Maddr => ValueOf(_known.Maddr);

    /// <summary>The ttl parameter, 0–255; -1 when absent or not such a number.</summary>
    public int Ttl =>
        SipGrammar.TryNumber(ValueOf(_known.Ttl), 255, out var ttl) ? (int)ttl : -1;

    /// <summary>Reads one Via value that must fill the text.</summary>
    /// <returns>False when it does not follow §20.42.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out SipVia via) =>
        TryParse(text, out via, out var used) && used == text.Length;

    /// <summary>
    /// Reads the first Via value of a list; <paramref name="used"/> is the index of the comma behind it, or the length.
    /// White space, folds included, is allowed wherever §25.1 has it.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out SipVia via, out int used)
    {
        used = 0;
        if (!TryParseSentBy(text, out via, out var parameters)) return false;
        var (pos, known) = (parameters, default(Known));
        while (pos < text.Length && text[pos] == ';')
        {
            pos++;
            if (!SipGrammar.ReadParameter(text, ref pos, out var name, out var value))
            {
                via = default;
                return false;
            }
            known.Note(name, value, text[parameters..]);
        }
        if (pos > ushort.MaxValue || (pos < text.Length && text[pos] != (byte)','))
        {
            via = default;
            return false;
        }
        used = pos;
        via = new SipVia(via, new SipParameters(text[parameters..pos]), known);
        return true;
    }

    /// <summary>
    /// Reads protocol, transport and sent-by only, and leaves the parameters empty: enough to answer a request whose
    /// Via is broken behind them (RFC 4475 §3.1.2.1). <paramref name="parameters"/> is where they begin.
    /// </summary>
    internal static bool TryParseSentBy(ReadOnlySpan<byte> text, out SipVia via, out int parameters)
    {
        via = default;
        parameters = 0;
        int pos;
        ReadOnlySpan<byte> name, version;
        if (text.StartsWith("SIP/2.0/"u8))
        {
            name = text[..3];
            version = text[4..7];
            pos = SipGrammar.SkipSpace(text, 8);
        }
        else
        {
            pos = SipGrammar.SkipSpace(text, 0);
            if (!TryReadPart(text, ref pos, out name) || !TryReadPart(text, ref pos, out version)) return false;
        }

        var tokenEnd = SipGrammar.SkipToken(text, pos);
        var transport = text[pos..tokenEnd];
        if (tokenEnd == pos || tokenEnd >= text.Length || !SipGrammar.IsSpace(text[tokenEnd])) return false;

        pos = SipGrammar.SkipSpace(text, tokenEnd);
        var start = pos;
        if (!TrySkipHost(text, ref pos)) return false;
        var host = text[start..pos];
        var end = pos;
        var port = -1;
        pos = SipGrammar.SkipSpace(text, pos);
        if (pos < text.Length && text[pos] == ':')
        {
            pos = SipGrammar.SkipSpace(text, pos + 1);
            end = pos;
            while (end < text.Length && SipGrammar.IsDigit(text[end])) end++;
            if (!SipGrammar.TryNumber(text[pos..end], 65_535, out var number)) return false;
            port = (int)number;
            pos = SipGrammar.SkipSpace(text, end);
        }
        if (pos < text.Length && text[pos] is not ((byte)';' or (byte)',')) return false;
        parameters = pos;
        via = new SipVia(name, version, transport, text[start..end], host, port);
        return true;
    }

    private ReadOnlySpan<byte> ValueOf(uint place) =>
        place == 0 ? default : Parameters.Raw.Slice((int)(place >> 16), (int)(place & 0xFFFF) - 1);

    // token SLASH, with the white space that SLASH = SWS "/" SWS allows.
    private static bool TryReadPart(ReadOnlySpan<byte> text, scoped ref int pos, out ReadOnlySpan<byte> token)
    {
        var length = SipGrammar.Span(text[pos..], SipGrammar.Token);
        token = text.Slice(pos, length);
        pos = SipGrammar.SkipSpace(text, pos + length);
        if (length == 0 || pos >= text.Length || text[pos] != '/') return false;
        pos = SipGrammar.SkipSpace(text, pos + 1);
        return true;
    }

    private static bool TrySkipHost(ReadOnlySpan<byte> text, ref int pos)
    {
        if (pos < text.Length && text[pos] == '[')
        {
            var length = SipGrammar.Span(text[(pos + 1)..], SipGrammar.Ipv6);
            pos += length + 2;
            return length > 0 && pos <= text.Length && text[pos - 1] == ']';
        }
        var name = SipGrammar.Span(text[pos..], SipGrammar.Host);
        pos += name;
        return name > 0;
    }

    private static ViaTransport FindTransport(ReadOnlySpan<byte> token) => token.Length switch
    {
        2 => Ascii.EqualsIgnoreCase(token, "WS"u8) ? ViaTransport.Ws : ViaTransport.Unknown,
        3 => Ascii.EqualsIgnoreCase(token, "UDP"u8) ? ViaTransport.Udp
            : Ascii.EqualsIgnoreCase(token, "TCP"u8) ? ViaTransport.Tcp
            : Ascii.EqualsIgnoreCase(token, "TLS"u8) ? ViaTransport.Tls
            : Ascii.EqualsIgnoreCase(token, "WSS"u8) ? ViaTransport.Wss : ViaTransport.Unknown,
        4 => Ascii.EqualsIgnoreCase(token, "SCTP"u8) ? ViaTransport.Sctp : ViaTransport.Unknown,
        8 => Ascii.EqualsIgnoreCase(token, "TLS-SCTP"u8) ? ViaTransport.TlsSctp : ViaTransport.Unknown,
        _ => ViaTransport.Unknown,
    };

    // Where in Parameters the values are that transport and transactions ask for again and again: start << 16 | length + 1,
    // 0 for an absent one. The first of a name counts, as everywhere.
    private struct Known
    {
        public uint Branch;
        public uint Received;
        public uint Rport;
        public uint Maddr;
        public uint Ttl;

        public void Note(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ReadOnlySpan<byte> parameters)
        {
            switch (name.Length)
            {
                case 3 when Ascii.EqualsIgnoreCase(name, "ttl"u8): Set(ref Ttl, value, parameters); break;
                case 5 when Ascii.EqualsIgnoreCase(name, "rport"u8): Set(ref Rport, value, parameters); break;
                case 5 when Ascii.EqualsIgnoreCase(name, "maddr"u8): Set(ref Maddr, value, parameters); break;
                case 6 when Ascii.EqualsIgnoreCase(name, "branch"u8): Set(ref Branch, value, parameters); break;
                case 8 when Ascii.EqualsIgnoreCase(name, "received"u8): Set(ref Received, value, parameters); break;
            }
        }

        private static void Set(ref uint place, ReadOnlySpan<byte> value, ReadOnlySpan<byte> parameters)
        {
            if (place != 0) return;
            var start = 0;
            if (!value.IsEmpty) parameters.Overlaps(value, out start);
            place = (uint)start << 16 | (uint)(value.Length + 1);
        }
    }
}
