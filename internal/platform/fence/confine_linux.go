package fence

import (
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// confine gives up what reading a document does not need: memory beyond the limit,
// processor time, and the right to open files and sockets or to write files.
func confine(s setup) error {
	space, err := addressSpace()
	if err != nil {
		return err
	}
	seconds := uint64(max(1, s.CPU/time.Second))
	for _, l := range []struct {
		resource int
		most     uint64
	}{
		{unix.RLIMIT_AS, space + uint64(s.Memory)}, // the runtime reserves addresses that it does not use
		{unix.RLIMIT_DATA, uint64(s.Memory)},
		{unix.RLIMIT_CPU, seconds},
		{unix.RLIMIT_CORE, 0},
		{unix.RLIMIT_FSIZE, 0},
		{unix.RLIMIT_NOFILE, 0}, // those that are open stay so
	} {
		if err := unix.Setrlimit(l.resource, &unix.Rlimit{Cur: l.most, Max: l.most}); err != nil {
			return err
		}
	}
	return nil
}

// addressSpace is how many bytes of addresses the process has now.
func addressSpace() (uint64, error) {
	stat, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	pages, _, _ := strings.Cut(string(stat), " ")
	n, err := strconv.ParseUint(pages, 10, 64)
	return n * uint64(os.Getpagesize()), err
}

// used is the processor time that the process has used.
func used() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
