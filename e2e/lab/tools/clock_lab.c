/*
 * clock_lab.so: a wall clock of its own for one machine of the laboratory, by LD_PRELOAD.
 *
 * CLOCK_REALTIME cannot be had per namespace (time_namespaces(7) knows monotonic and boottime only),
 * and setting it would set it for the host and for every node. So the programs of a node ask this
 * library instead of libc. The offset, nanoseconds as a signed 64-bit number, is read from the file
 * that LAB_CLOCK names, through a shared mapping: a step is one write to the file, at once seen by
 * all that run, and costs them nothing. Monotonic clocks are untouched, as they are when a
 * machine's clock is set. Without the file the library does nothing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t SECOND = 1000000000;
static int64_t none;
static const volatile int64_t *offset = &none;
static int (*libc_clock_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
  libc_clock_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  const char *path = getenv("LAB_CLOCK");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *mapped = mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
  if (mapped != MAP_FAILED) offset = mapped;
  close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int code = libc_clock_gettime ? libc_clock_gettime(clock, now)
                                : (int)syscall(SYS_clock_gettime, clock, now);
  if (code != 0 || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return code;
  int64_t ns = now->tv_sec * SECOND + now->tv_nsec + *offset;
  now->tv_sec = ns / SECOND;
  now->tv_nsec = ns % SECOND;
  return 0;
}

int gettimeofday(struct timeval *now, void *zone) {
  struct timespec exact;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &exact)) return -1;
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *out) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now)) return -1;
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}
