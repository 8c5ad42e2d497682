using System.Buffers.Text;
using System.Security.Cryptography;

namespace Tandem.Sip.Transactions;

/// <summary>
/// The branches a layer gives its requests: the magic cookie of RFC 3261 §8.1.1.7, our mark, the worker in two digits,
/// the transaction's number, and 64 random bits that make it unguessable:
/// <c>z9hG4bKt-07-1f3a-90bd1c0f6d2e8a45</c>.
/// </summary>
internal static class BranchIds
{
    public const int MaxBytes = 48;
    private const int SecretDigits = 16;

    private static ReadOnlySpan<byte> Prefix => "z9hG4bKt-"u8;

    public static int Write(Span<byte> destination, int worker, ulong id, ulong secret)
    {
        Prefix.CopyTo(destination);
        var length = Prefix.Length;
        AddHex(destination, ref length, (ulong)worker, 2);
        destination[length++] = (byte)'-';
        AddHex(destination, ref length, id, 1);
        destination[length++] = (byte)'-';
        AddHex(destination, ref length, secret, SecretDigits);
        return length;
    }

    public static bool TryParse(ReadOnlySpan<byte> branch, out int worker, out ulong id, out ulong secret)
    {
        (worker, id, secret) = (0, 0, 0);
        if (!branch.StartsWith(Prefix)) return false;
        branch = branch[Prefix.Length..];
        if (branch.Length < 3 || branch[2] != '-' || !TryHex(branch[..2], out var number)) return false;
        worker = (int)number;
        branch = branch[3..];
        var dash = branch.IndexOf((byte)'-');
        return dash > 0
            && branch.Length - dash - 1 == SecretDigits
            && TryHex(branch[..dash], out id)
            && TryHex(branch[(dash + 1)..], out secret);
    }

    private static void AddHex(Span<byte> destination, ref int length, ulong value, byte digits)
    {
        Utf8Formatter.TryFormat(value, destination[length..], out var written, new('x', digits));
        length += written;
    }

    private static bool TryHex(ReadOnlySpan<byte> text, out ulong value) =>
        Utf8Parser.TryParse(text, out value, out int used, 'x') && used == text.Length;

    /// <summary>Random numbers for branches and tags, fetched from the system a page at a time.</summary>
    public sealed class Secrets
    {
        private const int Numbers = 256;

        private readonly ulong[] _numbers = new ulong[Numbers];
        private int _used = Numbers;

        public ulong Next()
        {
            if (_used == Numbers)
            {
                RandomNumberGenerator.Fill(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_numbers.AsSpan()));
                _used = 0;
            }

            return _numbers[_used++];
        }
    }
}
