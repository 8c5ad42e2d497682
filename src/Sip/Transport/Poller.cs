using System.Runtime.InteropServices;

namespace Tandem.Sip.Transport;

/// <summary>
/// Lets the one thread of a loop sleep until a datagram has arrived, another thread calls <see cref="Wake"/>, or a time
/// has passed. <see cref="Wait"/> belongs to the loop's thread, <see cref="Wake"/> to any.
/// </summary>
public sealed unsafe class Poller : IDisposable
{
    private const int Running = 0;
    private const int Sleeping = 1;
    private const int Woken = 2;

    private readonly UdpSocket[] _sockets; // Keeps them alive as long as their descriptors are in use.
    private readonly LibC.PollFd* _descriptors;
    private readonly int _eventFd;
    private int _state;
    private int _disposed;

    /// <summary>Makes a poller of sockets.</summary>
    /// <param name="sockets">The sockets that the loop reads.</param>
    public Poller(params ReadOnlySpan<UdpSocket> sockets)
    {
        _sockets = sockets.ToArray();
        _eventFd = LibC.EventFd(0, LibC.EventFdCloseOnExec | LibC.EventFdNonBlock);
        if (_eventFd < 0)
            throw new InvalidOperationException($"eventfd failed with errno {Marshal.GetLastPInvokeError()}.");
        _descriptors = (LibC.PollFd*)NativeMemory.AllocZeroed((nuint)(sockets.Length + 1), (nuint)sizeof(LibC.PollFd));
        _descriptors[0] = new LibC.PollFd { Descriptor = _eventFd, Events = LibC.PollIn };
        for (var i = 0; i < sockets.Length; i++)
            _descriptors[i + 1] = new LibC.PollFd { Descriptor = sockets[i].Descriptor, Events = LibC.PollIn };
    }

    /// <summary>
    /// Sleeps. Returns early for a datagram, a wake-up that came since the last return, or now and then for no reason.
    /// </summary>
    /// <param name="timeout">The longest sleep; zero or less only looks. Above a day counts as a day.</param>
    /// <returns>True if a socket has something to read (or an error to report).</returns>
    public bool Wait(TimeSpan timeout)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        var alreadyWoken = Interlocked.CompareExchange(ref _state, Sleeping, Running) == Woken;
        var ticks = alreadyWoken ? 0 : Math.Clamp(timeout.Ticks, 0, TimeSpan.TicksPerDay);
        var wait = new LibC.TimeSpec
        {
            Seconds = ticks / TimeSpan.TicksPerSecond,
            Nanoseconds = ticks % TimeSpan.TicksPerSecond * 100,
        };
        var ready = LibC.Poll(_descriptors, (ulong)_sockets.Length + 1, &wait, 0);
        // A full fence: the caller reads its queue next, and must see what was queued before a wake that this erases.
        Interlocked.Exchange(ref _state, Running);
        if (ready < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error == LibC.Eintr) return false;
            throw new InvalidOperationException($"ppoll failed with errno {error}.");
        }

        if (ready == 0) return false;
        if (_descriptors[0].Returned == 0) return true;
        ulong count;
        LibC.Read(_eventFd, &count, sizeof(ulong));
        return ready > 1;
    }

    /// <summary>
    /// Makes the current or the next <see cref="Wait"/> return at once. Work must be queued before the call. Costs a
    /// system call only if the loop is asleep.
    /// </summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _state, Woken) != Sleeping) return;
        var one = 1UL;
        // After Dispose the descriptor may belong to somebody else; the loop that would be woken is gone anyway.
        if (Volatile.Read(ref _disposed) == 0) LibC.Write(_eventFd, &one, sizeof(ulong));
    }

    /// <summary>
    /// Ends it. The loop must have ended and other threads must have stopped calling <see cref="Wake"/>.
    /// </summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        LibC.Close(_eventFd);
        NativeMemory.Free(_descriptors);
    }
}
