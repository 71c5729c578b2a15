/*
 * watchdog_lab.so: a watchdog of its own for one machine of the laboratory, by LD_PRELOAD into
 * holdfast-watchdog, whose --device is then any character device that swallows what is written.
 *
 * It answers what linux/watchdog.h asks of a device, and a process beside it is the timer: when nothing
 * was written for the timeout that was set, it resets the machine. reboot(2) in a PID namespace kills its
 * process 1, and with that the whole machine. It cannot be disarmed (nowayout). There is one timer in a machine's
 * life, which a feeder that is started anew finds and goes on feeding. Who looks from outside whether a machine
 * has reset itself makes the folder /run/lab/resets: a file there has its name, and which boot of it ended. A laboratory machine counts as real even
 * where the host is virtual: /proc/cpuinfo is empty.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <linux/watchdog.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct shared {
  volatile int64_t fed_at_ms, timeout_ms;
} *timer;
static int device = -1;

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_BOOTTIME, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Under another name until it is whole. */
static void leave_word(void) {
  char name[65] = "", path[128], hidden[128], boot[64];
  int in = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  ssize_t length = read(in, boot, sizeof boot);
  gethostname(name, sizeof name - 1);
  snprintf(path, sizeof path, "/run/lab/resets/%s", name);
  snprintf(hidden, sizeof hidden, "/run/lab/resets/.%s", name);
  int out = open(hidden, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (out < 0 || length < 0 || syscall(SYS_write, out, boot, length) != length) return;
  close(out);
  rename(hidden, path);
}

/* What feeders share with the timer: /run is empty after each boot. */
static int is_new_timer(void) {
  int fd = open("/run/watchdog_lab", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  int is_new = fd >= 0;
  if (!is_new) fd = open("/run/watchdog_lab", O_RDWR | O_CLOEXEC);
  if (fd < 0 || ftruncate(fd, sizeof *timer) != 0) return 0;
  timer = mmap(NULL, sizeof *timer, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return is_new;
}

/* Outlives who feeds it, as a device does. */
static void start_timer(void) {
  if (!is_new_timer() || timer == MAP_FAILED || fork() != 0) return;
  setsid();
  syscall(SYS_close_range, 3, ~0U, 0); /* The socket at which the feeder listens dies with the feeder. */
  prctl(PR_SET_NAME, "timer_lab");
  for (;;) {
    usleep(50000);
    if (timer->timeout_ms == 0 || now_ms() - timer->fed_at_ms <= timer->timeout_ms) continue;
    leave_word();
    reboot(RB_AUTOBOOT);
  }
}

int ioctl(int fd, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  if (request == WDIOC_GETSUPPORT) {
    struct watchdog_info info = {.options = WDIOF_MAGICCLOSE | WDIOF_SETTIMEOUT};
    strcpy((char *)info.identity, "laboratory");
    *(struct watchdog_info *)argument = info;
    device = fd;
    if (!timer) start_timer();
    if (!timer || timer == MAP_FAILED) return -1;
    timer->fed_at_ms = now_ms();
    return 0;
  }
  if (request == WDIOC_SETTIMEOUT) return timer->timeout_ms = (int64_t) * (int *)argument * 1000, 0;
  if (request == WDIOC_GETTIMEOUT) return *(int *)argument = (int)(timer->timeout_ms / 1000), 0;
  return (int)syscall(SYS_ioctl, fd, request, argument);
}

ssize_t write(int fd, const void *bytes, size_t count) {
  if (fd == device) timer->fed_at_ms = now_ms();
  return syscall(SYS_write, fd, bytes, count);
}

FILE *fopen(const char *path, const char *mode) {
  FILE *(*libc_fopen)(const char *, const char *) =
      (FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, "fopen");
  return libc_fopen(strcmp(path, "/proc/cpuinfo") == 0 ? "/dev/null" : path, mode);
}
