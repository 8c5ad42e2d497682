using System.Net;
using System.Text;
using Tandem.Shared.Registrar;
using Tandem.Sip.Messages;

namespace Tandem.Edge.Registrar;

/// <summary>From a contact to where a request to it is sent: pure.</summary>
public static class FlowTargets
{
    /// <summary>
    /// The way to a contact. While the node that took the REGISTER is alive, requests go the way back, over the same socket or
    /// connection (RFC 5626 §5.3, RFC 3581); a device without NAT that is reached by UDP gets them at its contact's own port.
    /// Without that node a UDP source may still be reached from elsewhere, a connection must be made anew: to the first
    /// hop of Path, or to the contact.
    /// </summary>
    public static ContactTarget Of(Binding binding, bool flowAlive)
    {
        if (flowAlive)
        {
            var way = binding.Path.Length == 0 && IsDatagram(binding.Source) ? DatagramWay(binding) : binding.Source;
            return new ContactTarget(binding.Contact, binding.Path, way, binding.Node);
        }

        if (binding.Path.Length > 0 && HostPortOf(FirstOf(binding.Path), TransportOf(binding.Source)) is { } hop)
            return new ContactTarget(binding.Contact, binding.Path, hop, "");
        if (IsDatagram(binding.Source))
            return new ContactTarget(binding.Contact, binding.Path, WithoutListener(DatagramWay(binding)), "");
        return new ContactTarget(
            binding.Contact,
            binding.Path,
            HostPortOf(binding.Contact, TransportOf(binding.Source)) ?? WithoutListener(binding.Source),
            "");
    }

    /// <summary>Whether the contact says another address than the one that it came from: only the way back leads there.</summary>
    public static bool IsBehindNat(Binding binding)
    {
        var source = AddressOf(binding.Source);
        return source is null
            || !SipUri.TryParse(Encoding.UTF8.GetBytes(binding.Contact), out var uri)
            || !IPAddress.TryParse(Encoding.ASCII.GetString(uri.Host).Trim('[', ']'), out var contact)
            || !contact.MapToIPv6().Equals(source.Address.MapToIPv6());
    }

    /// <summary>Whether a source text is one of UDP.</summary>
    public static bool IsDatagram(string source) => TransportOf(source) == "udp";

    /// <summary>Source text without the local listener, whose numbers are another node's business.</summary>
    public static string WithoutListener(string source)
    {
        var percent = source.LastIndexOf('%');
        return percent < 0 ? source : source[..percent];
    }

    private static string DatagramWay(Binding binding) => IsBehindNat(binding) ? binding.Source : AtContactPort(binding);

    private static string AtContactPort(Binding binding)
    {
        SipUri.TryParse(Encoding.UTF8.GetBytes(binding.Contact), out var uri);
        var listener = binding.Source[WithoutListener(binding.Source).Length..];
        return new IPEndPoint(AddressOf(binding.Source)!.Address, uri.Port < 0 ? 5060 : uri.Port) + listener;
    }

    private static IPEndPoint? AddressOf(string source)
    {
        var text = WithoutListener(source);
        var transport = TransportOf(source);
        if (text.StartsWith(transport + ":", StringComparison.Ordinal)) text = text[(transport.Length + 1)..];
        return IPEndPoint.TryParse(text, out var endPoint) ? endPoint : null;
    }

    private static string TransportOf(string source) =>
        source.StartsWith("tcp:", StringComparison.Ordinal) ? "tcp" : source.StartsWith("tls:", StringComparison.Ordinal) ? "tls" : "udp";

    private static string FirstOf(string path) =>
        NameAddress.TryParse(Encoding.UTF8.GetBytes(path), out var address, out _) ? Encoding.UTF8.GetString(address.Uri) : "";

    private static string? HostPortOf(string uriText, string transport)
    {
        if (!SipUri.TryParse(Encoding.UTF8.GetBytes(uriText), out var uri) || uri.Host.IsEmpty) return null;
        if (!uri.Transport.IsEmpty) transport = Encoding.ASCII.GetString(uri.Transport).ToLowerInvariant();
        var port = uri.Port >= 0 ? uri.Port : uri.HostKind == SipHostKind.Name ? 0 : transport == "tls" ? 5061 : 5060;
        var host = Encoding.ASCII.GetString(uri.Host);
        return port == 0 ? $"{transport}:{host}" : $"{transport}:{host}:{port}";
    }
}
