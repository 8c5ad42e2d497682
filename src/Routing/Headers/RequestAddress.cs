using System.Globalization;
using System.Text;
using Tandem.Shared.Configuration;
using Tandem.Sip.Dialogs;
using Tandem.Sip.Messages;

namespace Tandem.Routing.Headers;

/// <summary>Where requests in a dialog go (VOS3000 sipRequestAddressMethod): pure.</summary>
public static class RequestAddress
{
    /// <summary>Gives the address.</summary>
    /// <param name="method">The gateway's setting.</param>
    /// <param name="socket">
    /// <c>[transport:]host:port[%listener]</c>: where the peer's last request came from, or where it is configured.
    /// </param>
    /// <param name="dialog">The dialog with it; null before there is one.</param>
    public static string Of(RequestAddressMethod method, string socket, Dialog? dialog)
    {
        if (method == RequestAddressMethod.Socket || dialog is null) return socket;
        var byRoute = method == RequestAddressMethod.Contact && !dialog.RouteSet.IsEmpty;
        var text = byRoute ? UriOf(dialog.RouteSet[0].Span) : dialog.RemoteTarget.Span;
        if (!SipUri.TryParse(text, out var uri) || uri.Host.IsEmpty) return socket;
        var (transport, host, listener) = Split(socket);
        var port = uri.Port > 0 ? uri.Port : 5060;
        if (method == RequestAddressMethod.ContactPort)
            return string.Create(CultureInfo.InvariantCulture, $"{transport}{host}:{port}{listener}");
        if (!uri.Transport.IsEmpty) transport = Encoding.ASCII.GetString(uri.Transport).ToLowerInvariant() + ":";
        if (transport is "tls:" && uri.Port <= 0) port = 5061;
        return string.Create(CultureInfo.InvariantCulture, $"{transport}{Encoding.ASCII.GetString(uri.Host)}:{port}{listener}");
    }

    private static ReadOnlySpan<byte> UriOf(ReadOnlySpan<byte> route) =>
        NameAddress.TryParse(route, out var address) ? address.Uri : default;

    // "tcp:192.0.2.1:5060%2" into "tcp:", "192.0.2.1", "%2".
    private static (string Transport, string Host, string Listener) Split(string socket)
    {
        var percent = socket.LastIndexOf('%');
        var listener = percent < 0 ? "" : socket[percent..];
        var rest = percent < 0 ? socket : socket[..percent];
        var transport = "";
        foreach (var prefix in (ReadOnlySpan<string>)["udp:", "tcp:", "tls:"])
            if (rest.StartsWith(prefix, StringComparison.Ordinal)) (transport, rest) = (prefix, rest[prefix.Length..]);
        var colon = rest.LastIndexOf(':');
        return (transport, colon < 0 ? rest : rest[..colon], listener);
    }
}
