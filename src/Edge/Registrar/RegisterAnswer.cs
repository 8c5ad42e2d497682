using System.Globalization;
using System.Text;
using Tandem.Shared.Registrar;
using Tandem.Sip.Messages;
using Tandem.Sip.Writing;

namespace Tandem.Edge.Registrar;

/// <summary>The header lines of answers to REGISTER: pure.</summary>
public static class RegisterAnswer
{
    /// <summary>Of a 200: all contacts with what is left of their time, and the Path (RFC 3261 §10.3, step 8; RFC 3327 §5.3).</summary>
    public static byte[] Headers(IReadOnlyList<Binding> bindings, string path, DateTimeOffset now)
    {
        using var writer = new SipWriter();
        foreach (var binding in bindings)
        {
            writer.BeginHeader(SipHeaderName.Contact);
            writer.Append("<");
            writer.Append(Encoding.UTF8.GetBytes(binding.Contact));
            writer.Append(">;expires=");
            writer.Append(Math.Max(0, (long)Math.Ceiling((binding.ExpiresAt - now).TotalSeconds)));
            if (binding.Q is { } q)
            {
                writer.Append(";q=");
                writer.Append((q / 1000m).ToString("0.###", CultureInfo.InvariantCulture));
            }

            writer.EndHeader();
        }

        if (path.Length > 0)
        {
            writer.Header(SipHeaderName.Path, path);
            writer.Header(SipHeaderName.Supported, "path");
        }

        return writer.ToArray();
    }

    /// <summary>Of a refusal: Min-Expires with 423, Retry-After with 503.</summary>
    public static byte[] Headers(int status, int minExpires)
    {
        using var writer = new SipWriter();
        if (status == 423) writer.Header(SipHeaderName.MinExpires, minExpires);
        if (status == 503) writer.Header(SipHeaderName.RetryAfter, RetryAfterSeconds);
        return writer.ToArray();
    }

    private const int RetryAfterSeconds = 5;
}
