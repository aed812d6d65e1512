using System.Runtime.InteropServices;

namespace Entitlements.Gateway.Consistency;

/// <summary>Time since boot, suspension included. The only clock a lease is measured with: no wall clock can move it.</summary>
internal class BootClock
{
    public virtual TimeSpan Now
    {
        get
        {
#if VULNERABLE_STOPWATCH
            return System.Diagnostics.Stopwatch.GetElapsedTime(0); // a clock that libfaketime can slow down
#else
            // Stopwatch is CLOCK_MONOTONIC on Linux and stands still while the machine is suspended
            if (clock_gettime(ClockBoottime, out var time) != 0)
            {
                throw new PlatformNotSupportedException("CLOCK_BOOTTIME cannot be read; revision leases need Linux.");
            }
            return TimeSpan.FromTicks(time.Seconds * TimeSpan.TicksPerSecond + time.Nanoseconds / TimeSpan.NanosecondsPerTick);
#endif
        }
    }

    private const int ClockBoottime = 7;

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    /// <remarks>Answered within the process (vDSO), in well under a microsecond, several times a request.</remarks>
    [DllImport("libc"), SuppressGCTransition]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int clock_gettime(int clock, out TimeSpec time);
}
